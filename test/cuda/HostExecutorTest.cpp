// Kernels without mistakes: every way of laying out memory and of ordering threads gives the same.
#include "test/cuda/HostExecutor.h"
#include "test/cuda/Samples.h"

#include "runtime/Staging.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>

using namespace mixir;
using namespace mixir::cuda_test;
using interpreter::Array;
using interpreter::Arrays;

namespace {

/// Whole numbers, so that sums are exact in any order.
Array numbered(std::vector<int64_t> shape, Array::Kind kind = Array::F64) {
  Array array(std::move(shape), kind);
  for (size_t i = 0; i < array.data.size(); i++)
    array.data[i] = static_cast<double>(i * 7 % 31);
  return array;
}

class Kernels : public ::testing::TestWithParam<std::tuple<Layout, ThreadOrder>> {
protected:
  Arrays run(const Sample &sample, const Arrays &inputs, const Sizes &sizes = {}) {
    RunOptions options{std::get<0>(GetParam()), std::get<1>(GetParam())};
    auto executor = HostExecutor::compile(withPrelude(sample.source), sample.manifest());
    if (!executor) {
      ADD_FAILURE() << llvm::toString(executor.takeError());
      return {};
    }
    auto outputs = (*executor)->run(inputs, sizes, options);
    if (!outputs) {
      ADD_FAILURE() << llvm::toString(outputs.takeError());
      return {};
    }
    return *outputs;
  }
};

TEST_P(Kernels, AddVectorsWithRaggedTail) {
  Array x = numbered({100}), y = numbered({100});
  Array z = run(addVectors(), {{"x", x}, {"y", y}})["z"];
  ASSERT_EQ(z.shape, x.shape);
  for (size_t i = 0; i < 100; i++)
    EXPECT_EQ(z.data[i], x.data[i] + y.data[i]) << i;
}

TEST_P(Kernels, NothingOfAnEmptyDimension) {
  Array none({0});
  EXPECT_EQ(run(addVectors(), {{"x", none}, {"y", none}})["z"].shape, none.shape);
}

TEST_P(Kernels, TransposeThroughSharedMemory) {
  Array x = numbered({37, 20});
  Array y = run(transposeTile(), {{"x", x}})["y"];
  ASSERT_EQ(y.shape, (std::vector<int64_t>{20, 37}));
  for (size_t r = 0; r < 37; r++)
    for (size_t c = 0; c < 20; c++)
      EXPECT_EQ(y.data[c * 37 + r], x.data[r * 20 + c]) << r << ", " << c;
}

TEST_P(Kernels, SharedElementsInExpressions) {
  Sample sample = withBody("  tile[t] = p.x[t];\n"
                           "  tile[t] += 1.0f;\n"
                           "  __syncthreads();\n"
                           "  int i = 63 - t, odd = t % 2;\n"
                           "  float a = odd ? tile[i] : 0.0f, b = -tile[i] + tile[t] * 2;\n"
                           "  p.y[t] = tile[t] > tile[i] ? fmaf(tile[i], a, b) : a + b;\n");
  Array x = numbered({64}), y;
  if (std::get<0>(GetParam()) == Layout::Dense) // the sample knows no strides
    y = run(sample, {{"x", x}})["y"];
  for (size_t t = 0; t < y.data.size(); t++) {
    double mine = x.data[t] + 1, other = x.data[63 - t] + 1, a = t % 2 ? other : 0,
           b = mine * 2 - other;
    EXPECT_EQ(y.data[t], mine > other ? other * a + b : a + b) << t;
  }
}

TEST_P(Kernels, ScanByShuffles) {
  Array x = numbered({5, 70});
  Array y = run(scanRows(), {{"x", x}})["y"];
  ASSERT_EQ(y.shape, x.shape);
  for (size_t r = 0; r < 5; r++) {
    double sum = 0;
    for (size_t n = 0; n < 70; n++)
      EXPECT_EQ(y.data[r * 70 + n], sum += x.data[r * 70 + n]) << r << ", " << n;
  }
}

TEST_P(Kernels, PartsOfComplexNumbersAtMergedAxes) {
  Array z = numbered({3, 8}, Array::C128);
  Array y = run(splitParts(), {{"z", z}}, {{"G", 2}})["y"];
  ASSERT_EQ(y.shape, (std::vector<int64_t>{4, 3, 2}));
  for (size_t b = 0; b < 3; b++)
    for (size_t gr = 0; gr < 8; gr++)
      EXPECT_EQ(y.data[(gr % 4 * 3 + b) * 2 + gr / 4],
                z.data[(b * 8 + gr) * 2] * 10 + z.data[(b * 8 + gr) * 2 + 1]);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, Kernels,
    ::testing::Combine(::testing::Values(Layout::Dense, Layout::Spread),
                       ::testing::Values(ThreadOrder::Ascending, ThreadOrder::Descending)),
    [](const auto &info) {
      return std::string(std::get<0>(info.param) == Layout::Dense ? "Dense" : "Spread") +
             (std::get<1>(info.param) == ThreadOrder::Ascending ? "Ascending" : "Descending");
    });

/// One kernel leaves squares in a temporary, the next one sums neighbours. M is N-1.
TEST(Programs, KernelsShareATemporary) {
  const char *source = R"(
struct square_params { const float *x; float *t; long long t_N, size_N; };
extern "C" __global__ void square(square_params p) {
  if (threadIdx.x < p.size_N)
    p.t[threadIdx.x * p.t_N] = p.x[threadIdx.x] * p.x[threadIdx.x];
}
struct sum_params { const float *t; int *y; long long size_M; };
extern "C" __global__ void sum(sum_params p) {
  int m = blockIdx.x * blockDim.x + threadIdx.x;
  if (m < p.size_M)
    p.y[m] = (int)(p.t[m] + p.t[m + 1]);
})";
  const char *manifest = R"({
    "schema": 1, "name": "program", "target": {"kind": "cuda", "arch": "sm_90"},
    "dims": [{"name": "N"}, {"name": "M", "expr": "N-1"}],
    "operands": [{"name": "x", "role": "in", "dtype": "f32", "axes": [["N"]]},
                 {"name": "y", "role": "out", "dtype": "i32", "axes": [["M"]]}],
    "temps": [{"name": "t", "dtype": "f32", "axes": [["N"]]}],
    "kernels": [
      {"name": "square", "loops": [], "threads": 32, "shared_bytes": 0,
       "params": [{"kind": "data", "ref": "x"}, {"kind": "data", "ref": "t"},
                  {"kind": "stride", "ref": "t", "dim": "N"}, {"kind": "size", "dim": "N"}]},
      {"name": "sum", "loops": [{"dim": "M", "block": 4, "kind": "parallel"}], "threads": 4,
       "shared_bytes": 0,
       "params": [{"kind": "data", "ref": "t"}, {"kind": "data", "ref": "y"},
                  {"kind": "size", "dim": "M"}]}]})";
  auto executor = HostExecutor::compile(source, manifest);
  ASSERT_TRUE(bool(executor)) << llvm::toString(executor.takeError());
  for (int64_t n : {9, 20}) { // the same program at two sizes
    Array x = numbered({n});
    auto out = (*executor)->run({{"x", x}});
    ASSERT_TRUE(bool(out)) << llvm::toString(out.takeError());
    const Array &y = out->at("y");
    ASSERT_EQ(y.size(), n - 1);
    for (size_t m = 0; m < y.data.size(); m++)
      EXPECT_EQ(y.data[m], x.data[m] * x.data[m] + x.data[m + 1] * x.data[m + 1]);
  }
  auto wrong = (*executor)->run({{"x", numbered({9, 1})}});
  EXPECT_EQ(llvm::toString(wrong.takeError()), "'x': expected 1 axes, got 2");
  auto other = (*executor)->run({{"z", numbered({9})}});
  EXPECT_EQ(llvm::toString(other.takeError()), "no operand 'z'");
  auto nothing = (*executor)->run({});
  EXPECT_EQ(llvm::toString(nothing.takeError()), "nothing tells the size of dimension 'N'");
}

