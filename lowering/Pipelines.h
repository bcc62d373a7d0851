// The only place where passes are put in order. The opt tool, the JIT and the
// ahead-of-time compiler all use these pipelines.
#pragma once

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace mlir {
class OpPassManager;
}

namespace mixir::lowering {

/// The phases of a compilation, in order (Phases.def).
enum class Phase {
#define PHASE(id, name, text) id,
#include "lowering/Phases.def"
};

/// The name of `phase` as written on the command line.
llvm::StringRef phaseName(Phase phase);
/// What holds after `phase`, one sentence.
llvm::StringRef phaseSummary(Phase phase);
/// The phase called `name`, if there is one.
std::optional<Phase> parsePhase(llvm::StringRef name);

/// What the choice of algorithms goes by.
struct ChooseOptions {
  /// "auto", or the algorithm of every recurrence that can be computed so.
  std::string algorithm = "auto";
  /// Extents that the calls are expected to have, by dimension; they bind nothing.
  std::map<std::string, int64_t> expected;
  /// Steps of a chunk where recurrences are computed in chunks; 0: the compiler's choice.
  int64_t chunk = 0;
};

/// What planning needs to know of the target.
struct PlanOptions {
  /// f32 lanes of one vector register (8 for AVX2, 16 for AVX-512).
  int64_t vectorWidth = 8;
  /// First-level data cache of one core in bytes.
  int64_t cacheBytes = 32 * 1024;
  /// Second-level cache of one core in bytes.
  int64_t secondCacheBytes = 512 * 1024;
  /// On a GPU: most threads of a block, 0 for a CPU; bytes of shared memory that it may take, and the most that
  /// it may ask for where a step needs them.
  int64_t threads = 0, sharedBytes = 0, mostSharedBytes = 0;
  /// On a GPU: most threads along time where it lies across threads, coordinates of the lane dimension
  /// beside them, and numbers of states that a thread holds.
  int64_t timeThreads = 64, timeLanes = 4, stateNumbers = 32;
};

/// mixer -> normalised.
void addNormalisePipeline(mlir::OpPassManager &pm);
/// mixer -> the partial of each mixer, in the mixer dialect (DerivePartial).
void addPartialPipeline(mlir::OpPassManager &pm);
/// normalised -> derived -> chosen.
void addChoosePipeline(mlir::OpPassManager &pm, const ChooseOptions &options = {});
/// chosen -> planned.
void addPlanPipeline(mlir::OpPassManager &pm, const PlanOptions &options);
/// Everything after `mixer` up to and including `phase` (at most planned).
void addPipelineTo(mlir::OpPassManager &pm, Phase phase, const PlanOptions &options);

/// Registers --mixir-phase-normalised, --mixir-phase-chosen, --mixir-phase-planned.
void registerPhasePipelines();

} // namespace mixir::lowering
