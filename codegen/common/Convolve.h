// Kernels that the runtime computes itself: no code is generated for them but
// a call.
#pragma once

#include "codegen/common/Program.h"

namespace mixir::codegen {

/// The convolution that is all that `func` does, or null.
kernel::ConvolveOp convolutionOf(kernel::FuncOp func);
/// The entry `symbol` of a kernel that is the convolution `op`.
Entry convolveEntry(kernel::ConvolveOp op, llvm::StringRef symbol);

} // namespace mixir::codegen
