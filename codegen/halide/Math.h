// The project's own transcendental functions as Halide expressions. Halide's
// exp is slower, its tanh and sin are scalar calls; these vectorise everywhere.
#pragma once

#include <Halide.h>

namespace mixir::codegen {

/// Which polynomials are used: `Default` is within a few ulp where it matters
/// (relative error about 2e-7), `Fast` trades accuracy (4e-6) for speed.
enum class MathMode { Default, Fast };

namespace numeric {

/// a * b + c in one rounding, under strict_float too.
Halide::Expr fma(Halide::Expr a, Halide::Expr b, Halide::Expr c);
/// 2^x. Exactly 0 below -127, infinity from 128, NaN stays NaN.
Halide::Expr exp2(Halide::Expr x, MathMode mode);
/// e^x, by exp2.
Halide::Expr exp(Halide::Expr x, MathMode mode);
/// Natural logarithm; -infinity at 0, NaN below.
Halide::Expr log(Halide::Expr x);
/// log(1 + x), accurate near 0.
Halide::Expr log1p(Halide::Expr x);
/// log(1 + 2^x) without overflow: max(x, 0) ln 2 + log1p(2^-|x|).
Halide::Expr log1pExp2(Halide::Expr x, MathMode mode);
/// Hyperbolic tangent.
Halide::Expr tanh(Halide::Expr x, MathMode mode);
/// Error function; relative error about 2e-7.
Halide::Expr erf(Halide::Expr x, MathMode mode);
/// Sine; absolute error about 1e-7 up to |x| = 1e4, growing beyond.
Halide::Expr sin(Halide::Expr x);
/// Cosine; as sin.
Halide::Expr cos(Halide::Expr x);
/// Largest integer not above x.
Halide::Expr floor(Halide::Expr x);

} // namespace numeric

} // namespace mixir::codegen
