#!/usr/bin/env python3
"""Generated programs: random recurrences, compiled and compared with the interpreter.

    fuzz.py --mixir build/bin/mixir [--seconds 2 | --minutes M] [--seed S]

Every program is written from the grammar: states with and without an inner dimension, affine and
non-affine updates, several ordered updates, reads of old and new states, also at other coordinates,
reductions, gates, both directions. `mixir check` compares the compiled kernel with the float64 interpreter on awkward shapes.
A failure prints the program and the seed that makes it again.
"""
import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path


class Program:
    """One random mixer over B, L, D and N."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.values = {"D": ["u", "v", "p"], "N": ["w"], "DN": ["A"]}

    def leaf(self, dims):
        fitting = [v for key, names in self.values.items() if set(key) <= set(dims) for v in names]
        return self.rng.choice(fitting)

    def pointwise(self, dims, depth):
        """An expression over at most `dims`, kept in a range where comparison makes sense."""
        if depth == 0:
            return self.leaf(dims)
        a, b = self.pointwise(dims, depth - 1), self.pointwise(dims, depth - 1)
        return self.rng.choice([
            f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"sigmoid({a})", f"tanh({a})",
            f"max({a}, {b})", f"select({a} > {b}, {a}, {b})", f"exp(-abs({a}))",
            f"({a} / (2 + abs({b})))", f"cos({a})", f"min({a}, 0.5)"])

    def gate(self, dims):
        return self.rng.choice(["sigmoid({})", "exp(-abs({}))", "(0.9 * tanh({}))"]).format(
            self.pointwise(dims, 1))

    def moved(self, name):
        """A new state made of the old one at other coordinates."""
        rng = self.rng
        value = rng.choice([name, f"({name} * w)", f"({name} + {self.leaf('D')})", f"tanh({name})"])
        steps = rng.choice([-2, -1, 1, 2])
        shifted = f"shift({value}, {steps}, along = N)"
        dense = f"0.2 * sum[M](G * {value}@M)"
        return rng.choice([shifted, dense, f"0.5 * {name} + 0.3 * {shifted}", f"0.3 * {shifted} + {dense}",
                           f"0.5 * {name} - w * sum[M](w@M * {name}@M) * 0.1"])

    def text(self):
        rng = self.rng
        lines, outs = [], []
        for i in range(rng.randint(1, 3)):
            inner = rng.random() < 0.6
            dims, name = ("DN" if inner else "D"), f"s{i}"
            lines.append(f"    state {name} : [{', '.join(dims)}]")
            if rng.random() < 0.3:
                lines.append(f"    o{i} = {'sum[N](' + name + ' * w)' if inner else name}")
                outs.append(f"o{i}")
            lines.append(f"    {name} := {self.gate(dims)} * {name} + {self.pointwise(dims, 1)}")
            if inner and rng.random() < 0.5:
                lines.append(f"    r{i} = sum[N]({name} * w)")
                lines.append(f"    {name} := {name} - 0.05 * w * r{i} + w * {self.leaf('D')}")
            elif rng.random() < 0.3:
                lines.append(f"    {name} := max({name}, {self.leaf(dims)})")
            if inner and rng.random() < 0.5:
                lines.append(f"    {name} := {self.moved(name)}")
            if inner:
                kind = rng.choice(["sum", "max", "min"])
                lines.append(f"    y{i} = {kind}[N]({name} * {self.pointwise('N', 1)})")
            else:
                lines.append(f"    y{i} = {name} + prev({self.leaf('D')})")
            outs.append(f"y{i}")
            self.values["D"].append(f"y{i}")
        body = "\n".join(lines)
        total = " + ".join(outs)
        return (f"mixer fuzz(B, L, D, N = {rng.choice([1, 3, 4, 8])}, M = N)\n"
                f"  in u, v : [B, L, D]\n  in w : [B, L, N]\n  param A : [D, N]\n  param G : [N, M]\n"
                f"  param p : [D]\n{{\n"
                f"  scan {rng.choice(['', '~'])}L {{\n{body}\n  }}\n"
                f"  return {total}\n}}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--mixir", required=True)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    end = time.monotonic() + (options.minutes * 60 or options.seconds)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 30)
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.mix"
        while count == 0 or (options.seed is None and time.monotonic() < end):
            path.write_text(Program(seed + count).text())
            run = subprocess.run([options.mixir, "check", str(path)], capture_output=True, text=True,
                                 timeout=120, env={**__import__("os").environ, "MIXIR_CACHE": "off"})
            if run.returncode != 0:
                print(f"seed {seed + count} (run again with --seed {seed + count})\n{path.read_text()}")
                print(run.stdout + run.stderr)
                return 1
            count += 1
    print(f"{count} programs agree, seeds {seed} .. {seed + count - 1}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
