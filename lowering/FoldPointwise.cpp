// Constants folded and identities removed, everywhere: kernels hold only the
// work that depends on data.
#include "lowering/Build.h"
#include "lowering/Passes.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>
#include <complex>

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_FOLDPOINTWISEPASS
#include "lowering/Passes.h.inc"

namespace {

using Number = std::complex<double>;

/// The number behind `value`, real or complex, if it is a constant.
std::optional<Number> numberOf(Value value) {
  auto op = value.getDefiningOp<ConstantOp>();
  if (!op)
    return std::nullopt;
  return Number(op.getValue().convertToDouble(), op.getIm().convertToDouble());
}

/// `kind` of a real number, or nothing where the function is not worth folding.
std::optional<double> evaluate(UnaryKind kind, double x) {
  switch (kind) {
  case UnaryKind::Neg: return -x;
  case UnaryKind::Exp: return std::exp(x);
  case UnaryKind::Log: return std::log(x);
  case UnaryKind::Log1p: return std::log1p(x);
  case UnaryKind::Sqrt: return std::sqrt(x);
  case UnaryKind::Rsqrt: return 1.0 / std::sqrt(x);
  case UnaryKind::Abs: return std::fabs(x);
  case UnaryKind::Sin: return std::sin(x);
  case UnaryKind::Cos: return std::cos(x);
  case UnaryKind::Tanh: return std::tanh(x);
  case UnaryKind::Sigmoid: return 1.0 / (1.0 + std::exp(-x));
  case UnaryKind::Floor: return std::floor(x);
  case UnaryKind::Not: return x == 0.0;
  case UnaryKind::Exp2: return std::exp2(x);
  case UnaryKind::Erf: return std::erf(x);
  default: return std::nullopt;
  }
}

/// `kind` of a complex number; functions to the reals leave no imaginary part.
std::optional<Number> evaluate(UnaryKind kind, Number x) {
  switch (kind) {
  case UnaryKind::Neg: return -x;
  case UnaryKind::Exp: return std::exp(x);
  case UnaryKind::Conj: return std::conj(x);
  case UnaryKind::Re: return x.real();
  case UnaryKind::Im: return x.imag();
  case UnaryKind::Abs: return std::abs(x);
  default: return std::nullopt;
  }
}

std::optional<double> evaluate(BinaryKind kind, double a, double b) {
  switch (kind) {
  case BinaryKind::Add: return a + b;
  case BinaryKind::Sub: return a - b;
  case BinaryKind::Mul: return a * b;
  case BinaryKind::Div: return a / b;
  case BinaryKind::Pow: return std::pow(a, b);
  case BinaryKind::Mod: return b > 0 ? a - b * std::floor(a / b) : 0.0;
  case BinaryKind::Quot: return b > 0 ? std::floor(a / b) : 0.0;
  case BinaryKind::Min: return std::isnan(a) || std::isnan(b) ? NAN : std::fmin(a, b);
  case BinaryKind::Max: return std::isnan(a) || std::isnan(b) ? NAN : std::fmax(a, b);
  case BinaryKind::And: return a != 0 && b != 0;
  case BinaryKind::Or: return a != 0 || b != 0;
  }
  return std::nullopt;
}

std::optional<Number> evaluate(BinaryKind kind, Number a, Number b) {
  switch (kind) {
  case BinaryKind::Add: return a + b;
  case BinaryKind::Sub: return a - b;
  case BinaryKind::Mul: return a * b;
  case BinaryKind::Div: return a / b;
  default: return std::nullopt;
  }
}

bool evaluate(CompareKind kind, double a, double b) {
  switch (kind) {
  case CompareKind::Lt: return a < b;
  case CompareKind::Le: return a <= b;
  case CompareKind::Gt: return a > b;
  case CompareKind::Ge: return a >= b;
  case CompareKind::Eq: return a == b;
  case CompareKind::Ne: return a != b;
  }
  return false;
}

/// Replaces `op` by `value` if the type stays; a constant is built on the way.
LogicalResult replaceBy(PatternRewriter &rewriter, Operation *op, Value value) {
  if (value.getType() != op->getResult(0).getType())
    return failure();
  rewriter.replaceOp(op, value);
  return success();
}

LogicalResult replaceBy(PatternRewriter &rewriter, Operation *op, Number value) {
  Type element = elementOf(op->getResult(0));
  bool fits = !element.isInteger(32) || std::fabs(value.real()) <= 2147483647.0;
  if (!fits || !typeOf(op->getResult(0)).getDims().empty())
    return failure();
  rewriter.replaceOp(op, Build(rewriter, op).number(value.real(), element, value.imag()));
  return success();
}

/// The operand of `value` if it is `kind` of something.
Value operandOf(Value value, UnaryKind kind) {
  auto op = value.getDefiningOp<UnaryOp>();
  return op && op.getKind() == kind ? op.getInput() : Value();
}

struct FoldUnary : OpRewritePattern<UnaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(UnaryOp op, PatternRewriter &rewriter) const override {
    Value input = op.getInput();
    if (auto number = numberOf(input)) {
      std::optional<Number> value;
      if (typeOf(input).isComplex())
        value = evaluate(op.getKind(), *number);
      else if (auto real = evaluate(op.getKind(), number->real()))
        value = Number(*real);
      return value ? replaceBy(rewriter, op, *value) : failure();
    }
    for (UnaryKind twice : {UnaryKind::Neg, UnaryKind::Not, UnaryKind::Conj})
      if (op.getKind() == twice)
        if (Value inner = operandOf(input, twice))
          return replaceBy(rewriter, op, inner);
    if (auto parts = input.getDefiningOp<ComplexOp>()) {
      if (op.getKind() == UnaryKind::Re)
        return replaceBy(rewriter, op, parts.getRe());
      if (op.getKind() == UnaryKind::Im)
        return replaceBy(rewriter, op, parts.getIm());
    }
    if (auto from = input.getDefiningOp<CastOp>(); from && op.getKind() == UnaryKind::Re)
      return replaceBy(rewriter, op, from.getInput());
    return failure();
  }
};

