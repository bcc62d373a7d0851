// A recurrence that does to every input the same at every step is a convolution of its inputs with
// its answer to an impulse, and that answer is the recurrence itself, run once on an impulse and
// for no batch. So nothing has to be known of the transition: diagonal, companion, dense and
// low-rank ones are all convolved alike.
#include "lowering/Algorithms.h"
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

#include "llvm/ADT/SetVector.h"

#include <cmath>
#include <map>
#include <set>

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_CONVOLVECONSTANTPASS
#include "lowering/Passes.h.inc"

namespace {

constexpr llvm::StringLiteral kPass = "ConvolveConstant";

/// An input of a linear system: the product of values of the body that change from step to step.
using Input = SmallVector<Value>;

bool isZero(Value value) { return isConstant(value, 0.0); }

bool isReal(Value value) { return elementOf(value).isF32(); }

/// A recurrence as a system that is linear in its states and inputs, with coefficients that stay as
/// they are from step to step; or why it is none.
class LinearSystem {
public:
  explicit LinearSystem(RecurrenceOp r)
      : r(r), body(r.getBody().front()), header(getDims(r)), numStates(r.getNumStates()) {
    analyse();
  }

  /// Why the recurrence is no convolution; empty if it is one.
  std::string obstacle;
  std::vector<Input> inputs;
  /// Values of the body that leave it as sequences: sums of convolutions.
  llvm::SetVector<Value> responses;

  ValueRange stepValues() const { return cast<YieldOp>(body.getTerminator()).getValues().drop_front(numStates); }
  ValueRange newStates() const { return cast<YieldOp>(body.getTerminator()).getValues().take_front(numStates); }
  bool isLastStateUsed() {
    return llvm::any_of(r.getResults().drop_front(r.getNumStepValues()), [](Value v) { return !v.use_empty(); });
  }

  bool usesState(Value value) { return uses(value) & kState; }
  bool isConstantInTime(Value value) { return !uses(value); }

  /// How a value without states is made of inputs: it is one, or its factors that change make one, or
  /// (empty) its operands tell.
  Input inputOf(Value value) {
    const Split &split = splitOf(value);
    if (split.isOwn)
      return {value};
    return split.factors;
  }
  /// The factors of a product, those that stay as they are and those that change.
  void factorsOf(Value value, SmallVector<Value> &constant, Input &changing) {
    auto product = value.getDefiningOp<BinaryOp>();
    if (isConstantInTime(value))
      constant.push_back(value);
    else if (product && product.getKind() == BinaryKind::Mul)
      for (Value v : product->getOperands())
        factorsOf(v, constant, changing);
    else if (auto cast = value.getDefiningOp<CastOp>(); cast && isReal(cast.getInput()))
      factorsOf(cast.getInput(), constant, changing);
    else
      changing.push_back(value);
  }

  /// Dimensions of the inputs, and those of them that no coefficient has: the batch.
  llvm::SetVector<StringAttr> inputDims, batchDims;

  RecurrenceOp r;
  Block &body;
  SmallVector<DimAttr> header;
  unsigned numStates;

private:
  enum : unsigned { kState = 1, kInput = 2 };
  struct Split {
    bool isOwn = true;
    SmallVector<Value> factors;
    double size = 0; // numbers of all inputs that the value is made of
  };

  unsigned uses(Value value) {
    auto known = used.find(value);
    if (known != used.end())
      return known->second;
    unsigned found = 0;
    if (value.getParentBlock() == &body) {
      if (auto arg = dyn_cast<BlockArgument>(value))
        found = arg.getArgNumber() < numStates ? kState : kInput;
      else
        for (Value v : value.getDefiningOp()->getOperands())
          found |= uses(v);
    }
    return used[value] = found;
  }

  void analyse() {
    if (r.getReverse()) {
      obstacle = "it walks from the end";
      return;
    }
    for (Value init : r.getInits())
      if (!isZero(init)) {
        obstacle = "it does not start at zero";
        return;
      }
    for (Value v : newStates())
      if (!isLinear(v))
        return setObstacle();
    for (auto [v, result] : llvm::zip(stepValues(), r.getResults()))
      if (!result.use_empty() && !findResponses(v))
        return setObstacle();
    for (Value v : newStates())
      findInputs(v);
    for (Value v : responses)
      findInputs(v);
    if (inputs.empty())
      why = "it has no input";
    if (!why.empty())
      return setObstacle();
    for (const Input &input : inputs)
      for (Value v : input)
        inputDims.insert(typeOf(v).getDims().begin(), typeOf(v).getDims().end());
    if (mixesInputs())
      return setObstacle();
    batchDims = inputDims;
    for (Operation &op : body)
      for (Value v : op.getOperands())
        if (isConstantInTime(v))
          for (StringAttr d : typeOf(v).getDims())
            batchDims.remove(d);
  }

