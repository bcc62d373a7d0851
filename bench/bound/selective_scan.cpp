// The hand-tuned bound of selective_scan.mix: what a person reaches with AVX2 intrinsics, so that a
// generated kernel is measured against a ceiling on the same machine in the same run
// (bench/run.py).
//   dt = softplus(dt + bias);  h = h * exp(dt * A) + dt * u * B;  y = (C . h + D * u) * silu(z)
// f32, N = 16, channel-last [L, D]. A and h are prearranged and A is scaled by log2(e). A
// yardstick, not product code; the AVX-512 counterpart runs beside it where there is one.
#include <immintrin.h>
#include <omp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr int kStates = 16; // N
constexpr int kLanes = 8;   // floats of one vector
constexpr int kBlock = 16;  // channels that are scanned together: two vectors
constexpr int kTile = 32;   // tokens of a time tile
constexpr int kGroup = 256; // channels packed together, so that rows are read in 1 KiB pieces
constexpr int kColumn = kTile * kBlock + 16; // floats from one block's tile to the next one's
constexpr float kLog2e = 1.4426950408889634f;

using Vec = __m256;

inline Vec set(float x) { return _mm256_set1_ps(x); }

/// Several independent vectors that go through the same steps. The steps are written one by one
/// over all of them: the scheduler of these CPUs sees only some 60 operations ahead, too few to
/// find the second chain by itself.
template <int W> struct Wide {
  Vec v[W];
  Vec &operator[](int i) { return v[i]; }
};

template <int W, class F> inline __attribute__((always_inline)) void each(F step) {
#pragma GCC unroll 8
  for (int i = 0; i < W; ++i)
    step(i);
}

//===-- exp2, softplus, silu ----------------------------------------------------------------===//

enum class Exp { Poly5, Table4, Poly4 };

inline Vec addBits(Vec a, Vec b) {
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), _mm256_castps_si256(b)));
}
template <int bits> inline Vec shiftBits(Vec a) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), bits));
}

/// x = k / steps + f, f rounded to nearest by adding a magic number: that runs on the add pipes,
/// which the rest leaves free. k stays in the low bits of the sum; x becomes f.
template <int W> inline Wide<W> split(Wide<W> &x, Vec magic) {
  Wide<W> k, whole;
  each<W>([&](int i) { k[i] = _mm256_add_ps(x[i], magic); });
  each<W>([&](int i) { whole[i] = _mm256_sub_ps(k[i], magic); });
  each<W>([&](int i) { x[i] = _mm256_sub_ps(x[i], whole[i]); });
  return k;
}

/// p = p * f + c for all.
template <int W> inline void horner(Wide<W> &p, Wide<W> &f, float c) {
  each<W>([&](int i) { p[i] = _mm256_fmadd_ps(p[i], f[i], set(c)); });
}

/// 2^x with |f| <= 1/8 and the quarters from a table in a register: one multiplication less.
template <int W> inline void exp2Table(Wide<W> &x) {
  const Vec quarters = _mm256_castsi256_ps(_mm256_setr_epi32(
      0x3f800000, 0x3f9837f0 - (1 << 21), 0x3fb504f3 - (2 << 21), 0x3fd744fd - (3 << 21),
      0x3f800000, 0x3f9837f0 - (1 << 21), 0x3fb504f3 - (2 << 21), 0x3fd744fd - (3 << 21)));
  Wide<W> k = split(x, set(3145728.f)), p;
  each<W>([&](int i) { p[i] = set(5.547258856e-2f); });
  horner(p, x, 2.403509765e-1f);
  each<W>([&](int i) {
    Vec quarter = _mm256_permutevar_ps(quarters, _mm256_castps_si256(k[i]));
    k[i] = addBits(quarter, shiftBits<21>(k[i]));
  });
  horner(p, x, 6.931477194e-1f);
  each<W>([&](int i) { x[i] = _mm256_mul_ps(x[i], k[i]); });
  each<W>([&](int i) { x[i] = _mm256_fmadd_ps(x[i], p[i], k[i]); });
}

