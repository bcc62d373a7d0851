// mixir: the command of the project. It runs what the cache holds by itself; for everything else it
// loads the compiler (libmixir_tools), which the fast path must not pay for.
#include "tools/FastRun.h"
#include "tools/ToolErrors.h"

#include <climits>
#include <cstdio>
#include <dlfcn.h>
#include <string>
#include <unistd.h>
#include <vector>

using namespace mixir::tools;

namespace {

/// The compiler's library lies in ../lib of this program.
std::string libraryPath() {
  char self[PATH_MAX];
  ssize_t length = ::readlink("/proc/self/exe", self, sizeof(self));
  std::string path(self, length > 0 ? static_cast<size_t>(length) : 0);
  size_t folder = path.rfind('/');
  return path.substr(0, folder == std::string::npos ? 0 : folder) + "/../lib/libmixir_tools.so";
}

int runCompiler(const std::string &library, int argc, char **argv) {
  void *handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    std::fprintf(stderr, "mixir: error: cannot load the compiler: %s\n", ::dlerror());
    return CompilerBug;
  }
  using Main = int (*)(int, char **);
  auto entry = reinterpret_cast<Main>(::dlsym(handle, "mixir_tool_main"));
  return entry ? entry(argc, argv) : CompilerBug;
}

/// Whether `mixir run ...` could be answered from the cache.
bool tryFastRun(const std::vector<std::string> &words, const std::string &library) {
  RunArguments arguments;
  Verb verb = runVerb(arguments);
  Parsed parsed = parseArguments(verb, words);
  if (parsed.wantsHelp)
    return false;
  finishRunArguments(verb, parsed, arguments);
  return runFromCache(arguments, library);
}

} // namespace

int main(int argc, char **argv) {
  std::string library = libraryPath();
  bool isDone = false;
  int code = 0;
  if (argc > 1 && std::string(argv[1]) == "run")
    code = guarded([&] {
      isDone = tryFastRun(std::vector<std::string>(argv + 2, argv + argc), library);
      return int(Success);
    });
  return isDone || code ? code : runCompiler(library, argc, argv);
}
