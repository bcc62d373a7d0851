// The checked program as a function of the mixer dialect. The only step of the front end that
// knows MLIR; it makes no decisions and reports no errors of its own.
#ifndef MIXIR_FRONTEND_IMPORTTOMIXER_H
#define MIXIR_FRONTEND_IMPORTTOMIXER_H

#include "frontend/Program.h"
#include "frontend/SourceFile.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mixir::frontend {

/// Builds a module with one public function for the mixer and one private function for every
/// instance of a language function. Operations carry the place in the text they come from. Null
/// only if the result does not verify, which is a bug of the compiler and emitted as a diagnostic
/// of the context.
mlir::OwningOpRef<mlir::ModuleOp> importToMixer(const Program &program,
                                                const SourceManager &sources,
                                                mlir::MLIRContext *context);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_IMPORTTOMIXER_H
