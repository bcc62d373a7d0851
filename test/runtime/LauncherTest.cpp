// LauncherTest.cpp - the launch semantics, against loops written out in C++.
#include "ScanProgram.h"
#include "Staging.h"

#include <complex>

using namespace mixir::test;

namespace {

void referenceScan(Array<float> &x, Array<float> &h, Array<float> &y, bool isReversed) {
  for (int64_t b = 0; b < x.shape[0]; b++)
    for (int64_t d = 0; d < x.shape[2]; d++)
      for (int64_t step = 0; step < x.shape[1]; step++) {
        int64_t t = isReversed ? x.shape[1] - 1 - step : step;
        h.at(b, d) = h.at(b, d) / 2 + x.at(b, t, d);
        y.at(b, t, d) = h.at(b, d);
      }
}

struct ScanCase {
  int64_t batch, length, channels;
  int lanes, tile;
  bool isReversed;
  int groups = 1; // of lanes, in the widest block
};

class LauncherScan : public testing::TestWithParam<ScanCase> {};

TEST_P(LauncherScan, matchesTheLoop) {
  ScanCase c = GetParam();
  TestProgram program(scanManifest(c.lanes, c.tile, c.isReversed, "f32", c.groups),
                      {c.isReversed ? reverseScanKernel : scanKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  auto x = Array<float>::numbered({c.batch, c.length, c.channels});
  auto h0 = Array<float>::numbered({c.batch, c.channels}, 3);
  Array<float> y({c.batch, c.length, c.channels}, -99), last({c.batch, c.channels}, -99);
  Array<float> wantedY = y, wantedLast = h0;
  referenceScan(x, wantedLast, wantedY, c.isReversed);
  for (int threads : {1, 2, 3, 8}) {
    std::fill(y.data.begin(), y.data.end(), -99.f);
    std::fill(last.data.begin(), last.data.end(), -99.f);
    ASSERT_EQ(program.run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}, threads), MIXIR_OK)
        << program.error();
    EXPECT_EQ(y.data, wantedY.data) << threads << " threads";
    EXPECT_EQ(last.data, wantedLast.data) << threads << " threads";
  }
  EXPECT_EQ(brokenPromises, 0);
}

INSTANTIATE_TEST_SUITE_P(
    shapes, LauncherScan,
    testing::Values(ScanCase{2, 10, 64, 64, 4, false}, ScanCase{2, 10, 1, 64, 4, false},
                    ScanCase{1, 10, 7, 64, 4, false}, ScanCase{3, 9, 65, 64, 4, false},
                    ScanCase{2, 1, 192, 64, 128, false}, ScanCase{2, 10, 64, 64, 4, true},
                    ScanCase{2, 11, 65, 64, 4, true}, ScanCase{2, 5, 7, 8, 1, true},
                    ScanCase{1, 0, 9, 8, 4, false}, ScanCase{0, 4, 9, 8, 4, false},
                    ScanCase{2, 4, 0, 8, 4, false}, ScanCase{5, 3, 9, 1, 2, false},
                    ScanCase{1, 10, 320, 16, 4, false, 8}, ScanCase{1, 9, 300, 16, 4, true, 8},
                    ScanCase{2, 5, 7, 16, 4, false, 8}, ScanCase{1, 3, 161, 8, 2, false, 3}));

/// Blocks of lanes are as wide as leaves two tasks for each thread, and even.
TEST(Launcher, narrowsBlocksOfLanesForThreads) {
  TestProgram program(scanManifest(16, 4, false, "f32", 8), {scanKernel});
  Array<float> x({1, 4, 320}), h0({1, 320}), y({1, 4, 320}), last({1, 320});
  // 20 groups: 3 blocks of up to 8; 2 threads get 4 blocks of 5, 8 get 20 of 1.
  for (auto [threads, calls] : {std::pair(1, 3), std::pair(2, 4), std::pair(8, 20)}) {
    kernelCalls = 0;
    ASSERT_EQ(program.run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}, threads), MIXIR_OK);
    EXPECT_EQ(kernelCalls, calls) << threads << " threads";
  }
}

