// CheckTest.cpp - every check that is made before a call: the code and the whole message.
#include "TestProgram.h"

#include <climits>

using namespace mixir::test;

namespace {

int noKernel(void **) { return 0; }

// x [B, L, (G R)], w [R, W], s [P], y [B, L, (G R)] and P = W - 1
const char kManifest[] =
    R"("dims":[{"name":"B"},{"name":"L"},{"name":"G"},{"name":"R"},{"name":"K","value":4},
    {"name":"W"},{"name":"P","expr":"W-1"}],"operands":[
    {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["G","R"]]},
    {"name":"w","role":"param","dtype":"f32","axes":[["R"],["W"]]},
    {"name":"k","role":"in","dtype":"f32","axes":[["K"]]},
    {"name":"s","role":"in","dtype":"f32","axes":[["B"],["P"]]},
    {"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["G","R"]]},
    {"name":"s_last","role":"out","dtype":"f32","axes":[["B"],["P"]]}],
    "kernels":[{"name":"k0","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],
    "args":[]}])";

class Checks : public testing::Test {
protected:
  Checks()
      : program(kManifest, {noKernel}), x({2, 3, 6}), w({3, 4}), k({4}), s({2, 3}), y({2, 3, 6}),
        sLast({2, 3}) {
    tensors = {x.tensor(), w.tensor(), k.tensor(), s.tensor(), y.tensor(), sLast.tensor()};
  }

  void expect(int status, const std::string &text) {
    EXPECT_EQ(program.run(tensors), status);
    EXPECT_EQ(program.error(), text);
    EXPECT_EQ(mixir_context_last_status(program.context), status);
  }

  TestProgram program;
  Array<float> x, w, k, s, y, sLast;
  std::vector<mixir_tensor> tensors;
};

TEST_F(Checks, acceptsWhatIsRight) {
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  EXPECT_EQ(program.run(tensors), MIXIR_OK) << program.error();
}

TEST_F(Checks, count) {
  tensors.pop_back();
  expect(MIXIR_ERROR_TENSOR_COUNT, "program 'test': expected 6 tensors, got 5");
}

TEST_F(Checks, nullData) {
  tensors[0].data = nullptr;
  expect(MIXIR_ERROR_NULL_DATA, "tensor 'x': expected data, got a null pointer");
}

TEST_F(Checks, nullDataOfAnEmptyTensorIsFine) {
  for (size_t i : {0, 3, 4, 5}) {
    tensors[i].shape[0] = 0;
    tensors[i].data = nullptr;
  }
  EXPECT_EQ(program.run(tensors), MIXIR_OK) << program.error();
}

TEST_F(Checks, rank) {
  tensors[0].ndim = 2;
  expect(MIXIR_ERROR_RANK, "tensor 'x': expected 3 axes [B, L, (G R)], got 2");
}

TEST_F(Checks, dtype) {
  tensors[1].dtype = MIXIR_BF16;
  expect(MIXIR_ERROR_DTYPE, "tensor 'w': expected f32, got bf16");
  tensors[1].dtype = 77;
  expect(MIXIR_ERROR_DTYPE, "tensor 'w': expected f32, got type 77");
}

TEST_F(Checks, device) {
  tensors[1].device = MIXIR_CUDA;
  expect(MIXIR_ERROR_DEVICE, "tensor 'w': expected memory of the cpu, got cuda");
  tensors[1].device = 9;
  expect(MIXIR_ERROR_DEVICE, "tensor 'w': expected memory of the cpu, got device 9");
}

TEST_F(Checks, negativeExtent) {
  tensors[0].shape[1] = -3;
  expect(MIXIR_ERROR_EXTENT, "tensor 'x': axis 1 (L): expected an extent of 0 or more, got -3");
}

TEST_F(Checks, extentBeyondInt32) {
  tensors[0].shape[1] = int64_t(1) << 31;
  expect(MIXIR_ERROR_EXTENT,
         "tensor 'x' axis 1 (L): expected an extent of at most 2147483647, got 2147483648");
}

TEST_F(Checks, disagreeingExtents) {
  tensors[4].shape[1] = 5;
  expect(MIXIR_ERROR_SHAPE, "tensor 'y' axis 1 (L): expected 3, as in 'x', got 5");
}

