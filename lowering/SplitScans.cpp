// One scan per group of states that depend on each other: smaller steps, each
// with lanes and an algorithm of its own.
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_SPLITSCANSPASS
#include "lowering/Passes.h.inc"

namespace {

constexpr llvm::StringLiteral kPass = "SplitScans";

/// Groups of states, each a bit; a value has the bits of the groups it depends on.
using Groups = uint64_t;

bool isSeveral(Groups groups) { return groups & (groups - 1); }

/// Cuts one scan into one per group of states.
class ScanSplitter {
public:
  explicit ScanSplitter(ScanOp scan)
      : scan(scan), body(scan.getBody().front()), yield(cast<YieldOp>(body.getTerminator())),
        numStates(scan.getNumStates()), header(getDims(scan)), builder(scan) {}

  void run() {
    if (numStates == 0)
      return liftAll();
    if (numStates < 2 || numStates > 64)
      return;
    findGroups();
    mergeAlike();
    if (count() < 2)
      return;
    std::string obstacle = findObstacle();
    if (!obstacle.empty()) {
      remarkMissed(scan, stage::kNormalise, kPass, "split")
          << "scan of " + listStates(~Groups(0)) + " not split: " + obstacle;
      return;
    }
    std::string list;
    for (Groups group : groups())
      list += (list.empty() ? "" : " and ") + listStates(group);
    remarkPassed(scan, stage::kNormalise, kPass, "split")
        << "scan split into " + std::to_string(count()) + ": " + list + " are independent";
    for (Groups group : groups())
      buildScan(group);
    replaceResults();
    scan.erase();
  }

private:
  //===--------------------------------------------------------------------===//
  // Analysis
  //===--------------------------------------------------------------------===//

  Value newState(unsigned state) { return yield.getValues()[state]; }
  ValueRange stepValues() { return ValueRange(yield.getValues()).drop_front(numStates); }

  /// The groups of the states, each named by its first state's bit.
  SmallVector<Groups> groups() {
    llvm::SmallSetVector<unsigned, 8> leaders;
    for (unsigned i = 0; i < numStates; ++i)
      leaders.insert(classes.getLeaderValue(i));
    SmallVector<Groups> out;
    for (unsigned leader : leaders) {
      Groups group = 0;
      for (unsigned i = 0; i < numStates; ++i)
        if (classes.getLeaderValue(i) == leader)
          group |= Groups(1) << i;
      out.push_back(group);
    }
    return out;
  }

  unsigned count() { return groups().size(); }

  /// Joins a state with every state that its update reads.
  void findGroups() {
    for (unsigned i = 0; i < numStates; ++i)
      classes.insert(i);
    for (unsigned i = 0; i < numStates; ++i)
      for (Value v : backwardSlice(newState(i), &body))
        if (auto arg = dyn_cast<BlockArgument>(v); arg && arg.getArgNumber() < numStates)
          classes.unionSets(i, arg.getArgNumber());
  }

  /// The groups that `value` depends on, as the bits of their first states.
  Groups groupsOf(Value value) {
    auto known = reach.find(value);
    if (known != reach.end())
      return known->second;
    Groups found = 0;
    for (Value v : backwardSlice(value, &body))
      if (auto arg = dyn_cast<BlockArgument>(v); arg && arg.getArgNumber() < numStates)
        found |= Groups(1) << classes.getLeaderValue(arg.getArgNumber());
    return reach[value] = found;
  }

  /// Joins groups that are better walked together.
  void mergeAlike() {
    while (joinSameShapes() || joinLargeCrossings())
      reach.clear();
  }

  bool join(unsigned i, unsigned j) {
    if (classes.isEquivalent(i, j))
      return false;
    classes.unionSets(i, j);
    return true;
  }

  /// States of one shape whose values meet in a step want the same lanes.
  bool joinSameShapes() {
    bool changed = false;
    for (Value v : stepValues())
      for (unsigned i = 0; i < numStates; ++i)
        for (unsigned j = 0; j < i; ++j)
          changed |= meet(v, i, j) && sameDims(i, j) && join(i, j);
    return changed;
  }