TEST(Launcher, zeroLengthCopiesInitToFinal) {
  TestProgram program(scanManifest(64, 4, false), {scanKernel});
  Array<float> x({2, 0, 65}), y({2, 0, 65}), last({2, 65}, -1);
  auto h0 = Array<float>::numbered({2, 65});
  ASSERT_EQ(program.run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}), MIXIR_OK)
      << program.error();
  EXPECT_EQ(last.data, h0.data);
  EXPECT_EQ(kernelCalls, 0);
}

TEST(Launcher, takesAnyStridesOfOperands) {
  TestProgram program(scanManifest(8, 4, false), {scanKernel});
  const int64_t B = 2, L = 10, D = 13;
  auto x = Array<float>::numbered({B, L, D}), h0 = Array<float>::numbered({B, D}, 1);
  Array<float> y({B, L, D}), last = h0;
  referenceScan(x, last, y, false);
  // x stored [D, L, B] (lane stride not 1), y inside a wider array, last stored [D, B].
  Array<float> xStored({D, L, B}), yStored({B, L, 2 * D}, 5), lastStored({D, B});
  for (int64_t b = 0; b < B; b++)
    for (int64_t t = 0; t < L; t++)
      for (int64_t d = 0; d < D; d++)
        xStored.at(d, t, b) = x.at(b, t, d);
  mixir_tensor xTensor = x.tensor(), yTensor = y.tensor(), lastTensor = last.tensor();
  xTensor.data = xStored.data.data();
  xTensor.strides[0] = 1, xTensor.strides[1] = B, xTensor.strides[2] = L * B;
  yTensor.data = yStored.data.data() + D;
  yTensor.strides[0] = L * 2 * D, yTensor.strides[1] = 2 * D, yTensor.strides[2] = 1;
  lastTensor.data = lastStored.data.data();
  lastTensor.strides[0] = 1, lastTensor.strides[1] = B;
  for (int threads : {1, 4}) {
    ASSERT_EQ(program.run({xTensor, h0.tensor(), yTensor, lastTensor}, threads), MIXIR_OK)
        << program.error();
    for (int64_t b = 0; b < B; b++)
      for (int64_t d = 0; d < D; d++) {
        EXPECT_EQ(lastStored.at(d, b), last.at(b, d));
        for (int64_t t = 0; t < L; t++) {
          EXPECT_EQ(yStored.at(b, t, D + d), y.at(b, t, d));
          EXPECT_EQ(yStored.at(b, t, d), 5) << "written outside the view";
        }
      }
  }
  EXPECT_EQ(brokenPromises, 0);
}

TEST(Launcher, repeatsInputsAlongStrideZero) {
  TestProgram program(scanManifest(8, 4, false), {scanKernel});
  auto x = Array<float>::numbered({3, 6, 11}), row = Array<float>::numbered({11}, 2);
  Array<float> y({3, 6, 11}), last({3, 11}), wantedY = y, wantedLast = last;
  for (int b = 0; b < 3; b++)
    for (int d = 0; d < 11; d++)
      wantedLast.at(b, d) = row.at(d);
  referenceScan(x, wantedLast, wantedY, false);
  mixir_tensor h0 = last.tensor();
  h0.data = row.data.data();
  h0.strides[0] = 0;
  ASSERT_EQ(program.run({x.tensor(), h0, y.tensor(), last.tensor()}), MIXIR_OK) << program.error();
  EXPECT_EQ(y.data, wantedY.data);
  EXPECT_EQ(last.data, wantedLast.data);
}

TEST(Launcher, updatesAStateInPlace) {
  TestProgram program(scanManifest(8, 4, false), {scanKernel});
  auto x = Array<float>::numbered({3, 6, 11}), state = Array<float>::numbered({3, 11}, 2);
  Array<float> y({3, 6, 11}), wantedY = y, wantedLast = state;
  referenceScan(x, wantedLast, wantedY, false);
  ASSERT_EQ(program.run({x.tensor(), state.tensor(), y.tensor(), state.tensor()}, 3), MIXIR_OK)
      << program.error();
  EXPECT_EQ(y.data, wantedY.data);
  EXPECT_EQ(state.data, wantedLast.data);
}

