// The one table of GPU architectures.
#include "codegen/cuda/Targets.h"

#include "llvm/ADT/STLExtras.h"

namespace mixir::codegen {

namespace {

/// Threads of a block: enough to fill whole cache lines, few enough for many blocks.
constexpr int64_t kThreads = 128;
/// Threads along time, where it lies across them: two warps, which shared memory has room for; and lanes
/// beside them: 16 bytes of a row.
constexpr int64_t kTimeThreads = 64, kTimeLanes = 4;
/// Numbers of states of a thread: with what a step computes from them they stay in its registers, and the
/// loops over them are unrolled in the time that a compilation may take.
constexpr int64_t kStateNumbers = 32;

constexpr int64_t KiB = 1024;

const GpuTarget kTargets[] = {
    {"cuda-sm80", "sm_80", 80, kDeclaredShared, 164 * KiB, 65536, 2048, 32, 16, {"A100 80GB", 2.0e12, 108, 1.41e9}},
    {"cuda-sm86", "sm_86", 86, kDeclaredShared, 100 * KiB, 65536, 1536, 16, 16, {"A40", 0.696e12, 84, 1.74e9}},
    {"cuda-sm89", "sm_89", 89, kDeclaredShared, 100 * KiB, 65536, 1536, 24, 16, {"L40S", 0.864e12, 142, 2.52e9}},
    {"cuda-sm90", "sm_90", 90, kDeclaredShared, 228 * KiB, 65536, 2048, 32, 16, {"H100 SXM", 3.35e12, 132, 1.83e9}},
    {"cuda-sm100", "sm_100", 100, kDeclaredShared, 228 * KiB, 65536, 2048, 32, 16, {"B200", 8e12, 148, 1.85e9}},
    {"cuda-sm120", "sm_120", 120, kDeclaredShared, 100 * KiB, 65536, 1536, 24, 16, {"RTX 5090", 1.79e12, 170, 2.41e9}}};

} // namespace

llvm::ArrayRef<GpuTarget> gpuTargets() { return kTargets; }

const GpuTarget *findGpuTarget(llvm::StringRef name) {
  const auto *it = llvm::find_if(kTargets, [&](const GpuTarget &t) { return t.name == name; });
  return it == std::end(kTargets) ? nullptr : it;
}

const GpuTarget *gpuTargetFor(int64_t capability) {
  const GpuTarget *found = nullptr;
  for (const GpuTarget &target : kTargets)
    if (target.capability <= capability)
      found = &target;
  return found;
}

lowering::PlanOptions planOptions(const GpuTarget &target) {
  lowering::PlanOptions options;
  options.threads = kThreads;
  options.sharedBytes = target.sharedBytes;
  options.mostSharedBytes = target.sharedPerSm - kSharedOfSystem;
  options.timeThreads = kTimeThreads;
  options.timeLanes = kTimeLanes;
  options.stateNumbers = kStateNumbers;
  return options;
}

int64_t residentBlocks(const GpuTarget &target, int64_t threads, int64_t sharedBytes) {
  return std::min({target.blocksPerSm, target.threadsPerSm / threads,
                   target.sharedPerSm / (sharedBytes + kSharedOfSystem)});
}

int64_t registersFor(const GpuTarget &target, int64_t threads, int64_t blocks) {
  constexpr int64_t most = 255, unit = 8; // of a thread; given out in units
  return std::min(most, target.registersPerSm / (threads * blocks) / unit * unit);
}

} // namespace mixir::codegen
