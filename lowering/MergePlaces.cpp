// What is done with the values at the places of a route is done when its steps bring them: a merge of
// routes adds up in place, and gates and products need no walk of their own.
#include "lowering/Build.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_MERGEPLACESPASS
#include "lowering/Passes.h.inc"

namespace {

/// When places are brought what they get: the number of their walk in the order of the text.
using Times = DenseMap<Operation *, unsigned>;

/// The operand of `op` that is brought last to places that only `op` reads, or null.
PlaceOp lastPlace(Operation *op, const Times &times) {
  PlaceOp last;
  for (Value operand : op->getOperands())
    if (auto place = operand.getDefiningOp<PlaceOp>(); place && place->hasOneUse() && place.getRoute().isBijection() &&
                                                        (!last || times.lookup(last) < times.lookup(place)))
      last = place;
  return last;
}

/// f(place(x), y) -> place(f(x, visit(y))).
bool mergeInto(Operation *op, Times &times) {
  PlaceOp place = isPointwise(op) ? lastPlace(op, times) : PlaceOp();
  if (!place || typeOf(op->getResult(0)).getDims() != typeOf(place).getDims() || elementOf(op->getResult(0)).isInteger(1))
    return false;
  OpBuilder builder(op);
  SmallVector<DimAttr> header = mixer::getDims(op);
  IRMapping map;
  for (Value operand : op->getOperands()) {
    if (operand == place) {
      map.map(operand, place.getInput());
      continue;
    }
    NdType type = typeOf(operand);
    bool hasAxis = false;
    for (auto axis : place.getRoute().getAxes().getAsRange<StringAttr>()) {
      hasAxis |= type.hasDim(axis);
      type = type.dropDim(axis);
    }
    if (hasAxis)
      map.map(operand, VisitOp::create(builder, op->getLoc(), addDim(type, place.getDimAttr(), header), place.getDimAttr(),
                                       place.getRoute(), operand, Value()));
  }
  Value stepped = builder.clone(*op, map)->getResult(0);
  stepped.setType(typeOf(place.getInput()).withElement(elementOf(op->getResult(0))));
  auto moved = PlaceOp::create(builder, op->getLoc(), typeOf(op->getResult(0)), place.getDimAttr(), place.getRoute(), stepped, Value());
  times[moved] = times.lookup(place);
  op->getResult(0).replaceAllUsesWith(moved);
  remarkPassed(place, stage::kPlan, "MergePlaces", "merge")
      << "what follows the walk along '" + place.getDim().str() + "' is done at its steps";
  return true;
}

struct MergePlacesPass : impl::MergePlacesPassBase<MergePlacesPass> {
  using MergePlacesPassBase::MergePlacesPassBase;
  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    Times times;
    for (auto place : body.getOps<PlaceOp>())
      times.insert({place, times.size()});
    for (Operation &op : llvm::make_early_inc_range(body))
      if (mergeInto(&op, times))
        op.erase();
    eraseDeadOps(body);
  }
};

} // namespace
} // namespace mixir::lowering
