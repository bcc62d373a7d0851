// HalideAbiTest.cpp - our buffer descriptor has the layout of Halide's, where Halide is installed.
#include "HalideAbi.h"

#include <cstddef>
#include <gtest/gtest.h>

#if __has_include(<halide14/HalideRuntime.h>)
#include <halide14/HalideRuntime.h>
#define HAS_HALIDE_HEADER 1
#endif

using namespace mixir::runtime;

namespace {

#ifdef HAS_HALIDE_HEADER
constexpr bool kHasHalideHeader = true;
#define SAME_OFFSET(ours, theirs, member)                                                          \
  static_assert(offsetof(ours, member) == offsetof(theirs, member), #member)
static_assert(sizeof(KernelBuffer) == sizeof(halide_buffer_t), "size of the buffer");
static_assert(sizeof(KernelDim) == sizeof(halide_dimension_t), "size of a dimension");
static_assert(sizeof(KernelType) == sizeof(halide_type_t), "size of a type");
SAME_OFFSET(KernelBuffer, halide_buffer_t, device);
SAME_OFFSET(KernelBuffer, halide_buffer_t, device_interface);
SAME_OFFSET(KernelBuffer, halide_buffer_t, host);
SAME_OFFSET(KernelBuffer, halide_buffer_t, flags);
SAME_OFFSET(KernelBuffer, halide_buffer_t, type);
SAME_OFFSET(KernelBuffer, halide_buffer_t, dimensions);
SAME_OFFSET(KernelBuffer, halide_buffer_t, dim);
SAME_OFFSET(KernelBuffer, halide_buffer_t, padding);
SAME_OFFSET(KernelDim, halide_dimension_t, min);
SAME_OFFSET(KernelDim, halide_dimension_t, extent);
SAME_OFFSET(KernelDim, halide_dimension_t, stride);
SAME_OFFSET(KernelDim, halide_dimension_t, flags);
SAME_OFFSET(KernelType, halide_type_t, bits);
SAME_OFFSET(KernelType, halide_type_t, lanes);
static_assert(kTypeInt == halide_type_int && kTypeUInt == halide_type_uint &&
                  kTypeFloat == halide_type_float,
              "type codes");
#else
constexpr bool kHasHalideHeader = false;
#endif

TEST(HalideAbi, hasTheLayoutOfHalide) {
  if (!kHasHalideHeader)
    GTEST_SKIP() << "no Halide header to compare with";
  SUCCEED() << "compared when this file was compiled";
}

} // namespace
