// CudaModule.cpp - see CudaModule.h.
#include "CudaModule.h"

#include "CudaDriver.h"
#include "Failure.h"

#include <cstring>

using namespace mixir::runtime;

namespace {

// CUjit_option, CUfunction_attribute
constexpr int kErrorLogBuffer = 5;
constexpr int kErrorLogBufferBytes = 6;
constexpr int kMaxThreadsPerBlock = 0;
constexpr int kMaxDynamicSharedBytes = 8;
// CUdevice_attribute
constexpr int kMultiprocessors = 16;
constexpr int kMaxSharedPerBlockOptin = 97;

/// Lets launches of `function` ask for the shared memory that it needs.
void allowShared(const KernelSpec &kernel, void *function) {
  const CudaDriver &driver = cudaDriver();
  int device = 0, most = 0;
  driver.cuCtxGetDevice(&device);
  driver.cuDeviceGetAttribute(&most, kMaxSharedPerBlockOptin, device);
  if (most < kernel.askedShared())
    fail(MIXIR_ERROR_ARCH, "kernel '", kernel.name, "': expected a gpu with at least ", kernel.askedShared(),
         " bytes of shared memory for a block, got ", currentCudaDevice().name, ", which has ", most);
  driver.cuFuncSetAttribute(function, kMaxDynamicSharedBytes, static_cast<int>(kernel.askedShared()));
}

[[noreturn]] void failToLoad(const Manifest &manifest, int error, std::string log) {
  std::string text = cudaErrorText("cuModuleLoadDataEx", error);
  while (!log.empty() && (log.back() == '\n' || log.back() == ' '))
    log.pop_back();
  if (!log.empty())
    text += "; " + log;
  switch (error) {
  case kCudaNoBinaryForGpu:
  case kCudaInvalidPtx:
  case kCudaUnsupportedPtxVersion: {
    CudaDevice device = currentCudaDevice();
    fail(MIXIR_ERROR_ARCH, "program '", manifest.name, "' was built for ", manifest.arch,
         ", which ", device.name, " (compute capability ", device.computeCapability / 10, ".",
         device.computeCapability % 10, ") or its driver cannot run: ", text);
  }
  case kCudaInvalidImage:
    fail(MIXIR_ERROR_LOAD, "program '", manifest.name, "': ", text);
  default:
    fail(statusOfCudaError(error), "program '",
         manifest.name, "': ", text);
  }
}

/// `image` has a zero behind it, as PTX needs.
void *loadModule(const Manifest &manifest, const std::string &image) {
  char log[4096] = "";
  int options[] = {kErrorLogBuffer, kErrorLogBufferBytes};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
  void *module = nullptr;
  if (int error =
          cudaDriver().cuModuleLoadDataEx.attempt(&module, image.data(), 2, options, values))
    failToLoad(manifest, error, std::string(log, strnlen(log, sizeof(log))));
  return module;
}

} // namespace

CudaModule::CudaModule(const Manifest &manifest, const void *image, size_t bytes)
    : owner(currentCudaContext()),
      module(loadModule(manifest, std::string(static_cast<const char *>(image), bytes))) {
  try {
    for (const KernelSpec &kernel : manifest.kernels)
      functions.push_back(findKernel(kernel));
    int device = 0;
    cudaDriver().cuCtxGetDevice(&device);
    cudaDriver().cuDeviceGetAttribute(&sms, kMultiprocessors, device);
  } catch (...) {
    unload();
    throw;
  }
}

CudaModule::~CudaModule() { unload(); }

void CudaModule::unload() noexcept {
  CudaContextScope scope(owner);
  cudaDriver().cuModuleUnload.attempt(module); // the process may be past the driver's end
}

/// Asking for an attribute also brings the kernel to the device, which the driver would otherwise
/// put off to the first launch, where a stream may be capturing.
void *CudaModule::findKernel(const KernelSpec &kernel) const {
  const CudaDriver &driver = cudaDriver();
  void *function = nullptr;
  int error = driver.cuModuleGetFunction.attempt(&function, module, kernel.name.c_str());
  if (error == kCudaNotFound)
    fail(MIXIR_ERROR_LOAD, "the image has no kernel '", kernel.name, "'");
  if (error)
    failCudaCall(driver.cuModuleGetFunction.name, error);
  int threads = 0;
  driver.cuFuncGetAttribute(&threads, kMaxThreadsPerBlock, function);
  if (threads < kernel.threads)
    fail(MIXIR_ERROR_LOAD, "kernel '", kernel.name, "': expected an image for blocks of ",
         kernel.threads, " threads, as the manifest says, got one for at most ", threads);
  if (kernel.askedShared())
    allowShared(kernel, function);
  return function;
}

void CudaModule::requireCurrent(const Manifest &manifest) const {
  void *current = nullptr;
  cudaDriver().cuCtxGetCurrent(&current);
  if (!current)
    cudaDriver().cuCtxSetCurrent(owner);
  else if (current != owner)
    fail(MIXIR_ERROR_DEVICE, "program '", manifest.name,
         "': expected the cuda context that it was opened in to be current, got another one");
}
