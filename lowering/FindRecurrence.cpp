// Scans to recurrences: the canonical form of every state, and what it is
// called. The algebra is in AffineForm.cpp.
#include "lowering/AffineForm.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_FINDRECURRENCEPASS
#include "lowering/Passes.h.inc"

namespace {

constexpr llvm::StringLiteral kPass = "FindRecurrence";
using DimSet = llvm::DenseSet<StringAttr>;

DimSet dimSet(Value value) {
  auto dims = typeOf(value).getDims();
  return {dims.begin(), dims.end()};
}

/// What the class of a state's decay depends on, read off the body of its scan.
class StateShape {
public:
  StateShape(Block &body, unsigned numStates, unsigned state)
      : state(body.getArgument(state)), dims(dimSet(this->state)) {
    findContracted(body);
    findInner(body, numStates, body.getTerminator()->getOperand(state));
  }

  /// The class of a decay over `decay`, which is not the constant 1:
  ///  scalar   it varies over no dimension of the state, or over none that a sum contracts;
  ///  full     it varies over every inner dimension of the state;
  ///  vector   otherwise.
  /// A dimension is inner unless all that enters the state at a step varies over it: such a
  /// dimension counts independent recurrences (batch, heads).
  TransitionClass classify(const DimSet &decay) const {
    auto covers = [&](const DimSet &wanted) {
      return llvm::all_of(wanted, [&](StringAttr d) { return decay.contains(d); });
    };
    auto meets = [&](const DimSet &wanted) {
      return llvm::any_of(wanted, [&](StringAttr d) { return decay.contains(d); });
    };
    if (!meets(dims))
      return TransitionClass::Scalar;
    if (covers(inner))
      return TransitionClass::Full;
    return meets(contracted.empty() ? inner : contracted) ? TransitionClass::Vector : TransitionClass::Scalar;
  }

private:
  /// The state's dimensions that a sum of something computed from the state runs over.
  void findContracted(Block &body) {
    llvm::DenseSet<Value> reached{state};
    for (Operation &op : body.without_terminator()) {
      if (llvm::none_of(op.getOperands(), [&](Value v) { return reached.contains(v); }))
        continue;
      reached.insert(op.result_begin(), op.result_end());
      if (auto reduce = dyn_cast<ReduceOp>(op))
        for (StringAttr d : reduce.getDims().getAsRange<StringAttr>())
          if (llvm::is_contained(typeOf(state).getDims(), d))
            contracted.insert(d);
    }
  }

  void findInner(Block &body, unsigned numStates, Value update) {
    inner = dims;
    llvm::DenseSet<Value> slice = backwardSlice(update, &body);
    SmallVector<Value> inputs;
    for (Value arg : body.getArguments().drop_front(numStates))
      if (slice.contains(arg))
        inputs.push_back(arg);
    for (StringAttr d : dims)
      if (!inputs.empty() && llvm::all_of(inputs, [&](Value v) { return typeOf(v).hasDim(d); }))
        inner.erase(d);
  }

  Value state;
  DimSet dims, contracted, inner;
};

/// Turns one scan into a recurrence.
class RecurrenceFinder {
public:
  explicit RecurrenceFinder(ScanOp scan)
      : scan(scan), body(scan.getBody().front()), builder(scan), terms(new Block()) {
    for (Value in : scan.getIns())
      terms->addArgument(typeOf(in).dropDim(scan.getDim()), in.getLoc());
    analysis.emplace(body, scan.getNumStates(), *terms, getDims(scan));
  }

  void run() {
    for (unsigned i = 0; i < scan.getNumStates(); ++i)
      forms.push_back(findForm(i));
    OpBuilder end(scan.getContext());
    end.setInsertionPointToEnd(terms);
    YieldOp::create(end, scan.getLoc(), yielded);
    eraseDeadOps(*terms);
    auto made = RecurrenceOp::create(builder, scan.getLoc(), scan.getResultTypes(), scan.getDimAttr(),
                                     scan.getReverseAttr(), scan.getStatesAttr(), scan.getInits(),
                                     scan.getIns(), builder.getArrayAttr(forms), StringAttr());
    made.getBody().takeBody(scan.getBody());
    made.getTerms().push_back(terms);
    scan.replaceAllUsesWith(made.getResults());
    for (FormAttr form : made.getForms().getAsRange<FormAttr>())
      explain(made, form);
    scan.erase();
  }

private:
  StringAttr nameOf(unsigned state) { return cast<StringAttr>(scan.getStates()[state]); }

  FormAttr findForm(unsigned state) {
    if (llvm::any_of(body.getArgument(state).getUsers(), llvm::IsaPred<RecallOp>))
      return opaqueForm(state, TransitionClass::NonAffine, "it is read after earlier steps than the last");
    AffineForm form = analysis->formOf(body.getTerminator()->getOperand(state));
    if (!form.isAffine())
      return opaqueForm(state, TransitionClass::NonAffine, form.why);
    for (const auto &[other, decay] : form.decays)
      if (other != state)
        return opaqueForm(state, TransitionClass::Coupled, "depends on state '" + nameOf(other).str() + "'");
    for (const LowRankTerm &term : form.terms)
      if (term.state != state)
        return opaqueForm(state, TransitionClass::Coupled, "depends on state '" + nameOf(term.state).str() + "'");
    return affineForm(state, form);
  }

  FormAttr opaqueForm(unsigned state, TransitionClass decay, const Twine &why) {
    return FormAttr::get(scan.getContext(), nameOf(state), decay, /*varying=*/false, ReadKind::Old,
                         builder.getArrayAttr({}), /*at=*/ArrayAttr(), /*write=*/false, builder.getStringAttr(why));
  }

