// A planned program as CUDA C++ with the manifest of its launches.
#pragma once

#include "codegen/cuda/Targets.h"
#include "dialect/kernel/KernelDialect.h"

#include <string>
#include <vector>

namespace mixir::codegen {

/// An array in the shared memory of a block.
struct SharedArray {
  std::string of;   // what lies there, as in the plan
  std::string name; // in the kernel
  int64_t bytes;
};

/// What the launch of a kernel takes.
struct CudaLaunch {
  std::string symbol;
  int64_t threads = 0;
  std::vector<SharedArray> shared;

  int64_t sharedBytes() const;
  /// Whether that is more than a block has without asking for it: then all arrays are parts of one that the
  /// launch gives its size.
  bool asksForShared() const;
};

/// CUDA C++ text, free of headers, and the manifest that says how to launch its kernels.
struct CudaProgram {
  std::string name, source, manifest;
  std::vector<CudaLaunch> launches; // of the kernels, in the order of the plan
};

/// Prints `program`, which was planned for `target`.
CudaProgram emitCuda(kernel::ProgramOp program, const GpuTarget &target);

} // namespace mixir::codegen