template <Exp kind, int W> inline void exp2Polynomial(Wide<W> &x) {
  Wide<W> k = split(x, set(12582912.f)), p;
  if constexpr (kind == Exp::Poly5) {
    each<W>([&](int i) { p[i] = set(1.326472389e-3f); });
    horner(p, x, 9.671512870e-3f);
    horner(p, x, 5.550733754e-2f);
    horner(p, x, 2.402224208e-1f);
    horner(p, x, 6.931469776e-1f);
  } else {
    each<W>([&](int i) { p[i] = set(9.582850661e-3f); });
    horner(p, x, 5.590642825e-2f);
    horner(p, x, 2.402409868e-1f);
    horner(p, x, 6.931241928e-1f);
  }
  each<W>([&](int i) { k[i] = shiftBits<23>(k[i]); });
  horner(p, x, 1.f);
  each<W>([&](int i) { x[i] = addBits(p[i], k[i]); });
}

/// 2^x for x in [-126, 127]; largest relative error 1e-7 (Poly5), 4e-7 (Table4), 3e-6 (Poly4).
template <Exp kind, int W> inline __attribute__((always_inline)) void exp2All(Wide<W> &x) {
  if constexpr (kind == Exp::Table4)
    exp2Table(x);
  else
    exp2Polynomial<kind>(x);
}

template <int W> inline void expAll(Wide<W> &x) {
  each<W>([&](int i) { x[i] = _mm256_mul_ps(x[i], set(kLog2e)); });
  each<W>([&](int i) { x[i] = _mm256_max_ps(x[i], set(-126.f)); });
  exp2All<Exp::Table4>(x);
}

/// max(x, 0) + log1p(exp(-|x|)); log1p(e) = e * P(e) on [0, 1], largest relative error 2e-7.
template <int W> inline void softplusAll(Wide<W> &x) {
  Wide<W> e, p;
  each<W>([&](int i) { e[i] = _mm256_or_ps(x[i], set(-0.f)); });
  expAll(e);
  each<W>([&](int i) { p[i] = set(-8.539616391e-3f); });
  for (float c : {4.409107036e-2f, -1.076837079e-1f, 1.774537868e-1f, -2.449551125e-1f,
                  3.327548787e-1f, -4.999740589e-1f, 9.999998057e-1f})
    horner(p, e, c);
  each<W>(
      [&](int i) { x[i] = _mm256_fmadd_ps(p[i], e[i], _mm256_max_ps(x[i], _mm256_setzero_ps())); });
}

/// z / (1 + exp(-z)), the reciprocal refined once.
template <int W> inline void siluAll(Wide<W> &z) {
  Wide<W> d, r;
  each<W>([&](int i) { d[i] = _mm256_min_ps(_mm256_xor_ps(z[i], set(-0.f)), set(80.f)); });
  expAll(d);
  each<W>([&](int i) { d[i] = _mm256_add_ps(d[i], set(1.f)); });
  each<W>([&](int i) { r[i] = _mm256_rcp_ps(d[i]); });
  each<W>([&](int i) { d[i] = _mm256_fnmadd_ps(d[i], r[i], set(2.f)); });
  each<W>([&](int i) { z[i] = _mm256_mul_ps(z[i], r[i]); });
  each<W>([&](int i) { z[i] = _mm256_mul_ps(z[i], d[i]); });
}

//===-- The scan ----------------------------------------------------------------------------===//

struct Problem {
  const float *u, *dt, *z, *B, *C, *bias, *skip;
  const float *A;    // [D/16][N][16], scaled by log2(e)
  const float *maxA; // [D], max over N of |A|
  float *y, *h;      // h: [D/16][N][16]
  int64_t D, L;
};

/// Streams that are fetched into L2 while a tile computes: the next tile's rows.
struct Prefetch {
  const float *u, *dt, *z;
  int64_t stride;

  void row(int t) const {
    for (const float *p : {u, dt, z})
      _mm_prefetch(reinterpret_cast<const char *>(p + t * stride), _MM_HINT_T1);
  }
};

