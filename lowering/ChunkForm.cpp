// A recurrence taken apart into decay, reads and rank-1 writes; whether chunks can be made of it.
//
// Source of the algebra: the one recurrence behind gated linear attention, state space duality and
// delta rules, as fla-org/flash-linear-attention's chunk kernels compute it.
#include "lowering/ChunkForm.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {

namespace {

bool hasAny(Value value, ArrayRef<StringAttr> dims) {
  return llvm::any_of(dims, [&](StringAttr d) { return typeOf(value).hasDim(d); });
}

/// Flattens products: the factors of `value` go into `out`.
void addFactors(Value value, Coefficient &out) {
  if (auto constant = realConstant(value)) {
    out.scale *= *constant;
    return;
  }
  if (auto unary = value.getDefiningOp<UnaryOp>(); unary && unary.getKind() == UnaryKind::Neg) {
    out.scale = -out.scale;
    return addFactors(unary.getInput(), out);
  }
  if (auto binary = value.getDefiningOp<BinaryOp>(); binary && binary.getKind() == BinaryKind::Mul) {
    addFactors(binary.getLhs(), out);
    return addFactors(binary.getRhs(), out);
  }
  out.factors.push_back(value);
}

Coefficient flat(const Coefficient &coefficient) {
  Coefficient out{coefficient.scale, {}};
  for (Value factor : coefficient.factors)
    addFactors(factor, out);
  return out;
}

/// The products that a sum is made of.
void addProducts(const Coefficient &coefficient, SmallVectorImpl<Coefficient> &out) {
  Coefficient product = flat(coefficient);
  for (auto [i, factor] : llvm::enumerate(product.factors)) {
    auto sum = factor.getDefiningOp<BinaryOp>();
    if (!sum || (sum.getKind() != BinaryKind::Add && sum.getKind() != BinaryKind::Sub))
      continue;
    for (auto [operand, sign] : {std::make_pair(sum.getLhs(), 1.0),
                                 std::make_pair(sum.getRhs(), sum.getKind() == BinaryKind::Add ? 1.0 : -1.0)}) {
      Coefficient part = product;
      part.scale *= sign;
      part.factors[i] = operand;
      addProducts(part, out);
    }
    return;
  }
  out.push_back(product);
}

} // namespace

ChunkForm::ChunkForm(RecurrenceOp recurrence)
    : recurrence(recurrence), step([&] {
        auto *block = new Block();
        for (Value in : recurrence.getIns())
          block->addArgument(typeOf(in).dropDim(recurrence.getDim()), in.getLoc());
        return block;
      }()),
      analysis(recurrence.getBody().front(), recurrence.getNumStates(), *step, getDims(recurrence)) {
  find();
}

ChunkForm::~ChunkForm() {
  step->dropAllReferences();
  delete step;
}

bool ChunkForm::refuse(const Twine &reason) {
  why = reason.str();
  return false;
}

Value ChunkForm::valueOf(const Coefficient &coefficient) {
  return coefficient.isOne() ? Value()
                             : analysis.materialise(coefficient, elementOf(recurrence.getBody().front().getArgument(0)));
}

bool ChunkForm::decayIsVector() const { return decay && hasAny(decay, contract); }

bool ChunkForm::find() {
  if (recurrence.getNumStates() != 1)
    return refuse("it has several states that depend on each other");
  if (typeOf(recurrence.getBody().front().getArgument(0)).isComplex())
    return refuse("its state is complex");
  if (!findState())
    return false;
  for (unsigned i = 0; i < recurrence.getNumStepValues(); ++i)
    if (!recurrence.getResult(i).use_empty() && !findOutput(i))
      return false;
  if (contract.empty())
    return refuse("nothing sums over the state");
  auto yield = cast<YieldOp>(recurrence.getBody().front().getTerminator());
  AffineForm form = analysis.formOf(yield.getValues()[0]);
  if (form.write && !findWrites(*form.write))
    return false;
  return findFree();
}

