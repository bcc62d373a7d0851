// Each mistake that the executor finds, with the text that it finds it by. Lines are those of the
// source: the body that a test gives starts at line 5.
#include "test/cuda/HostExecutor.h"
#include "test/cuda/Samples.h"

#include "gtest/gtest.h"

using namespace mixir;
using namespace mixir::cuda_test;

namespace {

std::string problemOf(const Sample &sample) {
  auto executor = HostExecutor::compile(sample.source, sample.manifest());
  if (!executor)
    return llvm::toString(executor.takeError());
  interpreter::Array x({64});
  auto outputs = (*executor)->run({{"x", x}});
  return outputs ? "" : llvm::toString(outputs.takeError());
}

std::string problemOfBody(const std::string &body) { return problemOf(withBody(body)); }

TEST(Mistakes, NoneInAGoodBody) {
  EXPECT_EQ(problemOfBody("  tile[t] = p.x[t];\n"
                          "  __syncthreads();\n"
                          "  p.y[t] = tile[63 - t];\n"),
            "");
}

TEST(Mistakes, ReadWithoutABarrier) {
  EXPECT_EQ(problemOfBody("  tile[t] = p.x[t];\n"
                          "  p.y[t] = tile[t / 2];\n"),
            "kernel 'sample': block 0: race on shared tile[0]: thread 0 writes it at line 5, "
            "thread 1 reads it at line 6, no barrier between them");
}

TEST(Mistakes, WriteWhileAnotherThreadReads) {
  EXPECT_EQ(problemOfBody("  tile[t] = p.x[t];\n"
                          "  __syncthreads();\n"
                          "  p.y[t] = tile[t] + tile[3];\n"
                          "  if (t == 3)\n"
                          "    tile[t] = 1.0f;\n"),
            "kernel 'sample': block 0: race on shared tile[3]: thread 0 reads it at line 7, "
            "thread 3 writes it at line 9, no barrier between them");
}

TEST(Mistakes, TwoWriters) {
  EXPECT_EQ(problemOfBody("  if (t == 7 || t == 9)\n"
                          "    tile[1] = p.x[t];\n"),
            "kernel 'sample': block 0: race on shared tile[1]: thread 7 writes it at line 6, "
            "thread 9 writes it at line 6, no barrier between them");
}

TEST(Mistakes, ReadBeforeAnyWrite) {
  EXPECT_EQ(problemOfBody("  if (t != 5)\n"
                          "    tile[t] = p.x[t];\n"
                          "  __syncthreads();\n"
                          "  p.y[t] = tile[t];\n"),
            "kernel 'sample': block 0: shared tile[5] is not written in this block: "
            "thread 5 reads it at line 8");
}

TEST(Mistakes, BarrierThatOneThreadDoesNotReach) {
  EXPECT_EQ(problemOfBody("  if (t == 40)\n"
                          "    return;\n"
                          "  __syncthreads();\n"),
            "kernel 'sample': block 0: barrier not reached by all threads: thread 0 waits for the "
            "barrier at line 7, thread 40 has ended");
}

TEST(Mistakes, TwoBarriersInsteadOfOne) {
  EXPECT_EQ(problemOfBody("  if (t < 32)\n"
                          "    __syncthreads();\n"
                          "  else\n"
                          "    __syncthreads();\n"),
            "kernel 'sample': block 0: barrier not reached by all threads: thread 0 waits for the "
            "barrier at line 6, thread 32 waits for the barrier at line 8");
}

TEST(Mistakes, ShuffleThatOneLaneDoesNotReach) {
  EXPECT_EQ(problemOfBody("  if (t != 3)\n"
                          "    p.y[t] = __shfl_sync(0xffffffffu, p.x[t], 0);\n"),
            "kernel 'sample': block 0: shuffle not reached by all threads: thread 0 waits for the "
            "shuffle at line 6, thread 3 has ended");
}

TEST(Mistakes, ShuffleFromALaneThatTakesNoPart) {
  EXPECT_EQ(problemOfBody("  if (t < 16)\n"
                          "    p.y[t] = __shfl_sync(0xffffu, p.x[t], 20);\n"),
            "kernel 'sample': block 0: shuffle at line 6: thread 0 asks lane 20, which takes no "
            "part");
}

TEST(Mistakes, SharedIndexOutOfBounds) {
  EXPECT_EQ(problemOfBody("  tile[t + 1] = p.x[t];\n"),
            "kernel 'sample': block 0: shared tile[64] is out of bounds of 64 elements: "
            "thread 63 writes it at line 5");
  EXPECT_EQ(problemOfBody("  p.y[t] = tile[t - 1];\n"),
            "kernel 'sample': block 0: shared tile[-1] is out of bounds of 64 elements: "
            "thread 0 reads it at line 5");
}

TEST(Mistakes, IndexOfAnOwnArrayOutOfBounds) {
  EXPECT_EQ(problemOfBody("  float h[16];\n"
                          "  for (int i = 0; i < 17 + t; i++)\n"
                          "    h[i] = p.x[t];\n"
                          "  p.y[t] = h[t % 16];\n"),
            "kernel 'sample': block 0: index 16 is out of bounds of an array of the thread's own: "
            "thread 0 at line 7");
}

TEST(Mistakes, WriteToAnInput) {
  EXPECT_EQ(problemOfBody("  p.x[t] = 1.0f;\n"),
            "kernel 'sample': 'x' is an input and written to, at byte 2 of 256");
}

TEST(Mistakes, WriteBesideAnOutput) {
  EXPECT_EQ(problemOfBody("  p.y[t + 1] = 1.0f;\n"),
            "kernel 'sample': 'y' is written beside its elements, at byte 256 of 256");
  EXPECT_EQ(problemOfBody("  p.y[t - 1] = 1.0f;\n"),
            "kernel 'sample': 'y' is written beside its elements, at byte -4 of 256");
}

TEST(Mistakes, ReadBesideAnInputGivesNaN) {
  Sample sample = withBody("  p.y[t] = p.x[t + 1];\n");
  auto executor = HostExecutor::compile(sample.source, sample.manifest());
  ASSERT_TRUE(bool(executor)) << llvm::toString(executor.takeError());
  auto outputs = (*executor)->run({{"x", interpreter::Array({64})}});
  ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
  EXPECT_EQ(outputs->at("y").data[62], 0);
  EXPECT_NE(outputs->at("y").data[63], outputs->at("y").data[63]);
}

TEST(Mistakes, MoreSharedMemoryThanTheManifestSays) {
  Sample sample = withBody("  tile[t] = 0.0f;\n");
  sample.sharedBytes = 128;
  EXPECT_EQ(problemOf(sample),
            "kernel 'sample': block 0: expected at most 128 bytes of shared arrays, got 256");
}

TEST(Mistakes, OtherParametersThanTheManifestLists) {
  Sample sample = withBody("");
  sample.params = "x y";
  EXPECT_EQ(problemOf(sample), "kernel 'sample' takes 3 words, its manifest lists 2");
  sample.params = "x z #N";
  EXPECT_EQ(problemOf(sample), "kernel 'sample': parameter of unknown tensor 'z'");
  sample.params = "x y.M #N";
  EXPECT_EQ(problemOf(sample), "kernel 'sample': 'y' has no dimension 'M'");
}

TEST(Mistakes, SourceThatDoesNotCompile) {
  std::string problem = problemOfBody("  p.y[t] = missing;\n");
  EXPECT_NE(problem.find("sample.cu:5:"), std::string::npos) << problem;
  EXPECT_NE(problem.find("missing"), std::string::npos) << problem;
}

TEST(Mistakes, ABlockAfterAMistakeRunsAsUsual) {
  Sample sample = withBody("  if (p.x[0] > 0.0f && t > 0)\n"
                           "    return;\n"
                           "  __syncthreads();\n"
                           "  p.y[t] = 2.0f;\n");
  auto executor = HostExecutor::compile(sample.source, sample.manifest());
  ASSERT_TRUE(bool(executor)) << llvm::toString(executor.takeError());
  interpreter::Array x({64});
  x.data[0] = 1;
  auto bad = (*executor)->run({{"x", x}});
  ASSERT_FALSE(bool(bad));
  llvm::consumeError(bad.takeError());
  auto good = (*executor)->run({{"x", interpreter::Array({64})}});
  ASSERT_TRUE(bool(good)) << llvm::toString(good.takeError());
  EXPECT_EQ(good->at("y").data[63], 2);
}

} // namespace
