#!/usr/bin/env python3
"""Runs the programs of docs/errors: each failing block must give exactly the code of its page and
the output shown below it, each fixed block must give no error, and every code needs a page.

usage: check_error_pages.py [--update] TOOL CATALOG FOLDER
"""
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```mix (failing|fixed)([^\n]*)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?",
                   re.M | re.S)


def run(tool, text, flags, folder):
    """Output and exit status of the front end on one program."""
    (folder / "program.mix").write_text(text)
    words = flags.split()  # --path FILE: what to read instead; the rest goes to the tool
    stage = "typed" if re.search(r"^mixer ", text, re.M) else "checked"
    path = words.pop(words.index("--path") + 1) if "--path" in words else "program.mix"
    words = [word for word in words if word != "--path"]
    done = subprocess.run([tool, "--to=" + stage, path] + words, cwd=folder, text=True,
                          capture_output=True, timeout=20)
    return done.stderr, done.returncode


def check_block(tool, code, match, folder):
    """Problem with one block (or None), and the output to show below it."""
    kind, flags, text, shown = match.groups()
    output, status = run(tool, text, flags, folder)
    if kind == "fixed":
        return (None if status == 0 and not output else "fixed program fails:\n" + output), None
    codes = set(re.findall(r"error: .* \[(MIX\d{4})\]$", output, re.M))
    if status != 1 or codes != {code}:
        return f"expected exit 1 and only {code}, got {status} and {sorted(codes)}:\n{output}", None
    if output != shown:
        return "the output shown is not that of the tool:\n" + output, output
    return None, None


def check_page(tool, page, update, folder):
    """Problems of one page."""
    problems, code = [], page.stem
    text = page.read_text()
    kinds = [match.group(1) for match in BLOCK.finditer(text)]
    if "failing" not in kinds or "fixed" not in kinds:
        problems.append("expected a failing and a fixed program")

    def visit(match):
        problem, output = check_block(tool, code, match, folder)
        if problem and update and output:
            kind, flags, program, _ = match.groups()
            return f"```mix {kind}{flags}\n{program}```\n\n```text\n{output}```\n"
        if problem:
            problems.append(problem)
        return match.group(0)

    new = BLOCK.sub(visit, text)
    if new != text:
        page.write_text(new)
    return [f"{page.name}: {problem}" for problem in problems]


def main():
    args = [arg for arg in sys.argv[1:] if arg != "--update"]
    tool, catalog, pages = args[0], pathlib.Path(args[1]), pathlib.Path(args[2])
    rows = re.findall(r'^MIXIR_ERROR\((\d+), \w+, "([^"]+)"\)', catalog.read_text(), re.M)
    problems, counts = [], []
    for number, summary in rows:
        page = pages / f"MIX{int(number):04d}.md"
        title = f"# MIX{int(number):04d}: {summary}\n"
        if not page.exists():
            problems.append(f"{page.name}: expected a page, got none")
        elif not page.read_text().startswith(title):
            problems.append(f"{page.name}: expected the title '{title.strip()}'")
    with tempfile.TemporaryDirectory() as folder:
        for page in sorted(pages.glob("MIX*.md")):
            problems += check_page(tool, page, "--update" in sys.argv, pathlib.Path(folder))
            kinds = [match.group(1) for match in BLOCK.finditer(page.read_text())]
            counts.append(f"{page.stem}: {kinds.count('failing')} failing, "
                          f"{kinds.count('fixed')} fixed")
    for line in counts + problems:
        print(line)
    print(f"{len(rows)} codes, {len(problems)} problems"
          + ("; run with --update to take over changed output" if problems else ""))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
