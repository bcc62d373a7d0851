// One forward sweep in definition order is enough: the IR has no back edges.
#include "lowering/Dependence.h"

#include "lowering/Build.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {

Dependence::Dependence(func::FuncOp func) {
  func.walk([&](Operation *op) {
    if (isa<ScanOp, RecurrenceOp>(op))
      walked.insert(walkDim(op));
  });
  for (Value arg : func.getArguments())
    if (auto type = dyn_cast<NdType>(arg.getType()))
      if (llvm::any_of(type.getDims(), [&](StringAttr d) { return walked.contains(d); }))
        varying.insert(arg);
  for (Block &block : func.getBody())
    enter(block, 0);
}

void Dependence::enter(Block &block, unsigned states) {
  if (isa<ScanOp, RecurrenceOp>(block.getParentOp())) {
    for (Value arg : block.getArguments())
      varying.insert(arg);
    for (Value arg : block.getArguments().take_front(states))
      stateful.insert(arg);
  }
  bool inBody = isa<ScanOp, RecurrenceOp>(block.getParentOp());
  for (Operation &op : block) {
    for (Value result : op.getResults()) {
      if (llvm::any_of(op.getOperands(), [&](Value v) { return stateful.contains(v); }))
        stateful.insert(result);
      bool changes = inBody
                         ? llvm::any_of(op.getOperands(), [&](Value v) { return varying.contains(v); })
                         : llvm::any_of(typeOf(result).getDims(),
                                        [&](StringAttr d) { return walked.contains(d); });
      if (changes)
        varying.insert(result);
    }
    if (auto scan = dyn_cast<ScanOp>(op))
      enter(scan.getBody().front(), scan.getNumStates());
    if (auto recurrence = dyn_cast<RecurrenceOp>(op)) {
      enter(recurrence.getBody().front(), recurrence.getNumStates());
      enter(recurrence.getTerms().front(), 0);
    }
  }
}

llvm::DenseSet<Value> backwardSlice(ValueRange roots, Block *block) {
  llvm::DenseSet<Value> seen;
  SmallVector<Value> todo(roots.begin(), roots.end());
  while (!todo.empty()) {
    Value value = todo.pop_back_val();
    if (value.getParentBlock() != block || !seen.insert(value).second)
      continue;
    if (Operation *op = value.getDefiningOp())
      todo.append(op->operand_begin(), op->operand_end());
  }
  return seen;
}

} // namespace mixir::lowering