struct FoldBinary : OpRewritePattern<BinaryOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BinaryOp op, PatternRewriter &rewriter) const override {
    Value a = op.getLhs(), b = op.getRhs();
    auto x = numberOf(a), y = numberOf(b);
    if (x && y)
      return foldConstants(op, *x, *y, rewriter);
    if (x && !y && isSymmetric(op.getKind())) {
      rewriter.modifyOpInPlace(op, [&] { op.getLhsMutable().set(b), op.getRhsMutable().set(a); });
      return success();
    }
    switch (op.getKind()) {
    case BinaryKind::Add: return foldAdd(op, rewriter);
    case BinaryKind::Sub: return foldSub(op, rewriter);
    case BinaryKind::Mul: return foldMul(op, rewriter);
    case BinaryKind::Div: return foldDiv(op, rewriter);
    case BinaryKind::Pow: return foldPow(op, rewriter);
    case BinaryKind::And: return isConstant(b, 1) ? replaceBy(rewriter, op, a) : failure();
    case BinaryKind::Or: return isConstant(b, 0) ? replaceBy(rewriter, op, a) : failure();
    default: return failure();
    }
  }

private:
  static bool isSymmetric(BinaryKind kind) {
    return kind != BinaryKind::Sub && kind != BinaryKind::Div && kind != BinaryKind::Pow && kind != BinaryKind::Mod &&
           kind != BinaryKind::Quot;
  }

  static LogicalResult foldConstants(BinaryOp op, Number x, Number y, PatternRewriter &rewriter) {
    if (typeOf(op.getLhs()).isComplex()) {
      auto value = evaluate(op.getKind(), x, y);
      return value ? replaceBy(rewriter, op, *value) : failure();
    }
    auto value = evaluate(op.getKind(), x.real(), y.real());
    return value ? replaceBy(rewriter, op, Number(*value)) : failure();
  }

  /// Replaces `op` by a binary operation of the same type.
  static LogicalResult rebuild(BinaryOp op, BinaryKind kind, Value a, Value b,
                               PatternRewriter &rewriter) {
    rewriter.replaceOpWithNewOp<BinaryOp>(op, op.getResult().getType(), kind, a, b);
    return success();
  }

  static LogicalResult foldAdd(BinaryOp op, PatternRewriter &rewriter) {
    if (isConstant(op.getRhs(), 0))
      return replaceBy(rewriter, op, op.getLhs());
    if (Value y = operandOf(op.getRhs(), UnaryKind::Neg))
      return rebuild(op, BinaryKind::Sub, op.getLhs(), y, rewriter);
    if (Value x = operandOf(op.getLhs(), UnaryKind::Neg))
      return rebuild(op, BinaryKind::Sub, op.getRhs(), x, rewriter);
    return failure();
  }

  static LogicalResult foldSub(BinaryOp op, PatternRewriter &rewriter) {
    if (isConstant(op.getRhs(), 0))
      return replaceBy(rewriter, op, op.getLhs());
    if (isConstant(op.getLhs(), 0) && op.getRhs().getType() == op.getResult().getType())
      return replaceBy(rewriter, op, Build(rewriter, op).neg(op.getRhs()));
    if (Value y = operandOf(op.getRhs(), UnaryKind::Neg))
      return rebuild(op, BinaryKind::Add, op.getLhs(), y, rewriter);
    return failure();
  }

  static LogicalResult foldMul(BinaryOp op, PatternRewriter &rewriter) {
    Value a = op.getLhs(), b = op.getRhs();
    if (isConstant(b, 1))
      return replaceBy(rewriter, op, a);
    if (isConstant(b, -1) && a.getType() == op.getResult().getType())
      return replaceBy(rewriter, op, Build(rewriter, op).neg(a));
    Value x = operandOf(a, UnaryKind::Neg), y = operandOf(b, UnaryKind::Neg);
    if (x && y)
      return rebuild(op, BinaryKind::Mul, x, y, rewriter);
    auto number = numberOf(b);
    if (!number)
      return failure();
    if (x)
      return rebuild(op, BinaryKind::Mul, x,
                     Build(rewriter, op).number(-number->real(), elementOf(b), -number->imag()), rewriter);
    // (x * c) * d, where nothing else needs x * c
    auto inner = a.getDefiningOp<BinaryOp>();
    if (inner && inner.getKind() == BinaryKind::Mul && a.hasOneUse() && !elementOf(b).isInteger(32))
      if (auto first = numberOf(inner.getRhs())) {
        Number both = *first * *number;
        return rebuild(op, BinaryKind::Mul, inner.getLhs(),
                       Build(rewriter, op).number(both.real(), elementOf(b), both.imag()), rewriter);
      }
    return failure();
  }

  static LogicalResult foldDiv(BinaryOp op, PatternRewriter &rewriter) {
    auto number = realConstant(op.getRhs());
    if (!number)
      return failure();
    if (*number == 1)
      return replaceBy(rewriter, op, op.getLhs());
    // Exact: the reciprocal of a power of two is one.
    int exponent = 0;
    double mantissa = std::frexp(*number, &exponent);
    if (std::fabs(mantissa) != 0.5 || std::abs(exponent) > 100)
      return failure();
    return rebuild(op, BinaryKind::Mul, op.getLhs(),
                   Build(rewriter, op).numberLike(1.0 / *number, op.getRhs()), rewriter);
  }

  static LogicalResult foldPow(BinaryOp op, PatternRewriter &rewriter) {
    auto exponent = realConstant(op.getRhs());
    if (!exponent)
      return failure();
    Value x = op.getLhs();
    Build build(rewriter, op);
    double whole = std::fabs(*exponent);
    if (*exponent == 0)
      return replaceBy(rewriter, op, Number(1));
    if (x.getType() != op.getResult().getType())
      return failure();
    if (*exponent == 0.5)
      return replaceBy(rewriter, op, build.unary(UnaryKind::Sqrt, x));
    if (*exponent == -0.5)
      return replaceBy(rewriter, op, build.unary(UnaryKind::Rsqrt, x));
    if (whole != 1 && whole != 2 && whole != 3 && whole != 4)
      return failure();
    Value power = whole == 1 ? x : build.mul(x, x);
    if (whole == 3)
      power = build.mul(power, x);
    if (whole == 4)
      power = build.mul(power, power);
    if (*exponent < 0)
      power = build.div(build.numberLike(1, x), power);
    return replaceBy(rewriter, op, power);
  }
};

