// Which recurrences can be walked by many threads at once: those whose states go on as
// decay * state + write, each number for itself, so that runs of steps can be composed.
#pragma once

#include "lowering/plan/Facts.h"

namespace mixir::lowering {

/// The step of a state, or of the two parts of a complex one. A null decay is one, a null write zero.
struct AffineStep {
  llvm::SmallVector<unsigned, 2> states;
  llvm::SmallVector<mlir::Value, 2> decay, write;
};

/// The steps of all states of `recurrence`, from its terms; none, with the reason in `why`, where one
/// has no such step.
std::vector<AffineStep> affineSteps(mixer::RecurrenceOp recurrence, std::string &why);

/// Empties the terms, which then say nothing of the states.
void dropTerms(mixer::RecurrenceOp recurrence);

} // namespace mixir::lowering
