// See Clock.h. Functions of the driver that the runtime has no use for are looked up here.
#include "bench/gpu/suite/Clock.h"

#include "runtime/CudaDriver.h"
#include "runtime/Env.h"

#include <algorithm>
#include <dlfcn.h>

using namespace mixir;
using namespace mixir::gpu_suite;
using runtime::cudaDriver;
using runtime::CudaPointer;

namespace {

// CUdevice_attribute
constexpr int kMultiprocessors = 16, kClockKhz = 13, kL2Bytes = 38;
constexpr unsigned kNonBlocking = 1; // CUstream_flags
constexpr int kRelaxed = 2;          // CUstreamCaptureMode
constexpr size_t kCopyBytes = size_t(1) << 30;

/// A function of the driver, or null.
template <typename... Args> int (*find(const char *symbol, int (*)(Args...)))(Args...) {
  const std::string &path = runtime::env().cudaDriver;
  static void *library =
      dlopen(path.empty() ? "libcuda.so.1" : path.c_str(), RTLD_NOW | RTLD_LOCAL);
  return library ? reinterpret_cast<int (*)(Args...)>(dlsym(library, symbol)) : nullptr;
}

/// Calls a function of the driver; throws what it answers.
template <typename... Args> void call(const char *symbol, Args... args) {
  int (*function)(Args...) = find(symbol, static_cast<int (*)(Args...)>(nullptr));
  if (!function)
    throw DeviceError(std::string("the cuda driver has no function ") + symbol);
  if (int error = function(args...))
    throw DeviceError(runtime::cudaErrorText(symbol, error));
}

bool hasGraphs() {
  return find("cuGraphLaunch", static_cast<int (*)(void *, void *)>(nullptr)) &&
         find("cuGraphInstantiateWithFlags",
              static_cast<int (*)(void **, void *, unsigned long long)>(nullptr));
}

int attribute(int which) {
  int device = 0, value = 0;
  cudaDriver().cuCtxGetDevice(&device);
  cudaDriver().cuDeviceGetAttribute.attempt(&value, which, device); // 0: the driver does not tell
  return value;
}

} // namespace

Clock::Clock() {
  runtime::currentCudaContext();
  call("cuStreamCreate", &ownStream, kNonBlocking);
  cudaDriver().cuEventCreate(&begin, 0u);
  cudaDriver().cuEventCreate(&end, 0u);
}

Clock::~Clock() {
  cudaDriver().cuEventDestroy.attempt(begin);
  cudaDriver().cuEventDestroy.attempt(end);
}

double Clock::time(const std::function<void()> &work) {
  cudaDriver().cuEventRecord(begin, ownStream);
  work();
  cudaDriver().cuEventRecord(end, ownStream);
  cudaDriver().cuStreamSynchronize(ownStream);
  float milliseconds = 0;
  cudaDriver().cuEventElapsedTime(&milliseconds, begin, end);
  return milliseconds * 1e3;
}

std::vector<double> Clock::timeGraph(const std::function<void()> &work, int samples) {
  if (!hasGraphs())
    return {};
  void *graph = nullptr, *executable = nullptr;
  call("cuStreamBeginCapture_v2", ownStream, kRelaxed);
  try {
    work();
  } catch (...) {
    find("cuStreamEndCapture", static_cast<int (*)(void *, void **)>(nullptr))(ownStream, &graph);
    throw;
  }
  call("cuStreamEndCapture", ownStream, &graph);
  call("cuGraphInstantiateWithFlags", &executable, graph, 0ull);
  std::vector<double> times;
  for (int i = -2; i < samples; i++) { // two to warm up
    double us = time([&] { call("cuGraphLaunch", executable, ownStream); });
    if (i >= 0)
      times.push_back(us);
  }
  call("cuGraphExecDestroy", executable);
  call("cuGraphDestroy", graph);
  return times;
}

void Clock::copy(void *to, const void *from, size_t bytes) {
  call("cuMemcpyDtoDAsync_v2", reinterpret_cast<CudaPointer>(to),
       reinterpret_cast<CudaPointer>(from), bytes, ownStream);
}

DeviceRates gpu_suite::measureRates(const Context &context, Clock &clock) {
  DeviceRates rates;
  rates.clockMhz = attribute(kClockKhz) / 1e3;
  rates.multiprocessors = attribute(kMultiprocessors);
  rates.l2Bytes = static_cast<size_t>(std::max(0, attribute(kL2Bytes)));
  void *from = nullptr, *to = nullptr;
  context.check(mixir_cuda_alloc(context.get(), kCopyBytes, &from));
  context.check(mixir_cuda_alloc(context.get(), kCopyBytes, &to));
  std::vector<double> times;
  for (int i = -3; i < 20; i++) {
    double us = clock.time([&] { clock.copy(to, from, kCopyBytes); });
    if (i >= 0)
      times.push_back(us);
  }
  mixir_cuda_free(context.get(), from);
  mixir_cuda_free(context.get(), to);
  rates.copyBytesPerUs = 2.0 * kCopyBytes / median(times);
  return rates;
}

double gpu_suite::median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t half = values.size() / 2;
  return values.empty()      ? 0
         : values.size() % 2 ? values[half]
                             : (values[half - 1] + values[half]) / 2;
}
