#!/usr/bin/env python3
"""Makes, shows and compares .npz files with the standard library alone.

  npz.py make OUT.npz NAME=DTYPE[2,3] NAME=DTYPE[2,3]:FILL ...   FILL: wave (default), a number, nan, or all: 1,2,3
  npz.py show FILE.npz                                           name, type, shape, first numbers
  npz.py compare A.npz B.npz TOLERANCE                           relative to the largest number
"""
import io
import math
import re
import struct
import sys
import zipfile

TYPES = {"f16": ("<f2", "e", 1), "f32": ("<f4", "f", 1), "f64": ("<f8", "d", 1),
         "c64": ("<c8", "f", 2), "c128": ("<c16", "d", 2), "i32": ("<i4", "i", 1),
         "i64": ("<i8", "q", 1), "u16": ("<u2", "H", 1)}


def count_of(shape):
    return math.prod(shape)


def numbers(fill, name, count, is_whole):
    if fill == "wave":
        seed = sum(name.encode())
        values = [math.sin(0.7 * i + seed) * 0.5 - 0.25 for i in range(count)]
    elif "," in fill:
        values = [float(value) for value in fill.split(",")]
        assert len(values) == count, f"{name}: {len(values)} numbers for {count}"
    else:
        values = [float(fill)] * count
    return [int(value) for value in values] if is_whole else values


def array_bytes(name, dtype, shape, fill):
    descr, code, parts = TYPES[dtype]
    values = numbers(fill, name, count_of(shape) * parts, code in "iqH")
    header = repr({"descr": descr, "fortran_order": False, "shape": tuple(shape)})
    header += " " * (-(11 + len(header)) % 64) + "\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
    return head + struct.pack(f"<{len(values)}{code}", *values)


def make(path, specs):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for spec in specs:
            name, dtype, shape, fill = re.fullmatch(
                r"(\w+)=(\w+)\[([\d,]*)\](?::(\S+))?", spec).groups()
            extents = [int(part) for part in shape.split(",") if part]
            archive.writestr(name + ".npy", array_bytes(name, dtype, extents, fill or "wave"))


def load(path):
    """{name: (dtype, shape, [numbers])}, complex ones as pairs."""
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.namelist():
            stream = io.BytesIO(archive.read(entry))
            assert stream.read(8)[:6] == b"\x93NUMPY", entry
            header = eval(stream.read(struct.unpack("<H", stream.read(2))[0]), {})  # a literal
            dtype = next(k for k, v in TYPES.items() if v[0].strip("<") == header["descr"].strip("<|="))
            _, code, parts = TYPES[dtype]
            count = count_of(header["shape"]) * parts
            arrays[entry[:-4]] = (dtype, header["shape"],
                                  list(struct.unpack(f"<{count}{code}", stream.read())))
    return arrays


def show(path):
    for name, (dtype, shape, values) in load(path).items():
        first = " ".join(f"{value:.6g}" for value in values[:8])
        print(f"{name}: {dtype}{list(shape)} {first}")


def compare(first, second, tolerance):
    a, b = load(first), load(second)
    assert a.keys() == b.keys(), f"{sorted(a)} against {sorted(b)}"
    for name in a:
        assert a[name][1] == b[name][1], f"{name}: {a[name][1]} against {b[name][1]}"
        pairs = list(zip(a[name][2], b[name][2]))
        pairs = [(x, y) for x, y in pairs if not (math.isnan(x) and math.isnan(y))]
        largest = max((abs(y) for _, y in pairs), default=0) or 1
        error = max((abs(x - y) for x, y in pairs), default=0) / largest
        assert error <= tolerance, f"{name}: error {error} of the largest number"
    print(f"{len(a)} arrays agree")


def main(command, *arguments):
    if command == "make":
        make(arguments[0], arguments[1:])
    elif command == "show":
        show(*arguments)
    elif command == "compare":
        compare(arguments[0], arguments[1], float(arguments[2]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
