// A source becomes a shared object in a temporary folder, which is gone before anything runs.
#include "test/cuda/HostExecutor.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <dlfcn.h>

using namespace llvm;
using namespace mixir;
using namespace mixir::cuda_test;
using interpreter::Array;
using interpreter::Arrays;

namespace {

constexpr size_t kMostSharedBytes = 227 * 1024;

/// Whether a parameter is about the entries of a batch, which a plain run does not place.
bool isOfBatch(const Param &param) {
  return param.kind == "rows" || param.kind == "offsets" || param.kind == "entry";
}

std::string callerOf(StringRef kernel) { return ("mixir_host_call_" + kernel).str(); }

/// The source between what it is built on and what calls its kernels.
std::string hostSource(StringRef source, const CudaManifest &manifest) {
  std::string text =
      "#define MIXIR_HOST_EXECUTOR\n#include \"test/cuda/cuda_subset.h\"\n#line 1 \"" +
      manifest.name + ".cu\"\n" + source.str() + "\n";
  for (const Kernel &kernel : manifest.kernels)
    text += "extern \"C\" unsigned long " + callerOf(kernel.name) +
            "(const void *words) { return mixir_host::call(" + kernel.name + ", words); }\n";
  return text;
}

Error runCompiler(ArrayRef<StringRef> arguments, StringRef log) {
  std::string message;
  std::optional<StringRef> redirects[] = {StringRef(), log, log};
  if (sys::ExecuteAndWait(arguments[0], arguments, std::nullopt, redirects, 120, 0, &message) == 0)
    return Error::success();
  if (auto said = MemoryBuffer::getFile(log))
    message += (*said)->getBuffer();
  return createStringError("the host's compiler refuses the source: " + message);
}

/// Compiles and loads. The check of array bounds is answered by cuda_subset.h, so the object is
/// linked without the library of the sanitizer.
Expected<void *> load(StringRef text) {
  SmallString<128> folder;
  if (std::error_code ec = sys::fs::createUniqueDirectory("mixir-cuda", folder))
    return createStringError("cannot make a temporary folder: " + ec.message());
  scope_exit cleanup([&] { sys::fs::remove_directories(folder); });
  auto inFolder = [&](StringRef name) { return (folder + "/" + name).str(); };
  std::string source = inFolder("kernels.cpp"), object = inFolder("kernels.o"),
              library = inFolder("kernels.so"), log = inFolder("log");
  std::error_code ec;
  raw_fd_ostream(source, ec) << text;
  if (ec)
    return createStringError("cannot write '" + source + "': " + ec.message());
  if (Error e =
          runCompiler({MIXIR_HOST_CXX, "-std=c++17", "-O0", "-fPIC", "-w", "-fsanitize=bounds",
                       "-fno-sanitize-recover=bounds", "-fno-strict-aliasing", "-ffp-contract=off",
                       "-I" MIXIR_SOURCE_ROOT, "-c", source, "-o", object},
                      log))
    return e;
  if (Error e = runCompiler(
          {MIXIR_HOST_CXX, "-shared", "-Wl,-Bsymbolic", object, "-lm", "-o", library}, log))
    return e;
  void *handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return createStringError(Twine("cannot load the compiled source: ") + dlerror());
  return handle;
}

} // namespace

Expected<std::unique_ptr<HostExecutor>> HostExecutor::compile(StringRef source,
                                                              StringRef manifest) {
  std::unique_ptr<HostExecutor> executor(new HostExecutor);
  Expected<CudaManifest> parsed = parseCudaManifest(manifest);
  if (!parsed)
    return parsed.takeError();
  executor->manifest = std::move(*parsed);
  Expected<void *> library = load(hostSource(source, executor->manifest));
  if (!library)
    return library.takeError();
  executor->library = *library;
  if (Error e = executor->bind())
    return e;
  return executor;
}

HostExecutor::~HostExecutor() {
  if (library)
    dlclose(library);
}

/// Finds the kernels and compares their parameters with the manifest.
Error HostExecutor::bind() {
  *static_cast<mixir_host::Block **>(dlsym(library, "mixir_host_block")) = &machine;
  for (const Kernel &kernel : manifest.kernels) {
    calls.push_back(reinterpret_cast<Call>(dlsym(library, callerOf(kernel.name).c_str())));
    unsigned long words = calls.back()(nullptr);
    if (words != kernel.params.size())
      return createStringError("kernel '" + kernel.name + "' takes " + Twine(words) +
                               " words, its manifest lists " + Twine(kernel.params.size()));
  }
  return Error::success();
}

