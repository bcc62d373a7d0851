// What must hold of each operation: one small function per numbered constraint
// of docs/spec.md, so that text, check and test share one label.
#include "dialect/mixer/MixerDialect.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mixir::mixer;

namespace {

std::string spell(ArrayRef<StringAttr> dims) {
  std::string s = "[";
  llvm::interleave(
      dims, [&](StringAttr d) { s += d.getValue(); }, [&] { s += ", "; });
  return s + "]";
}

/// The dims of `type` as a set that ignores order.
llvm::SmallSetVector<StringAttr, 8> dimSet(NdType type) {
  return {type.getDims().begin(), type.getDims().end()};
}

/// C1: the result's dimensions are the union of the operands' dimensions.
LogicalResult verifyUnion(Operation *op, NdType result) {
  llvm::SmallSetVector<StringAttr, 8> expected;
  for (Value v : op->getOperands())
    for (StringAttr d : cast<NdType>(v.getType()).getDims())
      expected.insert(d);
  auto got = dimSet(result);
  if (got.size() != expected.size() || !llvm::all_of(expected, [&](StringAttr d) { return got.contains(d); }))
    return op->emitOpError("expected result dimensions ") // C1
           << spell(expected.getArrayRef()) << ", got " << spell(result.getDims());
  return success();
}

/// C2: every element type is the expected one.
LogicalResult verifyElement(Operation *op, StringRef what, Type got, Type expected) {
  if (got == expected)
    return success();
  return op->emitOpError() << "expected " << what << " of element type " << expected << ", got " << got; // C2
}

Type elementOf(Value v) { return cast<NdType>(v.getType()).getElementType(); }

/// C3: a dimension named by an attribute exists in the mixer (helpers have none to check).
LogicalResult verifyDimExists(Operation *op, StringRef name) {
  if (getDims(op).empty() || getDim(op, name))
    return success();
  return op->emitOpError("expected a dimension of the mixer, got '") << name << "'"; // C3
}

/// C4: `type` is exactly `name` more than `without`.
LogicalResult verifyDims(Operation *op, StringRef what, ArrayRef<StringAttr> expected, NdType got) {
  auto have = dimSet(got);
  if (have.size() == expected.size() && llvm::all_of(expected, [&](StringAttr d) { return have.contains(d); }))
    return success();
  return op->emitOpError() << "expected " << what << " over " << spell(expected) << ", got " // C4
                           << spell(got.getDims());
}

Type scalarType(Operation *op, bool complex) {
  Type f32 = Float32Type::get(op->getContext());
  return complex ? Type(ComplexType::get(f32)) : f32;
}

/// Result element type of a unary function on `input`, or null where it is not defined.
Type unaryResult(UnaryKind kind, Type input) {
  MLIRContext *context = input.getContext();
  Type f32 = Float32Type::get(context), i1 = IntegerType::get(context, 1), i32 = IntegerType::get(context, 32);
  bool complex = isa<ComplexType>(input);
  switch (kind) {
  case UnaryKind::Re:
  case UnaryKind::Im:
    return complex ? f32 : Type();
  case UnaryKind::Abs:
    return complex ? f32 : (input == f32 || input == i32 ? input : Type());
  case UnaryKind::Not:
    return input == i1 ? input : Type();
  case UnaryKind::Neg:
    return complex || input == f32 || input == i32 ? input : Type();
  case UnaryKind::Exp:
  case UnaryKind::Conj:
    return complex || input == f32 ? input : Type();
  default:
    return input == f32 ? f32 : Type();
  }
}

/// Whether a binary function is defined on elements of `type`.
bool binaryAllows(BinaryKind kind, Type type) {
  bool isBool = type.isInteger(1);
  switch (kind) {
  case BinaryKind::And:
  case BinaryKind::Or:
    return isBool;
  case BinaryKind::Add:
  case BinaryKind::Sub:
  case BinaryKind::Mul:
    return !isBool;
  case BinaryKind::Div:
    return isa<ComplexType>(type) || type.isF32();
  case BinaryKind::Pow:
    return type.isF32();
  case BinaryKind::Mod:
  case BinaryKind::Quot:
    return type.isInteger(32);
  case BinaryKind::Min:
  case BinaryKind::Max:
    return !isBool && !isa<ComplexType>(type);
  }
  return false;
}

} // namespace

