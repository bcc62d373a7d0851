// One planned kernel as a Halide pipeline. A dull translation: every decision
// (lanes, tiles, stages, phases) is read off the `kernel` dialect.
#pragma once

#include "codegen/common/Program.h"
#include "codegen/halide/Math.h"

namespace mixir::codegen {

/// A kernel's Halide module and the description of its entry point.
struct EmittedKernel {
  Entry entry;
  Halide::Module module;
};

/// Translates `func`. Throws Halide::Error on what Halide refuses.
EmittedKernel emitKernel(kernel::FuncOp func, llvm::StringRef symbol, const Halide::Target &target,
                         MathMode math);

} // namespace mixir::codegen
