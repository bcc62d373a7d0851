// CudaBatchTest.cpp - packed sequences and indexed rows on a GPU: what kernels are told of them, the
// grids that they need, copies and captures, and every mistake.
#include "CudaTestProgram.h"

#include <algorithm>
#include <cstring>
#include <functional>

using namespace mixir::test;

namespace {

// ---- h = 2 h + x, y = h, one entry a block; z = 2 x in blocks of four steps ----------------------

const char kBatch[] = R"("batch":{"dim":"B","along":"L"},)";
const char kCarry[] =
    R"("carries":[{"name":"h","dims":["D"],"init":{"ref":"h0"},"final":{"ref":"h_last"}}],)";

std::string operandsOfScan(const std::string &dims = R"({"name":"B"},{"name":"L"},{"name":"D"})") {
  return "\"dims\":[" + dims + R"(],"operands":[)"
         R"({"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},)"
         R"({"name":"h0","role":"in","dtype":"f32","axes":[["B"],["D"]]},)"
         R"({"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["D"]]},)"
         R"({"name":"h_last","role":"out","dtype":"f32","axes":[["B"],["D"]]}],)"
         R"("temps":[{"name":"z","dtype":"f32","axes":[["B"],["L"],["D"]]}],)";
}

std::vector<std::string> scanWords() {
  std::vector<std::string> words = {batchWords()};
  for (const char *ref : {"x", "z", "y"})
    words.push_back(data(ref, *ref == 'y' ? "write" : "read") + "," + entry(ref) + "," +
                    strides(ref, "BLD"));
  for (const char *ref : {"h0", "h_last"})
    words.push_back(data(ref, std::strcmp(ref, "h0") ? "write" : "read") + "," + entry(ref) + "," +
                    strides(ref, "BD"));
  words.push_back(sizes("LD"));
  return words;
}

std::string scanManifest() {
  return operandsOfScan() + kBatch + "\"kernels\":[" +
         kernel("twice", {parallel('B', 1), parallel('L', 4)}, R"("threads":32,)",
                {batchWords(), data("x", "read"), entry("x"), strides("x", "BLD"),
                 data("z", "write"), entry("z"), strides("z", "BLD"), sizes("BLD")}) +
         "," + kernel("scan", {parallel('B', 1)}, std::string(R"("threads":32,)") + kCarry, scanWords()) +
         "]";
}

/// What kernels make of the rows and offsets that they are given.
struct Entry {
  int64_t row, first, length;
  Entry(const int64_t *rows, const int64_t *offsets, int64_t number, int64_t size)
      : row(rows ? rows[number] : number), first(offsets ? offsets[number] : row),
        length(offsets ? offsets[number + 1] - offsets[number] : size) {}
};

/// A tensor as a kernel has it.
struct Operand {
  float *base;
  int64_t entry, strideB, strideL = 0, strideD;
  Operand(Words &words, bool hasSteps) : base(words.pointer()) {
    entry = words.number();
    strideB = words.number();
    if (hasSteps)
      strideL = words.number();
    strideD = words.number();
  }
  float &at(const Entry &place, bool hasSteps, int64_t b, int64_t l, int64_t d) const {
    return base[(hasSteps ? place.first : place.row) * entry + b * strideB + l * strideL + d * strideD];
  }
};

void twiceKernel(const uint64_t *block, unsigned index) {
  Words words(block);
  auto *rows = words.pointer<int64_t>(), *offsets = words.pointer<int64_t>();
  Operand x(words, true), z(words, true);
  int64_t sizeB = words.number(), sizeL = words.number(), sizeD = words.number(), b = 0;
  int64_t task = index;
  if (!offsets) {
    b = task / ((sizeL + 3) / 4);
    task %= (sizeL + 3) / 4;
  } else {
    while (b + 1 < sizeB && offsets[b + 1] / 4 + b + 1 <= task)
      b++;
    task -= offsets[b] / 4 + b;
  }
  Entry at(rows, offsets, b, sizeL);
  for (int64_t l = 4 * task; at.row >= 0 && l < std::min(4 * task + 4, at.length); l++)
    for (int64_t d = 0; d < sizeD; d++)
      z.at(at, true, b, l, d) = 2 * x.at(at, true, b, l, d);
}

