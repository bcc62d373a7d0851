// A dimension of routes is unrolled: every value over it becomes one value for each route, and a
// scan of routes one scan for each, walking its own way. What other passes and the planner see are
// plain scans; what the routes share is found by CSE.
#include "lowering/Build.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_EXPANDROUTESPASS
#include "lowering/Passes.h.inc"

namespace {

/// Whether `op` works along dimension `dim`, so that its entries cannot be computed one by one.
bool worksAlong(Operation *op, StringRef dim) {
  if (auto conv = dyn_cast<ConvOp>(op))
    return conv.getAlong() == dim || conv.getTaps() == dim || conv.getHistory() == dim;
  if (auto tail = dyn_cast<TailOp>(op))
    return tail.getAlong() == dim || tail.getInto() == dim;
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return llvm::is_contained(reduce.getDims().getAsValueRange<StringAttr>(), dim);
  if (auto rename = dyn_cast<RenameOp>(op))
    return rename.getFrom() == dim || rename.getTo() == dim;
  if (auto shift = dyn_cast<ShiftOp>(op))
    return shift.getDim() == dim;
  if (auto gather = dyn_cast<GatherOp>(op))
    return gather.getDim() == dim;
  if (auto visit = dyn_cast<VisitOp>(op))
    return visit.getDim() == dim || llvm::is_contained(visit.getRoute().getAxes().getAsValueRange<StringAttr>(), dim);
  if (auto place = dyn_cast<PlaceOp>(op))
    return place.getDim() == dim || llvm::is_contained(place.getRoute().getAxes().getAsValueRange<StringAttr>(), dim);
  if (auto pick = dyn_cast<PickOp>(op))
    return pick.getDim() == dim;
  if (auto stack = dyn_cast<StackOp>(op))
    return stack.getDim() == dim;
  if (auto recurrence = dyn_cast<RecurrenceOp>(op))
    return recurrence.getDim() == dim;
  if (auto scan = dyn_cast<ScanOp>(op); scan && scan.getDim() == dim)
    return true;
  if (isa<func::CallOp>(op))
    return true;
  bool inside = false;
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) { inside |= worksAlong(inner, dim); });
  return inside;
}

class DimUnroller {
public:
  DimUnroller(func::FuncOp func, StringAttr dim, unsigned extent)
      : func(func), dim(dim), extent(extent), header(mixer::getDims(func)) {}

  void run() {
    Block &body = func.getBody().front();
    for (Operation &op : llvm::make_early_inc_range(body))
      unroll(&op);
    eraseDeadOps(body);
  }

private:
  bool hasDim(Value value) { return typeOf(value).hasDim(dim); }

  /// Whether `op` deals with the dimension anywhere.
  bool touches(Operation *op) {
    auto here = [&](Operation *inner) {
      auto index = dyn_cast<IndexOp>(inner);
      return (index && index.getDim() == dim) || llvm::any_of(inner->getOperands(), [&](Value v) { return hasDim(v); }) ||
             llvm::any_of(inner->getResults(), [&](Value v) { return hasDim(v); });
    };
    bool any = here(op);
    op->walk([&](Operation *inner) { any |= here(inner); });
    if (auto scan = dyn_cast<ScanOp>(op); scan && scan.getRoutesAttr())
      any |= scan.getRoutesAttr().getDim() == dim;
    return any;
  }

  /// The value at coordinate `i` of the dimension.
  Value entry(Value value, unsigned i) {
    if (!hasDim(value))
      return value;
    SmallVector<Value> &parts = entries[value];
    if (parts.empty()) { // of the caller, or of something that is not unrolled
      OpBuilder builder(func.getContext());
      builder.setInsertionPointAfterValue(value);
      for (unsigned k = 0; k < extent; ++k)
        parts.push_back(PickOp::create(builder, value.getLoc(), typeOf(value).dropDim(dim), dim,
                                       builder.getI64IntegerAttr(k), value));
    }
    return parts[i];
  }

  /// The value with all its entries, for an operation that needs them together.
  Value together(Value value, OpBuilder &builder) {
    auto found = entries.find(value);
    if (found == entries.end())
      return value;
    return StackOp::create(builder, value.getLoc(), typeOf(value), dim, found->second);
  }

