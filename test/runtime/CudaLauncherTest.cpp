// CudaLauncherTest.cpp - what kernels of a GPU are given, and what a call may do, without a GPU.
#include "CudaTestProgram.h"
#include "Staging.h"

#include <complex>
#include <thread>

using namespace mixir::test;
using namespace mixir::runtime;

namespace {

// ---- t = x * w, then y = t + re z * im z ------------------------------------------------------

std::string twoKernels() {
  return R"("dims":[{"name":"B"},{"name":"L"},{"name":"G"},{"name":"R"}],"operands":[)"
         R"({"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["G","R"]]},)"
         R"({"name":"w","role":"param","dtype":"f16","axes":[["R"]]},)"
         R"({"name":"z","role":"in","dtype":"c64","axes":[["B"],["L"]]},)"
         R"({"name":"y","role":"out","dtype":"f32","axes":[["B"],["G","R"],["L"]]}],)"
         R"("temps":[{"name":"s","dtype":"f32","axes":[["B"]]},)"
         R"({"name":"t","dtype":"f32","axes":[["B"],["G"],["R"],["L"]]}],"kernels":[)" +
         kernel("scale", {parallel('B', 1), parallel('L', 4)},
                R"("threads":64,"shared_bytes":1024,)",
                {data("x", "read"), strides("x", "BLGR"), data("w", "read"), strides("w", "R"),
                 data("t", "write"), strides("t", "BGRL"), sizes("BLGR")}) +
         "," +
         kernel("add", {parallel('B', 1), R"({"dim":"L","block":16,"kind":"serial"})"},
                R"("threads":32,)",
                {data("t", "read"), strides("t", "BGRL"), data("z", "read", "re"),
                 data("z", "read", "im"), strides("z", "BL"), data("y", "write"),
                 strides("y", "BGRL"), sizes("LGR")}) +
         "]";
}

void scaleKernel(const uint64_t *block, unsigned index) {
  Words words(block);
  auto *x = words.pointer();
  int64_t xB = words.number(), xL = words.number(), xG = words.number(), xR = words.number();
  auto *w = words.pointer<uint16_t>();
  int64_t wR = words.number();
  auto *t = words.pointer();
  int64_t tB = words.number(), tG = words.number(), tR = words.number(), tL = words.number();
  int64_t sizeB = words.number(), sizeL = words.number(), sizeG = words.number(),
          sizeR = words.number();
  int64_t blocksL = (sizeL + 3) / 4, b = index / blocksL, first = index % blocksL * 4;
  promise(b < sizeB);
  for (int64_t l = first; l < std::min(first + 4, sizeL); l++)
    for (int64_t g = 0; g < sizeG; g++)
      for (int64_t r = 0; r < sizeR; r++)
        t[b * tB + g * tG + r * tR + l * tL] =
            x[b * xB + l * xL + g * xG + r * xR] * halfToFloat(w[r * wR]);
}

void addKernel(const uint64_t *block, unsigned b) {
  Words words(block);
  auto *t = words.pointer();
  int64_t tB = words.number(), tG = words.number(), tR = words.number(), tL = words.number();
  auto *re = words.pointer(), *im = words.pointer();
  int64_t zB = words.number(), zL = words.number();
  auto *y = words.pointer();
  int64_t yB = words.number(), yG = words.number(), yR = words.number(), yL = words.number();
  int64_t sizeL = words.number(), sizeG = words.number(), sizeR = words.number();
  for (int64_t l = 0; l < sizeL; l++)
    for (int64_t g = 0; g < sizeG; g++)
      for (int64_t r = 0; r < sizeR; r++)
        y[b * yB + g * yG + r * yR + l * yL] =
            t[b * tB + g * tG + r * tR + l * tL] + re[b * zB + l * zL] * im[b * zB + l * zL];
}

class CudaProgram : public CudaTest {
protected:
  CudaProgram() {
    fake().kernels["scale"] = {scaleKernel, 16};
    fake().kernels["add"] = {addKernel, 17, 64};
    EXPECT_EQ(open(twoKernels()), MIXIR_OK) << error();
    brokenPromises = 0;
  }

