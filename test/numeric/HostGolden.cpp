// The golden cases with compiled kernels on the CPU of this machine, as written and with 16-bit operands.
#include "test/numeric/GoldenRunner.h"

#include "tools/HostEngine.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <fstream>
#include <regex>

using namespace mixir;
using interpreter::Arrays;

static llvm::Error asError(const std::exception &e) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), e.what());
}

static llvm::Expected<numeric::Call> compileForHost(const numeric::MixerSource &source) {
  try {
    auto host = std::make_shared<tools::HostEngine>(
        source.path, tools::MixerChoice{source.mixer, source.extents, source.omitted});
    return numeric::Call([host](const Arrays &in) -> llvm::Expected<Arrays> {
      try {
        return host->run(in);
      } catch (const std::exception &e) {
        return asError(e);
      }
    });
  } catch (const std::exception &e) {
    return asError(e);
  }
}

/// The same mixer with its f32 inputs stored as bf16, compiled from a file of its own.
static llvm::Expected<numeric::Call> compileHalf(const numeric::MixerSource &source) {
  std::ifstream in(source.path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  static const std::regex input(R"((^|\n)(\s*in\s[^:\n]*:\s*)\[)");
  text = std::regex_replace(text, input, "$1$2bf16[");
  llvm::SmallString<128> path;
  int file = -1;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile("half", "mix", file, path))
    return llvm::errorCodeToError(error);
  llvm::raw_fd_ostream(file, true) << text;
  numeric::MixerSource half = source;
  half.path = path.str().str();
  llvm::Expected<numeric::Call> call = compileForHost(half);
  llvm::sys::fs::remove(path); // the text has been read
  return call;
}

std::vector<numeric::Engine> numeric::engines() {
  return {{"host", 1e-5, compileForHost}, {"host_bf16", 1e-5, compileHalf, true}};
}
