// Values in the order of a route, and back: the place of every step from the digits of its number, or
// from a table.
#include "dialect/interpreter/Evaluator.h"

#include <algorithm>

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;

namespace {

/// A route over a grid whose extents are known.
class Places {
public:
  Places(mixer::RouteAttr route, llvm::ArrayRef<int64_t> extents) : route(route), extents(extents) {
    for (mixer::LegAttr leg : route.getLegs()) {
      int64_t count = 1;
      for (mixer::DigitAttr digit : leg.getDigits())
        count *= countOf(digit);
      counts.push_back(count);
    }
  }

  int64_t numSteps() const {
    int64_t all = 0;
    for (int64_t count : counts)
      all += count;
    return all;
  }

  /// The coordinates of step `t`, or nothing at a ghost.
  std::optional<Extents> ofStep(int64_t t) const {
    for (auto [leg, count] : llvm::zip(route.getLegs(), counts)) {
      if (t < count)
        return ofLeg(leg, leg.getReversed() ? count - 1 - t : t);
      t -= count;
    }
    return std::nullopt;
  }

  /// The coordinates of place `number`, the last axis fastest.
  std::optional<Extents> ofNumber(int64_t number) const {
    Extents place(extents.size(), 0);
    if (number < 0)
      return std::nullopt;
    for (size_t axis = extents.size(); axis-- > 0; number /= std::max<int64_t>(extents[axis], 1))
      place[axis] = extents[axis] ? number % extents[axis] : 0;
    return number == 0 ? std::optional(place) : std::nullopt;
  }

private:
  size_t axisOf(mlir::StringAttr name) const {
    return static_cast<size_t>(llvm::find(route.getAxes(), name) - route.getAxes().begin());
  }

  int64_t countOf(mixer::DigitAttr digit) const {
    if (digit.isFixed())
      return 1;
    int64_t rest = (extents[axisOf(digit.getAxis())] + digit.getDiv() - 1) / digit.getDiv();
    return digit.getMod() ? digit.getMod() : rest;
  }

  std::optional<Extents> ofLeg(mixer::LegAttr leg, int64_t t) const {
    Extents place(extents.size(), 0);
    llvm::SmallVector<int64_t> values(leg.getDigits().size());
    for (size_t i = values.size(); i-- > 0;) {
      int64_t count = countOf(leg.getDigits()[i]);
      values[i] = t % count;
      t /= count;
    }
    bool isOdd = false; // the step of the next slower digit that counts
    for (auto [digit, value] : llvm::zip(leg.getDigits(), values)) {
      int64_t last = countOf(digit) - 1, v = value;
      if (digit.getReversed() != (digit.getSnake() && isOdd))
        v = last - v;
      if (digit.isFixed())
        v = digit.getAt();
      else
        isOdd = value % 2;
      place[axisOf(digit.getAxis())] += v * digit.getDiv();
    }
    const Extents unskewed = place;
    for (mixer::DigitAttr digit : leg.getDigits())
      if (digit.getSkew()) {
        int64_t size = extents[axisOf(digit.getAxis())], by = unskewed[axisOf(digit.getSkew())];
        int64_t at = unskewed[axisOf(digit.getAxis())] + (digit.getBack() ? -by : by);
        place[axisOf(digit.getAxis())] = (at % size + size) % size;
      }
    for (auto [coordinate, extent] : llvm::zip(place, extents))
      if (coordinate >= extent)
        return std::nullopt;
    return place;
  }

  mixer::RouteAttr route;
  Extents extents;
  Extents counts; ///< steps of each leg
};

template <typename T>
std::function<void()> carry(Slot *grid, Slot *steps, Slot *table, Nest<3> nest, Places places, Extents strides,
                            int64_t stepStride, int64_t tableStride, int64_t length, bool isVisit) {
  return [=] {
    Slot *to = isVisit ? steps : grid;
    std::fill_n(to->at<T>(), to->size(), T(0));
    nest.run([&](int64_t n, auto off, auto st) {
      for (int64_t i = 0; i < n; ++i)
        for (int64_t t = 0; t < length; ++t) {
          std::optional<Extents> place =
              table ? places.ofNumber(static_cast<int64_t>(*table->at<double>(off[2] + i * st[2] + t * tableStride)))
                    : places.ofStep(t);
          if (!place)
            continue;
          int64_t at = off[0] + i * st[0];
          for (auto [coordinate, stride] : llvm::zip(*place, strides))
            at += coordinate * stride;
          T *there = grid->at<T>(at), *step = steps->at<T>(off[1] + i * st[1] + t * stepStride);
          if (isVisit)
            *step = *there;
          else
            *there += *step;
        }
    });
  };
}

} // namespace

template <typename OpT>
Error Evaluator::compileRouted(OpT op, Slot *grid, Slot *steps, bool isVisit, Program &program) {
  mlir::StringAttr dim = op.getDimAttr();
  mixer::RouteAttr route = op.getRoute();
  Slot *table = op.getTable() ? find(op.getTable()) : nullptr;
  Extents extents, strides;
  for (auto axis : route.getAxes().template getAsRange<mlir::StringAttr>()) {
    extents.push_back(extent(axis));
    strides.push_back(grid->strideOf(axis));
  }
  Places places(route, extents);
  if (!table && places.numSteps() != extent(dim))
    return makeError("dimension '" + op.getDim() + "': expected " + llvm::Twine(places.numSteps()) +
                     " steps of a route, got " + llvm::Twine(extent(dim)));
  Nest<3> nest;
  for (auto [d, n] : llvm::zip(steps->dims, steps->extents))
    if (d != dim)
      nest.addLoop(n, {grid->strideOf(d), steps->strideOf(d), table ? table->strideOf(d) : 0});
  if (table) // where it varies over what only the grid has
    for (auto [d, n] : llvm::zip(grid->dims, grid->extents))
      if (!llvm::is_contained(route.getAxes(), d) && !llvm::is_contained(steps->dims, d))
        nest.addLoop(n, {grid->strideOf(d), 0, table->strideOf(d)});
  auto make = grid->complex ? carry<Complex> : carry<double>;
  program.steps.push_back(make(grid, steps, table, nest, places, strides, steps->strideOf(dim),
                               table ? table->strideOf(dim) : 0, extent(dim), isVisit));
  return Error::success();
}

Error Evaluator::compileVisit(mixer::VisitOp op, Program &program) {
  Slot *grid = find(op.getInput());
  return compileRouted(op, grid, define(op.getResult()), true, program);
}

Error Evaluator::compilePlace(mixer::PlaceOp op, Program &program) {
  Slot *steps = find(op.getInput());
  return compileRouted(op, define(op.getResult()), steps, false, program);
}

std::vector<std::vector<int64_t>> interpreter::routePlaces(mixer::RouteAttr route, llvm::ArrayRef<int64_t> extents) {
  Places places(route, extents);
  std::vector<std::vector<int64_t>> all;
  for (int64_t t = 0; t < places.numSteps(); ++t) {
    std::optional<Extents> place = places.ofStep(t);
    all.push_back(place ? std::vector<int64_t>(place->begin(), place->end()) : std::vector<int64_t>());
  }
  return all;
}
