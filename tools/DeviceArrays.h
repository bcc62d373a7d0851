// DeviceArrays.h - copies of the tensors of a call in the memory of a GPU.
#ifndef MIXIR_TOOLS_DEVICEARRAYS_H
#define MIXIR_TOOLS_DEVICEARRAYS_H

#include "mixir/mixir.hpp"

#include <vector>

namespace mixir::tools {

/// Device memory for dense tensors, the last `numOutputs` of which are outputs. All copies and the
/// runs between them are for the default stream.
class DeviceArrays {
public:
  /// Takes memory for all and copies the inputs; `host` must outlive the object. Throws
  /// mixir::Error.
  DeviceArrays(const Context &context, const std::vector<mixir_tensor> &host, size_t numOutputs);
  ~DeviceArrays();
  DeviceArrays(const DeviceArrays &) = delete;
  DeviceArrays &operator=(const DeviceArrays &) = delete;

  /// The copies, in the order of the tensors.
  const std::vector<mixir_tensor> &tensors() const { return copies; }
  /// Waits for the GPU and copies the outputs back. Throws mixir::Error, also for what went wrong
  /// in a kernel.
  void fetchOutputs();

private:
  void release() noexcept;

  const Context &context;
  const std::vector<mixir_tensor> &host;
  size_t firstOutput;
  std::vector<mixir_tensor> copies;
};

} // namespace mixir::tools

#endif // MIXIR_TOOLS_DEVICEARRAYS_H
