// Products rebuilt so that what varies over few dimensions is multiplied
// first: fewer multiplications in the inner loops, more work outside them. What
// is the same along a summed dimension leaves the sum.
#include "lowering/Build.h"
#include "lowering/Dependence.h"
#include "lowering/Passes.h"

#include "llvm/ADT/SetVector.h"

#include <map>
#include <set>
#include <tuple>

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_REASSOCIATEPRODUCTSPASS
#include "lowering/Passes.h.inc"

namespace {

bool isProduct(Operation *op) {
  auto binary = dyn_cast_or_null<BinaryOp>(op);
  return binary && binary.getKind() == BinaryKind::Mul;
}

/// Whether `op` is used once, by a product of its own block.
bool isInnerProduct(BinaryOp op) {
  if (!op.getResult().hasOneUse())
    return false;
  Operation *user = *op.getResult().user_begin();
  return isProduct(user) && user->getBlock() == op->getBlock();
}

/// A factor, or a product of factors, of one maximal chain.
struct Factor {
  Value value;
  uint64_t members; // one bit per factor of the chain, in the order as written
  bool onState;
  bool varies;
  bool outside; // defined outside the scan around the chain

  llvm::SmallSetVector<StringAttr, 8> dims() const {
    auto list = typeOf(value).getDims();
    return {list.begin(), list.end()};
  }
};

/// One maximal product: an operation and everything multiplied into it.
class Chain {
public:
  Chain(BinaryOp root, const Dependence &dependence)
      : root(root), walk(walkAround(root)), header(getDims(root)), dependence(dependence) {
    collect(root);
  }

  /// Rebuilds the product unless it is grouped already.
  void regroup() {
    if (factors.size() < 3 || factors.size() > 64)
      return;
    if (plan() == written)
      return;
    OpBuilder builder(root);
    while (factors.size() > 2)
      merge(bestPair(), &builder);
    builder.setInsertionPoint(root);
    Value last = BinaryOp::create(builder, root.getLoc(), root.getResult().getType(), BinaryKind::Mul,
                                  factors[0].value, factors[1].value);
    root.getResult().replaceAllUsesWith(last);
    for (Operation *op : ops)
      if (op->use_empty())
        op->erase();
  }

private:
  /// Members of `product`, which is not a factor itself.
  uint64_t collect(BinaryOp product) {
    ops.push_back(product);
    uint64_t members = 0;
    for (Value side : {product.getLhs(), product.getRhs()}) {
      Operation *inner = side.getDefiningOp();
      if (isProduct(inner) && isInnerProduct(cast<BinaryOp>(inner))) {
        members |= collect(cast<BinaryOp>(inner));
        continue;
      }
      uint64_t bit = factors.size() < 64 ? uint64_t(1) << factors.size() : 0;
      factors.push_back({side, bit, dependence.onState(side), dependence.varies(side),
                         walk && !walk->isAncestor(side.getParentBlock()->getParentOp())});
      members |= bit;
    }
    written.insert(members);
    return members;
  }

  /// The sub-products that grouping would make, as sets of factors; nothing is built.
  std::set<uint64_t> plan() {
    auto saved = factors;
    std::set<uint64_t> made;
    while (factors.size() > 1) {
      auto [a, b] = factors.size() > 2 ? bestPair() : std::pair<unsigned, unsigned>(0, 1);
      made.insert(factors[a].members | factors[b].members);
      merge({a, b}, nullptr);
    }
    factors = std::move(saved);
    shapes.clear();
    return made;
  }

  llvm::SmallSetVector<StringAttr, 8> dimsOf(const Factor &factor) {
    auto shape = shapes.find(factor.members);
    return shape != shapes.end() ? shape->second : factor.dims();
  }

  /// Smaller is multiplied earlier: invariant values that do not grow by it, then the smallest
  /// product, values free of the state, equal dimensions, and the order as written.
  auto rank(const Factor &a, const Factor &b) {
    auto first = dimsOf(a), second = dimsOf(b), both = first;
    both.insert(second.begin(), second.end());
    bool free = walk && !a.varies && !b.varies && both.size() == std::max(first.size(), second.size());
    bool equal = first.size() == both.size() && second.size() == both.size();
    return std::tuple(!free, estimatedSize(both.getArrayRef(), header), a.onState || b.onState,
                      !equal, a.members | b.members);
  }

