// DlpackViewTest.cpp - DLPack tensors out and in.
#include "DlpackView.h"

#include <gtest/gtest.h>
#include <vector>

using namespace mixir::runtime;

namespace {

TEST(Dlpack, goesOutAndIn) {
  mixir_context *context = mixir_context_create();
  for (mixir_dtype dtype : {MIXIR_F32, MIXIR_F16, MIXIR_BF16, MIXIR_C64, MIXIR_I32}) {
    std::vector<char> memory(4096);
    int64_t shape[] = {2, 3, 4};
    mixir_tensor out = mixir_tensor_dense(memory.data(), dtype, 3, shape), in{};
    out.strides[0] = 50;
    int released = 0;
    void *managed = nullptr;
    ASSERT_EQ(mixir_tensor_to_dlpack(
                  context, &out, [](void *user) { ++*static_cast<int *>(user); }, &released,
                  &managed),
              MIXIR_OK);
    ASSERT_EQ(mixir_tensor_from_dlpack(context, managed, &in), MIXIR_OK)
        << mixir_context_last_error(context);
    EXPECT_EQ(in.data, out.data);
    EXPECT_EQ(in.dtype, out.dtype);
    EXPECT_EQ(in.ndim, 3);
    for (int axis = 0; axis < 3; axis++) {
      EXPECT_EQ(in.shape[axis], out.shape[axis]);
      EXPECT_EQ(in.strides[axis], out.strides[axis]);
    }
    auto *tensor = static_cast<DLManagedTensor *>(managed);
    tensor->deleter(tensor);
    EXPECT_EQ(released, 1);
  }
  mixir_context_destroy(context);
}

TEST(Dlpack, viewsOffsetsAndDenseTensors) {
  mixir_context *context = mixir_context_create();
  float memory[24];
  int64_t shape[] = {2, 3};
  DLManagedTensor managed{};
  managed.dl_tensor = {memory, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, nullptr, 8};
  mixir_tensor view{};
  ASSERT_EQ(mixir_tensor_from_dlpack(context, &managed, &view), MIXIR_OK);
  EXPECT_EQ(view.data, memory + 2);
  EXPECT_EQ(view.strides[0], 3);
  EXPECT_EQ(view.strides[1], 1);
  mixir_context_destroy(context);
}

TEST(Dlpack, rejectsWhatItCannotView) {
  mixir_context *context = mixir_context_create();
  float memory[4];
  int64_t shape[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  mixir_tensor view{};
  auto expect = [&](DLTensor tensor, int status, const char *text) {
    DLManagedTensor managed{};
    managed.dl_tensor = tensor;
    EXPECT_EQ(mixir_tensor_from_dlpack(context, &managed, &view), status);
    EXPECT_STREQ(mixir_context_last_error(context), text);
  };
  DLTensor good = {memory, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, nullptr, 0};
  DLTensor bad = good;
  bad.dtype = {kDLFloat, 64, 1};
  expect(bad, MIXIR_ERROR_DTYPE,
         "dlpack tensor: expected f32, f16, bf16, c64 or i32, got type code 2 of 64 bits and 1 "
         "lanes");
  bad = good;
  bad.device.device_type = kDLVulkan;
  expect(bad, MIXIR_ERROR_DEVICE,
         "dlpack tensor: expected memory of the cpu or of cuda, got device 7");
  bad = good;
  bad.ndim = 9;
  expect(bad, MIXIR_ERROR_RANK, "dlpack tensor: expected at most 8 axes, got 9");
  bad = good;
  bad.shape = nullptr;
  expect(bad, MIXIR_ERROR_DLPACK, "dlpack tensor: expected a shape, got a null pointer");
  good.device.device_type = kDLCUDA;
  DLManagedTensor managed{};
  managed.dl_tensor = good;
  EXPECT_EQ(mixir_tensor_from_dlpack(context, &managed, &view), MIXIR_OK);
  EXPECT_EQ(view.device, MIXIR_CUDA);
  EXPECT_EQ(mixir_tensor_from_dlpack(context, nullptr, &view), MIXIR_ERROR_INVALID_ARGUMENT);
  mixir_context_destroy(context);
}

} // namespace
