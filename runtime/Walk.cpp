// Walk.cpp - see Walk.h.
#include "Walk.h"

#include "Binding.h"
#include "Failure.h"
#include "Staging.h"

#include <algorithm>
#include <cstring>

using namespace mixir::runtime;

namespace {

int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Finds the stretches of one leg, digit by digit.
class LegWalker {
public:
  LegWalker(const WalkSpec &walk, const LegSpec &leg, const int64_t *sizes, std::vector<Stretch> &out)
      : walk(walk), leg(leg), sizes(sizes), out(out) {
    for (const DigitSpec &digit : leg.digits) {
      int64_t rest = ceilDiv(sizes[digit.axis], digit.div);
      counts.push_back(digit.at >= 0 ? 1 : digit.mod ? digit.mod : rest);
    }
  }

  void run(int64_t start) {
    size_t first = out.size();
    if (std::find(counts.begin(), counts.end(), 0) == counts.end())
      visit(0, false);
    if (leg.isReversed) {
      std::reverse(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
      for (size_t i = first; i < out.size(); i++)
        turnRound(out[i]);
    }
    for (size_t i = first; i < out.size(); i++) {
      out[i].start = start;
      start += out[i].length;
    }
  }

private:
  size_t axisIndex(int axis) const {
    return static_cast<size_t>(std::find(walk.axes.begin(), walk.axes.end(), axis) - walk.axes.begin());
  }

  static void turnRound(Stretch &stretch) {
    for (int axis = 0; axis < kMaxRouteAxes; axis++) {
      stretch.at[axis] += stretch.by[axis] * (stretch.length - 1);
      stretch.by[axis] = -stretch.by[axis];
    }
  }

  /// Goes through the values of digit `i` and of all faster ones; `isOdd`: the step of the slower one.
  void visit(size_t i, bool isOdd) {
    const DigitSpec &digit = leg.digits[i];
    int64_t &coordinate = at[axisIndex(digit.axis)], count = counts[i];
    bool isBackward = digit.isReversed != (digit.isSnake && isOdd);
    int64_t before = coordinate;
    if (i + 1 == leg.digits.size()) {
      coordinate += (digit.at >= 0 ? digit.at : isBackward ? count - 1 : 0) * digit.div;
      cut(count, axisIndex(digit.axis), isBackward ? -digit.div : digit.div);
      coordinate = before;
      return;
    }
    for (int64_t step = 0; step < count; step++) {
      coordinate = before + (digit.at >= 0 ? digit.at : isBackward ? count - 1 - step : step) * digit.div;
      visit(i + 1, digit.at >= 0 ? isOdd : step % 2 != 0);
    }
    coordinate = before;
  }

  /// Cuts the walk of the fastest digit where it leaves the grid, enters it, or goes round an end.
  void cut(int64_t count, size_t fast, int64_t by) {
    for (int64_t done = 0; done < count;) {
      Stretch stretch;
      stretch.length = count - done;
      for (size_t axis = 0; axis < walk.axes.size(); axis++) {
        int64_t size = sizes[walk.axes[axis]];
        int64_t here = at[axis] + (axis == fast ? by * done : 0), change = axis == fast ? by : 0;
        if (const DigitSpec *digit = skewOf(axis)) {
          size_t other = axisIndex(digit->skew);
          int64_t sign = digit->isSkewBack ? -1 : 1;
          here += sign * (at[other] + (other == fast ? by * done : 0));
          change += other == fast ? sign * by : 0;
          here = (here % size + size) % size;
        } else if (here >= size) {
          stretch.isGhost = true;
        }
        if (here >= size && change < 0)
          stretch.length = std::min(stretch.length, ceilDiv(here - size + 1, -change));
        else if (here < size && change > 0)
          stretch.length = std::min(stretch.length, ceilDiv(size - here, change));
        else if (here < size && change < 0)
          stretch.length = std::min(stretch.length, here / -change + 1);
        stretch.at[axis] = here;
        stretch.by[axis] = change;
      }
      done += stretch.length;
      out.push_back(stretch);
    }
  }

  const DigitSpec *skewOf(size_t axis) const {
    for (const DigitSpec &digit : leg.digits)
      if (digit.skew >= 0 && digit.axis == walk.axes[axis])
        return &digit;
    return nullptr;
  }

  const WalkSpec &walk;
  const LegSpec &leg;
  const int64_t *sizes;
  std::vector<Stretch> &out;
  std::vector<int64_t> counts;
  int64_t at[kMaxRouteAxes] = {};
};

/// Calls `visit(offset)` for the elements of a tensor over the dimensions but `without`.
template <typename Fn>
void forEachEntry(const std::vector<int> &dims, size_t i, const Binding &binding, const int64_t *strides, int64_t offset,
                  const Fn &visit) {
  if (i == dims.size())
    return visit(offset);
  for (int64_t at = 0; at < binding.sizes[dims[i]]; at++)
    forEachEntry(dims, i + 1, binding, strides, offset + at * strides[dims[i]], visit);
}

} // namespace

std::vector<Stretch> mixir::runtime::stretchesOf(const WalkSpec &walk, const int64_t *sizes) {
  std::vector<Stretch> stretches;
  for (const LegSpec &leg : walk.legs) {
    int64_t start = stretches.empty() ? 0 : stretches.back().start + stretches.back().length;
    LegWalker(walk, leg, sizes, stretches).run(start);
  }
  return stretches;
}

bool mixir::runtime::placeOfNumber(const WalkSpec &walk, const int64_t *sizes, int64_t number, int64_t *at) {
  if (number < 0)
    return false;
  for (size_t axis = walk.axes.size(); axis-- > 0;) {
    int64_t size = std::max<int64_t>(sizes[walk.axes[axis]], 1);
    at[axis] = number % size;
    number /= size;
  }
  return number == 0;
}

/// The dimensions of a tensor but `without`.
static std::vector<int> otherDims(const TensorSpec &tensor, int without) {
  std::vector<int> others;
  for (const AxisSpec &axis : tensor.axes)
    for (int dim : axis)
      if (dim != without)
        others.push_back(dim);
  return others;
}

void mixir::runtime::checkParents(const Manifest &manifest, int tensor, const Binding &binding) {
  const TensorSpec &table = manifest.tensors[tensor];
  const int64_t *strides = binding.stridesOf(tensor);
  forEachEntry(otherDims(table, table.parents), 0, binding, strides, 0, [&](int64_t offset) {
    for (int64_t step = 0; step < binding.sizes[table.parents]; step++) {
      int32_t parent;
      std::memcpy(&parent, binding.data[tensor] + (offset + step * strides[table.parents]) * 4, 4);
      if (parent < -1 || parent >= step)
        fail(MIXIR_ERROR_ROUTE, "tensor '", table.name, "': expected at step ", step,
             " the number of a step before it, or -1 for none, got ", parent);
    }
  });
}

void mixir::runtime::checkRouteTable(const Manifest &manifest, const WalkSpec &walk, const Binding &binding) {
  const TensorSpec &table = manifest.tensors[walk.table];
  const std::string &name = table.viewOf >= 0 ? manifest.tensors[table.viewOf].name : table.name; // as the caller knows it
  const int64_t *strides = binding.stridesOf(walk.table);
  int64_t places = 1, steps = binding.sizes[walk.dim];
  for (int axis : walk.axes)
    places *= binding.sizes[axis];
  std::vector<int64_t> stepOf(static_cast<size_t>(places));
  forEachEntry(otherDims(table, walk.dim), 0, binding, strides, 0, [&](int64_t offset) {
    std::fill(stepOf.begin(), stepOf.end(), -1);
    for (int64_t step = 0; step < steps; step++) {
      int32_t place;
      std::memcpy(&place, binding.data[walk.table] + (offset + step * strides[walk.dim]) * 4, 4);
      if (place < -1 || place >= places)
        fail(MIXIR_ERROR_ROUTE, "tensor '", name, "': expected places from 0 to ", places - 1,
             ", or -1 for none, got ", place, " at step ", step);
      if (place >= 0 && stepOf[static_cast<size_t>(place)] >= 0)
        fail(MIXIR_ERROR_ROUTE, "tensor '", name, "': expected each place at most once, got ", place,
             " at steps ", stepOf[static_cast<size_t>(place)], " and ", step);
      if (place >= 0)
        stepOf[static_cast<size_t>(place)] = step;
    }
  });
}

void mixir::runtime::zeroWalked(const Manifest &manifest, int view, const Binding &binding) {
  const TensorSpec &tensor = manifest.tensors[view];
  const int64_t *strides = binding.stridesOf(view);
  auto bytes = static_cast<int64_t>(mixir_dtype_size(tensor.dtype));
  std::vector<CopyDim> dims;
  auto add = [&](int dim) { dims.push_back({binding.sizes[dim], strides[dim] * bytes, 0}); };
  for (const AxisSpec &axis : tensor.axes)
    for (int dim : axis)
      if (dim != tensor.walk->dim)
        add(dim);
  for (int axis : tensor.walk->axes)
    add(axis);
  if (bytes == 8) { // a complex element is two words
    bytes = 4;
    dims.push_back({2, 4, 0});
  }
  zeroBox(binding.data[view], dims.data(), static_cast<int>(dims.size()), static_cast<size_t>(bytes));
}