//===----------------------------------------------------------------------===//
// Types and attributes
//===----------------------------------------------------------------------===//

LogicalResult NdType::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                             ArrayRef<StringAttr> dims, Type element) {
  bool known = element.isF32() || element.isInteger(32) || element.isInteger(1);
  if (auto complex = dyn_cast<ComplexType>(element))
    known = complex.getElementType().isF32();
  if (!known)
    return emitError() << "expected element type f32, complex<f32>, i32 or i1, got " << element; // C5
  llvm::SmallSetVector<StringAttr, 8> seen;
  for (StringAttr d : dims)
    if (!seen.insert(d))
      return emitError() << "expected distinct dimensions, got '" << d.getValue() << "' twice"; // C6
  return success();
}

LogicalResult MixerDialect::verifyOperationAttribute(Operation *op, NamedAttribute attr) {
  if (attr.getName() != kDimsAttr)
    return success();
  auto array = dyn_cast<ArrayAttr>(attr.getValue());
  if (!isa<func::FuncOp>(op) || !array || !llvm::all_of(array, llvm::IsaPred<DimAttr>))
    return op->emitError("expected '") << kDimsAttr << "' to be an array of #mixer.dim on a function"; // C7
  auto func = cast<func::FuncOp>(op);
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    OperandAttr operand = getArgOperand(func, i);
    if (!operand)
      return op->emitError("expected '") << kOperandAttr << "' on argument " << i << " of a mixer"; // C8
    StringAttr along = operand.getParents();
    bool hasSteps = along && llvm::any_of(operand.getAxes().getAsRange<ArrayAttr>(),
                                          [&](ArrayAttr axis) { return llvm::is_contained(axis, along); });
    if (along && !(operand.getDtype().isInteger(32) && hasSteps))
      return op->emitError("expected parents to be i32 along their steps '") // C35
             << along.getValue() << "', got operand '" << operand.getName().getValue() << "' of " << operand.getDtype();
  }
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    if (!getResultOperand(func, i))
      return op->emitError("expected '") << kOperandAttr << "' on result " << i << " of a mixer"; // C8
  return success();
}

//===----------------------------------------------------------------------===//
// Pointwise operations
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::verify() {
  return verifyDims(*this, "a constant", {}, getResult().getType());
}

LogicalResult DimSizeOp::verify() {
  if (failed(verifyDims(*this, "an extent", {}, getResult().getType())))
    return failure();
  return verifyDimExists(*this, getDim());
}

LogicalResult IndexOp::verify() {
  StringAttr dim = getDimAttr();
  if (failed(verifyDims(*this, "an index", StringAttr::get(getContext(), dim.getValue()), getResult().getType())))
    return failure();
  return verifyDimExists(*this, getDim());
}

LogicalResult UnaryOp::verify() {
  Type expected = unaryResult(getKind(), elementOf(getInput()));
  if (!expected)
    return emitOpError() << "expected an element type that '" << stringifyUnaryKind(getKind()) // C9
                         << "' is defined on, got " << elementOf(getInput());
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), expected)))
    return failure();
  return verifyUnion(*this, getResult().getType());
}

LogicalResult BinaryOp::verify() {
  Type element = elementOf(getLhs());
  if (!binaryAllows(getKind(), element))
    return emitOpError() << "expected an element type that '" << stringifyBinaryKind(getKind()) // C9
                         << "' is defined on, got " << element;
  if (failed(verifyElement(*this, "a right operand", elementOf(getRhs()), element)) ||
      failed(verifyElement(*this, "a result", elementOf(getResult()), element)))
    return failure();
  return verifyUnion(*this, getResult().getType());
}

