// The algebra of affine forms: sums, products with state-free values,
// reductions, and choices by state-free conditions.
#include "lowering/AffineForm.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {

//===----------------------------------------------------------------------===//
// Coefficients
//===----------------------------------------------------------------------===//

bool Coefficient::contains(const Coefficient &other) const {
  SmallVector<Value> left(factors);
  for (Value factor : other.factors) {
    auto found = llvm::find(left, factor);
    if (found == left.end())
      return false;
    left.erase(found);
  }
  return true;
}

bool Coefficient::operator==(const Coefficient &other) const {
  return scale == other.scale && factors.size() == other.factors.size() && contains(other);
}

static Coefficient operator*(const Coefficient &a, const Coefficient &b) {
  Coefficient product = a;
  product.scale *= b.scale;
  product.factors.append(b.factors.begin(), b.factors.end());
  return product;
}

AffineForm AffineForm::notAffine(const Twine &why) {
  AffineForm form;
  form.why = why.str();
  return form;
}

AffineAnalysis::AffineAnalysis(Block &body, unsigned numStates, Block &terms, ArrayRef<DimAttr> header)
    : body(body), numStates(numStates), builder(body.getParentOp()->getContext()),
      build(builder, body.getParentOp()->getLoc(), header) {
  builder.setInsertionPointToEnd(&terms);
  for (auto [from, to] : llvm::zip(body.getArguments().drop_front(numStates), terms.getArguments()))
    copies.map(from, to);
  auto isFree = [&](Value v) { return v.getParentBlock() != &body || copies.contains(v); };
  for (Operation &op : body.without_terminator())
    if (llvm::all_of(op.getOperands(), isFree) && !isa<PrevOp>(op))
      builder.clone(op, copies);
}

Value AffineAnalysis::materialise(const Coefficient &c, Type element) {
  Value product;
  for (Value factor : c.factors) {
    factor = build.cast(factor, element);
    product = product ? build.mul(product, factor) : factor;
  }
  if (!product)
    return build.number(c.scale, element);
  if (c.scale == -1)
    return build.neg(product);
  return c.scale == 1 ? product : build.mul(product, build.number(c.scale, element));
}

SmallVector<StringAttr> AffineAnalysis::dimsOf(const Coefficient &c) const {
  llvm::SmallSetVector<StringAttr, 8> dims;
  for (Value factor : c.factors)
    dims.insert(typeOf(factor).getDims().begin(), typeOf(factor).getDims().end());
  return llvm::to_vector(dims);
}

SmallVector<StringAttr> AffineAnalysis::stateDims(unsigned state) const {
  return llvm::to_vector(typeOf(body.getArgument(state)).getDims());
}

/// The dimensions of the state under the names by which `term` reads it.
SmallVector<StringAttr> AffineAnalysis::readDims(const LowRankTerm &term) const {
  SmallVector<StringAttr> dims = stateDims(term.state);
  for (const StateMove &move : term.moves)
    std::replace(dims.begin(), dims.end(), move.from, move.to);
  return dims;
}

Coefficient AffineAnalysis::freeValue(Value value) {
  if (auto number = realConstant(value))
    return {*number, {}};
  return {1, {copies.lookupOrDefault(value)}};
}

Coefficient AffineAnalysis::add(const Coefficient &a, const Coefficient &b) {
  if (a.isZero() || b.isZero())
    return a.isZero() ? b : a;
  if (a.factors.size() == b.factors.size() && a.contains(b))
    return {a.scale + b.scale, a.factors};
  return {1, {build.add(materialise(a, element), materialise(b, element))}};
}

/// Members of `dims` that are in `list`, or that are not.
static SmallVector<StringAttr> filter(ArrayRef<StringAttr> dims, ArrayRef<StringAttr> list, bool in) {
  SmallVector<StringAttr> out;
  llvm::copy_if(dims, std::back_inserter(out), [&](StringAttr d) { return llvm::is_contained(list, d) == in; });
  return out;
}

