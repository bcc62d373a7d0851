"""What the house checks share: the files of the tree, C++ tokens, the command line and self-tests.

A check is a module with `check(root) -> list of findings` and `SAMPLES`, small trees with what has to
be found in them. Run as a program it prints its findings and exits 1 if there are any; with
--self-test it checks its samples instead, so that a check that finds nothing any more is noticed.
"""
import argparse
import re
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

COMPILER_FOLDERS = ("dialect", "frontend", "lowering", "codegen", "runtime")
CPP_SUFFIXES = {".cpp", ".h", ".hpp", ".c", ".inc"}
TEXT_SUFFIXES = CPP_SUFFIXES | {".td", ".def", ".txt", ".cmake", ".py", ".md", ".sh", ".mix", ".mlir"}
GENERATED = re.compile(r"^(build|build-[^/]*|\.git|\.cache)(/|$)|__pycache__|\.pyc$")

# A small tree and a piece of text that some finding must contain; None: nothing may be found
Sample = namedtuple("Sample", "files expected")


def repository_files(root):
    """Paths (relative, sorted) of the tree: what git knows or would add, else everything."""
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if (root / ".git").exists() and listing.returncode == 0:
        names = {name for name in listing.stdout.decode().split("\0") if name}
    else:
        names = {str(path.relative_to(root)) for path in root.rglob("*")}
    return sorted(Path(n) for n in names if not GENERATED.search(n) and (root / n).is_file())


def files_in(root, folders, suffixes):
    return [p for p in repository_files(root) if p.parts[0] in folders and p.suffix in suffixes]


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


# ---- C++ tokens --------------------------------------------------------------------------------

Token = namedtuple("Token", "kind text line")
_TOKEN = re.compile(r"""
    (?P<comment>//[^\n]*(?:\\\n[^\n]*)*|/\*.*?\*/)
  | (?P<raw>(?:u8|[uUL])?R"(?P<tag>[^()\\\s]*)\(.*?\)(?P=tag)")
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<char>'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?\d(?:[eEpP][+-]|'?[\w.])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<punct>::|->|<<|[^\s\w])
""", re.X | re.S)


def tokens(text):
    """All tokens, comments included."""
    result, line, at = [], 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        kind = match.lastgroup if match.lastgroup != "tag" else "raw"
        result.append(Token("string" if kind == "raw" else kind, match.group(), line))
    return result


def code_tokens(text):
    return [token for token in tokens(text) if token.kind != "comment"]


def without_comments(text):
    """The text with comments and string contents blanked, line numbers kept."""
    def blank(match):
        if match.lastgroup in ("comment", "string", "raw", "tag", "char"):
            keep = "\n" * match.group().count("\n")
            return keep if match.lastgroup == "comment" else '""' + keep
        return match.group()
    return _TOKEN.sub(blank, text)


def literal_value(token):
    """Contents of a string literal, escapes left as they are."""
    text = token.text
    if re.match(r'(?:u8|[uUL])?R"', text):
        return text[text.index("(") + 1:text.rindex(")")]
    return text[text.index('"') + 1:-1]


# ---- command line ------------------------------------------------------------------------------

def write_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def self_test(check, samples):
    """Failures of a check on its own samples."""
    failures = []
    for number, sample in enumerate(samples):
        with tempfile.TemporaryDirectory() as folder:
            write_tree(Path(folder), sample.files)
            findings = check(Path(folder))
        if sample.expected is None and findings:
            failures.append(f"sample {number}: expected no finding, got {findings}")
        elif sample.expected is not None and not any(sample.expected in f for f in findings):
            failures.append(f"sample {number}: expected '{sample.expected}', got {findings}")
    if not any(sample.expected is not None for sample in samples):
        failures.append("expected a sample with something wrong in it")
    return failures


def main(check, samples, description):
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2],
                        help="the source tree")
    parser.add_argument("--self-test", action="store_true", help="check the check on its samples")
    arguments = parser.parse_args()
    if arguments.self_test:
        findings = self_test(check, samples)
    else:
        findings = check(arguments.root.resolve())
    for finding in findings:
        print(finding)
    print(f"{Path(sys.argv[0]).name}: {len(findings)} finding{'' if len(findings) == 1 else 's'}")
    sys.exit(1 if findings else 0)
