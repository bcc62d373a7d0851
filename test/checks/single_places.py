#!/usr/bin/env python3
"""Things that belong in one place only.

addPass( in Pipelines.cpp of lowering and of a code generator; no hand-written pass constructors; no
global command-line state outside tools/; getenv in runtime/Env.cpp.
"""
import re

import common

FOLDERS = common.COMPILER_FOLDERS + ("tools",)
PIPELINES = re.compile(r"^(lowering/Pipelines|codegen/[^/]+/Pipelines)\.cpp$")


def in_pipelines(path):
    return PIPELINES.match(path.as_posix()) is not None


def in_tools(path):
    return path.parts[0] == "tools"


def in_environment(path):
    return path.as_posix() == "runtime/Env.cpp"


# (pattern, where it is allowed, what to say)
CPP_RULES = [
    (re.compile(r"\b(addPass|addNestedPass)\s*[<(]"), in_pipelines,
     "passes are put in order in Pipelines.cpp only"),
    (re.compile(r"\bcl\s*::\s*(opt|list|bits|alias)\b"), in_tools,
     "no global command-line state outside tools/; options live in Passes.td"),
    (re.compile(r"\b(secure_)?getenv\b|\benviron\b"), in_environment,
     "the environment is read in runtime/Env.cpp only"),
]
TD_RULES = [
    (re.compile(r"\blet\s+constructor\b"), lambda path: False,
     "no hand-written pass constructor; the generated one is used"),
]


def check(root):
    findings = []
    for path in common.files_in(root, FOLDERS, common.CPP_SUFFIXES | {".td"}):
        text = common.read(root / path)
        if path.suffix == ".td":
            rules, text = TD_RULES, re.sub(r"//[^\n]*", "", text)
        else:
            rules, text = CPP_RULES, common.without_comments(text)
        for pattern, allowed, message in rules:
            if allowed(path):
                continue
            findings += [f"{path}:{common.line_of(text, m.start())}: {m.group().strip('(< ')}: {message}"
                         for m in pattern.finditer(text)]
    return findings


SAMPLES = [
    common.Sample({"lowering/A.cpp": "void f() {\n  pm.addPass(createB());\n}\n"}, "lowering/A.cpp:2"),
    common.Sample({"tools/mixir.cpp": "pm.addNestedPass<F>(createB());\n"}, "in Pipelines.cpp only"),
    common.Sample({"lowering/Passes.td": 'let constructor = "f()";\n'}, "hand-written"),
    common.Sample({"codegen/x/A.cpp": "static llvm::cl::opt<int> x;\n"}, "command-line state"),
    common.Sample({"codegen/x/A.cpp": "const char *p = std::getenv(name);\n"}, "runtime/Env.cpp only"),
    common.Sample({"lowering/Pipelines.cpp": "pm.addPass(createB());\n",
                   "codegen/halide/Pipelines.cpp": "pm.addPass(createB());\n",
                   "tools/t.cpp": "llvm::cl::opt<int> x;\n",
                   "runtime/Env.cpp": "getenv(n);\n",
                   "runtime/Env.h": '// the one call of getenv\n const char *t = "getenv";\n'}, None),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
