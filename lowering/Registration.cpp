// Registration of dialects, passes and phase pipelines.
#include "lowering/Registration.h"

#include "dialect/kernel/KernelDialect.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"

void mixir::lowering::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<mixer::MixerDialect, kernel::KernelDialect, mlir::func::FuncDialect,
                  mlir::arith::ArithDialect, mlir::math::MathDialect>();
  mlir::func::registerInlinerExtension(registry);
}

void mixir::lowering::registerAllPasses() {
  registerMixirLoweringPasses();
  mlir::registerTransformsPasses();
  registerPhasePipelines();
}
