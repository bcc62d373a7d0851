#!/usr/bin/env python3
"""Checks the examples of docs/language.md: every ```mix block is a program, every ```mix body block
the body of a mixer over the operands of FRAME. Each must be accepted, become a module that
verifies, and be laid out as the formatter lays it out.

usage: check_language_page.py TOOL PAGE
"""
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```mix( body)?\n(.*?)^```$", re.M | re.S)
FRAME = """mixer example(B, L, D, N = 16, W = 4, S = W - 1)
  in    u, x, delta : [B, L, D]
  in    Bt, Ct      : [B, L, N]
  in    c           : c64[B, L, N]
  in    i           : i32[B, L]
  in    x0          : [B, D, S] = 0
  in    h0          : [B, D, N] = 0
  param A           : [D, N]
  param w           : [D, W]
  param bias        : [D]
  param z           : [B, L, D] = none
{
%s  return u
}
"""


def problem(tool, text, folder):
    """What is wrong with one program, or nothing."""
    path = folder / "page.mix"
    path.write_text(text)

    def run(*flags):
        done = subprocess.run([tool, str(path), *flags], text=True, capture_output=True,
                              timeout=20)
        return done.returncode, done.stdout, done.stderr

    status, formatted, errors = run("--to=parsed")
    if status == 0 and formatted != text:
        return "expected the layout\n" + formatted
    if status == 0:
        status, _, errors = run("--to=checked")
    for name in re.findall(r"^mixer (\w+)", text, re.M):
        if status == 0:
            status, _, errors = run("--to=mixer", "--mixer=" + name)
    return errors if status else None


def main():
    tool, page = sys.argv[1], pathlib.Path(sys.argv[2])
    count, problems = 0, []
    with tempfile.TemporaryDirectory() as folder:
        for body, text in BLOCK.findall(page.read_text()):
            count += 1
            program = FRAME % text if body else text
            found = problem(tool, program, pathlib.Path(folder))
            if found:
                problems.append(f"{text}{found}")
    print("\n".join(problems + [f"{count} examples, {len(problems)} problems"]))
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
