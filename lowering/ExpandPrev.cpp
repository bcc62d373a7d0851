// Delays become states: after this a scan body knows only the step before.
#include "lowering/Build.h"
#include "lowering/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_EXPANDPREVPASS
#include "lowering/Passes.h.inc"

namespace {

/// The value that `op` delays and by how many steps in all: a delay of a delay is one.
std::pair<Value, int64_t> delayed(PrevOp op) {
  int64_t steps = op.getSteps();
  Value value = op.getInput();
  while (auto inner = value.getDefiningOp<PrevOp>()) {
    steps += inner.getSteps();
    value = inner.getInput();
  }
  return {value, steps};
}

/// Gives one scan a chain of delay states for every value that is delayed in it.
class DelayBuilder {
public:
  explicit DelayBuilder(ScanOp scan) : scan(scan), body(scan.getBody().front()) {}

  void run() {
    llvm::MapVector<Value, int64_t> longest;
    SmallVector<PrevOp> delays;
    body.walk([&](PrevOp op) {
      auto [value, steps] = delayed(op);
      int64_t &most = longest[value];
      most = std::max(most, steps);
      delays.push_back(op);
    });
    if (delays.empty())
      return;
    for (Attribute state : scan.getStates())
      names.push_back(state);
    for (auto [value, steps] : longest)
      addChain(value, steps);
    for (PrevOp op : llvm::reverse(delays)) {
      auto [value, steps] = delayed(op);
      op.getResult().replaceAllUsesWith(chains[value][steps - 1]);
    }
    for (PrevOp op : llvm::reverse(delays))
      op.erase();
    rebuild();
  }

private:
  /// A state name that no state has yet.
  StringAttr freshName() {
    for (;; ++counter) {
      auto name = StringAttr::get(scan.getContext(), "prev" + std::to_string(counter));
      if (!llvm::is_contained(names, Attribute(name)))
        return name;
    }
  }

  /// States d1 .. dn of `value`: the first takes the value, each other the one before it.
  void addChain(Value value, int64_t steps) {
    OpBuilder builder(scan);
    Value zero = Build(builder, scan).number(0, elementOf(value));
    Value next = value;
    for (int64_t i = 0; i < steps; ++i) {
      names.push_back(freshName());
      zeros.push_back(zero);
      handed.push_back(next);
      next = body.insertArgument(scan.getNumStates() + handed.size() - 1, value.getType(), value.getLoc());
      chains[value].push_back(next);
    }
  }

  /// The scan again, with the new states after its own.
  void rebuild() {
    OpBuilder builder(scan);
    SmallVector<Value> inits(scan.getInits());
    inits.append(zeros);
    SmallVector<Type> results(scan.getResultTypes());
    for (Value v : handed)
      results.push_back(v.getType());
    auto yield = cast<YieldOp>(body.getTerminator());
    yield.getValuesMutable().assign([&] {
      SmallVector<Value> values(yield.getValues());
      values.insert(values.begin() + scan.getNumStates(), handed.begin(), handed.end());
      return values;
    }());
    auto made = ScanOp::create(builder, scan.getLoc(), results, scan.getDimAttr(), scan.getReverseAttr(), scan.getRoutesAttr(),
                               builder.getArrayAttr(names), inits, scan.getIns());
    made.getBody().takeBody(scan.getBody());
    for (unsigned i = 0; i < scan.getNumResults(); ++i)
      scan.getResult(i).replaceAllUsesWith(made.getResult(i));
    scan.erase();
  }

  ScanOp scan;
  Block &body;
  SmallVector<Attribute> names;
  SmallVector<Value> zeros, handed; // of the new states: initial and new value
  llvm::MapVector<Value, SmallVector<Value>> chains;
  unsigned counter = 0;
};

struct ExpandPrevPass : impl::ExpandPrevPassBase<ExpandPrevPass> {
  using ExpandPrevPassBase::ExpandPrevPassBase;
  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation().walk([&](ScanOp scan) { scans.push_back(scan); });
    for (ScanOp scan : scans)
      DelayBuilder(scan).run();
  }
};

} // namespace
} // namespace mixir::lowering
