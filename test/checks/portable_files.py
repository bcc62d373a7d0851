#!/usr/bin/env python3
"""The tree speaks of the project alone: no path of one machine, no package registry, no authoring tool.

A temporary folder comes from TMPDIR or mktemp; packages come from the system's own package manager.
"""
import re

import common

# Written so that a pattern does not match itself
RULES = [
    (re.compile(r"/(w)ork|/(f)arm|/(r)oot|/(h)ome/(?!user\b)[a-z]|/(t)mp/[a-z]|/(U)sers/[A-Za-z]"),
     "path of one machine"),
    (re.compile(r"\b(pypi[.]org|pythonhosted[.]org|npmjs[.](?:org|com)|crates[.]io|deb[.]debian[.]org"
                r"|(?:security|snapshot)[.]debian[.]org|anaconda[.](?:org|com)|ghcr[.]io|docker[.]io"
                r"|proxy[.]golang[.]org|rubygems[.]org)", re.I), "host of a package registry"),
    (re.compile(r"(?i)co-authored[-]by:|\b(?:generated|written|made) (?:by|with) (?:an? )?"
                r"(?:ai|assistant|agent|chat[ ]?bot|llm)\b|\b(?:ai|coding)[ ]assistant\b"),
     "mention of an authoring tool"),
]


def check(root):
    findings = []
    for path in common.repository_files(root):
        data = (root / path).read_bytes()
        if b"\0" in data[:4096]:
            continue
        for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
            for pattern, what in RULES:
                found = pattern.search(line)
                if found:
                    findings.append(f"{path}:{number}: {what}: {found.group()}")
    return findings


SAMPLES = [
    common.Sample({"a.sh": "x=/" + "tmp/cache\n"}, "a.sh:1: path of one machine"),
    common.Sample({"docs/a.md": "see\n/" + "home/someone/file\n"}, "docs/a.md:2"),
    common.Sample({"a.sh": "pip --index https://pypi" + ".org/simple\n"}, "package registry"),
    common.Sample({"a.md": "Co-authored" + "-by: x\n"}, "authoring tool"),
    common.Sample({"a.sh": 'x=$(mktemp -d)\ny=${TMPDIR:-/tmp}\nz=networking\n', "b.cpp": "// a/b\n"}, None),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
