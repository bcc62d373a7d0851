#!/usr/bin/env python3
"""The compiler knows no family of mixers: no family's name in its folders.

Families are .mix files; their names live in mixers/, test/, docs/, examples/ and bench/.
"""
import re

import common

# Distinctive enough to be refused inside a longer word
ANYWHERE = re.compile(r"mamba|hydra|rwkv|retnet|delta_?net|gated_?delta|birdie|hyena|hgrn|lightning_?att"
                      r"|linear_?attention|transnormer|xlstm|mlstm|griffin|longhorn|s4d\b|zigma", re.I)
# Short names: refused as a whole part of an identifier (computeSsd, gla_step)
AS_A_WORD = {"ssd", "gla", "lssl", "kda", "gsa", "comba", "plainmamba"}
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def check(root):
    findings = []
    for path in common.files_in(root, common.COMPILER_FOLDERS, common.TEXT_SUFFIXES):
        for number, line in enumerate(common.read(root / path).splitlines(), 1):
            found = [m.group() for m in ANYWHERE.finditer(line)]
            found += [p for p in PART.findall(line) if p.lower() in AS_A_WORD]
            findings += [f"{path}:{number}: family name '{name}' in the compiler" for name in found]
        if ANYWHERE.search(path.name):
            findings.append(f"{path}: family name in a file name")
    return findings


SAMPLES = [
    common.Sample({"lowering/Fuse.cpp": "// as in Mamba-2\n"}, "lowering/Fuse.cpp:1: family name"),
    common.Sample({"codegen/a/B.h": "void emitSsd();\n"}, "'Ssd'"),
    common.Sample({"dialect/x.td": 'let summary = "delta_net step";\n'}, "delta_net"),
    common.Sample({"mixers/mamba.mix": "", "lowering/A.cpp": "// glad, assdf, global\n"}, None),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