  /// Arrays of one call and what y must become.
  struct Call {
    static constexpr int64_t G = 2, R = 3;
    Call(int64_t B, int64_t L)
        : x(Array<float>::numbered({B, L, G * R})), w({R}), z({B, L}), y({B, G * R, L}),
          wanted({B, G * R, L}) {
      for (int64_t r = 0; r < R; r++)
        w.at(r) = floatToHalf(static_cast<float>(r + 1) / 2);
      for (size_t i = 0; i < z.data.size(); i++)
        z.data[i] = {static_cast<float>(i % 5), static_cast<float>(i % 3) - 1};
      for (int64_t b = 0; b < B; b++)
        for (int64_t d = 0; d < G * R; d++)
          for (int64_t l = 0; l < L; l++)
            wanted.at(b, d, l) = x.at(b, l, d) * static_cast<float>(d % R + 1) / 2 +
                                 z.at(b, l).real() * z.at(b, l).imag();
    }
    std::vector<mixir_tensor> tensors() {
      return {x.tensor(), w.tensor(MIXIR_F16), z.tensor(MIXIR_C64), y.tensor()};
    }
    Array<float> x;
    Array<uint16_t> w;
    Array<std::complex<float>> z;
    Array<float> y, wanted;
  };
};

TEST_F(CudaProgram, computesWithATemporary) {
  Call call(2, 10);
  ASSERT_EQ(run(call.tensors(), kStream), MIXIR_OK) << error();
  EXPECT_EQ(call.y.data, call.wanted.data);
  EXPECT_EQ(brokenPromises, 0);
  ASSERT_EQ(fake().launches.size(), 2u);
  EXPECT_EQ(fake().launches[0].kernel, "scale");
  EXPECT_EQ(fake().launches[0].blocks, 6u); // 2 of B times 3 of L by 4
  EXPECT_EQ(fake().launches[0].threads, 64u);
  EXPECT_EQ(fake().launches[1].kernel, "add");
  EXPECT_EQ(fake().launches[1].blocks, 2u); // the serial loop gives none
  EXPECT_EQ(fake().launches[1].threads, 32u);
  EXPECT_EQ(fake().launches[1].stream, kStream);
}

TEST_F(CudaProgram, takesStridesAsTheyAre) {
  Call call(2, 5);
  Array<float> x({5, 2, 12}), y({2, 5, 6}); // x as [L, B, (G R) of 12], y as [B, L, (G R)]
  Array<std::complex<float>> z({5, 2});
  for (int b = 0; b < 2; b++)
    for (int l = 0; l < 5; l++) {
      z.at(l, b) = call.z.at(b, l);
      for (int d = 0; d < 6; d++)
        x.at(l, b, 2 * d) = call.x.at(b, l, d);
    }
  auto tensors = call.tensors();
  tensors[0].data = x.data.data();
  tensors[0].strides[0] = 12;
  tensors[0].strides[1] = 24;
  tensors[0].strides[2] = 2;
  tensors[2].data = z.data.data();
  tensors[2].strides[0] = 1;
  tensors[2].strides[1] = 2;
  tensors[3].data = y.data.data();
  tensors[3].strides[0] = 30;
  tensors[3].strides[1] = 1;
  tensors[3].strides[2] = 6;
  ASSERT_EQ(run(tensors), MIXIR_OK) << error();
  for (int b = 0; b < 2; b++)
    for (int l = 0; l < 5; l++)
      for (int d = 0; d < 6; d++)
        EXPECT_EQ(y.at(b, l, d), call.wanted.at(b, d, l));
}

