// Routes as computed coordinates: a target whose kernels are not led along routes by their launcher
// reads what a step visits where its digits say, and what a place is brought at the step that its
// coordinates say.
#include "lowering/Build.h"
#include "lowering/Passes.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_EXPANDVISITSPASS
#include "lowering/Passes.h.inc"

namespace {

/// Builds coordinates and steps of one route, as i32 values over its steps or over its axes.
class RouteBuilder {
public:
  RouteBuilder(OpBuilder &builder, Operation *op, RouteAttr route)
      : builder(builder), op(op), route(route), build(builder, op), i32(builder.getI32Type()) {}

  /// The coordinates along the axes of the place of step `t`, -1 at a ghost.
  SmallVector<Value> placeOf(Value t) {
    SmallVector<Value> place;
    Value first = number(0);
    for (LegAttr leg : route.getLegs()) {
      SmallVector<Value> here = placeIn(leg, build.sub(t, first), stepsOf(leg));
      Value next = build.add(first, stepsOf(leg));
      if (place.empty())
        place = here;
      else
        for (auto [coordinate, other] : llvm::zip(place, here))
          coordinate = build.select(build.compare(CompareKind::Lt, t, first), coordinate, other);
      first = next;
    }
    return place;
  }

  /// The coordinates of the places that a table numbers.
  SmallVector<Value> placeOfNumber(Value place) {
    SmallVector<Value> at(axes().size());
    Value isPlace = build.compare(CompareKind::Ge, place, number(0)), rest = place;
    for (size_t i = at.size(); i-- > 0;) {
      Value size = extent(axes()[i]);
      at[i] = build.select(isPlace, build.binary(BinaryKind::Mod, rest, size), number(-1));
      rest = quotient(rest, size);
    }
    return at;
  }

  /// The step of `leg` at the place whose coordinates are those of the axes, -1 where there is none; it counts from
  /// the first step of the route.
  Value stepAt(LegAttr leg) {
    SmallVector<Value> at;
    for (StringAttr axis : axes())
      at.push_back(coordinate(axis));
    const SmallVector<Value> skewed = at;
    for (DigitAttr digit : leg.getDigits())
      if (digit.getSkew()) {
        Value by = skewed[axisOf(digit.getSkew())], here = skewed[axisOf(digit.getAxis())];
        here = digit.getBack() ? build.add(here, by) : build.sub(here, by);
        at[axisOf(digit.getAxis())] = build.binary(BinaryKind::Mod, here, extent(digit.getAxis()));
      }
    Value step = number(0), isOdd, isVisited;
    for (DigitAttr digit : leg.getDigits()) {
      Value v = quotient(at[axisOf(digit.getAxis())], number(digit.getDiv()));
      if (digit.getMod())
        v = build.binary(BinaryKind::Mod, v, number(digit.getMod()));
      if (digit.isFixed()) {
        Value isHere = build.compare(CompareKind::Eq, v, number(digit.getAt()));
        isVisited = isVisited ? build.binary(BinaryKind::And, isVisited, isHere) : isHere;
        continue;
      }
      v = turned(digit, v, isOdd);
      isOdd = odd(v);
      step = build.add(build.mul(step, countOf(digit)), v);
    }
    if (leg.getReversed())
      step = build.sub(build.sub(stepsOf(leg), number(1)), step);
    for (LegAttr before : route.getLegs()) {
      if (before == leg)
        break;
      step = build.add(step, stepsOf(before));
    }
    return isVisited ? build.select(isVisited, step, number(-1)) : step;
  }

  /// The step at which a table has the place of the coordinates, -1 where none has it: found by looking at all steps.
  Value stepInTable(Value table, StringAttr steps) {
    Value place = number(0);
    for (StringAttr axis : axes())
      place = build.add(build.mul(place, extent(axis)), coordinate(axis));
    Value isHere = build.compare(CompareKind::Eq, table, place);
    return build.reduce(ReduceKind::Max, steps, build.select(isHere, coordinate(steps), number(-1)));
  }

  SmallVector<StringAttr> axes() {
    auto range = route.getAxes().getAsRange<StringAttr>();
    return SmallVector<StringAttr>(range.begin(), range.end());
  }

private:
  Value coordinate(StringAttr dim) {
    return IndexOp::create(builder, op->getLoc(), NdType::get(op->getContext(), ArrayRef<StringAttr>(dim), i32), dim);
  }
  Value number(int64_t value) { return build.number(static_cast<double>(value), i32); }
  Value extent(StringAttr dim) { return build.extent(dim, i32); }
  Value odd(Value v) { return build.compare(CompareKind::Eq, build.binary(BinaryKind::Mod, v, number(2)), number(1)); }
  Value quotient(Value a, Value b) { return isConstant(b, 1) ? a : build.binary(BinaryKind::Quot, a, b); }
  size_t axisOf(StringAttr name) { return static_cast<size_t>(llvm::find(route.getAxes(), name) - route.getAxes().begin()); }

  Value countOf(DigitAttr digit) {
    if (digit.getMod())
      return number(digit.getMod());
    Value size = extent(digit.getAxis());
    return digit.getDiv() == 1 ? size : quotient(build.add(size, number(digit.getDiv() - 1)), number(digit.getDiv()));
  }

  Value stepsOf(LegAttr leg) {
    Value all = number(1);
    for (DigitAttr digit : leg.getDigits())
      if (!digit.isFixed())
        all = build.mul(all, countOf(digit));
    return all;
  }

