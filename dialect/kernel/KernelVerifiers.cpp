// What must hold of a planned program: one small function per numbered
// constraint of docs/spec.md.
#include "dialect/kernel/KernelDialect.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mixir;
using namespace mixir::kernel;

LogicalResult ProgramOp::verify() {
  if (!llvm::all_of(getDims(), llvm::IsaPred<mixer::DimAttr>))
    return emitOpError("expected 'dims' to hold #mixer.dim attributes"); // K1
  for (ArrayAttr list : {getOperands(), getTemps()})
    if (!llvm::all_of(list, llvm::IsaPred<mixer::OperandAttr>))
      return emitOpError("expected 'operands' and 'temps' to hold #mixer.operand attributes"); // K1
  for (Attribute a : getViews()) {
    auto view = dyn_cast<ViewAttr>(a);
    if (!view)
      return emitOpError("expected 'views' to hold #kernel.view attributes"); // K1
    bool isKnown = false;
    for (ArrayAttr list : {getOperands(), getTemps()})
      for (auto tensor : list.getAsRange<mixer::OperandAttr>())
        isKnown |= tensor.getName() == view.getOf();
    if (!isKnown)
      return emitOpError("expected a view of an operand or temporary, got one of '") << view.getOf().getValue() << "'"; // K17
  }
  if (BatchAttr batch = getBatchAttr())
    for (StringAttr name : {batch.getDim(), batch.getAlong()})
      if (name && llvm::none_of(getDims().getAsRange<mixer::DimAttr>(), [&](auto d) { return d.getName() == name; }))
        return emitOpError("expected a batch of dimensions of the program, got '") << name.getValue() << "'"; // K24
  return success();
}

mixer::OperandAttr ProgramOp::getTensor(StringRef name) {
  for (ArrayAttr list : {getOperands(), getTemps()})
    for (auto operand : list.getAsRange<mixer::OperandAttr>())
      if (operand.getName().getValue() == name)
        return operand;
  for (auto view : getViews().getAsRange<ViewAttr>())
    if (view.getTensor().getName().getValue() == name)
      return view.getTensor();
  return {};
}

LogicalResult kernel::FuncOp::verify() {
  unsigned serial = 0, lanes = 0, spread = 0;
  for (Attribute a : getLoops()) {
    auto loop = dyn_cast<LoopAttr>(a);
    if (!loop || loop.getBlock() < 1)
      return emitOpError("expected 'loops' to hold #kernel.loop attributes with blocks of at least 1"); // K2
    serial += loop.getKind() == LoopKind::Serial || loop.getKind() == LoopKind::SerialReverse;
    lanes += loop.getLanes() != 0 && loop.getKind() == LoopKind::Parallel;
    spread += loop.getKind() == LoopKind::Spread;
    if (loop.getLanes() < 0 || (loop.getLanes() && loop.getBlock() % loop.getLanes()))
      return emitOpError("expected blocks of whole groups of lanes, got a block of ") // K16
             << loop.getBlock() << " and " << loop.getLanes() << " lanes";
  }
  if (serial > 1 || lanes > 1 || spread > 1)
    return emitOpError("expected at most one serial, one lane and one spread loop, got ") // K3
           << serial << ", " << lanes << " and " << spread;
  if (BatchAttr batch = (*this)->getParentOfType<ProgramOp>().getBatchAttr())
    if (LoopAttr loop = getLoop(batch.getDim()); loop && (loop.getKind() != LoopKind::Parallel || loop.getBlock() != 1 || loop.getLanes()))
      return emitOpError("expected one entry of the batch a block, got a ") // K25
             << stringifyLoopKind(loop.getKind()) << " loop in blocks of " << loop.getBlock();
  auto before = dyn_cast_or_null<kernel::FuncOp>(getOperation()->getPrevNode());
  if (getInstead() && (!before || before.getInstead()))
    return emitOpError("expected to run instead of a kernel before it that runs instead of none"); // K22
  if (getJoins() && (!before || before.getParallelLoops() != getParallelLoops()))
    return emitOpError("expected to join a kernel before it that has the same parallel loops"); // K18
  return success();
}

LogicalResult OperandOp::verify() {
  if (!getPart().empty() && getPart() != "re" && getPart() != "im")
    return emitOpError("expected part 're' or 'im', got '") << getPart() << "'"; // K4
  if ((*this)->getParentOfType<ProgramOp>().getTensor(getRef()))
    return success();
  return emitOpError("expected an operand, temporary or view of the program, got '") << getRef() << "'"; // K5
}

LogicalResult StageOp::verify() {
  if (!isa_and_nonnull<YieldOp>(getBody().front().empty() ? nullptr : &getBody().front().back()))
    return emitOpError("expected the body to end in kernel.yield"); // K6
  if (static_cast<bool>(getInto()) == static_cast<bool>(getResult()))
    return emitOpError("expected either a result or an operand to write into"); // K7
  if (getResult()) {
    auto dims = getResult().getType().getDims();
    auto over = strings(getOver());
    if (dims.size() != over.size() ||
        !llvm::all_of(dims, [&](StringAttr d) { return llvm::is_contained(over, d.getValue()); }))
      return emitOpError("expected a result over the stage's domain"); // K8
  }
  return success();
}

