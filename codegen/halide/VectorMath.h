// The functions of vector_math.py, which the expressions of Math.h call.
#pragma once

#include <Halide.h>

namespace mixir::codegen {

/// Adds the definitions that suit the module's target; without them its object has open symbols.
void addVectorMath(Halide::Module &module);

} // namespace mixir::codegen
