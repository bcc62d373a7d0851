// The mixers of the library and of test/codegen, for tests that go through all of them.
#pragma once

#include "tools/Session.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <ostream>
#include <set>

namespace mixir::cuda_test {

struct LibraryMixer {
  std::string file, name;
  bool isVariant = false; ///< of an earlier mixer of its file, which walks other routes
};

inline std::ostream &operator<<(std::ostream &os, const LibraryMixer &m) { return os << m.name; }

/// What a mixer says, without its name and the orders of its walks.
inline std::string withoutRoutes(const frontend::Program &program) {
  std::string text, rest;
  llvm::raw_string_ostream os(text);
  frontend::print(os, program);
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).split(lines, '\n');
  for (llvm::StringRef line : lines)
    if (!line.starts_with("mixer ") && !line.contains("routes ") && !line.trim().starts_with("scan "))
      rest += line.str() + '\n';
  return rest;
}

/// By name; `root` is the source folder.
inline std::vector<LibraryMixer> libraryMixers(const std::string &root) {
  std::vector<LibraryMixer> mixers;
  std::error_code error;
  for (const char *folder : {"/mixers", "/test/codegen"})
    for (llvm::sys::fs::directory_iterator it(root + folder, error), end; it != end && !error; it.increment(error)) {
      std::string file = it->path();
      if (llvm::sys::path::extension(file) != ".mix" || llvm::sys::path::stem(file) == "std")
        continue;
      tools::Session session(file);
      std::set<std::string> seen;
      for (const std::string &name : session.mixers(""))
        mixers.push_back({file, name, !seen.insert(withoutRoutes(*session.analyse({name, {}, {}}))).second});
    }
  llvm::sort(mixers, [](const auto &a, const auto &b) { return a.name < b.name; });
  return mixers;
}

} // namespace mixir::cuda_test
