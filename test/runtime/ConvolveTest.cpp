// The convolution of the runtime against its sum in float64: every way of padding, as the sum stands
// and by transforms, with and without lanes, and that neither lanes nor entries know of each other.
#include "mixir/convolve.h"

#include "Fourier.h"
#include "HalideAbi.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace mixir::runtime;

namespace {

constexpr int kWidth = 8;

struct Shape {
  int length, taps, entries;
  int pad = MIXIR_CONVOLVE_CAUSAL;
  int lanes = MIXIR_CONVOLVE_INPUT_LANES | MIXIR_CONVOLVE_TAP_LANES | MIXIR_CONVOLVE_OUTPUT_LANES;

  int inputWidth() const { return lanes & MIXIR_CONVOLVE_INPUT_LANES ? kWidth : 1; }
  int tapWidth() const { return lanes & MIXIR_CONVOLVE_TAP_LANES ? kWidth : 1; }
  int outputWidth() const { return lanes & MIXIR_CONVOLVE_OUTPUT_LANES ? kWidth : 1; }
  int lag(int tap) const {
    return pad == MIXIR_CONVOLVE_CAUSAL ? taps - 1 - tap
           : pad == MIXIR_CONVOLVE_SAME ? (taps - 1) / 2 - tap
                                        : tap - (taps - 1);
  }
};

using Floats = std::vector<float>;

Floats randomFloats(size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  Floats out(count);
  for (float &v : out)
    v = uniform(generator);
  return out;
}

Floats inputOf(const Shape &s) { return randomFloats(size_t(s.entries) * s.length * s.inputWidth(), 1); }
Floats tapsOf(const Shape &s) { return randomFloats(size_t(s.taps) * s.tapWidth(), 2); }

Floats convolve(const Shape &s, Floats x, Floats taps, int directUpTo) {
  Floats y(size_t(s.entries) * s.length * s.outputWidth());
  struct Buffer {
    KernelDim dims[3];
    KernelBuffer buffer;
    Buffer(Floats &data, int width, int length, int entries) {
      int n = 0;
      if (width > 1)
        dims[n++] = {0, width, 1, 0};
      dims[n++] = {0, length, width, 0};
      if (entries > 1)
        dims[n++] = {0, entries, width * length, 0};
      buffer = {0, nullptr, reinterpret_cast<uint8_t *>(data.data()), 0, {kTypeFloat, 32, 1}, n, dims, nullptr};
    }
  } in(x, s.inputWidth(), s.length, s.entries), weight(taps, s.tapWidth(), s.taps, 1),
      out(y, s.outputWidth(), s.length, s.entries);
  void *buffers[] = {&in.buffer, &weight.buffer, &out.buffer};
  EXPECT_EQ(mixir_convolve(buffers, s.pad, s.lanes, directUpTo), 0);
  return y;
}

/// The largest error of a lane, relative to its largest output.
double errorOf(const Shape &s, const Floats &x, const Floats &taps, const Floats &y) {
  double worst = 0;
  for (int e = 0; e < s.entries; e++)
    for (int lane = 0; lane < s.outputWidth(); lane++) {
      double most = 1e-30, error = 0;
      for (int t = 0; t < s.length; t++) {
        double sum = 0;
        for (int j = 0; j < s.taps; j++)
          if (int at = t - s.lag(j); at >= 0 && at < s.length)
            sum += double(taps[size_t(j) * s.tapWidth() + lane % s.tapWidth()]) *
                   x[(size_t(e) * s.length + at) * s.inputWidth() + lane % s.inputWidth()];
        most = std::max(most, std::abs(sum));
        error = std::max(error, std::abs(sum - y[(size_t(e) * s.length + t) * s.outputWidth() + lane]));
      }
      worst = std::max(worst, error / most);
    }
  return worst;
}

constexpr int kAlwaysDirect = std::numeric_limits<int>::max(), kNeverDirect = 0;

void check(const Shape &s) {
  Floats x = inputOf(s), taps = tapsOf(s);
  for (int directUpTo : {kAlwaysDirect, kNeverDirect})
    EXPECT_LT(errorOf(s, x, taps, convolve(s, x, taps, directUpTo)), 3e-6)
        << "length " << s.length << ", taps " << s.taps << ", pad " << s.pad << ", lanes " << s.lanes
        << (directUpTo ? ", direct" : ", by transforms");
}

TEST(Convolve, IsTheSumForEveryLengthAndPad) {
  for (int length : {1, 2, 3, 7, 31, 64, 65, 100, 515})
    for (int taps : {1, 2, 3, 17, length, 2 * length + 1})
      for (int pad : {MIXIR_CONVOLVE_CAUSAL, MIXIR_CONVOLVE_SAME, MIXIR_CONVOLVE_ANTICAUSAL})
        if (pad != MIXIR_CONVOLVE_SAME || taps % 2)
          check({length, taps, 2, pad});
}

TEST(Convolve, LongSequencesAndFewTapsInPieces) {
  check({2049, 2049, 1});
  check({5000, 130, 1});
}

TEST(Convolve, WhatHasNoLanesIsTheSameInAll) {
  for (int lanes : {0, 5, 6})
    check({65, 65, 2, MIXIR_CONVOLVE_CAUSAL, lanes});
}

TEST(Convolve, NothingComesOfNothing) {
  Shape s{5, 0, 1};
  for (float v : convolve(s, inputOf(s), {}, kNeverDirect))
    EXPECT_EQ(v, 0);
  convolve({0, 3, 1}, {}, tapsOf({0, 3, 1}), kNeverDirect);
}

TEST(Convolve, LanesAndEntriesDoNotKnowOfEachOther) {
  Shape s{100, 100, 3};
  Floats x = inputOf(s), taps = tapsOf(s), plain = convolve(s, x, taps, kNeverDirect);
  float nan = std::numeric_limits<float>::quiet_NaN();
  Floats other = x;
  for (int t = 0; t < s.length; t++) {
    other[size_t(t) * kWidth + 3] = nan;                                       // a lane of an entry
    for (int lane = 0; lane < kWidth; lane++)
      other[(size_t(2) * s.length + t) * kWidth + lane] = 1e20f;               // an entry
  }
  Floats changed = convolve(s, other, taps, kNeverDirect);
  for (int t = 0; t < s.length; t++)
    for (int lane = 0; lane < kWidth; lane++) {
      if (lane != 3) {
        EXPECT_EQ(changed[size_t(t) * kWidth + lane], plain[size_t(t) * kWidth + lane]);
      }
      EXPECT_EQ(changed[(size_t(s.length) + t) * kWidth + lane], plain[(size_t(s.length) + t) * kWidth + lane]);
    }
}

TEST(Fourier, LengthsAreShortAndKept) {
  for (int64_t length = 1; length < 5000; length++) {
    int64_t found = fourierLength(length);
    ASSERT_GE(found, length);
    ASSERT_LE(found, length < 4 ? 4 : length * 4 / 3 + 1);
    int64_t rest = found / 2;
    ASSERT_EQ(found % 2, 0);
    while (rest % 2 == 0)
      rest /= 2;
    while (rest % 3 == 0)
      rest /= 3;
    ASSERT_EQ(rest, 1) << found;
  }
  EXPECT_EQ(fourierTables(96), fourierTables(96));
}

} // namespace
