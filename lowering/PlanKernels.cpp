// Turns every mixer of a module into a planned program. The work is in plan/:
// Partition says which kernels there are, KernelBuilder builds each of them.
#include "lowering/Passes.h"
#include "lowering/plan/JoinKernels.h"
#include "lowering/plan/KernelBuilder.h"
#include "lowering/plan/NameBatch.h"

using namespace mlir;

namespace mixir::lowering {

#define GEN_PASS_DEF_PLANKERNELSPASS
#include "lowering/Passes.h.inc"

namespace {

struct PlanKernelsPass : impl::PlanKernelsPassBase<PlanKernelsPass> {
  using PlanKernelsPassBase::PlanKernelsPassBase;

  void runOnOperation() override {
    for (auto func : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!mixer::isMixer(func))
        continue;
      if (failed(plan(func)))
        return signalPassFailure();
      func.erase();
    }
  }

private:
  /// Dimensions that a kernel loops over inside a step, and stencil taps, are
  /// compile-time numbers on every target.
  LogicalResult expectFixed(const Facts &facts, Operation *op, StringRef dim, StringRef what) {
    if (facts.fixedExtent(dim) >= 0)
      return success();
    return op->emitError("expected dimension '") << dim << "', " << what << ", to be fixed at compile time";
  }

  LogicalResult plan(func::FuncOp func) {
    Facts facts(func);
    WalkResult stencils = func.walk([&](mixer::ConvOp conv) -> WalkResult {
      return expectFixed(facts, conv, conv.getTaps(), "the taps of a stencil");
    });
    if (stencils.wasInterrupted())
      return failure();
    Partition partition(facts, threads > 0);
    for (KernelPlan &k : partition.kernels)
      for (StringRef d : k.inner)
        if (failed(expectFixed(facts, k.recurrence, d, "which a step loops over")))
          return failure();
    OpBuilder builder(func);
    SmallVector<Attribute> operands, temps;
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      operands.push_back(mixer::getArgOperand(func, i));
    for (unsigned i = 0; i < func.getNumResults(); ++i)
      operands.push_back(mixer::getResultOperand(func, i));
    for (auto &[value, name] : partition.temps)
      temps.push_back(tempOperand(builder, value, name));
    auto program = kernel::ProgramOp::create(builder, func.getLoc(), func.getName(),
                                             func->getAttrOfType<ArrayAttr>(mixer::kDimsAttr),
                                             builder.getArrayAttr(operands), builder.getArrayAttr(temps),
                                             builder.getArrayAttr({}), kernel::BatchAttr());
    program.getBody().emplaceBlock();
    Sizes sizes{vectorWidth, cacheBytes, secondCacheBytes, threads, sharedBytes};
    for (auto [i, kernel] : llvm::enumerate(partition.kernels)) {
      std::string name = (kernel.recurrence ? "scan" : "map") + std::to_string(i);
      if (failed(KernelBuilder(facts, partition, kernel, program, name, sizes).build()))
        return failure();
    }
    program.setViewsAttr(builder.getArrayAttr(facts.views));
    if (threads == 0)
      joinKernels(program);
    else
      nameBatch(program);
    return success();
  }

  /// A temporary: every dimension an axis of its own, in header order.
  mixer::OperandAttr tempOperand(OpBuilder &builder, Value value, StringRef name) {
    SmallVector<Attribute> axes;
    for (StringRef d : dimsOf(value))
      axes.push_back(builder.getArrayAttr(builder.getStringAttr(d)));
    Type element = cast<mixer::NdType>(value.getType()).getElementType();
    return mixer::OperandAttr::get(builder.getContext(), builder.getStringAttr(name), mixer::Role::Out, element,
                                   builder.getArrayAttr(axes));
  }
};

} // namespace

} // namespace mixir::lowering
