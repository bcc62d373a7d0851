// A CUDA driver whose GPU is the CPU: images are emitted sources, compiled by the host's compiler,
// and blocks run on the BlockMachine. With it the GPU suite is tested whole where there is no GPU.
// $MIXIR_CUDA_DRIVER names it.
#include "test/cuda/BlockMachine.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>

namespace {

using mixir::cuda_test::BlockMachine;
using mixir::cuda_test::ThreadOrder;
using Pointer = unsigned long long;
using Caller = unsigned long (*)(const void *words);

enum : int { Success = 0, InvalidImage = 200, NotFound = 500, LaunchFailed = 719 };

BlockMachine machine;
int context; // its address is the primary context
thread_local void *current = nullptr;

/// What is launched while a stream is capturing, to be done again and again.
using Graph = std::vector<std::function<int()>>;
Graph *capturing = nullptr;

/// Work of a stream: done at once, or kept by the graph.
int doWork(std::function<int()> work) {
  if (!capturing)
    return work();
  capturing->push_back(std::move(work));
  return Success;
}

/// The source with a function for each kernel that calls it.
std::string withCallers(const std::string &source) {
  std::string text = "#define MIXIR_HOST_EXECUTOR\n#include \"test/cuda/cuda_subset.h\"\n" + source;
  static const std::regex kernel(
      "__global__\\s+void\\s+(?:__launch_bounds__\\([^)]*\\)\\s+)?(\\w+)\\(");
  for (std::sregex_iterator it(source.begin(), source.end(), kernel), end; it != end; ++it)
    text += "extern \"C\" unsigned long mixir_host_call_" + (*it)[1].str() +
            "(const void *words) { return mixir_host::call(" + (*it)[1].str() + ", words); }\n";
  return text;
}

void *compileAndLoad(const std::string &source) {
  char folder[] = "hostcudaXXXXXX";
  if (!mkdtemp(folder))
    return nullptr;
  std::string file = std::string(folder) + "/kernels.cpp", library = std::string(folder) + "/k.so";
  std::ofstream(file) << withCallers(source);
  std::string command = MIXIR_HOST_CXX " -std=c++17 -O1 -fPIC -shared -w -fno-strict-aliasing "
                                       "-ffp-contract=off -Wl,-Bsymbolic -I" MIXIR_SOURCE_ROOT " " +
                        file + " -lm -o " + library;
  void *handle = std::system(command.c_str()) == 0
                     ? dlopen((std::filesystem::current_path() / library).c_str(), RTLD_NOW)
                     : nullptr;
  std::filesystem::remove_all(folder);
  return handle;
}

/// Ones, as memory of a GPU that nobody has written: a NaN in every type of floats.
void *takeMemory(size_t bytes) {
  void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (memory && bytes < (size_t(1) << 28)) // the copies that are timed do not look at theirs
    std::memset(memory, 0xff, bytes);
  return memory;
}

double milliseconds() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

} // namespace