struct FoldCompare : OpRewritePattern<CompareOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CompareOp op, PatternRewriter &rewriter) const override {
    auto a = realConstant(op.getLhs()), b = realConstant(op.getRhs());
    if (!a || !b)
      return failure();
    return replaceBy(rewriter, op, Number(evaluate(op.getKind(), *a, *b)));
  }
};

struct FoldSelect : OpRewritePattern<SelectOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectOp op, PatternRewriter &rewriter) const override {
    if (auto condition = realConstant(op.getCondition()))
      return replaceBy(rewriter, op, *condition != 0 ? op.getOnTrue() : op.getOnFalse());
    if (op.getOnTrue() == op.getOnFalse())
      return replaceBy(rewriter, op, op.getOnTrue());
    if (Value inverse = operandOf(op.getCondition(), UnaryKind::Not)) {
      rewriter.replaceOpWithNewOp<SelectOp>(op, op.getResult().getType(), inverse, op.getOnFalse(),
                                            op.getOnTrue());
      return success();
    }
    return failure();
  }
};

struct FoldCast : OpRewritePattern<CastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CastOp op, PatternRewriter &rewriter) const override {
    auto number = numberOf(op.getInput());
    return number ? replaceBy(rewriter, op, *number) : failure();
  }
};

struct FoldComplex : OpRewritePattern<ComplexOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ComplexOp op, PatternRewriter &rewriter) const override {
    auto re = realConstant(op.getRe()), im = realConstant(op.getIm());
    if (re && im)
      return replaceBy(rewriter, op, Number(*re, *im));
    Value x = op.getRe().getDefiningOp() ? operandOf(op.getRe(), UnaryKind::Re) : Value();
    Value y = op.getIm().getDefiningOp() ? operandOf(op.getIm(), UnaryKind::Im) : Value();
    return x && x == y ? replaceBy(rewriter, op, x) : failure();
  }
};

