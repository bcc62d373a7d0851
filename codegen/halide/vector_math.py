#!/usr/bin/env python3
"""Writes LLVM IR of exp2 for whole vectors, `mixir_exp2` and `mixir_exp2_fast`, each also `_bounded`, for
arguments within [-120, 120] or NaN; of `mixir_fma` and of `mixir_prefetch`.

usage: vector_math.py avx2|avx512 OUT.ll
       vector_math.py --embed IN.bc OUT.inc    the bytes as the inside of a C array

Halide finds the variant for n lanes by its name (`mixir_exp2x32`), pads other widths up to the
next power of two, and inlines it. On AVX2 a block of up to four vectors is one assembly
statement: the steps are interleaved by hand, because LLVM puts one vector's chain after the
other's, and the scheduler of Zen cores is too small to overlap chains that far apart.
"""
import itertools
import struct
import sys

# Minimax coefficients of 2^f on [-1/2, 1/2], highest power first.
COEFFICIENTS = {
    "mixir_exp2": [1.326472691e-3, 9.671512660e-3, 5.550733744e-2, 2.402224208e-1, 6.931469776e-1, 1.0],
    "mixir_exp2_fast": [9.582852867e-3, 5.590642492e-2, 2.402409862e-1, 6.931241934e-1, 1.0],
}
LOW, HIGH = -127.0, 128.0
ROUND = 12582912.0  # 1.5 * 2^23: adding and subtracting it rounds to the nearest integer
WIDTHS = (8, 16, 32, 64)
# Linked in before anything refers to it, so not linkonce; every object brings its own copy.
LINKAGE = "define weak_odr hidden"


def number(x):
    """A float literal: LLVM wants a double that is exactly a float, in hexadecimal."""
    rounded = struct.unpack("<f", struct.pack("<f", x))[0]
    return "0x%016X" % struct.unpack("<Q", struct.pack("<d", rounded))[0]


def splat(lanes, value):
    return "<" + ", ".join(["float " + value] * lanes) + ">"


def shuffle_mask(begin, end):
    return "<%d x i32> <%s>" % (end - begin, ", ".join("i32 %d" % i for i in range(begin, end)))


def symbol(name, bounded):
    return name + "_bounded" if bounded else name


def scalar(name, bounded):
    """One number: a polynomial on [-1/2, 1/2], as on AVX-512; AVX2 has a way of its own (TABLES)."""
    lines = [f"{LINKAGE} float @{symbol(name, bounded)}(float %a) alwaysinline nounwind readnone {{"]
    lines += ["  %x = fadd float %a, 0x8000000000000000"] if bounded else [  # -0.0, which adds nothing
        f"  %below = fcmp olt float %a, {number(LOW)}",
        f"  %b = select i1 %below, float {number(LOW)}, float %a",
        f"  %above = fcmp ogt float %b, {number(HIGH)}",
        f"  %x = select i1 %above, float {number(HIGH)}, float %b"]
    lines += [
        f"  %t = fadd float %x, {number(ROUND)}",
        f"  %n = fsub float %t, {number(ROUND)}",
        "  %f = fsub float %x, %n"]
    p = number(COEFFICIENTS[name][0])
    for i, c in enumerate(COEFFICIENTS[name][1:]):
        lines.append(f"  %p{i} = call float @llvm.fma.f32(float {p}, float %f, float {number(c)})")
        p = f"%p{i}"
    return lines + [
        f"  %pi = bitcast float {p} to i32",
        "  %ti = bitcast float %t to i32",
        "  %e = shl i32 %ti, 23",
        "  %s = add i32 %pi, %e",
        "  %r = bitcast i32 %s to float",
        "  ret float %r",
        "}"]


# On AVX2: 2^x = 2^(k/S) (1 + f P(f)) with |f| <= 1/(2S) and the S-th roots of 2 from a table in a
# register. The chain is shorter than one polynomial's on [-1/2, 1/2], and it takes a multiplication
# less, which counts where the multipliers limit. Largest relative error 3e-8 and 4e-7 before rounding;
# infinity from 128 - 1/(2S) already. Bounded, the last product is r + (r f) P(f) of the root r: r f is made
# beside P. Of an infinite r that would be NaN.
#                      S, P and 1, highest power first
TABLES = {
    "mixir_exp2": (8, [5.549622327e-2, 2.402576357e-1, 6.931472421e-1, 1.0]),
    "mixir_exp2_fast": (4, [5.547259003e-2, 2.403509766e-1, 6.931477189e-1, 1.0]),
}


