// From a planned program to machine code: the one interface that tools use.
// JIT and ahead of time are one path: both make an object; the JIT links it
// into a shared object that the runtime loads without any compiler.
#pragma once

#include "codegen/common/Manifest.h"
#include "codegen/cuda/Targets.h"
#include "codegen/halide/Math.h"
#include "dialect/kernel/KernelDialect.h"
#include "lowering/Pipelines.h"

#include "llvm/Support/Error.h"

#include <string>

namespace mixir::codegen {

/// The CPU a program is compiled for.
enum class HostIsa { Avx2, Avx512 };

/// The best instruction set of the CPU this runs on.
HostIsa detectHostIsa();
/// "avx2" or "avx512".
llvm::StringRef isaName(HostIsa isa);
/// The instruction set called `name`, if there is one.
std::optional<HostIsa> parseIsa(llvm::StringRef name);

/// How a program is compiled.
struct CompileOptions {
  HostIsa isa = HostIsa::Avx2;
  MathMode math = MathMode::Default;
  const GpuTarget *gpu = nullptr; // for a GPU instead
  lowering::ChooseOptions choose;
};

/// A compiled program, relocatable: the kernels and the table
/// `mixir_program_<name>` that describes them.
struct CompiledProgram {
  std::string name;
  std::string object;   // bytes of an ELF object
  std::string manifest; // JSON
};

/// What planning has to know of the target.
lowering::PlanOptions planOptions(const CompileOptions &options);

/// Target code of every kernel as text, for `--to=emitted`: Halide's lowered statements, or CUDA C++.
llvm::Expected<std::string> emitText(kernel::ProgramOp program, const CompileOptions &options);
/// Compiles `program`. Errors name what the back end refused.
llvm::Expected<CompiledProgram> compileProgram(kernel::ProgramOp program, const CompileOptions &options);
/// Links the object into a shared object and answers its bytes.
llvm::Expected<std::string> linkShared(const CompiledProgram &program);
/// The C header of an ahead-of-time compiled program.
std::string cHeader(kernel::ProgramOp program);

} // namespace mixir::codegen