LogicalResult CompareOp::verify() {
  Type element = elementOf(getLhs());
  if (isa<ComplexType>(element))
    return emitOpError("expected real values to compare, got ") << element; // C9
  if (failed(verifyElement(*this, "a right operand", elementOf(getRhs()), element)) ||
      failed(verifyElement(*this, "a result", elementOf(getResult()), IntegerType::get(getContext(), 1))))
    return failure();
  return verifyUnion(*this, getResult().getType());
}

LogicalResult SelectOp::verify() {
  Type element = elementOf(getOnTrue());
  if (failed(verifyElement(*this, "a condition", elementOf(getCondition()), IntegerType::get(getContext(), 1))) ||
      failed(verifyElement(*this, "a right operand", elementOf(getOnFalse()), element)) ||
      failed(verifyElement(*this, "a result", elementOf(getResult()), element)))
    return failure();
  return verifyUnion(*this, getResult().getType());
}

LogicalResult CastOp::verify() {
  Type from = elementOf(getInput()), to = elementOf(getResult());
  bool known = (from.isInteger(32) && to.isF32()) || (from.isF32() && isa<ComplexType>(to));
  if (!known)
    return emitOpError("expected a cast from i32 to f32 or from f32 to complex<f32>, got ") // C10
           << from << " to " << to;
  return verifyUnion(*this, getResult().getType());
}

LogicalResult ComplexOp::verify() {
  if (failed(verifyElement(*this, "a real part", elementOf(getRe()), scalarType(*this, false))) ||
      failed(verifyElement(*this, "an imaginary part", elementOf(getIm()), scalarType(*this, false))) ||
      failed(verifyElement(*this, "a result", elementOf(getResult()), scalarType(*this, true))))
    return failure();
  return verifyUnion(*this, getResult().getType());
}

//===----------------------------------------------------------------------===//
// Reductions and stencils
//===----------------------------------------------------------------------===//

LogicalResult ReduceOp::verify() {
  NdType expected = getInput().getType();
  for (Attribute d : getDims()) {
    StringRef name = cast<StringAttr>(d).getValue();
    if (!expected.hasDim(name))
      return emitOpError("expected a dimension of the operand, got '") << name << "'"; // C11
    expected = expected.dropDim(name);
  }
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), expected.getElementType())))
    return failure();
  return verifyDims(*this, "a result", expected.getDims(), getResult().getType());
}

LogicalResult ConvOp::verify() {
  if (!getInput().getType().hasDim(getAlong()))
    return emitOpError("expected an input over '") << getAlong() << "', got " // C12
                                                   << spell(getInput().getType().getDims());
  if (!getWeight().getType().hasDim(getTaps()) || getInput().getType().hasDim(getTaps()))
    return emitOpError("expected taps '") << getTaps() << "' to be a dimension of the weights only"; // C13
  if (getInit() && (!getHistory() || !getInit().getType().hasDim(*getHistory()) || getPad() != PadKind::Causal))
    return emitOpError("expected earlier samples over a history dimension of a causal stencil"); // C14
  auto dims = dimSet(getInput().getType());
  for (StringAttr d : getWeight().getType().getDims())
    if (d.getValue() != getTaps())
      dims.insert(d);
  if (getInit())
    for (StringAttr d : getInit().getType().getDims())
      if (d.getValue() != *getHistory())
        dims.insert(d);
  return verifyDims(*this, "a result", dims.getArrayRef(), getResult().getType());
}

LogicalResult TailOp::verify() {
  NdType input = getInput().getType();
  if (!input.hasDim(getAlong()) || input.hasDim(getInto()))
    return emitOpError("expected an input over '") << getAlong() << "' and not over '" << getInto() // C12
                                                   << "', got " << spell(input.getDims());
  auto dims = dimSet(input.dropDim(getAlong()));
  dims.insert(StringAttr::get(getContext(), getInto()));
  if (getInit())
    for (StringAttr d : getInit().getType().getDims())
      dims.insert(d);
  return verifyDims(*this, "a result", dims.getArrayRef(), getResult().getType());
}