/// 16 channels over a time tile, two states of two vectors at a time. 16 registers hold the
/// constants and what is in flight; the 1 KiB of states is in L1, its load and store hide behind
/// exp2.
template <Exp kind, bool clamp>
void scanBlock(const float *dt, const float *du, float *y, const float *B, const float *C,
               const float *A, float *h, int tokens, const Prefetch &next) {
  constexpr int perStep = 2, vectors = kBlock / kLanes, W = perStep * vectors;
  for (int t = 0; t < tokens; ++t) {
    next.row(t);
    Wide<vectors> d, v, sum;
    each<vectors>([&](int i) {
      d[i] = _mm256_load_ps(dt + t * kBlock + i * kLanes);
      v[i] = _mm256_load_ps(du + t * kBlock + i * kLanes);
      sum[i] = _mm256_setzero_ps();
    });
    const float *b = B + t * kStates, *c = C + t * kStates;
#pragma GCC unroll 16
    for (int n = 0; n < kStates; n += perStep) {
      Wide<W> x, input;
      each<W>([&](int i) {
        x[i] = _mm256_mul_ps(d[i % vectors], _mm256_load_ps(A + n * kBlock + i * kLanes));
      });
      if constexpr (clamp)
        each<W>([&](int i) { x[i] = _mm256_max_ps(x[i], set(-126.f)); });
      exp2All<kind>(x);
      each<W>([&](int i) {
        input[i] = _mm256_mul_ps(_mm256_broadcast_ss(b + n + i / vectors), v[i % vectors]);
      });
      each<W>([&](int i) {
        float *state = h + n * kBlock + i * kLanes;
        x[i] = _mm256_fmadd_ps(x[i], _mm256_load_ps(state), input[i]);
        _mm256_store_ps(state, x[i]);
      });
      each<W>([&](int i) {
        Vec weight = _mm256_broadcast_ss(c + n + i / vectors);
        sum[i % vectors] = _mm256_fmadd_ps(x[i], weight, sum[i % vectors]);
      });
      asm volatile("" ::: "memory"); // keeps the order of the steps as it is written
    }
    each<vectors>([&](int i) { _mm256_store_ps(y + t * kBlock + i * kLanes, sum[i]); });
  }
}

/// Scratch of one thread: [block of 16 channels][token][16] for dt, dt * u and y, so that one
/// block's tile is contiguous; the pad keeps one token's 16 blocks from falling into two cache
/// sets.
struct Scratch {
  alignas(64) float dt[kGroup / kBlock * kColumn], du[kGroup / kBlock * kColumn],
      y[kGroup / kBlock * kColumn];

  static int at(int channel, int token) { return channel / kBlock * kColumn + token * kBlock; }
};

/// dt and dt * u of one block of a token into scratch; `largest` collects the largest dt.
template <int W>
inline void packToken(const Problem &p, int64_t at, int64_t channel, float *dt, float *du,
                      Vec *largest) {
  Wide<W> d;
  each<W>([&](int i) {
    Vec bias = _mm256_loadu_ps(p.bias + channel + i * kLanes);
    d[i] = _mm256_add_ps(_mm256_loadu_ps(p.dt + at + i * kLanes), bias);
  });
  softplusAll(d);
  each<W>([&](int i) {
    largest[i] = _mm256_max_ps(largest[i], d[i]);
    int to = i / 2 * kColumn + i % 2 * kLanes;
    _mm256_store_ps(dt + to, d[i]);
    _mm256_store_ps(du + to, _mm256_mul_ps(d[i], _mm256_loadu_ps(p.u + at + i * kLanes)));
  });
}

template <int W>
inline void finishToken(const Problem &p, int64_t at, int64_t channel, const float *y) {
  Wide<W> z;
  each<W>([&](int i) { z[i] = _mm256_loadu_ps(p.z + at + i * kLanes); });
  siluAll(z);
  each<W>([&](int i) {
    Vec sum = _mm256_load_ps(y + i / 2 * kColumn + i % 2 * kLanes);
    Vec skip = _mm256_loadu_ps(p.skip + channel + i * kLanes);
    sum = _mm256_fmadd_ps(skip, _mm256_loadu_ps(p.u + at + i * kLanes), sum);
    _mm256_storeu_ps(p.y + at + i * kLanes, _mm256_mul_ps(sum, z[i]));
  });
}

/// A tile: tokens t0 .. t0 + tokens - 1 of channels c0 .. c0 + width - 1.
struct Tile {
  int64_t t0, c0;
  int tokens, width;
};

