// What a step reads at other coordinates is known before the walk unless it
// depends on a state; outside the walk such a read costs nothing.
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"

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
  }
};

} // namespace
} // namespace mixir::lowering
