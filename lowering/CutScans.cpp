// A sum over a dimension of the states keeps lanes and tasks from lying along it. Where no state needs to be
// walked for what is summed up, or none needs the sum, it is taken out of the walk.
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_CUTSCANSPASS
#include "lowering/Passes.h.inc"

namespace {

constexpr llvm::StringLiteral kPass = "CutScans";

/// A set of states, each a bit.
using States = uint64_t;
using DimSet = llvm::SmallSetVector<StringAttr, 8>;

/// The dimensions along which rows of operands and results lie dense in memory.
DimSet denseDims(func::FuncOp func) {
  DimSet found;
  auto add = [&](OperandAttr tensor) {
    if (!tensor)
      return;
    SmallVector<StringAttr> dims;
    for (auto axis : tensor.getAxes().getAsRange<ArrayAttr>())
      llvm::append_range(dims, axis.getAsRange<StringAttr>());
    if (dims.size() > 1)
      found.insert(dims.back());
  };
  for (unsigned i = 0; i < func.getNumArguments(); ++i)
    add(getArgOperand(func, i));
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    add(getResultOperand(func, i));
  return found;
}

/// Cuts one scan in front of sums or behind them.
class ScanCutter {
public:
  explicit ScanCutter(ScanOp scan)
      : scan(scan), body(scan.getBody().front()), yield(cast<YieldOp>(body.getTerminator())),
        numStates(scan.getNumStates()), builder(scan) {}

  void run() {
    if (numStates == 0 || numStates > 64 || llvm::any_of(body, llvm::IsaPred<PrevOp>))
      return; // delays become states first
    closeUpdates();
    bool isRecalled = llvm::any_of(body, llvm::IsaPred<RecallOp>); // states of one walk
    if ((!isRecalled && chooseInputs()) || chooseReads())
      cut();
  }

private:
  //===--------------------------------------------------------------------===//
  // Analysis
  //===--------------------------------------------------------------------===//

  Value newState(unsigned state) { return yield.getValues()[state]; }
  ValueRange stepValues() { return ValueRange(yield.getValues()).drop_front(numStates); }
  States allStates() { return numStates == 64 ? ~States(0) : (States(1) << numStates) - 1; }

  /// The states that `value` is computed from in a step.
  States readStates(Value value) {
    States found = 0;
    for (Value v : backwardSlice(value, &body))
      if (auto arg = dyn_cast<BlockArgument>(v); arg && arg.getArgNumber() < numStates)
        found |= States(1) << arg.getArgNumber();
    return found;
  }

  /// What each state needs, in its own step and in earlier ones.
  void closeUpdates() {
    for (unsigned i = 0; i < numStates; ++i)
      closed.push_back(readStates(newState(i)) | States(1) << i);
    for (bool changed = true; changed;) {
      changed = false;
      for (States &of : closed)
        for (unsigned j = 0; j < numStates; ++j)
          if (of >> j & 1 && (closed[j] & ~of)) {
            of |= closed[j];
            changed = true;
          }
    }
  }

  /// The states that must be walked for `value`.
  States statesOf(Value value) {
    auto known = reach.find(value);
    if (known != reach.end())
      return known->second;
    States direct = readStates(value), all = 0;
    for (unsigned i = 0; i < numStates; ++i)
      if (direct >> i & 1)
        all |= closed[i];
    return reach[value] = all;
  }

  bool dependsOn(Value value, States states) { return readStates(value) & states; }

  /// The states whose steps need `value`.
  States statesBehind(Value value) {
    States direct = 0, all = 0;
    for (unsigned i = 0; i < numStates; ++i)
      if (backwardSlice(newState(i), &body).contains(value))
        direct |= States(1) << i;
    for (unsigned i = 0; i < numStates; ++i)
      if (closed[i] & direct)
        all |= States(1) << i;
    return all;
  }

  DimSet dimsOfStates(States states) {
    DimSet dims;
    for (unsigned i = 0; i < numStates; ++i)
      if (states >> i & 1)
        for (StringAttr d : typeOf(body.getArgument(i)).getDims())
          dims.insert(d);
    return dims;
  }

