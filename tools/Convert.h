// Arrays of files and arrays of the interpreter: between stored types and float64.
#ifndef MIXIR_TOOLS_CONVERT_H
#define MIXIR_TOOLS_CONVERT_H

#include "dialect/interpreter/Interpreter.h"
#include "tools/Npz.h"

#include <vector>

namespace mixir::tools {

/// The numbers of `array`, without rounding.
interpreter::Array toInterpreter(const NpArray &array);
/// All arrays by name.
interpreter::Arrays toInterpreter(const std::vector<NpArray> &arrays);
/// As float64, complex128 or i32.
NpArray fromInterpreter(const std::string &name, const interpreter::Array &array);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_CONVERT_H
