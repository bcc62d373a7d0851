// Convolve.cpp - see mixir/convolve.h.
//
// Compiled for AVX2, which every program of the compiler needs; so nothing in this file may be shared
// with code that is not: no containers, only plain structs and functions of its own.
//
// Sequences are rows of eight floats, one for each lane, so that every operation of a transform is one
// vector operation. A transform of 2 N real numbers is one of N complex numbers, the even ones real
// and the odd ones imaginary, which is how the rows lie in memory anyway. Long inputs are cut into
// overlapping pieces (overlap-save) when there are few taps; the spectrum of the taps is computed
// once and used for every piece of every entry. Neither other lanes nor other entries change what a
// lane computes.
//
// Sources: Cooley and Tukey's factorisation, in Gentleman and Sande's order; two-for-one transforms of
// real sequences and overlap-save as in any textbook of signal processing.
#include "mixir/convolve.h"

#include "Fourier.h"
#include "HalideAbi.h"

using namespace mixir::runtime;

extern "C" {
void *halide_malloc(void *context, size_t bytes);
void halide_free(void *context, void *block);
void halide_error(void *context, const char *message);
}

namespace {

constexpr int kWidth = 8;
/// Complex numbers of eight lanes that fit the first cache with room to spare.
constexpr int64_t kNearBlock = 256;

typedef float Row __attribute__((vector_size(kWidth * sizeof(float))));

struct Complex {
  Row re, im;
};

inline Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
inline Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
inline Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline Complex operator*(Complex a, float b) { return {a.re * b, a.im * b}; }
inline Complex conj(Complex a) { return {a.re, -a.im}; }
/// a times e^(i phi), or its conjugate.
template <bool kForward> inline Complex turn(Complex a, const float *factor) {
  float c = factor[0], s = kForward ? factor[1] : -factor[1];
  return {a.re * c - a.im * s, a.re * s + a.im * c};
}
/// a times -i going forward, i going back.
template <bool kForward> inline Complex quarter(Complex a) {
  return kForward ? Complex{a.im, -a.re} : Complex{-a.im, a.re};
}

// ---- Transforms ---------------------------------------------------------------------------------

template <bool kForward, int kRadix> inline void butterfly(Complex *v);

template <> inline void butterfly<true, 2>(Complex *v) {
  Complex a = v[0], b = v[1];
  v[0] = a + b;
  v[1] = a - b;
}
template <> inline void butterfly<false, 2>(Complex *v) { butterfly<true, 2>(v); }

template <bool kForward> inline void butterfly3(Complex *v) {
  constexpr float kSin = 0.8660254037844386f;
  Complex sum = v[1] + v[2], side = quarter<kForward>(v[1] - v[2]) * kSin;
  Complex rest = v[0] - sum * 0.5f;
  v[0] = v[0] + sum;
  v[1] = rest + side;
  v[2] = rest - side;
}
template <> inline void butterfly<true, 3>(Complex *v) { butterfly3<true>(v); }
template <> inline void butterfly<false, 3>(Complex *v) { butterfly3<false>(v); }

template <bool kForward> inline void butterfly4(Complex *v) {
  Complex even = v[0] + v[2], odd = v[1] + v[3], less = v[0] - v[2];
  Complex side = quarter<kForward>(v[1] - v[3]);
  v[0] = even + odd;
  v[1] = less + side;
  v[2] = even - odd;
  v[3] = less - side;
}
template <> inline void butterfly<true, 4>(Complex *v) { butterfly4<true>(v); }
template <> inline void butterfly<false, 4>(Complex *v) { butterfly4<false>(v); }

/// One stage on `count` blocks that follow each other.
template <bool kForward, int kRadix>
void pass(Complex *z, int64_t count, int64_t block, const float *factors) {
  int64_t part = block / kRadix;
  for (int64_t b = 0; b < count; b++, z += block)
    for (int64_t j = 0; j < part; j++) {
      Complex v[kRadix];
      const float *factor = factors + j * 2 * (kRadix - 1);
      for (int q = 0; q < kRadix; q++) {
        v[q] = z[j + q * part];
        if (!kForward && q > 0 && part > 1)
          v[q] = turn<false>(v[q], factor + 2 * (q - 1));
      }
      butterfly<kForward, kRadix>(v);
      for (int q = 0; q < kRadix; q++)
        z[j + q * part] = kForward && q > 0 && part > 1 ? turn<true>(v[q], factor + 2 * (q - 1)) : v[q];
    }
}

template <bool kForward> void runStage(Complex *z, int64_t count, const FourierStage &stage) {
  if (stage.radix == 4)
    pass<kForward, 4>(z, count, stage.block, stage.factors);
  else if (stage.radix == 3)
    pass<kForward, 3>(z, count, stage.block, stage.factors);
  else
    pass<kForward, 2>(z, count, stage.block, stage.factors);
}

/// Stages first .. on one block, part by part while it does not fit the first cache.
template <bool kForward> void transform(Complex *z, const FourierTables &tables, int32_t first) {
  if (first == tables.numStages)
    return;
  const FourierStage &stage = tables.stages[first];
  if (stage.block > kNearBlock) {
    if (kForward)
      runStage<kForward>(z, 1, stage);
    for (int32_t q = 0; q < stage.radix; q++)
      transform<kForward>(z + q * (stage.block / stage.radix), tables, first + 1);
    if (!kForward)
      runStage<kForward>(z, 1, stage);
    return;
  }
  int32_t count = tables.numStages - first;
  for (int32_t i = 0; i < count; i++) {
    const FourierStage &next = tables.stages[kForward ? first + i : tables.numStages - 1 - i];
    runStage<kForward>(z, stage.block / next.block, next);
  }
}

/// The spectrum of real numbers from that of the complex ones they were taken for, times `scale`:
/// frequencies k and N-k at the places of the pair, the real ones of 0 and N as one number at 0.
void untangle(Complex *z, const FourierTables &tables, float scale) {
  z[0] = Complex{z[0].re + z[0].im, z[0].re - z[0].im} * scale;
  for (int64_t i = 0; i < tables.numPairs; i++) {
    const FourierPair &pair = tables.pairs[i];
    Complex a = z[pair.first], b = conj(z[pair.second]);
    Complex even = (a + b) * (0.5f * scale);
    Complex odd = turn<true>(quarter<true>(a - b) * (0.5f * scale), &pair.re);
    z[pair.first] = even + odd;
    z[pair.second] = conj(even - odd);
  }
}

/// The spectrum `z` of numbers taken for complex ones becomes that of their convolution with what has
/// the spectrum `taps` (untangled, over N), again taken for complex ones.
void multiply(Complex *z, const Complex *taps, const FourierTables &tables) {
  Row sum = (z[0].re + z[0].im) * taps[0].re, difference = (z[0].re - z[0].im) * taps[0].im;
  z[0] = Complex{sum + difference, sum - difference} * 0.5f;
  for (int64_t i = 0; i < tables.numPairs; i++) {
    const FourierPair &pair = tables.pairs[i];
    Complex a = z[pair.first], b = conj(z[pair.second]);
    Complex even = (a + b) * 0.5f;
    Complex odd = turn<true>(quarter<true>(a - b) * 0.5f, &pair.re);
    Complex high = (even + odd) * taps[pair.first];
    Complex low = (even - odd) * conj(taps[pair.second]); // conjugate of frequency N-k
    even = (high + low) * 0.5f;
    odd = quarter<false>(turn<false>((high - low) * 0.5f, &pair.re));
    z[pair.first] = even + odd;
    z[pair.second] = conj(even - odd);
  }
}

// ---- Rows ---------------------------------------------------------------------------------------

/// Sequences in memory: row t is at data + t * stride, one float for each lane or one for all.
struct Sequence {
  float *data;
  int64_t stride, length;
  bool hasLanes;

