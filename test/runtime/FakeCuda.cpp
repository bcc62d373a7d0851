// FakeCuda.cpp - the functions of the CUDA driver that the runtime calls; see FakeCuda.h.
#include "FakeCuda.h"

#include <cstdlib>
#include <cstring>
#include <list>

using namespace mixir::test;

namespace {

enum : int {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  InvalidContext = 201,
  InvalidImage = 200,
  NotFound = 500,
  CaptureUnsupported = 900,
};

struct ErrorRow {
  int error;
  const char *name, *text;
};

constexpr ErrorRow kErrors[] = {
    {InvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {InvalidImage, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {InvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with a newer one"},
    {NotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {CaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "not while capturing"}};

FakeCuda state;
int primary; // its address is the primary context
thread_local void *current = nullptr;
std::map<void *, void *> memory, modules; // -> the context they belong to
/// Kernels as they were when they were looked up: another image may have others of their names.
std::list<std::pair<const std::string, FakeKernel>> functions;

int failureOf(const char *call) {
  auto found = state.failures.find(call);
  return found == state.failures.end() ? Success : found->second;
}

int explain(int error, const char **text, const char *ErrorRow::*member) {
  for (const ErrorRow &row : kErrors)
    if (row.error == error) {
      *text = row.*member;
      return Success;
    }
  return InvalidValue;
}

} // namespace

// clang-format off
// For calls that may be told to fail, and that need a current context.
#define RETURN_FAILURE(name) if (int failure = failureOf(name)) return failure
#define RETURN_WITHOUT_CONTEXT if (!current) return InvalidContext
// clang-format on

extern "C" {

__attribute__((visibility("default"))) FakeCuda *fakeCuda() { return &state; }

int cuInit(unsigned) {
  RETURN_FAILURE("cuInit");
  return Success;
}

int cuDriverGetVersion(int *version) {
  *version = 12040;
  return Success;
}

int cuGetErrorName(int error, const char **text) { return explain(error, text, &ErrorRow::name); }
int cuGetErrorString(int error, const char **text) { return explain(error, text, &ErrorRow::text); }

int cuDeviceGet(int *device, int ordinal) {
  RETURN_FAILURE("cuDeviceGet");
  *device = ordinal;
  return Success;
}

int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 75   ? 9
           : attribute == 76 ? 0
           : attribute == 16 ? state.multiprocessors
           : attribute == 97 ? state.mostShared
                             : -1;
  return Success;
}

int cuDeviceGetName(char *name, int bytes, int) {
  std::strncpy(name, "Fake GPU", static_cast<size_t>(bytes));
  return Success;
}

int cuDevicePrimaryCtxRetain(void **context, int) {
  RETURN_FAILURE("cuDevicePrimaryCtxRetain");
  state.retained++;
  *context = &primary;
  return Success;
}

int cuCtxGetCurrent(void **context) {
  *context = current;
  return Success;
}

int cuCtxSetCurrent(void *context) {
  current = context;
  return Success;
}

int cuCtxGetDevice(int *device) {
  RETURN_WITHOUT_CONTEXT;
  *device = 0;
  return Success;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options,
                       void **values) {
  RETURN_WITHOUT_CONTEXT;
  for (unsigned i = 0; i < count; i++)
    if (options[i] == 5) // CU_JIT_ERROR_LOG_BUFFER
      std::strcpy(static_cast<char *>(values[i]), state.log.c_str());
  RETURN_FAILURE("cuModuleLoadDataEx");
  if (std::strncmp(static_cast<const char *>(image), kFakeImage, strlen(kFakeImage)) != 0)
    return InvalidImage;
  state.loads++;
  *module = new int;
  modules[*module] = current;
  return Success;
}

int cuModuleUnload(void *module) {
  auto found = modules.find(module);
  if (found == modules.end())
    return InvalidValue;
  state.foreign += found->second != current;
  state.unloads++;
  modules.erase(found);
  delete static_cast<int *>(module);
  return Success;
}

int cuModuleGetFunction(void **function, void *module, const char *name) {
  RETURN_FAILURE("cuModuleGetFunction");
  auto found = state.kernels.find(name);
  if (!modules.count(module) || found == state.kernels.end())
    return NotFound;
  functions.push_back(*found);
  *function = &functions.back();
  return Success;
}

int cuFuncGetAttribute(int *value, int attribute, void *function) {
  RETURN_FAILURE("cuFuncGetAttribute");
  const auto &kernel = *static_cast<std::pair<const std::string, FakeKernel> *>(function);
  *value = attribute == 0 ? kernel.second.maxThreads : 0;
  return Success;
}

int cuFuncSetAttribute(void *function, int attribute, int value) {
  RETURN_FAILURE("cuFuncSetAttribute");
  auto &kernel = *static_cast<std::pair<const std::string, FakeKernel> *>(function);
  if (attribute != 8 || value > state.mostShared) // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
    return InvalidValue;
  kernel.second.allowedShared = value;
  return Success;
}

int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                   unsigned blockY, unsigned blockZ, unsigned sharedBytes, void *stream, void **params,
                   void **extra) {
  RETURN_WITHOUT_CONTEXT;
  RETURN_FAILURE("cuLaunchKernel");
  const auto &[name, kernel] = *static_cast<std::pair<const std::string, FakeKernel> *>(function);
  const uint64_t *words = nullptr;
  size_t bytes = 0;
  for (; extra && *extra; extra += 2) {
    if (extra[0] == reinterpret_cast<void *>(1))
      words = static_cast<const uint64_t *>(extra[1]);
    if (extra[0] == reinterpret_cast<void *>(2))
      bytes = *static_cast<size_t *>(extra[1]);
  }
  if (params || gridX == 0 || gridY != 1 || gridZ != 1 || blockY != 1 || blockZ != 1 ||
      blockX > static_cast<unsigned>(kernel.maxThreads) || bytes != kernel.words * 8)
    return InvalidValue;
  if (sharedBytes > static_cast<unsigned>(kernel.allowedShared))
    return InvalidValue;
  state.launches.push_back({name, gridX, blockX, stream, sharedBytes});
  if (state.capturing && stream == state.capturing)
    return Success; // a node of the graph; nothing runs
  for (unsigned block = 0; block < gridX; block++)
    kernel.body(words, block);
  return Success;
}

int cuMemAlloc_v2(unsigned long long *pointer, size_t bytes) {
  RETURN_WITHOUT_CONTEXT;
  RETURN_FAILURE("cuMemAlloc");
  if (state.capturing)
    return CaptureUnsupported;
  if (!bytes)
    return InvalidValue;
  void *block = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  memory[block] = current;
  state.allocs++;
  *pointer = reinterpret_cast<uintptr_t>(block);
  return Success;
}

int cuMemFree_v2(unsigned long long pointer) {
  auto found = memory.find(reinterpret_cast<void *>(pointer));
  if (found == memory.end())
    return InvalidValue;
  state.foreign += found->second != current;
  state.frees++;
  std::free(found->first);
  memory.erase(found);
  return Success;
}

int cuMemcpyHtoDAsync_v2(unsigned long long to, const void *from, size_t bytes, void *) {
  RETURN_WITHOUT_CONTEXT;
  RETURN_FAILURE("cuMemcpyHtoDAsync");
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  state.copies++;
  return Success;
}

int cuMemcpyDtoHAsync_v2(void *to, unsigned long long from, size_t bytes, void *) {
  RETURN_WITHOUT_CONTEXT;
  RETURN_FAILURE("cuMemcpyDtoHAsync");
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  state.copies++;
  return Success;
}

int cuStreamSynchronize(void *stream) {
  RETURN_FAILURE("cuStreamSynchronize");
  if (state.capturing && stream == state.capturing)
    return CaptureUnsupported;
  state.synchronisations++;
  return Success;
}

int cuStreamIsCapturing(void *stream, int *status) {
  RETURN_FAILURE("cuStreamIsCapturing");
  *status = state.capturing && stream == state.capturing;
  return Success;
}

int cuEventCreate(void **event, unsigned) {
  *event = new int;
  return Success;
}
int cuEventRecord(void *, void *) { return Success; }
int cuEventElapsedTime(float *milliseconds, void *, void *) {
  *milliseconds = 1;
  return Success;
}
int cuEventDestroy_v2(void *event) {
  delete static_cast<int *>(event);
  return Success;
}

} // extern "C"