TEST(Launcher, convertsStatesOfOtherTypes) {
  for (const char *type : {"bf16", "f16"}) {
    bool isHalf = std::string(type) == "f16";
    TestProgram program(scanManifest(8, 4, false, type), {scanKernel});
    auto x = Array<float>::numbered({2, 5, 11}), h = Array<float>::numbered({2, 11}, 2);
    Array<float> y({2, 5, 11}), wantedY = y, wantedLast = h;
    Array<uint16_t> h0({2, 11}), last({2, 11});
    auto encode = isHalf ? mixir::runtime::floatToHalf : mixir::runtime::floatToBfloat;
    for (size_t i = 0; i < h.data.size(); i++)
      h0.data[i] = encode(h.data[i]);
    referenceScan(x, wantedLast, wantedY, false);
    mixir_dtype dtype = isHalf ? MIXIR_F16 : MIXIR_BF16;
    ASSERT_EQ(program.run({x.tensor(), h0.tensor(dtype), y.tensor(), last.tensor(dtype)}),
              MIXIR_OK)
        << program.error();
    EXPECT_EQ(y.data, wantedY.data);
    for (size_t i = 0; i < last.data.size(); i++)
      EXPECT_EQ(last.data[i], encode(wantedLast.data[i]));
  }
}

TEST(Launcher, startsCarriesWithoutInitAtZero) {
  std::string manifest = scanManifest(8, 4, false);
  manifest.replace(manifest.find(R"({"ref":"h0","part":""})"), 22, "null");
  TestProgram program(manifest, {scanKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  auto x = Array<float>::numbered({2, 6, 11}), h0 = Array<float>::numbered({2, 11});
  Array<float> y({2, 6, 11}), last({2, 11}), wantedY = y, wantedLast = last;
  referenceScan(x, wantedLast, wantedY, false);
  ASSERT_EQ(program.run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}), MIXIR_OK);
  EXPECT_EQ(y.data, wantedY.data);
  EXPECT_EQ(last.data, wantedLast.data);
}

/// Only a call knows how many rows a state has.
TEST(Launcher, refusesAStateThatEndsOutsideTheWorkSpace) {
  std::string manifest = scanManifest(8, 4, false);
  manifest.replace(manifest.find(R"("dims":["D"],"init")"), 12, R"("dims":["D","N"])");
  manifest.replace(manifest.find(R"("axes":[["B"],["D"]])"), 20, R"("axes":[["B"],["D"],["N"]])");
  manifest.replace(manifest.rfind(R"("axes":[["B"],["D"]])"), 20, R"("axes":[["B"],["D"],["N"]])");
  manifest.replace(manifest.find(R"({"name":"D"})"), 12, R"({"name":"D"},{"name":"N"})");
  TestProgram program(manifest, {scanKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  for (int64_t N : {1, 2}) {
    Array<float> x({3, 6, 11}), h0({3, 11, N}), y({3, 6, 11}), last({3, 11, N});
    EXPECT_EQ(program.run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}),
              N == 1 ? MIXIR_OK : MIXIR_ERROR_BAD_MANIFEST);
  }
  EXPECT_EQ(program.error(), "malformed manifest: kernel 'scan0': a state ends in row 3 of 2");
}

// ---- Halo ---------------------------------------------------------------------------------

