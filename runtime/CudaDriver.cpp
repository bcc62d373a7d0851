// CudaDriver.cpp - see CudaDriver.h.
#include "CudaDriver.h"

#include "Env.h"
#include "Failure.h"

#include <atomic>
#include <dlfcn.h>

using namespace mixir::runtime;

namespace {

constexpr char kDefaultDriver[] = "libcuda.so.1";

// CUdevice_attribute
constexpr int kComputeCapabilityMajor = 75;
constexpr int kComputeCapabilityMinor = 76;

/// How the driver that was loaded last names its errors.
std::atomic<int (*)(int, const char **)> errorName{nullptr}, errorString{nullptr};

std::string ask(int (*function)(int, const char **), int error, const std::string &fallback) {
  const char *text = nullptr;
  return function && function(error, &text) == 0 && text ? text : fallback;
}

/// The shared object of the driver. It is never unloaded: the driver has threads of its own.
void *openDriver(const std::string &path) {
  const char *file = path.empty() ? kDefaultDriver : path.c_str();
  if (void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL))
    return library;
  const char *reason = dlerror();
  fail(MIXIR_ERROR_NO_DRIVER, "no cuda driver: looked for ",
       path.empty() ? std::string(kDefaultDriver) + " on the loader path ($MIXIR_CUDA_DRIVER may "
                                                    "name another)"
                    : "'" + path + "', which $MIXIR_CUDA_DRIVER names",
       ": ", reason ? reason : "not found");
}

template <typename... Args>
void resolve(void *library, const char *symbol, CudaCall<Args...> &call) {
  call.function = reinterpret_cast<int (*)(Args...)>(dlsym(library, symbol));
  if (!call.function)
    fail(MIXIR_ERROR_NO_DRIVER, "the cuda driver has no function ", symbol,
         "; a newer driver is needed");
}

void *retainPrimaryContext(const CudaDriver &driver) {
  int device = 0;
  void *context = nullptr;
  driver.cuDeviceGet(&device, 0);
  driver.cuDevicePrimaryCtxRetain(&context, device);
  return context;
}

} // namespace

std::string mixir::runtime::cudaErrorText(const char *call, int error) {
  std::string text = std::string(call) + " failed with ";
  text += ask(errorName, error, "CUDA error " + std::to_string(error));
  return text + ": " + ask(errorString, error, "the driver has no text for it");
}

mixir_status mixir::runtime::statusOfCudaError(int error) {
  return error == kCudaOutOfMemory ? MIXIR_ERROR_OUT_OF_MEMORY : MIXIR_ERROR_CUDA;
}

void mixir::runtime::failCudaCall(const char *call, int error) {
  fail(statusOfCudaError(error),
       cudaErrorText(call, error));
}

CudaDriver::CudaDriver(const std::string &path) {
  void *library = openDriver(path);
#define MIXIR_CUDA_CALL(name, symbol, ...) resolve(library, symbol, name);
#include "CudaDriver.def"
  errorName = cuGetErrorName.function;
  errorString = cuGetErrorString.function;
  cuInit(0);
}

const CudaDriver &mixir::runtime::cudaDriver() {
  static const CudaDriver driver(env().cudaDriver);
  return driver;
}

void *mixir::runtime::currentCudaContext() {
  const CudaDriver &driver = cudaDriver();
  void *context = nullptr;
  driver.cuCtxGetCurrent(&context);
  if (context)
    return context;
  static void *const primary = retainPrimaryContext(driver);
  driver.cuCtxSetCurrent(primary);
  return primary;
}

CudaDevice mixir::runtime::currentCudaDevice() {
  const CudaDriver &driver = cudaDriver();
  void *context = nullptr;
  int id = 0, major = 0, minor = 0;
  driver.cuCtxGetCurrent(&context);
  if (context)
    driver.cuCtxGetDevice(&id);
  else
    driver.cuDeviceGet(&id, 0);
  char name[256] = "";
  driver.cuDeviceGetName(name, sizeof(name), id);
  driver.cuDeviceGetAttribute(&major, kComputeCapabilityMajor, id);
  driver.cuDeviceGetAttribute(&minor, kComputeCapabilityMinor, id);
  return {name, 10 * major + minor};
}

CudaContextScope::CudaContextScope(void *context) noexcept {
  cudaDriver().cuCtxGetCurrent.attempt(&previous); // loaded, or there were no context
  cudaDriver().cuCtxSetCurrent.attempt(context);
}

CudaContextScope::~CudaContextScope() { cudaDriver().cuCtxSetCurrent.attempt(previous); }
