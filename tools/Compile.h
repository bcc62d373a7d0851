// From an imported mixer to a compiled program, phase by phase, and to the cache. All verbs compile
// through here; passes are put in order in lowering/Pipelines.cpp.
#ifndef MIXIR_TOOLS_COMPILE_H
#define MIXIR_TOOLS_COMPILE_H

#include "codegen/Compiler.h"
#include "codegen/cuda/Nvrtc.h"
#include "lowering/Remarks.h"
#include "runtime/Cache.h"
#include "tools/Session.h"

#include <functional>

namespace mixir::tools {

/// The target of a compiler: the host, or one of the GPUs.
Option compileTargetOption(ProgramArguments &arguments);
/// The compiler's options that the arguments ask for.
codegen::CompileOptions compileOptions(const ProgramArguments &arguments);

/// Imports `program` and runs the passes up to `phase` (mixer .. planned). Errors of the passes are
/// printed, and thrown as AlreadyReported; a pass that fails without one is an InternalError.
mlir::OwningOpRef<mlir::ModuleOp> lower(Session &session, const frontend::Program &program,
                                        lowering::Phase phase,
                                        const codegen::CompileOptions &options);
/// Runs passes on a module. Errors of the passes are printed, and thrown as AlreadyReported; a pass
/// that fails without one, or a crash, is an InternalError that says `what` was done.
void runPasses(Session &session, mlir::ModuleOp module, const std::string &what,
               llvm::function_ref<void(mlir::OpPassManager &)> addPasses);
/// Continues from `from` to `to`.
void lowerFurther(Session &session, mlir::ModuleOp module, lowering::Phase from,
                  lowering::Phase to, const codegen::CompileOptions &options);

/// Where the environment says that NVRTC is.
codegen::NvrtcPlaces nvrtcPlaces();

/// The planned program of a module.
kernel::ProgramOp plannedProgram(mlir::ModuleOp module);
/// Machine code of a planned module. Throws InternalError.
codegen::CompiledProgram compilePlanned(mlir::ModuleOp module,
                                        const codegen::CompileOptions &options);
/// Links a compiled program into the bytes of a shared object. Throws InternalError.
std::string linkProgram(const codegen::CompiledProgram &program);

/// A compiled program as a file that the runtime can load.
struct SharedProgram {
  std::string key;  ///< of the cache
  std::string path;
  bool isHit = false;
};
/// Compiles a mixer, or takes it from the cache.
SharedProgram compileShared(Session &session, const frontend::Program &program,
                            const codegen::CompileOptions &options, runtime::Cache &cache);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_COMPILE_H
