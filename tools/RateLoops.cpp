// RateLoops.cpp - see RateLoops.h. MIXIR_RATE_LANES and MIXIR_RATE_NAME come from the build.
#include "tools/RateLoops.h"

namespace mixir::tools {

namespace {

constexpr int kLanes = MIXIR_RATE_LANES;
typedef float Vec __attribute__((vector_size(kLanes * 4), aligned(4)));
typedef int Bits __attribute__((vector_size(kLanes * 4), aligned(4)));

/// Keeps a value alive in a register, so that the loop around it is not removed.
inline void keep(Vec &v) { asm volatile("" : "+x"(v)); }

void multiplyAdds(int steps) {
  Vec a0 = {}, a1 = {}, a2 = {}, a3 = {}, a4 = {}, a5 = {}, a6 = {}, a7 = {}, a8 = {}, a9 = {};
  const Vec b = a0 + 0.999f, c = a0 + 0.001f;
  for (int i = 0; i < steps; ++i) {
    a0 = a0 * b + c, a1 = a1 * b + c, a2 = a2 * b + c, a3 = a3 * b + c, a4 = a4 * b + c;
    a5 = a5 * b + c, a6 = a6 * b + c, a7 = a7 * b + c, a8 = a8 * b + c, a9 = a9 * b + c;
    keep(a0), keep(a1), keep(a2), keep(a3), keep(a4);
    keep(a5), keep(a6), keep(a7), keep(a8), keep(a9);
  }
}

/// 2^x as a polynomial of degree 5 and an addition to the exponent, the least that reaches 1e-7.
inline Vec exp2Of(Vec x) {
  const float magic = 12582912.f;
  Vec t = x + magic;
  keep(t); // the sum has to be rounded
  Vec f = x - (t - magic);
  Vec p = f * 1.326472389e-3f + 9.671512870e-3f;
  p = p * f + 5.550733754e-2f;
  p = p * f + 2.402224208e-1f;
  p = p * f + 6.931469776e-1f;
  p = p * f + 1.f;
  return reinterpret_cast<Vec>(reinterpret_cast<Bits>(p) + (reinterpret_cast<Bits>(t) << 23));
}

void exponentials(int steps) {
  Vec x0 = {}, x1 = x0 - 0.1f, x2 = x0 - 0.2f, x3 = x0 - 0.3f;
  for (int i = 0; i < steps; ++i) {
    Vec e0 = exp2Of(x0), e1 = exp2Of(x1), e2 = exp2Of(x2), e3 = exp2Of(x3);
    keep(e0), keep(e1), keep(e2), keep(e3);
    keep(x0), keep(x1), keep(x2), keep(x3);
  }
}

void readAll(const float *data, unsigned long count) {
  Vec s0 = {}, s1 = {}, s2 = {}, s3 = {};
  const Vec *v = reinterpret_cast<const Vec *>(data);
  for (unsigned long i = 0; i + 4 <= count / kLanes; i += 4)
    s0 += v[i], s1 += v[i + 1], s2 += v[i + 2], s3 += v[i + 3];
  s0 += s1 + s2 + s3;
  keep(s0);
}

} // namespace

const RateLoops &MIXIR_RATE_NAME() {
  static constexpr RateLoops loops = {kLanes, multiplyAdds, exponentials, readAll};
  return loops;
}

} // namespace mixir::tools
