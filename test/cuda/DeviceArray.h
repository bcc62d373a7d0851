// An array as a kernel sees it: stored type, strides, and memory around it that must stay as it is.
#pragma once

#include "dialect/interpreter/Interpreter.h"
#include "test/cuda/CudaManifest.h"

namespace mixir::cuda_test {

/// How the elements of operands lie in memory.
enum class Layout {
  Dense, ///< C order
  Spread ///< axes in the other order, gaps between all elements
};

class DeviceArray {
public:
  /// All bytes are ones, which is a NaN in every type of floats.
  DeviceArray(const Tensor &tensor, std::vector<int64_t> shape, Layout layout);

  /// Stores numbers of the same shape, rounded to the stored type.
  void store(const interpreter::Array &numbers);
  interpreter::Array load() const;

  /// Address of the first element, or of its imaginary part.
  char *data(bool isImaginary);
  /// Size of what the pointers of kernels point to.
  int64_t pointedBytes() const { return tensor.dtype == "c64" ? 4 : elementBytes; }
  /// Stride of a dimension, in elements of the pointers that kernels have.
  llvm::Expected<int64_t> strideOf(const std::string &dim, const Sizes &sizes) const;

  /// What has been changed since the last store() beside the elements, or with `isInput` at all.
  std::string damage(bool isInput) const;

private:
  int64_t numElements() const;
  /// Byte offset in `bytes` of element `n` in C order.
  size_t offsetOf(int64_t n) const;

  const Tensor &tensor;
  std::vector<int64_t> shape, strides; ///< per axis, in elements
  unsigned elementBytes;
  std::vector<char> bytes, before;
};

} // namespace mixir::cuda_test