  void setObstacle() { obstacle = why; }

  /// Whether `value` is a sum of states and inputs with coefficients that stay as they are.
  bool isLinear(Value value) {
    if (!usesState(value))
      return isConstantInTime(value) ? isZero(value) || fail("what it adds is the same at every step") : true;
    auto known = linear.find(value);
    if (known != linear.end())
      return known->second;
    return linear[value] = isa<BlockArgument>(value) || isLinear(value.getDefiningOp());
  }

  bool isLinear(Operation *op) {
    auto all = [&](ValueRange values) { return llvm::all_of(values, [&](Value v) { return isLinear(v); }); };
    if (auto binary = dyn_cast<BinaryOp>(op)) {
      Value a = binary.getLhs(), b = binary.getRhs();
      switch (binary.getKind()) {
      case BinaryKind::Add:
      case BinaryKind::Sub:
        return all({a, b});
      case BinaryKind::Mul:
        if (isConstantInTime(a))
          return isLinear(b);
        if (isConstantInTime(b))
          return isLinear(a);
        return fail("a factor of its states changes from step to step");
      case BinaryKind::Div:
        return isConstantInTime(b) ? isLinear(a) : fail("a factor of its states changes from step to step");
      default:
        return fail("it is not linear in its states");
      }
    }
    if (auto unary = dyn_cast<UnaryOp>(op)) {
      UnaryKind kind = unary.getKind();
      bool keeps = kind == UnaryKind::Neg || kind == UnaryKind::Re || kind == UnaryKind::Im || kind == UnaryKind::Conj;
      return keeps ? isLinear(unary.getInput()) : fail("it is not linear in its states");
    }
    if (auto select = dyn_cast<SelectOp>(op))
      return isConstantInTime(select.getCondition()) ? all({select.getOnTrue(), select.getOnFalse()})
                                                     : fail("what it selects of its states changes from step to step");
    if (auto reduce = dyn_cast<ReduceOp>(op)) {
      bool isSum = reduce.getKind() == ReduceKind::Sum || reduce.getKind() == ReduceKind::Mean;
      return isSum ? isLinear(reduce.getInput()) : fail("it is not linear in its states");
    }
    if (isa<CastOp, ComplexOp, RenameOp, ShiftOp>(op))
      return all(op->getOperands());
    return fail("it is not linear in its states");
  }

  bool fail(StringRef reason) {
    why = reason.str();
    return false;
  }

  /// Finds the largest linear parts of `value`; the rest is computed over whole sequences.
  bool findResponses(Value value) {
    if (!usesState(value) || responses.contains(value))
      return true;
    if (isReal(value) && isLinear(value)) {
      responses.insert(value);
      why.clear();
      return true;
    }
    Operation *op = value.getDefiningOp();
    if (!op)
      return fail("a complex state is read as it is");
    bool ok = isPointwise(op) || isa<ReduceOp>(op) || isMove(op) ? true : fail("a value that is read is no sum of its states");
    for (Value v : op->getOperands())
      ok = ok && findResponses(v);
    return ok;
  }

  /// The inputs that a linear value is made of.
  void findInputs(Value value) {
    if (isConstantInTime(value) || !looked.insert(value).second)
      return;
    if (!usesState(value)) {
      Input input = inputOf(value);
      if (!input.empty())
        return addInput(input);
    }
    if (isa<BlockArgument>(value)) {
      if (!usesState(value))
        why = "an input is complex";
      return;
    }
    for (Value v : value.getDefiningOp()->getOperands())
      findInputs(v);
  }

  void addInput(const Input &input) {
    if (!llvm::all_of(input, isReal))
      why = "an input is complex";
    if (!llvm::is_contained(inputs, input))
      inputs.push_back(input);
  }

