// A planned program as CUDA C++ with the manifest of its launches.
#pragma once

#include "codegen/cuda/Targets.h"
#include "dialect/kernel/KernelDialect.h"

#include <string>

namespace mixir::codegen {

/// CUDA C++ text, free of headers, and the manifest that says how to launch its kernels.
struct CudaProgram {
  std::string name, source, manifest;
};

/// Prints `program`, which was planned for `target`.
CudaProgram emitCuda(kernel::ProgramOp program, const GpuTarget &target);

} // namespace mixir::codegen