extern "C" {

int cuInit(unsigned) { return Success; }
int cuDriverGetVersion(int *version) { return *version = 13000, Success; }
int cuGetErrorName(int, const char **text) { return *text = "HOST_CUDA_ERROR", Success; }
int cuGetErrorString(int, const char **text) { return *text = "see above", Success; }
int cuDeviceGet(int *device, int) { return *device = 0, Success; }
int cuDeviceGetName(char *name, int bytes, int) {
  return std::snprintf(name, static_cast<size_t>(bytes), "Host CPU"), Success;
}
int cuDeviceGetAttribute(int *value, int attribute, int) {
  switch (attribute) {
  case 13: // kHz
    return *value = 1000000, Success;
  case 16: // multiprocessors
    return *value = 4, Success;
  case 38: // bytes of the second-level cache
    return *value = 1 << 15, Success;
  case 97: // bytes of shared memory that a block may ask for
    return *value = 227 * 1024, Success;
  case 75: // compute capability
    return *value = 9, Success;
  default:
    return *value = 0, Success;
  }
}
int cuDevicePrimaryCtxRetain(void **to, int) { return *to = &context, Success; }
int cuCtxGetCurrent(void **to) { return *to = current, Success; }
int cuCtxSetCurrent(void *which) { return current = which, Success; }
int cuCtxGetDevice(int *device) { return *device = 0, Success; }

int cuModuleLoadDataEx(void **module, const void *image, unsigned, int *, void **) {
  *module = compileAndLoad(static_cast<const char *>(image));
  if (!*module)
    return InvalidImage;
  *static_cast<mixir_host::Block **>(dlsym(*module, "mixir_host_block")) = &machine;
  return Success;
}
int cuModuleUnload(void *module) { return dlclose(module), Success; }
int cuModuleGetFunction(void **function, void *module, const char *name) {
  *function = dlsym(module, (std::string("mixir_host_call_") + name).c_str());
  return *function ? Success : NotFound;
}
int cuFuncGetAttribute(int *value, int, void *) { return *value = 1024, Success; }
int cuFuncSetAttribute(void *, int, int) { return Success; }

int cuLaunchKernel(void *function, unsigned grid, unsigned, unsigned, unsigned threads, unsigned,
                   unsigned, unsigned, void *, void **, void **extra) {
  auto *begin = static_cast<const char *>(extra[1]);
  std::string words(begin, *static_cast<size_t *>(extra[3]));
  return doWork([=] {
    for (unsigned block = 0; block < grid; block++) {
      std::string problem = machine.run([&] { reinterpret_cast<Caller>(function)(words.data()); },
                                        block, grid, threads, ThreadOrder::Ascending);
      if (!problem.empty())
        return std::fprintf(stderr, "block %u: %s\n", block, problem.c_str()), int(LaunchFailed);
    }
    return int(Success);
  });
}

int cuMemAlloc_v2(Pointer *to, size_t bytes) {
  return *to = reinterpret_cast<Pointer>(takeMemory(bytes)), Success;
}
int cuMemFree_v2(Pointer memory) { return std::free(reinterpret_cast<void *>(memory)), Success; }
int cuMemcpyHtoDAsync_v2(Pointer to, const void *from, size_t bytes, void *) {
  return std::memcpy(reinterpret_cast<void *>(to), from, bytes), Success;
}
int cuMemcpyDtoHAsync_v2(void *to, Pointer from, size_t bytes, void *) {
  return std::memcpy(to, reinterpret_cast<void *>(from), bytes), Success;
}
/// Is only timed.
int cuMemcpyDtoDAsync_v2(Pointer, Pointer, size_t, void *) { return Success; }

int cuStreamCreate(void **stream, unsigned) { return *stream = new int, Success; }
int cuStreamSynchronize(void *) { return Success; }
int cuStreamIsCapturing(void *, int *is) { return *is = capturing != nullptr, Success; }
int cuEventCreate(void **event, unsigned) { return *event = new double(0), Success; }
int cuEventRecord(void *event, void *) {
  return *static_cast<double *>(event) = milliseconds(), Success;
}
int cuEventElapsedTime(float *to, void *begin, void *end) {
  *to = static_cast<float>(*static_cast<double *>(end) - *static_cast<double *>(begin));
  return Success;
}
int cuEventDestroy_v2(void *event) { return delete static_cast<double *>(event), Success; }

int cuStreamBeginCapture_v2(void *, int) { return capturing = new Graph, Success; }
int cuStreamEndCapture(void *, void **graph) {
  *graph = capturing;
  capturing = nullptr;
  return Success;
}
int cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long) {
  return *executable = new Graph(*static_cast<Graph *>(graph)), Success;
}
int cuGraphLaunch(void *executable, void *) {
  for (const auto &work : *static_cast<Graph *>(executable))
    if (int error = work())
      return error;
  return Success;
}
int cuGraphExecDestroy(void *executable) {
  return delete static_cast<Graph *>(executable), Success;
}
int cuGraphDestroy(void *graph) { return delete static_cast<Graph *>(graph), Success; }
}
