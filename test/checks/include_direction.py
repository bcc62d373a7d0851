#!/usr/bin/env python3
"""Includes and links go one way: frontend -> dialect <- lowering <- codegen; runtime stands alone.

The interpreter (dialect/interpreter) sees the dialect only. The public headers of the runtime
(mixir/*.h) may be read by codegen, which writes tables for them, and by tools and tests.
"""
import re

import common

ALLOWED = {
    "dialect": {"dialect"},
    "frontend": {"frontend", "dialect"},
    "lowering": {"lowering", "dialect"},
    "codegen": {"codegen", "lowering", "dialect", "mixir"},
    "runtime": {"runtime", "mixir"},
}
FOLDERS = set(ALLOWED) | {"tools", "test", "bench"}
COMPILER_HEADERS = re.compile(r"^(mlir|llvm|llvm-c|mlir-c|clang|lld)/|^Halide(Runtime\w*|Buffer)?\.h$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', re.M)
# CMake targets: which folder may not name which
LINKS = {
    "dialect": r"MixirFrontend|MixirLowering|MixirCodegen\w*|mixir_runtime",
    "frontend": r"MixirLowering|MixirCodegen\w*|MixirInterpreter|mixir_runtime",
    "lowering": r"MixirFrontend|MixirCodegen\w*|MixirInterpreter|mixir_runtime",
    "codegen": r"MixirFrontend|MixirInterpreter",
    "runtime": r"Mixir(?:Frontend|Dialect|Interpreter|Lowering|Codegen)\w*|MLIR|LLVM|Halide(?:::\w+)?",
}


def target_folder(root, path, name):
    """The top folder (or `mixir`, the public headers) that an include names; None: outside."""
    beside = root / path.parent / name
    if beside.is_file():
        return beside.resolve().relative_to(root.resolve()).parts[0]
    first = name.split("/")[0]
    return first if first in FOLDERS | {"mixir"} and "/" in name else None


def check_file(root, path):
    folder, text = path.parts[0], common.read(root / path)
    for match in INCLUDE.finditer(text):
        name, where = match.group(1), f"{path}:{common.line_of(text, match.start())}"
        target = target_folder(root, path, name)
        if target is not None and target not in ALLOWED[folder]:
            yield f"{where}: {folder} includes {name}, expected only {', '.join(sorted(ALLOWED[folder]))}"
        if folder == "runtime" and COMPILER_HEADERS.search(name):
            yield f"{where}: the runtime includes {name}; it ships without a compiler"


def check_links(root, path):
    text = re.sub(r"#[^\n]*", "", common.read(root / path))
    for match in re.finditer(r"\b(target_link_libraries|add_dependencies|find_package)\s*\(([^)]*)\)",
                             text, re.S):
        for name in re.findall(rf"(?<![\w:])(?:{LINKS[path.parts[0]]})(?![\w:])", match.group(2)):
            yield (f"{path}:{common.line_of(text, match.start())}: {path.parts[0]} must not depend "
                   f"on {name}")


def check(root):
    findings = []
    for path in common.files_in(root, ALLOWED, common.CPP_SUFFIXES):
        findings += check_file(root, path)
    for path in common.files_in(root, LINKS, {".txt", ".cmake"}):
        findings += check_links(root, path)
    return findings


SAMPLES = [
    common.Sample({"frontend/Sema.cpp": '#include "lowering/Passes.h"\n'}, "frontend includes lowering"),
    common.Sample({"dialect/interpreter/I.cpp": '\n#include "codegen/common/Program.h"\n'}, "I.cpp:2"),
    common.Sample({"runtime/Abi.cpp": "#include <llvm/ADT/Twine.h>\n"}, "ships without a compiler"),
    common.Sample({"runtime/Abi.cpp": '#include "HalideRuntime.h"\n'}, "ships without a compiler"),
    common.Sample({"runtime/CMakeLists.txt": "target_link_libraries(mixir_runtime PRIVATE MLIR)\n"},
                  "must not depend on MLIR"),
    common.Sample({"dialect/A.h": "", "lowering/B.cpp": '#include "../codegen/C.h"\n',
                   "codegen/C.h": ""}, "lowering includes"),
    common.Sample({"lowering/A.cpp": '#include "dialect/mixer/MixerDialect.h"\n#include "mlir/IR/IR.h"\n',
                   "runtime/Abi.cpp": '#include "mixir/mixir.h"\n#include "HalideAbi.h"\n',
                   "runtime/HalideAbi.h": "",
                   "codegen/E.cpp": '#include "mixir/mixir.h"\n#include <Halide.h>\n'}, None),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
