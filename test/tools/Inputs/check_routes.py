"""Compares `mixir routes` with the tables of places that the peers' own code has computed (golden cases).

python3 check_routes.py MIXIR GOLDEN_FOLDER WORK_FOLDER
"""
import json
import re
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

CROSS = ["H > W", "W > H", "~(H > W)", "~(W > H)"]
SNAKES = ["H > W^", "~(H > W^)", "W > H^", "~(W > H^)"]
SKIP = ["H / 2 > W / 2 > H % 2 = 0 > W % 2 = 0", "W / 2 > H / 2 > H % 2 = 1 > W % 2 = 0",
        "H / 2 > W / 2 > H % 2 = 0 > W % 2 = 1", "W / 2 > H / 2 > H % 2 = 1 > W % 2 = 1"]
EIGHT = CROSS + ["skew(W, H) > H", "skew(W, ~H) > H", "~(skew(W, H) > H)", "~(skew(W, ~H) > H)"]
ND = ["T > H > W", "~(T > H > W)", "T > W > H", "~(T > W > H)", "W > H > T", "~(W > H > T)"]


def curve(key):
    """The route that takes the places in the order of their keys."""
    return f"table(argsort({key} | L, J), H > W)"


# family, case, pattern of the arrays' names, axes, routes. Numbers in a name are the extents of the axes,
# one alone is the side of a square.
CASES = [
    ("vmamba", "routes", r"idx_(\d+)x(\d+)_mode0", "HW", CROSS),
    ("vmamba", "routes", r"idx_(\d+)x(\d+)_mode1", "HW", [CROSS[0]] * 4),
    ("vmamba", "routes", r"idx_(\d+)x(\d+)_mode2", "HW", [CROSS[0]] * 2 + [CROSS[2]] * 2),
    ("es2d", "routes", r"idx_(\d+)x(\d+)", "HW", SKIP),
    ("plainmamba", "routes", r"idx_(\d+)x(\d+)", "HW", SNAKES),
    ("groupmamba", "routes", r"(?:idx|store)_(\d+)x(\d+)", "HW", CROSS),
    ("rs_mamba8", "routes", r"idx_(\d+)x(\d+)", "HW", EIGHT),
    ("msvmamba", "routes_three", r"(?:idx|store)_(\d+)x(\d+)", "HW", [CROSS[1], CROSS[2], CROSS[3]]),
    ("mhsvm", "routes", r"raster_(\d+)x(\d+)", "HW", ["H > W"]),
    ("mhsvm", "routes", r"column_(\d+)x(\d+)", "HW", ["W > H"]),
    ("mhsvm", "routes", r"snake_row_(\d+)x(\d+)", "HW", ["H > W^"]),
    ("mhsvm", "routes", r"snake_col_(\d+)x(\d+)", "HW", ["W > H^"]),
    ("mhsvm", "routes", r"antidiag_(\d+)x(\d+)", "HW", [curve("antidiagonal_key(h, w | H, W)")]),
    ("mhsvm", "routes", r"antidiag_mirror_(\d+)x(\d+)", "HW", [curve("antidiagonal_key(h, W - 1 - w | H, W)")]),
    ("mhsvm", "routes", r"spiral_(\d+)x(\d+)", "HW", [curve("spiral_key(h, w | H, W)")]),
    ("mhsvm", "routes", r"spiral_mirror_(\d+)x(\d+)", "HW", [curve("spiral_key(H - 1 - h, w | H, W)")]),
    ("mhsvm", "routes_more", r"antidiag_(\d+)x(\d+)", "HW", [curve("antidiagonal_key(h, w | H, W)")]),
    ("mhsvm", "routes_more", r"spiral_(\d+)x(\d+)", "HW", [curve("spiral_key(h, w | H, W)")]),
    ("lamamba_diff", "paths", r"idx_(\d+)", "HW", ["H > W^", "~H > W^", "W > ~H^", "~W > ~H^"]),
    ("zigma", "paths", r"zigzag_(\d+)", "HW", ["H > W^", "W > H^", "H > ~W^", "~W > H^", "~H > W^", "W > ~H^", "~H > ~W^", "~W > ~H^"]),
    ("mamba_nd", "orders_2d", r"idx_(\d+)x(\d+)", "HW", [CROSS[0], CROSS[2], CROSS[1], CROSS[3]]),
    ("mamba_nd", "orders_3d", r"idx_(\d+)x(\d+)x(\d+)", "THW", ND),
    ("vfimamba", "module_4x6", r"idx_load", "FHW", ["H > W > F", "W > H > F", "~(H > W > F)", "~(W > H > F)"]),
] + [
    ("localmamba", case, rf"idx_(\d+)x(\d+)_w(?P<K>\d+)_flip{flip}_col{column}", "HW",
     [("~({})" if flip else "{}").format("W / {K} > H / {K} > W % {K} > H % {K}" if column
                                         else "H / {K} > W / {K} > H % {K} > W % {K}")])
    for case in ("window_routes", "window_routes_more") for flip in (0, 1) for column in (0, 1)
]
# What a name does not say.
EXTENTS = {"vfimamba": [2, 4, 6]}


