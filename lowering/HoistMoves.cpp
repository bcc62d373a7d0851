// What a step reads at other coordinates is known before the walk unless it
// depends on a state; outside the walk such a read costs nothing. What is gathered
// there is called by a dimension of its own, along which no kernel is cut.
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_HOISTMOVESPASS
#include "lowering/Passes.h.inc"

namespace {

/// Moves the renamed and shifted values of one scan that no state enters in front of it.
class MoveHoister {
public:
  MoveHoister(ScanOp scan, const Dependence &dependence)
      : scan(scan), body(scan.getBody().front()), dependence(dependence), builder(scan) {}

  void run() {
    SmallVector<Operation *> moves;
    for (Operation &op : body.without_terminator())
      if (isMove(&op) && isKnownBefore(op.getResult(0)))
        moves.push_back(&op);
    for (Operation *op : moves)
      hoist(op);
    if (!moves.empty())
      eraseDeadOps(body);
  }

private:
  bool isKnownBefore(Value value) {
    return llvm::none_of(backwardSlice(value, &body), [&](Value v) {
      return dependence.onState(v) || isa_and_nonnull<PrevOp>(v.getDefiningOp());
    });
  }

  void hoist(Operation *op) {
    Value value = op->getResult(0), sequence = overSequence(scan, value, builder, whole);
    if (typeOf(sequence).hasDim(scan.getDim())) {
      scan.getInsMutable().append(sequence);
      sequence = body.addArgument(value.getType(), value.getLoc());
    }
    value.replaceAllUsesWith(sequence);
  }

  ScanOp scan;
  Block &body;
  const Dependence &dependence;
  OpBuilder builder;
  DenseMap<Value, Value> whole; // body values to whole sequences
};

/// A dimension of `func` with the extent of `dim` and a name that no other has.
StringAttr copyDim(func::FuncOp func, StringAttr dim) {
  SmallVector<DimAttr> header = mixer::getDims(func);
  std::string name = dim.str() + "_at";
  auto isTaken = [&](DimAttr d) { return d.getName().getValue() == name; };
  while (llvm::any_of(header, isTaken))
    name += "_";
  auto copy = StringAttr::get(func.getContext(), name);
  int64_t extent = llvm::find_if(header, [&](DimAttr d) { return d.getName() == dim; })->getExtent();
  SmallVector<Attribute> dims(header.begin(), header.end());
  dims.push_back(DimAttr::get(func.getContext(), copy, extent, extent < 0 ? dim : StringAttr()));
  func->setAttr(kDimsAttr, ArrayAttr::get(func.getContext(), dims));
  return copy;
}

/// `value` with dimension `to` in place of `from`; what is gathered, or computes coordinates, is computed there.
Value underName(Value value, StringAttr from, StringAttr to, bool isIndex, OpBuilder &builder) {
  if (!typeOf(value).hasDim(from))
    return value;
  SmallVector<StringAttr> dims(typeOf(value).dropDim(from).getDims());
  if (!llvm::is_contained(dims, to))
    dims.push_back(to);
  Location loc = value.getLoc();
  NdType type = typeOf(value).withDims(dims);
  Operation *op = value.getDefiningOp();
  if (auto index = dyn_cast_or_null<IndexOp>(op))
    return IndexOp::create(builder, loc, type, to);
  if (!isa_and_nonnull<GatherOp>(op) && !(isIndex && op && isPointwise(op)))
    return RenameOp::create(builder, loc, type, from, to, value);
  IRMapping map;
  for (OpOperand &operand : op->getOpOperands())
    map.map(operand.get(), underName(operand.get(), from, to,
                                     isIndex || (isa<GatherOp>(op) && operand.getOperandNumber() == 1), builder));
  Value result = builder.clone(*op, map)->getResult(0);
  result.setType(type);
  return result;
}

/// Renames the dimension along which values outside walks are gathered.
void nameGathered(func::FuncOp func) {
  llvm::MapVector<StringAttr, StringAttr> copies;
  SmallVector<GatherOp> gathers(func.getBody().front().getOps<GatherOp>());
  for (GatherOp gather : gathers) {
    StringAttr &copy = copies[gather.getDimAttr()];
    if (!copy)
      copy = copyDim(func, gather.getDimAttr());
    OpBuilder builder(gather);
    gather.getInputMutable().assign(underName(gather.getInput(), gather.getDimAttr(), copy, false, builder));
    gather.setDim(copy.getValue());
  }
}

struct HoistMovesPass : impl::HoistMovesPassBase<HoistMovesPass> {
  using HoistMovesPassBase::HoistMovesPassBase;
  void runOnOperation() override {
    Dependence dependence(getOperation());
    SmallVector<ScanOp> scans;
    getOperation().walk([&](ScanOp scan) {
      if (!scan.getRoutesAttr()) // each route would need a sequence of its own
        scans.push_back(scan);
    });
    for (ScanOp scan : scans)
      MoveHoister(scan, dependence).run();
    nameGathered(getOperation());
    eraseDeadOps(getOperation().getBody().front());
  }
};

} // namespace
} // namespace mixir::lowering