  /// Rows first .. first+count-1, zero outside the sequence.
  void read(Row *rows, int64_t first, int64_t count) const {
    for (int64_t i = 0; i < count; i++)
      rows[i] = at(first + i);
  }
  Row at(int64_t t) const {
    Row row = {};
    if (t < 0 || t >= length)
      return row;
    const float *from = data + t * stride;
    if (hasLanes)
      __builtin_memcpy(&row, from, sizeof(Row));
    else
      row += *from;
    return row;
  }
  void write(int64_t t, Row row) const {
    __builtin_memcpy(data + t * stride, &row, hasLanes ? sizeof(Row) : sizeof(float));
  }
};

Sequence sequenceOf(const KernelBuffer &buffer, bool hasLanes) {
  const KernelDim &time = buffer.dim[hasLanes ? 1 : 0];
  return {reinterpret_cast<float *>(buffer.host), time.stride, time.extent, hasLanes};
}

inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/// One task: what all of its entries share, and its working memory.
struct Convolution {
  Sequence taps;
  int64_t length;    ///< of an input and an output
  int64_t lagOfTap0;
  int64_t direction; ///< of the lags: 1 or -1
  int64_t firstLag = 0, numLags = 0; ///< those of taps that can meet a sample

  /// The tap at a lag.
  Row tap(int64_t lag) const { return taps.at((lag - lagOfTap0) * direction); }

  void findLags() {
    int64_t lagOfLast = lagOfTap0 + direction * (taps.length - 1);
    firstLag = most(least(lagOfTap0, lagOfLast), 1 - length);
    numLags = least(most(lagOfTap0, lagOfLast), length - 1) - firstLag + 1;
  }

  // ---- As the sum stands ----

  static constexpr int kOutputs = 8; ///< sums that are kept in registers at a time

  int64_t directRows() const { return numLags + length + 2 * kOutputs; }

  void prepareDirect(Row *work) const {
    for (int64_t i = 0; i < numLags; i++)
      work[i] = tap(firstLag + i);
  }