LogicalResult ConvolveOp::verify() {
  if (!getInput().getType().hasDim(getAlong()) || !getInto().getType().hasDim(getAlong()))
    return emitOpError("expected an input and a result over '") << getAlong() << "'"; // K19
  if (!getWeight().getType().hasDim(getTaps()) || getWeight().getType().hasDim(getAlong()))
    return emitOpError("expected taps over '") << getTaps() << "' and not over '" << getAlong() << "'"; // K20
  for (BufType type : {getInput().getType(), getWeight().getType(), getInto().getType()})
    if (!type.getElementType().isF32())
      return emitOpError("expected buffers of f32, got ") << type; // K21
  return success();
}

LogicalResult RecurOp::verify() {
  if (!llvm::all_of(getCarries(), llvm::IsaPred<CarryAttr>) ||
      !llvm::all_of(getAccs(), llvm::IsaPred<AccAttr>))
    return emitOpError("expected #kernel.carry and #kernel.acc attributes"); // K9
  unsigned kept = llvm::count_if(getAccs().getAsRange<AccAttr>(), [](AccAttr a) { return a.getKept(); });
  if (kept != getNumResults())
    return emitOpError("expected one result for each of ") // K10
           << kept << " kept accumulators, got " << getNumResults();
  if (!llvm::all_of(getBody().front(), llvm::IsaPred<PhaseOp>))
    return emitOpError("expected nothing but phases"); // K11
  auto program = (*this)->getParentOfType<ProgramOp>();
  for (auto acc : getAccs().getAsRange<AccAttr>())
    if (acc.getPast() && !program.getTensor(acc.getPast().getValue()))
      return emitOpError("expected a tensor of the program as the past of '") // K27
             << acc.getName().getValue() << "', got '" << acc.getPast().getValue() << "'";
  return success();
}

/// K12, K13: coordinates that replace the current ones are those of dimensions that are there.
template <typename OpT>
static LogicalResult verifyPlace(OpT op, llvm::function_ref<bool(StringRef)> hasDim) {
  if (op.getCoordDims().size() != op.getCoords().size())
    return op.emitOpError("expected one coordinate for each of ") // K12
           << op.getCoordDims().size() << " dimensions, got " << op.getCoords().size();
  SmallVector<StringRef> dims(strings(op.getCoordDims()));
  if (std::optional<DictionaryAttr> shift = op.getShift())
    for (NamedAttribute entry : *shift)
      dims.push_back(entry.getName().getValue());
  for (StringRef d : dims)
    if (!hasDim(d))
      return op.emitOpError("expected a dimension of the ") // K13
             << (isa<LoadOp>(op) ? "buffer" : isa<StateOp>(op) ? "state" : "accumulator") << ", got '" << d << "'";
  return success();
}

LogicalResult LoadOp::verify() {
  if (failed(verifyPlace(*this, [&](StringRef d) { return getBuffer().getType().hasDim(d); })))
    return failure();
  Type stored = getBuffer().getType().getElementType();
  if (stored.isInteger(32) != getResult().getType().isInteger(32))
    return emitOpError("expected ") << (stored.isInteger(32) ? "i32" : "f32") << " from a buffer of " // K14
                                    << stored << ", got " << getResult().getType();
  return success();
}

namespace {

/// K15: the state or accumulator that an operation names is declared.
template <typename OpT, typename LookupT>
LogicalResult verifyDeclared(OpT op, StringRef what, LookupT lookup) {
  auto recur = op->template getParentOfType<RecurOp>();
  if (!recur || !lookup(recur))
    return op.emitOpError("expected a declared ") << what << ", got '" << op.getName() << "'"; // K15
  return success();
}

} // namespace

LogicalResult StateOp::verify() {
  if (failed(verifyDeclared(*this, "state", [&](RecurOp r) { return r.getCarry(getName()); })))
    return failure();
  auto dims = strings((*this)->getParentOfType<RecurOp>().getCarry(getName()).getDims());
  return verifyPlace(*this, [&](StringRef d) { return llvm::is_contained(dims, d); });
}
LogicalResult SetStateOp::verify() {
  return verifyDeclared(*this, "state", [&](RecurOp r) { return r.getCarry(getName()); });
}
LogicalResult AffineOp::verify() {
  size_t n = getStates().size();
  if (n < 1 || n > 2 || getDecay().size() != n || getWrite().size() != n)
    return emitOpError("expected one or two states with a decay and a write each, got ") // K23
           << n << " with " << getDecay().size() << " and " << getWrite().size();
  auto recur = (*this)->getParentOfType<RecurOp>();
  for (StringRef name : strings(getStates()))
    if (!recur.getCarry(name))
      return emitOpError("expected a declared state, got '") << name << "'"; // K15
  return success();
}
LogicalResult AccOp::verify() {
  if (failed(verifyDeclared(*this, "accumulator", [&](RecurOp r) { return r.getAcc(getName()); })))
    return failure();
  AccAttr acc = (*this)->getParentOfType<RecurOp>().getAcc(getName());
  if (getTime() && !acc.getKept() && !acc.getPast())
    return emitOpError("expected an accumulator that is kept, or has a past, at another step, got '") << getName() << "'"; // K26
  auto dims = strings(acc.getDims());
  return verifyPlace(*this, [&](StringRef d) { return llvm::is_contained(dims, d); });
}
LogicalResult AccumulateOp::verify() {
  return verifyDeclared(*this, "accumulator", [&](RecurOp r) { return r.getAcc(getName()); });
}
