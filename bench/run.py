#!/usr/bin/env python3
"""Compares `mixir bench` with the hand-tuned bound of selective_scan, side by side in one run.

For each shape the bound and the compiled kernel take turns for several rounds, so that both see the
same machine; the smallest time of each counts. Prints a Markdown table and writes it, with the
command, to bench/results/<isa>.md. On a CPU with AVX-512 the AVX-512 bound (scan1.cpp in
$MIXIR_BOUNDS_DIR, default ../shared/bench-cpu) runs as well where it exists.
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIXER = "mixers/selective_scan.mix"
STATES = 16
PROMISED = {True: 3.0, False: 1.35}  # largest ratio to the bound; True: L = 1


def fail(message):
    sys.exit(f"error: {message}")


def numbers(text):
    return [int(part) for part in text.split(",")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="build folder")
    parser.add_argument("--D", type=numbers, default=[1536, 5120], help="channels, e.g. 1536,5120")
    parser.add_argument("--L", type=numbers, default=[1, 64, 512, 2048], help="sequence lengths")
    parser.add_argument("--threads", type=numbers, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--isa", choices=["avx2", "avx512"], help="default: the best of this CPU")
    parser.add_argument("--limit", type=int, default=300, help="seconds that one command may take")
    parser.add_argument("--no-write", action="store_true", help="print only")
    return parser.parse_args()


def command_output(command, limit):
    """Standard output of a command; the program stops with its error text if the command fails."""
    try:
        done = subprocess.run([str(c) for c in command], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=limit)
    except FileNotFoundError:
        fail(f"{command[0]} is missing; ./quickstart.sh builds it")
    except subprocess.TimeoutExpired:
        fail(f"no result after {limit} s: {shlex.join(map(str, command))}")
    if done.returncode != 0:
        fail(f"exit code {done.returncode}: {shlex.join(map(str, command))}\n{done.stderr.strip()}")
    return done.stdout


def compile_bound(build, name, source, flags):
    """Builds a bound beside the project's programs; own flags, so that it never slows a build."""
    program = build / "bench" / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        compiler = os.environ.get("CXX", "g++")
        command_output([compiler, "-std=c++17", "-O3", *flags, source, "-o", program], 300)
    return program


def cpu():
    """(model name, instruction set) of this machine."""
    text = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.M)
    flags = set((re.search(r"^flags\s*:\s*(.*)$", text, re.M) or [None, ""])[1].split())
    wide = {"avx512f", "avx512vl", "avx512dq", "avx512bw", "avx512cd"}
    isa = "avx512" if wide <= flags else "avx2" if {"avx2", "fma"} <= flags else "baseline"
    return (model[1] if model else "unknown CPU"), isa


def json_line(text, threads):
    """The last JSON object for this number of threads."""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    found = [entry for entry in found if entry.get("threads", threads) == threads]
    if not found:
        fail(f"expected a JSON line for {threads} threads, got:\n{text}")
    return found[-1]


def run_bound(program, shape, limit):
    D, L, threads = shape
    return json_line(command_output(
        [program, "--json", "--D", D, "--L", L, "--threads", threads], limit), threads)


def run_mixir(build, shape, limit, extra):
    D, L, threads = shape
    command = [build / "bin" / "mixir", "bench", MIXER, "--set", "B=1", "--set", f"L={L}",
               "--set", f"D={D}", "--set", f"N={STATES}", "--threads", threads, "--json", *extra]
    return json_line(command_output(command, limit), threads)


def parse_avx512_bound(text):
    """{(D, L, threads): ns}: the fastest variant of scan1 that is accurate to 1e-6."""
    best = {}
    line_format = re.compile(r"^hand fused .* thr=(\d+) D/H=(\d+)\s+L=(\d+)\s+min\s+([\d.]+) us"
                             r".* err (\S+)$", re.M)
    for threads, D, L, us, error in line_format.findall(text):
        if float(error) < 1e-6:
            shape = (int(D), int(L), int(threads))
            best[shape] = min(best.get(shape, float("inf")), float(us) * 1e3)
    return best


