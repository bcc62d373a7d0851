// The phases as pass pipelines.
#include "lowering/Pipelines.h"

#include "lowering/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mixir::lowering {

StringRef phaseName(Phase phase) {
  static const StringRef names[] = {
#define PHASE(id, name, text) name,
#include "lowering/Phases.def"
  };
  return names[static_cast<int>(phase)];
}

StringRef phaseSummary(Phase phase) {
  static const StringRef texts[] = {
#define PHASE(id, name, text) text,
#include "lowering/Phases.def"
  };
  return texts[static_cast<int>(phase)];
}

std::optional<Phase> parsePhase(StringRef name) {
#define PHASE(id, spelling, text)                                                                  \
  if (name == spelling)                                                                            \
    return Phase::id;
#include "lowering/Phases.def"
  return std::nullopt;
}

void addNormalisePipeline(OpPassManager &pm) {
  pm.addPass(createInlinerPass());                 // calls of helpers -> their bodies
  pm.addPass(createSymbolDCEPass());               // helpers -> gone
  pm.addNestedPass<func::FuncOp>(createExpandRoutesPass());            // scan of routes -> one scan for each
  pm.addNestedPass<func::FuncOp>(createFoldPointwisePass());           // constants folded, identities removed
  pm.addNestedPass<func::FuncOp>(createHoistVisitsPass());             // visits -> in front of pointwise values
  pm.addNestedPass<func::FuncOp>(createExpandPrevPass());              // prev -> delay states
  pm.addNestedPass<func::FuncOp>(createHoistMovesPass());              // reads at other coordinates -> in front of the scan
  pm.addPass(createCSEPass());                     // equal values -> one value
  pm.addNestedPass<func::FuncOp>(createCutScansPass());                // sums over dimensions of the states -> outside the scan
  pm.addNestedPass<func::FuncOp>(createSplitScansPass());              // scan of independent states -> one scan each
  pm.addNestedPass<func::FuncOp>(createFindRecurrencePass());          // scan -> recurrence with canonical terms
}

void addPartialPipeline(OpPassManager &pm) {
  addNormalisePipeline(pm);                        // mixer -> recurrences with canonical terms
  pm.addNestedPass<func::FuncOp>(createDerivePartialPass());           // results -> last states from zero, transitions
  pm.addNestedPass<func::FuncOp>(createFoldPointwisePass());           // products with one removed
  pm.addPass(createCSEPass());                     // equal values -> one value
}

void addChoosePipeline(OpPassManager &pm, const ChooseOptions &options) {
  ChooseAlgorithmPassOptions choose;
  choose.algorithm = options.algorithm;
  for (const auto &[dim, extent] : options.expected)
    choose.expected.push_back(dim + "=" + std::to_string(extent));
  ChunkRecurrencePassOptions chunks;
  chunks.chunk = options.chunk;
  pm.addNestedPass<func::FuncOp>(createChooseAlgorithmPass(choose));   // recurrence -> recurrence with an algorithm
  pm.addNestedPass<func::FuncOp>(createConvolveConstantPass());        // the same at every step -> convolutions
  pm.addNestedPass<func::FuncOp>(createChunkRecurrencePass(chunks));   // chunked recurrence -> walk over chunks, scans in them
  pm.addNestedPass<func::FuncOp>(createFoldPointwisePass());           // what the rewriting left
  pm.addPass(createCSEPass());                     // equal values -> one value
  pm.addNestedPass<func::FuncOp>(createSplitScansPass());              // new scans: one for each independent state
  pm.addNestedPass<func::FuncOp>(createFindRecurrencePass());          // new scans -> recurrences
  pm.addNestedPass<func::FuncOp>(createChooseAlgorithmPass());         // new recurrences: one step after the other
}

void addPlanPipeline(OpPassManager &pm, const PlanOptions &options) {
  if (options.threads > 0) {
    pm.addNestedPass<func::FuncOp>(createExpandVisitsPass());          // visits, places -> gathers, as a GPU runs them
    pm.addNestedPass<func::FuncOp>(createHoistMovesPass());            // gathers -> under names of their own
    pm.addPass(createCSEPass());                   // equal values -> one value
  } else {
    pm.addNestedPass<func::FuncOp>(createMergePlacesPass());           // what follows places -> in front of them
    pm.addNestedPass<func::FuncOp>(createHoistVisitsPass());           // its visits -> in front of pointwise values
  }
  pm.addNestedPass<func::FuncOp>(createExpandComplexPass());           // complex values -> pairs of real ones
  pm.addNestedPass<func::FuncOp>(createReassociateProductsPass());     // products grouped by what they vary over
  pm.addNestedPass<func::FuncOp>(createScaleExponentsPass());          // exp -> exp2, the scale moved to the invariant factor
  pm.addNestedPass<func::FuncOp>(createFoldPointwisePass());           // constants folded again
  pm.addPass(createCSEPass());                     // equal values -> one value
  PlanKernelsPassOptions plan;
  plan.vectorWidth = options.vectorWidth;
  plan.cacheBytes = options.cacheBytes;
  plan.secondCacheBytes = options.secondCacheBytes;
  plan.threads = options.threads;
  plan.sharedBytes = options.sharedBytes;
  plan.mostSharedBytes = options.mostSharedBytes;
  plan.timeThreads = options.timeThreads;
  plan.timeLanes = options.timeLanes;
  plan.stateNumbers = options.stateNumbers;
  pm.addPass(createPlanKernelsPass(plan));         // mixer -> kernel
  pm.addPass(createCSEPass());                     // coordinates of routes, once in every body
}

void addPipelineTo(OpPassManager &pm, Phase phase, const PlanOptions &options) {
  if (phase >= Phase::Normalised)
    addNormalisePipeline(pm);
  if (phase >= Phase::Chosen)
    addChoosePipeline(pm);
  if (phase >= Phase::Planned)
    addPlanPipeline(pm, options);
}

void registerPhasePipelines() {
  for (Phase phase : {Phase::Normalised, Phase::Chosen, Phase::Planned})
    PassPipelineRegistration<>("mixir-phase-" + phaseName(phase).str(), phaseSummary(phase),
                               [phase](OpPassManager &pm) { addPipelineTo(pm, phase, PlanOptions()); });
}

} // namespace mixir::lowering