void checkHalo(const char *kind, int tile, int low, int high, int64_t L, int64_t D) {
  TestProgram program(haloManifest(kind, tile, low, high), {haloKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  auto x = Array<float>::numbered({2, L, D});
  Array<float> y({2, L, D}), wanted = y;
  for (int64_t b = 0; b < 2; b++)
    for (int64_t t = 0; t < L; t++)
      for (int64_t d = 0; d < D; d++)
        for (int64_t j = 0; j <= low + high; j++)
          if (t - low + j >= 0 && t - low + j < L)
            wanted.at(b, t, d) += static_cast<float>(j + 1) * x.at(b, t - low + j, d);
  ASSERT_EQ(program.run({x.tensor(), y.tensor()}, 2), MIXIR_OK) << program.error();
  EXPECT_EQ(y.data, wanted.data) << kind << " " << tile << " " << low << " " << high;
  EXPECT_EQ(brokenPromises, 0);
}

TEST(Launcher, offersHalosWhereTheOperandHasThem) {
  for (const char *kind : {"serial", "parallel"})
    for (int tile : {1, 2, 4, 64})
      for (int64_t channels : {8, 13}) {
        checkHalo(kind, tile, 3, 0, 11, channels);
        checkHalo(kind, tile, 1, 2, 11, channels);
        checkHalo(kind, tile, 5, 5, 3, channels);
      }
}

// ---- Merged axes ----------------------------------------------------------------------------

/// y[g, r, p] = x[g, r, p] + 10 g, heads split in groups
int mergedKernel(void **pointers) {
  Args args(pointers);
  int group = args.scalar();
  View<float> x = args.buffer(), y = args.buffer();
  promise(x.rank() == 3);
  for (int p = 0; p < x.extent(0); p++)
    for (int r = 0; r < x.extent(1); r++)
      for (int t = 0; t < x.extent(2); t++)
        y(p, r, t) = x(p, r, t) + 10 * static_cast<float>(group);
  return 0;
}

const char kMergedManifest[] =
    R"("dims":[{"name":"B"},{"name":"L"},{"name":"G"},{"name":"R"},{"name":"P"}],"operands":[
    {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["G","R"],["P"]]},
    {"name":"s","role":"param","dtype":"f32","axes":[["G"]]},
    {"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["G","R"],["P"]]}],
    "kernels":[{"name":"k","loops":[{"dim":"B","block":1,"kind":"parallel"},
    {"dim":"G","block":1,"kind":"parallel"},{"dim":"P","block":4,"kind":"parallel","lanes":4}],
    "scalars":[{"kind":"start","dim":"G"}],"args":[
    {"ref":"x","access":"read","dims":["P","R","L"]},
    {"ref":"y","access":"write","dims":["P","R","L"]}]}])";

TEST(Launcher, splitsMergedAxes) {
  TestProgram program(kMergedManifest, {mergedKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  const int64_t B = 2, L = 3, G = 2, R = 3, P = 6;
  auto x = Array<float>::numbered({B, L, G * R, P});
  Array<float> s({G}), y({B, L, G * R, P});
  ASSERT_EQ(program.run({x.tensor(), s.tensor(), y.tensor()}, 2), MIXIR_OK) << program.error();
  for (int64_t b = 0; b < B; b++)
    for (int64_t t = 0; t < L; t++)
      for (int64_t head = 0; head < G * R; head++)
        for (int64_t p = 0; p < P; p++)
          EXPECT_EQ(y.at(b, t, head, p),
                    x.at(b, t, head, p) + 10 * static_cast<float>(head / R));
  EXPECT_EQ(brokenPromises, 0);
}

// ---- Outputs without the lane dimension ---------------------------------------------------

/// every lane block computes norm[t] = t; only one may write it
int laneFreeKernel(void **pointers) {
  Args args(pointers);
  int start = args.scalar();
  View<float> x = args.buffer(), y = args.buffer(), norm = args.buffer();
  for (int t = 0; t < y.extent(1); t++) {
    norm(t) += static_cast<float>(start + t); // += shows a second writer
    for (int d = 0; d < y.extent(0); d++)
      y(d, t) = x(d, t);
  }
  return 0;
}

TEST(Launcher, writesLaneFreeOutputsOnce) {
  const char *manifest =
      R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"}],"operands":[
      {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"norm","role":"out","dtype":"f32","axes":[["B"],["L"]]}],
      "kernels":[{"name":"k","loops":[{"dim":"B","block":1,"kind":"parallel"},
      {"dim":"D","block":8,"kind":"parallel","lanes":8},{"dim":"L","block":4,"kind":"serial"}],
      "scalars":[{"kind":"start","dim":"L"}],"args":[
      {"ref":"x","access":"read","dims":["D","L"]},{"ref":"y","access":"write","dims":["D","L"]},
      {"ref":"norm","access":"write","dims":["L"]}]}])";
  TestProgram program(manifest, {laneFreeKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  auto x = Array<float>::numbered({2, 10, 21});
  Array<float> y({2, 10, 21}), norm({2, 10});
  ASSERT_EQ(program.run({x.tensor(), y.tensor(), norm.tensor()}, 4), MIXIR_OK) << program.error();
  EXPECT_EQ(y.data, x.data);
  for (int64_t b = 0; b < 2; b++)
    for (int64_t t = 0; t < 10; t++)
      EXPECT_EQ(norm.at(b, t), t);
}

// ---- Complex parts, 16-bit types, integers -----------------------------------------------------

/// y = i x, with lanes over D; c[n] a complex row without lanes
int complexKernel(void **pointers) {
  Args args(pointers);
  View<float> xr = args.buffer(), xi = args.buffer(), cr = args.buffer(), ci = args.buffer();
  View<float> yr = args.buffer(), yi = args.buffer();
  promise(xr.stride(0) == 1 && yr.stride(0) == 1 && cr.stride(0) == 2);
  for (int d = 0; d < xr.extent(0); d++)
    for (int t = 0; t < xr.extent(1); t++) {
      yr(d, t) = -xi(d, t) + cr(1);
      yi(d, t) = xr(d, t) + ci(1);
    }
  return 0;
}

TEST(Launcher, viewsComplexArraysAsTwoParts) {
  const char *manifest =
      R"("dims":[{"name":"L"},{"name":"D"},{"name":"N"}],"operands":[
      {"name":"x","role":"in","dtype":"c64","axes":[["L"],["D"]]},
      {"name":"c","role":"param","dtype":"c64","axes":[["N"]]},
      {"name":"y","role":"out","dtype":"c64","axes":[["L"],["D"]]}],
      "kernels":[{"name":"k","loops":[{"dim":"D","block":8,"kind":"parallel","lanes":8},
      {"dim":"L","block":3,"kind":"serial"}],"scalars":[],"args":[
      {"ref":"x","access":"read","dims":["D","L"],"part":"re"},
      {"ref":"x","access":"read","dims":["D","L"],"part":"im"},
      {"ref":"c","access":"read","dims":["N"],"part":"re"},
      {"ref":"c","access":"read","dims":["N"],"part":"im"},
      {"ref":"y","access":"write","dims":["D","L"],"part":"re"},
      {"ref":"y","access":"write","dims":["D","L"],"part":"im"}]}])";
  TestProgram program(manifest, {complexKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  using Complex = std::complex<float>;
  Array<Complex> x({7, 11}), c({3}), y({7, 11});
  for (size_t i = 0; i < x.data.size(); i++)
    x.data[i] = Complex(static_cast<float>(i), -static_cast<float>(2 * i));
  c.data[1] = Complex(3, 4);
  ASSERT_EQ(program.run({x.tensor(MIXIR_C64), c.tensor(MIXIR_C64), y.tensor(MIXIR_C64)}),
            MIXIR_OK)
      << program.error();
  for (size_t i = 0; i < x.data.size(); i++)
    EXPECT_EQ(y.data[i], x.data[i] * Complex(0, 1) + c.data[1]);
  EXPECT_EQ(brokenPromises, 0);
}

/// copies bf16 bits; adds i32
int mixedKernel(void **pointers) {
  Args args(pointers);
  View<uint16_t> x = args.buffer<uint16_t>();
  View<int32_t> n = args.buffer<int32_t>();
  View<uint16_t> y = args.buffer<uint16_t>();
  for (int d = 0; d < x.extent(0); d++)
    y(d) = static_cast<uint16_t>(x(d) + n(d));
  return 0;
}

TEST(Launcher, passesSixteenBitAndIntegerElements) {
  const char *manifest =
      R"("dims":[{"name":"D"}],"operands":[
      {"name":"x","role":"in","dtype":"bf16","axes":[["D"]]},
      {"name":"n","role":"in","dtype":"i32","axes":[["D"]]},
      {"name":"y","role":"out","dtype":"bf16","axes":[["D"]]}],
      "kernels":[{"name":"k","loops":[{"dim":"D","block":8,"kind":"parallel","lanes":8}],
      "scalars":[],"args":[{"ref":"x","access":"read","dims":["D"]},
      {"ref":"n","access":"read","dims":["D"]},{"ref":"y","access":"write","dims":["D"]}]}])";
  TestProgram program(manifest, {mixedKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  for (int64_t size : {1, 7, 8, 65}) {
    Array<uint16_t> x({size}), y({size});
    Array<int32_t> n({size});
    for (int64_t i = 0; i < size; i++) {
      x.data[i] = static_cast<uint16_t>(i);
      n.data[i] = static_cast<int32_t>(100 * i);
    }
    ASSERT_EQ(program.run({x.tensor(MIXIR_BF16), n.tensor(MIXIR_I32), y.tensor(MIXIR_BF16)}),
              MIXIR_OK)
        << program.error();
    for (int64_t i = 0; i < size; i++)
      EXPECT_EQ(y.data[i], 101 * i);
  }
  EXPECT_EQ(brokenPromises, 0);
}

// ---- Several kernels and temporaries; failures ------------------------------------------------

int doubleKernel(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer(), y = args.buffer();
  for (int i = 0; i < x.extent(0); i++)
    y(i) = 2 * x(i);
  return 0;
}

int failingKernel(void **) { return 7; }
int doNothing(void **) { return 0; }

const char kChainManifest[] =
    R"("dims":[{"name":"B"},{"name":"D"}],"operands":[
    {"name":"x","role":"in","dtype":"f32","axes":[["B"],["D"]]},
    {"name":"y","role":"out","dtype":"f32","axes":[["B"],["D"]]}],
    "temps":[{"name":"t0","dtype":"f32","axes":[["B"],["D"]]},
             {"name":"t1","dtype":"f32","axes":[["B"],["D"]]}],
    "kernels":[
    {"name":"k0","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],"args":[
     {"ref":"x","access":"read","dims":["D"]},{"ref":"t0","access":"write","dims":["D"]}]},
    {"name":"k1","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],"args":[
     {"ref":"t0","access":"read","dims":["D"]},{"ref":"t1","access":"write","dims":["D"]}]},
    {"name":"k2","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],"args":[
     {"ref":"t1","access":"read","dims":["D"]},{"ref":"y","access":"write","dims":["D"]}]}])";

