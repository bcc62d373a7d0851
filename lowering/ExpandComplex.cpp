// Complex arithmetic spelled out in real numbers: what comes after knows f32
// only. Parts that are known to be zero are left out.
#include "lowering/Build.h"
#include "lowering/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_EXPANDCOMPLEXPASS
#include "lowering/Passes.h.inc"

namespace {

/// The two parts of a complex value, over no more dimensions than the value; null is zero.
struct Parts {
  Value re, im;
};

bool isComplex(Value value) {
  auto type = dyn_cast<NdType>(value.getType());
  return type && type.isComplex();
}

bool touchesComplex(Operation *op) {
  return llvm::any_of(op->getOperands(), isComplex) || llvm::any_of(op->getResults(), isComplex);
}

/// Real arithmetic on values that may be absent, that is zero.
class PartArithmetic {
public:
  explicit PartArithmetic(Build &build) : build(build) {}
  Value add(Value a, Value b) { return !a ? b : !b ? a : build.add(a, b); }
  Value sub(Value a, Value b) { return !b ? a : !a ? build.neg(b) : build.sub(a, b); }
  Value mul(Value a, Value b) { return a && b ? build.mul(a, b) : Value(); }
  Value div(Value a, Value b) { return a ? build.div(a, b) : Value(); }
  Value neg(Value a) { return a ? build.neg(a) : Value(); }

  Parts mul(Parts a, Parts b) {
    return {sub(mul(a.re, b.re), mul(a.im, b.im)), add(mul(a.re, b.im), mul(a.im, b.re))};
  }

  Parts div(Parts a, Parts b) {
    if (!b.im)
      return {div(a.re, b.re), div(a.im, b.re)};
    if (!b.re)
      return {div(a.im, b.im), neg(div(a.re, b.im))};
    Value norm = add(mul(b.re, b.re), mul(b.im, b.im));
    Parts product = mul(a, {b.re, neg(b.im)});
    return {div(product.re, norm), div(product.im, norm)};
  }

  Parts exp(Parts a) {
    Value size = a.re ? build.unary(UnaryKind::Exp, a.re) : Value();
    if (!a.im)
      return {size ? size : build.number(1, build.builder.getF32Type()), Value()};
    Value cos = build.unary(UnaryKind::Cos, a.im), sin = build.unary(UnaryKind::Sin, a.im);
    return size ? Parts{mul(size, cos), mul(size, sin)} : Parts{cos, sin};
  }

private:
  Build &build;
};

class ComplexExpander {
public:
  explicit ComplexExpander(func::FuncOp func)
      : func(func), header(getDims(func)), builder(func.getContext()) {}

  void run() {
    visit(func.getBody().front());
    // A replaced walk and the operations of its body use each other's values.
    for (Operation *op : replaced)
      op->dropAllReferences();
    for (Operation *op : llvm::reverse(dead))
      op->erase();
    for (Operation *op : llvm::reverse(replaced))
      op->erase();
  }

private:
  //===--------------------------------------------------------------------===//
  // Values and parts
  //===--------------------------------------------------------------------===//

  /// The parts of `value`; a real value is its own real part.
  Parts partsOf(Value value) {
    if (!isComplex(value))
      return {value, Value()};
    auto known = parts.find(value);
    if (known != parts.end())
      return known->second;
    // An argument of the function stays complex and is read by its parts.
    assert(value.getParentBlock() == &func.getBody().front() && isa<BlockArgument>(value));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&func.getBody().front());
    Build build(builder, func.getLoc(), header);
    return parts[value] = {build.unary(UnaryKind::Re, value), build.unary(UnaryKind::Im, value)};
  }

  static NdType realType(Type type) {
    auto nd = cast<NdType>(type);
    auto complex = dyn_cast<ComplexType>(nd.getElementType());
    return complex ? nd.withElement(complex.getElementType()) : nd;
  }

  /// `part` as a value of exactly `type`.
  Value whole(Build &build, Value part, Type type) {
    return build.spelled(part ? part : build.number(0, build.builder.getF32Type()), cast<NdType>(type));
  }

