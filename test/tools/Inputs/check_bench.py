#!/usr/bin/env python3
"""check_bench.py FILE MIXER THREADS: the lines of `mixir bench --json` say what they must."""
import json
import sys

path, mixer, threads = sys.argv[1:]
lines = [json.loads(line) for line in open(path)]
assert [line["threads"] for line in lines] == [int(n) for n in threads.split(",")], lines
for line in lines:
    assert line["mixer"] == mixer and line["target"] == "host", line
    assert line["shape"] == {"B": 1, "L": 16, "D": 24, "N": 4}, line
    assert 0 < line["min_ns"] <= line["median_ns"] and line["samples"] >= 7, line
    assert line["floor_ns"] > 0 and 0 <= line["max_error"] < 1e-5, line