  void runDirect(Row *work, const Sequence &x, const Sequence &y) const {
    const Row *weight = work - firstLag;
    Row *input = work + numLags + kOutputs;
    x.read(input - kOutputs, -kOutputs, length + 2 * kOutputs);
    for (int64_t t = 0; t < length; t += kOutputs) {
      // sample t + i - lag lies inside for some i
      int64_t begin = most(firstLag, t - (length - 1));
      int64_t end = least(firstLag + numLags, t + kOutputs);
      Row sums[kOutputs] = {};
      for (int64_t lag = begin; lag < end; lag++)
        for (int i = 0; i < kOutputs; i++)
          sums[i] += weight[lag] * input[t + i - lag];
      for (int64_t i = 0; i < least(kOutputs, length - t); i++)
        y.write(t + i, sums[i]);
    }
  }

  // ---- By transforms ----

  /// Real length of the transforms: everything at once, or pieces where taps are few.
  int64_t pieceLength() const { return fourierLength(least(length + numLags - 1, 4 * numLags)); }

  void prepareTransforms(Row *spectrum, const FourierTables &tables) const {
    for (int64_t i = 0; i < 2 * tables.size; i++)
      spectrum[i] = i < numLags ? tap(firstLag + i) : Row{};
    auto *z = reinterpret_cast<Complex *>(spectrum);
    transform<true>(z, tables, 0);
    untangle(z, tables, 1.0f / static_cast<float>(tables.size));
  }

  void runTransforms(Row *work, const Row *spectrum, const FourierTables &tables, const Sequence &x,
                     const Sequence &y) const {
    int64_t piece = 2 * tables.size, step = piece - (numLags - 1);
    auto *z = reinterpret_cast<Complex *>(work);
    for (int64_t t = 0; t < length; t += step) {
      // row i of the piece holds sample t - lastLag + i, and in the end output t + i - (numLags - 1)
      x.read(work, t - (firstLag + numLags - 1), piece);
      transform<true>(z, tables, 0);
      multiply(z, reinterpret_cast<const Complex *>(spectrum), tables);
      transform<false>(z, tables, 0);
      for (int64_t i = 0; i < least(step, length - t); i++)
        y.write(t + i, work[numLags - 1 + i]);
    }
  }
};

} // namespace

int mixir_convolve(void **buffers, int32_t pad, int32_t lanes, int32_t directUpTo) {
  const auto &x = *static_cast<KernelBuffer *>(buffers[0]);
  const auto &taps = *static_cast<KernelBuffer *>(buffers[1]);
  const auto &y = *static_cast<KernelBuffer *>(buffers[2]);
  Sequence from = sequenceOf(x, lanes & MIXIR_CONVOLVE_INPUT_LANES), to = sequenceOf(y, lanes & MIXIR_CONVOLVE_OUTPUT_LANES);
  Convolution c;
  c.taps = sequenceOf(taps, lanes & MIXIR_CONVOLVE_TAP_LANES);
  c.length = to.length;
  if (c.length <= 0)
    return 0;
  int64_t last = c.taps.length - 1;
  c.direction = pad == MIXIR_CONVOLVE_ANTICAUSAL ? 1 : -1;
  c.lagOfTap0 = pad == MIXIR_CONVOLVE_CAUSAL ? last : pad == MIXIR_CONVOLVE_SAME ? last / 2 : -last;
  if (c.taps.length > 0)
    c.findLags();
  bool isDirect = c.numLags <= directUpTo;

  const FourierTables *tables = nullptr;
  int64_t rows = isDirect ? c.directRows() : 0;
  if (!isDirect) {
    int64_t piece = c.pieceLength();
    if (piece > INT32_MAX)
      return halide_error(nullptr, "a convolution this long does not fit"), -1;
    tables = fourierTables(piece);
    rows = 2 * piece;
  }
  auto *work = static_cast<Row *>(halide_malloc(nullptr, static_cast<size_t>(most(rows, 1)) * sizeof(Row)));
  if (!work || (!isDirect && !tables)) {
    if (work)
      halide_free(nullptr, work);
    return halide_error(nullptr, "scratch memory is short"), -11;
  }
  if (tables)
    c.prepareTransforms(work + rows / 2, *tables);
  else
    c.prepareDirect(work);
  int entryDim = lanes & MIXIR_CONVOLVE_OUTPUT_LANES ? 2 : 1;
  bool hasEntries = y.dimensions > entryDim;
  int64_t entries = hasEntries ? y.dim[entryDim].extent : 1;
  int inputEntryDim = lanes & MIXIR_CONVOLVE_INPUT_LANES ? 2 : 1;
  for (int64_t entry = 0; entry < entries; entry++) {
    if (tables)
      c.runTransforms(work, work + rows / 2, *tables, from, to);
    else
      c.runDirect(work, from, to);
    if (hasEntries) {
      from.data += x.dim[inputEntryDim].stride;
      to.data += y.dim[entryDim].stride;
    }
  }
  halide_free(nullptr, work);
  return 0;
}