TEST(Launcher, handsTemporariesFromKernelToKernel) {
  TestProgram program(kChainManifest, {doubleKernel, doubleKernel, doubleKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  for (int64_t rows : {1, 5, 33}) {
    auto x = Array<float>::numbered({rows, 19});
    Array<float> y({rows, 19});
    ASSERT_EQ(program.run({x.tensor(), y.tensor()}, 2), MIXIR_OK) << program.error();
    for (size_t i = 0; i < x.data.size(); i++)
      EXPECT_EQ(y.data[i], 8 * x.data[i]);
  }
}

/// y[d, e] = a[d] - b[e]
int differenceKernel(void **pointers) {
  Args args(pointers);
  View<float> a = args.buffer(), b = args.buffer(), y = args.buffer();
  for (int e = 0; e < b.extent(0); e++)
    for (int d = 0; d < a.extent(0); d++)
      y(e, d) = a(d) - b(e);
  return 0;
}

TEST(Launcher, viewsHaveOtherNamesForDimensions) {
  const char manifest[] =
      R"("dims":[{"name":"B"},{"name":"D"},{"name":"E","expr":"D"},{"name":"R","value":2}],"operands":[
      {"name":"x","role":"in","dtype":"f32","axes":[["B"],["D","R"]]},
      {"name":"y","role":"out","dtype":"f32","axes":[["B"],["D"],["E"]]}],
      "temps":[{"name":"t0","dtype":"f32","axes":[["B"],["D"]]}],
      "views":[{"name":"x1","of":"x","at":{"R":1}},
               {"name":"x0_E","of":"x","at":{"R":0},"as":{"D":"E"}},
               {"name":"t0_E","of":"t0","at":{},"as":{"D":"E"}}],
      "kernels":[
      {"name":"k0","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],"args":[
       {"ref":"x1","access":"read","dims":["D"]},{"ref":"t0","access":"write","dims":["D"]}]},
      {"name":"k1","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],"args":[
       {"ref":"t0","access":"read","dims":["D"]},{"ref":"x0_E","access":"read","dims":["E"]},
       {"ref":"y","access":"write","dims":["E","D"]}]},
      {"name":"k2","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],"args":[
       {"ref":"x1","access":"read","dims":["D"]},{"ref":"t0_E","access":"read","dims":["E"]},
       {"ref":"y","access":"write","dims":["E","D"]}]}])";
  for (bool isLast : {false, true}) {
    // The last kernel to write decides: differences of the two entries, or with twice itself.
    TestProgram program(manifest, {doubleKernel, isLast ? doNothing : differenceKernel,
                                   isLast ? differenceKernel : doNothing});
    ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
    const int64_t rows = 3, size = 5;
    auto x = Array<float>::numbered({rows, size * 2});
    Array<float> y({rows, size, size});
    ASSERT_EQ(program.run({x.tensor(), y.tensor()}, 2), MIXIR_OK) << program.error();
    auto entry = [&](int64_t b, int64_t d, int64_t r) { return x.data[(b * size + d) * 2 + r]; };
    for (int64_t b = 0; b < rows; b++)
      for (int64_t d = 0; d < size; d++)
        for (int64_t e = 0; e < size; e++)
          EXPECT_EQ(y.data[(b * size + d) * size + e],
                    isLast ? entry(b, d, 1) - 2 * entry(b, e, 1)
                           : 2 * entry(b, d, 1) - entry(b, e, 0));
  }
}

