#!/usr/bin/env python3
"""Prints the scorecard of the tree: sizes, descriptions, messages. Gates nothing.

The second column is the line to beat.
"""
import argparse
import re
from pathlib import Path

import common
import lit_tests
import messages
import single_places
import td_docs

CODE_FOLDERS = common.COMPILER_FOLDERS + ("tools", "bench", "test")
LONG_FILE, LONG_FUNCTION, LONG_MAIN = 1000, 60, 100
CONTAINERS = {"namespace", "class", "struct", "enum", "union", "extern"}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


def share(part, whole):
    return f"{100 * part / whole:.1f} % of {whole}" if whole else "none yet"


def function_lengths(text):
    """[(line, length)] of the function bodies of a C++ file: braces after a parameter list."""
    directive = re.compile(r"^[ \t]*#.*(?:\\\n.*)*", re.M)
    tokens = common.code_tokens(directive.sub(lambda m: "\n" * m.group().count("\n"), text))
    lengths, stack, start = [], [], 0
    for at, token in enumerate(tokens):
        if token.kind != "punct" or token.text not in "{};":
            continue
        if token.text == "{":
            head = tokens[start:at]
            words = {t.text for t in head if t.kind == "word"}
            inside = all(kind == "container" for kind, _ in stack)
            if CONTAINERS & words and not any(t.text == "(" for t in head):
                kind = "container"
            elif inside and any(t.text == "(" for t in head):
                kind = "function"
            else:
                kind = "other"
            stack.append((kind, token.line))
        elif token.text == "}" and stack:
            kind, line = stack.pop()
            if kind == "function":
                lengths.append((line, token.line - line + 1))
        start = at + 1
    return lengths


def size_rows(root):
    paths = common.files_in(root, CODE_FOLDERS, common.CPP_SUFFIXES | {".td", ".def", ".py"})
    lines = {p: common.read(root / p).count("\n") for p in paths}
    functions = [(length, f"{p}:{line}") for p in paths if p.suffix in common.CPP_SUFFIXES
                 for line, length in function_lengths(common.read(root / p))]
    long_functions = sorted((f for f in functions if f[0] > LONG_FUNCTION), reverse=True)
    longest = max(lines, key=lines.get, default=None)
    mains = [p for p in lines if p.parts[0] == "tools" and lines[p] > LONG_MAIN]
    yield "file length, 90th percentile", "<= 400", percentile(lines.values(), 0.9)
    yield f"files > {LONG_FILE} lines", "0", sum(n > LONG_FILE for n in lines.values())
    yield "longest file", "", f"{longest} ({lines[longest]})" if longest else "-"
    yield (f"functions > {LONG_FUNCTION} lines", "<= 2 %", share(len(long_functions), len(functions)))
    for length, place in long_functions[:5]:
        yield "", "", f"{place} ({length})"
    yield f"tool files > {LONG_MAIN} lines", "0", ", ".join(map(str, mains)) or 0


def description_rows(root):
    counts = {"op": [0, 0], "pass": [0, 0]}
    for path in td_docs.td_files(root):
        for kind, record in td_docs.records(root, path)[0]:
            counts[kind][0] += 1
            counts[kind][1] += not list(td_docs.lacks(record))
    for kind, (all_, good) in counts.items():
        yield f"{kind} definitions described, with example", "100 %", share(good, all_)


def message_rows(root):
    found = list(messages.source_messages(root))
    good = sum(not ((first is not None and messages.starts_badly(first))
                    or (last is not None and messages.ends_badly(last)))
               for _, first, last, _, _ in found)
    yield "messages in house grammar", "100 %", share(good, len(found))
    tests = "\n".join(common.read(root / p) for p in common.files_in(
        root, ("test",), common.TEXT_SUFFIXES | {".test"}) if "checks" not in p.parts)
    pieces = [max(literals, key=len) for path, _, _, _, literals in found
              if path.suffix == ".cpp" and path.parts[0] in ("frontend", "dialect", "runtime")]
    long_enough = [piece.strip() for piece in pieces if len(piece.strip()) >= 8]
    yield ("messages whose text occurs in a test", "100 %",
           share(sum(piece in tests for piece in long_enough), len(long_enough)))


def place_rows(root):
    lit_files = [p for p in common.files_in(root, ("test",), lit_tests.SUFFIXES)
                 if not lit_tests.NO_LIT & set(p.parts)]
    yield ("lit files that test something", "100 %",
           share(len(lit_files) - len(lit_tests.check(root)), len(lit_files)))
    cpp = common.files_in(root, single_places.FOLDERS, common.CPP_SUFFIXES)
    sites = sum(len(re.findall(r"\bgetenv\s*\(", common.without_comments(common.read(root / p))))
                for p in cpp)
    yield "getenv sites", "1", sites
    constructors = sum(len(re.findall(r"\blet\s+constructor\b", common.read(root / p)))
                       for p in common.files_in(root, common.COMPILER_FOLDERS, {".td"}))
    yield "hand-written pass constructors", "0", constructors


def self_test():
    sample = ("namespace a {\nstruct S {\n  int x = 1;\n  void f() const {\n    if (x) {\n    }\n  }\n};\n"
              "static const int t[] = {1, 2};\nint g(int a)\n{\n  return a;\n}\n} // namespace a\n")
    got = function_lengths(sample)
    assert got == [(4, 4), (11, 3)], got


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    self_test()
    if arguments.self_test:
        return
    for rows in (size_rows, description_rows, message_rows, place_rows):
        for what, goal, value in rows(arguments.root.resolve()):
            print(f"{what:45} {goal:8} {value}")


if __name__ == "__main__":
    main()
