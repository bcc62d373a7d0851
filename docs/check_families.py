#!/usr/bin/env python3
"""Checks that docs/families.md is what this script makes of mixers/: every mixer, what the compiler
finds in its states, and the golden cases that it is compared with. With --update it writes the page.

usage: check_families.py MIXIR [--update]
"""
import difflib
import json
import pathlib
import re
import subprocess
import sys
from collections import defaultdict

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "families.md"
UPDATE = "python3 docs/check_families.py build/bin/mixir --update"

HEAD = """# Families

Written by `{update}` from [mixers/](../mixers), from what the
compiler says of them, and from [test/numeric/cases](../test/numeric/cases). {mixers} mixers in {files} files.
All are compared with the float64 interpreter on awkward shapes (test `cuda-mixers`, `mixir check`);
with {cases} golden cases, tensors that other people's code has computed, those that list them.

*States*: what a state is multiplied with from step to step, as the compiler sees it. `identity` is
nothing, `scalar` one number, `vector` one for each entry of some of its dimensions, `full` one for
each element, `shift` moves entries along a dimension, `dense` multiplies with a matrix; *fixed* is the same at every step; *+ rank n* adds n low-rank terms that read the state,
as a delta rule does; a `coupled` state depends on another one, a `non_affine` one not linearly on the
one before. *Algorithm* is how the compiler walks the sequence, *direction* which way.
"""

MIXER = re.compile(r"((?:^//[^\n]*\n)*)^mixer (\w+)\((.*?)^\}", re.M | re.S)
RECURRENCE = re.compile(r'mixer\.recurrence "\w+" (reverse )?.*?forms \[(.*?)\] algorithm "(\w+)"')
FORM = re.compile(r'#mixer\.form<"([^"]+)", decay = (\w+), varying = (\w+), .*?contract = (\[.*?\])(?: at \[.*?\])?, write')


def sentence(comment):
    """The first sentence of a comment, without slashes."""
    words = " ".join(line.lstrip("/").strip() for line in comment.splitlines() if not re.match("//  ", line))
    return re.split(r"[.;]\s", words.strip() + " ")[0].strip()


def header(text):
    """First sentence and source of a file."""
    comment = re.match(r"(?://[^\n]*\n)*", text).group()
    source = re.search(r"^// Source: (.*)$", comment, re.M)
    if not source:
        sys.exit("expected a line '// Source: ...' in the header of " + sentence(comment))
    return sentence(comment), source.group(1)


def described(forms, declared):
    states = []
    for name, decay, varying, contract in forms:
        base = re.sub(r"\.(re|im)$", "", name)
        if base not in declared:
            continue  # what the compiler keeps for prev
        rank = len(json.loads(contract)) - (decay in ("shift", "dense"))  # the first is the transition
        fixed = "fixed " if varying == "false" and decay in ("scalar", "vector") else ""
        text = f"`{base}` {fixed}{decay}" + (f" + rank {rank}" if rank else "")
        if text not in states:
            states.append(text)
    return states


def facts(tool, path, name, body):
    """States, algorithm and directions of one mixer."""
    done = subprocess.run([tool, "compile", str(path), "--mixer", name, "--to=chosen"], text=True,
                          capture_output=True, timeout=60)
    if done.returncode:
        sys.exit(done.stderr)
    declared = set(re.findall(r"\bstate (\w+)", body))
    states, algorithms, ways = [], [], set()
    for reverse, forms, algorithm in RECURRENCE.findall(done.stdout):
        ways.add("backward" if reverse else "forward")
        states += [s for s in described(FORM.findall(forms), declared) if s not in states]
        if algorithm not in algorithms:
            algorithms.append(algorithm)
    direction = "both" if len(ways) == 2 else "".join(ways)
    return ", ".join(states), ", ".join(a.replace("_", " ") for a in algorithms), direction


def golden_cases():
    """Cases by file and mixer, and those that cannot be said, with the reason."""
    cases, unexpressed = defaultdict(list), {}
    for path in sorted((ROOT / "test" / "numeric" / "cases").glob("*.json")):
        table = json.loads(path.read_text())
        for case in table.get("cases", []):
            names = cases[table["file"], case["mixer"]]
            if case["golden"] not in names:
                names.append(case["golden"])
        unexpressed.update(table.get("unexpressed", {}))
    return cases, unexpressed


def row(*cells):
    return "| " + " | ".join(cell or "-" for cell in cells) + " |"


def page(tool):
    cases, unexpressed = golden_cases()
    sections, count, files = [], 0, 0
    for path in sorted((ROOT / "mixers").glob("*.mix")):
        text = path.read_text()
        mixers = MIXER.findall(text)
        if not mixers:
            continue
        what, source = header(text)
        lines = [f"## [{path.name}](../mixers/{path.name})", "", f"{what}. Source: `{source}`.", "",
                 row("mixer", "what", "states", "algorithm", "direction", "golden cases"), "|---" * 6 + "|"]
        for comment, name, body in mixers:
            own = sentence(comment) if not comment.startswith("// Source") and comment not in text[:len(comment)] else ""
            tests = ", ".join(f"`{case}`" for case in cases[path.name, name])
            lines.append(row(f"`{name}`", own, *facts(tool, path, name, body), tests))
            count += 1
        sections.append("\n".join(lines))
        files += 1
    head = HEAD.format(update=UPDATE, mixers=count, files=files,
                       cases=len({case for names in cases.values() for case in names}))
    rest = [row("golden case", "what is missing"), "|---|---|"]
    rest += [row(f"`{case}`", reason) for case, reason in sorted(unexpressed.items())]
    sections.append("## Not said yet\n\nGolden cases of these families that no mixer says.\n\n" + "\n".join(rest))
    return head + "\n" + "\n\n".join(sections) + "\n"


def main():
    written = page(sys.argv[1])
    if "--update" in sys.argv:
        PAGE.write_text(written)
        return 0
    there = PAGE.read_text() if PAGE.exists() else ""
    if there == written:
        print("docs/families.md is up to date")
        return 0
    sys.stdout.writelines(difflib.unified_diff(there.splitlines(True), written.splitlines(True), "docs/families.md", "now"))
    print("docs/families.md is out of date; update it with: " + UPDATE)
    return 1


if __name__ == "__main__":
    sys.exit(main())