  /// A value as large as its state should not leave the step that it meets another group in.
  bool joinLargeCrossings() {
    bool changed = false;
    for (auto [value, user] : crossings())
      for (unsigned i = 0; i < numStates; ++i)
        if (meet(value, i, i) && coversState(value, i))
          for (unsigned j = 0; j < numStates; ++j)
            changed |= meet(user->getResult(0), j, j) && join(i, j);
    return changed;
  }

  bool meet(Value value, unsigned i, unsigned j) {
    llvm::DenseSet<Value> slice = backwardSlice(value, &body);
    return slice.contains(body.getArgument(i)) && slice.contains(body.getArgument(j));
  }

  bool sameDims(unsigned i, unsigned j) {
    auto a = typeOf(body.getArgument(i)).getDims(), b = typeOf(body.getArgument(j)).getDims();
    return a.size() == b.size() && llvm::all_of(a, [&](StringAttr d) { return llvm::is_contained(b, d); });
  }

  /// Whether `value` depends on several groups, so that it is computed after the scans.
  bool isMixed(Value value) { return isSeveral(groupsOf(value)); }

  /// Values of one group that mixed values read, with the operations that read them: they
  /// leave their scan as sequences.
  SmallVector<std::pair<Value, Operation *>> crossings() {
    SmallVector<std::pair<Value, Operation *>> out;
    for (Operation &op : body.without_terminator())
      if (isMixed(op.getResult(0)) && isNeeded(&op))
        for (Value v : op.getOperands())
          if (groupsOf(v) && !isMixed(v))
            out.emplace_back(v, &op);
    return out;
  }

  bool isNeeded(Operation *op) {
    if (needed.empty())
      needed = backwardSlice(stepValues(), &body);
    return needed.contains(op->getResult(0));
  }

  /// Why the scan cannot or should not be cut; empty if it can.
  std::string findObstacle() {
    llvm::DenseSet<Value> after; // what would be computed over whole sequences
    for (Value v : stepValues())
      if (isMixed(v))
        for (Value part : backwardSlice(v, &body))
          if (isMixed(part) || !groupsOf(part))
            after.insert(part);
    for (Value v : after)
      if (Operation *op = v.getDefiningOp(); op && !isPointwise(op) && !isa<ReduceOp>(op) && !isMove(op))
        return (op->getName().stripDialect() + " mixes independent states").str();
    return "";
  }

  bool coversState(Value value, unsigned state) {
    return llvm::all_of(typeOf(body.getArgument(state)).getDims(),
                        [&](StringAttr d) { return typeOf(value).hasDim(d); });
  }

  StringAttr nameOf(unsigned state) { return cast<StringAttr>(scan.getStates()[state]); }

  std::string listStates(Groups group) {
    std::string list;
    for (unsigned i = 0; i < numStates; ++i)
      if (group >> i & 1)
        list += (list.empty() ? "'" : ", '") + nameOf(i).str() + "'";
    return list;
  }

  //===--------------------------------------------------------------------===//
  // Rewriting
  //===--------------------------------------------------------------------===//