def array(archive, name):
    """The rows of whole numbers of one .npy file."""
    data = archive.read(name + ".npy")
    length = struct.unpack("<H" if data[6] == 1 else "<I", data[8:10 if data[6] == 1 else 12])[0]
    start = (10 if data[6] == 1 else 12) + length
    header = eval(data[10 if data[6] == 1 else 12:start].decode(), {"__builtins__": {}})  # a dictionary of literals
    kind = {"<i8": "q", "<i4": "i"}[header["descr"]]
    shape = header["shape"]
    assert not header["fortran_order"]
    width = shape[-1]
    numbers = struct.unpack(f"<{(len(data) - start) // struct.calcsize(kind)}{kind}", data[start:])
    return [list(numbers[i:i + width]) for i in range(0, len(numbers), width)]


def tables(mixir, folder, axes, extents, routes):
    """What `mixir routes` says."""
    path = folder / "routes.mix"
    text = f"import \"std.mix\"\nmixer m({', '.join(axes)}, L = {' * '.join(axes)}, J = L)\n  in x : [{', '.join(axes)}]\n"
    for i, route in enumerate(routes):  # one after the other: some have different numbers of steps
        text += f"  routes R{i} = {{ {route}, {route} }}{' along L' if 'table' in route else ''}\n"
    text += "{\n  h = quot(index(L), W)\n  w = mod(index(L), W)\n"
    for i in range(len(routes)):
        text += f"  scan R{i} {{\n    y{i} = x\n  }}\n"
    path.write_text(text + "  return y0\n}\n")
    sets = [word for axis, extent in zip(axes, extents) for word in ("--set", f"{axis}={extent}")]
    lines = subprocess.run([mixir, "routes", path, "--json"] + sets, check=True, text=True, stdout=subprocess.PIPE, timeout=60).stdout
    return [json.loads(line)["load"] for line in lines.splitlines()][::2]


def main():
    mixir, golden, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if not golden.is_dir():
        print("no golden tables here: 0 compared, all as expected")
        return
    compared = wrong = 0
    for family, case, pattern, axes, routes in CASES:
        found = 0
        with zipfile.ZipFile(golden / family / f"{case}.npz") as archive:
            for name in (Path(n).stem for n in archive.namelist()):
                match = re.fullmatch(pattern, name)
                if not match:
                    continue
                found += 1
                named = match.groupdict()
                extents = EXTENTS.get(family) or [int(g) for g in match.groups() if g not in named.values() or len(match.groups()) == 1]
                if len(extents) == 1:
                    extents = extents * 2
                extents = [int(g) for g in match.groups()[:len(axes)]] if named else extents
                got = tables(mixir, folder, axes, extents, [r.format(**named) for r in routes])
                expected = array(archive, name)
                compared += len(expected)
                if got != expected:
                    wrong += 1
                    print(f"{family}/{case} {name}: expected {expected}, got {got}")
        if not found:
            wrong += 1
            print(f"{family}/{case}: no array is called {pattern}")
    print(f"{compared} compared, {'all as expected' if not wrong else f'{wrong} arrays differ'}")


main()
