// The floors of this machine that an estimate needs: multiply-add and exp throughput, L2 and DRAM
// bandwidth. Prints one JSON object a thread count; takes about a second. Build with -march=native.
// usage: limits [THREADS...]      (default: 1 and all)
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
const char *const kIsa = "avx512";
#elif defined(__AVX2__)
constexpr int kWidth = 8;
const char *const kIsa = "avx2";
#else
constexpr int kWidth = 4;
const char *const kIsa = "baseline";
#endif

typedef float Vec __attribute__((vector_size(kWidth * 4)));
typedef int32_t Bits __attribute__((vector_size(kWidth * 4)));

double nowNs() {
  using namespace std::chrono;
  return duration<double, std::nano>(steady_clock::now().time_since_epoch()).count();
}

/// Keeps a value alive in a register, so that the loop around it is not removed.
inline void keep(Vec &v) { asm volatile("" : "+x"(v)); }

/// Units of work a nanosecond of `threads` threads that each do `work` (`units` units a call) at
/// the same time; the best of the samples.
double rate(int threads, double units, const std::function<void(int)> &work) {
  constexpr int samples = 9;
  constexpr double sampleNs = 4e6;
  double best = 0;
  for (int s = 0; s < samples; ++s) {
    std::vector<double> perThread(threads);
    auto body = [&](int id) {
      work(id);
      double start = nowNs(), elapsed = 0;
      int64_t calls = 0;
      while (elapsed < sampleNs) {
        work(id);
        ++calls;
        elapsed = nowNs() - start;
      }
      perThread[id] = static_cast<double>(calls) * units / elapsed;
    };
    std::vector<std::thread> pool;
    for (int i = 1; i < threads; ++i)
      pool.emplace_back(body, i);
    body(0);
    for (std::thread &t : pool)
      t.join();
    double sum = 0;
    for (double r : perThread)
      sum += r;
    best = std::max(best, sum);
  }
  return best;
}

constexpr int kSteps = 4096;

void multiplyAdd(int) {
  Vec a0 = {}, a1 = {}, a2 = {}, a3 = {}, a4 = {}, a5 = {}, a6 = {}, a7 = {}, a8 = {}, a9 = {};
  const Vec b = a0 + 0.999f, c = a0 + 0.001f;
  for (int i = 0; i < kSteps; ++i) {
    a0 = a0 * b + c, a1 = a1 * b + c, a2 = a2 * b + c, a3 = a3 * b + c, a4 = a4 * b + c;
    a5 = a5 * b + c, a6 = a6 * b + c, a7 = a7 * b + c, a8 = a8 * b + c, a9 = a9 * b + c;
    keep(a0), keep(a1), keep(a2), keep(a3), keep(a4);
    keep(a5), keep(a6), keep(a7), keep(a8), keep(a9);
  }
}

/// exp as a degree-5 polynomial of the fraction and an integer addition to the exponent: nine
/// multiplications and additions and two integer operations, the least that reaches 1e-7.
inline Vec expOf(Vec x) {
  const float magic = 12582912.f;
  x = x * 1.4426950408889634f;
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

void exponentials(int) {
  Vec x[4];
  for (int i = 0; i < 4; ++i)
    x[i] = Vec{} - 0.1f * static_cast<float>(i);
  for (int i = 0; i < kSteps; ++i) {
    Vec e0 = expOf(x[0]), e1 = expOf(x[1]), e2 = expOf(x[2]), e3 = expOf(x[3]);
    keep(e0), keep(e1), keep(e2), keep(e3);
    keep(x[0]), keep(x[1]), keep(x[2]), keep(x[3]);
  }
}

void readAll(const float *data, size_t bytes) {
  Vec s0 = {}, s1 = {}, s2 = {}, s3 = {};
  auto *v = reinterpret_cast<const Vec *>(data);
  for (size_t i = 0; i + 4 <= bytes / sizeof(Vec); i += 4)
    s0 += v[i], s1 += v[i + 1], s2 += v[i + 2], s3 += v[i + 3];
  keep(s0), keep(s1), keep(s2), keep(s3);
}

/// Read bandwidth in GB/s of `bytes` a thread, each thread its own.
double bandwidth(int threads, size_t bytes) {
  std::vector<std::unique_ptr<float, void (*)(void *)>> data;
  for (int i = 0; i < threads; ++i) {
    data.emplace_back(static_cast<float *>(aligned_alloc(4096, bytes)), free);
    if (!data.back()) {
      fprintf(stderr, "error: out of memory\n");
      exit(1);
    }
    std::fill_n(data.back().get(), bytes / sizeof(float), 1.f);
  }
  return rate(threads, static_cast<double>(bytes), [&](int id) { readAll(data[id].get(), bytes); });
}

void print(int threads) {
  double fma = rate(threads, 2.0 * 10 * kWidth * kSteps, multiplyAdd);
  double exps = rate(threads, 4.0 * kWidth * kSteps, exponentials);
  double l2 = bandwidth(threads, 256 << 10), dram = bandwidth(threads, 128 << 20);
  printf("{\"isa\":\"%s\",\"threads\":%d,\"fma_gflops\":%.1f,\"exp_per_ns\":%.2f,"
         "\"dram_gbps\":%.1f,\"l2_gbps\":%.1f}\n",
         kIsa, threads, fma, exps, dram, l2);
  fflush(stdout);
}

} // namespace

int main(int argc, char **argv) {
  std::vector<int> counts;
  for (int i = 1; i < argc; ++i) {
    counts.push_back(atoi(argv[i]));
    if (counts.back() <= 0) {
      fprintf(stderr, "error: expected a number of threads, got '%s'\n", argv[i]);
      return 2;
    }
  }
  if (counts.empty()) {
    counts.push_back(1);
    int all = static_cast<int>(std::thread::hardware_concurrency());
    if (all > 1)
      counts.push_back(all);
  }
  for (int threads : counts)
    print(threads);
}
