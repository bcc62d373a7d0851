// AwkwardShapes.cpp - see AwkwardShapes.h.
#include "tools/AwkwardShapes.h"

#include "tools/Specialise.h"

#include <algorithm>
#include <cmath>

namespace mixir::tools {

const std::vector<AwkwardShape> &awkwardShapes() {
  static const std::vector<AwkwardShape> shapes = {
      {7, 1, {33, 7, 2, 3, 2}},
      {1, 2, {7, 5, 3, 2, 1}},
      {65, 2, {65, 4, 2, 1, 2}},
      {2049, 1, {1, 3, 1, 2, 1}, true},
  };
  return shapes;
}

static double pointsOf(const Extents &extents) {
  double points = 1;
  for (const auto &[name, extent] : extents)
    points *= static_cast<double>(std::max<int64_t>(extent, 1));
  return points;
}

/// Extents of the axes of a grid, of which no two are alike and some are 1: 1 x W, H x 1 and in between.
static int64_t gridExtent(int64_t time, size_t axis, size_t numAxes) {
  if (time == 1)
    return axis == 0 ? 1 : 3 + static_cast<int64_t>(axis);
  if (time > 1000)
    return axis == 0 ? time : 1;
  auto side = static_cast<int64_t>(std::ceil(std::pow(static_cast<double>(time), 1.0 / static_cast<double>(numAxes))));
  return axis == 0 ? side + 2 : side - 1 + static_cast<int64_t>(axis);
}

Extents extentsFor(const frontend::Program &program, const AwkwardShape &shape, const Extents &set,
                   double mostPoints) {
  frontend::DimSet walked = usesOf(program).walked;
  const auto &dims = program.signature.dims;
  Extents extents = set;
  size_t next = 0;
  std::vector<unsigned> axes = gridAxes(program).members();
  for (size_t i = dims.size(); i-- > 0;) {
    bool isTime = walked.contains(static_cast<unsigned>(i));
    if (dims[i].extent || !dims[i].expr.empty() || extents.count(dims[i].name))
      continue;
    auto axis = std::find(axes.begin(), axes.end(), static_cast<unsigned>(i));
    if (axis != axes.end())
      extents[dims[i].name] = gridExtent(shape.time, static_cast<size_t>(axis - axes.begin()), axes.size());
    else if (isTime)
      extents[dims[i].name] = shape.time;
    else if (i == 0)
      extents[dims[i].name] = shape.batch;
    else
      extents[dims[i].name] = shape.others[next++ % shape.others.size()];
  }
  Extents bound = bindExtents(program.signature, {}, extents);
  if (pointsOf(bound) <= mostPoints || shape.time == 1)
    return bound;
  AwkwardShape smaller = shape;
  for (int64_t &other : smaller.others)
    other = std::min<int64_t>(other, 3);
  if (smaller.others == shape.others)
    smaller.time = shape.time / 2 | 1; // stays odd
  bool isDone = smaller.time == shape.time && smaller.others == shape.others;
  return isDone ? bound : extentsFor(program, smaller, set, mostPoints);
}

std::set<std::string> optionalOperands(const frontend::Signature &signature) {
  std::set<std::string> names;
  for (const frontend::OperandInfo &operand : signature.operands)
    if (operand.optionality != frontend::Optionality::Required)
      names.insert(operand.name);
  return names;
}

} // namespace mixir::tools
