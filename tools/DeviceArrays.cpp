// DeviceArrays.cpp - see DeviceArrays.h.
#include "DeviceArrays.h"

namespace mixir::tools {

/// Bytes of a dense tensor; they are in memory on the CPU and so do not overflow.
static size_t bytesOf(const mixir_tensor &tensor) {
  size_t bytes = mixir_dtype_size(tensor.dtype);
  for (int32_t axis = 0; axis < tensor.ndim; axis++)
    bytes *= static_cast<size_t>(tensor.shape[axis]);
  return bytes;
}

DeviceArrays::DeviceArrays(const Context &context, const std::vector<mixir_tensor> &host,
                           size_t numOutputs)
    : context(context), host(host), firstOutput(host.size() - numOutputs) {
  try {
    for (const mixir_tensor &tensor : host) {
      copies.push_back(tensor);
      mixir_tensor &copy = copies.back();
      copy.device = MIXIR_CUDA;
      copy.data = nullptr;
      context.check(mixir_cuda_alloc(context.get(), bytesOf(tensor), &copy.data));
      if (copies.size() <= firstOutput)
        context.check(mixir_cuda_upload(context.get(), copy.data, tensor.data, bytesOf(tensor),
                                        nullptr));
    }
  } catch (...) {
    release();
    throw;
  }
}

DeviceArrays::~DeviceArrays() { release(); }

void DeviceArrays::fetchOutputs() {
  context.check(mixir_cuda_synchronize(context.get(), nullptr));
  for (size_t i = firstOutput; i < host.size(); i++)
    context.check(mixir_cuda_download(context.get(), host[i].data, copies[i].data,
                                      bytesOf(host[i]), nullptr));
}

void DeviceArrays::release() noexcept {
  for (mixir_tensor &copy : copies)
    mixir_cuda_free(context.get(), copy.data); // the device may be past a failure
}

} // namespace mixir::tools
