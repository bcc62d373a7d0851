// Tables from the kinds of the mixer dialect to builders of scalar operations.
#include "lowering/plan/Scalars.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace mixir::lowering {

namespace {

using Build = Value (*)(OpBuilder &, Location, ValueRange);

template <typename OpT>
Value make(OpBuilder &b, Location loc, ValueRange v) {
  return OpT::create(b, loc, v[0].getType(), v).getResult();
}

Value makeNot(OpBuilder &b, Location loc, ValueRange v) {
  return arith::XOrIOp::create(b, loc, v[0], buildNumber(b, loc, v[0].getType(), 1));
}

Value makeNegInt(OpBuilder &b, Location loc, ValueRange v) {
  return arith::SubIOp::create(b, loc, buildNumber(b, loc, v[0].getType(), 0), v[0]);
}

/// 1 / (1 + 2^(-x log2 e))
Value makeSigmoid(OpBuilder &b, Location loc, ValueRange v) {
  Type f32 = v[0].getType();
  Value scaled = arith::MulFOp::create(b, loc, v[0], buildNumber(b, loc, f32, -1.4426950408889634));
  Value one = buildNumber(b, loc, f32, 1);
  Value sum = arith::AddFOp::create(b, loc, one, math::Exp2Op::create(b, loc, scaled));
  return arith::DivFOp::create(b, loc, one, sum);
}

/// The divisor, or 1 where it is not positive.
Value positive(OpBuilder &b, Location loc, Value divisor) {
  APInt known;
  if (matchPattern(divisor, m_ConstantInt(&known)) && known.isStrictlyPositive())
    return divisor;
  return arith::MaxSIOp::create(b, loc, divisor, buildNumber(b, loc, divisor.getType(), 1));
}

/// What is left of dividing by b, from 0 to b - 1; 0 where b is not positive.
Value makeMod(OpBuilder &b, Location loc, ValueRange v) {
  Type i32 = v[0].getType();
  Value divisor = positive(b, loc, v[1]), zero = buildNumber(b, loc, i32, 0);
  Value rest = arith::RemSIOp::create(b, loc, v[0], divisor);
  Value isNegative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, rest, zero);
  return arith::SelectOp::create(b, loc, isNegative, arith::AddIOp::create(b, loc, rest, divisor), rest);
}

/// a / b rounded down; 0 where b is not positive.
Value makeQuot(OpBuilder &b, Location loc, ValueRange v) {
  Value divisor = positive(b, loc, v[1]);
  Value whole = arith::SubIOp::create(b, loc, v[0], makeMod(b, loc, v)); // which b divides
  Value quotient = arith::DivSIOp::create(b, loc, whole, divisor);
  if (divisor == v[1])
    return quotient;
  Value zero = buildNumber(b, loc, divisor.getType(), 0);
  Value isPositive = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, v[1], zero);
  return arith::SelectOp::create(b, loc, isPositive, quotient, zero);
}

Build unaryBuilder(mixer::UnaryKind kind, bool integer) {
  switch (kind) {
  case mixer::UnaryKind::Neg: return integer ? makeNegInt : make<arith::NegFOp>;
  case mixer::UnaryKind::Abs: return integer ? make<math::AbsIOp> : make<math::AbsFOp>;
  case mixer::UnaryKind::Exp: return make<math::ExpOp>;
  case mixer::UnaryKind::Exp2: return make<math::Exp2Op>;
  case mixer::UnaryKind::Log: return make<math::LogOp>;
  case mixer::UnaryKind::Log1p: return make<math::Log1pOp>;
  case mixer::UnaryKind::Sqrt: return make<math::SqrtOp>;
  case mixer::UnaryKind::Rsqrt: return make<math::RsqrtOp>;
  case mixer::UnaryKind::Sin: return make<math::SinOp>;
  case mixer::UnaryKind::Cos: return make<math::CosOp>;
  case mixer::UnaryKind::Tanh: return make<math::TanhOp>;
  case mixer::UnaryKind::Floor: return make<math::FloorOp>;
  case mixer::UnaryKind::Erf: return make<math::ErfOp>;
  case mixer::UnaryKind::Sigmoid: return makeSigmoid;
  case mixer::UnaryKind::Not: return makeNot;
  default: return nullptr; // re, im, conj: expanded before planning
  }
}

Build binaryBuilder(mixer::BinaryKind kind, bool integer) {
  switch (kind) {
  case mixer::BinaryKind::Add: return integer ? make<arith::AddIOp> : make<arith::AddFOp>;
  case mixer::BinaryKind::Sub: return integer ? make<arith::SubIOp> : make<arith::SubFOp>;
  case mixer::BinaryKind::Mul: return integer ? make<arith::MulIOp> : make<arith::MulFOp>;
  case mixer::BinaryKind::Div: return make<arith::DivFOp>;
  case mixer::BinaryKind::Pow: return make<math::PowFOp>;
  case mixer::BinaryKind::Min: return integer ? make<arith::MinSIOp> : make<arith::MinimumFOp>;
  case mixer::BinaryKind::Max: return integer ? make<arith::MaxSIOp> : make<arith::MaximumFOp>;
  case mixer::BinaryKind::And: return make<arith::AndIOp>;
  case mixer::BinaryKind::Or: return make<arith::OrIOp>;
  case mixer::BinaryKind::Mod: return makeMod;
  case mixer::BinaryKind::Quot: return makeQuot;
  }
  return nullptr;
}

Value buildCompare(OpBuilder &b, mixer::CompareOp op, ValueRange v) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  static const F floats[] = {F::OLT, F::OLE, F::OGT, F::OGE, F::OEQ, F::UNE};
  static const I ints[] = {I::slt, I::sle, I::sgt, I::sge, I::eq, I::ne};
  int k = static_cast<int>(op.getKind());
  if (v[0].getType().isF32())
    return arith::CmpFOp::create(b, op.getLoc(), floats[k], v[0], v[1]);
  return arith::CmpIOp::create(b, op.getLoc(), ints[k], v[0], v[1]);
}

} // namespace

Value buildNumber(OpBuilder &builder, Location loc, Type type, double value) {
  if (type.isF32())
    return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(static_cast<float>(value)));
  return arith::ConstantOp::create(builder, loc, builder.getIntegerAttr(type, static_cast<int64_t>(value)));
}

Value buildScalar(OpBuilder &builder, Operation *op, ValueRange v) {
  bool integer = !v.empty() && !v[0].getType().isF32();
  if (auto unary = dyn_cast<mixer::UnaryOp>(op))
    return unaryBuilder(unary.getKind(), integer)(builder, op->getLoc(), v);
  if (auto binary = dyn_cast<mixer::BinaryOp>(op))
    return binaryBuilder(binary.getKind(), integer)(builder, op->getLoc(), v);
  if (auto compare = dyn_cast<mixer::CompareOp>(op))
    return buildCompare(builder, compare, v);
  if (isa<mixer::SelectOp>(op))
    return arith::SelectOp::create(builder, op->getLoc(), v[0], v[1], v[2]);
  return arith::SIToFPOp::create(builder, op->getLoc(), builder.getF32Type(), v[0]); // cast
}

} // namespace mixir::lowering
