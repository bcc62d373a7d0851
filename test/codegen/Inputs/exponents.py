#!/usr/bin/env python3
"""Exponents dt * A on both sides of every limit, and whether exp of each is right by itself.

  exponents.py make IN.npz
  exponents.py check IN.npz OUT.npz ERROR    relative, before what rounding the exponent adds
"""
import math
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tools", "Inputs"))
import npz  # noqa: E402

STEPS, CHANNELS, STATES = 120, 40, 4
A = (-1.0, -0.3, 0.0, 0.7)
SMALLEST_NORMAL, NEARLY_INFINITE = 1.2e-38, 3.2e38


def make(path):
    dt = []
    for t in range(STEPS):
        for d in range(CHANNELS):
            value = 80 * math.sin(0.37 * t + 1.1 * d) ** 3
            # Tiles of 32 steps: within the limits, beyond them both ways, with a NaN, with infinities
            if 32 <= t < 64:
                value = {3: 1e9, 17: -1e9, 33: 126.3}.get((t + d) % 40, value)
            if t == 70:
                value = {5: math.nan, 35: math.nan}.get(d, value)
            if t == 100:
                value = {5: math.inf, 21: -math.inf, 39: math.inf}.get(d, value)
            dt.append(value)
    npz.make(path, [f"dt=f32[1,{STEPS},{CHANNELS}]:" + ",".join(map(repr, dt)),
                    f"A=f32[{STATES},{CHANNELS}]:" + ",".join(repr(a) for a in A for _ in range(CHANNELS))])


def exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def single(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def check(inputs, outputs, error):
    dt, y = npz.load(inputs)["dt"][2], npz.load(outputs)["y"]
    assert list(y[1]) == [1, STEPS, STATES, CHANNELS], y[1]
    seen = {"number": 0, "nan": 0, "infinity": 0, "zero": 0}
    for i, got in enumerate(y[2]):
        t, n, d = i // CHANNELS // STATES, i // CHANNELS % STATES, i % CHANNELS
        exponent = dt[t * CHANNELS + d] * single(A[n])
        want = exp(exponent)
        if math.isnan(want):
            good, kind = math.isnan(got), "nan"
        elif want > NEARLY_INFINITE:
            good, kind = got > NEARLY_INFINITE, "infinity"
        elif want < SMALLEST_NORMAL:
            good, kind = 0 <= got <= SMALLEST_NORMAL, "zero"
        else:
            rounding = 1.5 * 2 ** -23 * abs(exponent)
            good, kind = abs(got - want) <= (error + rounding) * want, "number"
        assert good, f"exp({exponent}) = {want}, got {got}"
        seen[kind] += 1
    assert all(seen.values()), seen


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        check(sys.argv[2], sys.argv[3], float(sys.argv[4]))
