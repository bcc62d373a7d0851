// DeviceArraysTest.cpp - programs for a GPU on arrays by name: copied there, run, copied back.
#include "CudaTestProgram.h"
#include "RunProgram.h"

using namespace mixir::test;
using namespace mixir::tools;

namespace {

constexpr char kTwice[] =
    R"({"schema":1,"name":"twice","target":{"kind":"cuda","arch":"sm_90"},"dims":[{"name":"L"}],)"
    R"("operands":[{"name":"x","role":"in","dtype":"f32","axes":[["L"]]},)"
    R"({"name":"y","role":"out","dtype":"f32","axes":[["L"]]}],"temps":[],"kernels":[)"
    R"({"name":"twice","loops":[{"dim":"L","block":4,"kind":"parallel"}],"threads":32,"params":[)"
    R"({"kind":"data","ref":"x","access":"read","part":""},)"
    R"({"kind":"data","ref":"y","access":"write","part":""},{"kind":"size","dim":"L"}]}]})";

void twice(const uint64_t *block, unsigned index) {
  Words words(block);
  auto *x = words.pointer(), *y = words.pointer();
  int64_t size = words.number();
  for (int64_t i = index * 4; i < std::min<int64_t>(size, index * 4 + 4); i++)
    y[i] = 2 * x[i];
}

class DeviceArrays : public testing::Test {
protected:
  DeviceArrays() {
    fake() = FakeCuda{};
    fake().kernels["twice"] = {twice, 3};
  }

  RunResult run(int64_t size, const std::string &name = "x") {
    NpArray x{name, NpType::F32, {size}, Bytes(static_cast<size_t>(size) * sizeof(float))};
    for (int64_t i = 0; i < size; i++)
      reinterpret_cast<float *>(x.data.data())[i] = static_cast<float>(i);
    mixir::Context context;
    mixir::Program program(context, kTwice, kFakeImage, sizeof(kFakeImage));
    EXPECT_EQ(mixir_program_device(program.get()), MIXIR_CUDA);
    return runProgram(context, program, {x}, {});
  }
};

TEST_F(DeviceArrays, goThereAndBack) {
  RunResult result = run(6);
  ASSERT_EQ(result.outputs.size(), 1u);
  EXPECT_EQ(result.outputs[0].name, "y");
  auto *y = reinterpret_cast<const float *>(result.outputs[0].data.data());
  EXPECT_EQ(std::vector<float>(y, y + 6), (std::vector<float>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(fake().copies, 2);
  EXPECT_EQ(fake().allocs, 2);
  EXPECT_EQ(fake().frees, 2);
}

TEST_F(DeviceArrays, mayBeEmpty) {
  EXPECT_TRUE(run(0).outputs[0].data.empty());
  EXPECT_EQ(fake().allocs, 0);
}

TEST_F(DeviceArrays, areGivenBackAfterAFailure) {
  const char *const calls[] = {"cuMemcpyHtoDAsync", "cuLaunchKernel", "cuStreamSynchronize",
                               "cuMemcpyDtoHAsync"};
  for (const char *call : calls) {
    fake().failures = {{call, 700}};
    try {
      run(6);
      ADD_FAILURE() << call;
    } catch (const mixir::Error &error) {
      EXPECT_EQ(error.status(), MIXIR_ERROR_CUDA) << error.what();
    }
    EXPECT_EQ(fake().frees, fake().allocs) << call;
  }
  fake().failures = {{"cuMemAlloc", 2}};
  try {
    run(6);
    ADD_FAILURE();
  } catch (const mixir::Error &error) {
    EXPECT_EQ(error.status(), MIXIR_ERROR_OUT_OF_MEMORY) << error.what();
  }
}

TEST_F(DeviceArrays, areCheckedFirst) {
  EXPECT_THROW(run(6, "z"), RunError);
  EXPECT_EQ(fake().allocs, 0);
}

} // namespace
