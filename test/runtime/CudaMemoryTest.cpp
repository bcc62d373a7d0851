// CudaMemoryTest.cpp - devices, device memory and events: what tools and small programs use.
#include "CudaTestProgram.h"

using namespace mixir::test;
using namespace mixir::runtime;

namespace {

TEST_F(CudaTest, deviceMemoryForSmallPrograms) {
  std::vector<float> values = {1, 2, 3}, back(3);
  size_t bytes = sizeof(float) * values.size();
  void *data = nullptr, *none = &data;
  ASSERT_EQ(mixir_cuda_alloc(context, bytes, &data), MIXIR_OK) << error();
  ASSERT_EQ(mixir_cuda_alloc(context, 0, &none), MIXIR_OK) << error();
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(mixir_cuda_upload(context, data, values.data(), bytes, kStream), MIXIR_OK) << error();
  EXPECT_EQ(mixir_cuda_download(context, back.data(), data, bytes, kStream), MIXIR_OK) << error();
  EXPECT_EQ(back, values);
  EXPECT_EQ(fake().synchronisations, 1);
  EXPECT_EQ(mixir_cuda_synchronize(context, kStream), MIXIR_OK) << error();
  EXPECT_EQ(fake().synchronisations, 2);
  EXPECT_EQ(mixir_cuda_free(context, data), MIXIR_OK) << error();
  EXPECT_EQ(mixir_cuda_free(context, nullptr), MIXIR_OK) << error();
  EXPECT_EQ(mixir_cuda_upload(context, nullptr, nullptr, 0, nullptr), MIXIR_OK);
  EXPECT_EQ(mixir_cuda_upload(context, nullptr, values.data(), 4, nullptr),
            MIXIR_ERROR_INVALID_ARGUMENT);
  EXPECT_EQ(mixir_cuda_alloc(context, 4, nullptr), MIXIR_ERROR_INVALID_ARGUMENT);
}

TEST_F(CudaTest, tellsTheDevice) {
  char name[5] = "";
  int32_t capability = 0, version = 0;
  ASSERT_EQ(mixir_cuda_device(context, name, sizeof(name), &capability, &version), MIXIR_OK);
  EXPECT_STREQ(name, "Fake");
  EXPECT_EQ(capability, 90);
  EXPECT_EQ(version, 12040);
  void *current = nullptr;
  cudaDriver().cuCtxGetCurrent(&current);
  EXPECT_EQ(current, nullptr); // none was made
  EXPECT_EQ(mixir_cuda_device(context, nullptr, 0, nullptr, nullptr), MIXIR_OK);
}

TEST_F(CudaTest, eventsMeasure) {
  const CudaDriver &driver = cudaDriver();
  void *begin = nullptr, *end = nullptr;
  float milliseconds = 0;
  driver.cuEventCreate(&begin, 0);
  driver.cuEventCreate(&end, 0);
  driver.cuEventRecord(begin, kStream);
  driver.cuEventRecord(end, kStream);
  driver.cuEventElapsedTime(&milliseconds, begin, end);
  EXPECT_EQ(milliseconds, 1.f);
  driver.cuEventDestroy(begin);
  driver.cuEventDestroy(end);
}

} // namespace
