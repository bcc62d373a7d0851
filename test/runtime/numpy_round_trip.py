"""What NumPy writes mixir-run reads, and the other way round.

usage: numpy_round_trip.py MIXIR_RUN PROGRAM.so   (exit status 77: no NumPy here)
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
except ImportError:
    sys.exit(77)


def run(tool, program, save, x):
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "x.npz"), os.path.join(folder, "y.npz")
        save(source, x=x)
        subprocess.run([tool, program, "--in", source, "--out", target], check=True)
        with np.load(target) as result:
            assert result.files == ["y"], result.files
            return result["y"]


def main(tool, program):
    plain = np.arange(12, dtype=np.float32).reshape(3, 4)
    cases = {
        "plain": plain,
        "fortran order": np.asfortranarray(plain),
        "double width": plain.astype(np.float64),
        "big endian": plain.astype(">f4"),
        "empty": np.zeros((0, 4), np.float32),
        "strided": np.arange(48, dtype=np.float32).reshape(6, 8)[::2, ::2],
    }
    for name, x in cases.items():
        for save in (np.savez, np.savez_compressed):
            y = run(tool, program, save, x)
            assert y.dtype == np.float32 and y.shape == x.shape, (name, y.dtype, y.shape)
            assert np.array_equal(y, x), name


if __name__ == "__main__":
    main(*sys.argv[1:])
