// CudaModule.h - the image of a program, loaded into a CUDA context.
#ifndef MIXIR_RUNTIME_CUDAMODULE_H
#define MIXIR_RUNTIME_CUDAMODULE_H

#include "Manifest.h"

#include <cstddef>
#include <vector>

namespace mixir::runtime {

/// A loaded module (CUmodule) and its kernels. Never changes after it was made.
class CudaModule {
public:
  /// Loads `image` (cubin, fatbin or PTX, copied) into the current CUDA context and finds the
  /// kernels of `manifest` in it. Throws a Failure: ARCH, LOAD, NO_DRIVER, CUDA, OUT_OF_MEMORY.
  CudaModule(const Manifest &manifest, const void *image, size_t bytes);
  ~CudaModule();
  CudaModule(const CudaModule &) = delete;
  CudaModule &operator=(const CudaModule &) = delete;

  /// The CUDA context (CUcontext) that it is loaded into.
  void *context() const { return owner; }
  /// The kernel (CUfunction) of `manifest.kernels[index]`.
  void *function(size_t index) const { return functions[index]; }
  /// Multiprocessors of its device.
  int multiprocessors() const { return sms; }
  /// Throws a Failure (DEVICE) when another CUDA context is current; where the calling thread has
  /// none, that of the module is made current.
  void requireCurrent(const Manifest &manifest) const;

private:
  void unload() noexcept;
  void *findKernel(const KernelSpec &kernel) const;

  void *owner;
  void *module = nullptr;
  std::vector<void *> functions;
  int sms = 0;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CUDAMODULE_H
