// Polynomials: minimax fits on the reduced intervals given beside them.
// strict_float keeps Halide from simplifying the rounding trick away and from
// turning NaN-keeping selects into min and max.
#include "codegen/halide/Math.h"

using Halide::Expr;
using Halide::cast;
using Halide::reinterpret;
using Halide::select;
using Halide::strict_float;

namespace mixir::codegen::numeric {

namespace {

constexpr float kLog2E = 1.44269504088896341f;
/// 1.5 * 2^23: adding and subtracting it rounds to the nearest integer.
constexpr float kRound = 12582912.0f;

/// A call of a function of vector_math.py.
Expr call(const char *name, const std::vector<Expr> &arguments) {
  return Halide::Internal::Call::make(Halide::Float(32), name, arguments, Halide::Internal::Call::PureExtern);
}

/// Value of the polynomial with coefficients from the highest power down.
Expr horner(Expr x, std::initializer_list<float> coefficients) {
  Expr p;
  for (float c : coefficients)
    p = p.defined() ? fma(p, x, c) : Expr(c);
  return p;
}

/// log1p(e) for 0 <= e <= 1, without a division; relative error 3e-8.
Expr log1pUnit(Expr e) {
  return e * horner(e, {5.232692230e-3f, -2.950523421e-2f, 7.822594792e-2f, -1.366324574e-1f, 1.910600811e-1f,
                        -2.484298199e-1f, 3.331909776e-1f, -4.999949336e-1f, 9.999999404e-1f});
}

/// log(m) for sqrt(1/2) <= m < sqrt(2), by the same series with |s| <= 0.1716.
Expr logMantissa(Expr m) {
  Expr s = (m - 1.0f) / (m + 1.0f), q = s * s;
  return s * horner(q, {0.24279078841f, 0.28490698385f, 0.40000714150f, 0.66666661f, 2.0f});
}

/// x rounded to the nearest multiple of pi/2: the multiple's number and what remains.
std::pair<Expr, Expr> reducePiHalf(Expr x) {
  Expr t = strict_float(x * 0.63661977236758134f + kRound);
  Expr n = strict_float(t - kRound);
  // Strict throughout: distributing (t - kRound) * c would lose all digits.
  Expr r = strict_float(x - strict_float(n * 1.5703125f));
  r = strict_float(r - strict_float(n * 4.837512969970703125e-4f));
  r = strict_float(r - strict_float(n * 7.549789948768648e-8f));
  return {reinterpret<int32_t>(t), r};
}

/// sin(x + quarter * pi/2).
Expr sinShifted(Expr x, int quarter) {
  auto [t, r] = reducePiHalf(x);
  Expr k = t + quarter, q = r * r;
  Expr s = r + r * q * horner(q, {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f});
  Expr c = 1.0f + q * horner(q, {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f, -0.5f});
  Expr v = select((k & 1) != 0, c, s);
  return select((k & 2) != 0, -v, v);
}

} // namespace

Expr fma(Expr a, Expr b, Expr c) { return call("mixir_fma", {a, b, c}); }

Expr exp2(Expr x, MathMode mode) {
  return call(mode == MathMode::Fast ? "mixir_exp2_fast" : "mixir_exp2", {x});
}

Expr exp(Expr x, MathMode mode) { return exp2(x * kLog2E, mode); }

Expr log(Expr x) {
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)); 0x3f3504f3 is sqrt(1/2).
  Expr bits = reinterpret<int32_t>(x);
  Expr e = (bits - 0x3f3504f3) >> 23;
  Expr m = reinterpret<float>(bits - (e << 23));
  Expr y = cast<float>(e) * 0.693147180559945f + logMantissa(m);
  Expr inf = reinterpret<float>(Expr(0x7f800000)), nan = reinterpret<float>(Expr(0x7fc00000));
  y = strict_float(select(x == inf, inf, y));
  return strict_float(select(x > 0.0f, y, select(x == 0.0f, -inf, nan)));
}

Expr log1p(Expr x) {
  Expr u = strict_float(x + 1.0f);
  // What the rounding of 1 + x lost, brought back to first order.
  Expr lost = strict_float(x - strict_float(u - 1.0f));
  Expr inf = reinterpret<float>(Expr(0x7f800000));
  return strict_float(select(u == inf, inf, numeric::log(u) + select(u > 0.0f, lost / u, 0.0f)));
}

Expr log1pExp2(Expr x, MathMode mode) {
  Expr negative = reinterpret<float>(reinterpret<uint32_t>(x) | Expr(uint32_t(0x80000000)));
  return fma(strict_float(select(x < 0.0f, 0.0f, x)), 0.693147180559945f, log1pUnit(exp2(negative, mode)));
}

Expr tanh(Expr x, MathMode mode) {
  // Near 0 the exponential form cancels; an odd polynomial takes over.
  Expr a = Halide::abs(x), q = x * x;
  Expr e = exp(-2.0f * a, mode);
  Expr large = (1.0f - e) / (1.0f + e);
  large = select(x < 0.0f, -large, large);
  Expr small = x + x * q * horner(q, {-5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                                       1.33314422036e-1f, -3.33332819422e-1f});
  return strict_float(select(a < 0.625f, small, large));
}

Expr erf(Expr x, MathMode mode) {
  // Below 1 erf(x) / x in x^2; above, 1 - 2^-p(x) with p a fit of -log2(erfc(x)) on [1, 4], where it ends.
  Expr a = Halide::abs(x), q = x * x;
  Expr small = x * horner(q, {7.87587506e-5f, -8.01686429e-4f, 5.18908742e-3f, -2.68542120e-2f, 1.12835947e-1f,
                              -3.76126267e-1f, 1.12837917f});
  Expr p = horner(strict_float(select(a > 4.0f, 4.0f, a)),
                  {-2.36191023e-6f, 6.64477098e-5f, -8.61008517e-4f, 6.86664597e-3f, -3.81176419e-2f, 1.58811990e-1f,
                   9.11532311e-1f, 1.63058217f, -4.61861577e-4f});
  Expr large = 1.0f - exp2(-p, mode);
  large = select(x < 0.0f, -large, large);
  return strict_float(select(a < 1.0f, small, large));
}

Expr sin(Expr x) { return sinShifted(x, 0); }
Expr cos(Expr x) { return sinShifted(x, 1); }

Expr floor(Expr x) {
  // Beyond 2^22 every float is an integer or nearly so, and the trick is off.
  Expr n = strict_float(strict_float(x + kRound) - kRound);
  Expr down = select(n > x, n - 1.0f, n);
  return strict_float(select(Halide::abs(x) < 4194304.0f, down, x));
}

} // namespace mixir::codegen::numeric
