// What a piece of a sequence does to the states: S -> M S + E, with M the product of the transitions
// and E the last state from zero. Pieces are computed apart from each other and put together after.
//
// Sources: the associative pair (M, S_ext) of fla-org/flash-linear-attention:fla/ops/cp and of Blelloch's scan.
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_DERIVEPARTIALPASS
#include "lowering/Passes.h.inc"

namespace {

/// The canonical terms of one state, as values of the new body.
struct Terms {
  Value decay, write; // null: identity, nothing
  SmallVector<std::pair<Value, Value>> pairs; // a, b
};

class PartialDeriver {
public:
  explicit PartialDeriver(func::FuncOp func) : func(func), header(mixer::getDims(func)), builder(func.getContext()) {}

  LogicalResult run() {
    Block &body = func.getBody().front();
    SmallVector<RecurrenceOp> recurrences(body.getOps<RecurrenceOp>());
    if (recurrences.empty())
      return func.emitError("expected a mixer with states to derive its partial, got none");
    for (RecurrenceOp r : recurrences)
      if (failed(check(r)))
        return failure();
    auto ret = cast<func::ReturnOp>(body.getTerminator());
    builder.setInsertionPoint(ret);
    for (RecurrenceOp r : recurrences)
      if (failed(derive(r)))
        return failure();
    func::ReturnOp::create(builder, ret.getLoc(), results);
    ret.erase();
    eraseDeadOps(body);
    setSignature();
    return success();
  }

private:
  /// Whether `dim` holds the steps of a route.
  bool isAlongRoute(StringRef dim) {
    return func
        .walk([&](Operation *op) {
          auto visit = dyn_cast<VisitOp>(op);
          auto place = dyn_cast<PlaceOp>(op);
          bool isSteps = (visit && visit.getDim() == dim) || (place && place.getDim() == dim);
          return isSteps ? WalkResult::interrupt() : WalkResult::advance();
        })
        .wasInterrupted();
  }

  /// Whether a step takes values of other places of the sequence, which another piece may have.
  bool gathersAlong(RecurrenceOp r) {
    return llvm::any_of(backwardSlice(r.getIns(), r->getBlock()), [&](Value v) {
      auto gather = v.getDefiningOp<GatherOp>();
      return gather && (gather.getDim() == r.getDim() || llvm::any_of(header, [&](DimAttr d) { // or under another name
               return d.getName() == gather.getDimAttr() && d.getExpr() && d.getExpr().getValue() == r.getDim();
             }));
    });
  }

  LogicalResult check(RecurrenceOp r) {
    if (r.getReverse())
      return r.emitError("expected scans that walk forward to derive a partial, got one from the end");
    if (isAlongRoute(r.getDim()))
      return r.emitError("expected scans along an axis to derive a partial, got one along a route");
    if (gathersAlong(r))
      return r.emitError("expected values of the step itself to derive a partial, got some gathered along '") << r.getDim() << "'";
    for (FormAttr form : r.getForms().getAsRange<FormAttr>()) {
      if (!form.isAffine())
        return r.emitError("expected affine states to derive a partial, got '")
               << form.getState().getValue() << "': " << (form.getWhy() ? form.getWhy().getValue() : "not affine");
      if (form.isTransition() || form.getAt())
        return r.emitError("expected transitions that stay at their coordinates to derive a partial, got '")
               << form.getState().getValue() << "', which reads its state at others";
      for (ArrayAttr dims : form.getContract().getAsRange<ArrayAttr>())
        if (dims.size() != 1 || dims != form.getContract()[0])
          return r.emitError("expected transitions that mix one dimension to derive a partial, got '")
                 << form.getState().getValue() << "'";
    }
    SmallVector<Value> work(r.getIns());
    llvm::DenseSet<Value> seen;
    while (!work.empty()) {
      Value v = work.pop_back_val();
      Operation *op = v.getDefiningOp();
      if (!op || !seen.insert(v).second)
        continue;
      if (isa<RecurrenceOp>(op))
        return r.emitError("expected coefficients that do not depend on states to derive a partial, got those of '")
               << cast<StringAttr>(r.getStates()[0]).getValue() << "', which read another scan";
      work.append(op->operand_begin(), op->operand_end());
    }
    return success();
  }