void packTile(const Problem &p, const Tile &tile, Scratch &s, Vec *largest) {
  for (int i = 0; i < tile.width / kLanes; ++i)
    largest[i] = _mm256_setzero_ps();
  for (int t = 0; t < tile.tokens; ++t) {
    int64_t row = (tile.t0 + t) * p.D;
    int c = 0;
    for (; c + 32 <= tile.width; c += 32)
      packToken<4>(p, row + tile.c0 + c, tile.c0 + c, s.dt + Scratch::at(c, t),
                   s.du + Scratch::at(c, t), largest + c / kLanes);
    if (c < tile.width)
      packToken<2>(p, row + tile.c0 + c, tile.c0 + c, s.dt + Scratch::at(c, t),
                   s.du + Scratch::at(c, t), largest + c / kLanes);
  }
}

/// The skip connection and the gate, from scratch to the result.
void finishTile(const Problem &p, const Tile &tile, const Scratch &s) {
  for (int t = 0; t < tile.tokens; ++t) {
    int64_t row = (tile.t0 + t) * p.D;
    int c = 0;
    for (; c + 32 <= tile.width; c += 32)
      finishToken<4>(p, row + tile.c0 + c, tile.c0 + c, s.y + Scratch::at(c, t));
    if (c < tile.width)
      finishToken<2>(p, row + tile.c0 + c, tile.c0 + c, s.y + Scratch::at(c, t));
  }
}

template <Exp kind>
void scanTile(const Problem &p, const Tile &tile, int64_t begin, int64_t end, Scratch &s) {
  Vec largest[kGroup / kLanes];
  packTile(p, tile, s, largest);
  // What comes next: the following group of this tile, or the tile below
  bool last = tile.c0 + kGroup >= end;
  int64_t nextC = last ? begin : tile.c0 + kGroup, nextT = last ? tile.t0 + kTile : tile.t0;
  if (nextT + tile.tokens > p.L)
    nextT = tile.t0;
  for (int c = 0; c < tile.width; c += kBlock) {
    int64_t channel = tile.c0 + c;
    Vec range = _mm256_max_ps(
        _mm256_mul_ps(largest[c / kLanes], _mm256_loadu_ps(p.maxA + channel)),
        _mm256_mul_ps(largest[c / kLanes + 1], _mm256_loadu_ps(p.maxA + channel + kLanes)));
    bool deep = _mm256_movemask_ps(_mm256_cmp_ps(range, set(125.f), _CMP_NLT_UQ)) != 0;
    int64_t ahead = nextT * p.D + std::min(nextC + c, p.D - kBlock);
    Prefetch next = {p.u + ahead, p.dt + ahead, p.z + ahead, p.D};
    auto *block = deep ? scanBlock<kind, true> : scanBlock<kind, false>;
    block(s.dt + Scratch::at(c, 0), s.du + Scratch::at(c, 0), s.y + Scratch::at(c, 0),
          p.B + tile.t0 * kStates, p.C + tile.t0 * kStates, p.A + channel * kStates,
          p.h + channel * kStates, tile.tokens, next);
  }
  finishTile(p, tile, s);
}

template <Exp kind> void scan(const Problem &p, int threads, std::vector<Scratch *> &scratch) {
#pragma omp parallel num_threads(threads)
  {
    int id = omp_get_thread_num(), count = omp_get_num_threads();
    int64_t blocks = p.D / kBlock;
    int64_t begin = blocks * id / count * kBlock, end = blocks * (id + 1) / count * kBlock;
    for (int64_t t0 = 0; t0 < p.L; t0 += kTile)
      for (int64_t c0 = begin; c0 < end; c0 += kGroup) {
        Tile tile = {t0, c0, static_cast<int>(std::min<int64_t>(kTile, p.L - t0)),
                     static_cast<int>(std::min<int64_t>(kGroup, end - c0))};
        scanTile<kind>(p, tile, begin, end, *scratch[id]);
      }
  }
}

//===-- Inputs, check, measurement
//--------------------------------------------------------------===//

double nowNs() {
  using namespace std::chrono;
  return duration<double, std::nano>(steady_clock::now().time_since_epoch()).count();
}

struct Free {
  void operator()(float *p) const { free(p); }
};
using Array = std::unique_ptr<float[], Free>;

