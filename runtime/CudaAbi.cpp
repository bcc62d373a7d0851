// CudaAbi.cpp - the functions of mixir.h for devices and device memory.
#include "Context.h"
#include "CudaDriver.h"

#include <algorithm>
#include <cstring>

using namespace mixir::runtime;

namespace {

CudaPointer addressOf(const void *data) { return reinterpret_cast<uintptr_t>(data); }

/// The driver, with a CUDA context current.
const CudaDriver &readyDriver() {
  currentCudaContext();
  return cudaDriver();
}

void requireBoth(const void *to, const void *from) {
  if (!to || !from)
    fail(MIXIR_ERROR_INVALID_ARGUMENT, "expected memory to copy from and to, got a null pointer");
}

} // namespace

extern "C" {

int mixir_cuda_device(mixir_context *context, char *name, size_t name_bytes,
                      int32_t *compute_capability, int32_t *driver_version) {
  return guarded(context, [&] {
    CudaDevice device = currentCudaDevice();
    int version = 0;
    cudaDriver().cuDriverGetVersion(&version);
    if (name && name_bytes) {
      size_t length = std::min(device.name.size(), name_bytes - 1);
      std::memcpy(name, device.name.data(), length);
      name[length] = 0;
    }
    if (compute_capability)
      *compute_capability = device.computeCapability;
    if (driver_version)
      *driver_version = version;
  });
}

int mixir_cuda_alloc(mixir_context *context, size_t bytes, void **data) {
  if (data)
    *data = nullptr;
  return guarded(context, [&] {
    if (!data)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "expected a place for the memory, got a null pointer");
    CudaPointer address = 0;
    if (bytes)
      readyDriver().cuMemAlloc(&address, bytes);
    *data = reinterpret_cast<void *>(static_cast<uintptr_t>(address));
  });
}

int mixir_cuda_free(mixir_context *context, void *data) {
  return guarded(context, [&] {
    if (data)
      readyDriver().cuMemFree(addressOf(data));
  });
}

int mixir_cuda_upload(mixir_context *context, void *to, const void *from, size_t bytes,
                      void *stream) {
  return guarded(context, [&] {
    if (!bytes)
      return;
    requireBoth(to, from);
    readyDriver().cuMemcpyHtoDAsync(addressOf(to), from, bytes, stream);
  });
}

int mixir_cuda_download(mixir_context *context, void *to, const void *from, size_t bytes,
                        void *stream) {
  return guarded(context, [&] {
    if (!bytes)
      return;
    requireBoth(to, from);
    readyDriver().cuMemcpyDtoHAsync(to, addressOf(from), bytes, stream);
    readyDriver().cuStreamSynchronize(stream);
  });
}

int mixir_cuda_synchronize(mixir_context *context, void *stream) {
  return guarded(context, [&] { readyDriver().cuStreamSynchronize(stream); });
}

} // extern "C"
