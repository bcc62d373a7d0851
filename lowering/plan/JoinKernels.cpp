// See JoinKernels.h.
#include "lowering/plan/JoinKernels.h"

#include "lowering/Remarks.h"
#include "lowering/plan/Facts.h"

#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace mixir::lowering {

namespace {

/// Kernels that run task by task one after the other.
class Group {
public:
  explicit Group(kernel::ProgramOp program) : program(program) {}

  bool canTake(kernel::FuncOp func) {
    return !funcs.empty() && !isConvolution(funcs.back()) && !isConvolution(func) && isAlike(func) && readsOwnBlocks(func);
  }

  void take(kernel::FuncOp func) {
    funcs.push_back(func);
    func.walk([&](kernel::StageOp stage) {
      if (stage.getInto())
        written.insert(rootOf(stage.getInto().getDefiningOp<kernel::OperandOp>().getRef()));
    });
    func.walk([&](kernel::RecurOp recur) {
      for (auto carry : recur.getCarries().getAsRange<kernel::CarryAttr>())
        if (!carry.getFinal().empty())
          written.insert(rootOf(carry.getFinal().getValue()));
    });
  }

  /// Tasks of a group take as many lanes as the narrowest of its kernels wants.
  void alignBlocks() {
    kernel::LoopAttr narrowest;
    for (kernel::FuncOp func : funcs)
      if (kernel::LoopAttr lanes = func.getLaneLoop(); lanes && (!narrowest || lanes.getBlock() < narrowest.getBlock()))
        narrowest = lanes;
    for (kernel::FuncOp func : funcs) {
      SmallVector<Attribute> loops(func.getLoops().begin(), func.getLoops().end());
      for (Attribute &loop : loops)
        if (cast<kernel::LoopAttr>(loop).getLanes())
          loop = narrowest;
      func.setLoopsAttr(ArrayAttr::get(func.getContext(), loops));
    }
  }

private:
  /// The operand that a view is of, or the name itself.
  StringRef rootOf(StringRef ref) {
    for (auto view : program.getViews().getAsRange<kernel::ViewAttr>())
      if (view.getTensor().getName().getValue() == ref)
        return view.getOf().getValue();
    return ref;
  }

  /// Whether all of the kernel is a call of the runtime, which has tasks of its own kind.
  static bool isConvolution(kernel::FuncOp func) {
    return !func.getBody().front().getOps<kernel::ConvolveOp>().empty();
  }

  /// Whether the tasks are the same, the width of blocks of lanes apart.
  bool isAlike(kernel::FuncOp func) {
    auto mine = funcs.front().getParallelLoops(), other = func.getParallelLoops();
    if (mine.empty() || mine.size() != other.size())
      return false;
    return llvm::all_of(llvm::zip(mine, other), [](auto pair) {
      auto [a, b] = pair;
      return a.getDim() == b.getDim() && a.getLanes() == b.getLanes() && (a.getLanes() || a.getBlock() == b.getBlock());
    });
  }

  bool hasAllTaskDims(StringRef ref) {
    llvm::StringSet<> dims;
    for (auto axis : program.getTensor(ref).getAxes().getAsRange<ArrayAttr>())
      for (auto d : axis.getAsRange<StringAttr>())
        dims.insert(d.getValue());
    return llvm::all_of(funcs.front().getParallelLoops(),
                        [&](kernel::LoopAttr loop) { return dims.contains(loop.getDim().getValue()); });
  }

  /// Whether what `func` takes of the group's results was made by the task of the same coordinates.
  bool readsOwnBlocks(kernel::FuncOp func) {
    bool ok = true;
    func.walk([&](kernel::OperandOp operand) {
      ok &= !written.contains(rootOf(operand.getRef())) || hasAllTaskDims(operand.getRef());
    });
    func.walk([&](kernel::RecurOp recur) {
      for (auto carry : recur.getCarries().getAsRange<kernel::CarryAttr>())
        for (StringAttr end : {carry.getInit(), carry.getFinal()})
          ok &= end.empty() || !written.contains(rootOf(end.getValue())) || hasAllTaskDims(end.getValue());
    });
    func.walk([&](kernel::LoadOp load) {
      auto operand = load.getBuffer().getDefiningOp<kernel::OperandOp>();
      if (!operand || !written.contains(rootOf(operand.getRef())))
        return;
      for (kernel::LoopAttr loop : func.getParallelLoops()) {
        StringRef dim = loop.getDim().getValue();
        ok &= !(load.getShift() && load.getShift()->contains(dim));
        ok &= !llvm::is_contained(kernel::strings(load.getCoordDims()), dim);
      }
    });
    return ok;
  }

  kernel::ProgramOp program;
  SmallVector<kernel::FuncOp> funcs;
  llvm::StringSet<> written;
};

} // namespace

void joinKernels(kernel::ProgramOp program) {
  Group group(program);
  SmallVector<kernel::FuncOp> joining;
  for (auto func : program.getBody().front().getOps<kernel::FuncOp>()) {
    if (group.canTake(func)) {
      joining.push_back(func);
    } else {
      group.alignBlocks();
      group = Group(program);
    }
    group.take(func);
  }
  group.alignBlocks();
  for (kernel::FuncOp func : joining) {
    func.setJoins(true);
    remarkPassed(func, stage::kPlan, "PlanKernels", "join")
        << ("kernel '" + func.getSymName() + "' follows the one before it task by task").str();
  }
}

} // namespace mixir::lowering