  /// The dimensions that lanes cannot lie along because of `op`.
  static DimSet blockedBy(Operation *op) {
    DimSet dims;
    if (auto reduce = dyn_cast<ReduceOp>(op))
      for (auto d : reduce.getDims().getAsRange<StringAttr>())
        dims.insert(d);
    if (auto rename = dyn_cast<RenameOp>(op)) {
      dims.insert(rename.getFromAttr());
      dims.insert(rename.getToAttr());
    }
    if (auto shift = dyn_cast<ShiftOp>(op))
      dims.insert(shift.getDimAttr());
    if (auto gather = dyn_cast<GatherOp>(op))
      dims.insert(gather.getDimAttr());
    return dims;
  }

  /// Sums of what other states have not entered, over dimensions that no sum of those states needs whole: the walk of
  /// those follows.
  bool chooseInputs() {
    for (Operation &op : body) {
      auto reduce = dyn_cast<ReduceOp>(op);
      if (!reduce)
        continue;
      States before = statesOf(reduce), after = allStates() & ~(first | before);
      if (before)
        after &= statesBehind(reduce); // others get scans of their own
      if (!after)
        continue;
      DimSet wanted = dimsOfStates(after), blocked;
      for (Operation &other : body)
        if (!other.hasTrait<OpTrait::IsTerminator>() && dependsOn(other.getResult(0), after))
          blocked.insert_range(blockedBy(&other));
      bool isInTheWay = llvm::any_of(blockedBy(&op), [&](StringAttr d) { return wanted.contains(d) && !blocked.contains(d); });
      if (!isInTheWay)
        continue;
      sums.insert(reduce);
      first |= before;
    }
    // What the first walk itself needs is summed up there.
    for (unsigned i = 0; i < numStates; ++i)
      if (first >> i & 1)
        for (Value v : backwardSlice(newState(i), &body))
          sums.remove(v);
    if (sums.empty())
      first = 0;
    return !sums.empty();
  }

  /// Sums that no state needs, where but for them no dimension is left that lies dense in memory: the whole walk comes
  /// first.
  bool chooseReads() {
    DimSet dense = denseDims(scan->getParentOfType<func::FuncOp>());
    llvm::DenseSet<Value> needed = backwardSlice(yield.getValues().take_front(numStates), &body);
    DimSet wanted = dimsOfStates(allStates()), updates, reads;
    SmallVector<ReduceOp> found;
    for (Operation &op : body.without_terminator()) {
      bool isUpdate = needed.contains(op.getResult(0));
      (isUpdate ? updates : reads).insert_range(blockedBy(&op));
      if (auto reduce = dyn_cast<ReduceOp>(op); reduce && !isUpdate && readStates(reduce) && isApart(reduce))
        found.push_back(reduce);
    }
    auto isGood = [&](StringAttr d) { return dense.contains(d) && !updates.contains(d); };
    if (llvm::any_of(wanted, [&](StringAttr d) { return isGood(d) && !reads.contains(d); }))
      return false;
    for (ReduceOp reduce : found)
      if (llvm::any_of(blockedBy(reduce), [&](StringAttr d) { return wanted.contains(d) && isGood(d); }))
        sums.insert(reduce);
    first = allStates();
    return !sums.empty();
  }

  /// Whether what `reduce` sums up has another size than the states that it reads: larger as a product with a matrix, or
  /// smaller behind another sum. Where it has the same, a sequence of states would be kept for a number of each: only
  /// where such sequences are given as well.
  bool isApart(ReduceOp reduce) {
    DimSet states = dimsOfStates(readStates(reduce)), dims;
    dims.insert_range(typeOf(reduce.getInput()).getDims());
    auto isSuch = [&](BlockArgument in) {
      return llvm::all_of(states, [&](StringAttr d) { return typeOf(in).hasDim(d.getValue()); });
    };
    if (llvm::any_of(body.getArguments().drop_front(numStates), isSuch))
      return true;
    return llvm::any_of(dims, [&](StringAttr d) { return !states.contains(d); }) ||
           llvm::any_of(states, [&](StringAttr d) { return !dims.contains(d); });
  }

  bool holdsSum(Value value) {
    llvm::DenseSet<Value> slice = backwardSlice(value, &body);
    return llvm::any_of(sums, [&](Value sum) { return slice.contains(sum); });
  }

  /// Whether `value` is known when the first walk is over.
  bool isEarly(Value value) { return !(statesOf(value) & ~first); }