  /// The dimension that the low-rank terms of a state mix.
  static StringAttr mixedOf(FormAttr form) { return cast<StringAttr>(cast<ArrayAttr>(form.getContract()[0])[0]); }

  /// A dimension as large as `dim` under another name.
  StringAttr copyOf(StringAttr dim) {
    auto name = StringAttr::get(func.getContext(), dim.getValue() + "_");
    auto known = llvm::find_if(header, [&](DimAttr d) { return d.getName() == name; });
    if (known == header.end()) {
      DimAttr of = *llvm::find_if(header, [&](DimAttr d) { return d.getName() == dim; });
      header.push_back(DimAttr::get(func.getContext(), name, of.getExtent(), dim));
      func->setAttr(kDimsAttr, builder.getArrayAttr(SmallVector<Attribute>(header.begin(), header.end())));
    }
    return name;
  }

  NdType typeOver(ArrayRef<Value> values, Type element, ArrayRef<StringAttr> extra = {}) {
    auto type = NdType::get(func.getContext(), ArrayRef<StringAttr>(), element);
    for (Value v : values)
      for (StringAttr d : typeOf(v).getDims())
        type = addDim(type, d, header);
    for (StringAttr d : extra)
      type = addDim(type, d, header);
    return type;
  }

  LogicalResult derive(RecurrenceOp r) {
    Location loc = r.getLoc();
    for (FormAttr form : r.getForms().getAsRange<FormAttr>())
      if (!form.getContract().empty())
        copyOf(mixedOf(form));
    Build outside(builder, loc, header);
    auto *block = new Block();
    // the terms at a step, in the new body; states come first
    OpBuilder inside(func.getContext());
    inside.setInsertionPointToEnd(block);
    IRMapping map;
    SmallVector<Value> ins;
    Block &termsBlock = r.getTerms().front();
    SmallVector<Value> states, inits;
    SmallVector<Attribute> names;
    auto addState = [&](const Twine &name, NdType type, Value init) {
      names.push_back(builder.getStringAttr(name));
      inits.push_back(init);
      states.push_back(block->addArgument(type, loc));
      return states.back();
    };
    struct Plan {
      Value end, transition; // states
      StringAttr mixed;      // dimension that the transition mixes, or null
      FormAttr form;
    };
    SmallVector<Plan> plans;
    for (auto [i, form] : llvm::enumerate(r.getForms().getAsRange<FormAttr>())) {
      StringRef state = form.getState().getValue();
      auto type = cast<NdType>(r.getBody().front().getArgument(i).getType());
      Plan plan{addState(state, type, outside.number(0, type.getElementType())), {}, {}, form};
      SmallVector<Value> factors = termTypes(r, i);
      Type element = type.getElementType();
      if (!form.getContract().empty()) {
        plan.mixed = mixedOf(form);
        StringAttr copy = copyOf(plan.mixed);
        auto position = [&](StringAttr d) {
          auto index = NdType::get(func.getContext(), ArrayRef<StringAttr>(d), builder.getI32Type());
          return IndexOp::create(builder, loc, index, d).getResult();
        };
        Value same = outside.compare(CompareKind::Eq, position(plan.mixed), position(copy));
        Value one = outside.select(same, outside.number(1, element), outside.number(0, element));
        plan.transition = addState(state + "_M", typeOver(factors, element, {plan.mixed, copy}), one);
      } else if (form.hasDecay()) {
        plan.transition = addState(state + "_M", typeOver(factors, element), outside.number(1, element));
      }
      plans.push_back(plan);
    }
    for (auto [arg, in] : llvm::zip(termsBlock.getArguments(), r.getIns()))
      if (!arg.use_empty()) {
        map.map(arg, block->addArgument(arg.getType(), loc));
        ins.push_back(in);
      }
    for (Operation &op : termsBlock.without_terminator())
      inside.clone(op, map);
    Build build(inside, loc, header);
    unsigned next = 0;
    auto take = [&] { return map.lookupOrDefault(cast<YieldOp>(termsBlock.getTerminator()).getValues()[next++]); };
    SmallVector<Value> news;
    for (const Plan &plan : plans) {
      Terms terms;
      if (plan.form.hasDecay())
        terms.decay = take();
      for (size_t k = 0; k < plan.form.getContract().size(); ++k) {
        Value a = take(), b = take();
        terms.pairs.push_back({a, b});
      }
      if (plan.form.getWrite())
        terms.write = take();
      news.push_back(advance(build, plan.end, terms, plan.form, plan.mixed, true));
      if (plan.transition)
        news.push_back(advance(build, plan.transition, terms, plan.form, plan.mixed, false));
    }
    for (auto [i, state] : llvm::enumerate(states))
      news[i] = build.broadcast(news[i], typeOf(state).getDims());
    for (auto [i, state] : llvm::enumerate(states))
      if (news[i].getType() != state.getType()) { // the order in which the dimensions are spelled
        Operation *again = inside.clone(*news[i].getDefiningOp());
        again->getResult(0).setType(state.getType());
        news[i] = again->getResult(0);
      }
    YieldOp::create(inside, loc, news);
    SmallVector<Type> types;
    for (Value state : states)
      types.push_back(state.getType());
    auto scan = ScanOp::create(builder, loc, types, r.getDimAttr(), UnitAttr(), RoutesAttr(), builder.getArrayAttr(names),
                               inits, ins);
    scan.getBody().push_back(block);
    for (auto [name, value] : llvm::zip(names, scan.getResults())) {
      StringRef text = cast<StringAttr>(name).getValue();
      addResult(text.ends_with("_M") ? text.str() : (text + "_E").str(), value);
    }
    return success();
  }