  /// The scan of the states in `group`: a copy of what they and their step values need.
  void buildScan(Groups group) {
    Groups leader = Groups(1) << classes.getLeaderValue(llvm::countr_zero(group));
    bool first = group & 1;
    SmallVector<Value> states, outputs;
    SmallVector<Attribute> names;
    for (unsigned i = 0; i < numStates; ++i)
      if (group >> i & 1)
        states.push_back(newState(i)), names.push_back(nameOf(i));
    llvm::SmallSetVector<Value, 8> exported;
    for (Value v : stepValues())
      if (groupsOf(v) == leader || (first && !groupsOf(v)))
        exported.insert(v);
    for (auto [v, user] : crossings())
      if (groupsOf(v) == leader)
        exported.insert(v);
    SmallVector<Value> yielded(states);
    yielded.append(exported.begin(), exported.end());
    llvm::DenseSet<Value> slice = backwardSlice(yielded, &body);

    auto *block = new Block();
    IRMapping map;
    SmallVector<Value> inits, ins;
    for (unsigned i = 0; i < body.getNumArguments(); ++i) {
      BlockArgument arg = body.getArgument(i);
      bool isState = i < numStates;
      if (isState ? !(group >> i & 1) : !slice.contains(arg))
        continue;
      (isState ? inits : ins).push_back(isState ? scan.getInits()[i] : scan.getIns()[i - numStates]);
      map.map(arg, block->addArgument(arg.getType(), arg.getLoc()));
    }
    OpBuilder inside(scan.getContext());
    inside.setInsertionPointToEnd(block);
    for (Operation &op : body.without_terminator())
      if (llvm::any_of(op.getResults(), [&](Value v) { return slice.contains(v); }))
        inside.clone(op, map);
    SmallVector<Value> results;
    for (Value v : yielded)
      results.push_back(map.lookupOrDefault(v));
    YieldOp::create(inside, yield.getLoc(), results);

    SmallVector<Type> types;
    for (Value v : exported)
      types.push_back(wholeType(v));
    for (Value v : states)
      types.push_back(v.getType());
    auto made = ScanOp::create(builder, scan.getLoc(), types, scan.getDimAttr(), scan.getReverseAttr(), scan.getRoutesAttr(),
                               builder.getArrayAttr(names), inits, ins);
    made.getBody().push_back(block);
    for (auto [i, v] : llvm::enumerate(exported))
      whole[v] = made.getResult(i);
    unsigned next = exported.size();
    for (unsigned i = 0; i < numStates; ++i)
      if (group >> i & 1)
        scan.getResult(scan.getNumStepValues() + i).replaceAllUsesWith(made.getResult(next++));
  }

  /// The type of step value `value` as a whole sequence; as the scan has it if it is a result.
  Type wholeType(Value value) {
    for (auto [i, v] : llvm::enumerate(stepValues()))
      if (v == value)
        return scan.getResult(i).getType();
    return addDim(typeOf(value), scan.getDimAttr(), header);
  }

  /// Without states no step needs another one: the walk is not needed.
  void liftAll() {
    if (llvm::any_of(body, llvm::IsaPred<PrevOp>))
      return;
    remarkPassed(scan, stage::kNormalise, kPass, "lift") << "a scan without states computes whole sequences at once";
    for (auto [i, v] : llvm::enumerate(stepValues())) {
      auto type = typeOf(scan.getResult(i));
      Value sequence = Build(builder, scan).broadcast(overSequence(scan, v, builder, whole), type.getDims());
      if (sequence.getType() != type) { // the order of its dimensions is the result's
        sequence = builder.clone(*sequence.getDefiningOp())->getResult(0);
        sequence.setType(type);
      }
      scan.getResult(i).replaceAllUsesWith(sequence);
    }
    scan.erase();
  }

  void replaceResults() {
    for (auto [i, v] : llvm::enumerate(stepValues())) {
      Value sequence = overSequence(scan, v, builder, whole);
      if (isMixed(v)) // the order of its dimensions is the result's
        sequence.setType(scan.getResult(i).getType());
      scan.getResult(i).replaceAllUsesWith(sequence);
    }
  }

  ScanOp scan;
  Block &body;
  YieldOp yield;
  unsigned numStates;
  SmallVector<DimAttr> header;
  OpBuilder builder;
  llvm::EquivalenceClasses<unsigned> classes;
  DenseMap<Value, Groups> reach;
  llvm::DenseSet<Value> needed;
  DenseMap<Value, Value> whole; // body values to whole sequences
};

struct SplitScansPass : impl::SplitScansPassBase<SplitScansPass> {
  using SplitScansPassBase::SplitScansPassBase;
  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation().walk([&](ScanOp scan) {
      if (!scan.getRoutesAttr()) // several routes: unrolled first
        scans.push_back(scan);
    });
    for (ScanOp scan : scans)
      ScanSplitter(scan).run();
  }
};

} // namespace
} // namespace mixir::lowering