/// `count` floats in huge pages, zero.
Array allocate(size_t count) {
  const size_t page = size_t(2) << 20;
  size_t bytes = (count * sizeof(float) + page - 1) / page * page;
  void *p = aligned_alloc(page, bytes);
  if (!p) {
    fprintf(stderr, "error: out of memory\n");
    exit(1);
  }
  madvise(p, bytes, MADV_HUGEPAGE);
  memset(p, 0, bytes);
  return Array(static_cast<float *>(p));
}

Array random(size_t count, uint64_t seed, float low, float high) {
  Array a = allocate(count);
  uint64_t state = seed * 0x9E3779B97F4A7C15ull + 1;
  for (size_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    a[i] = low + (high - low) * (static_cast<float>(state >> 40) * (1.0f / 16777216.0f));
  }
  return a;
}

struct Inputs {
  int64_t D, L;
  Array u, dt, z, B, C, bias, skip, A, packedA, maxA, y, h0, h;

  Inputs(int64_t D, int64_t L)
      : D(D), L(L), u(random(L * D, 2, -1, 1)), dt(random(L * D, 3, -4, 0)),
        z(random(L * D, 8, -2, 2)), B(random(L * kStates, 5, -1, 1)),
        C(random(L * kStates, 6, -1, 1)), bias(random(D, 9, -1, 0)), skip(random(D, 7, -1, 1)),
        A(allocate(D * kStates)), packedA(allocate(D * kStates)), maxA(allocate(D)),
        y(allocate(L * D)), h0(random(D * kStates, 1, -.1f, .1f)), h(allocate(D * kStates)) {
    for (int64_t c = 0; c < D; ++c)
      for (int n = 0; n < kStates; ++n) {
        float a = -static_cast<float>(n + 1) * (0.9f + 0.0001f * static_cast<float>(c % 1000));
        A[c * kStates + n] = a;
        packedA[packed(c, n)] = a * kLog2e;
        maxA[c] = std::max(maxA[c], -a * kLog2e);
      }
  }

  static int64_t packed(int64_t c, int n) {
    return c / kBlock * kBlock * kStates + n * kBlock + c % kBlock;
  }

  Problem problem() const {
    return {u.get(),       dt.get(),   z.get(), B.get(), C.get(), bias.get(), skip.get(),
            packedA.get(), maxA.get(), y.get(), h.get(), D,       L};
  }
};

/// Largest error of every 97th channel against float64, relative to the largest |y|.
double maxError(const Inputs &in) {
  double error = 0, largest = 0;
  for (int64_t c = 0; c < in.D; c += 97) {
    double h[kStates];
    for (int n = 0; n < kStates; ++n)
      h[n] = in.h0[Inputs::packed(c, n)];
    for (int64_t t = 0; t < in.L; ++t) {
      double u = in.u[t * in.D + c], z = in.z[t * in.D + c], y = u * in.skip[c];
      double dt = log1p(exp(static_cast<double>(in.dt[t * in.D + c]) + in.bias[c]));
      for (int n = 0; n < kStates; ++n) {
        h[n] = h[n] * exp(dt * in.A[c * kStates + n]) + dt * u * in.B[t * kStates + n];
        y += h[n] * in.C[t * kStates + n];
      }
      y *= z / (1 + exp(-z));
      error = std::max(error, std::fabs(y - in.y[t * in.D + c]));
      largest = std::max(largest, std::fabs(y));
    }
  }
  return error / largest;
}

struct Options {
  std::vector<int64_t> D = {1536, 5120}, L = {1, 64, 512, 2048}, threads = {1, 2};
  size_t samples = 11; // at least; and 0.3 s in all
  Exp exp = Exp::Table4;
  bool json = false;
};

struct Time {
  double min, median;
};

/// Short samples (0.2 ms, or one call) and many of them: on a busy machine the smallest still
/// tells.
template <class F> Time measure(F call, size_t samples) {
  constexpr double sampleNs = 2e5, totalNs = 3e8;
  call();
  double start = nowNs();
  call();
  double once = std::max(nowNs() - start, 50.0);
  int repeats = std::max(1, static_cast<int>(std::ceil(sampleNs / once)));
  std::vector<double> times;
  for (double total = 0; times.size() < samples || total < totalNs;) {
    start = nowNs();
    for (int r = 0; r < repeats; ++r)
      call();
    times.push_back((nowNs() - start) / repeats);
    total += times.back() * repeats;
  }
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2]};
}