LogicalResult PickOp::verify() {
  NdType input = getInput().getType();
  if (!input.hasDim(getDim()))
    return emitOpError("expected a dimension of the operand, got '") << getDim() << "'"; // C11
  DimAttr dim = mixer::getDim(*this, getDim());
  if (dim && (!dim.isFixed() || static_cast<int64_t>(getAt()) < 0 || static_cast<int64_t>(getAt()) >= dim.getExtent()))
    return emitOpError("expected a coordinate below the fixed extent of '") << getDim() << "', got " << getAt(); // C25
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), input.getElementType())))
    return failure();
  return verifyDims(*this, "a result", input.dropDim(getDim()).getDims(), getResult().getType());
}

LogicalResult StackOp::verify() {
  DimAttr dim = mixer::getDim(*this, getDim());
  if (dim && dim.getExtent() != static_cast<int64_t>(getParts().size()))
    return emitOpError("expected as many parts as '") << getDim() << "' has entries, got " << getParts().size(); // C25
  llvm::SmallSetVector<StringAttr, 8> dims;
  for (Value part : getParts()) {
    auto type = cast<NdType>(part.getType());
    if (type.hasDim(getDim()))
      return emitOpError("expected parts without dimension '") << getDim() << "', got " << spell(type.getDims()); // C11
    if (failed(verifyElement(*this, "a part", type.getElementType(), elementOf(getResult()))))
      return failure();
    dims.insert(type.getDims().begin(), type.getDims().end());
  }
  dims.insert(StringAttr::get(getContext(), getDim()));
  return verifyDims(*this, "a result", dims.getArrayRef(), getResult().getType());
}

/// C29: a value inside a walk has no coordinate along the walked dimension.
static LogicalResult verifyNotWalked(Operation *op, StringRef dim) {
  auto scan = op->getParentOfType<ScanOp>();
  auto recurrence = op->getParentOfType<RecurrenceOp>();
  if ((scan && scan.getDim() == dim) || (recurrence && recurrence.getDim() == dim))
    return op->emitOpError("expected a dimension other than the walked '") << dim << "'"; // C29
  return success();
}

LogicalResult RenameOp::verify() {
  NdType input = getInput().getType();
  if (!input.hasDim(getFrom()))
    return emitOpError("expected a dimension of the operand, got '") << getFrom() << "'"; // C11
  if (input.hasDim(getTo()))
    return emitOpError("expected an operand without '") << getTo() << "', got " << spell(input.getDims()); // C27
  DimAttr from = mixer::getDim(*this, getFrom()), to = mixer::getDim(*this, getTo());
  bool isFixed = from && to && from.isFixed() && from.getExtent() == to.getExtent();
  bool isCopy = from && to && to.getExpr() && to.getExpr().getValue() == getFrom();
  if (!mixer::getDims(*this).empty() && !isFixed && !isCopy)
    return emitOpError("expected two dimensions of one extent, got '") << getFrom() << "' and '" << getTo() << "'"; // C28
  for (StringRef dim : {getFrom(), getTo()})
    if (failed(verifyNotWalked(*this, dim)))
      return failure();
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), input.getElementType())))
    return failure();
  auto dims = dimSet(input.dropDim(getFrom()));
  dims.insert(StringAttr::get(getContext(), getTo()));
  return verifyDims(*this, "a result", dims.getArrayRef(), getResult().getType());
}

LogicalResult ShiftOp::verify() {
  if (!getInput().getType().hasDim(getDim()))
    return emitOpError("expected a dimension of the operand, got '") << getDim() << "'"; // C11
  return verifyNotWalked(*this, getDim());
}

/// C30, C31: the pieces `outer` x `inner` of `dim`, of which `pieces` has the former and `whole` the latter.
static LogicalResult verifyPieces(Operation *op, StringRef dim, StringRef outer, StringRef inner, NdType whole, NdType pieces) {
  if (!whole.hasDim(dim) || whole.hasDim(outer) || whole.hasDim(inner))
    return op->emitOpError("expected the whole over '") << dim << "' and not over its pieces, got " // C30
                                                        << spell(whole.getDims());
  DimAttr size = mixir::mixer::getDim(op, inner);
  if (size && !size.isFixed())
    return op->emitOpError("expected pieces of a fixed size, got '") << inner << "'"; // C31
  for (StringRef d : {dim, outer, inner})
    if (failed(verifyNotWalked(op, d)))
      return failure();
  auto dims = dimSet(whole.dropDim(dim));
  dims.insert(StringAttr::get(op->getContext(), outer));
  dims.insert(StringAttr::get(op->getContext(), inner));
  return verifyDims(op, "pieces", dims.getArrayRef(), pieces);
}

