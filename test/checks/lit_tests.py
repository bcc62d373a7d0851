#!/usr/bin/env python3
"""No test that tests nothing: what a lit file runs ends in something that can fail.

Each lit file pipes to FileCheck (and has lines for it), verifies diagnostics (and expects some),
compares with diff or cmp, checks an exit code with `not`, or runs a check_*.py or a fuzzer.
"""
import re

import common

SUFFIXES = {".mlir", ".mix", ".test"}
# Folders whose .mix files are data of other tests, as in test/lit.cfg.py
NO_LIT = {"Inputs", "consumer", "golden", "numeric", "fuzz", "checks"}
RUN = re.compile(r"^\W*RUN:\s*(.*)$", re.M)
VERIFY = re.compile(r"-verify-diagnostics")
COMPARE = re.compile(r"(?:^|[|;&]\s*)(?:%?not|diff|cmp|test|grep)\s")
# Programs that are checks by themselves: their exit code tells
SELF_CHECKING = re.compile(r"\bcheck_\w+\.py\b|\bmixir-[\w-]*fuzz\b")
EXPECTED = re.compile(r"expected-(?:error|warning|remark|note)")


def run_lines(text):
    """The commands, continued lines joined."""
    commands, pending = [], ""
    for line in RUN.findall(text):
        pending += line.rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        commands.append(pending)
        pending = ""
    return commands + ([pending] if pending else [])


def check_prefixes(command):
    """[prefixes] of each FileCheck of a command that checks against the test file itself."""
    for call in re.findall(r"\bFileCheck\b([^|;&]*)", command):
        if "%s" not in call:
            continue  # against another file
        given = re.findall(r"--?(?:check-)?prefix(?:es)?[= ](\S+)", call)
        yield [p for group in given for p in group.split(",")] or ["CHECK"]


def check_file(root, path):
    text = common.read(root / path)
    commands = run_lines(text)
    if not commands:
        yield f"{path}: no RUN line"
        return
    joined = "\n".join(commands)
    if not ("FileCheck" in joined or VERIFY.search(joined) or SELF_CHECKING.search(joined)
            or any(COMPARE.search(command) for command in commands)):
        yield f"{path}: tests nothing: no FileCheck, verified diagnostic, diff or `not`"
    if VERIFY.search(joined) and not EXPECTED.search(text):
        yield f"{path}: verifies diagnostics but expects none"
    body = RUN.sub("", text)
    for command in commands:
        for prefixes in check_prefixes(command):
            if not any(re.search(rf"\b{re.escape(p)}(?:-[A-Z]+)?(?:\{{\w+\}})?:", body) for p in prefixes):
                yield f"{path}: no line with {' or '.join(prefixes)} for its FileCheck"


def check(root):
    findings = []
    for path in common.files_in(root, ("test",), SUFFIXES):
        if not NO_LIT & set(path.parts):
            findings += check_file(root, path)
    return findings


SAMPLES = [
    common.Sample({"test/lowering/A.mlir": "// RUN: mixir-opt %s\n"}, "tests nothing"),
    common.Sample({"test/lowering/A.mlir": "func.func @f()\n"}, "no RUN line"),
    common.Sample({"test/lowering/A.mlir": "// RUN: mixir-opt %s | FileCheck %s\n"}, "no line with CHECK"),
    common.Sample({"test/A.mlir": "// RUN: mixir-opt %s | FileCheck %s --check-prefix=ON\n// CHECK: x\n"},
                  "no line with ON"),
    common.Sample({"test/A.mlir": "// RUN: mixir-opt -verify-diagnostics %s\n"}, "expects none"),
    common.Sample({
        "test/A.mlir": "// RUN: mixir-opt %s \\\n// RUN:   | FileCheck %s\n// CHECK-LABEL: f\n",
        "test/B.mix": "// RUN: not mixir compile %s\n",
        "test/C.mix": "// RUN: mixir fmt %s > %t\n// RUN: diff %s %t\n",
        "test/D.mlir": "// RUN: mixir-opt %s -verify-diagnostics\n// expected-error @+1 {{x}}\n",
        "test/E.test": "RUN: mixir doctor | FileCheck %s --check-prefixes=A,B\nB-NEXT: y\n",
        "test/F.test": "// RUN: %python %S/check_pages.py x\n",
        "test/Inputs/x.mix": "mixer", "test/numeric/y.mix": "mixer"}, None),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
