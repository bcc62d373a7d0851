#!/usr/bin/env python3
"""How long NVRTC takes for the emitted CUDA C++ of every mixer of the library, per kernel.

Prints a table and writes it to bench/results/nvrtc.md. Needs libnvrtc 13, no GPU. Sources are emitted by
`mixir compile --to emitted`; dimensions that a step loops over and that have no default are --size. Every program
is compiled to machine code once, without a cache, by a process that has NVRTC loaded.
"""
import argparse
import ctypes
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROMISED_MS = 300


class Nvrtc:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)

    def call(self, name, *args):
        status = getattr(self.lib, name)(*args)
        if status:
            sys.exit(f"error: {name} answers {status}")

    def version(self):
        major, minor = ctypes.c_int(), ctypes.c_int()
        self.call("nvrtcVersion", ctypes.byref(major), ctypes.byref(minor))
        return f"{major.value}.{minor.value}"

    def seconds(self, source, arch):
        """Of the compilation of one program, with the flags of codegen/cuda/Nvrtc.cpp."""
        program = ctypes.c_void_p()
        self.call("nvrtcCreateProgram", ctypes.byref(program), source.encode(), b"mixer.cu", 0, None, None)
        flags = [f"--gpu-architecture={arch}".encode(), b"-std=c++17", b"--minimal", b"--split-compile=0"]
        begin = time.perf_counter()
        self.call("nvrtcCompileProgram", program, len(flags), (ctypes.c_char_p * len(flags))(*flags))
        end = time.perf_counter()
        self.call("nvrtcDestroyProgram", ctypes.byref(program))
        return end - begin


def output_of(command):
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def emitted_source(command, size):
    """The CUDA C++, and the dimensions that it needs to know, which are set to `size`."""
    fixed = []
    while True:
        result = output_of([*command, *(word for dim in fixed for word in ("--set", f"{dim}={size}"))])
        missing = re.search(r"expected dimension '(\w+)'", result.stderr)
        if not missing or missing.group(1) in fixed:
            return result, fixed
        fixed.append(missing.group(1))


def mixers():
    for path in sorted((ROOT / "mixers").glob("*.mix")):
        for name in re.findall(r"^mixer +(\w+)", path.read_text(), re.M):
            yield path, name


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--target", default="cuda-sm90")
    parser.add_argument("--size", type=int, default=16)
    arguments = parser.parse_args()
    mixir = arguments.build / "bin" / "mixir"
    found = re.search(r"^nvrtc +\S+, (\S+)", output_of([mixir, "doctor"]).stdout, re.M)
    if not found:
        sys.exit("error: no NVRTC: see 'mixir doctor'")
    nvrtc = Nvrtc(found.group(1))
    arch = arguments.target.replace("cuda-sm", "sm_")

    rows = []
    nvrtc.seconds('extern "C" __global__ void nothing() {}', arch)  # loads what the first call loads
    for path, name in mixers():
        emitted, fixed = emitted_source([mixir, "compile", path, "--mixer", name, "--target", arguments.target,
                                         "--to", "emitted"], arguments.size)
        if emitted.returncode:
            print(f"{name}: {emitted.stderr.splitlines()[0]}", file=sys.stderr)
            continue
        kernels = emitted.stdout.count("__global__")
        ms = nvrtc.seconds(emitted.stdout, arch) * 1e3
        rows.append((ms / kernels, ms, kernels, len(emitted.stdout.splitlines()),
                     " ".join([name, *(f"{dim}={arguments.size}" for dim in fixed)])))
        print(f"\r{len(rows)} {name:40}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)

    rows.sort(reverse=True)
    each = [row[0] for row in rows]
    within = sum(ms <= PROMISED_MS for ms in each)
    lines = ["# NVRTC's time for every mixer of the library", "",
             f"`bench/nvrtc.py --target {arguments.target} --size {arguments.size}`, NVRTC {nvrtc.version()}; milliseconds for a kernel: the program's "
             "over the number of its kernels.", "",
             f"{within} of {len(each)} within {PROMISED_MS} ms; median {statistics.median(each):.0f}, "
             f"90th percentile {statistics.quantiles(each, n=10)[-1]:.0f}. The longest:", "",
             "| mixer | kernels | lines | program, ms | kernel, ms |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {name} | {kernels} | {length} | {ms:.0f} | {one:.0f} |" for one, ms, kernels, length, name in rows[:25]]
    text = "\n".join(lines) + "\n"
    print(text)
    (ROOT / "bench" / "results" / "nvrtc.md").write_text(text)


if __name__ == "__main__":
    main()