  FormAttr affineForm(unsigned state, AffineForm &form) {
    Type element = elementOf(body.getArgument(state));
    auto emit = [&](const Coefficient &c) { yielded.push_back(analysis->materialise(c, element)); };
    // A state that is overwritten has a decay of zero.
    Coefficient decay = form.decays.count(state) ? form.decays[state] : Coefficient{0, {}};
    TransitionClass transition = classOf(state, decay, form.terms);
    bool decayed = readsDecayed(decay, form.terms);
    if (transition != TransitionClass::Identity)
      emit(decay);
    bool isVarying = varies(decay);
    SmallVector<Attribute> contract, at;
    for (LowRankTerm &term : form.terms) {
      emit(decayed ? without(term.a, decay) : term.a);
      emit(term.b);
      contract.push_back(builder.getArrayAttr(SmallVector<Attribute>(term.contract.begin(), term.contract.end())));
      at.push_back(placesOf(term));
      isVarying |= !term.moves.empty() && (varies(term.a) || varies(term.b));
    }
    bool isInPlace = llvm::all_of(form.terms, [](const LowRankTerm &term) { return term.moves.empty(); });
    if (form.write)
      emit(*form.write);
    return FormAttr::get(scan.getContext(), nameOf(state), transition, isVarying,
                         decayed ? ReadKind::Decayed : ReadKind::Old, builder.getArrayAttr(contract),
                         isInPlace ? ArrayAttr() : builder.getArrayAttr(at), form.write.has_value(), StringAttr());
  }

  /// Where `term` reads its state, as the form spells it.
  DictionaryAttr placesOf(const LowRankTerm &term) {
    SmallVector<NamedAttribute> places;
    for (const StateMove &move : term.moves)
      places.push_back(builder.getNamedAttr(
          move.from, builder.getArrayAttr({move.to, builder.getI64IntegerAttr(move.steps)})));
    return builder.getDictionaryAttr(places);
  }

  /// Whether every term reads the state after its decay.
  static bool readsDecayed(const Coefficient &decay, ArrayRef<LowRankTerm> terms) {
    if (decay.isOne() || decay.scale == 0 || terms.empty())
      return false;
    return llvm::all_of(terms, [&](const LowRankTerm &term) {
      for (const StateMove &move : term.moves) // a decay over it would be another one there
        if (llvm::any_of(decay.factors, [&](Value factor) { return typeOf(factor).hasDim(move.from); }))
          return false;
      return decay.factors.empty() ? term.a.scale == decay.scale : term.a.contains(decay);
    });
  }

  /// `a` with the factors of `decay` taken out.
  static Coefficient without(Coefficient a, const Coefficient &decay) {
    for (Value factor : decay.factors)
      a.factors.erase(llvm::find(a.factors, factor));
    a.scale /= decay.scale;
    return a;
  }

  TransitionClass classOf(unsigned state, const Coefficient &decay, ArrayRef<LowRankTerm> terms) {
    bool isMoved = false;
    for (const LowRankTerm &term : terms)
      for (const StateMove &move : term.moves) {
        isMoved = true;
        if (move.from != move.to)
          return TransitionClass::Dense;
      }
    if (isMoved)
      return TransitionClass::Shift;
    if (decay.isOne())
      return TransitionClass::Identity;
    DimSet dims;
    for (Value factor : decay.factors)
      dims.insert(typeOf(factor).getDims().begin(), typeOf(factor).getDims().end());
    return StateShape(body, scan.getNumStates(), state).classify(dims);
  }

  bool varies(const Coefficient &decay) {
    return llvm::any_of(backwardSlice(decay.factors, terms), llvm::IsaPred<BlockArgument>);
  }

  static void explain(RecurrenceOp op, FormAttr form) {
    std::string state = form.getState().str(), decay = stringifyTransitionClass(form.getDecay()).str();
    if (!form.isAffine()) {
      StringRef what = form.getDecay() == TransitionClass::Coupled ? "' is coupled: " : "' is not affine: ";
      remarkMissed(op, stage::kNormalise, kPass, "form")
          << "state '" + state + what.str() + form.getWhy().str() << RemarkArg("State", state)
          << RemarkArg("Class", decay);
      return;
    }
    std::string sentence = "state '" + state + "' is affine: " + decay + (form.isTransition() ? " transition" : " decay");
    if (form.getVarying())
      sentence += " that varies from step to step";
    if (size_t terms = form.getContract().size())
      sentence += ", " + std::to_string(terms) + " low-rank term" + (terms > 1 ? "s" : "") + " of the " +
                  stringifyReadKind(form.getReads()).str() + " state";
    if (form.getWrite())
      sentence += ", a write";
    remarkAnalysis(op, stage::kNormalise, kPass, "form")
        << sentence << RemarkArg("State", state) << RemarkArg("Class", decay)
        << RemarkArg("Varying", form.getVarying()) << RemarkArg("Terms", form.getContract().size());
  }

  ScanOp scan;
  Block &body;
  OpBuilder builder;
  Block *terms;
  std::optional<AffineAnalysis> analysis;
  SmallVector<Attribute> forms;
  SmallVector<Value> yielded;
};

struct FindRecurrencePass : impl::FindRecurrencePassBase<FindRecurrencePass> {
  using FindRecurrencePassBase::FindRecurrencePassBase;
  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation().walk([&](ScanOp scan) {
      if (!scan.getRoutesAttr()) // several routes: unrolled first
        scans.push_back(scan);
    });
    for (ScanOp scan : scans)
      RecurrenceFinder(scan).run();
  }
};

} // namespace
} // namespace mixir::lowering
