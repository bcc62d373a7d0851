// The GPUs that programs are compiled for.
#pragma once

#include "lowering/Pipelines.h"

#include "llvm/ADT/ArrayRef.h"

namespace mixir::codegen {

/// A GPU architecture. Figures: CUDA C++ Programming Guide, "Compute Capabilities" and "Arithmetic
/// Instructions".
struct GpuTarget {
  llvm::StringLiteral name;   // "cuda-sm90", as users write it
  llvm::StringLiteral arch;   // "sm_90", as NVRTC takes it
  int64_t sharedBytes;        // of a block, without asking for more
  int64_t registersPerSm;     // 32-bit ones
  int64_t threadsPerSm;       // resident at most
  int64_t exponentialsPerClock; // ex2 of one SM
};

/// All of them, oldest first.
llvm::ArrayRef<GpuTarget> gpuTargets();
/// The target called `name`, or null.
const GpuTarget *findGpuTarget(llvm::StringRef name);
/// What planning has to know of the target.
lowering::PlanOptions planOptions(const GpuTarget &target);

} // namespace mixir::codegen