bool isSame(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// All bit patterns of the narrow types; for stores those floats, their neighbours and ties.
TEST(Halves, AreThoseOfTheRuntime) {
  constexpr int64_t kCount = 65536 * 4;
  Array h({kCount}), b({kCount}), f({kCount});
  for (size_t i = 0; i < kCount; i++) {
    auto bits = static_cast<uint16_t>(i);
    h.data[i] = runtime::halfToFloat(bits);
    b.data[i] = runtime::bfloatToFloat(bits);
    // The upper half of the bits of a float, and lower halves around every way of rounding
    uint32_t lower[] = {0x0000, 0x7fff, 0x8000, 0x8001};
    uint32_t word = static_cast<uint32_t>(bits) << 16 | lower[i >> 16];
    if (i >= 65536 * 2) { // ties of f16 instead
      float tie = runtime::halfToFloat(bits);
      std::memcpy(&word, &tie, 4);
      word += i < 65536 * 3 ? 0x1000 : 0x1001;
    }
    float value;
    std::memcpy(&value, &word, 4);
    f.data[i] = value;
  }
  Sample sample = convertHalves();
  auto executor = HostExecutor::compile(withPrelude(sample.source), sample.manifest());
  ASSERT_TRUE(bool(executor)) << llvm::toString(executor.takeError());
  auto out = (*executor)->run({{"h", h}, {"b", b}, {"f", f}});
  ASSERT_TRUE(bool(out)) << llvm::toString(out.takeError());
  int wrong = 0;
  for (size_t i = 0; i < kCount; i++) {
    float value = static_cast<float>(f.data[i]);
    wrong += !isSame((*out)["from_h"].data[i], h.data[i]);
    wrong += !isSame((*out)["from_b"].data[i], b.data[i]);
    wrong += !isSame((*out)["to_h"].data[i], runtime::halfToFloat(runtime::floatToHalf(value)));
    wrong += !isSame((*out)["to_b"].data[i], runtime::bfloatToFloat(runtime::floatToBfloat(value)));
  }
  EXPECT_EQ(wrong, 0);
}

} // namespace
