// CpuFeatures.cpp - see CpuFeatures.h. CPUID through the compiler's builtins, which also ask the
// operating system whether it saves the wide registers.
#include "CpuFeatures.h"

#include "mixir/mixir.h"

using namespace mixir::runtime;

namespace {

struct FeatureName {
  uint64_t bit;
  const char *name;
};

constexpr FeatureName kNames[] = {
    {MIXIR_FEATURE_AVX2, "avx2"},
    {MIXIR_FEATURE_FMA, "fma"},
    {MIXIR_FEATURE_F16C, "f16c"},
    {MIXIR_FEATURE_AVX512, "avx512"},
};

uint64_t detect() {
  uint64_t features = 0;
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2"))
    features |= MIXIR_FEATURE_AVX2;
  if (__builtin_cpu_supports("fma"))
    features |= MIXIR_FEATURE_FMA;
  if (__builtin_cpu_supports("f16c"))
    features |= MIXIR_FEATURE_F16C;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512cd"))
    features |= MIXIR_FEATURE_AVX512;
#endif
  return features;
}

} // namespace

uint64_t mixir::runtime::cpuFeatures() {
  static const uint64_t features = detect();
  return features;
}

std::string mixir::runtime::featureNames(uint64_t features) {
  std::string text;
  for (int bit = 0; bit < 64; bit++) {
    uint64_t mask = uint64_t(1) << bit;
    if (!(features & mask))
      continue;
    std::string name = "bit " + std::to_string(bit);
    for (const FeatureName &known : kNames)
      if (known.bit == mask)
        name = known.name;
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}