  void unroll(Operation *op) {
    if (!touches(op))
      return;
    OpBuilder builder(op);
    if (auto reduce = dyn_cast<ReduceOp>(op); reduce && worksAlong(op, dim))
      return combine(reduce, builder);
    if (auto pick = dyn_cast<PickOp>(op); pick && pick.getDim() == dim)
      return pick.getResult().replaceAllUsesWith(entry(pick.getInput(), pick.getAt()));
    if (auto stack = dyn_cast<StackOp>(op); stack && stack.getDim() == dim) {
      entries[stack.getResult()].assign(stack.getParts().begin(), stack.getParts().end());
      return;
    }
    if (op->hasTrait<OpTrait::IsTerminator>() || worksAlong(op, dim)) {
      for (OpOperand &operand : op->getOpOperands())
        operand.set(together(operand.get(), builder));
      return;
    }
    for (unsigned i = 0; i < extent; ++i)
      cloneEntry(op, i, builder);
    for (Value result : op->getResults())
      if (!hasDim(result)) // a state that no route tells apart
        result.replaceAllUsesWith(same[result]);
  }

  void cloneEntry(Operation *op, unsigned i, OpBuilder &builder) {
    if (auto index = dyn_cast<IndexOp>(op)) {
      entries[index.getResult()].push_back(Build(builder, op).number(i, builder.getI32Type()));
      return;
    }
    IRMapping map;
    op->walk([&](Operation *inner) {
      for (Value v : inner->getOperands())
        if (hasDim(v) && !op->isAncestor(v.getParentBlock()->getParentOp()))
          map.map(v, entry(v, i));
    });
    Operation *made = builder.clone(*op, map);
    made->walk([&](Operation *inner) {
      for (Value v : inner->getResults())
        v.setType(typeOf(v).dropDim(dim));
      for (Region &region : inner->getRegions())
        for (BlockArgument arg : region.getArguments())
          arg.setType(typeOf(arg).dropDim(dim));
      if (auto index = dyn_cast<IndexOp>(inner); index && index.getDim() == dim) {
        OpBuilder at(inner);
        index.replaceAllUsesWith(Build(at, inner).number(i, at.getI32Type()));
      }
    });
    if (auto scan = dyn_cast<ScanOp>(made)) {
      if (RoutesAttr routes = scan.getRoutesAttr(); routes && routes.getDim() == dim) {
        scan.setReverse(routes.getReversed()[i]);
        scan.removeRoutesAttr();
      }
    }
    for (auto [old, part] : llvm::zip(op->getResults(), made->getResults()))
      if (hasDim(old))
        entries[old].push_back(part);
      else
        same.try_emplace(old, part);
  }

  /// A reduction over the dimension: the reductions of its entries, combined.
  void combine(ReduceOp reduce, OpBuilder &builder) {
    Build build(builder, reduce);
    SmallVector<StringAttr> others;
    for (auto d : reduce.getDims().getAsRange<StringAttr>())
      if (d != dim)
        others.push_back(d);
    Value all;
    for (unsigned i = 0; i < extent; ++i) {
      Value part = entry(reduce.getInput(), i);
      if (!others.empty())
        part = build.reduce(reduce.getKind(), others, part);
      all = all ? join(build, reduce.getKind(), all, part) : part;
    }
    if (reduce.getKind() == ReduceKind::Mean)
      all = build.div(all, build.numberLike(extent, all));
    reduce.getResult().replaceAllUsesWith(all);
  }

  static Value join(Build &build, ReduceKind kind, Value a, Value b) {
    if (kind == ReduceKind::Max)
      return build.binary(BinaryKind::Max, a, b);
    if (kind == ReduceKind::Min)
      return build.binary(BinaryKind::Min, a, b);
    return build.add(a, b);
  }

  func::FuncOp func;
  StringAttr dim;
  unsigned extent;
  SmallVector<DimAttr> header;
  DenseMap<Value, SmallVector<Value>> entries;
  DenseMap<Value, Value> same; // results that no route tells apart
};

struct ExpandRoutesPass : impl::ExpandRoutesPassBase<ExpandRoutesPass> {
  using ExpandRoutesPassBase::ExpandRoutesPassBase;
  void runOnOperation() override {
    llvm::MapVector<StringAttr, unsigned> dims;
    auto add = [&](Operation *op, StringAttr dim, size_t number) {
      if (dims.insert({dim, number}).second)
        remarkPassed(op, stage::kNormalise, "ExpandRoutes", "routes")
            << (Twine(number) + " routes of '" + dim.getValue() + "' walked one after the other").str();
    };
    getOperation().walk([&](ScanOp scan) {
      if (RoutesAttr routes = scan.getRoutesAttr())
        add(scan, routes.getDim(), routes.getReversed().size());
    });
    getOperation().walk([&](StackOp stack) {
      auto isRouted = [](Value part) { return isa_and_nonnull<VisitOp, PlaceOp>(part.getDefiningOp()); };
      if (llvm::any_of(stack.getParts(), isRouted))
        add(stack, stack.getDimAttr(), stack.getParts().size());
    });
    for (auto [dim, extent] : dims)
      DimUnroller(getOperation(), dim, extent).run();
  }
};

} // namespace
} // namespace mixir::lowering
