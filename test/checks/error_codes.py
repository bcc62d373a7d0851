#!/usr/bin/env python3
"""Each error code has a page in docs/errors and occurs in a test.

Codes: the rows of frontend/ErrorCatalog.def, printed as MIXnnnn, one page docs/errors/MIXnnnn.md
each; and the statuses of runtime/Status.def, MIXIR_<NAME>, each with a heading in a page there.
A number is never used twice.
"""
import re

import common

ROW = re.compile(r"^\s*MIXIR_ERROR\s*\(\s*(\d+)\s*,\s*(\w+)", re.M)
STATUS = re.compile(r"^\s*MIXIR_STATUS\s*\(\s*(\d+)\s*,\s*(\w+)", re.M)


def table(root, name, pattern):
    """[(number, name)] of a .def table; empty if there is no such file."""
    path = root / name
    text = re.sub(r"//[^\n]*", "", common.read(path)) if path.is_file() else ""
    return [(int(number), what) for number, what in pattern.findall(text)]


def repeated(rows, where):
    seen = {}
    for number, name in rows:
        if number in seen:
            yield f"{where}: number {number} of {name} is taken by {seen[number]}"
        seen.setdefault(number, name)


def test_text(root):
    """Everything under test/, the house checks themselves left out."""
    suffixes = common.TEXT_SUFFIXES | {".test", ".json"}
    paths = [p for p in common.files_in(root, ("test", "examples"), suffixes)
             if p.parts[:2] != ("test", "checks")]
    pages = common.files_in(root, ("docs",), {".md"})
    return ("\n".join(common.read(root / p) for p in paths),
            {p.name: common.read(root / p) for p in pages if p.parts[:2] == ("docs", "errors")})


def check(root):
    errors = table(root, "frontend/ErrorCatalog.def", ROW)
    statuses = table(root, "runtime/Status.def", STATUS)
    tests, pages = test_text(root)
    findings = list(repeated(errors, "frontend/ErrorCatalog.def"))
    findings += repeated(statuses, "runtime/Status.def")
    for number, name in errors:
        code = f"MIX{number:04}"
        if f"{code}.md" not in pages:
            findings.append(f"docs/errors/{code}.md: missing, expected a page for '{name}'")
        if not re.search(rf"\b{code}\b", tests):
            findings.append(f"test: no test names {code} ('{name}')")
    for page in pages:
        code = re.fullmatch(r"MIX(\d{4})\.md", page)
        if code and int(code.group(1)) not in dict(errors):
            findings.append(f"docs/errors/{page}: no such error in frontend/ErrorCatalog.def")
    for _, name in statuses:
        status = f"MIXIR_{name}"
        heading = re.compile(rf"^#+ .*\b{status}\b|^\|\s*`?{status}\b", re.M)
        if not any(heading.search(text) for text in pages.values()):
            findings.append(f"docs/errors: no heading or table row for {status}")
        if not re.search(rf"\b{status}\b", tests):
            findings.append(f"test: no test names {status}")
    return findings


GOOD = {"frontend/ErrorCatalog.def": 'MIXIR_ERROR(12, bad_name, "x")\n',
        "runtime/Status.def": 'MIXIR_STATUS(3, ERROR_RANK, "x")\n',
        "docs/errors/MIX0012.md": "# MIX0012\n", "docs/errors/runtime.md": "## MIXIR_ERROR_RANK\n",
        "test/frontend/a.mix": "// CHECK: MIX0012\n", "test/runtime/a.cpp": "MIXIR_ERROR_RANK"}
SAMPLES = [
    common.Sample(GOOD, None),
    common.Sample({k: v for k, v in GOOD.items() if "MIX0012" not in k}, "MIX0012.md: missing"),
    common.Sample({k: v for k, v in GOOD.items() if "a.mix" not in k}, "no test names MIX0012"),
    common.Sample({k: v for k, v in GOOD.items() if "runtime.md" not in k}, "no heading"),
    common.Sample({k: v for k, v in GOOD.items() if "a.cpp" not in k}, "no test names MIXIR_ERROR_RANK"),
    common.Sample({**GOOD, "docs/errors/MIX0099.md": ""}, "no such error"),
    common.Sample({**GOOD, "runtime/Status.def": 'MIXIR_STATUS(3, ERROR_RANK, "x")\n'
                   'MIXIR_STATUS(3, ERROR_B, "x")\n'}, "is taken by"),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
