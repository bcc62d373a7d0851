// HalideAbi.h - the buffer descriptor that kernels take.
//
// A declaration of our own with the layout of Halide's halide_buffer_t (14 to 17), so that neither
// the runtime nor a program that uses it needs Halide's headers. A unit test compares every offset
// with Halide's own header where that is installed.
#ifndef MIXIR_RUNTIME_HALIDEABI_H
#define MIXIR_RUNTIME_HALIDEABI_H

#include <cstdint>

namespace mixir::runtime {

/// halide_type_t: what an element is.
struct KernelType {
  uint8_t code;   ///< 0 signed integer, 1 unsigned integer, 2 float
  uint8_t bits;   ///< of one lane
  uint16_t lanes; ///< 1
};

/// halide_dimension_t: coordinates min .. min+extent-1, `stride` elements apart.
struct KernelDim {
  int32_t min;
  int32_t extent;
  int32_t stride;
  uint32_t flags; ///< 0
};

/// halide_buffer_t: `host` is the address of the element whose coordinates are all `min`.
struct KernelBuffer {
  uint64_t device;              ///< 0
  const void *device_interface; ///< nullptr
  uint8_t *host;
  uint64_t flags; ///< 0
  KernelType type;
  int32_t dimensions;
  KernelDim *dim;
  void *padding; ///< nullptr
};

constexpr uint8_t kTypeInt = 0;
constexpr uint8_t kTypeUInt = 1;
constexpr uint8_t kTypeFloat = 2;

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_HALIDEABI_H
