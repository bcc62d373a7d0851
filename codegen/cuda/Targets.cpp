// The one table of GPU architectures.
#include "codegen/cuda/Targets.h"

#include "llvm/ADT/STLExtras.h"

namespace mixir::codegen {

namespace {

constexpr int64_t kStaticShared = 48 * 1024;
/// Threads of a block: enough to fill whole cache lines, few enough for many blocks.
constexpr int64_t kThreads = 128;

const GpuTarget kTargets[] = {
    {"cuda-sm80", "sm_80", kStaticShared, 65536, 2048, 16},   {"cuda-sm86", "sm_86", kStaticShared, 65536, 1536, 16},
    {"cuda-sm89", "sm_89", kStaticShared, 65536, 1536, 16},   {"cuda-sm90", "sm_90", kStaticShared, 65536, 2048, 16},
    {"cuda-sm100", "sm_100", kStaticShared, 65536, 2048, 16}, {"cuda-sm120", "sm_120", kStaticShared, 65536, 1536, 16}};

} // namespace

llvm::ArrayRef<GpuTarget> gpuTargets() { return kTargets; }

const GpuTarget *findGpuTarget(llvm::StringRef name) {
  const auto *it = llvm::find_if(kTargets, [&](const GpuTarget &t) { return t.name == name; });
  return it == std::end(kTargets) ? nullptr : it;
}

lowering::PlanOptions planOptions(const GpuTarget &target) {
  lowering::PlanOptions options;
  options.threads = kThreads;
  options.sharedBytes = target.sharedBytes;
  return options;
}

} // namespace mixir::codegen