/// The coordinate along a renamed dimension is that along the dimension of the other name.
struct FoldRename : OpRewritePattern<RenameOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RenameOp op, PatternRewriter &rewriter) const override {
    if (!op.getInput().getDefiningOp<IndexOp>())
      return failure();
    rewriter.replaceOpWithNewOp<IndexOp>(op, op.getResult().getType(), op.getTo());
    return success();
  }
};

struct FoldDimSize : OpRewritePattern<DimSizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DimSizeOp op, PatternRewriter &rewriter) const override {
    DimAttr dim = getDim(op, op.getDim());
    if (!dim || !dim.isFixed())
      return failure();
    return replaceBy(rewriter, op, Number(double(dim.getExtent())));
  }
};

/// A mean becomes a sum and a scale: later passes know sum, max and min only.
struct FoldMean : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op, PatternRewriter &rewriter) const override {
    if (op.getDims().empty())
      return replaceBy(rewriter, op, op.getInput());
    NdType type = typeOf(op.getInput());
    Type element = type.getElementType();
    SmallVector<StringAttr> dims(op.getDims().getAsRange<StringAttr>());
    for (StringAttr dim : dims)
      type = type.dropDim(dim);
    if (op.getKind() != ReduceKind::Mean || element.isInteger(32) || type != op.getResult().getType())
      return failure();
    Build build(rewriter, op);
    double fixed = 1;
    Value extents; // of the dimensions bound at run time
    for (StringAttr dim : dims) {
      Value extent = build.extent(dim, element);
      if (auto number = numberOf(extent))
        fixed *= number->real();
      else
        extents = extents ? build.mul(extents, extent) : extent;
    }
    Value sum = build.reduce(ReduceKind::Sum, dims, op.getInput());
    if (extents)
      sum = build.div(sum, extents);
    if (fixed != 1)
      sum = build.mul(sum, build.number(1.0 / fixed, element));
    return replaceBy(rewriter, op, sum);
  }
};

struct FoldPointwisePass : impl::FoldPointwisePassBase<FoldPointwisePass> {
  using FoldPointwisePassBase::FoldPointwisePassBase;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FoldUnary, FoldBinary, FoldCompare, FoldSelect, FoldCast, FoldComplex, FoldRename, FoldDimSize,
                 FoldMean>(&getContext());
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
} // namespace mixir::lowering
