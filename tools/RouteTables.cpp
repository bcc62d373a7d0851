// RouteTables.cpp - see RouteTables.h.
#include "tools/RouteTables.h"

#include "dialect/interpreter/Interpreter.h"
#include "frontend/Routes.h"
#include "tools/ToolErrors.h"

namespace mixir::tools {

using namespace frontend;

namespace {

RouteTable tableOf(const Program &program, const typed::Scan &scan, const RouteInfo &route, const Extents &extents,
                   mlir::MLIRContext &context) {
  const Signature &signature = program.signature;
  RouteTable table;
  table.text = routeText(signature, route);
  table.scan = scan.routes ? signature.dims[*scan.routes].name : table.text;
  for (unsigned axis : scan.axes.members()) {
    const std::string &name = signature.dims[axis].name;
    auto extent = extents.find(name);
    if (extent == extents.end() || extent->second < 0)
      throw UsageError("expected an extent of '" + name + "', along which routes go, as in --set " + name + "=5");
    table.axes.push_back(name);
    table.extents.push_back(extent->second);
  }
  table.isKnown = !route.isTable;
  if (route.isTable)
    return table;
  mixer::RouteAttr attr = routeAttr(signature, route, &context);
  std::vector<int64_t> walked;
  std::vector<size_t> order; // of the axes of the route in the header
  for (auto axis : attr.getAxes().getAsRange<mlir::StringAttr>()) {
    order.push_back(static_cast<size_t>(std::find(table.axes.begin(), table.axes.end(), axis.str()) - table.axes.begin()));
    walked.push_back(table.extents[order.back()]);
  }
  int64_t count = 1;
  for (int64_t extent : table.extents)
    count *= extent;
  std::vector<int64_t> visits(static_cast<size_t>(count));
  for (const std::vector<int64_t> &place : interpreter::routePlaces(attr, walked)) {
    int64_t number = place.empty() ? -1 : 0;
    for (size_t axis = 0; axis < table.axes.size() && !place.empty(); axis++)
      number = number * table.extents[axis] + place[static_cast<size_t>(std::find(order.begin(), order.end(), axis) - order.begin())];
    table.places.push_back(number);
    if (number >= 0)
      visits[static_cast<size_t>(number)]++;
  }
  for (int64_t number = 0; number < count; number++)
    if (int64_t visited = visits[static_cast<size_t>(number)]; visited != 1)
      (visited ? table.repeated : table.missed).push_back(number);
  return table;
}

} // namespace

std::vector<RouteTable> routeTables(const Program &program, const Extents &extents, mlir::MLIRContext &context) {
  context.loadDialect<mixer::MixerDialect>();
  std::vector<RouteTable> tables;
  for (const typed::Scan &scan : program.scans)
    for (const RouteInfo &route : scan.walks)
      tables.push_back(tableOf(program, scan, route, extents, context));
  return tables;
}

} // namespace mixir::tools
