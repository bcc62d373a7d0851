#!/usr/bin/env python3
"""Runs ctest and adds up the single tests behind it.

A ctest entry that is a GoogleTest program or a lit run stands for many tests; they are counted from
the XML reports that both can write. Quiet on success; on failure the log of each failing test is
shown. The last line is "N passed, N failed", before it the number of skipped tests, if any.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import namedtuple
from pathlib import Path

Outcome = namedtuple("Outcome", "name status log")  # status: passed, failed, skipped
LOG_LINES = 60


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one ctest entry")
    parser.add_argument("ctest", nargs="*", help="options for ctest, after --")
    return parser.parse_args()


def ctest_entries(build, options):
    """{name: command} of the entries that `options` select."""
    text = subprocess.run(["ctest", "--test-dir", str(build), "--show-only=json-v1", *options],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    return {test["name"]: test.get("command", []) for test in json.loads(text)["tests"]}


def run_ctest(build, logs, arguments):
    """Runs ctest with the XML reports of GoogleTest and lit under `logs`."""
    environment = dict(os.environ)
    environment["GTEST_OUTPUT"] = f"xml:{logs}/gtest/"
    environment["GTEST_COLOR"] = "no"
    # one report a lit run: lit adds a number where the file is there already
    environment["LIT_OPTS"] = " ".join([environment.get("LIT_OPTS", ""), "--no-progress-bar",
                                        "--use-unique-output-file-name",
                                        f"--xunit-xml-output='{logs}/lit/lit.xml'"]).strip()
    environment.setdefault("CTEST_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    command = ["ctest", "--test-dir", str(build), "--timeout", str(arguments.timeout),
               "--test-output-size-failed", "4000000", "--output-on-failure",
               "--output-junit", str(logs / "ctest.xml"), *arguments.ctest]
    with open(logs / "ctest.log", "w") as log:
        return subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, env=environment,
                              stdin=subprocess.DEVNULL).returncode


def text_of(case, *tags):
    found = (case.find(tag) for tag in tags)
    return "\n".join((e.text or e.get("message") or "") for e in found if e is not None).strip()


def cases(path, prefix=""):
    """The test cases of one JUnit-like report."""
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = prefix + ".".join(filter(None, [case.get("classname"), case.get("name")]))
        if case.find("failure") is not None or case.find("error") is not None:
            yield Outcome(name, "failed", text_of(case, "failure", "error", "system-out"))
        elif (case.find("skipped") is not None or case.get("status") == "notrun"
              or case.get("result") in ("skipped", "suppressed")):
            yield Outcome(name, "skipped", text_of(case, "skipped"))
        else:
            yield Outcome(name, "passed", "")


def ctest_status(case):
    if case.get("status") in ("run", "fail"):
        return {"run": "passed", "fail": "failed"}[case.get("status")]
    reason = case.find("skipped")
    skipped = case.get("status") == "disabled" or (
        reason is not None and "SKIP" in reason.get("message", ""))
    return "skipped" if skipped else "failed"  # failed: its program is not there, a fixture broke


def ctest_outcomes(path):
    """{entry: Outcome} from ctest's own report."""
    return {case.get("name"): Outcome(case.get("name"), ctest_status(case),
                                      text_of(case, "system-out") or
                                      text_of(case, "failure", "skipped"))
            for case in ElementTree.parse(path).getroot().iter("testcase")}


def is_lit(command):
    return any(Path(part).name in ("lit", "lit.py", "llvm-lit") for part in command[:3])


def expand(name, command, outcome, reports):
    """The single tests behind one ctest entry; the entry itself where no report tells more."""
    if is_lit(command):
        inner = reports.pop("lit", [])
    elif command and not any(part.startswith("--gtest_filter") for part in command):
        inner = reports.pop(Path(command[0]).name, [])
    else:
        inner = []
    if not inner:
        return [outcome]
    if outcome.status == "failed" and not any(case.status == "failed" for case in inner):
        # it crashed, leaked or ran out of time after its last test
        return inner + [outcome._replace(name=f"{name} (after its tests)")]
    return inner


def read_reports(logs):
    """{program: [Outcome]} for GoogleTest programs, "lit" for all lit runs together."""
    reports = {}
    for path in sorted((logs / "gtest").glob("*.xml")):
        try:
            reports[path.stem] = list(cases(path, f"{path.stem}: "))
        except ElementTree.ParseError:
            pass  # the program died while writing: ctest's verdict counts
    for path in sorted((logs / "lit").glob("*.xml")):
        reports.setdefault("lit", []).extend(cases(path, "lit: "))
    return reports


def collect(entries, logs):
    reports, outcomes = read_reports(logs), []
    for name, outcome in ctest_outcomes(logs / "ctest.xml").items():
        outcomes += expand(name, entries.get(name, []), outcome, reports)
    return outcomes


def show(outcomes, logs, seconds):
    failed = [o for o in outcomes if o.status == "failed"]
    skipped = [o for o in outcomes if o.status == "skipped"]
    for outcome in failed:
        lines = outcome.log.splitlines()
        print(f"--- FAILED {outcome.name}")
        if len(lines) > LOG_LINES:
            print(f"    ... {len(lines) - LOG_LINES} lines before, see {logs / 'ctest.log'}")
        print("\n".join(lines[-LOG_LINES:]))
    if skipped:
        listing = logs / "skipped.txt"
        listing.write_text("".join(f"{o.name}: {' '.join(o.log.split())}\n" for o in skipped))
        print(f"{len(skipped)} skipped (listed in {listing})")
    passed = len(outcomes) - len(failed) - len(skipped)
    print(f"tests took {seconds:.0f} s, logs in {logs}", file=sys.stderr)
    print(f"{passed} passed, {len(failed)} failed", flush=True)
    return 1 if failed or not passed else 0


def main():
    arguments = parse_arguments()
    build = arguments.build.resolve()
    logs = build / "test-logs"
    shutil.rmtree(logs, ignore_errors=True)
    (logs / "gtest").mkdir(parents=True)
    (logs / "lit").mkdir()
    start = time.monotonic()
    entries = ctest_entries(build, arguments.ctest)
    status = run_ctest(build, logs, arguments)
    if not (logs / "ctest.xml").is_file():
        print((logs / "ctest.log").read_text(), file=sys.stderr)
        print("0 passed, 1 failed")
        return 1
    outcomes = collect(entries, logs)
    if status != 0 and not any(o.status == "failed" for o in outcomes):
        outcomes.append(Outcome("ctest", "failed", (logs / "ctest.log").read_text()))
    return show(outcomes, logs, time.monotonic() - start)


if __name__ == "__main__":
    sys.exit(main())
