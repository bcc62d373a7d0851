// CudaDriver.h - the CUDA driver, loaded when it is first needed.
//
// Mixir links no CUDA library and needs no CUDA headers: the functions of CudaDriver.def are looked
// up in the driver's shared object, so that one build runs with and without a GPU.
#ifndef MIXIR_RUNTIME_CUDADRIVER_H
#define MIXIR_RUNTIME_CUDADRIVER_H

#include "mixir/mixir.h"

#include <cstddef>
#include <string>

namespace mixir::runtime {

/// An address of device memory (CUdeviceptr).
using CudaPointer = unsigned long long;

/// What the driver answers (CUresult), where Mixir tells answers apart.
enum CudaError {
  kCudaOutOfMemory = 2,
  kCudaInvalidImage = 200,
  kCudaNoBinaryForGpu = 209,
  kCudaInvalidPtx = 218,
  kCudaUnsupportedPtxVersion = 222,
  kCudaNotFound = 500,
};

/// An error of the driver as text: "cuInit failed with CUDA_ERROR_NO_DEVICE: no device is found".
MIXIR_API std::string cudaErrorText(const char *call, int error);
/// What a failed call of the driver is to callers: OUT_OF_MEMORY or CUDA.
mixir_status statusOfCudaError(int error);
/// Throws a Failure with that text: OUT_OF_MEMORY when device memory is short, else CUDA.
[[noreturn]] MIXIR_API void failCudaCall(const char *call, int error);

/// One function of the driver.
template <typename... Args> struct CudaCall {
  const char *name;
  int (*function)(Args...);

  /// Calls it; throws a Failure when it does not answer success.
  void operator()(Args... args) const {
    if (int error = function(args...))
      failCudaCall(name, error);
  }
  /// Calls it; answers its CUresult.
  int attempt(Args... args) const { return function(args...); }
};

/// The functions of CudaDriver.def, as members.
struct CudaDriver {
  /// Loads and initialises the driver at `path`, "": libcuda.so.1 where the loader finds it. Throws
  /// a Failure: NO_DRIVER when there is none or it is too old, CUDA when it finds no device.
  explicit CudaDriver(const std::string &path);

#define MIXIR_CUDA_CALL(name, symbol, ...) CudaCall<__VA_ARGS__> name{#name, nullptr};
#include "CudaDriver.def"
};

/// The driver of this process, loaded on the first call that succeeds: the one that
/// $MIXIR_CUDA_DRIVER names, else libcuda.so.1. Throws a Failure as the constructor.
MIXIR_API const CudaDriver &cudaDriver();

/// The CUDA context (CUcontext) of the calling thread. Where it has none, the primary context of
/// device 0 is made current; it is then kept for the life of the process. Throws a Failure.
MIXIR_API void *currentCudaContext();

/// What is known about a device.
struct CudaDevice {
  std::string name;
  int computeCapability = 0; ///< 10 * major + minor
};

/// The device of the current CUDA context, or device 0 when the calling thread has none; makes no
/// context. Throws a Failure.
MIXIR_API CudaDevice currentCudaDevice();

/// Makes a CUDA context current for a while, on paths that must not throw.
class CudaContextScope {
public:
  explicit CudaContextScope(void *context) noexcept;
  ~CudaContextScope();
  CudaContextScope(const CudaContextScope &) = delete;
  CudaContextScope &operator=(const CudaContextScope &) = delete;

private:
  void *previous = nullptr;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CUDADRIVER_H