  /// The cheapest way to make a value without states of inputs.
  const Split &splitOf(Value value) {
    if (auto known = splits.find(value.getAsOpaquePointer()); known != splits.end())
      return known->second;
    constexpr double kNever = 1e300;
    Split own, other;
    own.size = isReal(value) ? estimatedSize(typeOf(value).getDims(), header) : kNever;
    other.isOwn = false;
    other.size = kNever;
    Operation *op = value.getParentBlock() == &body ? value.getDefiningOp() : nullptr;
    auto viaOperands = [&](ValueRange values) {
      other.size = 0;
      for (Value v : values)
        other.size += isConstantInTime(v) ? (isZero(v) ? 0 : kNever) : splitOf(v).size;
    };
    if (auto binary = dyn_cast_or_null<BinaryOp>(op)) {
      if (binary.getKind() == BinaryKind::Mul) {
        SmallVector<Value> constant;
        factorsOf(value, constant, other.factors);
        llvm::SetVector<StringAttr> dims;
        for (Value v : other.factors)
          dims.insert(typeOf(v).getDims().begin(), typeOf(v).getDims().end());
        bool isOne = other.factors.size() == 1;
        other.size = isOne ? splitOf(other.factors[0]).size : estimatedSize(dims.getArrayRef(), header);
        if (!llvm::all_of(other.factors, isReal))
          other.size = kNever;
        if (isOne && !splitOf(other.factors[0]).isOwn)
          other.factors.clear(); // its operands tell
      } else if (binary.getKind() == BinaryKind::Div && isConstantInTime(binary.getRhs())) {
        viaOperands(binary.getLhs());
      } else if (binary.getKind() == BinaryKind::Add || binary.getKind() == BinaryKind::Sub) {
        viaOperands(op->getOperands());
      }
    } else if (auto unary = dyn_cast_or_null<UnaryOp>(op)) {
      UnaryKind kind = unary.getKind();
      if (kind == UnaryKind::Neg || kind == UnaryKind::Re || kind == UnaryKind::Im || kind == UnaryKind::Conj)
        viaOperands(unary.getInput());
    } else if (isa_and_nonnull<CastOp, ComplexOp>(op)) {
      viaOperands(op->getOperands());
    } else if (auto select = dyn_cast_or_null<SelectOp>(op); select && isConstantInTime(select.getCondition())) {
      viaOperands({select.getOnTrue(), select.getOnFalse()});
    }
    return splits[value.getAsOpaquePointer()] = other.size < own.size ? other : own;
  }

  /// Whether a state mixes coordinates of a dimension that the inputs have: each would answer to all.
  bool mixesInputs() {
    bool any = false;
    for (Operation &op : body) {
      SmallVector<StringRef> dims;
      if (auto reduce = dyn_cast<ReduceOp>(op))
        for (auto d : reduce.getDims().getAsRange<StringAttr>())
          dims.push_back(d.getValue());
      if (auto rename = dyn_cast<RenameOp>(op))
        dims = {rename.getFrom(), rename.getTo()};
      if (auto shift = dyn_cast<ShiftOp>(op))
        dims = {shift.getDim()};
      if (dims.empty() || !linear.lookup(op.getResult(0)))
        continue;
      for (StringAttr d : inputDims)
        if (llvm::is_contained(dims, d.getValue())) {
          any = true;
          why = "its states mix '" + d.str() + "', which its inputs have";
        }
    }
    return any;
  }

  std::string why;
  DenseMap<Value, unsigned> used;
  DenseMap<Value, bool> linear;
  llvm::DenseSet<Value> looked;
  std::map<const void *, Split> splits; // by value
};

/// Computes the recurrence as convolutions.
class Convolver {
public:
  explicit Convolver(LinearSystem &system)
      : system(system), r(system.r), func(r->getParentOfType<func::FuncOp>()), builder(r) {}