void scanKernel(const uint64_t *block, unsigned b) {
  Words words(block);
  auto *rows = words.pointer<int64_t>(), *offsets = words.pointer<int64_t>();
  Operand x(words, true), z(words, true), y(words, true), h0(words, false), last(words, false);
  int64_t sizeL = words.number(), sizeD = words.number();
  Entry at(rows, offsets, b, sizeL);
  for (int64_t d = 0; d < sizeD; d++) {
    float h = at.row < 0 ? 0 : h0.at(at, false, b, 0, d);
    for (int64_t l = 0; l < at.length; l++)
      if (at.row >= 0)
        y.at(at, true, b, l, d) = h = 2 * h + z.at(at, true, b, l, d) - x.at(at, true, b, l, d);
      else if (offsets || !y.entry)
        y.at(at, true, b, l, d) = 0;
    if (at.row >= 0 || !last.entry)
      last.at(at, false, b, 0, d) = h;
  }
}

class CudaBatch : public CudaTest {
protected:
  static constexpr int64_t D = 3;

  CudaBatch() {
    fake().kernels["twice"] = {twiceKernel, 15};
    fake().kernels["scan"] = {scanKernel, 27};
    EXPECT_EQ(open(scanManifest()), MIXIR_OK) << error();
  }

  /// What the steps begin .. end of an entry of x give, from `state`, which becomes the last one.
  static std::vector<float> alone(Array<float> &x, int64_t b, int64_t begin, int64_t end, float *state) {
    std::vector<float> y;
    for (int64_t l = begin; l < end; l++)
      for (int64_t d = 0; d < D; d++)
        y.push_back(state[d] = 2 * state[d] + x.at(b, l, d));
    return y;
  }

  mixir_batch packed(const std::vector<int64_t> &offsets) const {
    mixir_batch batch = {};
    batch.size = sizeof(batch);
    batch.dim = "B";
    batch.count = static_cast<int64_t>(offsets.size()) - 1;
    batch.along = "L";
    batch.offsets = offsets.data();
    return batch;
  }
  void index(mixir_batch &batch, const std::vector<int64_t> &rows) {
    batch.rows = rows.data();
    batch.indexed = indexed;
    batch.num_indexed = 2;
  }

  const char *indexed[2] = {"h0", "h_last"};
};

TEST_F(CudaBatch, isAnOrdinaryCallWithoutOne) {
  auto x = Array<float>::numbered({2, 5, D});
  Array<float> h0({2, D}, 1), y({2, 5, D}), last({2, D});
  ASSERT_EQ(run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}), MIXIR_OK) << error();
  for (int64_t b = 0; b < 2; b++) {
    float state[D] = {1, 1, 1};
    std::vector<float> wanted = alone(x, b, 0, 5, state);
    EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), &y.at(b, 0, 0)));
    EXPECT_TRUE(std::equal(state, state + D, &last.at(b, 0)));
  }
  EXPECT_EQ(fake().copies, 0);
  EXPECT_EQ(fake().launches[0].blocks, 4u); // 2 of B times 2 of L by 4
}

TEST_F(CudaBatch, packsSequencesOfAnyLength) {
  std::vector<int64_t> offsets = {0, 1, 1, 10, 14, 14};
  mixir_batch batch = packed(offsets);
  auto x = Array<float>::numbered({1, 14, D});
  auto h0 = Array<float>::numbered({5, D}, 3);
  Array<float> y({1, 14, D}, 7), last({5, D}, 7);
  ASSERT_EQ(run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}, kStream, &batch), MIXIR_OK)
      << error();
  for (int64_t i = 0; i < 5; i++) {
    float *state = &h0.at(i, 0);
    std::vector<float> wanted = alone(x, 0, offsets[i], offsets[i + 1], state);
    EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), &y.at(0, offsets[i], 0))) << i;
    EXPECT_TRUE(std::equal(state, state + D, &last.at(i, 0))) << i;
  }
  ASSERT_EQ(fake().launches.size(), 2u);
  EXPECT_EQ(fake().launches[0].blocks, 14u / 4 + 5);
  EXPECT_EQ(fake().launches[1].blocks, 5u);
  EXPECT_EQ(fake().copies, 1); // the offsets
  EXPECT_EQ(fake().synchronisations, 0);
  EXPECT_EQ(fake().allocs, 1);
  EXPECT_EQ(mixir_context_reserved_bytes(context), 128u + 256u); // offsets, then z: 14 x 3 floats
}