def roots(steps):
    """2^(q/steps), less what the shifted k leaves of q in the mantissa."""
    def bits(x):
        return struct.unpack("<I", struct.pack("<f", x))[0]
    shift = 23 - (steps - 1).bit_length()
    return [struct.unpack("<f", struct.pack("<I", bits(2.0 ** (q / steps)) - (q << shift)))[0]
            for q in range(steps)] * (8 // steps)


def assembly(name, count, bounded):
    """exp2 of `count` ymm vectors: (text, constraints, constants).

    Operands: x (out and in), t, p, two registers that all vectors share, the address of the
    constants. Each constant is loaded once for all vectors: as memory operands they would fill the
    load ports.
    """
    outputs = 3 * count + 2
    address = f"${outputs + count}"  # after the inputs, which are tied to x
    x, t, p = ([f"${group * count + i}" for i in range(count)] for group in range(3))
    shared, other = f"${3 * count}", f"${3 * count + 1}"
    code, constants = [], []

    def load(vector):
        code.append(f"vmovaps {4 * len(constants)}({address}), {shared}")
        constants.extend(vector)

    def each(*templates):
        for i in range(count):
            code.extend(template.format(x=x[i], t=t[i], p=p[i], c=shared, o=other) for template in templates)

    steps, polynomial = TABLES[name]
    shift = 23 - (steps - 1).bit_length()
    if not bounded:
        # Of max and min the second source comes out when x is NaN; it is written first here.
        load([LOW] * 8)
        each("vmaxps {x}, {c}, {x}")
        load([HIGH] * 8)
        each("vminps {x}, {c}, {x}")
    load([1.5 * 2 ** shift] * 8)  # adding it rounds to the nearest 1/S
    each("vaddps {c}, {x}, {t}")
    each("vsubps {c}, {t}, {p}")
    each("vsubps {p}, {x}, {x}")
    load([polynomial[0]] * 8)
    each("vmovaps {c}, {p}")
    for i, coefficient in enumerate(polynomial[1:-1] if bounded else polynomial[1:]):
        load([coefficient] * 8)
        each("vfmadd213ps {c}, {x}, {p}")
        if i == 0:
            load(roots(steps))
            look_up = "vpermps {c}, {t}, {o}" if steps == 8 else "vpermilps {t}, {c}, {o}"
            each(look_up, "vpslld $$%d, {t}, {t}" % shift, "vpaddd {o}, {t}, {t}")
    if bounded:
        each("vmulps {x}, {t}, {x}")
        each("vfmadd213ps {t}, {p}, {x}")
    else:
        each("vmulps {p}, {t}, {x}")
    ties = [str(i) for i in range(count)]
    return "\\0A\\09".join(code), ",".join(["=&x"] * outputs + ties + ["r"]), constants


def vector_avx2(name, lanes, bounded):
    function = symbol(name, bounded)
    lines = [f"{LINKAGE} <{lanes} x float> @{function}x{lanes}(<{lanes} x float> %a) alwaysinline nounwind readnone {{"]
    parts = []
    for block in range(0, lanes, 32):
        count = min(4, (lanes - block) // 8)
        slices = []
        for i in range(count):
            begin = block + 8 * i
            lines.append(f"  %x{begin} = shufflevector <{lanes} x float> %a, <{lanes} x float> undef, "
                         f"{shuffle_mask(begin, begin + 8)}")
            slices.append(f"<8 x float> %x{begin}")
        text, constraints, constants = assembly(name, count, bounded)
        struct_type = "{" + ", ".join(["<8 x float>"] * (3 * count + 2)) + "}"
        lines.append(f'  %r{block} = call {struct_type} asm "{text}", "{constraints},~{{dirflag}},~{{fpsr}},~{{flags}}"('
                     + ", ".join(slices)
                     + f", [{len(constants)} x float]* @{function}_table) nounwind readonly")
        for i in range(count):
            lines.append(f"  %y{block + 8 * i} = extractvalue {struct_type} %r{block}, {i}")
            parts.append(f"%y{block + 8 * i}")
    return lines + concatenate(parts, 8) + ["}"]


def vector_avx512(name, lanes, bounded):
    """Steps interleaved over the 16-lane parts, with the instructions that round and scale."""
    v = "<16 x float>"
    lines = [f"{LINKAGE} <{lanes} x float> @{symbol(name, bounded)}x{lanes}(<{lanes} x float> %a) "
             "alwaysinline nounwind readnone {"]
    count = range(lanes // 16)
    undef = f"<{lanes} x float> undef"
    for i in count:
        lines.append(f"  %a{i} = shufflevector <{lanes} x float> %a, {undef}, {shuffle_mask(16 * i, 16 * i + 16)}")
    if not bounded:
        for i in count:  # min gives its second operand when x is NaN
            lines.append(f"  %x{i} = call {v} @llvm.x86.avx512.min.ps.512("
                         f"{v} {splat(16, number(HIGH))}, {v} %a{i}, i32 4)")
        for i in count:
            lines.append(f"  %k{i} = fcmp uge {v} %a{i}, {splat(16, number(LOW))}")
            lines.append(f"  %m{i} = bitcast <16 x i1> %k{i} to i16")
    x = "%a" if bounded else "%x"
    for i in count:
        lines.append(f"  %n{i} = call {v} @llvm.x86.avx512.mask.rndscale.ps.512({v} {x}{i}, i32 8, {v} undef, i16 -1, i32 4)")
    for i in count:
        lines.append(f"  %f{i} = fsub {v} {x}{i}, %n{i}")
    previous = [splat(16, number(COEFFICIENTS[name][0]))] * len(count)
    for step, c in enumerate(COEFFICIENTS[name][1:]):
        for i in count:
            lines.append(f"  %p{step}.{i} = call {v} @llvm.fma.v16f32({v} {previous[i]}, {v} %f{i}, "
                         f"{v} {splat(16, number(c))})")
            previous[i] = f"%p{step}.{i}"
    for i in count:
        lines.append(f"  %y{i} = call {v} @llvm.x86.avx512.mask.scalef.ps.512({v} {previous[i]}, {v} %n{i}, "
                     f"{v} zeroinitializer, i16 {'-1' if bounded else f'%m{i}'}, i32 4)")
    return lines + concatenate([f"%y{i}" for i in count], 16) + ["}"]


def fused(lanes):
    """a * b + c in one rounding; Halide has no name for it that strict_float respects."""
    kind, suffix = (f"<{lanes} x float>", f"v{lanes}f32") if lanes > 1 else ("float", "f32")
    name = f"mixir_fmax{lanes}" if lanes > 1 else "mixir_fma"
    return [
        f"{LINKAGE} {kind} @{name}({kind} %a, {kind} %b, {kind} %c) alwaysinline nounwind readnone {{",
        f"  %r = call {kind} @llvm.fma.{suffix}({kind} %a, {kind} %b, {kind} %c)",
        f"  ret {kind} %r",
        "}"]


def prefetch():
    """Fetches the line of the byte at an offset into L2."""
    return [
        "declare void @llvm.prefetch.p0i8(i8*, i32, i32, i32)",
        f"{LINKAGE} i32 @mixir_prefetch(i8* %base, i64 %bytes) alwaysinline nounwind {{",
        "  %p = getelementptr i8, i8* %base, i64 %bytes",
        "  call void @llvm.prefetch.p0i8(i8* %p, i32 0, i32 2, i32 1)",
        "  ret i32 0",
        "}"]


def concatenate(parts, lanes):
    """Joins a power of two of vectors pairwise and returns the result."""
    lines = []
    while len(parts) > 1:
        joined = []
        for i in range(0, len(parts), 2):
            name = f"%c{lanes}.{i}"
            lines.append(f"  {name} = shufflevector <{lanes} x float> {parts[i]}, <{lanes} x float> {parts[i + 1]}, "
                         f"{shuffle_mask(0, 2 * lanes)}")
            joined.append(name)
        parts, lanes = joined, 2 * lanes
    return lines + [f"  ret <{lanes} x float> {parts[0]}"]


def module(isa):
    lines = [
        'target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-f80:128-n8:16:32:64-S128"',
        'target triple = "x86_64-unknown-linux-gnu"',
        "declare float @llvm.fma.f32(float, float, float)"]
    for lanes in WIDTHS:
        v = f"<{lanes} x float>"
        lines.append(f"declare {v} @llvm.fma.v{lanes}f32({v}, {v}, {v})")
    for lanes in (1, *WIDTHS):
        lines += fused(lanes)
    lines += prefetch()
    if isa == "avx512":
        lines += [
            "declare <16 x float> @llvm.x86.avx512.min.ps.512(<16 x float>, <16 x float>, i32)",
            "declare <16 x float> @llvm.x86.avx512.mask.rndscale.ps.512(<16 x float>, i32, <16 x float>, i16, i32)",
            "declare <16 x float> @llvm.x86.avx512.mask.scalef.ps.512(<16 x float>, <16 x float>, <16 x float>, i16, i32)"]
    for name, bounded in itertools.product(COEFFICIENTS, (False, True)):
        values = [number(c) for c in assembly(name, 1, bounded)[2]]
        lines.append(f"@{symbol(name, bounded)}_table = private constant [{len(values)} x float] "
                     f"[{', '.join('float ' + x for x in values)}], align 32")
        lines += scalar(name, bounded)
        for lanes in WIDTHS:
            wide = isa == "avx512" and lanes >= 16
            lines += (vector_avx512 if wide else vector_avx2)(name, lanes, bounded)
    return "\n".join(lines) + "\n"


def main(arguments):
    if len(arguments) == 2 and arguments[0] in ("avx2", "avx512"):
        with open(arguments[1], "w") as out:
            out.write(module(arguments[0]))
    elif len(arguments) == 3 and arguments[0] == "--embed":
        with open(arguments[1], "rb") as bitcode, open(arguments[2], "w") as out:
            out.write(",".join(map(str, bitcode.read())) + "\n")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