  //===--------------------------------------------------------------------===//
  // Rewriting
  //===--------------------------------------------------------------------===//

  /// Finds what must be a whole sequence so that `value` can be computed outside the first walk: not products that are
  /// larger than their factors.
  void expose(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op) {
      if (cast<BlockArgument>(value).getArgNumber() < numStates)
        exported.insert(value);
      return;
    }
    if (op->getBlock() != &body || !seen.insert(value).second || (readStates(value) && isMadeOfExported(value)))
      return;
    bool isInside = sums.contains(value) || holdsSum(value);
    auto isSmaller = [&](Value v) { return v.getParentBlock() == &body && typeOf(v).getDims().size() < typeOf(value).getDims().size(); };
    if (isInside || (isPointwise(op) && llvm::any_of(op->getOperands(), isSmaller))) {
      for (Value v : op->getOperands())
        expose(v);
      return;
    }
    exported.insert(value);
  }

  /// Whether pointwise operations make `value` from what is exported and from inputs.
  bool isMadeOfExported(Value value) {
    if (value.getParentBlock() != &body || exported.contains(value) || !readStates(value))
      return true;
    Operation *op = value.getDefiningOp();
    return op && isPointwise(op) && llvm::all_of(op->getOperands(), [&](Value v) { return isMadeOfExported(v); });
  }

  void cut() {
    for (Value sum : sums)
      expose(sum);
    for (Value v : stepValues())
      if (isOutside(v))
        expose(v);
    llvm::SmallSetVector<Operation *, 16> late = lateOps();
    for (Operation *op : late)
      for (Value v : op->getOperands())
        if (isEarly(v) && (readStates(v) || holdsSum(v)) && !sums.contains(v))
          expose(v);
    for (unsigned i = 0; i < numStates; ++i)
      if (!(first >> i & 1) && isEarly(newState(i)))
        expose(newState(i));
    std::string list;
    DimSet dims;
    for (Value sum : sums)
      dims.insert_range(blockedBy(sum.getDefiningOp()));
    for (StringAttr d : dims)
      list += (list.empty() ? "'" : ", '") + d.str() + "'";
    remarkPassed(scan, stage::kNormalise, kPass, "cut")
        << "sums over " + list + (first == allStates() ? " after" : " before") + " the walk over '" + scan.getDim().str() +
               "', which needs no step of them";
    if (first)
      walkFirst();
    if (first != allStates())
      walkRest(late);
    replaceResults();
    scan.erase();
  }

  /// Operations of the body that the second walk computes.
  llvm::SmallSetVector<Operation *, 16> lateOps() {
    llvm::DenseSet<Value> needed = backwardSlice(yield.getValues(), &body);
    llvm::SmallSetVector<Operation *, 16> late;
    for (Operation &op : body.without_terminator())
      if (needed.contains(op.getResult(0)) && !isEarly(op.getResult(0)))
        late.insert(&op);
    return late;
  }

