// The mixers of the library and of test/codegen, for tests that go through all of them.
#pragma once

#include "tools/Session.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <ostream>

namespace mixir::cuda_test {

struct LibraryMixer {
  std::string file, name;
};

inline std::ostream &operator<<(std::ostream &os, const LibraryMixer &m) { return os << m.name; }

/// By name; `root` is the source folder.
inline std::vector<LibraryMixer> libraryMixers(const std::string &root) {
  std::vector<LibraryMixer> mixers;
  std::error_code error;
  for (const char *folder : {"/mixers", "/test/codegen"})
    for (llvm::sys::fs::directory_iterator it(root + folder, error), end; it != end && !error; it.increment(error)) {
      std::string file = it->path();
      if (llvm::sys::path::extension(file) != ".mix" || llvm::sys::path::stem(file) == "std")
        continue;
      for (const std::string &name : tools::Session(file).mixers(""))
        mixers.push_back({file, name});
    }
  llvm::sort(mixers, [](const auto &a, const auto &b) { return a.name < b.name; });
  return mixers;
}

} // namespace mixir::cuda_test