  void run() {
    along = r.getDimAttr();
    taps = addTapsDim();
    header = getDims(r);
    Build build(builder, r.getLoc(), header);
    for (const Input &input : system.inputs)
      addResponse(input, build);
    for (auto [i, v] : llvm::enumerate(system.stepValues()))
      if (Value result = r.getResult(i); !result.use_empty())
        result.replaceAllUsesWith(build.spelled(overSequence(r, v, builder, whole), typeOf(result)));
    if (system.isLastStateUsed())
      keepLastStates();
    r.erase();
  }

private:
  /// A dimension of as many taps as there are steps, beside that of the steps.
  StringAttr addTapsDim() {
    SmallVector<DimAttr> dims = getDims(r);
    std::string name = (along.getValue() + "_taps").str();
    while (llvm::any_of(dims, [&](DimAttr d) { return d.getName().getValue() == name; }))
      name += "_";
    auto made = StringAttr::get(r.getContext(), name);
    auto steps = llvm::find_if(dims, [&](DimAttr d) { return d.getName() == along; });
    dims.insert(steps + 1, DimAttr::get(r.getContext(), made, steps->getExtent(), along));
    func->setAttr(kDimsAttr, builder.getArrayAttr(SmallVector<Attribute>(dims.begin(), dims.end())));
    return made;
  }

  /// Adds what `input` does to every response: its convolution with the answer to an impulse.
  void addResponse(const Input &input, Build &build) {
    SmallVector<Value> answers = answersTo(input);
    Value sequence;
    for (Value factor : input) {
      Value lifted = overSequence(r, factor, builder, whole);
      sequence = sequence ? build.mul(sequence, lifted) : lifted;
    }
    for (auto [response, answer] : llvm::zip(system.responses, answers)) {
      NdType type = addDim(typeOf(response), along, header);
      llvm::SetVector<StringAttr> dims;
      for (Value v : {sequence, answer})
        for (StringAttr d : typeOf(v).getDims())
          if (d != taps)
            dims.insert(d);
      NdType made = NdType::get(r.getContext(), ArrayRef<StringAttr>(), builder.getF32Type());
      for (StringAttr d : dims)
        made = addDim(made, d, header);
      Value sum = ConvOp::create(builder, r.getLoc(), made, PadKind::Causal, along, taps, sequence, answer, Value(), StringAttr());
      Value &all = whole[response];
      all = build.spelled(all ? build.add(all, sum) : sum, type);
    }
  }

  //===--------------------------------------------------------------------===//
  // The answer to an impulse
  //===--------------------------------------------------------------------===//

  /// The responses to a one at the first step of `input` and nothing else: a scan over the taps,
  /// from the last one, which meets the current step, back.
  SmallVector<Value> answersTo(const Input &input) {
    Location loc = r.getLoc();
    Build outside(builder, loc, header);
    auto index = NdType::get(r.getContext(), ArrayRef<StringAttr>(taps), builder.getI32Type());
    Value place = IndexOp::create(builder, loc, index, taps);
    Value last = outside.sub(outside.extent(taps, builder.getI32Type()), outside.number(1, builder.getI32Type()));
    Value impulse = outside.select(outside.compare(CompareKind::Eq, place, last), outside.number(1, builder.getF32Type()),
                                   outside.number(0, builder.getF32Type()));
    auto *block = new Block();
    OpBuilder inner(r.getContext());
    inner.setInsertionPointToEnd(block);
    answer = std::make_unique<Build>(inner, loc, header);
    current = &input;
    rebuilt.clear();
    SmallVector<Value> inits;
    for (unsigned i = 0; i < system.numStates; ++i) {
      auto type = typeOf(system.body.getArgument(i));
      for (StringAttr d : system.batchDims)
        type = type.dropDim(d.getValue());
      rebuilt[system.body.getArgument(i)] = block->addArgument(type, loc);
      inits.push_back(outside.number(0, type.getElementType()));
    }
    one = block->addArgument(typeOf(impulse).dropDim(taps.getValue()), loc);
    SmallVector<Value> yielded;
    SmallVector<Type> types, stateTypes;
    for (auto [i, v] : llvm::enumerate(system.newStates())) {
      yielded.push_back(answer->spelled(rebuild(v), typeOf(block->getArgument(i))));
      stateTypes.push_back(yielded.back().getType());
    }
    for (Value v : system.responses) {
      yielded.push_back(rebuild(v));
      types.push_back(addDim(typeOf(yielded.back()), taps, header));
    }
    YieldOp::create(inner, loc, yielded);
    llvm::append_range(types, stateTypes);
    auto scan = ScanOp::create(builder, loc, types, taps, builder.getUnitAttr(), RoutesAttr(), r.getStatesAttr(), inits,
                               impulse);
    scan.getBody().push_back(block);
    return SmallVector<Value>(scan.getResults().take_front(system.responses.size()));
  }

