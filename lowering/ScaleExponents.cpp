// exp through exp2: the scale log2 e costs nothing where it meets a factor
// that is computed once.
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"

#include <tuple>

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_SCALEEXPONENTSPASS
#include "lowering/Passes.h.inc"

namespace {

constexpr double kLog2E = 1.4426950408889634074;

/// Finds the factor of an exponent that is cheapest to scale, and scales it.
class ExponentScaler {
public:
  ExponentScaler(UnaryOp exp, const Dependence &dependence)
      : exp(exp), walk(walkAround(exp)), header(getDims(exp)), dependence(dependence), builder(exp) {}

  void run() {
    Value exponent = scaled(exp.getInput(), kLog2E, /*depth=*/0, /*shared=*/false);
    builder.setInsertionPoint(exp);
    exp.replaceAllUsesWith(
        UnaryOp::create(builder, exp.getLoc(), exp.getResult().getType(), UnaryKind::Exp2, exponent)
            .getResult());
  }

private:
  /// Constants first, then what is computed once, then what varies over least.
  using Rank = std::tuple<bool, bool, double>;

  Rank leafRank(Value value) {
    return {!realConstant(value), dependence.varies(value), estimatedSize(typeOf(value).getDims(), header)};
  }

  /// The operation behind `value` if scaling may go through it: a sign, a quotient, or a
  /// product that nobody else needs. `shared` says that an operation above is kept anyway.
  Operation *opened(Value value, unsigned depth, bool shared) {
    Operation *op = value.getDefiningOp();
    if (!op || op->getBlock() != exp->getBlock() || (depth > 0 && (shared || !value.hasOneUse())))
      return nullptr;
    if (auto unary = dyn_cast<UnaryOp>(op))
      return unary.getKind() == UnaryKind::Neg ? op : nullptr;
    auto binary = dyn_cast<BinaryOp>(op);
    bool through = binary && (binary.getKind() == BinaryKind::Mul || binary.getKind() == BinaryKind::Div);
    return through ? op : nullptr;
  }

  static bool isQuotient(Operation *op) {
    return cast<BinaryOp>(op).getKind() == BinaryKind::Div;
  }

  Rank bestRank(Value value, unsigned depth, bool shared) {
    Operation *op = opened(value, depth, shared);
    if (!op)
      return leafRank(value);
    shared |= !value.hasOneUse();
    Rank rank = bestRank(op->getOperand(0), depth + 1, shared);
    if (isa<BinaryOp>(op) && !isQuotient(op))
      rank = std::min(rank, bestRank(op->getOperand(1), depth + 1, shared));
    return rank;
  }

  /// `value` times `factor`.
  Value scaled(Value value, double factor, unsigned depth, bool shared) {
    Operation *op = opened(value, depth, shared);
    if (!op)
      return scaledLeaf(value, factor);
    shared |= !value.hasOneUse();
    Value a = op->getOperand(0);
    if (isa<UnaryOp>(op))
      return scaled(a, -factor, depth + 1, shared);
    Value b = op->getOperand(1);
    bool first = isQuotient(op) || bestRank(a, depth + 1, shared) <= bestRank(b, depth + 1, shared);
    if (first)
      a = scaled(a, factor, depth + 1, shared);
    else
      b = scaled(b, factor, depth + 1, shared);
    builder.setInsertionPoint(exp);
    return BinaryOp::create(builder, op->getLoc(), typeOf(value), cast<BinaryOp>(op).getKind(), a, b);
  }

  Value scaledLeaf(Value value, double factor) {
    bool outside = walk && !walk->isAncestor(value.getParentBlock()->getParentOp());
    builder.setInsertionPoint(outside ? walk : exp.getOperation());
    Build build(builder, exp.getLoc(), header);
    if (auto number = realConstant(value))
      return build.numberLike(*number * factor, value);
    return build.mul(value, build.numberLike(factor, value));
  }

  UnaryOp exp;
  Operation *walk;
  SmallVector<DimAttr> header;
  const Dependence &dependence;
  OpBuilder builder;
};

struct ScaleExponentsPass : impl::ScaleExponentsPassBase<ScaleExponentsPass> {
  using ScaleExponentsPassBase::ScaleExponentsPassBase;
  void runOnOperation() override {
    Dependence dependence(getOperation());
    SmallVector<UnaryOp> exps;
    getOperation().walk([&](UnaryOp op) {
      if (op.getKind() == UnaryKind::Exp && elementOf(op.getInput()).isF32())
        exps.push_back(op);
    });
    // Last first: an exponent may hold an earlier exponential, whose value changes then.
    for (UnaryOp op : llvm::reverse(exps))
      ExponentScaler(op, dependence).run();
    for (Block &block : getOperation().getBody())
      eraseDeadOps(block);
  }
};

} // namespace
} // namespace mixir::lowering
