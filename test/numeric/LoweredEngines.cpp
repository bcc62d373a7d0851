// Pipelines around the interpreter.
#include "test/numeric/LoweredEngines.h"

#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mixir;
using namespace mixir::numeric;

static Transform passes(std::function<void(mlir::OpPassManager &)> fill) {
  return [fill](mlir::ModuleOp module) -> llvm::Error {
    mlir::PassManager pm(module.getContext(), mlir::ModuleOp::getOperationName(),
                         mlir::OpPassManager::Nesting::Implicit);
    fill(pm);
    if (failed(pm.run(module)))
      return llvm::createStringError(llvm::inconvertibleErrorCode(), "the passes failed");
    return llvm::Error::success();
  };
}

Engine numeric::normalisedEngine(bool useTerms) {
  return interpreterEngine(useTerms ? "canonical" : "normalised",
                           passes(lowering::addNormalisePipeline), useTerms);
}

Engine numeric::preparedEngine() {
  return interpreterEngine(
      "prepared", passes([](mlir::OpPassManager &pm) {
        lowering::addNormalisePipeline(pm);
        lowering::addChoosePipeline(pm);
        pm.addNestedPass<mlir::func::FuncOp>(lowering::createExpandComplexPass());
        pm.addNestedPass<mlir::func::FuncOp>(lowering::createReassociateProductsPass());
        pm.addNestedPass<mlir::func::FuncOp>(lowering::createScaleExponentsPass());
        pm.addNestedPass<mlir::func::FuncOp>(lowering::createFoldPointwisePass());
        pm.addPass(mlir::createCSEPass());
      }));
}
