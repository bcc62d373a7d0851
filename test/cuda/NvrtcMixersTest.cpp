// The emitted sources of every mixer of the library and of test/codegen through NVRTC, where it is found.
#include "test/cuda/LibraryMixers.h"

#include "codegen/cuda/EmitCuda.h"
#include "codegen/cuda/Nvrtc.h"
#include "tools/Compile.h"
#include "tools/Specialise.h"

#include "gtest/gtest.h"

using namespace mixir;
using namespace mixir::cuda_test;

namespace {

class NvrtcMixers : public testing::TestWithParam<LibraryMixer> {};

TEST_P(NvrtcMixers, CompileForEveryArchitecture) {
  if (auto info = codegen::nvrtcInfo(tools::nvrtcPlaces()); !info)
    GTEST_SKIP() << llvm::toString(info.takeError());
  const LibraryMixer &m = GetParam();
  tools::Session session(m.file);
  auto declared = session.analyse({m.name, {}, {}});
  std::vector<std::string> assumed;
  tools::Extents extents = tools::assumedExtents(*declared, {}, assumed);
  // Larger loops, unrolled, only take NVRTC longer.
  for (const std::string &dim : assumed)
    extents[dim] = 4;
  for (const frontend::DimInfo &dim : declared->signature.dims)
    if (dim.isDefault && dim.extent && *dim.extent > 8)
      extents[dim.name] = 8;
  auto program = session.analyse({m.name, extents, {}});
  std::vector<const char *> targets = {"cuda-sm90", "cuda-sm80", "cuda-sm100"};
  if (m.isVariant) // other routes are the same code for every architecture
    targets.resize(1);
  for (const char *target : targets) {
    codegen::CompileOptions options;
    options.gpu = codegen::findGpuTarget(target);
    auto module = tools::lower(session, *program, lowering::Phase::Planned, options);
    codegen::CudaProgram emitted = codegen::emitCuda(tools::plannedProgram(*module), *options.gpu);
    auto cubin = codegen::compileCubin(emitted.source, m.name + ".cu", options.gpu->arch, tools::nvrtcPlaces());
    EXPECT_TRUE(static_cast<bool>(cubin)) << m.name << " for " << target << ": " << llvm::toString(cubin.takeError());
  }
}

INSTANTIATE_TEST_SUITE_P(Library, NvrtcMixers, testing::ValuesIn(libraryMixers(MIXIR_SOURCE_ROOT)),
                         [](const auto &info) { return info.param.name; });

} // namespace
