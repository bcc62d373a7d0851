// Result types of pointwise operations, worked out from their operands.
#include "lowering/Build.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {

NdType typeOf(Value value) { return cast<NdType>(value.getType()); }

Type elementOf(Value value) { return typeOf(value).getElementType(); }

std::optional<double> realConstant(Value value) {
  auto op = value.getDefiningOp<ConstantOp>();
  if (!op || typeOf(value).isComplex())
    return std::nullopt;
  return op.getValue().convertToDouble();
}

bool isConstant(Value value, double number) {
  auto op = value.getDefiningOp<ConstantOp>();
  return op && op.getValue().convertToDouble() == number && op.getIm().isZero();
}

bool isPointwise(Operation *op) {
  return isa<ConstantOp, DimSizeOp, IndexOp, UnaryOp, BinaryOp, CompareOp, SelectOp, CastOp,
             ComplexOp>(op);
}

bool isMove(Operation *op) { return isa_and_nonnull<RenameOp, ShiftOp, GatherOp>(op); }

Value overSequence(Operation *walk, Value value, OpBuilder &builder, DenseMap<Value, Value> &whole) {
  return overSequence(walk, walk->getRegion(0).front(), value, builder, whole);
}

Value overSequence(Operation *walk, Block &body, Value value, OpBuilder &builder, DenseMap<Value, Value> &whole) {
  auto known = whole.find(value);
  if (known != whole.end())
    return known->second;
  if (value.getParentBlock() != &body)
    return value;
  auto scan = dyn_cast<ScanOp>(walk);
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    ValueRange ins = scan ? scan.getIns() : cast<RecurrenceOp>(walk).getIns();
    return whole[value] = ins[arg.getArgNumber() - (body.getNumArguments() - ins.size())];
  }
  Operation *op = value.getDefiningOp();
  IRMapping map;
  bool changes = false;
  for (Value operand : op->getOperands()) {
    Value lifted = overSequence(walk, body, operand, builder, whole);
    changes |= typeOf(lifted).hasDim(walkDim(walk));
    map.map(operand, lifted);
  }
  Value result = builder.clone(*op, map)->getResult(0);
  if (changes)
    result.setType(addDim(typeOf(value), walkDim(walk), getDims(walk)));
  return whole[value] = result;
}

Operation *walkAround(Operation *op) {
  for (op = op->getParentOp(); op; op = op->getParentOp())
    if (isa<ScanOp, RecurrenceOp>(op))
      return op;
  return nullptr;
}

StringAttr walkDim(Operation *walk) {
  if (auto scan = dyn_cast<ScanOp>(walk))
    return scan.getDimAttr();
  return cast<RecurrenceOp>(walk).getDimAttr();
}

/// `dims` in the order of the header, then those the header does not know.
static SmallVector<StringAttr> inOrder(const llvm::SmallSetVector<StringAttr, 8> &dims,
                                       ArrayRef<DimAttr> order) {
  SmallVector<StringAttr> out;
  for (DimAttr d : order)
    if (dims.contains(d.getName()))
      out.push_back(d.getName());
  for (StringAttr d : dims)
    if (!llvm::is_contained(out, d))
      out.push_back(d);
  return out;
}

NdType addDim(NdType type, StringAttr name, ArrayRef<DimAttr> order) {
  llvm::SmallSetVector<StringAttr, 8> dims(type.getDims().begin(), type.getDims().end());
  dims.insert(name);
  return type.withDims(inOrder(dims, order));
}

void eraseDeadOps(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    if (!op.hasTrait<OpTrait::IsTerminator>() && op.use_empty()) {
      op.erase();
      continue;
    }
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        eraseDeadOps(inner);
  }
}

double estimatedSize(ArrayRef<StringAttr> dims, ArrayRef<DimAttr> order) {
  double size = 1;
  for (StringAttr d : dims) {
    auto known = llvm::find_if(order, [&](DimAttr o) { return o.getName() == d; });
    size *= known != order.end() && known->isFixed() ? double(known->getExtent()) : 1024.0;
  }
  return size;
}