bool ChunkForm::takeContract(const LowRankTerm &term) {
  if (!term.moves.empty())
    return refuse("the state is read at other coordinates");
  if (contract.empty())
    contract = term.contract;
  llvm::SmallDenseSet<StringAttr> mine(contract.begin(), contract.end()), others(term.contract.begin(), term.contract.end());
  if (mine != others)
    return refuse("its reads sum over different dimensions");
  return true;
}

/// The number of the read that `term` makes, a new one or one that is there.
std::optional<unsigned> ChunkForm::readOf(const LowRankTerm &term) {
  if (!takeContract(term))
    return std::nullopt;
  for (auto [i, seen] : llvm::enumerate(seenReads))
    if (seen.a == term.a)
      return i;
  seenReads.push_back(term);
  reads.push_back({valueOf(term.a)});
  return seenReads.size() - 1;
}

bool ChunkForm::findState() {
  auto yield = cast<YieldOp>(recurrence.getBody().front().getTerminator());
  AffineForm form = analysis.formOf(yield.getValues()[0]);
  if (!form.isAffine())
    return refuse(form.why);
  auto found = form.decays.find(0);
  if (found == form.decays.end())
    return refuse("its state does not depend on the one before");
  decay = valueOf(found->second);
  for (const LowRankTerm &term : form.terms) {
    std::optional<unsigned> read = readOf(term);
    if (!read)
      return false;
    Value key = valueOf(term.b);
    if (*read < fedKeys.size())
      return refuse("it reads its state twice in the same way");
    fedKeys.push_back(key);
  }
  numFed = fedKeys.size();
  return true;
}

bool ChunkForm::findOutput(unsigned result) {
  auto yield = cast<YieldOp>(recurrence.getBody().front().getTerminator());
  AffineForm form = analysis.formOf(yield.getValues()[1 + result]);
  if (!form.isAffine())
    return refuse("a value of the step is not affine: " + form.why);
  if (!form.decays.empty())
    return refuse("a value of the step is the state itself");
  ChunkOutput output{result, {}, form.write ? valueOf(*form.write) : Value()};
  if (form.write && !output.rest) // the constant one
    output.rest = analysis.materialise(*form.write, elementOf(yield.getValues()[1 + result]));
  for (const LowRankTerm &term : form.terms) {
    std::optional<unsigned> read = readOf(term);
    if (!read)
      return false;
    output.reads.push_back({valueOf(term.b), *read});
  }
  outputs.push_back(output);
  return true;
}

bool ChunkForm::findWrites(const Coefficient &write) {
  SmallVector<Coefficient> products;
  addProducts(write, products);
  return llvm::all_of(products, [&](const Coefficient &p) { return addProduct(p); });
}

bool ChunkForm::addProduct(const Coefficient &product) {
  Coefficient key, value{product.scale, {}};
  for (Value factor : product.factors)
    (hasAny(factor, contract) ? key : value).factors.push_back(factor);
  writes.push_back({valueOf(key), valueOf(value)});
  return true;
}

bool ChunkForm::findFree() {
  llvm::SmallDenseSet<StringAttr> taken(contract.begin(), contract.end());
  auto take = [&](Value value) {
    if (value)
      taken.insert(typeOf(value).getDims().begin(), typeOf(value).getDims().end());
  };
  take(decay);
  for (const ChunkRead &read : reads)
    take(read.query);
  for (Value key : fedKeys)
    take(key);
  for (const ChunkWrite &write : writes)
    take(write.key);
  for (StringAttr d : typeOf(recurrence.getBody().front().getArgument(0)).getDims())
    if (!taken.contains(d))
      free.push_back(d);
  if (free.empty())
    return refuse("what it is multiplied with varies over every dimension of the state that is not summed");
  return true;
}

Verdict judgeChunks(RecurrenceOp recurrence, const ExpectedExtents &extents) {
  ChunkForm form(recurrence);
  if (!form.why.empty())
    return {false, false, form.why};
  return {true, false, "one step after the other takes no more multiplications, and keeps its state near"};
}

} // namespace mixir::lowering