TEST_F(CudaProgram, neitherAllocatesNorWaitsOnceItHasRun) {
  Call first(2, 10), second(2, 10), smaller(1, 3);
  ASSERT_EQ(run(first.tensors(), kStream), MIXIR_OK) << error();
  EXPECT_EQ(fake().allocs, 1);
  EXPECT_EQ(mixir_context_reserved_bytes(context), 128u + 512u); // s and t, whole 128 bytes each
  ASSERT_EQ(run(second.tensors(), kStream), MIXIR_OK) << error();
  ASSERT_EQ(run(smaller.tensors(), kStream), MIXIR_OK) << error();
  EXPECT_EQ(second.y.data, second.wanted.data);
  EXPECT_EQ(smaller.y.data, smaller.wanted.data);
  EXPECT_EQ(fake().allocs, 1);
  EXPECT_EQ(fake().frees, 0);
  EXPECT_EQ(fake().synchronisations, 0);
  EXPECT_EQ(fake().copies, 0);
}

TEST_F(CudaProgram, growsAndGivesBack) {
  Call small(1, 3), large(4, 100);
  ASSERT_EQ(run(small.tensors()), MIXIR_OK) << error();
  ASSERT_EQ(run(large.tensors()), MIXIR_OK) << error();
  EXPECT_EQ(large.y.data, large.wanted.data);
  EXPECT_EQ(fake().allocs, 2);
  EXPECT_EQ(fake().frees, 1);
  EXPECT_EQ(mixir_context_trim(context), MIXIR_OK);
  EXPECT_EQ(fake().frees, 2);
  EXPECT_EQ(mixir_context_reserved_bytes(context), 0u);
  ASSERT_EQ(run(small.tensors()), MIXIR_OK) << error();
  EXPECT_EQ(small.y.data, small.wanted.data);
}

TEST_F(CudaProgram, isCapturedOnceItHasRun) {
  Call call(2, 10);
  fake().capturing = kStream;
  EXPECT_EQ(run(call.tensors(), kStream), MIXIR_ERROR_CUDA);
  EXPECT_EQ(error(), "the temporaries need 640 bytes of device memory, 0 are held, and none can be "
                     "taken while the stream is capturing; run the program once with these sizes "
                     "before the capture");
  EXPECT_TRUE(fake().launches.empty());
  fake().capturing = nullptr;
  ASSERT_EQ(run(call.tensors(), kStream), MIXIR_OK) << error();
  fake().capturing = kStream;
  ASSERT_EQ(run(call.tensors(), kStream), MIXIR_OK) << error();
  EXPECT_EQ(fake().launches.size(), 4u);
}

TEST_F(CudaProgram, keepsTheMemoryOfACapturedGraph) {
  Call call(1, 10), larger(2, 10);
  ASSERT_EQ(run(call.tensors(), kStream), MIXIR_OK) << error();
  fake().capturing = kStream;
  ASSERT_EQ(run(call.tensors(), kStream), MIXIR_OK) << error();
  fake().capturing = nullptr;
  ASSERT_EQ(run(larger.tensors(), kStream), MIXIR_OK) << error();
  EXPECT_EQ(fake().allocs, 2);
  EXPECT_EQ(fake().frees, 0);
  EXPECT_EQ(mixir_context_reserved_bytes(context), 128u + 256u + 640u);
  EXPECT_EQ(mixir_context_trim(context), MIXIR_OK);
  EXPECT_EQ(fake().frees, 2);
}

TEST_F(CudaProgram, launchesNothingForAnEmptyGrid) {
  Call noTime(2, 0), noBatch(0, 3);
  ASSERT_EQ(run(noTime.tensors()), MIXIR_OK) << error();
  ASSERT_EQ(fake().launches.size(), 1u);
  EXPECT_EQ(fake().launches[0].kernel, "add"); // its grid has B alone; it may have states to copy
  fake().launches.clear();
  auto tensors = noBatch.tensors();
  tensors[0].data = nullptr;
  ASSERT_EQ(run(tensors), MIXIR_OK) << error();
  EXPECT_TRUE(fake().launches.empty());
}

