// Which kernels run task by task after the kernel before them.
#pragma once

#include "dialect/kernel/KernelDialect.h"

namespace mixir::lowering {

/// Marks kernels that have the tasks of the kernel before them and read of its results nothing but
/// what the same task made: what both use is then read once and found again in the cache.
void joinKernels(kernel::ProgramOp program);

} // namespace mixir::lowering