TEST_F(Checks, fixedSize) {
  tensors[2].shape[0] = 5;
  expect(MIXIR_ERROR_SHAPE,
         "tensor 'k' axis 0 (K): expected 4, fixed when the program was compiled, got 5");
}

TEST_F(Checks, derivedSize) {
  tensors[3].shape[1] = tensors[5].shape[1] = 2;
  expect(MIXIR_ERROR_SHAPE, "tensor 's' axis 1 (P): expected 3, which is W-1, got 2");
}

TEST_F(Checks, derivedSizeBelowZero) {
  tensors[1].shape[1] = 0;
  tensors[1].data = nullptr;
  expect(MIXIR_ERROR_EXTENT, "dimension P is W-1 = -1, expected a size from 0 to 2147483647");
}

TEST_F(Checks, mergedAxisNotDivisible) {
  tensors[0].shape[2] = 7;
  expect(MIXIR_ERROR_DIVISIBILITY, "tensor 'x' axis 2 (G R): expected a multiple of 3, got 7");
}

TEST_F(Checks, mergedAxesDisagree) {
  tensors[4].shape[2] = 9;
  expect(MIXIR_ERROR_SHAPE, "tensor 'y' axis 2 (G R): expected 2 * 3, got 9");
}

TEST_F(Checks, mergedAxisWithAnEmptyFactor) {
  tensors[1].shape[0] = 0;
  expect(MIXIR_ERROR_DIVISIBILITY, "tensor 'x' axis 2 (G R): expected a multiple of 0, got 6");
  tensors[0].shape[2] = tensors[4].shape[2] = 0;
  expect(MIXIR_ERROR_UNDETERMINED, "no tensor tells the size of dimension G");
}

TEST_F(Checks, negativeStride) {
  tensors[0].strides[1] = -6;
  expect(MIXIR_ERROR_STRIDE, "tensor 'x': axis 1 (L): expected a stride of 0 or more, got -6");
}

TEST_F(Checks, strideZeroOfAnOutput) {
  tensors[4].strides[0] = 0;
  expect(MIXIR_ERROR_STRIDE,
         "tensor 'y': axis 0 (B): expected a stride above 0 for an output, got 0");
}

TEST_F(Checks, strideZeroOfAnInputIsFine) {
  tensors[0].strides[0] = tensors[0].strides[1] = 0;
  EXPECT_EQ(program.run(tensors), MIXIR_OK) << program.error();
}

TEST_F(Checks, outputThatOverlapsItself) {
  tensors[4].strides[0] = 4;
  expect(MIXIR_ERROR_STRIDE,
         "tensor 'y': expected output elements that share no memory, got strides [4, 6, 1]");
}

TEST_F(Checks, alignment) {
  tensors[0].data = reinterpret_cast<char *>(tensors[0].data) + 2;
  EXPECT_EQ(program.run(tensors), MIXIR_ERROR_ALIGNMENT);
  EXPECT_EQ(program.error().find("tensor 'x': expected data aligned to 4 bytes, got address 0x"),
            0u);
}

TEST_F(Checks, bytesOverflow) {
  tensors[0].strides[0] = INT64_MAX / 2;
  expect(MIXIR_ERROR_TOO_LARGE, "tensor 'x': its size in bytes does not fit 63 bits");
}

TEST_F(Checks, readOnlyOutput) {
  tensors[4].read_only = 1;
  expect(MIXIR_ERROR_READ_ONLY,
         "tensor 'y': expected writable memory for an output, got read-only");
  tensors[4].read_only = 0;
  tensors[0].read_only = 1;
  EXPECT_EQ(program.run(tensors), MIXIR_OK);
}

TEST_F(Checks, overlapOfOutputAndInput) {
  tensors[4].data = tensors[0].data;
  expect(MIXIR_ERROR_OVERLAP,
         "tensor 'y': expected an output that shares no memory, got an overlap with 'x'");
}

TEST_F(Checks, overlapOfOutputsByOneElement) {
  std::vector<float> memory(36 + 6);
  tensors[4].data = memory.data();
  tensors[5].data = memory.data() + 36;
  EXPECT_EQ(program.run(tensors), MIXIR_OK) << program.error();
  tensors[5].data = memory.data() + 35;
  expect(MIXIR_ERROR_OVERLAP,
         "tensor 's_last': expected an output that shares no memory, got an overlap with 'y'");
}

