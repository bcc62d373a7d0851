#!/usr/bin/env python3
"""Writes results.json and results.md from what the parts of bench/gpu/run.sh have left in a folder."""
import argparse
import json
import subprocess
from pathlib import Path

QUERY = ["name", "driver_version", "clocks.sm", "clocks.max.sm", "clocks.mem", "clocks.max.mem",
         "power.limit", "persistence_mode"]


def lines_of(path):
    """The JSON objects of a file, one a line; a part that was stopped may have cut the last one."""
    entries = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue
    return entries


def gpu_facts():
    try:
        text = subprocess.run(["nvidia-smi", "--query-gpu=" + ",".join(QUERY), "--format=csv,noheader",
                               "-i", "0"], capture_output=True, text=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return {}
    return dict(zip(QUERY, (part.strip() for part in text.strip().split(","))))


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def share(entry, floor):
    return f"{entry[floor] / entry['us']:.0%}" if entry.get("us") else "-"


def time_rows(times, peers):
    for entry in times:
        if "problem" in entry:
            yield [entry["case"], "failed", entry["problem"], *[""] * 5]
            continue
        best = [f"{p['peer']} {p['us']:.1f}" for p in peers
                if p.get("case") == entry["case"] and p.get("us")]
        yield [entry["case"], f"{entry['us']:.1f}", f"{entry['launched_us']:.1f}",
               share(entry, "hbm_floor_us"), share(entry, "exp_floor_us"),
               share(entry, "flop_floor_us"), entry["nearest_floor"], "; ".join(best) or "-"]


def markdown(results):
    facts, rates = results["gpu"], results["rates"]
    page = [f"# Mixir on {results['device'].split(',')[0]}", "", f"`{results['command']}`", "",
            f"{results['device']}. Prepared with: {results['suite']}.", ""]
    if facts:
        page += ["nvidia-smi: " + ", ".join(f"{k} {v}" for k, v in facts.items()) + ".", ""]
    if rates:
        page += [f"A copy of 1 GiB moves {rates['copy_gb_per_s']:.0f} GB/s; {rates['multiprocessors']} "
                 f"multiprocessors at {rates['clock_mhz']:.0f} MHz.", ""]
    page += table(["part", "state", ""], results["parts"])
    errors = [e for e in results["check"] if e.get("error_ppm") is not None]
    if results["check"]:
        good = sum(e["ok"] for e in results["check"])
        worst = max((e["error_ppm"] for e in errors), default=0)
        page += ["", f"{good} of {len(results['check'])} golden cases within tolerance; largest error "
                     f"{worst * 1e-6:.1e} of the largest number."]
        page += [f"- {e['case']}: {e['problem']}" for e in results["check"] if not e["ok"]]
    if results["times"]:
        page += ["", "Medians, in microseconds: of a call in a CUDA graph over buffers larger than the "
                     "second-level cache, and launched one by one. Shares: the floor of memory (every "
                     "operand once, at the rate of the copy), of the exp unit and of f32 arithmetic "
                     "over the time.", ""]
        page += table(["case", "us", "launched", "HBM", "exp", "flop", "nearest", "peers, us"],
                      time_rows(results["times"], results["peers"]))
    missing = sorted({f"{p['peer']}: {p['problem']}" for p in results["peers"] if "problem" in p})
    if missing:
        page += ["", "Peers that did not run:", "", *[f"- {line}" for line in missing]]
    return "\n".join(page) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder with the logs of the parts")
    parser.add_argument("out", type=Path)
    parser.add_argument("--command", default="bench/gpu/run.sh")
    arguments = parser.parse_args()
    work = arguments.work
    times = lines_of(work / "time.json")
    device = (work / "device.txt").read_text().strip()
    results = {
        "command": arguments.command,
        "device": device.split(";")[0],
        "suite": device.split("; ")[-1],
        "gpu": gpu_facts(),
        "rates": next((t for t in times if "copy_gb_per_s" in t), {}),
        "parts": [line.split("\t") for line in (work / "status.txt").read_text().splitlines()],
        "check": lines_of(work / "check.json"),
        "times": [t for t in times if "case" in t],
        "peers": lines_of(work / "peers.json"),
    }
    (arguments.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (arguments.out / "results.md").write_text(markdown(results))


if __name__ == "__main__":
    main()
