// Turns every mixer of a module into a planned program. The work is in plan/:
// Partition says which kernels there are, KernelBuilder builds each of them.
#include "lowering/Build.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"
#include "lowering/plan/JoinKernels.h"
#include "lowering/plan/KernelBuilder.h"
#include "lowering/plan/NameBatch.h"

#include "llvm/ADT/StringSet.h"

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
  Sizes planSizes() {
    return {vectorWidth,     cacheBytes,  secondCacheBytes, threads,     sharedBytes,
            mostSharedBytes, timeThreads, timeLanes,        stateNumbers};
  }

  /// The steps of a recurrence that a GPU may walk with time across threads. All other terms go: they would
  /// count as uses of what they are computed from.
  std::vector<AffineStep> stepsAlongTime(mixer::RecurrenceOp recurrence) {
    std::string why;
    std::vector<AffineStep> steps;
    if (threads > 0)
      steps = affineSteps(recurrence, why);
    if (steps.empty())
      dropTerms(recurrence);
    if (!why.empty())
      remarkMissed(recurrence, stage::kPlan, "PlanKernels", "time") << ("not across threads along '" + recurrence.getDim() + "': " + why).str();
    return steps;
  }

  /// A kernel, and where `steps` are known the one that may run instead of it.
  LogicalResult buildKernel(Facts &facts, Partition &partition, KernelPlan &kernel, kernel::ProgramOp program,
                            const std::string &name, const std::vector<AffineStep> &steps) {
    Sizes sizes = planSizes();
    KernelBuilder serial(facts, partition, kernel, program, name, sizes);
    if (failed(serial.build()))
      return failure();
    if (steps.empty())
      return success();
    if (int64_t numbers = serial.stateNumbers(); numbers > sizes.stateNumbers) {
      remarkMissed(kernel.recurrence, stage::kPlan, "PlanKernels", "time")
          << ("not across threads along '" + kernel.recurrence.getDim() + "': a thread would hold " + Twine(numbers) + " numbers of states").str();
      return success();
    }
    return KernelBuilder(facts, partition, kernel, program, name + "_time", sizes, steps).build();
  }

  /// Dimensions that a kernel loops over inside a step, and stencil taps, are
  /// compile-time numbers on every target.
  LogicalResult expectFixed(const Facts &facts, Operation *op, StringRef dim, StringRef what) {
    if (facts.fixedExtent(dim) >= 0)
      return success();
    return op->emitError("expected dimension '") << dim << "', " << what << ", to be fixed at compile time";
  }

  LogicalResult plan(func::FuncOp func) {
    llvm::MapVector<Operation *, std::vector<AffineStep>> steps;
    for (auto recurrence : func.getBody().front().getOps<mixer::RecurrenceOp>())
      steps[recurrence] = stepsAlongTime(recurrence);
    eraseDeadOps(func.getBody().front());
    for (auto recurrence : func.getBody().front().getOps<mixer::RecurrenceOp>())
      eraseDeadOps(recurrence.getBody().front());
    Facts facts(func);
    WalkResult stencils = func.walk([&](mixer::ConvOp conv) -> WalkResult {
      if (facts.longConvolution(conv.getResult()))
        return WalkResult::advance();
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
    llvm::StringSet<> named;
    for (Attribute operand : operands)
      named.insert(cast<mixer::OperandAttr>(operand).getName().getValue());
    for (auto &[value, name] : partition.temps)
      if (named.insert(name).second) // some share memory
        temps.push_back(tempOperand(builder, value, name));
    if (threads > 0)
      for (KernelPlan &k : partition.kernels)
        addPasts(builder, facts, k, temps);
    auto program = kernel::ProgramOp::create(builder, func.getLoc(), func.getName(),
                                             func->getAttrOfType<ArrayAttr>(mixer::kDimsAttr),
                                             builder.getArrayAttr(operands), builder.getArrayAttr(temps),
                                             builder.getArrayAttr({}), kernel::BatchAttr());
    program.getBody().emplaceBlock();
    for (auto [i, kernel] : llvm::enumerate(partition.kernels)) {
      std::string name = (kernel.recurrence ? "scan" : "map") + std::to_string(i);
      Operation *recurrence = kernel.recurrence;
      if (failed(buildKernel(facts, partition, kernel, program, name, recurrence ? steps[recurrence] : std::vector<AffineStep>())))
        return failure();
    }
    program.setViewsAttr(builder.getArrayAttr(facts.views));
    if (threads == 0)
      joinKernels(program);
    else
      nameBatch(program);
    return success();
  }

  /// Temporaries for what the states that later steps recall are after every step, a place for each thread: the lane
  /// dimension fastest.
  void addPasts(OpBuilder &builder, Facts &facts, KernelPlan &kernel, SmallVector<Attribute> &temps) {
    mixer::RecurrenceOp r = kernel.recurrence;
    for (unsigned i = 0; r && i < r.getNumStates(); ++i) {
      if (!isRecalled(r, i))
        continue;
      SmallVector<Attribute> axes;
      auto add = [&](StringRef d) { axes.push_back(builder.getArrayAttr(builder.getStringAttr(d))); };
      for (StringRef d : kernel.parallel)
        add(d);
      add(r.getDim());
      for (StringRef d : dimsOf(r.getBody().front().getArgument(i)))
        if (!llvm::is_contained(kernel.parallel, d) && d != StringRef(kernel.lane))
          add(d);
      if (!kernel.lane.empty())
        add(kernel.lane);
      std::string name = facts.freshName("past" + std::to_string(temps.size()));
      auto temp = mixer::OperandAttr::get(builder.getContext(), builder.getStringAttr(name), mixer::Role::Out,
                                          builder.getF32Type(), builder.getArrayAttr(axes), StringAttr());
      kernel.pasts[i] = temp;
      temps.push_back(temp);
    }
  }

  /// A temporary: every dimension an axis of its own, in header order.
  mixer::OperandAttr tempOperand(OpBuilder &builder, Value value, StringRef name) {
    SmallVector<Attribute> axes;
    for (StringRef d : dimsOf(value))
      axes.push_back(builder.getArrayAttr(builder.getStringAttr(d)));
    Type element = cast<mixer::NdType>(value.getType()).getElementType();
    return mixer::OperandAttr::get(builder.getContext(), builder.getStringAttr(name), mixer::Role::Out, element,
                                   builder.getArrayAttr(axes), StringAttr());
  }
};

} // namespace

} // namespace mixir::lowering
