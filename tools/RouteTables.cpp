// RouteTables.cpp - see RouteTables.h.
#include "tools/RouteTables.h"

#include "dialect/interpreter/Interpreter.h"
#include "frontend/Routes.h"
#include "tools/Generate.h"
#include "tools/ToolErrors.h"
#include "tools/Verify.h"

namespace mixir::tools {

using namespace frontend;

namespace {

/// Finds whether values depend on what a call gives.
class CallDependence {
public:
  bool isOfCall(const typed::Expr *expr) {
    using typed::ExprKind;
    if (!expr)
      return false;
    if (expr->kind == ExprKind::Operand || (expr->kind == ExprKind::Final && isOfCall(*expr->state->scan)))
      return true;
    if (expr->value && (expr->value->scan ? isOfCall(*expr->value->scan) : isOfCall(expr->value->expr)))
      return true;
    if (expr->scan && llvm::any_of(expr->scan->tables, [&](const typed::Expr *table) { return isOfCall(table); }))
      return true;
    return llvm::any_of(expr->args, [&](const typed::Expr *arg) { return isOfCall(arg); });
  }

private:
  bool isOfCall(const typed::Scan &scan) {
    auto [known, isNew] = scans.try_emplace(&scan, false); // a scan asks for itself: what else it has decides
    if (!isNew)
      return known->second;
    bool answer = isOfCall(scan.parent);
    for (const typed::State *state : scan.states)
      answer |= isOfCall(state->init);
    for (const typed::Expr *table : scan.tables)
      answer |= isOfCall(table);
    for (const typed::Stmt &stmt : scan.body)
      answer |= isOfCall(stmt.kind == typed::StmtKind::Define ? stmt.value->expr : stmt.expr);
    return scans[&scan] = answer;
  }

  llvm::DenseMap<const typed::Scan *, bool> scans;
};

/// Walk number `number` of a program: its scans, then its values along routes.
const typed::Scan &walkOf(const Program &program, size_t number) {
  size_t scans = program.scans.size();
  return number < scans ? program.scans[number] : program.walks[number - scans];
}

/// The entries of table number `number` of walk number `at`, as the interpreter finds them; nothing if they depend on
/// a call.
std::vector<int64_t> computedTable(Session &session, const MixerChoice &choice, size_t at, size_t number) {
  auto program = session.analyse(choice);
  const typed::Scan &walk = walkOf(*program, at);
  const typed::Expr *table = walk.tables[number];
  if (CallDependence().isOfCall(table) || table->type.dims != DimSet::of(*walk.along))
    return {};
  OperandInfo result;
  result.name = "places";
  result.role = OperandRole::Out;
  result.dtype = StoredType::I32;
  result.axes = {{*walk.along}};
  program->results = {table};
  program->signature.results = {result};
  Extents extents;
  for (const DimInfo &dim : program->signature.dims)
    extents[dim.name] = dim.extent.value_or(1); // those of operands do not matter
  interpreter::Arrays results =
      runInterpreter(session, *program, generateInputs(program->signature, extents, inputRanges().front(), 1), extents);
  const std::vector<double> &places = results.at("places").data;
  return std::vector<int64_t>(places.begin(), places.end());
}

/// Counts how often each place is visited.
void countVisits(RouteTable &table) {
  int64_t count = 1;
  for (int64_t extent : table.extents)
    count *= extent;
  std::vector<int64_t> visits(static_cast<size_t>(count));
  for (int64_t number : table.places)
    if (number >= 0 && number < count)
      visits[static_cast<size_t>(number)]++;
  for (int64_t number = 0; number < count; number++)
    if (int64_t visited = visits[static_cast<size_t>(number)]; visited != 1)
      (visited ? table.repeated : table.missed).push_back(number);
}

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
  for (const std::vector<int64_t> &place : interpreter::routePlaces(attr, walked)) {
    int64_t number = place.empty() ? -1 : 0;
    for (size_t axis = 0; axis < table.axes.size() && !place.empty(); axis++)
      number = number * table.extents[axis] + place[static_cast<size_t>(std::find(order.begin(), order.end(), axis) - order.begin())];
    table.places.push_back(number);
  }
  countVisits(table);
  return table;
}

} // namespace

std::vector<RouteTable> routeTables(Session &session, const MixerChoice &choice) {
  session.context.loadDialect<mixer::MixerDialect>();
  auto program = session.analyse(choice);
  Extents extents = choice.extents;
  for (const DimInfo &dim : program->signature.dims)
    if (dim.extent)
      extents[dim.name] = *dim.extent;
  std::vector<RouteTable> tables;
  for (size_t number = 0; number < program->scans.size() + program->walks.size(); number++) {
    const typed::Scan &scan = walkOf(*program, number);
    for (size_t i = 0; i < scan.walks.size(); i++) {
      RouteTable table = tableOf(*program, scan, scan.walks[i], extents, session.context);
      if (!table.isKnown && program->signature.dims[*scan.along].extent) {
        table.places = computedTable(session, choice, number, i);
        table.isKnown = !table.places.empty();
        if (table.isKnown)
          countVisits(table);
      }
      table.use = number < program->scans.size() ? "scan" : "value";
      tables.push_back(std::move(table));
    }
  }
  return tables;
}

} // namespace mixir::tools
