// Compiling for the GPU of this machine: which target of the table it is planned for, what NVRTC makes
// of it, and the cache of both.
#ifndef MIXIR_TOOLS_COMPILECUDA_H
#define MIXIR_TOOLS_COMPILECUDA_H

#include "tools/Compile.h"
#include "tools/FastRun.h"

#include "mixir/mixir.hpp"

namespace mixir::tools {

/// The GPU of this machine, as the runtime tells.
struct Gpu {
  std::string name;
  int32_t capability = 0; ///< 90 for sm_90
  int32_t driver = 0;     ///< the CUDA version of its driver: 12040

  std::string capabilityText() const; ///< "9.0"
  std::string driverText() const;     ///< "12.4"
};
/// The GPU that programs run on. Throws mixir::Error, as without a driver.
Gpu findGpu(const Context &context);

/// How a program is compiled for a GPU.
struct CudaBuild {
  codegen::GpuTarget target; ///< planned for; `arch` is what is compiled for
  std::string arch;          ///< the text of target.arch
  bool isPtx = false;        ///< NVRTC does not know the GPU: PTX, which its driver compiles
};
/// Throws UserError: a GPU that is too old, or one that is too new for NVRTC and its PTX alike.
std::unique_ptr<CudaBuild> chooseBuild(const Gpu &gpu, const codegen::NvrtcInfo &nvrtc);

/// A program for a GPU, ready to be opened.
struct CudaBinary {
  GpuEntry entry;
  std::string key, path; ///< in the cache
  bool isHit = false;
};
/// Compiles a mixer for the GPU of this machine with what `options` say besides, or takes it from the
/// cache. Throws UserError and
/// what the other functions throw.
CudaBinary compileForGpu(Session &session, const frontend::Program &program, const Context &context,
                         codegen::CompileOptions options, runtime::Cache &cache, bool isVerbose);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_COMPILECUDA_H
