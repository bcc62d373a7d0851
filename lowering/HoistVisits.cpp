// A pointwise value in the order of a route is computed there: what is visited is what lies in
// memory, so that a route is a way of reading and not a copy. At a ghost all that is visited is zero: what is
// computed there from zeros is made zero too, unless it is so by itself.
#include "lowering/Build.h"
#include "lowering/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_HOISTVISITSPASS
#include "lowering/Passes.h.inc"

namespace {

bool isZeroOfZero(UnaryKind kind) {
  switch (kind) {
  case UnaryKind::Neg:
  case UnaryKind::Log1p:
  case UnaryKind::Sqrt:
  case UnaryKind::Abs:
  case UnaryKind::Sin:
  case UnaryKind::Tanh:
  case UnaryKind::Floor:
  case UnaryKind::Re:
  case UnaryKind::Im:
  case UnaryKind::Conj:
  case UnaryKind::Erf:
    return true;
  default:
    return false;
  }
}

/// Moves one visit in front of the pointwise operations that it reads.
class VisitHoister {
public:
  explicit VisitHoister(VisitOp visit) : visit(visit), builder(visit), header(mixer::getDims(visit)) {}

  Value run() {
    Value moved = visited(visit.getInput());
    if (!mayHaveGhosts() || atGhosts(moved).isZero)
      return moved;
    Build build(builder, visit);
    return build.select(isPlace(), moved, build.numberLike(0, moved));
  }

private:
  /// What is known of a moved value at steps without a place.
  struct AtGhosts {
    bool isZero = false;
    bool isFinite = true; ///< wherever operands of the program are
  };

  bool mayHaveGhosts() {
    return visit.getTable() || llvm::any_of(visit.getRoute().getLegs(), [](LegAttr leg) {
             return llvm::any_of(leg.getDigits(), [](DigitAttr digit) { return digit.getMod() != 0; });
           });
  }

  /// Whether the step is at a place: what is one everywhere, in the order of the route.
  Value isPlace() {
    Build build(builder, visit);
    Type i32 = builder.getI32Type();
    auto axis = cast<StringAttr>(visit.getRoute().getAxes()[0]);
    Value ones = build.broadcast(build.number(1, i32), axis);
    Value seen = VisitOp::create(builder, visit.getLoc(), routedType(ones), visit.getDimAttr(), visit.getRoute(), ones,
                                 visit.getTable());
    return build.compare(CompareKind::Gt, seen, build.number(0, i32));
  }

  AtGhosts atGhosts(Value value) {
    if (leaves.contains(value))
      return {true, true};
    if (!copies.contains(value))
      return {isConstant(value, 0), true}; // the same at every step
    auto known = ghosts.find(value);
    return known != ghosts.end() ? known->second : ghosts[value] = computedAtGhosts(value.getDefiningOp());
  }

  AtGhosts computedAtGhosts(Operation *op) {
    SmallVector<AtGhosts> of;
    for (Value operand : op->getOperands())
      of.push_back(atGhosts(operand));
    bool allZero = llvm::all_of(of, [](AtGhosts a) { return a.isZero; });
    bool allFinite = llvm::all_of(of, [](AtGhosts a) { return a.isFinite; });
    if (auto unary = dyn_cast<UnaryOp>(op)) {
      bool hasPole = unary.getKind() == UnaryKind::Log || unary.getKind() == UnaryKind::Rsqrt;
      return {allZero && isZeroOfZero(unary.getKind()), allFinite && !hasPole};
    }
    if (auto binary = dyn_cast<BinaryOp>(op)) {
      switch (binary.getKind()) {
      case BinaryKind::Mul:
        return {allFinite && (of[0].isZero || of[1].isZero), allFinite};
      case BinaryKind::Div: // by what is no zero itself
        return copies.contains(op->getOperand(1)) || leaves.contains(op->getOperand(1)) ? AtGhosts{false, false} : of[0];
      case BinaryKind::Pow:
      case BinaryKind::Mod:
      case BinaryKind::Quot:
        return {false, false};
      default:
        return {allZero, allFinite};
      }
    }
    if (auto select = dyn_cast<SelectOp>(op))
      return {of[1].isZero && of[2].isZero, of[1].isFinite && of[2].isFinite};
    return {allZero && isa<CastOp, ComplexOp>(op), allFinite};
  }

  bool hasAxis(Value value) {
    return llvm::any_of(typeOf(value).getDims(), [&](StringAttr d) { return llvm::is_contained(visit.getRoute().getAxes(), Attribute(d)); });
  }

  /// The dimensions of `value` in the order of the route.
  NdType routedType(Value value) {
    NdType type = typeOf(value);
    for (auto axis : visit.getRoute().getAxes().getAsRange<StringAttr>())
      type = type.dropDim(axis);
    type = addDim(type, visit.getDimAttr(), header);
    if (visit.getTable())
      for (StringAttr d : visit.getTable().getType().getDims())
        type = addDim(type, d, header);
    return type;
  }

  Value visited(Value value) {
    if (!hasAxis(value))
      return value;
    Value &made = done[value];
    if (made)
      return made;
    Operation *op = value.getDefiningOp();
    if (!op || !isPointwise(op) || op->getNumOperands() == 0) {
      Value leaf = VisitOp::create(builder, value.getLoc(), routedType(value), visit.getDimAttr(), visit.getRoute(), value,
                                   visit.getTable());
      leaves.insert(leaf);
      return done[value] = leaf;
    }
    IRMapping map;
    SmallVector<StringAttr> dims;
    for (Value operand : op->getOperands()) {
      Value there = visited(operand);
      map.map(operand, there);
      for (StringAttr d : typeOf(there).getDims())
        if (!llvm::is_contained(dims, d))
          dims.push_back(d);
    }
    Value result = builder.clone(*op, map)->getResult(0);
    NdType type = typeOf(value).withDims({});
    for (StringAttr d : dims)
      type = addDim(type, d, header);
    result.setType(type);
    copies.insert(result);
    return done[value] = result;
  }

  VisitOp visit;
  OpBuilder builder;
  SmallVector<DimAttr> header;
  DenseMap<Value, Value> done;
  DenseSet<Value> leaves, copies; ///< visits, and what is computed from them
  DenseMap<Value, AtGhosts> ghosts;
};

struct HoistVisitsPass : impl::HoistVisitsPassBase<HoistVisitsPass> {
  using HoistVisitsPassBase::HoistVisitsPassBase;
  void runOnOperation() override {
    SmallVector<VisitOp> visits(getOperation().getOps<VisitOp>());
    for (VisitOp visit : visits) {
      Value moved = VisitHoister(visit).run();
      OpBuilder builder(visit);
      visit.replaceAllUsesWith(Build(builder, visit).spelled(moved, typeOf(visit)));
      visit.erase();
    }
    eraseDeadOps(getOperation().getBody().front());
  }
};

} // namespace
} // namespace mixir::lowering