NdType Build::joined(ValueRange values, Type element) {
  llvm::SmallSetVector<StringAttr, 8> dims;
  for (Value v : values)
    dims.insert(typeOf(v).getDims().begin(), typeOf(v).getDims().end());
  // An operand that has every dimension keeps its spelling.
  for (Value v : values)
    if (typeOf(v).getDims().size() == dims.size())
      return typeOf(v).withElement(element);
  return NdType::get(element.getContext(), ArrayRef<StringAttr>(inOrder(dims, order)), element);
}

Value Build::number(double value, Type element, double im) {
  auto type = NdType::get(element.getContext(), ArrayRef<StringAttr>(), element);
  return ConstantOp::create(builder, loc, type, llvm::APFloat(value), llvm::APFloat(im));
}

Value Build::unary(UnaryKind kind, Value x) {
  NdType type = typeOf(x);
  bool toReal = kind == UnaryKind::Re || kind == UnaryKind::Im || kind == UnaryKind::Abs;
  if (toReal && type.isComplex())
    type = type.withElement(llvm::cast<ComplexType>(type.getElementType()).getElementType());
  return UnaryOp::create(builder, loc, type, kind, x);
}

Value Build::binary(BinaryKind kind, Value a, Value b) {
  return BinaryOp::create(builder, loc, joined({a, b}, elementOf(a)), kind, a, b);
}

Value Build::compare(CompareKind kind, Value a, Value b) {
  return CompareOp::create(builder, loc, joined({a, b}, builder.getI1Type()), kind, a, b);
}

Value Build::select(Value condition, Value a, Value b) {
  return SelectOp::create(builder, loc, joined({a, b, condition}, elementOf(a)), condition, a, b);
}

Value Build::cast(Value x, Type element) {
  if (elementOf(x) == element)
    return x;
  if (auto value = realConstant(x))
    return number(*value, element);
  if (isa<ComplexType>(element))
    x = cast(x, llvm::cast<ComplexType>(element).getElementType());
  return CastOp::create(builder, loc, typeOf(x).withElement(element), x);
}

Value Build::complex(Value re, Value im) {
  return ComplexOp::create(builder, loc, joined({re, im}, ComplexType::get(elementOf(re))), re, im);
}

Value Build::reduce(ReduceKind kind, ArrayRef<StringAttr> dims, Value x) {
  NdType type = typeOf(x);
  SmallVector<Attribute> names(dims.begin(), dims.end());
  for (StringAttr d : dims)
    type = type.dropDim(d.getValue());
  return ReduceOp::create(builder, loc, type, kind, builder.getArrayAttr(names), x);
}

Value Build::extent(StringAttr dim, Type element) {
  auto known = llvm::find_if(order, [&](DimAttr o) { return o.getName() == dim; });
  if (known != order.end() && known->isFixed())
    return number(double(known->getExtent()), element);
  auto type = NdType::get(builder.getContext(), ArrayRef<StringAttr>(), builder.getI32Type());
  return cast(DimSizeOp::create(builder, loc, type, dim), element);
}

Value Build::broadcast(Value x, ArrayRef<StringAttr> dims) {
  SmallVector<StringAttr> missing;
  llvm::copy_if(dims, std::back_inserter(missing), [&](StringAttr d) { return !typeOf(x).hasDim(d); });
  bool asAsked = typeOf(x).getDims().size() + missing.size() == dims.size();
  // There is no operation that only repeats: a select with equal arms does, whatever x is.
  for (StringAttr d : missing) {
    auto type = NdType::get(builder.getContext(), ArrayRef<StringAttr>(d), builder.getI32Type());
    Value index = IndexOp::create(builder, loc, type, d);
    Value always = compare(CompareKind::Ge, index, number(0, builder.getI32Type()));
    NdType out = joined({x, always}, elementOf(x));
    if (asAsked && d == missing.back())
      out = out.withDims(dims);
    x = SelectOp::create(builder, loc, out, always, x, x);
  }
  return x;
}

Value Build::spelled(Value x, NdType type) {
  x = broadcast(x, type.getDims());
  if (x.getType() == type)
    return x;
  return BinaryOp::create(builder, loc, type, BinaryKind::Mul, x, numberLike(1, x));
}

} // namespace mixir::lowering
