// A mixer of the dialect as a program of the language.
#pragma once

#include "dialect/mixer/MixerDialect.h"

#include <string>

namespace mixir::lowering {

/// Text that means `func`: one statement for each operation. Helpers must have been inlined and
/// routes not unrolled; recurrences are printed as scans.
llvm::FailureOr<std::string> printMixer(mlir::func::FuncOp func);

} // namespace mixir::lowering