  /// `value` of the body with the impulse in place of the current input, and nothing of the others.
  Value rebuild(Value value) {
    if (value.getParentBlock() != &system.body)
      return value;
    if (Value known = rebuilt.lookup(value))
      return known;
    return rebuilt[value] = build(value);
  }

  Value build(Value value) {
    bool isConstant = system.isConstantInTime(value);
    if (!isConstant && !system.usesState(value))
      if (Input input = system.inputOf(value); !input.empty()) {
        if (input != *current)
          return answer->number(0, elementOf(value));
        Value product = answer->cast(one, elementOf(value));
        if (input != Input{value}) {
          SmallVector<Value> constant;
          Input changing;
          system.factorsOf(value, constant, changing);
          for (Value v : constant)
            product = answer->mul(answer->cast(rebuild(v), elementOf(product)), product);
        }
        return product;
      }
    Operation *op = value.getDefiningOp();
    SmallVector<Value> v;
    for (Value operand : op->getOperands())
      v.push_back(rebuild(operand));
    if (auto binary = dyn_cast<BinaryOp>(op))
      return answer->binary(binary.getKind(), v[0], v[1]);
    if (auto unary = dyn_cast<UnaryOp>(op))
      return answer->unary(unary.getKind(), v[0]);
    if (auto compare = dyn_cast<CompareOp>(op))
      return answer->compare(compare.getKind(), v[0], v[1]);
    if (isa<SelectOp>(op))
      return answer->select(v[0], v[1], v[2]);
    if (isa<CastOp>(op))
      return answer->cast(v[0], elementOf(value));
    if (isa<ComplexOp>(op))
      return answer->complex(v[0], v[1]);
    if (auto reduce = dyn_cast<ReduceOp>(op)) {
      SmallVector<StringAttr> dims(reduce.getDims().getAsRange<StringAttr>());
      return answer->reduce(reduce.getKind(), dims, v[0]);
    }
    Operation *again = answer->builder.clone(*op);
    again->setOperands(v);
    if (auto rename = dyn_cast<RenameOp>(again)) {
      NdType type = typeOf(v[0]).dropDim(rename.getFrom());
      again->getResult(0).setType(addDim(type, StringAttr::get(r.getContext(), rename.getTo()), header));
    } else if (isa<ShiftOp>(again)) {
      again->getResult(0).setType(v[0].getType());
    }
    return again->getResult(0);
  }

  /// A recurrence for the last states alone.
  void keepLastStates() {
    remarkMissed(r, stage::kChoose, kPass, "last_state")
        << "the last states are asked for: the steps are taken for them as well";
    auto yield = cast<YieldOp>(system.body.getTerminator());
    auto copy = cast<RecurrenceOp>(builder.clone(*r));
    // Results cannot be taken from an operation: one with fewer takes over its regions.
    SmallVector<Type> types(r->getResults().drop_front(r.getNumStepValues()).getTypes());
    auto lean = RecurrenceOp::create(builder, r.getLoc(), types, r.getDimAttr(), r.getReverseAttr(), r.getStatesAttr(),
                                     r.getInits(), r.getIns(), r.getFormsAttr(), builder.getStringAttr(kTimeSerial));
    lean.getBody().takeBody(copy.getBody());
    lean.getTerms().takeBody(copy.getTerms());
    copy.erase();
    auto values = cast<YieldOp>(lean.getBody().front().getTerminator()).getValuesMutable();
    values.erase(system.numStates, yield.getValues().size() - system.numStates);
    eraseDeadOps(lean.getBody().front());
    for (auto [old, made] : llvm::zip(r.getResults().drop_front(r.getNumStepValues()), lean.getResults()))
      old.replaceAllUsesWith(made);
  }

