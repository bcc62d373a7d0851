// The golden tensors as arrays of the interpreter.
#pragma once

#include "dialect/interpreter/Interpreter.h"

namespace mixir::numeric {

/// All arrays of a golden file by name, floats and complex numbers in double precision. An error
/// names the file and what is wrong with it.
llvm::Expected<interpreter::Arrays> readGolden(const std::string &path);

} // namespace mixir::numeric