  //===--------------------------------------------------------------------===//
  // Operations
  //===--------------------------------------------------------------------===//

  void visit(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      builder.setInsertionPoint(&op);
      Build build(builder, op.getLoc(), header);
      if (auto scan = dyn_cast<ScanOp>(op))
        visitWalk(scan, build);
      else if (auto recurrence = dyn_cast<RecurrenceOp>(op))
        visitWalk(recurrence, build);
      else if (auto result = dyn_cast<func::ReturnOp>(op))
        visitReturn(result, build);
      else if (!isa<YieldOp>(op) && touchesComplex(&op))
        visitPlain(&op, build);
    }
  }

  void visitPlain(Operation *op, Build &build) {
    if (auto unary = dyn_cast<UnaryOp>(op); unary && !isComplex(unary.getResult()))
      return visitToReal(unary, build);
    parts[op->getResult(0)] = expand(op, build);
    dead.push_back(op);
  }

  /// Real and imaginary part and absolute value: their result is real.
  void visitToReal(UnaryOp op, Build &build) {
    // Reading an argument's part is what remains in the end.
    if (op.getKind() != UnaryKind::Abs && isFuncArgument(op.getInput()))
      return;
    Parts x = partsOf(op.getInput());
    Value result = op.getKind() == UnaryKind::Re ? x.re : x.im;
    if (op.getKind() == UnaryKind::Abs) {
      PartArithmetic arithmetic(build);
      if (x.re && x.im)
        result = build.unary(UnaryKind::Sqrt, arithmetic.add(arithmetic.mul(x.re, x.re), arithmetic.mul(x.im, x.im)));
      else if (Value only = x.re ? x.re : x.im)
        result = build.unary(UnaryKind::Abs, only);
    }
    op.getResult().replaceAllUsesWith(whole(build, result, op.getResult().getType()));
    dead.push_back(op);
  }

  bool isFuncArgument(Value value) {
    return isa<BlockArgument>(value) && value.getParentBlock() == &func.getBody().front();
  }

  Parts expand(Operation *op, Build &build) {
    PartArithmetic arithmetic(build);
    if (auto constant = dyn_cast<ConstantOp>(op))
      return {nonZero(build, constant.getValue()), nonZero(build, constant.getIm())};
    if (auto cast = dyn_cast<CastOp>(op))
      return {cast.getInput(), Value()};
    if (auto complex = dyn_cast<ComplexOp>(op))
      return {unlessZero(complex.getRe()), unlessZero(complex.getIm())};
    if (auto unary = dyn_cast<UnaryOp>(op))
      return expandUnary(unary.getKind(), partsOf(unary.getInput()), arithmetic);
    if (auto binary = dyn_cast<BinaryOp>(op))
      return expandBinary(binary.getKind(), partsOf(binary.getLhs()), partsOf(binary.getRhs()), arithmetic);
    if (auto select = dyn_cast<SelectOp>(op))
      return expandSelect(select, build);
    if (auto conv = dyn_cast<ConvOp>(op))
      return expandConv(conv, build, arithmetic);
    return expandLinear(op, build);
  }

  Value nonZero(Build &build, const llvm::APFloat &value) {
    return value.isZero() ? Value() : build.number(value.convertToDouble(), builder.getF32Type());
  }

  static Value unlessZero(Value value) { return isConstant(value, 0) ? Value() : value; }

  static Parts expandUnary(UnaryKind kind, Parts x, PartArithmetic &arithmetic) {
    if (kind == UnaryKind::Neg)
      return {arithmetic.neg(x.re), arithmetic.neg(x.im)};
    if (kind == UnaryKind::Conj)
      return {x.re, arithmetic.neg(x.im)};
    assert(kind == UnaryKind::Exp && "no other function is defined on complex values");
    return arithmetic.exp(x);
  }

  static Parts expandBinary(BinaryKind kind, Parts a, Parts b, PartArithmetic &arithmetic) {
    switch (kind) {
    case BinaryKind::Add:
      return {arithmetic.add(a.re, b.re), arithmetic.add(a.im, b.im)};
    case BinaryKind::Sub:
      return {arithmetic.sub(a.re, b.re), arithmetic.sub(a.im, b.im)};
    case BinaryKind::Mul:
      return arithmetic.mul(a, b);
    default:
      return arithmetic.div(a, b);
    }
  }

  Parts expandSelect(SelectOp op, Build &build) {
    Parts a = partsOf(op.getOnTrue()), b = partsOf(op.getOnFalse());
    auto choose = [&](Value x, Value y) -> Value {
      if (!x && !y)
        return {};
      Value zero = x && y ? Value() : build.number(0, builder.getF32Type());
      return build.select(op.getCondition(), x ? x : zero, y ? y : zero);
    };
    return {choose(a.re, b.re), choose(a.im, b.im)};
  }

  Parts expandConv(ConvOp op, Build &build, PartArithmetic &arithmetic) {
    Parts x = partsOf(op.getInput()), w = partsOf(op.getWeight());
    Parts init = op.getInit() ? partsOf(op.getInit()) : Parts();
    auto conv = [&](Value input, Value weight, Value before) -> Value {
      if (!weight || (!input && !before))
        return {};
      IRMapping map;
      map.map(op.getInput(), whole(build, input, realType(op.getInput().getType())));
      map.map(op.getWeight(), whole(build, weight, realType(op.getWeight().getType())));
      if (op.getInit())
        map.map(op.getInit(), whole(build, before, realType(op.getInit().getType())));
      return cloneReal(op, map);
    };
    return {arithmetic.sub(conv(x.re, w.re, init.re), conv(x.im, w.im, init.im)),
            arithmetic.add(conv(x.re, w.im, init.re), conv(x.im, w.re, init.im))};
  }

  /// Sums, last samples, delays and reads elsewhere work on each part alone.
  Parts expandLinear(Operation *op, Build &build) {
    auto onPart = [&](Value Parts::*part) -> Value {
      SmallVector<Value> operands;
      llvm::copy_if(op->getOperands(), std::back_inserter(operands), [](Value v) { return isComplex(v); });
      if (llvm::none_of(operands, [&](Value v) { return partsOf(v).*part; }))
        return {};
      IRMapping map;
      for (Value v : operands)
        map.map(v, whole(build, partsOf(v).*part, realType(v.getType())));
      return cloneReal(op, map);
    };
    return {onPart(&Parts::re), onPart(&Parts::im)};
  }

  Value cloneReal(Operation *op, IRMapping &map) {
    Operation *copy = builder.clone(*op, map);
    copy->getResult(0).setType(realType(op->getResult(0).getType()));
    return copy->getResult(0);
  }

  //===--------------------------------------------------------------------===//
  // Results and walks
  //===--------------------------------------------------------------------===//

  void visitReturn(func::ReturnOp op, Build &build) {
    for (OpOperand &operand : op->getOpOperands()) {
      Value value = operand.get();
      if (!isComplex(value) || isFuncArgument(value))
        continue;
      operand.set(resultOf(value, build));
    }
  }

  /// A complex value for the caller; what is stacked is made of such values.
  Value resultOf(Value value, Build &build) {
    if (auto stack = value.getDefiningOp<StackOp>()) {
      SmallVector<Value> results;
      for (Value part : stack.getParts())
        results.push_back(resultOf(part, build));
      return StackOp::create(builder, build.loc, value.getType(), stack.getDim(), results);
    }
    Parts x = partsOf(value);
    Value im = x.im ? x.im : build.number(0, builder.getF32Type());
    Value re = x.re ? x.re : build.number(0, builder.getF32Type());
    SmallVector<StringAttr> missing;
    for (StringAttr d : typeOf(value).getDims())
      if (!typeOf(re).hasDim(d) && !typeOf(im).hasDim(d))
        missing.push_back(d);
    return ComplexOp::create(builder, build.loc, value.getType(), build.broadcast(re, missing), im);
  }

  /// What a walk has once its complex values are pairs.
  struct Split {
    SmallVector<Attribute> states, forms;
    SmallVector<Value> inits, ins;
    SmallVector<Type> results;
  };

  template <typename WalkOp>
  void visitWalk(WalkOp op, Build &build) {
    Block &body = op.getBody().front();
    if (!touchesComplex(op) && llvm::none_of(body.getArguments(), isComplex)) {
      for (Region &region : op->getRegions())
        visit(region.front());
      return;
    }
    Split split;
    Block *newBody = new Block();
    splitStates(op, split, *newBody, build);
    SmallVector<Parts> inputs = splitInputs(op, split);
    enter(op, inputs, body, op.getNumStates(), *newBody);
    for (unsigned i = 0; i < op.getNumStepValues(); ++i)
      split.results.append(isComplex(op.getResult(i)) ? 2 : 1, realType(op.getResult(i).getType()));
    for (unsigned i = 0; i < op.getNumStates(); ++i)
      split.results.append(isComplex(body.getArgument(i)) ? 2 : 1, realType(body.getArgument(i).getType()));
    newBody->getOperations().splice(newBody->end(), body.getOperations());
    WalkOp made = create(op, split);
    made.getBody().push_back(newBody);
    visit(*newBody);
    splitYield(cast<YieldOp>(newBody->getTerminator()));
    mapResults(op, made);
    replaced.push_back(op);
    splitTerms(op, made, inputs);
  }

  template <typename WalkOp>
  void splitStates(WalkOp op, Split &split, Block &newBody, Build &build) {
    for (unsigned i = 0; i < op.getNumStates(); ++i) {
      auto name = cast<StringAttr>(op.getStates()[i]);
      BlockArgument old = op.getBody().front().getArgument(i);
      Value init = op.getInits()[i];
      if (!isComplex(old)) {
        split.states.push_back(name);
        split.inits.push_back(init);
        addForm(op, i, name, split);
        old.replaceAllUsesWith(newBody.addArgument(old.getType(), old.getLoc()));
        continue;
      }
      Parts first = partsOf(init);
      Parts state;
      for (auto [part, suffix, from] : {std::tuple(&Parts::re, ".re", first.re), std::tuple(&Parts::im, ".im", first.im)}) {
        auto partName = StringAttr::get(op.getContext(), name.getValue() + suffix);
        split.states.push_back(partName);
        split.inits.push_back(from ? from : build.number(0, builder.getF32Type()));
        addForm(op, i, partName, split);
        state.*part = newBody.addArgument(realType(old.getType()), old.getLoc());
      }
      parts[old] = state;
    }
  }

  void addForm(ScanOp, unsigned, StringAttr, Split &) {}
  void addForm(RecurrenceOp op, unsigned state, StringAttr name, Split &split) {
    auto form = cast<FormAttr>(op.getForms()[state]);
    split.forms.push_back(FormAttr::get(op.getContext(), name, form.getDecay(), form.getVarying(), form.getReads(),
                                        form.getContract(), form.getAt(), form.getWrite(), form.getWhy()));
  }

  /// The parts of every input; those that change from step to step are inputs again.
  template <typename WalkOp>
  SmallVector<Parts> splitInputs(WalkOp op, Split &split) {
    SmallVector<Parts> inputs;
    for (Value in : op.getIns()) {
      inputs.push_back(partsOf(in));
      for (Value part : {inputs.back().re, inputs.back().im})
        if (part && typeOf(part).hasDim(op.getDim()))
          split.ins.push_back(part);
    }
    return inputs;
  }

  /// Gives `to` arguments for the inputs, which `from` has after its first `skip` arguments.
  template <typename WalkOp>
  void enter(WalkOp op, ArrayRef<Parts> inputs, Block &from, unsigned skip, Block &to) {
    auto slice = [&](Value in, Location loc) -> Value {
      if (!in || !typeOf(in).hasDim(op.getDim()))
        return in; // the same at every step: used from outside
      return to.addArgument(stepType(op, typeOf(in)), loc);
    };
    for (auto [old, in] : llvm::zip(from.getArguments().drop_front(skip), inputs)) {
      Value re = slice(in.re, old.getLoc()), im = slice(in.im, old.getLoc());
      if (isComplex(old))
        parts[old] = {re, im};
      else
        old.replaceAllUsesWith(re);
    }
  }

  ScanOp create(ScanOp op, Split &split) {
    return ScanOp::create(builder, op.getLoc(), split.results, op.getDimAttr(), op.getReverseAttr(), op.getRoutesAttr(),
                          builder.getArrayAttr(split.states), split.inits, split.ins);
  }

  RecurrenceOp create(RecurrenceOp op, Split &split) {
    return RecurrenceOp::create(builder, op.getLoc(), split.results, op.getDimAttr(), op.getReverseAttr(),
                                builder.getArrayAttr(split.states), split.inits, split.ins,
                                builder.getArrayAttr(split.forms), op.getAlgorithmAttr());
  }

  void splitYield(YieldOp yield) {
    builder.setInsertionPoint(yield);
    Build build(builder, yield.getLoc(), header);
    SmallVector<Value> values;
    for (Value v : yield.getValues()) {
      if (!isComplex(v)) {
        values.push_back(v);
        continue;
      }
      Parts x = partsOf(v);
      values.push_back(whole(build, x.re, realType(v.getType())));
      values.push_back(whole(build, x.im, realType(v.getType())));
    }
    yield.getValuesMutable().assign(values);
  }

  void mapResults(Operation *from, Operation *to) {
    unsigned next = 0;
    for (Value old : from->getResults()) {
      Value first = to->getResult(next++);
      if (isComplex(old))
        parts[old] = {first, to->getResult(next++)};
      else
        old.replaceAllUsesWith(first);
    }
  }

  void splitTerms(ScanOp, ScanOp, ArrayRef<Parts>) {}
  /// The terms of a complex state become those of its real part, then those of its imaginary part.
  void splitTerms(RecurrenceOp op, RecurrenceOp made, ArrayRef<Parts> inputs) {
    Block &old = op.getTerms().front(), *terms = new Block();
    enter(op, inputs, old, 0, *terms);
    terms->getOperations().splice(terms->end(), old.getOperations());
    made.getTerms().push_back(terms);
    visit(*terms);
    auto yield = cast<YieldOp>(terms->getTerminator());
    builder.setInsertionPoint(yield);
    Build build(builder, yield.getLoc(), header);
    SmallVector<Value> values;
    ValueRange rest = yield.getValues();
    for (auto [i, form] : llvm::enumerate(op.getForms().getAsRange<FormAttr>())) {
      ValueRange own = rest.take_front(form.getNumTerms());
      rest = rest.drop_front(own.size());
      if (!isComplex(op.getBody().front().getArgument(i))) {
        llvm::append_range(values, own);
        continue;
      }
      for (Value Parts::*part : {&Parts::re, &Parts::im})
        for (Value v : own)
          values.push_back(whole(build, partsOf(v).*part, realType(v.getType())));
    }
    yield.getValuesMutable().assign(values);
  }

  func::FuncOp func;
  SmallVector<DimAttr> header;
  OpBuilder builder;
  DenseMap<Value, Parts> parts;
  SmallVector<Operation *> dead;     // users after the values they use
  SmallVector<Operation *> replaced; // walks
};

struct ExpandComplexPass : impl::ExpandComplexPassBase<ExpandComplexPass> {
  using ExpandComplexPassBase::ExpandComplexPassBase;
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    auto unchosen = getOperation().walk([](RecurrenceOp op) {
      return op.getAlgorithm() ? WalkResult::advance() : WalkResult(op.emitOpError("expected an algorithm to be chosen"));
    });
    if (unchosen.wasInterrupted())
      return signalPassFailure();
    ComplexExpander(getOperation()).run();
  }
};

} // namespace
} // namespace mixir::lowering