TEST_F(CudaBatch, findsStatesInRowsAndLeavesEntriesOut) {
  std::vector<int64_t> rows = {4, -1, 0};
  mixir_batch batch = packed({0});
  batch.along = nullptr;
  batch.offsets = nullptr;
  batch.count = 3;
  index(batch, rows);
  auto x = Array<float>::numbered({3, 2, D});
  auto pool = Array<float>::numbered({6, D}, 3), before = pool;
  Array<float> y({3, 2, D}, 7);
  ASSERT_EQ(run({x.tensor(), pool.tensor(), y.tensor(), pool.tensor()}, nullptr, &batch), MIXIR_OK)
      << error();
  for (int64_t i : {0, 2}) {
    float *state = &before.at(rows[i], 0);
    std::vector<float> wanted = alone(x, i, 0, 2, state);
    EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), &y.at(i, 0, 0))) << i;
  }
  EXPECT_EQ(pool.data, before.data);
  EXPECT_TRUE(std::all_of(&y.at(1, 0, 0), &y.at(2, 0, 0), [](float value) { return value == 0; }));
}

TEST_F(CudaBatch, rowsAndOffsetsMayBeOnTheDevice) {
  std::vector<int64_t> offsets = {0, 3, 3, 8}, rows = {1, -1, 3};
  mixir_batch batch = packed(offsets);
  index(batch, rows);
  batch.device = MIXIR_CUDA;
  auto x = Array<float>::numbered({1, 8, D});
  Array<float> pool({4, D}, 1), y({1, 8, D});
  std::vector<mixir_tensor> tensors = {x.tensor(), pool.tensor(), y.tensor(), pool.tensor()};
  ASSERT_EQ(run(tensors, kStream, &batch), MIXIR_OK) << error();
  EXPECT_EQ(fake().copies, 0);
  float state[D] = {1, 1, 1};
  std::vector<float> wanted = alone(x, 0, 3, 8, state);
  EXPECT_TRUE(std::equal(wanted.begin(), wanted.end(), &y.at(0, 3, 0)));
  EXPECT_TRUE(std::equal(state, state + D, &pool.at(3, 0)));
  // They are read when the kernels run: a graph may be launched on others.
  fake().capturing = kStream;
  EXPECT_EQ(run(tensors, kStream, &batch), MIXIR_OK) << error();
  EXPECT_EQ(fake().launches.size(), 4u);
}

TEST_F(CudaBatch, isNotCapturedWithRowsOfTheCpu) {
  std::vector<int64_t> offsets = {0, 3, 8};
  mixir_batch batch = packed(offsets);
  auto x = Array<float>::numbered({1, 8, D});
  Array<float> h({2, D}), y({1, 8, D}), last = h;
  std::vector<mixir_tensor> tensors = {x.tensor(), h.tensor(), y.tensor(), last.tensor()};
  ASSERT_EQ(run(tensors, kStream, &batch), MIXIR_OK) << error();
  fake().capturing = kStream;
  EXPECT_EQ(run(tensors, kStream, &batch), MIXIR_ERROR_CUDA);
  EXPECT_EQ(error(), "batch: expected offsets and rows in device memory while the stream is "
                     "capturing, got memory of the cpu");
  EXPECT_EQ(fake().launches.size(), 2u);
}

TEST_F(CudaBatch, copiesMayFail) {
  std::vector<int64_t> offsets = {0, 3, 8};
  mixir_batch batch = packed(offsets);
  Array<float> x({1, 8, D}), h({2, D}), y = x, last = h;
  fake().failures["cuMemcpyHtoDAsync"] = 700;
  EXPECT_EQ(run({x.tensor(), h.tensor(), y.tensor(), last.tensor()}, kStream, &batch),
            MIXIR_ERROR_CUDA);
  EXPECT_EQ(error(), "cuMemcpyHtoDAsync failed with CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory "
                     "access was encountered");
  EXPECT_TRUE(fake().launches.empty());
}

TEST_F(CudaBatch, ofNothing) {
  std::vector<int64_t> none = {0}, empty = {0, 0, 0};
  for (const std::vector<int64_t> &offsets : {none, empty}) {
    mixir_batch batch = packed(offsets);
    Array<float> x({1, 0, D}), y = x, h0({batch.count, D}, 5), last({batch.count, D});
    ASSERT_EQ(run({x.tensor(), h0.tensor(), y.tensor(), last.tensor()}, nullptr, &batch), MIXIR_OK)
        << error();
    EXPECT_EQ(last.data, h0.data);
  }
  ASSERT_EQ(fake().launches.size(), 1u);
  EXPECT_EQ(fake().launches[0].kernel, "scan");
}

// ---- Mistakes -----------------------------------------------------------------------------------