  LinearSystem &system;
  RecurrenceOp r;
  func::FuncOp func;
  OpBuilder builder;
  SmallVector<DimAttr> header;
  StringAttr along, taps;
  DenseMap<Value, Value> whole; // values of the body as whole sequences
  // of the answer in progress
  std::unique_ptr<Build> answer;
  const Input *current = nullptr;
  Value one;
  DenseMap<Value, Value> rebuilt;
};

//===----------------------------------------------------------------------===//
// When it pays
//===----------------------------------------------------------------------===//

/// Operations of the recurrence and of its convolutions for a sample, of one entry of the batch.
struct Effort {
  double serial = 0, convolved = 0;
};

double sizeOf(ArrayRef<StringAttr> dims, const ExpectedExtents &extents, const LinearSystem &system) {
  double size = 1;
  for (StringAttr d : dims)
    if (!system.batchDims.contains(d))
      size *= std::max<double>(1, static_cast<double>(extents.of(d.getValue())));
  return size;
}

/// Transforms of twice the samples, there and back, at the rate of the steps' multiplications and
/// additions: fits bench/results/convolution.md, as the next number does.
double transformCost(double steps) { return 10 * std::log2(2 * steps) + 20; }
/// What the steps of the taps, which have no batch, cost more than those of one sequence, and with the
/// transforms of the taps.
constexpr double kTapsCost = 1.5;

Effort effortOf(LinearSystem &system, const ExpectedExtents &extents, double steps) {
  Effort effort;
  for (Operation &op : system.body.without_terminator()) {
    Value value = op.getResult(0);
    if (!system.usesState(value))
      continue;
    Value wide = isa<ReduceOp>(op) ? op.getOperand(0) : value;
    double operations = typeOf(wide).isComplex() ? isa<BinaryOp>(op) && cast<BinaryOp>(op).getKind() == BinaryKind::Mul ? 6 : 2 : 1;
    if (!isMove(&op))
      effort.serial += operations * sizeOf(typeOf(wide).getDims(), extents, system);
  }
  for (Value response : system.responses)
    effort.convolved += static_cast<double>(system.inputs.size()) * transformCost(steps) *
                        sizeOf(typeOf(response).getDims(), extents, system);
  return effort;
}

} // namespace

Verdict judgeConvolution(RecurrenceOp recurrence, const ExpectedExtents &extents) {
  LinearSystem system(recurrence);
  if (!system.obstacle.empty())
    return {false, false, system.obstacle};
  if (system.isLastStateUsed())
    return {true, false, "the last state is asked for, so that the steps are taken in any case"};
  std::string unknown;
  auto extentOr = [&](StringAttr d, int64_t assumed) {
    int64_t extent = extents.of(d.getValue());
    if (extent < 0)
      unknown += (unknown.empty() ? "" : ", ") + d.str() + " = " + std::to_string(assumed);
    return static_cast<double>(extent < 0 ? assumed : extent);
  };
  double steps = extentOr(recurrence.getDimAttr(), 2048), batch = 1;
  for (StringAttr d : system.batchDims)
    batch *= extentOr(d, 1);
  Effort effort = effortOf(system, extents, steps);
  auto number = [](double value) { return std::to_string(static_cast<int64_t>(std::ceil(value))); };
  std::string why = "a step is " + number(effort.serial) + " operations, its convolution " + number(effort.convolved) +
                    ", and its " + number(steps) + " taps are as many steps for the whole batch";
  if (!unknown.empty())
    why += " (assumed: " + unknown + ")";
  if (effort.serial <= effort.convolved)
    return {true, false, why};
  double least = std::floor(kTapsCost * effort.serial / (effort.serial - effort.convolved)) + 1;
  why += "; it pays from a batch of " + number(least) + " on, here it is " + number(batch);
  return {true, unknown.empty() && batch >= least, why};
}

namespace {

struct ConvolveConstantPass : impl::ConvolveConstantPassBase<ConvolveConstantPass> {
  using ConvolveConstantPassBase::ConvolveConstantPassBase;
  void runOnOperation() override {
    SmallVector<RecurrenceOp> recurrences;
    getOperation().walk([&](RecurrenceOp r) {
      if (r.getAlgorithm() == kConvolution)
        recurrences.push_back(r);
    });
    for (RecurrenceOp r : recurrences) {
      LinearSystem system(r);
      if (!system.obstacle.empty()) {
        r.emitError("expected a recurrence that is a convolution: ") << system.obstacle;
        return signalPassFailure();
      }
      remarkPassed(r, stage::kChoose, kPass, "convolve")
          << ("recurrence over '" + r.getDim() + "' is " +
              Twine(system.inputs.size() * system.responses.size()) +
              (system.inputs.size() * system.responses.size() == 1 ? " convolution" : " convolutions") +
              " with its answer to an impulse")
                 .str();
      Convolver(system).run();
    }
  }
};

} // namespace
} // namespace mixir::lowering