LogicalResult SplitOp::verify() {
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), getInput().getType().getElementType())))
    return failure();
  return verifyPieces(*this, getDim(), getOuter(), getInner(), getInput().getType(), getResult().getType());
}

LogicalResult MergeOp::verify() {
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), getInput().getType().getElementType())))
    return failure();
  return verifyPieces(*this, getDim(), getOuter(), getInner(), getResult().getType(), getInput().getType());
}

LogicalResult GatherOp::verify() {
  NdType input = getInput().getType();
  if (!input.hasDim(getDim()))
    return emitOpError("expected a dimension of the operand, got '") << getDim() << "'"; // C11
  if (failed(verifyNotWalked(*this, getDim())) ||
      failed(verifyElement(*this, "an index", elementOf(getIndex()), IntegerType::get(getContext(), 32))) ||
      failed(verifyElement(*this, "a result", elementOf(getResult()), input.getElementType())))
    return failure();
  auto dims = dimSet(input.dropDim(getDim()));
  dims.insert(getIndex().getType().getDims().begin(), getIndex().getType().getDims().end());
  return verifyDims(*this, "a result", dims.getArrayRef(), getResult().getType());
}

//===----------------------------------------------------------------------===//
// Routes
//===----------------------------------------------------------------------===//

/// C33: along each axis the digits of a leg make up the coordinate, each place of it once.
static LogicalResult verifyLeg(Operation *op, RouteAttr route, LegAttr leg) {
  for (auto axis : route.getAxes().getAsRange<StringAttr>()) {
    SmallVector<DigitAttr> digits;
    for (DigitAttr digit : leg.getDigits())
      if (digit.getAxis() == axis)
        digits.push_back(digit);
    llvm::sort(digits, [](DigitAttr a, DigitAttr b) { return a.getDiv() < b.getDiv(); });
    int64_t expected = 1; // the divisor of the next digit; 0: there is no place left
    for (DigitAttr digit : digits) {
      if (digit.getDiv() != expected || digit.getMod() < 0 || (digit.getMod() > 0 && digit.getAt() >= digit.getMod()))
        return op->emitOpError("expected digits that make up a coordinate of '") << axis.getValue() << "', got div "
                                                                                  << digit.getDiv() << ", mod " << digit.getMod();
      expected = digit.getDiv() * digit.getMod();
    }
    if (expected != 0)
      return op->emitOpError("expected digits for all of axis '") << axis.getValue() << "', got none beyond " << expected;
  }
  for (DigitAttr digit : leg.getDigits())
    for (StringAttr name : {digit.getAxis(), digit.getSkew()})
      if (name && !llvm::is_contained(route.getAxes(), name))
        return op->emitOpError("expected digits of the axes of the route, got '") << name.getValue() << "'";
  return success();
}

/// C32, C33: `along` has the steps of the route, `grid` its axes.
static LogicalResult verifyRouted(Operation *op, RouteAttr route, StringRef dim, Value table, NdType along, NdType grid) {
  auto isAxis = [&](StringAttr d) { return llvm::is_contained(route.getAxes(), d); };
  if (!along.hasDim(dim) || llvm::any_of(along.getDims(), isAxis) || grid.hasDim(dim) || llvm::none_of(grid.getDims(), isAxis))
    return op->emitOpError("expected one side over '") << dim << "', the steps, and one over axes of the route, got " // C32
                                                       << spell(along.getDims()) << " and " << spell(grid.getDims());
  if (failed(verifyNotWalked(op, dim)))
    return failure();
  auto tableType = table ? cast<NdType>(table.getType()) : NdType();
  if (route.isTable() != bool(table) || (table && (!tableType.getElementType().isInteger(32) || !tableType.hasDim(dim))))
    return op->emitOpError("expected a table of i32 over '") << dim << "' for a route without legs, and for no other"; // C32
  for (LegAttr leg : route.getLegs())
    if (failed(verifyLeg(op, route, leg)))
      return failure();
  return success();
}