Expected<HostExecutor::Memory> HostExecutor::allocate(const Arrays &inputs, const Sizes &sizes,
                                                      Layout layout) const {
  Memory memory;
  for (const Tensor &tensor : manifest.tensors) {
    std::vector<int64_t> shape = shapeOf(tensor, sizes);
    bool isTemp = tensor.role == "temp";
    auto it =
        memory.emplace(tensor.name, DeviceArray(tensor, shape, isTemp ? Layout::Dense : layout))
            .first;
    if (isTemp || tensor.role == "out")
      continue;
    auto given = inputs.find(tensor.name);
    if (given == inputs.end())
      return createStringError("no input '" + tensor.name + "'");
    if ((given->second.kind == Array::C128) != (tensor.dtype == "c64"))
      return createStringError("input '" + tensor.name + "': expected " + tensor.dtype);
    it->second.store(given->second);
  }
  return memory;
}

std::string HostExecutor::runBlock(size_t index, const void *words, unsigned block, unsigned grid,
                                   ThreadOrder order) {
  const Kernel &kernel = manifest.kernels[index];
  std::string problem = machine.run([&] { calls[index](words); }, block, grid,
                                    static_cast<unsigned>(kernel.threads), order);
  auto allowed = std::min(kMostSharedBytes, static_cast<size_t>(kernel.sharedBytes));
  if (problem.empty() && machine.sharedBytes() > allowed)
    problem = "expected at most " + std::to_string(allowed) + " bytes of shared arrays, got " +
              std::to_string(machine.sharedBytes());
  return problem;
}

Error HostExecutor::launch(size_t index, Memory &memory, const Sizes &sizes, ThreadOrder order) {
  const Kernel &kernel = manifest.kernels[index];
  auto inKernel = [&](const Twine &problem) {
    return createStringError("kernel '" + kernel.name + "': " + problem);
  };
  std::vector<int64_t> words;
  for (const Param &param : kernel.params) {
    if (param.kind == "size" || isOfBatch(param)) {
      words.push_back(isOfBatch(param) ? 0 : sizes.at(param.dim));
      continue;
    }
    const TensorView *view = manifest.findView(param.ref);
    DeviceArray &array = memory.at(view ? view->of : param.ref);
    if (param.kind == "data") {
      int64_t offset = 0;
      if (view)
        for (auto &[dim, at] : view->at) {
          Expected<int64_t> stride = array.strideOf(dim, sizes);
          if (!stride)
            return inKernel(toString(stride.takeError()));
          offset += at * *stride * array.pointedBytes();
        }
      words.push_back(reinterpret_cast<intptr_t>(array.data(param.part == "im") + offset));
      continue;
    }
    Expected<int64_t> stride =
        array.strideOf(view ? view->ownDim(param.dim) : param.dim, sizes);
    if (!stride)
      return inKernel(toString(stride.takeError()));
    words.push_back(*stride);
  }
  auto grid = static_cast<unsigned>(gridOf(kernel, sizes));
  for (unsigned i = 0; i < grid; i++) {
    unsigned block = order == ThreadOrder::Ascending ? i : grid - 1 - i;
    if (std::string problem = runBlock(index, words.data(), block, grid, order); !problem.empty())
      return inKernel("block " + Twine(block) + ": " + problem);
  }
  for (const Tensor &tensor : manifest.tensors) {
    std::string damage =
        memory.at(tensor.name).damage(tensor.role == "in" || tensor.role == "param");
    if (!damage.empty())
      return inKernel(damage);
  }
  return Error::success();
}

Expected<Arrays> HostExecutor::run(const Arrays &inputs, const Sizes &known,
                                   const RunOptions &options) {
  std::map<std::string, std::vector<int64_t>> shapes;
  for (auto &[name, array] : inputs)
    shapes[name] = array.shape;
  Expected<Sizes> sizes = solveSizes(manifest, shapes, known);
  if (!sizes)
    return sizes.takeError();
  Expected<Memory> memory = allocate(inputs, *sizes, options.layout);
  if (!memory)
    return memory.takeError();
  for (size_t i = 0; i < manifest.kernels.size(); i++) {
    bool hasOther = i + 1 < manifest.kernels.size() && manifest.kernels[i + 1].instead;
    if (options.runsOther ? hasOther : manifest.kernels[i].instead.has_value())
      continue;
    if (Error e = launch(i, *memory, *sizes, options.order))
      return e;
  }
  Arrays outputs;
  for (const Tensor &tensor : manifest.tensors)
    if (tensor.role == "out")
      outputs[tensor.name] = memory->at(tensor.name).load();
  return outputs;
}
