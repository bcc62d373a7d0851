// The golden cases with kernels for a GPU, run by the host executor.
#include "test/cuda/CudaEngine.h"
#include "test/numeric/GoldenRunner.h"

using namespace mixir;
using interpreter::Arrays;

static llvm::Error asError(const std::exception &e) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), e.what());
}

static llvm::Expected<numeric::Call> compileForGpu(const numeric::MixerSource &source) {
  try {
    auto engine = std::make_shared<cuda_test::CudaEngine>(
        source.path, tools::MixerChoice{source.mixer, source.extents, source.omitted});
    return numeric::Call([engine](const Arrays &in) -> llvm::Expected<Arrays> {
      try {
        return engine->run(in);
      } catch (const std::exception &e) {
        return asError(e);
      }
    });
  } catch (const std::exception &e) {
    return asError(e);
  }
}

std::vector<numeric::Engine> numeric::engines() { return {{"cuda", 1e-5, compileForGpu}}; }