LogicalResult VisitOp::verify() {
  NdType input = getInput().getType(), result = getResult().getType();
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), input.getElementType())) ||
      failed(verifyRouted(*this, getRoute(), getDim(), getTable(), result, input)))
    return failure();
  auto dims = dimSet(input);
  for (auto axis : getRoute().getAxes().getAsRange<StringAttr>())
    dims.remove(axis);
  dims.insert(getDimAttr());
  if (getTable())
    dims.insert(getTable().getType().getDims().begin(), getTable().getType().getDims().end());
  return verifyDims(*this, "a result", dims.getArrayRef(), result);
}

LogicalResult PlaceOp::verify() {
  NdType input = getInput().getType(), result = getResult().getType();
  if (failed(verifyElement(*this, "a result", elementOf(getResult()), input.getElementType())) ||
      failed(verifyRouted(*this, getRoute(), getDim(), getTable(), input, result)))
    return failure();
  auto dims = dimSet(input.dropDim(getDim()));
  for (auto axis : getRoute().getAxes().getAsRange<StringAttr>())
    dims.insert(axis);
  if (getTable())
    for (StringAttr d : getTable().getType().getDims())
      if (d != getDimAttr())
        dims.insert(d);
  return verifyDims(*this, "a result", dims.getArrayRef(), result);
}

LogicalResult RecallOp::verify() {
  auto arg = dyn_cast<BlockArgument>(getState());
  Operation *walk = arg ? arg.getOwner()->getParentOp() : nullptr;
  auto isState = [&](auto op) { return op && arg.getParentRegion() == &op.getBody() && arg.getArgNumber() < op.getNumStates(); };
  if (!isState(dyn_cast_or_null<ScanOp>(walk)) && !isState(dyn_cast_or_null<RecurrenceOp>(walk)))
    return emitOpError("expected a state of a scan around it"); // C34
  NdType state = getState().getType();
  if (failed(verifyElement(*this, "a step", elementOf(getStep()), IntegerType::get(getContext(), 32))) ||
      failed(verifyElement(*this, "a result", elementOf(getResult()), state.getElementType())))
    return failure();
  return verifyUnion(*this, getResult().getType());
}

LogicalResult PrevOp::verify() {
  if (getSteps() < 1)
    return emitOpError("expected at least 1 step, got ") << getSteps(); // C15
  if (!(*this)->getParentOfType<ScanOp>() && !(*this)->getParentOfType<RecurrenceOp>())
    return emitOpError("expected to be in a scan"); // C16
  return verifyUnion(*this, getResult().getType());
}

//===----------------------------------------------------------------------===//
// Walks
//===----------------------------------------------------------------------===//

