// One table from operation name to a small emitting function.
#include "codegen/halide/Scalar.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using Halide::Expr;

namespace mixir::codegen {

namespace {

using Emit = Expr (*)(Operation *, Scope &);

Expr operand(Operation *op, unsigned i, Scope &scope) { return emitScalar(op->getOperand(i), scope); }

template <Expr (*F)(Expr)>
Expr unary(Operation *op, Scope &s) {
  return F(operand(op, 0, s));
}
template <Expr (*F)(Expr, MathMode)>
Expr unaryMode(Operation *op, Scope &s) {
  return F(operand(op, 0, s), s.math);
}
template <Expr (*F)(Expr, Expr)>
Expr binary(Operation *op, Scope &s) {
  return F(operand(op, 0, s), operand(op, 1, s));
}

Expr add(Expr a, Expr b) { return a + b; }
Expr sub(Expr a, Expr b) { return a - b; }
Expr mul(Expr a, Expr b) { return a * b; }
Expr div(Expr a, Expr b) { return a / b; }
Expr neg(Expr a) { return -a; }
Expr absolute(Expr a) { return Halide::abs(a); }
Expr squareRoot(Expr a) { return Halide::sqrt(a); }
Expr inverseRoot(Expr a) { return 1.0f / Halide::sqrt(a); }
Expr bothTrue(Expr a, Expr b) { return a && b; }
Expr anyTrue(Expr a, Expr b) { return a || b; }
Expr placeIn(Expr a, Expr b) { return a % b; }
/// With the sign of a, as arith asks; Halide's % is never negative.
Expr remainder(Expr a, Expr b) {
  Expr r = a % b;
  return Halide::select(a < 0 && r != 0, r - Halide::cast<int32_t>(Halide::abs(b)), r);
}
Expr toFloat(Expr a) { return Halide::cast<float>(a); }
/// min and max that keep a NaN of either side, as the language asks.
/// With a constant on the right only the left one can be; then it is one instruction.
Expr minimum(Expr a, Expr b) {
  if (Halide::Internal::is_const(b))
    return Halide::strict_float(Halide::select(a > b, b, a));
  return Halide::strict_float(Halide::select(a < b || Halide::is_nan(a), a, b));
}
Expr maximum(Expr a, Expr b) {
  if (Halide::Internal::is_const(b))
    return Halide::strict_float(Halide::select(a < b, b, a));
  return Halide::strict_float(Halide::select(a > b || Halide::is_nan(a), a, b));
}
Expr minInt(Expr a, Expr b) { return Halide::min(a, b); }
Expr maxInt(Expr a, Expr b) { return Halide::max(a, b); }

constexpr float kLog2E = 1.44269504088896341f;

/// Roughly how many operations in a row precede the value within a step.
int depth(Value value, Scope &s) {
  Operation *op = value.getDefiningOp();
  if (!op || isa<kernel::LoadOp>(op))
    return 0;
  if (auto known = s.depths.find(value); known != s.depths.end())
    return known->second;
  // A state and an accumulator are what has just been written.
  int own = isa<math::ExpOp, math::Exp2Op>(op) ? 8 : 1, before = 0;
  for (Value operand : op->getOperands())
    before = std::max(before, depth(operand, s));
  return s.depths[value] = before + own;
}

/// Of two products that are added the later one goes into the multiply-add: the other is made while it is awaited.
Expr emitAddF(Operation *op, Scope &s) {
  auto product = [&](unsigned i) {
    auto mul = op->getOperand(i).getDefiningOp<arith::MulFOp>();
    return mul && mul->hasOneUse() ? mul : arith::MulFOp();
  };
  arith::MulFOp first = product(0), second = product(1);
  if (!first || !second)
    return operand(op, 0, s) + operand(op, 1, s);
  if (depth(first, s) < depth(second, s))
    std::swap(first, second);
  return numeric::fma(operand(first, 0, s), operand(first, 1, s), emitScalar(second, s));
}

Expr emitPow(Operation *op, Scope &s) {
  // x ** y = 2^(y log2 x); folding has made products of the common exponents.
  Expr x = operand(op, 0, s), y = operand(op, 1, s);
  return Halide::select(y == 0.0f, 1.0f, numeric::exp2(numeric::log(x) * y * kLog2E, s.math));
}

Expr emitLog1p(Operation *op, Scope &s) {
  Operation *inner = op->getOperand(0).getDefiningOp();
  if (inner && isa<math::ExpOp>(inner))
    return numeric::log1pExp2(operand(inner, 0, s) * kLog2E, s.math);
  if (inner && isa<math::Exp2Op>(inner))
    return numeric::log1pExp2(operand(inner, 0, s), s.math);
  return numeric::log1p(operand(op, 0, s));
}

/// x of `select(x > c, x, log1p(exp2(min(x, c) log2 e)))`, a softplus that guards against overflow:
/// where c is large enough, log(1 + e^x) rounds to x by itself.
Value guardedSoftplus(Operation *select) {
  constexpr float kRoundsToX = 17.0f;
  Value x = select->getOperand(1);
  auto isLarge = [&](Value c) {
    FloatAttr value;
    return matchPattern(c, m_Constant(&value)) && value.getValueAsDouble() >= kRoundsToX;
  };
  auto above = select->getOperand(0).getDefiningOp<arith::CmpFOp>();
  auto log = select->getOperand(2).getDefiningOp<math::Log1pOp>();
  auto exp = log ? log.getOperand().getDefiningOp<math::Exp2Op>() : math::Exp2Op();
  auto scaled = exp ? exp.getOperand().getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  auto least = scaled ? scaled.getLhs().getDefiningOp<arith::MinimumFOp>() : arith::MinimumFOp();
  FloatAttr factor;
  bool matches = above && least && above.getPredicate() == arith::CmpFPredicate::OGT && above.getLhs() == x &&
                 least.getLhs() == x && isLarge(above.getRhs()) && isLarge(least.getRhs()) &&
                 matchPattern(scaled.getRhs(), m_Constant(&factor)) &&
                 static_cast<float>(factor.getValueAsDouble()) == kLog2E;
  return matches ? x : Value();
}

Expr emitConstant(Operation *op, Scope &) {
  Attribute value = cast<arith::ConstantOp>(op).getValue();
  if (auto f = dyn_cast<FloatAttr>(value))
    return Expr(static_cast<float>(f.getValueAsDouble()));
  auto i = cast<IntegerAttr>(value);
  if (i.getType().isInteger(1))
    return i.getValue().isZero() ? Halide::Internal::const_false() : Halide::Internal::const_true();
  return Expr(static_cast<int32_t>(i.getInt()));
}

Expr emitSelect(Operation *op, Scope &s) {
  if (Value x = guardedSoftplus(op))
    return numeric::log1pExp2(emitScalar(x, s) * kLog2E, s.math);
  Expr c = operand(op, 0, s), a = operand(op, 1, s), b = operand(op, 2, s);
  return a.type().is_float() ? Halide::strict_float(Halide::select(c, a, b)) : Halide::select(c, a, b);
}

Expr emitBitcast(Operation *op, Scope &s) {
  return Halide::reinterpret(op->getResult(0).getType().isF32() ? Halide::Float(32) : Halide::Int(32), operand(op, 0, s));
}

Expr emitNot(Operation *op, Scope &s) { return !operand(op, 0, s); }

Expr compare(int kind, Expr a, Expr b) {
  switch (kind) {
  case 0: return a < b;
  case 1: return a <= b;
  case 2: return a > b;
  case 3: return a >= b;
  case 4: return a == b;
  default: return a != b;
  }
}

Expr emitCmpF(Operation *op, Scope &s) {
  static const llvm::DenseMap<int, int> kinds = {
      {static_cast<int>(arith::CmpFPredicate::OLT), 0}, {static_cast<int>(arith::CmpFPredicate::OLE), 1},
      {static_cast<int>(arith::CmpFPredicate::OGT), 2}, {static_cast<int>(arith::CmpFPredicate::OGE), 3},
      {static_cast<int>(arith::CmpFPredicate::OEQ), 4}, {static_cast<int>(arith::CmpFPredicate::UNE), 5}};
  int kind = kinds.lookup(static_cast<int>(cast<arith::CmpFOp>(op).getPredicate()));
  return compare(kind, operand(op, 0, s), operand(op, 1, s));
}

Expr emitCmpI(Operation *op, Scope &s) {
  static const llvm::DenseMap<int, int> kinds = {
      {static_cast<int>(arith::CmpIPredicate::slt), 0}, {static_cast<int>(arith::CmpIPredicate::sle), 1},
      {static_cast<int>(arith::CmpIPredicate::sgt), 2}, {static_cast<int>(arith::CmpIPredicate::sge), 3},
      {static_cast<int>(arith::CmpIPredicate::eq), 4}, {static_cast<int>(arith::CmpIPredicate::ne), 5}};
  int kind = kinds.lookup(static_cast<int>(cast<arith::CmpIOp>(op).getPredicate()));
  return compare(kind, operand(op, 0, s), operand(op, 1, s));
}

Expr emitLoad(Operation *op, Scope &s) { return s.load(cast<kernel::LoadOp>(op), s); }
Expr emitState(Operation *op, Scope &s) { return s.state(cast<kernel::StateOp>(op), s); }
Expr emitAcc(Operation *op, Scope &s) { return s.acc(cast<kernel::AccOp>(op), s); }
Expr emitIndex(Operation *op, Scope &s) { return s.index(cast<kernel::IndexOp>(op).getDim(), s); }
Expr emitSize(Operation *op, Scope &s) { return s.size(cast<kernel::SizeOp>(op).getDim()); }

/// `1 / (1 + exp(-x))` arrives as its parts; division keeps it exact enough.
const llvm::StringMap<Emit> &table() {
  static const llvm::StringMap<Emit> t = {
      {"arith.addf", emitAddF},            {"arith.subf", binary<sub>},
      {"arith.mulf", binary<mul>},         {"arith.divf", binary<div>},
      {"arith.negf", unary<neg>},          {"arith.minimumf", binary<minimum>},
      {"arith.maximumf", binary<maximum>}, {"arith.addi", binary<add>},
      {"arith.subi", binary<sub>},         {"arith.muli", binary<mul>},
      {"arith.minsi", binary<minInt>},     {"arith.maxsi", binary<maxInt>},
      {"arith.andi", binary<bothTrue>},    {"arith.ori", binary<anyTrue>},
      {"arith.xori", emitNot},             {"arith.sitofp", unary<toFloat>},
      {"arith.bitcast", emitBitcast},      {"arith.select", emitSelect},        {"arith.cmpf", emitCmpF},
      {"arith.cmpi", emitCmpI},            {"arith.constant", emitConstant},
      {"math.exp", unaryMode<numeric::exp>},        {"math.exp2", unaryMode<numeric::exp2>},
      {"math.log", unary<numeric::log>},            {"math.log1p", emitLog1p},
      {"math.sqrt", unary<squareRoot>},    {"math.rsqrt", unary<inverseRoot>},
      {"math.absf", unary<absolute>},      {"math.absi", unary<absolute>},
      {"math.sin", unary<numeric::sin>},            {"math.cos", unary<numeric::cos>},
      {"math.tanh", unaryMode<numeric::tanh>},      {"math.floor", unary<numeric::floor>},
      {"math.erf", unaryMode<numeric::erf>},        {"arith.remsi", binary<remainder>},
      {"arith.divui", binary<div>},        {"arith.divsi", binary<div>}, // of what is divided without a rest
             {"arith.remui", binary<placeIn>}, // of coordinates, which are not negative
      {"math.powf", emitPow},              {"kernel.load", emitLoad},
      {"kernel.state", emitState},         {"kernel.acc", emitAcc},
      {"kernel.index", emitIndex},         {"kernel.size", emitSize}};
  return t;
}

} // namespace

bool canEmitScalar(Operation *op) { return table().count(op->getName().getStringRef()); }

Expr emitScalar(Value value, Scope &scope) {
  auto known = scope.done.find(value);
  if (known != scope.done.end())
    return known->second;
  Operation *op = value.getDefiningOp();
  Expr e = table().lookup(op->getName().getStringRef())(op, scope);
  scope.done[value] = e;
  return e;
}

} // namespace mixir::codegen
