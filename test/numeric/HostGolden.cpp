// The golden cases with compiled kernels on the CPU of this machine.
#include "test/numeric/GoldenRunner.h"

#include "tools/HostEngine.h"

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

std::vector<numeric::Engine> numeric::engines() { return {{"host", 1e-5, compileForHost}}; }