namespace {

template <typename OpT>
LogicalResult verifyWalk(OpT op) {
  unsigned states = op.getNumStates();
  if (op.getInits().size() != states || op.getNumResults() < states)
    return op.emitOpError("expected one initial value and one last value for each of ") // C17
           << states << " states, got " << op.getInits().size() << " initial values and "
           << op.getNumResults() << " results";
  for (Value v : op.getIns())
    if (!cast<NdType>(v.getType()).hasDim(op.getDim()))
      return op.emitOpError("expected per-step inputs over '") // C18
             << op.getDim() << "', got " << spell(cast<NdType>(v.getType()).getDims());
  return success();
}

RoutesAttr routesOf(ScanOp op) { return op.getRoutesAttr(); }
RoutesAttr routesOf(RecurrenceOp) { return {}; }

/// Whether two types hold the same, in whatever order their dimensions are spelled.
bool isSame(Type a, Type b) {
  auto x = cast<NdType>(a), y = cast<NdType>(b);
  return x.getElementType() == y.getElementType() && x.getDims().size() == y.getDims().size() &&
         llvm::all_of(x.getDims(), [&](StringAttr d) { return y.hasDim(d.getValue()); });
}

template <typename OpT>
LogicalResult verifyWalkBody(OpT op) {
  Block &body = op.getBody().front();
  unsigned states = op.getNumStates();
  if (body.getNumArguments() != states + op.getIns().size())
    return op.emitOpError("expected ") // C19
           << states + op.getIns().size() << " block arguments, got " << body.getNumArguments();
  for (auto [arg, in] : llvm::zip(body.getArguments().drop_front(states), op.getIns()))
    if (auto slice = stepType(op, cast<NdType>(in.getType())); !isSame(arg.getType(), slice))
      return op.emitOpError("expected the step's slice to be ") // C19
             << slice << ", got " << arg.getType();
  auto yield = dyn_cast<YieldOp>(body.getTerminator());
  if (!yield || yield.getValues().size() != op.getNumResults())
    return op.emitOpError("expected the body to yield ") << op.getNumResults() << " values"; // C20
  for (unsigned i = 0; i < states; ++i) {
    Type state = body.getArgument(i).getType();
    if (yield.getValues()[i].getType() != state)
      return op.emitOpError("expected new state ") // C21
             << op.getStates()[i] << " of type " << state << ", got " << yield.getValues()[i].getType();
    if (op.getResult(op.getNumStepValues() + i).getType() != state)
      return op.emitOpError("expected last state ") // C21
             << op.getStates()[i] << " of type " << state << ", got "
             << op.getResult(op.getNumStepValues() + i).getType();
  }
  for (unsigned i = 0; i < op.getNumStepValues(); ++i) {
    auto result = cast<NdType>(op.getResult(i).getType());
    auto step = cast<NdType>(yield.getValues()[states + i].getType());
    RoutesAttr routes = routesOf(op);
    NdType expected = routes && !step.hasDim(routes.getDim().getValue())
                          ? result.dropDim(op.getDim()).dropDim(routes.getDim().getValue())
                          : result.dropDim(op.getDim());
    if (!isSame(expected, step) || !result.hasDim(op.getDim()) ||
        (routes && !result.hasDim(routes.getDim().getValue())))
      return op.emitOpError("expected result ") << i << " to be " << step << " over '" << op.getDim() // C22
                                                << "' too, got " << result;
  }
  return success();
}

} // namespace

LogicalResult ScanOp::verify() {
  if (RoutesAttr routes = getRoutesAttr()) {
    DimAttr dim = mixer::getDim(*this, routes.getDim().getValue());
    if (getReverse() || routes.getDim().getValue() == getDim() ||
        (dim && dim.getExtent() != static_cast<int64_t>(routes.getReversed().size())))
      return emitOpError("expected one direction for each entry of '") // C26
             << routes.getDim().getValue() << "', got " << routes.getReversed().size();
  }
  return verifyWalk(*this);
}
LogicalResult ScanOp::verifyRegions() { return verifyWalkBody(*this); }

LogicalResult RecurrenceOp::verify() {
  if (getForms().size() != getNumStates())
    return emitOpError("expected one form for each of ") << getNumStates() << " states, got " // C23
                                                         << getForms().size();
  return verifyWalk(*this);
}

LogicalResult RecurrenceOp::verifyRegions() {
  if (failed(verifyWalkBody(*this)))
    return failure();
  unsigned expected = 0;
  for (FormAttr form : getForms().getAsRange<FormAttr>())
    expected += form.getNumTerms();
  auto yield = dyn_cast<YieldOp>(getTerms().front().getTerminator());
  // Once an algorithm is chosen the terms have served and may be dropped.
  if (getAlgorithm() && yield && yield.getValues().empty())
    expected = 0;
  if (!yield || yield.getValues().size() != expected ||
      getTerms().front().getNumArguments() != getIns().size())
    return emitOpError("expected ") << expected << " canonical terms over " << getIns().size() << " inputs"; // C24
  return success();
}