Coefficient AffineAnalysis::sumOver(const Coefficient &c, ArrayRef<StringAttr> dims) {
  Coefficient outside{c.scale, {}}, inside;
  for (Value factor : c.factors) {
    bool constant = filter(dims, typeOf(factor).getDims(), true).empty();
    (constant ? outside : inside).factors.push_back(factor);
  }
  SmallVector<StringAttr> present = filter(dims, dimsOf(inside), true);
  if (!present.empty())
    outside.factors.push_back(build.reduce(ReduceKind::Sum, present, materialise(inside, element)));
  // A value that does not vary over a dimension is added up once per coordinate.
  for (StringAttr dim : filter(dims, present, false)) {
    Value extent = build.extent(dim, element);
    if (auto number = realConstant(extent))
      outside.scale *= *number;
    else
      outside.factors.push_back(extent);
  }
  return outside;
}

Coefficient AffineAnalysis::choose(Value condition, const std::optional<Coefficient> &a,
                                   const std::optional<Coefficient> &b) {
  bool noA = !a || a->isZero(), noB = !b || b->isZero();
  if (noA && noB)
    return {0, {}};
  if (a && b && *a == *b)
    return *a;
  auto value = [&](const std::optional<Coefficient> &c) {
    return c ? materialise(*c, element) : build.number(0, element);
  };
  Value onTrue = value(a), onFalse = value(b);
  return {1, {build.select(copies.lookupOrDefault(condition), onTrue, onFalse)}};
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

void AffineAnalysis::addTerm(AffineForm &form, const LowRankTerm &term) {
  for (LowRankTerm &other : form.terms)
    if (other.state == term.state && other.contract == term.contract && other.a == term.a &&
        other.moves == term.moves) {
      other.b = add(other.b, term.b);
      return;
    }
  form.terms.push_back(term);
}

AffineForm AffineAnalysis::sum(const AffineForm &f, const AffineForm &g) {
  AffineForm out = f;
  for (const auto &[state, decay] : g.decays) {
    auto [at, fresh] = out.decays.try_emplace(state, decay);
    if (!fresh)
      at->second = add(at->second, decay);
  }
  for (const LowRankTerm &term : g.terms)
    addTerm(out, term);
  if (g.write)
    out.write = out.write ? add(*out.write, *g.write) : *g.write;
  if (out.write && out.write->isZero())
    out.write.reset();
  return out;
}

AffineForm AffineAnalysis::scaled(AffineForm form, const Coefficient &by) {
  for (auto &[state, decay] : form.decays)
    decay = decay * by;
  for (LowRankTerm &term : form.terms)
    term.b = term.b * by;
  if (form.write)
    form.write = *form.write * by;
  return form;
}

/// Adds the sum of `term` over `dims` to `out`; false where it is not a low-rank term.
bool AffineAnalysis::sumTerm(const LowRankTerm &term, ArrayRef<StringAttr> dims, AffineForm &out) {
  LowRankTerm result = term;
  SmallVector<StringAttr> free = readDims(term);
  llvm::append_range(free, dimsOf(term.a));
  free = filter(free, term.contract, false); // the dimensions that the read varies over
  SmallVector<StringAttr> inRead = filter(dims, free, true);
  if (inRead.empty()) {
    result.b = sumOver(term.b, dims);
    addTerm(out, result);
    return true;
  }
  // The sum runs over the read: factors of b that vary with it move under the sum.
  Coefficient outside{term.b.scale, {}}, inside;
  for (Value factor : term.b.factors)
    (filter(dims, typeOf(factor).getDims(), true).empty() ? outside : inside).factors.push_back(factor);
  if (!filter(dimsOf(inside), term.contract, true).empty())
    return false; // the same name would mean two things
  SmallVector<StringAttr> joined = filter(dims, dimsOf(inside), true);
  for (StringAttr d : inRead)
    if (!llvm::is_contained(joined, d))
      joined.push_back(d);
  result.a = term.a * inside;
  llvm::append_range(result.contract, joined);
  result.b = sumOver(outside, filter(dims, joined, false));
  addTerm(out, result);
  return true;
}

AffineForm AffineAnalysis::summed(const AffineForm &form, ArrayRef<StringAttr> dims) {
  AffineForm out;
  for (const auto &[state, decay] : form.decays) {
    SmallVector<StringAttr> inState = filter(dims, stateDims(state), true);
    Coefficient rest = sumOver(decay, filter(dims, inState, false));
    if (inState.empty())
      out.decays[state] = rest;
    else
      addTerm(out, {state, inState, rest, Coefficient()});
  }
  for (const LowRankTerm &term : form.terms)
    if (!sumTerm(term, dims, out))
      return AffineForm::notAffine("a sum of a product of sums of the state");
  if (form.write)
    out.write = sumOver(*form.write, dims);
  return out;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

AffineForm AffineAnalysis::formOf(Value value) {
  bool outside = value.getParentBlock() != &body;
  if (outside || copies.contains(value)) {
    AffineForm form;
    Coefficient free = freeValue(value);
    if (!free.isZero())
      form.write = free;
    return form;
  }
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    AffineForm form;
    form.decays[arg.getArgNumber()] = Coefficient();
    return form;
  }
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  AffineForm form = analyse(value.getDefiningOp());
  return known[value] = form;
}

AffineForm AffineAnalysis::analyse(Operation *op) {
  for (Value operand : op->getOperands()) {
    AffineForm form = formOf(operand);
    if (!form.isAffine())
      return form;
  }
  element = elementOf(op->getResult(0));
  if (auto unary = dyn_cast<UnaryOp>(op))
    return ofUnary(unary);
  if (auto binary = dyn_cast<BinaryOp>(op))
    return ofBinary(binary);
  if (auto select = dyn_cast<SelectOp>(op))
    return ofSelect(select);
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return ofReduce(reduce);
  if (auto rename = dyn_cast<RenameOp>(op))
    return ofMove(rename.getInput(), {rename.getFromAttr(), rename.getToAttr()});
  if (auto shift = dyn_cast<ShiftOp>(op))
    return ofMove(shift.getInput(), {shift.getDimAttr(), shift.getDimAttr(), static_cast<int64_t>(shift.getSteps())});
  if (isa<CompareOp>(op))
    return AffineForm::notAffine("a comparison of the state");
  return AffineForm::notAffine(op->getName().stripDialect() + " of the state");
}

AffineForm AffineAnalysis::ofUnary(UnaryOp op) {
  if (op.getKind() == UnaryKind::Neg)
    return scaled(formOf(op.getInput()), {-1, {}});
  return AffineForm::notAffine(stringifyUnaryKind(op.getKind()) + " of the state");
}

AffineForm AffineAnalysis::ofBinary(BinaryOp op) {
  AffineForm a = formOf(op.getLhs()), b = formOf(op.getRhs());
  switch (op.getKind()) {
  case BinaryKind::Add:
    return sum(a, b);
  case BinaryKind::Sub:
    return sum(a, scaled(b, {-1, {}}));
  case BinaryKind::Mul:
    if (!b.dependsOnState())
      return scaled(a, freeValue(op.getRhs()));
    if (!a.dependsOnState())
      return scaled(b, freeValue(op.getLhs()));
    return AffineForm::notAffine("product of two values of the state");
  case BinaryKind::Div: {
    if (b.dependsOnState())
      return AffineForm::notAffine("division by the state");
    Value divisor = copies.lookupOrDefault(op.getRhs());
    Value &reciprocal = reciprocals[divisor];
    if (!reciprocal)
      reciprocal = build.div(build.numberLike(1, divisor), divisor);
    return scaled(a, {1, {reciprocal}});
  }
  default:
    return AffineForm::notAffine(stringifyBinaryKind(op.getKind()) + " of the state");
  }
}

AffineForm AffineAnalysis::ofSelect(SelectOp op) {
  if (formOf(op.getCondition()).dependsOnState())
    return AffineForm::notAffine("a choice by the state");
  AffineForm a = formOf(op.getOnTrue()), b = formOf(op.getOnFalse()), out;
  Value condition = op.getCondition();
  auto entry = [](const AffineForm &form, unsigned state) -> std::optional<Coefficient> {
    auto found = form.decays.find(state);
    return found == form.decays.end() ? std::nullopt : std::optional(found->second);
  };
  for (unsigned state = 0; state < numStates; ++state)
    if (entry(a, state) || entry(b, state))
      out.decays[state] = choose(condition, entry(a, state), entry(b, state));
  for (const LowRankTerm &term : a.terms)
    addTerm(out, {term.state, term.contract, term.a, choose(condition, term.b, std::nullopt), term.moves});
  for (const LowRankTerm &term : b.terms)
    addTerm(out, {term.state, term.contract, term.a, choose(condition, std::nullopt, term.b), term.moves});
  if (a.write || b.write)
    out.write = choose(condition, a.write, b.write);
  if (out.write && out.write->isZero())
    out.write.reset();
  return out;
}

/// One where the moved coordinate lies in the dimension, else zero.
Value AffineAnalysis::inside(const StateMove &move) {
  Type i32 = builder.getI32Type();
  auto type = NdType::get(builder.getContext(), ArrayRef<StringAttr>(move.to), i32);
  Value index = IndexOp::create(builder, build.loc, type, move.to);
  Value least = build.number(static_cast<double>(std::max<int64_t>(move.steps, 0)), i32);
  Value condition = build.compare(CompareKind::Ge, index, least);
  if (move.steps < 0) {
    Value last = build.add(build.extent(move.to, i32), build.number(static_cast<double>(move.steps), i32));
    condition = build.compare(CompareKind::Lt, index, last);
  }
  return build.select(condition, build.number(1, element), build.number(0, element));
}

Coefficient AffineAnalysis::moved(const Coefficient &c, const StateMove &move, bool isWide) {
  Coefficient out{c.scale, {}};
  bool varies = false;
  for (Value factor : c.factors) {
    NdType type = typeOf(factor);
    if (!type.hasDim(move.from)) {
      out.factors.push_back(factor);
      continue;
    }
    varies = true;
    if (move.steps) {
      out.factors.push_back(ShiftOp::create(builder, build.loc, type, move.from, builder.getI64IntegerAttr(move.steps), factor));
      continue;
    }
    SmallVector<StringAttr> dims(type.getDims());
    std::replace(dims.begin(), dims.end(), move.from, move.to);
    out.factors.push_back(RenameOp::create(builder, build.loc, type.withDims(dims), move.from, move.to, factor));
  }
  // What is the same along a dimension ends at its border all the same.
  if (isWide && move.steps && !varies && !c.isZero())
    out.factors.push_back(inside(move));
  return out;
}

/// Adds `term` at other coordinates to `out`; false where it is no low-rank term any more.
bool AffineAnalysis::moveTerm(LowRankTerm term, const StateMove &move, bool isWide, AffineForm &out) {
  bool isBound = llvm::is_contained(term.contract, move.from);
  bool readHas = !isBound && llvm::is_contained(readDims(term), move.from);
  bool aHas = !isBound && llvm::is_contained(dimsOf(term.a), move.from);
  if (readHas || aHas) {
    if (llvm::is_contained(term.contract, move.to) && move.to != move.from)
      return false; // the same name would mean two things
    term.a = moved(term.a, move, false);
  }
  if (readHas) {
    auto known = llvm::find_if(term.moves, [&](const StateMove &m) { return m.to == move.from; });
    if (known == term.moves.end()) {
      term.moves.push_back(move);
    } else {
      if (known->steps * move.steps < 0)
        return false; // what has left at one border does not come back
      known->to = move.to;
      known->steps += move.steps;
    }
  }
  term.b = moved(term.b, move, isWide && !readHas && !aHas);
  addTerm(out, term);
  return true;
}

/// The form of `input` at other coordinates.
AffineForm AffineAnalysis::ofMove(Value input, const StateMove &move) {
  AffineForm form = formOf(input), out;
  for (const auto &[state, decay] : form.decays) {
    if (!llvm::is_contained(stateDims(state), move.from))
      out.decays[state] = moved(decay, move, true);
    else if (!moveTerm({state, {}, decay, Coefficient()}, move, true, out))
      return AffineForm::notAffine("a rename of the state");
  }
  for (const LowRankTerm &term : form.terms)
    if (!moveTerm(term, move, true, out))
      return AffineForm::notAffine("the state is read at coordinates of a sum or moved to and fro");
  if (form.write)
    out.write = moved(*form.write, move, true);
  return out;
}

AffineForm AffineAnalysis::ofReduce(ReduceOp op) {
  if (op.getKind() != ReduceKind::Sum)
    return AffineForm::notAffine(stringifyReduceKind(op.getKind()) + " of the state");
  SmallVector<StringAttr> dims(op.getDims().getAsRange<StringAttr>());
  return summed(formOf(op.getInput()), dims);
}

} // namespace mixir::lowering
