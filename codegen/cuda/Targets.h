// The GPUs that programs are compiled for.
#pragma once

#include "lowering/Pipelines.h"

#include "llvm/ADT/ArrayRef.h"

namespace mixir::codegen {

/// A GPU that estimates for its architecture are made for. Figures: NVIDIA's data sheets.
struct GpuPart {
  llvm::StringLiteral name;
  double bytesPerSecond; // of its memory
  int64_t sms;
  double clocksPerSecond;
};

/// A GPU architecture. Figures: CUDA C++ Programming Guide, "Compute Capabilities" and "Arithmetic
/// Instructions".
struct GpuTarget {
  llvm::StringRef name;         // "cuda-sm90", as users write it
  llvm::StringRef arch;         // "sm_90", as NVRTC takes it
  int64_t capability;           // 90
  int64_t sharedBytes;          // of a block, without asking for more
  int64_t sharedPerSm;          // all of it, which one block may ask for; it takes kSharedOfSystem more
  int64_t registersPerSm;       // 32-bit ones
  int64_t threadsPerSm;         // resident at most
  int64_t blocksPerSm;          // resident at most
  int64_t exponentialsPerClock; // ex2 of one SM
  GpuPart part;
};

/// Shared memory of a block that a kernel can declare on every architecture; more is asked for at launch.
constexpr int64_t kDeclaredShared = 48 * 1024;
/// Shared memory of every block that is not the program's.
constexpr int64_t kSharedOfSystem = 1024;

/// All of them, oldest first.
llvm::ArrayRef<GpuTarget> gpuTargets();
/// The target called `name`, or null.
const GpuTarget *findGpuTarget(llvm::StringRef name);
/// The newest target that is not newer than compute capability `capability` (90), or null.
const GpuTarget *gpuTargetFor(int64_t capability);
/// What planning has to know of the target.
lowering::PlanOptions planOptions(const GpuTarget &target);

/// Blocks of a kernel that an SM holds, by shared memory and threads; the registers that the
/// assembler gives a thread may allow fewer.
int64_t residentBlocks(const GpuTarget &target, int64_t threads, int64_t sharedBytes);
/// Most registers of a thread that still allow `blocks` blocks on an SM.
int64_t registersFor(const GpuTarget &target, int64_t threads, int64_t blocks);

} // namespace mixir::codegen
