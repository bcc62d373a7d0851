// The JSON manifest of a compiled program: everything the runtime needs to
// bind tensors and launch the entries (runtime/manifest.schema.json).
#pragma once

#include "codegen/Compiler.h"
#include "codegen/common/Program.h"

namespace mixir::codegen {

/// The manifest of `program` whose kernels became `entries`.
std::string manifestJson(kernel::ProgramOp program, const std::vector<Entry> &entries, const CompileOptions &options);

} // namespace mixir::codegen