  std::pair<unsigned, unsigned> bestPair() {
    std::pair<unsigned, unsigned> best(0, 1);
    for (unsigned i = 0; i < factors.size(); ++i)
      for (unsigned j = i + 1; j < factors.size(); ++j)
        if (rank(factors[i], factors[j]) < rank(factors[best.first], factors[best.second]))
          best = {i, j};
    return best;
  }

  /// Replaces factors `pair` by their product, built where both are known (or, without a
  /// builder, only planned).
  void merge(std::pair<unsigned, unsigned> pair, OpBuilder *builder) {
    Factor a = factors[pair.first], b = factors[pair.second];
    Factor product{a.value,          a.members | b.members, a.onState || b.onState,
                   a.varies || b.varies, a.outside && b.outside};
    if (builder) {
      builder->setInsertionPoint(product.outside ? walk : root.getOperation());
      product.value = Build(*builder, root.getLoc(), header).mul(a.value, b.value);
    } else {
      auto dims = dimsOf(a), more = dimsOf(b);
      dims.insert(more.begin(), more.end());
      shapes[product.members] = dims;
    }
    factors[pair.first] = product;
    factors.erase(factors.begin() + pair.second);
  }

  BinaryOp root;
  Operation *walk;
  SmallVector<DimAttr> header;
  const Dependence &dependence;
  SmallVector<Factor> factors;
  SmallVector<Operation *> ops; // users before the products they use
  std::set<uint64_t> written;   // the sub-products as they are, as sets of factors
  std::map<uint64_t, llvm::SmallSetVector<StringAttr, 8>> shapes; // of planned products
};

/// sum[N](a * b) with a the same along N is a * sum[N](b).
void takeOutOfSum(ReduceOp op) {
  auto product = op.getInput().getDefiningOp<BinaryOp>();
  if (op.getKind() != ReduceKind::Sum || !product || !isProduct(product) || !product.getResult().hasOneUse())
    return;
  SmallVector<StringAttr> dims(op.getDims().getAsRange<StringAttr>());
  auto hasNone = [&](Value v) { return llvm::none_of(dims, [&](StringAttr d) { return typeOf(v).hasDim(d); }); };
  auto hasAll = [&](Value v) { return llvm::all_of(dims, [&](StringAttr d) { return typeOf(v).hasDim(d); }); };
  Value outer = product.getLhs(), inner = product.getRhs();
  if (!hasNone(outer))
    std::swap(outer, inner);
  if (!hasNone(outer) || !hasAll(inner))
    return;
  OpBuilder builder(op);
  Value sum = Build(builder, op).reduce(ReduceKind::Sum, dims, inner);
  Value result = BinaryOp::create(builder, op.getLoc(), op.getResult().getType(), BinaryKind::Mul, outer, sum);
  op.getResult().replaceAllUsesWith(result);
  op.erase();
  product.erase();
  takeOutOfSum(sum.getDefiningOp<ReduceOp>());
}

struct ReassociateProductsPass : impl::ReassociateProductsPassBase<ReassociateProductsPass> {
  using ReassociateProductsPassBase::ReassociateProductsPassBase;
  void runOnOperation() override {
    Dependence dependence(getOperation());
    SmallVector<BinaryOp> roots;
    getOperation().walk([&](BinaryOp op) {
      if (isProduct(op) && !isInnerProduct(op))
        roots.push_back(op);
    });
    // A root may be a factor of a later one: `dependence` must know its new value.
    for (BinaryOp root : llvm::reverse(roots))
      Chain(root, dependence).regroup();
    SmallVector<ReduceOp> sums;
    getOperation().walk([&](ReduceOp op) { sums.push_back(op); });
    for (ReduceOp sum : sums)
      takeOutOfSum(sum);
  }
};

} // namespace
} // namespace mixir::lowering