  /// The value of a digit as the walk counts it, from that of the coordinate, or the other way round.
  Value turned(DigitAttr digit, Value v, Value isOdd) {
    if (!digit.getReversed() && !(digit.getSnake() && isOdd))
      return v;
    Value other = build.sub(build.sub(countOf(digit), number(1)), v);
    if (!digit.getSnake() || !isOdd)
      return other;
    return digit.getReversed() ? build.select(isOdd, v, other) : build.select(isOdd, other, v);
  }

  SmallVector<Value> placeIn(LegAttr leg, Value t, Value steps) {
    if (leg.getReversed())
      t = build.sub(build.sub(steps, number(1)), t);
    SmallVector<Value> values(leg.getDigits().size());
    for (size_t i = values.size(); i-- > 0;) {
      DigitAttr digit = leg.getDigits()[i];
      if (digit.isFixed()) {
        values[i] = number(digit.getAt());
        continue;
      }
      bool isSlowest = llvm::all_of(leg.getDigits().take_front(i), [](DigitAttr d) { return d.isFixed(); });
      values[i] = isSlowest ? t : build.binary(BinaryKind::Mod, t, countOf(digit));
      t = isSlowest ? t : quotient(t, countOf(digit));
    }
    SmallVector<Value> at(axes().size());
    Value isOdd;
    for (auto [digit, value] : llvm::zip(leg.getDigits(), values)) {
      Value v = value;
      if (!digit.isFixed()) {
        v = turned(digit, value, isOdd);
        isOdd = odd(value);
      }
      Value &coordinate = at[axisOf(digit.getAxis())];
      Value part = build.mul(v, number(digit.getDiv()));
      coordinate = coordinate ? build.add(coordinate, part) : part;
    }
    const SmallVector<Value> unskewed = at;
    for (DigitAttr digit : leg.getDigits())
      if (digit.getSkew()) {
        Value by = unskewed[axisOf(digit.getSkew())], here = unskewed[axisOf(digit.getAxis())];
        here = digit.getBack() ? build.sub(here, by) : build.add(here, by);
        at[axisOf(digit.getAxis())] = build.binary(BinaryKind::Mod, here, extent(digit.getAxis()));
      }
    return at;
  }

  OpBuilder &builder;
  Operation *op;
  RouteAttr route;
  Build build;
  Type i32;
};

struct ExpandVisitsPass : impl::ExpandVisitsPassBase<ExpandVisitsPass> {
  using ExpandVisitsPassBase::ExpandVisitsPassBase;

  void runOnOperation() override {
    Block &body = getOperation().getBody().front();
    for (VisitOp visit : llvm::to_vector(body.getOps<VisitOp>()))
      expand(visit);
    for (PlaceOp place : llvm::to_vector(body.getOps<PlaceOp>()))
      expand(place);
    eraseDeadOps(body);
  }

private:
  static Value gather(OpBuilder &builder, Operation *op, StringAttr dim, Value value, Value index) {
    if (!typeOf(value).hasDim(dim))
      return value;
    NdType type = typeOf(value).dropDim(dim);
    for (StringAttr d : typeOf(index).getDims())
      type = addDim(type, d, mixer::getDims(op));
    return GatherOp::create(builder, op->getLoc(), type, dim, value, index);
  }

  /// Whether the digits of an axis may go beyond its end.
  static bool isCut(RouteAttr route, StringAttr axis) {
    return llvm::any_of(route.getLegs(), [&](LegAttr leg) {
      return llvm::any_of(leg.getDigits(), [&](DigitAttr digit) { return digit.getAxis() == axis && digit.getMod(); });
    });
  }

  void expand(VisitOp visit) {
    OpBuilder builder(visit);
    RouteBuilder route(builder, visit, visit.getRoute());
    auto steps = NdType::get(&getContext(), ArrayRef<StringAttr>(visit.getDimAttr()), builder.getI32Type());
    SmallVector<Value> at = visit.getTable() ? route.placeOfNumber(visit.getTable())
                                             : route.placeOf(IndexOp::create(builder, visit.getLoc(), steps, visit.getDim()));
    Value value = visit.getInput();
    Build build(builder, visit);
    for (auto [axis, coordinate] : llvm::zip(route.axes(), at)) {
      if (typeOf(visit.getInput()).hasDim(axis)) {
        value = gather(builder, visit, axis, value, coordinate);
      } else if (visit.getTable() || isCut(visit.getRoute(), axis)) { // a step without a place there is a ghost too
        Value isPlace = build.compare(CompareKind::Lt, coordinate, build.extent(axis, builder.getI32Type()));
        if (visit.getTable())
          isPlace = build.compare(CompareKind::Ge, coordinate, build.number(0, builder.getI32Type()));
        value = build.select(isPlace, value, build.numberLike(0, value));
      }
    }
    visit.replaceAllUsesWith(build.spelled(value, typeOf(visit)));
    visit.erase();
  }

  void expand(PlaceOp place) {
    OpBuilder builder(place);
    Build build(builder, place);
    RouteBuilder route(builder, place, place.getRoute());
    if (place.getTable()) {
      Value value = gather(builder, place, place.getDimAttr(), place.getInput(), route.stepInTable(place.getTable(), place.getDimAttr()));
      place.replaceAllUsesWith(build.spelled(value, typeOf(place)));
      place.erase();
      return;
    }
    Value all;
    for (LegAttr leg : place.getRoute().getLegs()) {
      Value value = gather(builder, place, place.getDimAttr(), place.getInput(), route.stepAt(leg));
      all = all ? build.add(all, value) : value;
    }
    place.replaceAllUsesWith(build.spelled(all, typeOf(place)));
    place.erase();
  }
};

} // namespace
} // namespace mixir::lowering
