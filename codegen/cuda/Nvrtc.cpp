// NVRTC stays loaded for the life of the process: it starts threads of its own
// and takes a quarter of a second to load from a cold disk.
#include "codegen/cuda/Nvrtc.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <dlfcn.h>

#include <map>
#include <memory>
#include <mutex>

using namespace llvm;

namespace mixir::codegen {

namespace {

using Program = struct OpaqueProgram *;
using Status = int; // 0: success

constexpr Status kCompilationError = 6;

/// The functions of the library, and what it says of itself.
struct Nvrtc {
  Status (*version)(int *, int *);
  Status (*numArchs)(int *);
  Status (*archs)(int *);
  Status (*create)(Program *, const char *source, const char *name, int, const char *const *, const char *const *);
  Status (*destroy)(Program *);
  Status (*compile)(Program, int, const char *const *);
  Status (*logSize)(Program, size_t *);
  Status (*log)(Program, char *);
  Status (*cubinSize)(Program, size_t *);
  Status (*cubin)(Program, char *);
  Status (*ptxSize)(Program, size_t *);
  Status (*ptx)(Program, char *);
  const char *(*errorString)(Status);
  NvrtcInfo info;
};

Error callFailed(const Nvrtc &nvrtc, const Twine &call, Status status) {
  return createStringError(call + " of NVRTC failed: " + nvrtc.errorString(status));
}

//===--- Where it is ---===//

const char *const kNames[] = {"libnvrtc.so.13", "libnvrtc.so.12"};
/// Of the Python packages, below site-packages: for CUDA 13 and for CUDA 12.
const char *const kPackages[] = {"nvidia/cu13/lib", "nvidia/cuda_nvrtc/lib"};

std::string inFolder(const Twine &folder, const Twine &name) {
  SmallString<128> path;
  sys::path::append(path, folder, name);
  return path.str().str();
}

/// The site-packages of every Python 3 below `prefix`/lib, in the order of their names.
std::vector<std::string> sitePackages(const std::string &prefix, StringRef name) {
  std::vector<std::string> folders;
  std::error_code ec;
  for (sys::fs::directory_iterator it(inFolder(prefix, "lib"), ec), end; !ec && it != end; it.increment(ec))
    if (sys::path::filename(it->path()).starts_with("python3"))
      folders.push_back(inFolder(it->path(), name));
  llvm::sort(folders);
  return folders;
}

/// Folders that may hold the library, in the order in which they are looked at.
std::vector<std::string> folders(const NvrtcPlaces &places) {
  std::vector<std::string> found, sites;
  if (!places.toolkit.empty())
    found.push_back(inFolder(places.toolkit, "lib64"));
  if (std::string usual = "/usr/local/cuda/lib64"; !llvm::is_contained(found, usual))
    found.push_back(usual);
  if (!places.virtualEnv.empty())
    sites = sitePackages(places.virtualEnv, "site-packages");
  sites.push_back("/usr/lib/python3/dist-packages");
  for (StringRef name : {"dist-packages", "site-packages"})
    llvm::append_range(sites, sitePackages("/usr/local", name));
  for (const std::string &site : sites)
    for (const char *package : kPackages)
      found.push_back(inFolder(site, package));
  return found;
}

//===--- Loading ---===//

template <typename Function> bool resolve(void *handle, const char *name, Function &function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

/// The library at `path`, null with the loader's words in `problem`.
void *open(const std::string &path, std::string &problem) {
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    problem = dlerror();
  return handle;
}

Expected<void *> find(const NvrtcPlaces &places) {
  std::string problem;
  if (!places.library.empty()) {
    if (void *handle = open(places.library, problem))
      return handle;
    return createStringError("cannot load NVRTC from '" + places.library + "', which MIXIR_NVRTC names: " + problem);
  }
  for (const char *name : kNames)
    if (void *handle = open(name, problem))
      return handle;
  std::string text =
      "no NVRTC found, looked for " + llvm::join(std::begin(kNames), std::end(kNames), ", ") + " on the loader's path";
  for (const std::string &folder : folders(places)) {
    text += "\n  and in " + folder;
    for (const char *name : kNames) {
      std::string path = inFolder(folder, name);
      if (!sys::fs::exists(path))
        continue;
      if (void *handle = open(path, problem))
        return handle;
      text += " (" + problem + ")";
    }
  }
  return createStringError(text + "\nset MIXIR_NVRTC to the path of the library");
}

Expected<std::unique_ptr<Nvrtc>> load(const NvrtcPlaces &places) {
  Expected<void *> handle = find(places);
  if (!handle)
    return handle.takeError();
  auto nvrtc = std::make_unique<Nvrtc>();
  const char *missing = nullptr;
  auto bind = [&](const char *name, auto &function) {
    if (!resolve(*handle, name, function) && !missing)
      missing = name;
  };
  bind("nvrtcVersion", nvrtc->version);
  bind("nvrtcGetNumSupportedArchs", nvrtc->numArchs);
  bind("nvrtcGetSupportedArchs", nvrtc->archs);
  bind("nvrtcCreateProgram", nvrtc->create);
  bind("nvrtcDestroyProgram", nvrtc->destroy);
  bind("nvrtcCompileProgram", nvrtc->compile);
  bind("nvrtcGetProgramLogSize", nvrtc->logSize);
  bind("nvrtcGetProgramLog", nvrtc->log);
  bind("nvrtcGetCUBINSize", nvrtc->cubinSize);
  bind("nvrtcGetCUBIN", nvrtc->cubin);
  bind("nvrtcGetPTXSize", nvrtc->ptxSize);
  bind("nvrtcGetPTX", nvrtc->ptx);
  bind("nvrtcGetErrorString", nvrtc->errorString);
  NvrtcInfo &info = nvrtc->info;
  Dl_info where;
  if (nvrtc->version && dladdr(reinterpret_cast<void *>(nvrtc->version), &where) && where.dli_fname)
    info.path = where.dli_fname;
  if (missing)
    return createStringError("the library '" + (info.path.empty() ? places.library : info.path) + "' has no " +
                             missing + ", expected NVRTC 12 or later");
  int count = 0;
  if (Status status = nvrtc->version(&info.major, &info.minor))
    return callFailed(*nvrtc, "nvrtcVersion", status);
  if (Status status = nvrtc->numArchs(&count))
    return callFailed(*nvrtc, "nvrtcGetNumSupportedArchs", status);
  info.archs.resize(count);
  if (Status status = nvrtc->archs(info.archs.data()))
    return callFailed(*nvrtc, "nvrtcGetSupportedArchs", status);
  return nvrtc;
}

/// One library for each set of places. A failure is not kept: it may be mended.
Expected<const Nvrtc *> instance(const NvrtcPlaces &places) {
  static std::mutex mutex;
  static std::map<std::vector<std::string>, std::unique_ptr<Nvrtc>> loaded;
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<Nvrtc> &slot = loaded[{places.library, places.toolkit, places.virtualEnv}];
  if (!slot) {
    Expected<std::unique_ptr<Nvrtc>> fresh = load(places);
    if (!fresh)
      return fresh.takeError();
    slot = std::move(*fresh);
  }
  return slot.get();
}

//===--- Compiling ---===//

/// The number and suffix ("90a") of "sm_90a".
Expected<std::string> archNumber(const Nvrtc &nvrtc, StringRef arch) {
  StringRef number = arch, digits;
  int capability = 0;
  if (number.consume_front("sm_")) {
    digits = number.take_while(isDigit);
    StringRef suffix = number.drop_front(digits.size());
    if (!digits.getAsInteger(10, capability) && llvm::is_contained(nvrtc.info.archs, capability) &&
        (suffix.empty() || suffix == "a" || suffix == "f"))
      return number.str();
  }
  std::string known;
  for (int each : nvrtc.info.archs)
    known += (known.empty() ? "sm_" : ", sm_") + std::to_string(each);
  return createStringError("unknown architecture '" + arch + "', expected one that NVRTC " + Twine(nvrtc.info.major) +
                           "." + Twine(nvrtc.info.minor) + " knows: " + known);
}

/// A text or image that NVRTC first tells the size of.
Expected<std::string> fetch(const Nvrtc &nvrtc, Program program, const char *what, Status (*size)(Program, size_t *),
                            Status (*get)(Program, char *)) {
  size_t bytes = 0;
  if (Status status = size(program, &bytes))
    return callFailed(nvrtc, Twine("the size of the ") + what, status);
  std::string data(bytes, '\0');
  if (Status status = get(program, data.data()))
    return callFailed(nvrtc, Twine("the ") + what, status);
  return data;
}

/// The log, without the zero at its end.
std::string logOf(const Nvrtc &nvrtc, Program program) {
  Expected<std::string> log = fetch(nvrtc, program, "log", nvrtc.logSize, nvrtc.log);
  return log ? StringRef(log->c_str()).trim().str() : toString(log.takeError());
}

/// `kind` is "sm_" for machine code (and the PTX that it came from), "compute_" for PTX only.
Expected<CudaImage> compileFor(StringRef kind, StringRef source, StringRef name, StringRef arch,
                               const NvrtcPlaces &places) {
  Expected<const Nvrtc *> found = instance(places);
  if (!found)
    return found.takeError();
  const Nvrtc &nvrtc = **found;
  Expected<std::string> number = archNumber(nvrtc, arch);
  if (!number)
    return number.takeError();

  Program program = nullptr;
  if (Status status = nvrtc.create(&program, source.str().c_str(), name.str().c_str(), 0, nullptr, nullptr))
    return callFailed(nvrtc, "nvrtcCreateProgram", status);
  scope_exit destroy([&] { nvrtc.destroy(&program); });
  // Division, square root and denormals stay as IEEE has them; the source asks for approximations.
  std::string target = ("--gpu-architecture=" + kind + *number).str();
  SmallVector<const char *> flags = {target.c_str(), "-std=c++17"};
  if (nvrtc.info.major >= 13) // faster: no built-in headers, which the source does without, and kernels side by side
    flags.append({"--minimal", "--split-compile=0"});
  Status status = nvrtc.compile(program, static_cast<int>(flags.size()), flags.data());
  if (status == kCompilationError)
    return createStringError("CUDA source '" + name + "' does not compile for " + arch + ":\n" + logOf(nvrtc, program));
  if (status)
    return callFailed(nvrtc, "nvrtcCompileProgram", status);

  CudaImage image;
  image.log = logOf(nvrtc, program);
  Expected<std::string> ptx = fetch(nvrtc, program, "PTX", nvrtc.ptxSize, nvrtc.ptx);
  if (!ptx)
    return ptx.takeError();
  image.ptx = ptx->c_str();
  if (kind == "sm_") {
    Expected<std::string> cubin = fetch(nvrtc, program, "machine code", nvrtc.cubinSize, nvrtc.cubin);
    if (!cubin)
      return cubin.takeError();
    image.cubin = std::move(*cubin);
  }
  return image;
}

} // namespace

Expected<NvrtcInfo> nvrtcInfo(const NvrtcPlaces &places) {
  Expected<const Nvrtc *> nvrtc = instance(places);
  if (!nvrtc)
    return nvrtc.takeError();
  return (*nvrtc)->info;
}

Expected<CudaImage> compileCuda(StringRef source, StringRef name, StringRef arch, const NvrtcPlaces &places) {
  return compileFor("sm_", source, name, arch, places);
}

Expected<std::string> compileCubin(StringRef source, StringRef name, StringRef arch, const NvrtcPlaces &places) {
  Expected<CudaImage> image = compileFor("sm_", source, name, arch, places);
  if (!image)
    return image.takeError();
  return std::move(image->cubin);
}

Expected<std::string> compilePtx(StringRef source, StringRef name, StringRef arch, const NvrtcPlaces &places) {
  Expected<CudaImage> image = compileFor("compute_", source, name, arch, places);
  if (!image)
    return image.takeError();
  return std::move(image->ptx);
}

} // namespace mixir::codegen