TEST(Launcher, keepsItsMemoryForTheNextCall) {
  TestProgram program(kChainManifest, {doubleKernel, doubleKernel, doubleKernel});
  auto x = Array<float>::numbered({4, 100});
  Array<float> y({4, 100});
  ASSERT_EQ(program.run({x.tensor(), y.tensor()}), MIXIR_OK);
  size_t reserved = mixir_context_reserved_bytes(program.context);
  EXPECT_GE(reserved, 2 * 4 * 100 * sizeof(float));
  ASSERT_EQ(program.run({x.tensor(), y.tensor()}), MIXIR_OK);
  EXPECT_EQ(mixir_context_reserved_bytes(program.context), reserved);
  EXPECT_EQ(mixir_context_trim(program.context), MIXIR_OK);
  EXPECT_EQ(mixir_context_reserved_bytes(program.context), 0u);
}

TEST(Launcher, reportsAFailingKernelByName) {
  TestProgram program(kChainManifest, {doubleKernel, failingKernel, doubleKernel});
  auto x = Array<float>::numbered({4, 10});
  Array<float> y({4, 10});
  for (int threads : {1, 4}) {
    EXPECT_EQ(program.run({x.tensor(), y.tensor()}, threads), MIXIR_ERROR_KERNEL);
    EXPECT_EQ(program.error(), "kernel 'k1' failed with 7");
  }
}

