// The JSON manifest of a compiled program: everything the runtime needs to
// bind tensors and launch the entries (runtime/manifest.schema.json).
#pragma once

#include "codegen/common/Program.h"

#include "llvm/Support/JSON.h"

namespace mixir::codegen {

/// The manifest of `program`, compiled for `target`.
std::string manifestText(kernel::ProgramOp program, llvm::json::Value target, bool fastMath, llvm::json::Array kernels);
/// The kernels of a program for the CPU.
llvm::json::Array hostKernels(const std::vector<Entry> &entries);
/// The states that a recurrence carries; none without one.
llvm::json::Array carryObjects(kernel::RecurOp recur);
/// A loop of a kernel.
llvm::json::Object loopObject(kernel::LoopAttr loop);

/// Text that identifies this build of the compiler (version and a hash of what it was built from);
/// part of every manifest and cache key.
llvm::StringRef buildId();

} // namespace mixir::codegen