class CudaBatchErrors : public CudaBatch {
protected:
  void expect(int status, const std::string &text) {
    EXPECT_EQ(run(tensors, nullptr, &batch), status);
    EXPECT_EQ(error(), text);
    EXPECT_TRUE(fake().launches.empty());
  }
  void expectMalformed(const std::string &members, const std::string &text) {
    mixir_program_close(program);
    EXPECT_EQ(open(members), MIXIR_ERROR_BAD_MANIFEST);
    EXPECT_EQ(error(), "malformed manifest: " + text);
  }

  Array<float> x{{1, 9, D}}, y{{1, 9, D}}, h0{{3, D}}, last{{3, D}};
  std::vector<mixir_tensor> tensors = {x.tensor(), h0.tensor(), y.tensor(), last.tensor()};
  std::vector<int64_t> offsets = {0, 4, 4, 9}, rows = {2, 0, 1};
  mixir_batch batch = packed(offsets);
};

TEST_F(CudaBatchErrors, lengthsThatPassThePackedTensors) {
  offsets[3] = 10;
  expect(MIXIR_ERROR_SHAPE, "tensor 'x' axis 1 (L): expected 10, the last of the offsets, got 9");
  offsets[3] = 3;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected offsets[3] of at least 4, as offsets[2] is, got 3");
  batch.device = MIXIR_CUDA; // not looked at, but tensors must be of one length
  tensors[2].shape[1] = 8;
  expect(MIXIR_ERROR_SHAPE, "tensor 'y' axis 1 (L): expected 9, as in 'x', got 8");
}

TEST_F(CudaBatchErrors, rowsThatAreNotThere) {
  index(batch, rows);
  rows[1] = 3;
  expect(MIXIR_ERROR_SHAPE,
         "tensor 'h0' axis 0 (B): expected more than 3 rows, as entry 1 is that row, got 3");
}

TEST_F(CudaBatchErrors, rowsOfSeveralEntries) {
  index(batch, rows);
  rows[1] = 2;
  expect(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected a row for each entry, as an output is "
                                       "indexed, got row 2 for entries 0 and 1");
}

TEST_F(CudaBatchErrors, rowsOnNoKnownDevice) {
  batch.device = 7;
  expect(MIXIR_ERROR_DEVICE,
         "batch: expected offsets and rows in memory of the cpu or cuda, got device 7");
}

TEST_F(CudaBatchErrors, dimensionsThatItWasNotCompiledFor) {
  batch.dim = "D";
  expect(MIXIR_ERROR_UNSUPPORTED, "program 'test': expected a batch of B, as the program was "
                                  "compiled, got D");
  batch.dim = "B";
  batch.along = "D";
  expect(MIXIR_ERROR_UNSUPPORTED, "program 'test': expected a batch packed along L, as the program "
                                  "was compiled, got D");
}

TEST_F(CudaBatchErrors, programsWithoutABatch) {
  mixir_program_close(program);
  std::string manifest = scanManifest();
  for (std::string part : {std::string(kBatch), batchWords() + ",", batchWords() + ",", entry("x") + ",",
                           entry("x") + ",", entry("z") + ",", entry("z") + ",", entry("y") + ",",
                           entry("h0") + ",", entry("h_last") + ","}) {
    ASSERT_NE(manifest.find(part), std::string::npos) << part;
    manifest.erase(manifest.find(part), part.size());
  }
  ASSERT_EQ(open(manifest), MIXIR_OK) << error();
  expect(MIXIR_ERROR_UNSUPPORTED, "program 'test': expected no batch of any dimension, as the program "
                                  "was compiled, got B");
}

TEST_F(CudaBatchErrors, malformedManifests) {
  std::string loops = R"("kernels":[{"name":"scan","threads":32,"loops":[)";
  auto withParams = [&](const std::string &loop, const std::string &params) {
    return operandsOfScan() + kBatch + loops + loop + R"(],"params":[)" + params + "]}]";
  };
  expectMalformed(withParams(parallel('B', 1), ""),
                  "kernel 'scan': expected rows and offsets exactly where it loops over the batch");
  expectMalformed(withParams("", batchWords()),
                  "kernel 'scan': expected rows and offsets exactly where it loops over the batch");
  expectMalformed(withParams(parallel('B', 2), batchWords()),
                  "kernel 'scan': expected one entry of the batch a block");
  expectMalformed(withParams("", entry("x")), "kernel 'scan': 'x' has no entries of the batch");
  expectMalformed(operandsOfScan() + R"("batch":{"dim":"Q"},"kernels":[])",
                  "manifest.batch.dim: unknown dimension 'Q'");
  expectMalformed(operandsOfScan() + R"("batch":{"dim":"B","along":"B"},"kernels":[])",
                  "manifest.batch.along: expected another dimension than 'dim'");
}

} // namespace
