// NVRTC where there is one; where there is none, that this is said well.
#include "codegen/cuda/Nvrtc.h"
#include "test/cuda/Samples.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

using namespace mixir::codegen;
using namespace mixir::cuda_test;

namespace {

NvrtcPlaces places() {
  auto text = [](const char *name) {
    const char *value = std::getenv(name);
    return std::string(value ? value : "");
  };
  return {text("MIXIR_NVRTC"), text("CUDA_HOME"), text("VIRTUAL_ENV")};
}

class Nvrtc : public ::testing::Test {
protected:
  void SetUp() override {
    auto info = nvrtcInfo(places());
    if (!info)
      GTEST_SKIP() << llvm::toString(info.takeError());
  }
};

template <typename T> std::string textOf(llvm::Expected<T> result) {
  return result ? "" : llvm::toString(result.takeError());
}

TEST_F(Nvrtc, TellsWhatItIs) {
  auto info = nvrtcInfo(places());
  ASSERT_TRUE(bool(info));
  EXPECT_GE(info->major, 12);
  EXPECT_NE(info->path.find("nvrtc"), std::string::npos);
  EXPECT_NE(std::find(info->archs.begin(), info->archs.end(), 90), info->archs.end());
  std::printf("NVRTC %d.%d at %s\n", info->major, info->minor, info->path.c_str());
}

TEST_F(Nvrtc, CompilesForSeveralArchitectures) {
  Sample sample = transposeTile();
  auto info = nvrtcInfo(places());
  ASSERT_TRUE(bool(info));
  for (int arch : {80, 90, 100}) {
    if (std::find(info->archs.begin(), info->archs.end(), arch) == info->archs.end())
      continue;
    auto begin = std::chrono::steady_clock::now();
    auto image = compileCuda(withPrelude(sample.source), "transpose_tile.cu",
                             "sm_" + std::to_string(arch), places());
    std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    ASSERT_TRUE(bool(image)) << llvm::toString(image.takeError());
    std::printf("sm_%d: %.0f ms, %zu bytes\n", arch, took.count(), image->cubin.size());
    EXPECT_EQ(image->cubin.substr(1, 3), "ELF");
    EXPECT_NE(image->cubin.find("transpose_tile"), std::string::npos);
    EXPECT_NE(image->ptx.find(".entry transpose_tile"), std::string::npos);
    EXPECT_EQ(image->log, "");
  }
}

TEST_F(Nvrtc, CompilesPtxOnly) {
  auto ptx = compilePtx(withPrelude(addVectors().source), "add_vectors.cu", "sm_90", places());
  ASSERT_TRUE(bool(ptx)) << llvm::toString(ptx.takeError());
  EXPECT_NE(ptx->find(".target sm_90"), std::string::npos);
}

/// What the executor runs is CUDA.
TEST_F(Nvrtc, CompilesEverySampleOfTheExecutor) {
  for (const Sample &sample : goodSamples())
    EXPECT_EQ(textOf(compileCubin(withPrelude(sample.source), sample.kernel, "sm_90a", places())),
              "");
}

TEST_F(Nvrtc, SaysWhereTheSourceIsWrong) {
  std::string problem = textOf(compileCubin("extern \"C\" __global__ void k(float *a) {\n"
                                            "  a[0] = missing;\n"
                                            "}\n",
                                            "k.cu", "sm_90", places()));
  EXPECT_EQ(problem.find("CUDA source 'k.cu' does not compile for sm_90:\n"), 0u) << problem;
  EXPECT_NE(problem.find("k.cu(2): error: identifier \"missing\" is undefined"), std::string::npos)
      << problem;
}

TEST_F(Nvrtc, SaysWhichArchitecturesItKnows) {
  for (const char *arch : {"sm_33", "sm_90x", "90", "sm_", "compute_90"}) {
    std::string problem = textOf(compileCubin("", "k.cu", arch, places()));
    EXPECT_EQ(
        problem.find(std::string("unknown architecture '") + arch + "', expected one that NVRTC "),
        0u)
        << problem;
    EXPECT_NE(problem.find("sm_90, "), std::string::npos) << problem;
  }
}

TEST(NvrtcPlaces, AFileThatIsNotThere) {
  NvrtcPlaces missing;
  missing.library = "no/such/libnvrtc.so";
  std::string problem = textOf(compileCubin("", "k.cu", "sm_90", missing));
  EXPECT_EQ(problem.find("cannot load NVRTC from 'no/such/libnvrtc.so', which MIXIR_NVRTC names: "),
            0u)
      << problem;
}

TEST(NvrtcPlaces, ALibraryThatIsAnother) {
  NvrtcPlaces other;
  other.library = "libm.so.6";
  std::string problem = textOf(nvrtcInfo(other));
  EXPECT_NE(problem.find("has no nvrtcVersion, expected NVRTC 12 or later"), std::string::npos)
      << problem;
}

} // namespace