void runCase(const Options &options, int64_t D, int64_t L, int threads,
             std::vector<Scratch *> &scratch) {
  Inputs in(D, L);
  Problem p = in.problem();
  auto *kernel = options.exp == Exp::Poly5    ? scan<Exp::Poly5>
                 : options.exp == Exp::Table4 ? scan<Exp::Table4>
                                              : scan<Exp::Poly4>;
  memcpy(in.h.get(), in.h0.get(), D * kStates * sizeof(float));
  kernel(p, threads, scratch);
  double error = maxError(in);
  Time time = measure([&] { kernel(p, threads, scratch); }, options.samples);
  double perElement = time.min / (static_cast<double>(D) * L * kStates);
  const char *format =
      options.json ? "{\"name\":\"selective_scan_bound\",\"D\":%lld,\"L\":%lld,\"threads\":%d,"
                     "\"min_ns\":%.0f,\"median_ns\":%.0f,\"ns_per_elem\":%.4f,\"max_error\":%.2e}\n"
                   : "D=%-5lld L=%-5lld threads=%d  min %10.0f ns  median %10.0f ns  "
                     "%.4f ns/elem  error %.1e\n";
  printf(format, static_cast<long long>(D), static_cast<long long>(L), threads, time.min,
         time.median, perElement, error);
  fflush(stdout);
}

[[noreturn]] void fail(const std::string &message) {
  fprintf(stderr,
          "error: %s\nusage: selective_scan_bound [--json] [--D 1536,5120] [--L 1,64,512,2048] "
          "[--threads 1,2] [--samples 11] [--exp poly5|table4|poly4]\n",
          message.c_str());
  exit(2);
}

std::vector<int64_t> parseList(const std::string &text) {
  std::vector<int64_t> values;
  for (size_t at = 0; at <= text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    values.push_back(atoll(text.substr(at, comma - at).c_str()));
    if (values.back() <= 0)
      fail("expected positive numbers with commas between, got '" + text + "'");
    at = comma + 1;
  }
  return values;
}

Exp parseExp(const std::string &name) {
  if (name == "poly5")
    return Exp::Poly5;
  if (name == "table4")
    return Exp::Table4;
  if (name == "poly4")
    return Exp::Poly4;
  fail("expected poly5, table4 or poly4, got '" + name + "'");
}

Options parse(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (name == "--json") {
      options.json = true;
      continue;
    }
    if (i + 1 == argc)
      fail("expected a value after '" + name + "', or unknown option");
    std::string value = argv[++i];
    if (name == "--D")
      options.D = parseList(value);
    else if (name == "--L")
      options.L = parseList(value);
    else if (name == "--threads")
      options.threads = parseList(value);
    else if (name == "--samples")
      options.samples = static_cast<size_t>(parseList(value)[0]);
    else if (name == "--exp")
      options.exp = parseExp(value);
    else
      fail("unknown option '" + name + "'");
  }
  for (int64_t D : options.D)
    if (D % kBlock)
      fail("expected D to be a multiple of 16, got " + std::to_string(D));
  return options;
}

} // namespace

int main(int argc, char **argv) {
  // Threads that wait give up their core soon, or a busy machine makes them wait for a time slice.
  // OpenMP reads the variable when it is loaded.
  if (!getenv("GOMP_SPINCOUNT")) {
    setenv("GOMP_SPINCOUNT", "10000", 1);
    execv("/proc/self/exe", argv);
  }
  Options options = parse(argc, argv);
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) {
    fprintf(stderr, "error: expected a CPU with AVX2 and FMA\n");
    return 3;
  }
  int64_t most = *std::max_element(options.threads.begin(), options.threads.end());
  std::vector<Scratch *> scratch;
  for (int64_t i = 0; i < most; ++i)
    scratch.push_back(
        reinterpret_cast<Scratch *>(allocate(sizeof(Scratch) / sizeof(float)).release()));
  for (int64_t threads : options.threads)
    for (int64_t D : options.D)
      for (int64_t L : options.L)
        runCase(options, D, L, static_cast<int>(threads), scratch);
  for (Scratch *s : scratch)
    free(s);
}
