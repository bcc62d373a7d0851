#!/usr/bin/env python3
"""Imports every mixer of a folder with all, none and each one of its optional operands missing, and
checks that formatting keeps the meaning.

usage: check_library.py TOOL FOLDER
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

MIXER = re.compile(r"\bmixer\s+(\w+)\s*\([^)]*\)(.*?)\{", re.S)
OPTIONAL = re.compile(r"\b(?:in|param)\s+([\w,\s]+?):\s*\w*\s*\[[^\]]*\]\s*=", re.S)


def run(*words):
    done = subprocess.run(words, text=True, capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def main():
    tool, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    problems, programs = [], []
    for path in sorted(folder.glob("*.mix")):
        status, formatted, errors = run(tool, "--to=parsed", str(path))
        with tempfile.NamedTemporaryFile("w", suffix=".mix") as copy:
            copy.write(formatted)
            copy.flush()
            if run(tool, "--to=parsed", copy.name)[1] != formatted:
                problems.append(f"{path.name}: formatting twice differs from formatting once")
        status, _, errors = run(tool, "--to=checked", str(path))
        if status:
            problems.append(f"{path.name}: {errors}")
        text = re.sub(r"//.*", "", path.read_text())
        for name, declarations in MIXER.findall(text):
            names = ",".join(OPTIONAL.findall(declarations)).split(",")
            optional = [word.strip() for word in names if word.strip()]
            for omitted in [[], optional] + [[word] for word in optional]:
                programs.append((path, name, omitted))

    def imported(program):
        path, name, omitted = program
        return run(tool, "--to=mixer", "--mixer=" + name, str(path), *("--omit=" + word for word in omitted))

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for (path, name, omitted), (status, _, errors) in zip(programs, pool.map(imported, programs)):
            if status:
                problems.append(f"{path.name} {name} without {omitted}: {errors}")
    print("\n".join(problems + [f"{len(programs)} programs, {len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
