#!/usr/bin/env python3
"""Time and share of the machine's floor of every mixer of the library, on one thread.

Prints a table and writes it to bench/results/library.md, the smallest shares first: where the compiler has most to
gain. Dimensions that have no default are set by their names (SIZES below).
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZES = {"B": 1, "L": 256, "T": 256, "C": 128, "D": 128, "E": 128}
OTHER = 16
TIMEOUT_S = 300


def mixers(pattern):
    for path in sorted((ROOT / "mixers").glob("*.mix")):
        for name in re.findall(r"^mixer +(\w+)", path.read_text(), re.M):
            if re.search(pattern, name):
                yield path, name


def bench(mixir, path, name):
    """What `mixir bench` says of the mixer, and its extents; or None and why not."""
    extents = {}
    while True:
        command = [mixir, "bench", path, "--mixer", name, "--json", "--no-check"]
        command += [word for dim, size in extents.items() for word in ("--set", f"{dim}={size}")]
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return None, f"took more than {TIMEOUT_S} s"
        missing = re.search(r"dimension '(\w+)'.*expected an extent", result.stderr)
        if not missing or missing.group(1) in extents:
            break
        extents[missing.group(1)] = SIZES.get(missing.group(1), OTHER)
    if result.returncode:
        return None, result.stderr.strip().splitlines()[0]
    return json.loads(result.stdout.splitlines()[-1]), extents


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--filter", default="", help="a regular expression that names must match; then nothing is written")
    arguments = parser.parse_args()

    rows = []
    for path, name in mixers(arguments.filter):
        result, extents = bench(arguments.build / "bin" / "mixir", path, name)
        if result is None:
            print(f"{name}: {extents}", file=sys.stderr)
            continue
        sizes = " ".join(f"{dim}={size}" for dim, size in extents.items() if size != 1)
        rows.append((result["floor_ns"] / result["min_ns"], name, sizes, result["min_ns"] / 1e6))
        print(f"{name:32} {rows[-1][3]:10.3f} ms {100 * rows[-1][0]:4.0f} %", file=sys.stderr, flush=True)

    rows.sort()
    lines = ["# Every mixer of the library against the machine's floor", "",
             "`bench/library.py`: one thread, one batch; dimensions that are not named have their default.", "",
             f"{len(rows)} mixers, median {100 * statistics.median(row[0] for row in rows):.0f} % of the floor.", "",
             "| mixer | sizes | ms | of the floor, % |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {sizes} | {ms:.3g} | {100 * share:.0f} |" for share, name, sizes, ms in rows]
    text = "\n".join(lines) + "\n"
    print(text)
    if not arguments.filter:
        (ROOT / "bench" / "results" / "library.md").write_text(text)


if __name__ == "__main__":
    main()
