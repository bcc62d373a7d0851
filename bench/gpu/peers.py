#!/usr/bin/env python3
"""Times public implementations on the shapes of a GPU suite: what can be imported here, the rest is said.

One JSON object a case and peer. f32 unless the case is bf16; events around many calls over buffers
larger than the second-level cache; the median of 20 samples.
"""
import argparse
import json
import math
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

SAMPLES = 20
L2_BYTES = 2 * getattr(torch.cuda.get_device_properties(0), "L2_cache_size", 64 << 20)
LARGEST_BYTES = torch.cuda.get_device_properties(0).total_memory // 6


class Unfit(Exception):
    """The peer has no such case."""


def uniform(shape, low, high, dtype):
    return torch.empty(shape, device="cuda", dtype=torch.float32).uniform_(low, high).to(dtype)


def read_case(path):
    case = {"dims": {}, "fills": {}}
    for line in path.read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word in ("case", "mixer"):
            case[word] = rest
        elif word == "dim":
            name, extent = rest.split()
            case["dims"][name] = int(extent)
        elif word == "fill":
            name, low, high, *shape = rest.split()
            case["fills"][name] = (float(low), float(high), [int(s) for s in shape])
    case["dtype"] = torch.bfloat16 if " bf16" in case["case"] else torch.float32
    case["is_step"] = case["dims"].get("L", case["dims"].get("T")) == 1
    return case


def inputs(case):
    """Inputs by name; parameters and states stay f32."""
    wide = {"A", "skip", "bias", "h0", "S0"}
    return {name: uniform(shape, low, high, torch.float32 if name in wide else case["dtype"])
            for name, (low, high, shape) in case["fills"].items()}


