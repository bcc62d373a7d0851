#!/usr/bin/env python3
"""Every op and pass in a .td file has a summary and a description with an example.

The records are read with llvm-tblgen --dump-json, so that inherited fields count.
"""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import common

EXAMPLE = re.compile(r"```")
KINDS = {"Op": "op", "PassBase": "pass"}


def find_tblgen():
    """(program, include folder) of the newest LLVM that has MLIR's .td files."""
    candidates = [Path(os.environ["MIXIR_LLVM_BIN"])] if "MIXIR_LLVM_BIN" in os.environ else []
    found = Path("/usr/lib").glob("llvm-*/bin")
    candidates += sorted(found, key=lambda p: int(re.sub(r"\D", "", p.parent.name) or 0), reverse=True)
    on_path = shutil.which("llvm-tblgen")
    candidates += [Path(on_path).resolve().parent] if on_path else []
    for folder in candidates:
        include = folder.parent / "include"
        if (folder / "llvm-tblgen").exists() and (include / "mlir" / "IR" / "OpBase.td").exists():
            return folder / "llvm-tblgen", include
    raise SystemExit("expected llvm-tblgen with MLIR beside it; set MIXIR_LLVM_BIN to its folder")


def records(root, path, tblgen=None):
    """[(kind, record)] of the ops and passes that this file itself defines; an error text if none."""
    program, include = tblgen or find_tblgen()
    done = subprocess.run([program, "--dump-json", "-I", root, "-I", include, root / path],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        return [], f"{path}: llvm-tblgen failed: {done.stderr.strip().splitlines()[0]}"
    data = json.loads(done.stdout)
    here = re.compile(rf"(^|/){re.escape(path.name)}:\d+$")
    result = []
    for base, kind in KINDS.items():
        for name in data["!instanceof"].get(base, []):
            if here.search(data[name]["!locs"][0]):
                result.append((kind, data[name]))
    return result, None


def lacks(record):
    """What a record's documentation lacks."""
    summary, description = record.get("summary") or "", record.get("description") or ""
    if not summary.strip():
        yield "a summary"
    if not description.strip():
        yield "a description"
    elif not EXAMPLE.search(description):
        yield "an example (```mlir) in its description"


def td_files(root):
    """.td files that define records of their own; the check's caller reads each by itself."""
    return [p for p in common.files_in(root, common.COMPILER_FOLDERS, {".td"})
            if re.search(r"^def\b", common.read(root / p), re.M)]


def check(root):
    findings, tblgen = [], None
    for path in td_files(root):
        tblgen = tblgen or find_tblgen()
        found, error = records(root, path, tblgen)
        findings += [error] if error else []
        for kind, record in found:
            line = record["!locs"][0].rsplit(":", 1)[1]
            findings += [f"{path}:{line}: {kind} {record['!name']} lacks {what}"
                         for what in lacks(record)]
    return findings


PASS = 'include "mlir/Pass/PassBase.td"\ndef APass : Pass<"mixir-a"> {{ {} }}\n'
OPS = ('include "mlir/IR/OpBase.td"\ndef D : Dialect {{ let name = "d"; }}\n'
       'class Base<string m> : Op<D, m> {{ {} }}\ndef AOp : Base<"a"> {{ {} }}\n')
SAMPLES = [
    common.Sample({"lowering/Passes.td": PASS.format("")}, "pass APass lacks a summary"),
    common.Sample({"lowering/Passes.td": PASS.format('let summary = "x"; let description = [{ y }];')},
                  "lacks an example"),
    common.Sample({"dialect/Ops.td": OPS.format("", 'let summary = "x";')}, "op AOp lacks a description"),
    common.Sample({"dialect/Ops.td": "def broken : Nothing;\n"}, "llvm-tblgen failed"),
    common.Sample({"dialect/Ops.td": OPS.format('let description = "```a```";', 'let summary = "x";')},
                  None),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
