#!/usr/bin/env python3
"""One pass = one entry in Passes.td = one .cpp = one lit test of the same stem, in alphabetical order.

For each Passes.td: `def ChunkScanPass` needs ChunkScan.cpp beside it, which defines that pass and no
other, and ChunkScan.mlir (or .mix) in the folder of test/ that mirrors it.
"""
import re

import common

ENTRY = re.compile(r"^def\s+(\w+)\s*:\s*(?:\w*Pass)\s*<\s*\"([^\"]*)\"", re.M)


def strip_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def check_table(root, table):
    folder = table.parent
    text = strip_comments(common.read(root / table))
    names = [m.group(1) for m in ENTRY.finditer(text)]
    stems = [re.sub(r"Pass$", "", name) for name in names]
    for name in names:
        if not name.endswith("Pass"):
            yield f"{table}: expected a name that ends in Pass, got {name}"
    for before, after in zip(stems, stems[1:]):
        if before > after:
            yield f"{table}: {after}Pass stands after {before}Pass, expected alphabetical order"
    for match in ENTRY.finditer(text):
        if not match.group(2).startswith("mixir-"):
            yield f"{table}: expected a flag mixir-<stage>-<verb-object>, got '{match.group(2)}'"
    for stem in stems:
        yield from check_pass(root, folder, stem)
    yield from check_sources(root, folder, stems)
    yield from check_tests(root, folder, stems)


def check_pass(root, folder, stem):
    source = folder / f"{stem}.cpp"
    if not (root / source).is_file():
        yield f"{source}: missing, expected the pass {stem}Pass in it"
    tests = [root / "test" / folder / f"{stem}{suffix}" for suffix in (".mlir", ".mix", ".test")]
    if not any(test.is_file() for test in tests):
        yield f"{tests[0].relative_to(root)}: missing, expected the lit test of {stem}Pass"


def check_sources(root, folder, stems):
    """Every .cpp that defines passes defines exactly the one of its name."""
    for path in sorted((root / folder).glob("*.cpp")):
        defined = re.findall(r"^\s*#\s*define\s+GEN_PASS_DEF_(\w+)", common.read(path), re.M)
        expected = [f"{path.stem}Pass".upper()] if path.stem in stems else []
        if defined != expected and (defined or expected):
            yield (f"{folder / path.name}: expected the definitions {expected or 'of no pass'}, "
                   f"got {defined}")


def check_tests(root, folder, stems):
    """A test named like a pass (CamelCase) belongs to one, or to another source file."""
    for path in sorted((root / "test" / folder).glob("*.ml*")):
        known = path.stem in stems or (root / folder / f"{path.stem}.cpp").is_file()
        if re.match(r"[A-Z]\w*$", path.stem) and not known:
            yield f"{path.relative_to(root)}: no pass and no source file of this name in {folder}"


def check(root):
    findings = []
    for table in common.repository_files(root):
        if table.name == "Passes.td":
            findings += check_table(root, table)
    return findings


def tree(**changes):
    """A correct tree with two passes; changes: file name (with _ for / and .) to text or None."""
    files = {
        "lowering/Passes.td": 'def APass : Pass<"mixir-lower-a", "::F"> {}\n'
                              'def BPass : Pass<"mixir-lower-b", "::F"> {}\n',
        "lowering/A.cpp": "#define GEN_PASS_DEF_APASS\n",
        "lowering/B.cpp": "#define GEN_PASS_DEF_BPASS\n",
        "lowering/Helper.cpp": "",
        "test/lowering/A.mlir": "", "test/lowering/B.mlir": "", "test/lowering/pipeline.mlir": "",
    }
    for name, text in changes.items():
        name = name.replace("__", "/").replace("_dot_", ".")
        files = {k: v for k, v in files.items() if k != name}
        if text is not None:
            files[name] = text
    return files


SAMPLES = [
    common.Sample(tree(), None),
    common.Sample(tree(lowering__B_dot_cpp=None), "B.cpp: missing"),
    common.Sample(tree(test__lowering__A_dot_mlir=None), "A.mlir: missing"),
    common.Sample(tree(test__lowering__Gone_dot_mlir=""), "no pass and no source file"),
    common.Sample(tree(lowering__Helper_dot_cpp="#define GEN_PASS_DEF_CPASS\n"), "of no pass"),
    common.Sample(tree(lowering__Passes_dot_td='def BPass : Pass<"mixir-lower-b", "::F"> {}\n'
                                               'def APass : Pass<"mixir-lower-a", "::F"> {}\n'),
                  "alphabetical"),
    common.Sample(tree(lowering__Passes_dot_td='def APass : Pass<"mixir-lower-a", "::F"> {}\n'
                                               'def BPass : Pass<"b", "::F"> {}\n'), "expected a flag"),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