TEST_F(CudaProgram, runsByName) {
  Call call(2, 10);
  auto tensors = call.tensors();
  for (mixir_tensor &tensor : tensors)
    tensor.device = MIXIR_CUDA;
  std::swap(tensors[0], tensors[3]);
  const char *names[] = {"y", "w", "z", "x"};
  ASSERT_EQ(mixir_program_run_named(context, program, names, tensors.data(), 4, nullptr), MIXIR_OK)
      << error();
  EXPECT_EQ(call.y.data, call.wanted.data);
}

TEST_F(CudaProgram, runsInOtherThreads) {
  Call call(2, 10);
  int status = -1;
  std::thread thread([&] { status = run(call.tensors()); }); // with no current context
  thread.join();
  EXPECT_EQ(status, MIXIR_OK) << error();
  EXPECT_EQ(call.y.data, call.wanted.data);
  thread = std::thread([&] { close(); });
  thread.join();
  EXPECT_EQ(fake().foreign, 0);
}

TEST_F(CudaProgram, tellsWhatItIs) {
  EXPECT_STREQ(mixir_program_name(program), "test");
  EXPECT_STREQ(mixir_program_manifest(program), manifest.c_str());
  EXPECT_STREQ(mixir_program_operand_axes(program, 3), "[B, (G R), L]");
  Call call(2, 10);
  auto tensors = call.tensors();
  for (mixir_tensor &tensor : tensors)
    tensor.device = MIXIR_CUDA;
  tensors[3] = mixir_tensor{};
  ASSERT_EQ(mixir_program_infer_outputs(context, program, tensors.data(), 4, nullptr), MIXIR_OK)
      << error();
  EXPECT_EQ(tensors[3].device, MIXIR_CUDA);
  EXPECT_EQ(tensors[3].shape[1], 6);
}

// ---- A state that is written in place ---------------------------------------------------------

std::string stateManifest(const std::string &carries, const std::string &secondKernel = "") {
  return R"("dims":[{"name":"B"}],"operands":[)"
         R"({"name":"h0","role":"in","dtype":"f32","axes":[["B"]]},)"
         R"({"name":"h_last","role":"out","dtype":"f32","axes":[["B"]]}],"kernels":[)" +
         joined(kernel("step", {parallel('B', 1)}, R"("threads":32,)" + carries,
                       {data("h0", "read"), data("h_last", "write")}),
                secondKernel) +
         "]";
}

const char kCarry[] =
    R"("carries":[{"name":"h","dims":[],"init":{"ref":"h0"},"final":{"ref":"h_last"}}],)";

class CudaState : public CudaTest {
protected:
  CudaState() {
    FakeKernel step = {[](const uint64_t *block, unsigned b) {
                         Words words(block);
                         auto *from = words.pointer(), *to = words.pointer();
                         to[b] = from[b] + 1;
                       },
                       2};
    fake().kernels["step"] = fake().kernels["again"] = step;
  }
  Array<float> h = Array<float>({3}, 4.f);
};

TEST_F(CudaState, mayBeTheSameMemoryWhereItIsACarry) {
  ASSERT_EQ(open(stateManifest(kCarry)), MIXIR_OK) << error();
  ASSERT_EQ(run({h.tensor(), h.tensor()}), MIXIR_OK) << error();
  EXPECT_EQ(h.data, std::vector<float>(3, 5.f));
  EXPECT_EQ(fake().allocs, 0);
}

TEST_F(CudaState, isAnOverlapWhereItIsNone) {
  ASSERT_EQ(open(stateManifest("")), MIXIR_OK) << error();
  EXPECT_EQ(run({h.tensor(), h.tensor()}), MIXIR_ERROR_OVERLAP);
}

TEST_F(CudaState, isAnOverlapWhereAnotherKernelReadsIt) {
  std::string again = kernel("again", {parallel('B', 1)}, R"("threads":32,)",
                             {data("h0", "read"), data("h_last", "write")});
  ASSERT_EQ(open(stateManifest(kCarry, again)), MIXIR_OK) << error();
  EXPECT_EQ(run({h.tensor(), h.tensor()}), MIXIR_ERROR_OVERLAP);
}

