// Dependence questions, each a short memoised recursion over operands.
#include "lowering/plan/Facts.h"

using namespace mlir;

namespace mixir::lowering {

DimList dimsOf(Value value) {
  DimList out;
  for (StringAttr d : cast<mixer::NdType>(value.getType()).getDims())
    out.push_back(d.getValue());
  return out;
}

DimList dimsOf(ArrayAttr dims) { return kernel::strings(dims); }

mixer::RecurrenceOp recurrenceOf(Value value) {
  return dyn_cast_or_null<mixer::RecurrenceOp>(value.getDefiningOp());
}

std::optional<double> constantOf(Value value) {
  if (auto c = value.getDefiningOp<mixer::ConstantOp>())
    return c.getValue().convertToDouble();
  return std::nullopt;
}

Facts::Facts(func::FuncOp func) : func(func), dims(mixer::getDims(func)) {}

namespace {

/// The recurrence whose body `arg` belongs to, or null for a function argument.
mixer::RecurrenceOp ownerOf(BlockArgument arg) {
  return dyn_cast<mixer::RecurrenceOp>(arg.getOwner()->getParentOp());
}

bool isStateArg(Value value) {
  auto arg = dyn_cast<BlockArgument>(value);
  auto owner = arg ? ownerOf(arg) : nullptr;
  return owner && arg.getArgNumber() < owner.getNumStates();
}

/// The value outside that a per-step argument is a slice of, or null.
Value slicedValue(Value value) {
  auto arg = dyn_cast<BlockArgument>(value);
  auto owner = arg ? ownerOf(arg) : nullptr;
  if (!owner || arg.getArgNumber() < owner.getNumStates())
    return {};
  return owner.getIns()[arg.getArgNumber() - owner.getNumStates()];
}

template <typename MapT, typename KeyT, typename F>
auto remember(MapT &map, KeyT key, F compute) {
  auto it = map.find(key);
  if (it != map.end())
    return it->second;
  auto v = compute();
  map[key] = v;
  return v;
}

} // namespace

bool Facts::dependsOn(Value value, mixer::RecurrenceOp recurrence) {
  return remember(depends, std::make_pair(value, recurrence.getOperation()), [&] {
    if (Value outer = slicedValue(value))
      return dependsOn(outer, recurrence);
    Operation *op = value.getDefiningOp();
    if (!op)
      return false;
    if (op == recurrence)
      return true;
    bool any = llvm::any_of(op->getOperands(), [&](Value v) { return dependsOn(v, recurrence); });
    for (Region &region : op->getRegions())
      region.walk([&](Operation *inner) {
        any |= llvm::any_of(inner->getOperands(), [&](Value v) { return dependsOn(v, recurrence); });
      });
    return any;
  });
}

bool Facts::usesState(Value value) {
  return remember(state, value, [&] {
    if (isStateArg(value))
      return true;
    Operation *op = value.getDefiningOp();
    return op && !isa<mixer::RecurrenceOp>(op) &&
           llvm::any_of(op->getOperands(), [&](Value v) { return usesState(v); });
  });
}

bool Facts::usesStateHere(Value value) {
  return remember(stateHere, value, [&] {
    if (isStateArg(value))
      return true;
    Operation *op = value.getDefiningOp();
    return op && !isa<mixer::RecurrenceOp, mixer::ReduceOp>(op) &&
           llvm::any_of(op->getOperands(), [&](Value v) { return usesStateHere(v); });
  });
}

bool Facts::varies(Value value, mixer::RecurrenceOp recurrence) {
  return remember(varying, std::make_pair(value, recurrence.getOperation()), [&] {
    if (isStateArg(value) || slicedValue(value))
      return true;
    if (cast<mixer::NdType>(value.getType()).hasDim(recurrence.getDim()))
      return true;
    Operation *op = value.getDefiningOp();
    if (!op || op->getParentOp() != recurrence)
      return false;
    return llvm::any_of(op->getOperands(), [&](Value v) { return varies(v, recurrence); });
  });
}

llvm::SmallSetVector<unsigned, 4> Facts::statesReadHere(Value value) {
  llvm::SmallSetVector<unsigned, 4> found;
  llvm::SmallSetVector<Value, 16> work;
  work.insert(value);
  for (size_t i = 0; i < work.size(); ++i) {
    Value v = work[i];
    if (isStateArg(v))
      found.insert(cast<BlockArgument>(v).getArgNumber());
    Operation *op = v.getDefiningOp();
    if (op && usesStateHere(v))
      work.insert(op->operand_begin(), op->operand_end());
  }
  return found;
}

unsigned Facts::level(Value value) {
  return remember(levels, value, [&]() -> unsigned {
    Operation *op = value.getDefiningOp();
    if (!op || isa<mixer::RecurrenceOp>(op) || !usesState(value))
      return 0;
    unsigned l = 0;
    for (Value v : op->getOperands())
      l = std::max(l, level(v));
    return l + isa<mixer::ReduceOp>(op);
  });
}

bool Facts::isTrivial(Value value) {
  if (Value outer = slicedValue(value))
    return isTrivial(outer);
  Operation *op = value.getDefiningOp();
  if (!op || isa<mixer::ConstantOp, mixer::DimSizeOp, mixer::IndexOp, mixer::RecurrenceOp>(op))
    return true;
  if (auto unary = dyn_cast<mixer::UnaryOp>(op)) // a part of a stored complex value
    return (unary.getKind() == mixer::UnaryKind::Re || unary.getKind() == mixer::UnaryKind::Im) &&
           isa<BlockArgument>(unary.getInput());
  return false;
}

bool Facts::isCostly(Value value) {
  return remember(costly, value, [&] {
    if (Value outer = slicedValue(value))
      return isCostly(outer);
    Operation *op = value.getDefiningOp();
    if (!op || isa<mixer::RecurrenceOp>(op))
      return false;
    if (isa<mixer::ReduceOp, mixer::ConvOp>(op))
      return true;
    if (auto unary = dyn_cast<mixer::UnaryOp>(op))
      if (unary.getKind() != mixer::UnaryKind::Neg && unary.getKind() != mixer::UnaryKind::Abs && !isTrivial(value))
        return true;
    if (auto binary = dyn_cast<mixer::BinaryOp>(op))
      if (binary.getKind() == mixer::BinaryKind::Div || binary.getKind() == mixer::BinaryKind::Pow)
        return true;
    return llvm::any_of(op->getOperands(), [&](Value v) { return isCostly(v); });
  });
}

int64_t Facts::fixedExtent(StringRef dim) const {
  for (mixer::DimAttr d : dims)
    if (d.getName().getValue() == dim)
      return d.getExtent();
  return -1;
}

mixer::OperandAttr Facts::operandOf(Value value) const {
  auto arg = dyn_cast<BlockArgument>(value);
  if (!arg || arg.getOwner()->getParentOp() != func)
    return {};
  return mixer::getArgOperand(func, arg.getArgNumber());
}

} // namespace mixir::lowering