TEST_F(Checks, columnSlicesOfOneMatrixDoNotOverlap) {
  std::vector<float> memory(2 * 3 * 16);
  for (size_t i : {0, 4}) {
    tensors[i].strides[0] = 3 * 16;
    tensors[i].strides[1] = 16;
  }
  tensors[0].data = memory.data();
  tensors[4].data = memory.data() + 8;
  EXPECT_EQ(program.run(tensors), MIXIR_OK) << program.error();
  tensors[4].data = memory.data() + 5;
  expect(MIXIR_ERROR_OVERLAP,
         "tensor 'y': expected an output that shares no memory, got an overlap with 'x'");
}

TEST_F(Checks, nothingIsWrittenOnAnError) {
  std::fill(y.data.begin(), y.data.end(), 7.f);
  tensors[5].shape[0] = 9;
  EXPECT_NE(program.run(tensors), MIXIR_OK);
  for (float value : y.data)
    EXPECT_EQ(value, 7.f);
}

TEST_F(Checks, nullArguments) {
  EXPECT_EQ(mixir_program_run(nullptr, program.program, tensors.data(), 6, nullptr),
            MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(mixir_program_run(program.context, nullptr, tensors.data(), 6, nullptr),
            MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(program.error(), "expected a program, got a null pointer");
  EXPECT_EQ(mixir_program_run(program.context, program.program, nullptr, 6, nullptr),
            MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(program.error(), "expected an array of tensors, got a null pointer");
}

TEST_F(Checks, runOptions) {
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  auto run = [&] {
    return mixir_program_run(program.context, program.program, tensors.data(), 6, &options);
  };
  EXPECT_EQ(run(), MIXIR_OK);
  options.num_threads = -1;
  EXPECT_EQ(run(), MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(program.error(), "run options: expected 0 or more threads, got -1");
  options.num_threads = 0;
  options.stream = &options;
  EXPECT_EQ(run(), MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(program.error(), "run options: expected no stream for a cpu program");
  options.size = offsetof(mixir_run_options, parallel_for); // an older caller's struct
  EXPECT_EQ(run(), MIXIR_OK) << program.error();
  options.size = 0;
  EXPECT_EQ(run(), MIXIR_ERROR_INVALID_ARGUMENT);
}

// ---- Names ------------------------------------------------------------------------------------

TEST_F(Checks, bindsByNameInAnyOrder) {
  const char *names[] = {"s_last", "y", "s", "k", "w", "x"};
  std::vector<mixir_tensor> reversed(tensors.rbegin(), tensors.rend());
  auto run = [&](int count) {
    return mixir_program_run_named(program.context, program.program, names, reversed.data(), count,
                                   nullptr);
  };
  EXPECT_EQ(run(6), MIXIR_OK) << program.error();
  EXPECT_EQ(run(5), MIXIR_ERROR_NAME);
  EXPECT_EQ(program.error(), "operand 'x' of program 'test' is missing");
  names[0] = "y";
  EXPECT_EQ(run(6), MIXIR_ERROR_NAME);
  EXPECT_EQ(program.error(), "operand 'y' is given twice");
  names[0] = "nobody";
  EXPECT_EQ(run(6), MIXIR_ERROR_NAME);
  EXPECT_EQ(program.error(), "program 'test' has no operand 'nobody'");
}

TEST_F(Checks, answersQuestionsAboutAProgram) {
  const mixir_program *p = program.program;
  EXPECT_STREQ(mixir_program_name(p), "test");
  EXPECT_EQ(mixir_program_device(p), MIXIR_CPU);
  EXPECT_EQ(mixir_program_device(nullptr), -1);
  EXPECT_EQ(mixir_program_operand_count(p), 6);
  EXPECT_EQ(mixir_program_output_count(p), 2);
  EXPECT_EQ(mixir_program_find_operand(p, "k"), 2);
  EXPECT_EQ(mixir_program_find_operand(p, "nobody"), -1);
  EXPECT_STREQ(mixir_program_operand_axes(p, 0), "[B, L, (G R)]");
  EXPECT_STREQ(mixir_program_operand_axis(p, 0, 2), "G R");
  EXPECT_EQ(mixir_program_operand_axis(p, 0, 3), nullptr);
  EXPECT_EQ(mixir_program_operand_role(p, 1), MIXIR_ROLE_PARAM);
  EXPECT_EQ(mixir_program_operand_dtype(p, 1), MIXIR_F32);
  EXPECT_EQ(mixir_program_operand_rank(p, 1), 2);
  EXPECT_EQ(mixir_program_operand_name(p, 6), nullptr);
  EXPECT_EQ(mixir_program_operand_name(p, -1), nullptr);
  EXPECT_EQ(mixir_program_dim_count(p), 7);
  EXPECT_STREQ(mixir_program_dim_name(p, 4), "K");
  EXPECT_EQ(mixir_program_dim_size(p, 4), 4);
  EXPECT_EQ(mixir_program_dim_size(p, 0), -1);
}

TEST_F(Checks, infersOutputs) {
  for (size_t i : {4, 5})
    tensors[i] = mixir_tensor{};
  ASSERT_EQ(mixir_program_infer_outputs(program.context, program.program, tensors.data(), 6,
                                        nullptr),
            MIXIR_OK)
      << program.error();
  EXPECT_EQ(tensors[4].ndim, 3);
  EXPECT_EQ(tensors[4].shape[2], 6);
  EXPECT_EQ(tensors[4].strides[1], 6);
  EXPECT_EQ(tensors[4].dtype, MIXIR_F32);
  EXPECT_EQ(tensors[5].shape[1], 3);
}

// ---- Sizes from where they can be known -------------------------------------------------------

TEST(Solver, findsWhatADerivedSizeIsDerivedFrom) {
  TestProgram program(R"("dims":[{"name":"W"},{"name":"P","expr":"2*W-1"}],"operands":[
      {"name":"x","role":"in","dtype":"f32","axes":[["P"]]},
      {"name":"y","role":"out","dtype":"f32","axes":[["W"]]}],"kernels":[])",
                      {});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  Array<float> x({7}), y({4});
  mixir_tensor tensors[] = {x.tensor(), mixir_tensor{}};
  ASSERT_EQ(mixir_program_infer_outputs(program.context, program.program, tensors, 2, nullptr),
            MIXIR_OK);
  EXPECT_EQ(tensors[1].shape[0], 4);
  EXPECT_EQ(program.run({x.tensor(), y.tensor()}), MIXIR_OK) << program.error();
}

TEST(Solver, takesSizesThatNoInputTells) {
  TestProgram program(R"("dims":[{"name":"S"}],"operands":[
      {"name":"y","role":"out","dtype":"f32","axes":[["S"]]}],"kernels":[])",
                      {});
  mixir_tensor tensor{};
  int64_t sizes[] = {-1};
  EXPECT_EQ(mixir_program_infer_outputs(program.context, program.program, &tensor, 1, sizes),
            MIXIR_ERROR_UNDETERMINED);
  EXPECT_EQ(program.error(), "no tensor tells the size of dimension S");
  sizes[0] = 5;
  EXPECT_EQ(mixir_program_infer_outputs(program.context, program.program, &tensor, 1, sizes),
            MIXIR_OK);
  EXPECT_EQ(tensor.shape[0], 5);
}

TEST(Checks64, productsBeyondInt32AreFine) {
  TestProgram program(R"("dims":[{"name":"A"},{"name":"B"}],"operands":[
      {"name":"x","role":"in","dtype":"f32","axes":[["A","B"]]},
      {"name":"b","role":"in","dtype":"f32","axes":[["B"]]}],"kernels":[])",
                      {});
  float value = 0;
  int64_t product = int64_t(100000) * 100000, one = 100000;
  mixir_tensor x = mixir_tensor_dense(&value, MIXIR_F32, 1, &product);
  mixir_tensor b = mixir_tensor_dense(&value, MIXIR_F32, 1, &one);
  x.strides[0] = 0; // no memory behind it
  b.strides[0] = 0;
  EXPECT_EQ(program.run({x, b}), MIXIR_OK) << program.error();
}

} // namespace