  /// A scan with the states `group` that also gives `outputs`; `map` has what it finds elsewhere than in the old body.
  void walk(States group, ArrayRef<Value> outputs, const DenseMap<Value, Value> &slices) {
    SmallVector<Value> inits, ins, states, yielded;
    SmallVector<Attribute> names;
    auto *block = new Block();
    IRMapping map;
    for (unsigned i = 0; i < numStates; ++i) {
      if (!(group >> i & 1))
        continue;
      names.push_back(scan.getStates()[i]);
      inits.push_back(scan.getInits()[i]);
      states.push_back(newState(i));
      map.map(body.getArgument(i), block->addArgument(body.getArgument(i).getType(), body.getArgument(i).getLoc()));
    }
    for (auto [i, in] : llvm::enumerate(scan.getIns())) {
      BlockArgument arg = body.getArgument(numStates + i);
      ins.push_back(in);
      map.map(arg, block->addArgument(arg.getType(), arg.getLoc()));
    }
    llvm::append_range(yielded, states);
    llvm::append_range(yielded, outputs);
    OpBuilder inside(scan.getContext());
    inside.setInsertionPointToEnd(block);
    std::function<Value(Value)> inBody = [&](Value v) -> Value {
      if (v.getParentBlock() != &body || map.contains(v))
        return map.lookupOrDefault(v);
      if (Value sequence = slices.lookup(v)) {
        Value slice = sequence;
        if (typeOf(sequence).hasDim(scan.getDim())) {
          ins.push_back(sequence);
          slice = block->addArgument(v.getType(), v.getLoc());
        }
        map.map(v, slice);
        return slice;
      }
      Operation *op = v.getDefiningOp();
      for (Value operand : op->getOperands())
        inBody(operand);
      for (Value operand : op->getOperands())
        if (Value other = map.lookupOrDefault(operand); other != operand)
          map.map(operand, other);
      return inside.clone(*op, map)->getResult(0);
    };
    SmallVector<Value> results;
    for (Value v : yielded)
      results.push_back(inBody(v));
    YieldOp::create(inside, yield.getLoc(), results);
    SmallVector<Type> types;
    for (Value v : outputs)
      types.push_back(addDim(typeOf(v), scan.getDimAttr(), getDims(scan)));
    for (Value v : states)
      types.push_back(v.getType());
    auto made = ScanOp::create(builder, scan.getLoc(), types, scan.getDimAttr(), scan.getReverseAttr(), scan.getRoutesAttr(),
                               builder.getArrayAttr(names), inits, ins);
    made.getBody().push_back(block);
    for (auto [i, v] : llvm::enumerate(outputs))
      whole[v] = made.getResult(i);
    unsigned next = outputs.size();
    for (unsigned i = 0; i < numStates; ++i)
      if (group >> i & 1)
        scan.getResult(scan.getNumStepValues() + i).replaceAllUsesWith(made.getResult(next++));
    dropUnusedIns(made);
  }

  static void dropUnusedIns(ScanOp made) {
    Block &block = made.getBody().front();
    for (unsigned i = made.getIns().size(); i-- > 0;)
      if (block.getArgument(made.getNumStates() + i).use_empty()) {
        block.eraseArgument(made.getNumStates() + i);
        made.getInsMutable().erase(i);
      }
  }

  void walkFirst() {
    SmallVector<Value> outputs;
    for (Value v : exported)
      if (readStates(v) || first == allStates())
        outputs.push_back(v);
    walk(first, outputs, {});
  }

  void walkRest(const llvm::SmallSetVector<Operation *, 16> &late) {
    DenseMap<Value, Value> slices;
    for (Value v : sums)
      slices[v] = overSequence(scan, v, builder, whole);
    for (Value v : exported)
      slices[v] = overSequence(scan, v, builder, whole);
    SmallVector<Value> outputs;
    for (Value v : stepValues())
      if (!isOutside(v) && !llvm::is_contained(outputs, v))
        outputs.push_back(v);
    walk(allStates() & ~first, outputs, slices);
  }

  /// Whether a step value is computed from what the first walk left, outside.
  bool isOutside(Value v) { return isEarly(v) && (first == allStates() || readStates(v) || holdsSum(v)); }

  void replaceResults() {
    for (auto [i, v] : llvm::enumerate(stepValues())) {
      Value sequence = overSequence(scan, v, builder, whole);
      scan.getResult(i).replaceAllUsesWith(Build(builder, scan).spelled(sequence, typeOf(scan.getResult(i))));
    }
  }

  ScanOp scan;
  Block &body;
  YieldOp yield;
  unsigned numStates;
  OpBuilder builder;
  SmallVector<States> closed;          // by state: all that its steps need
  DenseMap<Value, States> reach;
  States first = 0;                    // states of the first walk
  llvm::SmallSetVector<Value, 8> sums; // what is taken out of the walk
  llvm::SmallSetVector<Value, 8> exported; // what must be whole sequences for that
  llvm::DenseSet<Value> seen;
  DenseMap<Value, Value> whole;        // body values to whole sequences
};

struct CutScansPass : impl::CutScansPassBase<CutScansPass> {
  using CutScansPassBase::CutScansPassBase;
  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    auto collect = [&] {
      scans.clear();
      getOperation().walk([&](ScanOp scan) {
        if (!scan.getRoutesAttr()) // several routes: unrolled first
          scans.push_back(scan);
      });
    };
    // A walk that is left may have sums behind it.
    for (int round = 0; round < 2; ++round) {
      collect();
      for (ScanOp scan : scans)
        ScanCutter(scan).run();
    }
  }
};

} // namespace
} // namespace mixir::lowering