// ---- The caller's own pool -------------------------------------------------------------------

struct OwnPool {
  int64_t slots = 0;
  static void parallelFor(void *user, int64_t n, mixir_parallel_body_fn body, void *arg) {
    static_cast<OwnPool *>(user)->slots += n;
    for (int64_t i = n - 1; i >= 0; i--)
      body(arg, i);
  }
};

TEST(Launcher, usesThePoolOfTheCaller) {
  TestProgram program(scanManifest(8, 4, false), {scanKernel});
  auto x = Array<float>::numbered({3, 6, 40}), h0 = Array<float>::numbered({3, 40});
  Array<float> y({3, 6, 40}), last({3, 40}), wantedY = y, wantedLast = h0;
  referenceScan(x, wantedLast, wantedY, false);
  OwnPool pool;
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.num_threads = 5;
  options.parallel_for = OwnPool::parallelFor;
  options.parallel_user = &pool;
  mixir_tensor tensors[] = {x.tensor(), h0.tensor(), y.tensor(), last.tensor()};
  ASSERT_EQ(mixir_program_run(program.context, program.program, tensors, 4, &options), MIXIR_OK);
  EXPECT_EQ(pool.slots, 5);
  EXPECT_EQ(y.data, wantedY.data);
  EXPECT_EQ(last.data, wantedLast.data);
}

/// A pool that calls the runtime again with the context it is serving.
struct CallingPool {
  TestProgram *program;
  mixir_tensor *tensors;
  int answer = MIXIR_OK;
  static void parallelFor(void *user, int64_t n, mixir_parallel_body_fn body, void *arg) {
    auto *pool = static_cast<CallingPool *>(user);
    pool->answer = mixir_program_run(pool->program->context, pool->program->program, pool->tensors, 4, nullptr);
    for (int64_t i = 0; i < n; i++)
      body(arg, i);
  }
};

TEST(Launcher, refusesASecondCallOnABusyContext) {
  TestProgram program(scanManifest(8, 4, false), {scanKernel});
  auto x = Array<float>::numbered({3, 6, 40}), h0 = Array<float>::numbered({3, 40});
  Array<float> y({3, 6, 40}), last({3, 40});
  mixir_tensor tensors[] = {x.tensor(), h0.tensor(), y.tensor(), last.tensor()};
  CallingPool pool{&program, tensors};
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.num_threads = 2;
  options.parallel_for = CallingPool::parallelFor;
  options.parallel_user = &pool;
  EXPECT_EQ(mixir_program_run(program.context, program.program, tensors, 4, &options), MIXIR_OK);
  EXPECT_EQ(pool.answer, MIXIR_ERROR_BUSY);
}

} // namespace
