"""Scans along routes against plain scans of the same length, and against gathers, scans and a merge.

python3 bench/routes/run.py [BUILD] [--threads N] [--out FILE]
"""
import argparse
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHAPES = [(56, 192, 1), (56, 192, 16), (14, 768, 1), (14, 768, 16)]  # H = W, D, N
SINGLE = ["raster", "column", "reverse", "snake", "column_snake", "windows"]
ROUNDS = 3  # each with all mixers, so that all see what else the machine does


def measure(build, threads, mixer, sets):
    """The fastest run in microseconds, and the bytes of operands and results."""
    command = [build / "bin" / "mixir", "bench", ROOT / "bench/routes/routes.mix", "--mixer", mixer, "--threads", str(threads), "--json"]
    for name, extent in sets.items():
        command += ["--set", f"{name}={extent}"]
    lines = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return json.loads(lines.splitlines()[-1])["min_ns"] / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", nargs="?", default=ROOT / "build", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    rows = ["| H = W | D | N | line, us | " + " | ".join(SINGLE) + " | cross, us | cross / 4 lines | (gathers + lines + merge) / cross |",
            "|" + "---|" * (len(SINGLE) + 7)]
    for side, channels, states in SHAPES:
        grid = {"B": 1, "H": side, "W": side, "D": channels}
        cases = {"line": {"B": 1, "L": side * side, "D": channels, "N": states},
                 "lines": {"B": 1, "L": side * side, "D": channels, "N": states},
                 "gathers": grid, "merges": grid}
        cases.update({mixer: {**grid, "N": states} for mixer in SINGLE + ["cross"]})
        best = {}
        for _ in range(ROUNDS):
            for mixer, sets in cases.items():
                time = measure(arguments.build, arguments.threads, mixer, sets)
                best[mixer] = min(time, best.get(mixer, time))
        apart = best["gathers"] + best["lines"] + best["merges"]
        rows.append(f"| {side} | {channels} | {states} | {best['line']:.0f} | " +
                    " | ".join(f"{best[mixer] / best['line']:.2f}" for mixer in SINGLE) +
                    f" | {best['cross']:.0f} | {best['cross'] / best['lines']:.2f} | {apart / best['cross']:.2f} |")
        print(rows[-1], flush=True)
    text = "\n".join(rows) + "\n"
    if arguments.out:
        arguments.out.write_text(f"Times over `line` unless said otherwise; {arguments.threads} thread(s).\n"
                                 f"Made by `python3 bench/routes/run.py --threads {arguments.threads} --out FILE`.\n\n" + text)


main()