// ---- Two kernels that do the same ------------------------------------------------------------

class CudaForms : public CudaTest {
protected:
  /// The kernel that runs for 'B' and 'L' of these sizes: "few" instead of "many" where that has
  /// fewer than two blocks for each multiprocessor and L is at least 64.
  std::string chosen(int64_t b, int64_t l) {
    fake().launches.clear();
    float value = 0;
    int64_t shape[] = {b, l};
    mixir_tensor x = mixir_tensor_dense(&value, MIXIR_F32, 2, shape);
    x.strides[0] = x.strides[1] = 0; // no memory behind it
    EXPECT_EQ(run({x}), MIXIR_OK) << error();
    EXPECT_LE(fake().launches.size(), 1u);
    return fake().launches.empty() ? "" : fake().launches[0].kernel;
  }
};

TEST_F(CudaForms, areChosenBySizesAndMultiprocessors) {
  fake().kernels["many"] = fake().kernels["few"] = {[](const uint64_t *, unsigned) {}, 0};
  fake().multiprocessors = 5;
  ASSERT_EQ(open(R"("dims":[{"name":"B"},{"name":"L"}],"operands":[)"
                 R"({"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"]]}],"kernels":[)" +
                 kernel("many", {parallel('B', 1)}, R"("threads":32,)", {}) + "," +
                 kernel("few", {parallel('B', 4)},
                        R"("threads":64,"instead":{"blocks":2,"along":"L","least":64},)", {}) +
                 "]"),
            MIXIR_OK)
      << error();
  EXPECT_EQ(chosen(9, 64), "few");
  EXPECT_EQ(fake().launches[0].blocks, 3u);
  EXPECT_EQ(chosen(10, 64), "many");
  EXPECT_EQ(chosen(9, 63), "many");
  EXPECT_EQ(chosen(1, 1), "many");
  EXPECT_EQ(chosen(0, 64), "");
}

TEST_F(CudaState, mayBeTheSameMemoryWhereAnotherFormHasTheCarryToo) {
  std::string again = kernel("again", {parallel('B', 1)},
                             std::string(R"("threads":32,"instead":{"blocks":1,"along":"B","least":1},)") + kCarry,
                             {data("h0", "read"), data("h_last", "write")});
  ASSERT_EQ(open(stateManifest(kCarry, again)), MIXIR_OK) << error();
  ASSERT_EQ(run({h.tensor(), h.tensor()}), MIXIR_OK) << error();
  EXPECT_EQ(h.data, std::vector<float>(3, 5.f));
}

// ---- Large grids ------------------------------------------------------------------------------

TEST_F(CudaTest, refusesGridsThatAreTooLarge) {
  fake().kernels["k"] = {[](const uint64_t *, unsigned) {}, 0};
  ASSERT_EQ(
      open(R"("dims":[{"name":"A"},{"name":"B"},{"name":"C"}],"operands":[)"
           R"({"name":"x","role":"in","dtype":"f32","axes":[["A"],["B"],["C"]]}],"kernels":[)" +
           kernel("k", {parallel('A', 1), parallel('B', 1), parallel('C', 1)}, R"("threads":32,)",
                  {}) +
           "]"),
      MIXIR_OK)
      << error();
  float value = 0;
  int64_t shape[] = {int64_t(1) << 30, 2, 3};
  mixir_tensor x = mixir_tensor_dense(&value, MIXIR_F32, 3, shape);
  x.strides[0] = x.strides[1] = x.strides[2] = 0; // no memory behind it
  EXPECT_EQ(run({x}), MIXIR_ERROR_TOO_LARGE);
  EXPECT_EQ(error(), "kernel 'k': expected a grid of at most 2147483647 blocks, got more");
  x.shape[2] = 0;
  EXPECT_EQ(run({x}), MIXIR_OK) << error();
  EXPECT_TRUE(fake().launches.empty());
}

} // namespace
