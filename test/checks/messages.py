#!/usr/bin/env python3
"""Message grammar: a message starts in lower case and ends without a full stop.

Looks at the string literals of calls that make a message (emitOpError, error, fail, ...) and at the
sentences of the .def tables. A word in capitals (NVRTC), a name or a code may start a message.
"""
import re

import common

CALLS = {"emitError", "emitOpError", "emitWarning", "emitRemark", "attachNote", "error", "warning",
         "warn", "note", "remark", "fail", "makeError", "createStringError", "createError",
         "notifyMatchFailure", "report", "reportError", "expected"}
TABLE = re.compile(r"^(MIXIR|KERNEL|MIXER)\w*_(ERROR|STATUS|ENV|REMARK)$")
FOLDERS = common.COMPILER_FOLDERS + ("tools",)


def starts_badly(text):
    """True for a capitalised ordinary word; identifiers and acronyms are allowed."""
    word = re.match(r"[A-Za-z]\w*", text)
    return word is not None and re.fullmatch(r"[A-Z][a-z]+", word.group()) is not None


def ends_badly(text):
    text = re.sub(r"(\\n|\s)+$", "", text)
    return text.endswith("!") or (text.endswith(".") and not text.endswith(".."))


def statement(tokens, at):
    """The tokens from the call at `at` to the end of its full expression (`;` or a closing brace)."""
    depth, end = 0, at + 1
    while end < len(tokens):
        text = tokens[end].text
        if tokens[end].kind == "punct":
            if text in "([{":
                depth += 1
            elif text in ")]}":
                depth -= 1
                if depth < 0:
                    break
            elif text == ";" and depth == 0:
                break
        end += 1
    return tokens[at:end]


def joined_literals(tokens):
    """[(value, index of the last token, line)]: adjacent literals are one."""
    result, at = [], 0
    while at < len(tokens):
        if tokens[at].kind == "string":
            line, value = tokens[at].line, ""
            while at < len(tokens) and tokens[at].kind == "string":
                value += common.literal_value(tokens[at])
                at += 1
            result.append((value, at - 1, line))
        else:
            at += 1
    return result


def messages(tokens):
    """[(first literal or None, last literal or None, line, all literals)] of each message; first and
    last are given only where they stand at the very start or end of the message."""
    for at, token in enumerate(tokens):
        called = at + 1 < len(tokens) and tokens[at + 1].text == "("
        declared = at > 0 and (tokens[at - 1].kind == "word" or tokens[at - 1].text in "*&>") \
            and tokens[at - 1].text not in ("return", "else")
        if token.kind != "word" or not called or declared:
            continue
        if token.text in CALLS or TABLE.match(token.text):
            parts = statement(tokens, at)
            literals = joined_literals(parts)
            if not literals:
                continue
            first, last = literals[0], literals[-1]
            before = [t.text for t in parts[1:parts.index(tokens_at(parts, first))]]
            opens = not any(t in ("<<", "+") for t in before)
            closes = all(t.text in ")};" for t in parts[last[1] + 1:])
            if TABLE.match(token.text):
                first, opens = last, True  # the sentence is the table's last column
            yield (first[0] if opens else None, last[0] if closes else None, first[2],
                   [value for value, _, _ in literals])


def tokens_at(parts, literal):
    """The first token of a joined literal."""
    at = literal[1]
    while at > 0 and parts[at - 1].kind == "string":
        at -= 1
    return parts[at]


def source_messages(root):
    for path in common.files_in(root, FOLDERS, common.CPP_SUFFIXES | {".def"}):
        for message in messages(common.code_tokens(common.read(root / path))):
            yield (path, *message)


def check(root):
    findings = []
    for path, first, last, line, _ in source_messages(root):
        if first is not None and starts_badly(first):
            findings.append(f'{path}:{line}: "{first}" starts with a capital letter')
        if last is not None and ends_badly(last):
            findings.append(f'{path}:{line}: "{last}" ends with a full stop or exclamation mark')
    return findings


SAMPLES = [
    common.Sample({"dialect/V.cpp": 'return op->emitOpError("Expected two operands");\n'}, "capital"),
    common.Sample({"dialect/V.cpp": 'return op.emitError() << "expected " << n << " operands.";\n'},
                  "full stop"),
    common.Sample({"frontend/S.cpp": 'diags.error(ErrorCode::x, range, "a name "\n  "is missing.");\n'},
                  "S.cpp:1"),
    common.Sample({"runtime/A.cpp": 'fail(MIXIR_ERROR_NAME, "Tensor \'", name, "\' is unknown");\n'},
                  "capital"),
    common.Sample({"frontend/E.def": 'MIXIR_ERROR(1, x, "Some file cannot be read.")\n'}, "capital"),
    common.Sample({"runtime/S.def": 'MIXIR_STATUS(0, OK, "success.")\n'}, "full stop"),
    common.Sample({
        "dialect/V.cpp": 'op->emitOpError() << name << " has no B.";\n'.replace("B.", "value")
                         + 'emitError("NVRTC is missing, see MIX0012");\n'
                         + '// emitError("Wrong.")\nemitError("expected one of a, b, ...");\n'
                         + 'log("Something else.");\n'}, None),
]

if __name__ == "__main__":
    common.main(check, SAMPLES, __doc__)
