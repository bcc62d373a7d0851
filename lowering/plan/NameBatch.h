// Which entries a call may place one by one, where kernels do that themselves: the launch of a GPU
// is one grid, and cannot move pointers from task to task as the runtime does on a CPU.
#pragma once

#include "dialect/kernel/KernelDialect.h"

namespace mixir::lowering {

/// Names the batch of a program whose kernels are built: the first dimension whose entries no kernel
/// mixes, and the first dimension that is walked, or else open, along which they may differ in length.
void nameBatch(kernel::ProgramOp program);

} // namespace mixir::lowering
