#!/usr/bin/env python3
"""What ships links no compiler: no LLVM, MLIR or Halide library behind the runtime and mixir-run.

usage: runtime_links.py PROGRAM_OR_LIBRARY...      (needs readelf, from binutils)
       runtime_links.py --self-test
"""
import re
import subprocess
import sys
from pathlib import Path

FORBIDDEN = re.compile(r"lib(LLVM|MLIR|Halide|clang|lld)\w*[-.\d]*\.so", re.I)
SAMPLE = """ 0x0001 (NEEDED)  Shared library: [libLLVM.so.22.1]
 0x0001 (NEEDED)  Shared library: [libstdc++.so.6]
"""


def needed(text):
    return re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", text)


def findings_of(name, text):
    return [f"{name}: links {library}" for library in needed(text) if FORBIDDEN.match(library)]


def check(paths):
    findings, linked = [], 0
    for path in paths:
        text = subprocess.run(["readelf", "-dW", path], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        linked += len(needed(text))
        findings += findings_of(Path(path).name, text)
    if not linked:
        findings.append("expected at least one needed library; is this an ELF file?")
    return findings


def main():
    if sys.argv[1:] == ["--self-test"]:
        found = findings_of("x", SAMPLE)
        findings = [] if found == ["x: links libLLVM.so.22.1"] else [f"expected one finding, got {found}"]
    elif len(sys.argv) > 1:
        findings = check(sys.argv[1:])
    else:
        sys.exit(__doc__)
    print("\n".join(findings + [f"runtime_links.py: {len(findings)} findings"]))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
