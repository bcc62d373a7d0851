// A pointwise value in the order of a route is computed there: what is visited is what lies in
// memory, so that a route is a way of reading and not a copy.
#include "lowering/Build.h"
#include "lowering/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_HOISTVISITSPASS
#include "lowering/Passes.h.inc"

namespace {

/// Moves one visit in front of the pointwise operations that it reads.
class VisitHoister {
public:
  explicit VisitHoister(VisitOp visit) : visit(visit), builder(visit), header(mixer::getDims(visit)) {}

  Value run() { return visited(visit.getInput()); }

private:
  bool hasAxis(Value value) {
    return llvm::any_of(typeOf(value).getDims(), [&](StringAttr d) { return llvm::is_contained(visit.getRoute().getAxes(), Attribute(d)); });
  }

  /// The dimensions of `value` in the order of the route.
  NdType routedType(Value value) {
    NdType type = typeOf(value);
    for (auto axis : visit.getRoute().getAxes().getAsRange<StringAttr>())
      type = type.dropDim(axis);
    type = addDim(type, visit.getDimAttr(), header);
    if (visit.getTable())
      for (StringAttr d : visit.getTable().getType().getDims())
        type = addDim(type, d, header);
    return type;
  }

  Value visited(Value value) {
    if (!hasAxis(value))
      return value;
    Value &made = done[value];
    if (made)
      return made;
    Operation *op = value.getDefiningOp();
    if (!op || !isPointwise(op) || op->getNumOperands() == 0)
      return done[value] = VisitOp::create(builder, value.getLoc(), routedType(value), visit.getDimAttr(), visit.getRoute(),
                                           value, visit.getTable());
    IRMapping map;
    SmallVector<StringAttr> dims;
    for (Value operand : op->getOperands()) {
      Value there = visited(operand);
      map.map(operand, there);
      for (StringAttr d : typeOf(there).getDims())
        if (!llvm::is_contained(dims, d))
          dims.push_back(d);
    }
    Value result = builder.clone(*op, map)->getResult(0);
    NdType type = typeOf(value).withDims({});
    for (StringAttr d : dims)
      type = addDim(type, d, header);
    result.setType(type);
    return done[value] = result;
  }

  VisitOp visit;
  OpBuilder builder;
  SmallVector<DimAttr> header;
  DenseMap<Value, Value> done;
};

struct HoistVisitsPass : impl::HoistVisitsPassBase<HoistVisitsPass> {
  using HoistVisitsPassBase::HoistVisitsPassBase;
  void runOnOperation() override {
    SmallVector<VisitOp> visits(getOperation().getOps<VisitOp>());
    for (VisitOp visit : visits) {
      Value moved = VisitHoister(visit).run();
      OpBuilder builder(visit);
      visit.replaceAllUsesWith(Build(builder, visit).spelled(moved, typeOf(visit)));
      visit.erase();
    }
    eraseDeadOps(getOperation().getBody().front());
  }
};

} // namespace
} // namespace mixir::lowering
