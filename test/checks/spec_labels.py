#!/usr/bin/env python3
"""Each numbered constraint of docs/spec.md occurs in a verifier comment and in a test, and back.

A label is a capital letter and a number (C12; K3 for the kernel dialect). It is defined where it
starts a list item, table row or heading of docs/spec.md, once; a verifier in dialect/ carries it in a
comment; a test in test/ names it.
"""
import re

import common

LABEL = re.compile(r"\b([CK]\d+)\b")
DEFINITION = re.compile(r"^\s*(?:[-*|]|#+|\d+\.)\s*(?:\[ \]\s*)?[`*(]*([CK]\d+)\b", re.M)


def verifier_labels(root):
    """{label: first place} of the labels in comments of dialect/ (also in .td files)."""
    places = {}
    for path in common.files_in(root, ("dialect",), common.CPP_SUFFIXES | {".td"}):
        if "interpreter" in path.parts:
            continue
        for token in common.tokens(common.read(root / path)):
            if token.kind == "comment":
                for label in LABEL.findall(token.text):
                    places.setdefault(label, f"{path}:{token.line}")
    return places


def check(root):
    spec = root / "docs" / "spec.md"
    text = common.read(spec) if spec.is_file() else ""
    defined = DEFINITION.findall(text)
    verified = verifier_labels(root)
    tests = set()
    for path in common.files_in(root, ("test",), common.TEXT_SUFFIXES):
        if "checks" not in path.parts:
            tests.update(LABEL.findall(common.read(root / path)))
    findings = [f"docs/spec.md: {label} is defined twice"
                for label in sorted(set(defined)) if defined.count(label) > 1]
    for label in sorted(set(defined), key=lambda l: (l[0], int(l[1:]))):
        if label not in verified:
            findings.append(f"docs/spec.md: no verifier in dialect/ carries {label}")
        if label not in tests:
            findings.append(f"docs/spec.md: no test names {label}")
    for label, place in verified.items():
        if spec.is_file() and label not in defined:
            findings.append(f"{place}: {label} is not defined in docs/spec.md")
    return findings


SPEC = "# Spec\n- C1: the union\n| **C2** | types |\n\nsee C9 above\n"
VERIFIERS = "/// C1: x\nvoid f(); // C2\n"
SAMPLES = [
    common.Sample({"docs/spec.md": SPEC, "dialect/V.cpp": VERIFIERS, "test/a.mlir": "// C1 C2"}, None),
    common.Sample({"docs/spec.md": SPEC, "dialect/V.cpp": "/// C1\n", "test/a.mlir": "// C1 C2"},
                  "no verifier in dialect/ carries C2"),
    common.Sample({"docs/spec.md": SPEC, "dialect/V.cpp": VERIFIERS, "test/a.mlir": "// C1"},
                  "no test names C2"),
    common.Sample({"docs/spec.md": SPEC + "- C1: again\n", "dialect/V.cpp": VERIFIERS,
                   "test/a.mlir": "C1 C2"}, "C1 is defined twice"),
    common.Sample({"docs/spec.md": SPEC, "dialect/V.cpp": VERIFIERS + "// C7\n", "test/a.mlir": "C1 C2"},
                  "C7 is not defined"),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
