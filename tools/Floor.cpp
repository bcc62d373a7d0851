// Floor.cpp - see Floor.h.
#include "tools/Floor.h"

#include "tools/RateLoops.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace mixir::tools {

namespace {

constexpr int kSteps = 2048;
constexpr int kSamples = 3;
constexpr double kSampleNs = 3e6;
constexpr unsigned long kCachedFloats = 48 * 1024;           // 192 KiB: in the second-level cache
constexpr unsigned long kMemoryFloats = 8 * 1024 * 1024;     // 32 MiB
constexpr double kCachedBytes = 1 << 20;

double nowNs() {
  using namespace std::chrono;
  return duration<double, std::nano>(steady_clock::now().time_since_epoch()).count();
}

/// Units a nanosecond of one thread that calls `work` for a while.
double rateOfOne(double units, const std::function<void(int)> &work, int thread) {
  double start = nowNs(), elapsed = 0;
  int64_t calls = 0;
  while (elapsed < kSampleNs) {
    work(thread);
    ++calls;
    elapsed = nowNs() - start;
  }
  return static_cast<double>(calls) * units / elapsed;
}

/// The best of some samples of all threads together.
double rateOf(int threads, double units, const std::function<void(int)> &work) {
  double best = 0;
  for (int sample = 0; sample < kSamples; ++sample) {
    std::vector<double> rates(static_cast<size_t>(threads));
    auto body = [&](int thread) {
      rates[static_cast<size_t>(thread)] = rateOfOne(units, work, thread);
    };
    std::vector<std::thread> pool;
    for (int thread = 1; thread < threads; ++thread)
      pool.emplace_back(body, thread);
    body(0);
    double sum = 0;
    for (std::thread &thread : pool)
      thread.join();
    for (double rate : rates)
      sum += rate;
    best = std::max(best, sum);
  }
  return best;
}

MachineRates measure(codegen::HostIsa isa, int threads) {
  const RateLoops &loops =
      isa == codegen::HostIsa::Avx512 ? rateLoopsAvx512() : rateLoopsAvx2();
  MachineRates rates;
  rates.flops = rateOf(threads, 20.0 * loops.lanes * kSteps,
                       [&](int) { loops.multiplyAdds(kSteps); });
  rates.exps = rateOf(threads, 4.0 * loops.lanes * kSteps,
                      [&](int) { loops.exponentials(kSteps); });
  auto count = static_cast<unsigned long>(threads);
  std::vector<float> memory(std::max(kMemoryFloats, kCachedFloats * count), 1.f);
  rates.cachedBytes = rateOf(threads, kCachedFloats * 4.0, [&](int thread) {
    loops.readAll(memory.data() + kCachedFloats * static_cast<unsigned long>(thread),
                  kCachedFloats);
  });
  unsigned long share = kMemoryFloats / count;
  rates.bytes = rateOf(threads, static_cast<double>(share) * 4.0, [&](int thread) {
    loops.readAll(memory.data() + share * static_cast<unsigned long>(thread), share);
  });
  return rates;
}

} // namespace

const MachineRates &machineRates(codegen::HostIsa isa, int threads) {
  static std::map<std::pair<int, int>, MachineRates> measured;
  auto [found, isNew] = measured.try_emplace({static_cast<int>(isa), threads});
  if (isNew)
    found->second = measure(isa, std::max(threads, 1));
  return found->second;
}

double floorNs(const WorkTotal &work, const MachineRates &rates) {
  double bandwidth = work.bytes <= kCachedBytes ? rates.cachedBytes : rates.bytes;
  return std::max(work.bytes / bandwidth, work.exps / rates.exps + work.flops / rates.flops);
}

} // namespace mixir::tools