  /// Values of the terms of state number `state` that its transition is made of.
  SmallVector<Value> termTypes(RecurrenceOp r, unsigned state) {
    auto values = cast<YieldOp>(r.getTerms().front().getTerminator()).getValues();
    unsigned next = 0;
    SmallVector<Value> factors;
    for (auto [i, form] : llvm::enumerate(r.getForms().getAsRange<FormAttr>())) {
      unsigned count = form.hasDecay() + 2 * form.getContract().size();
      if (i == state)
        factors.append(values.begin() + next, values.begin() + next + count);
      next += count + form.getWrite();
    }
    return factors;
  }

  static Value advance(Build &build, Value state, const Terms &terms, FormAttr form, StringAttr mixed, bool writes) {
    Value decayed = terms.decay ? build.mul(terms.decay, state) : state;
    Value read = form.getReads() == ReadKind::Decayed ? decayed : state;
    Value sum = decayed;
    for (auto [a, b] : terms.pairs)
      sum = build.add(sum, build.mul(b, build.reduce(ReduceKind::Sum, {mixed}, build.mul(a, read))));
    if (writes && terms.write)
      sum = build.add(sum, terms.write);
    return sum;
  }

  void addResult(const std::string &name, Value value) {
    SmallVector<Attribute> axes;
    for (StringAttr d : typeOf(value).getDims())
      axes.push_back(builder.getArrayAttr(d));
    results.push_back(value);
    resultAttrs.push_back(OperandAttr::get(func.getContext(), builder.getStringAttr(name), Role::Out,
                                           elementOf(value), builder.getArrayAttr(axes), StringAttr()));
  }

  /// Operands that are still read, and the new results.
  void setSignature() {
    llvm::BitVector unused(func.getNumArguments());
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      unused[i] = func.getArgument(i).use_empty();
    (void)func.eraseArguments(unused);
    SmallVector<Type> types;
    for (Value v : results)
      types.push_back(v.getType());
    func.removeResAttrsAttr();
    func.setFunctionType(builder.getFunctionType(func.getArgumentTypes(), types));
    for (auto [i, attr] : llvm::enumerate(resultAttrs))
      func.setResultAttr(i, kOperandAttr, attr);
    func.setName((func.getName() + "_partial").str());
  }

  func::FuncOp func;
  SmallVector<DimAttr> header;
  OpBuilder builder;
  SmallVector<Value> results;
  SmallVector<OperandAttr> resultAttrs;
};

struct DerivePartialPass : impl::DerivePartialPassBase<DerivePartialPass> {
  using DerivePartialPassBase::DerivePartialPassBase;
  void runOnOperation() override {
    if (isMixer(getOperation()) && failed(PartialDeriver(getOperation()).run()))
      signalPassFailure();
  }
};

} // namespace
} // namespace mixir::lowering