def avx512_bound(build, isa, rounds):
    folder = Path(os.environ.get("MIXIR_BOUNDS_DIR", ROOT.parent / "shared" / "bench-cpu"))
    source = folder / "scan1.cpp"
    if isa != "avx512" or not source.is_file():
        return {}
    program = compile_bound(build, "scan1", source, ["-march=native", "-fopenmp"])
    best = {}
    for _ in range(rounds):
        for shape, ns in parse_avx512_bound(command_output([program], 900)).items():
            best[shape] = min(best.get(shape, float("inf")), ns)
    return best


def measure(arguments, bound):
    """[(shape, smallest bound ns, smallest mixir entry)], alternating the two."""
    help_text = command_output([arguments.build / "bin" / "mixir", "bench", "--help"], 60)
    rows = []
    for threads in arguments.threads:
        for D in arguments.D:
            for L in arguments.L:
                shape = (D, L, threads)
                ours, theirs = [], []
                for number in range(arguments.rounds):
                    print(f"\rD={D} L={L} threads={threads} round {number + 1}   ", end="",
                          file=sys.stderr, flush=True)
                    # the result is checked once; later rounds only take the time
                    extra = ["--isa", arguments.isa] if arguments.isa else []
                    extra += ["--no-check"] if number and "--no-check" in help_text else []
                    theirs.append(run_bound(bound, shape, arguments.limit)["min_ns"])
                    ours.append(run_mixir(arguments.build, shape, arguments.limit, extra))
                entry = dict(min(ours, key=lambda e: e["min_ns"]))
                entry["max_error"] = ours[0].get("max_error")
                rows.append((shape, min(theirs), entry))
    print("\r" + " " * 50 + "\r", end="", file=sys.stderr)
    return rows


def table(rows, wide):
    head = ["D", "L", "threads", "bound, us", "mixir, us", "ratio", "promised", "mixir ns/elem",
            "of the floor", "error"]
    if wide:
        head.insert(4, "AVX-512 bound, us")
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for (D, L, threads), bound, entry in rows:
        best = min(bound, wide.get((D, L, threads), bound))
        ours, floor, error = entry["min_ns"], entry.get("floor_ns"), entry.get("max_error")
        cells = [D, L, threads, f"{bound / 1e3:.1f}", f"{ours / 1e3:.1f}", f"{ours / best:.2f}",
                 f"{PROMISED[L == 1]:.2f}", f"{ours / (D * L * STATES):.4f}",
                 f"{floor / ours:.0%}" if floor else "-",
                 f"{error:.1e}" if error is not None else "-"]
        if wide:
            cells.insert(4, f"{wide[D, L, threads] / 1e3:.1f}" if (D, L, threads) in wide else "-")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def main():
    arguments = parse_arguments()
    arguments.build = arguments.build.resolve()
    model, isa = cpu()
    if isa == "baseline":
        fail("expected a CPU with AVX2 and FMA")
    if arguments.isa == "avx512" and isa != "avx512":
        fail("expected a CPU with AVX-512 for --isa avx512")
    isa = arguments.isa or isa
    bound = compile_bound(arguments.build, "selective_scan_bound",
                          ROOT / "bench" / "bound" / "selective_scan.cpp",
                          ["-mavx2", "-mfma", "-ffp-contract=off", "-fopenmp"])
    rows = measure(arguments, bound)
    wide = avx512_bound(arguments.build, isa, min(3, arguments.rounds))
    result = table(rows, wide)
    print(result)
    if not arguments.no_write:
        command = shlex.join(["bench/run.py", *sys.argv[1:]])
        page = (f"# selective_scan against the hand-tuned bound\n\n`{command}` on {model}, "
                f"{os.cpu_count()} cores, {isa}. f32, N = {STATES}, B = 1; the smallest time of "
                f"{arguments.rounds} rounds.\nratio: mixir's time over the bound's (the faster one "
                f"where there are two).\n\n{result}\n")
        target = ROOT / "bench" / "results" / f"{isa}.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(page)


if __name__ == "__main__":
    main()