def measure(call, case):
    """Median microseconds of call(inputs)."""
    sets = [inputs(case)]
    each = sum(t.numel() * t.element_size() for t in sets[0].values())
    while len(sets) * each < L2_BYTES and len(sets) < 256:
        sets.append(inputs(case))
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    turn = 0

    def sample(count):
        nonlocal turn
        begin.record()
        for _ in range(count):
            call(sets[turn % len(sets)])
            turn += 1
        end.record()
        torch.cuda.synchronize()
        return begin.elapsed_time(end) * 1e3 / count

    for _ in range(3):
        once = sample(2)
    count = max(1, min(200, math.ceil(2000 / max(once, 1))))
    samples = sorted(sample(count) for _ in range(SAMPLES))
    return (samples[SAMPLES // 2 - 1] + samples[SAMPLES // 2]) / 2


# Each peer: (case) -> a call of inputs by name. Imports are inside, so that each fails alone.

def associative_scan_compiled(case):
    """The recurrence as PyTorch's associative scan over (decay, input) pairs, compiled."""
    from torch._higher_order_ops.associative_scan import associative_scan
    if case["mixer"] != "selective_scan" or case["is_step"]:
        raise Unfit
    B, L, D, N = (case["dims"][d] for d in "BLDN")
    if 4 * B * L * D * N * 4 > LARGEST_BYTES:
        raise MemoryError("the states of all steps do not fit")

    def combine(left, right):
        return left[0] * right[0], left[1] * right[0] + right[1]

    @torch.compile
    def run(u, delta, A, Bt, Ct, skip, bias):
        u, Bt, Ct = u.float(), Bt.float(), Ct.float()
        dt = F.softplus(delta.float() + bias)
        decay = torch.exp(dt[..., None] * A)
        added = (dt * u)[..., None] * Bt[:, :, None, :]
        h = associative_scan(combine, (decay, added), dim=1, combine_mode="pointwise")[1]
        return (h * Ct[:, :, None, :]).sum(-1) + skip * u
    return lambda x: run(x["u"], x["delta"], x["A"], x["Bt"], x["Ct"], x["skip"], x["bias"])


def accelerated_scan_triton(case):
    """Its scan alone, on decays and inputs made before: the states of all steps go through memory."""
    from accelerated_scan.triton import scan
    if case["mixer"] != "selective_scan" or case["is_step"]:
        raise Unfit
    B, L, D, N = (case["dims"][d] for d in "BLDN")
    if 3 * B * L * D * N * 4 > LARGEST_BYTES:
        raise MemoryError("the states of all steps do not fit")
    gates = uniform((B, D * N, L), 0.5, 1, torch.float32)
    tokens = uniform((B, D * N, L), -1, 1, torch.float32)
    return lambda x: scan(gates, tokens)


def mamba_ssm_ssd(case):
    from mamba_ssm.ops.triton.ssd_combined import mamba_chunk_scan_combined
    if case["mixer"] != "ssd" or case["is_step"]:
        raise Unfit
    return lambda x: mamba_chunk_scan_combined(
        x["x"], x["delta"], x["A"], x["Bt"], x["Ct"], chunk_size=256, D=x["skip"],
        dt_bias=x["bias"], dt_softplus=True)


def mamba_ssm_step(case):
    from mamba_ssm.ops.triton.selective_state_update import selective_state_update
    if not case["is_step"] or case["mixer"] not in ("selective_scan", "ssd"):
        raise Unfit
    if case["mixer"] == "selective_scan":
        return lambda x: selective_state_update(
            x["h0"], x["u"][:, 0], x["delta"][:, 0], x["A"], x["Bt"][:, 0], x["Ct"][:, 0],
            D=x["skip"], dt_bias=x["bias"], dt_softplus=True)
    P, N = case["dims"]["P"], case["dims"]["N"]

    def run(x):
        heads = x["A"].shape[0]
        return selective_state_update(
            x["S0"], x["x"][:, 0], x["delta"][:, 0, :, None].expand(-1, -1, P),
            x["A"][:, None, None].expand(heads, P, N), x["Bt"][:, 0], x["Ct"][:, 0],
            D=x["skip"][:, None].expand(heads, P), dt_bias=x["bias"][:, None].expand(heads, P),
            dt_softplus=True)
    return run


def mamba_ssm_scan(case):
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn
    if case["mixer"] != "selective_scan" or case["is_step"]:
        raise Unfit
    return lambda x: selective_scan_fn(
        x["u"].transpose(1, 2), x["delta"].transpose(1, 2), x["A"], x["Bt"].transpose(1, 2),
        x["Ct"].transpose(1, 2), x["skip"], delta_bias=x["bias"], delta_softplus=True)


def fla(case):
    """flash-linear-attention: the chunked kernel, or the recurrent one for a step."""
    from fla.ops import gated_delta_rule, gla, linear_attn
    step, state = case["is_step"], lambda x: {"initial_state": x.get("S0"), "output_final_state": True}
    if case["mixer"] == "gla":
        f = gla.fused_recurrent_gla if step else gla.chunk_gla
        return lambda x: f(x["q"], x["k"], x["v"], x["gk"], **state(x))
    if case["mixer"] == "gated_delta":
        f = (gated_delta_rule.fused_recurrent_gated_delta_rule if step
             else gated_delta_rule.chunk_gated_delta_rule)
        return lambda x: f(x["q"], x["k"], x["v"], g=x["g"], beta=x["beta"], **state(x))
    if case["mixer"] == "linear_attention":
        f = linear_attn.fused_recurrent_linear_attn if step else linear_attn.chunk_linear_attn
        return lambda x: f(x["q"], x["k"], x["v"], normalize=False, **state(x))
    raise Unfit


PEERS = [fla, mamba_ssm_ssd, mamba_ssm_step, mamba_ssm_scan, accelerated_scan_triton,
         associative_scan_compiled]


def run_peer(peer, case):
    """An entry of the results, or None where the peer has no such case."""
    entry = {"peer": peer.__name__, "case": case["case"]}
    try:
        with torch.no_grad():
            entry["us"] = measure(peer(case), case)
    except Unfit:
        return None
    except BaseException as error:  # a peer may fail in any way; the others still run
        if isinstance(error, KeyboardInterrupt):
            raise
        entry["problem"] = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        entry["kind"] = type(error).__name__
    torch.cuda.empty_cache()
    return entry


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("suite", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=280, help="that all peers may take")
    arguments = parser.parse_args()
    out = arguments.json.open("w") if arguments.json else sys.stdout
    cases = [read_case(path) for path in sorted(arguments.suite.glob("time/*/case.txt"))]
    begin, missing, timed = time.monotonic(), set(), 0
    for peer in PEERS:
        for case in cases:
            if peer in missing or time.monotonic() - begin > arguments.seconds:
                break
            entry = run_peer(peer, case)
            if entry is None:
                continue
            if entry.get("kind") in ("ImportError", "ModuleNotFoundError"):
                missing.add(peer)  # said once
            timed += "us" in entry
            print(json.dumps(entry), file=out, flush=True)
            print(f"{peer.__name__:28} {case['case']:50} "
                  + (f"{entry['us']:.1f} us" if "us" in entry else entry["problem"]), flush=True)
    print(f"{timed} times of peers, {len(missing)} of {len(PEERS)} peers not there")


if __name__ == "__main__":
    main()
