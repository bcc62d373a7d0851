#!/usr/bin/env python3
"""Long convolutions: the sum against transforms, and recurrences taken step by step against their
convolutions. Prints two tables in Markdown, one thread.

usage: bench/convolution/run.py [--build BUILD] [--steps 512,2048] [--batch 1,8]
"""
import argparse
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "bench" / "convolution"
MIXERS = ["real_diagonal", "complex_diagonal", "low_rank", "companion", "dense"]


def crossover(build):
    out = build / "bench" / "crossover"
    out.parent.mkdir(exist_ok=True)
    subprocess.run(["c++", "-std=c++17", "-O2", "-I", ROOT / "runtime", "-I", ROOT / "runtime/include",
                    HERE / "crossover.cpp", "-L", build / "lib", f"-Wl,-rpath,{build}/lib", "-lmixir_runtime",
                    "-o", out], check=True)
    return subprocess.run([out], check=True, capture_output=True, text=True).stdout


def microseconds(build, mixer, algorithm, batch, steps):
    command = [build / "bin" / "mixir", "bench", HERE / "spaces.mix", "--mixer", mixer, "--algorithm", algorithm,
               "--set", f"B={batch}", "--set", f"L={steps}", "--set", "D=64", "--json"]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    line = json.loads(done.stdout.splitlines()[-1])
    return line["min_ns"] / 1000, line.get("max_error", 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--steps", default="512,2048")
    parser.add_argument("--batch", default="1,8")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    print(crossover(build))
    print("| mixer, D=64 | batch | steps | step by step, us | convolution, us | error |\n|---|---|---|---|---|---|")
    for mixer in MIXERS:
        for batch in arguments.batch.split(","):
            for steps in arguments.steps.split(","):
                serial, _ = microseconds(build, mixer, "time_serial", batch, steps)
                convolved, error = microseconds(build, mixer, "convolution", batch, steps)
                print(f"| {mixer} | {batch} | {steps} | {serial:.0f} | {convolved:.0f} | {error:.1e} |", flush=True)


if __name__ == "__main__":
    main()
