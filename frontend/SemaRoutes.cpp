// Routes: their digits make up the coordinates of the axes, all routes of a dimension walk the same
// axes in the same number of steps.
#include "frontend/SemaImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mixir::frontend;

void Sema::checkRoutes(const ast::RoutesDecl &decl) {
  DimInfo info;
  info.name = decl.name.text;
  info.range = decl.range;
  info.extent = decl.routes.size();
  bool ok = true;
  for (const ast::Route &written : decl.routes) {
    std::optional<RouteInfo> route = checkRoute(written);
    ok &= route.has_value();
    if (!route)
      continue;
    if (!info.routes.empty() && info.routes.front().axes() != route->axes()) {
      ok = false;
      error(ErrorCode::bad_route, written.range,
            "expected all routes of '" + info.name + "' over " +
                dimsText(signature(), info.routes.front().axes()) + ", got one over " +
                dimsText(signature(), route->axes()));
    } else if (!info.routes.empty() && !route->isTable && !info.routes.front().isTable &&
               stepsText(info.routes.front()) != stepsText(*route)) {
      ok = false;
      error(ErrorCode::bad_route, written.range,
            "expected all routes of '" + info.name + "' to have " +
                stepsText(info.routes.front()) + " steps, got one of " + stepsText(*route) +
                "; others need a dimension of routes of their own");
    }
    info.routes.push_back(std::move(*route));
  }
  if (!decl.along.text.empty()) {
    info.along = dimension(decl.along);
    ok &= info.along.has_value();
  }
  Symbol symbol;
  if (signature().dims.size() >= DimSet::maxDims) {
    ok = false;
    error(ErrorCode::too_large, decl.name.range,
          "expected at most " + llvm::Twine(DimSet::maxDims) + " dimensions, got more");
  }
  if (ok) {
    symbol.kind = Symbol::Dim;
    symbol.index = static_cast<unsigned>(signature().dims.size());
    routeDecls[symbol.index] = &decl;
  }
  if (declare(decl.name, symbol) && ok)
    program->signature.dims.push_back(std::move(info));
}

/// The route of the layer, of which the first has number 1; routes that are no schedule themselves.
const ast::Route &Sema::chosen(const ast::Route &route) {
  if (!route.layer)
    return route;
  bool isDerived = false, ok = true;
  int64_t layer = evalDim(*route.layer, isDerived, ok).value_or(1);
  return route.choices[static_cast<size_t>(std::max<int64_t>(layer, 1) - 1) % route.choices.size()];
}

/// Checks the routes of all layers; answers that of the layer which is asked for.
std::optional<RouteInfo> Sema::checkSchedule(const ast::Route &route) {
  if (!digitNumber(route.layer.get(), 1, 1))
    return std::nullopt;
  std::optional<RouteInfo> answer;
  std::optional<DimSet> axes;
  for (const ast::Route &choice : route.choices) {
    std::optional<RouteInfo> checked = checkRoute(choice);
    if (!checked)
      return std::nullopt;
    if (axes && *axes != checked->axes()) {
      error(ErrorCode::bad_route, choice.range,
            "expected the routes of all layers over " + dimsText(signature(), *axes) + ", got one over " +
                dimsText(signature(), checked->axes()));
      return std::nullopt;
    }
    axes = checked->axes();
    if (&choice == &chosen(route))
      answer = std::move(checked);
  }
  return answer;
}

std::optional<RouteInfo> Sema::checkRoute(const ast::Route &route) {
  if (route.layer)
    return checkSchedule(route);
  RouteInfo info;
  info.restarts = route.restarts && route.legs.size() > 1;
  bool ok = true;
  for (const ast::RouteLeg &written : route.legs) {
    LegInfo leg;
    leg.isReversed = written.isReversed;
    for (const ast::RouteDigit &digit : written.digits) {
      std::optional<DigitInfo> checked = checkDigit(digit);
      ok &= checked.has_value();
      if (checked)
        leg.digits.push_back(*checked);
    }
    info.legs.push_back(std::move(leg));
  }
  if (!ok)
    return std::nullopt;
  for (auto [leg, written] : llvm::zip(info.legs, route.legs))
    if (!checkLeg(leg, written, info.axes()))
      return std::nullopt;
  if (!route.table)
    return info;
  info.isTable = true;
  for (const ast::RouteDigit &digit : route.legs[0].digits)
    if (digit.divisor || digit.at || digit.isReversed || digit.isSnake || !digit.skew.text.empty()) {
      error(ErrorCode::bad_route, digit.range,
            "expected the axes that number the places of a table, as in H > W, got '" +
                sources.text(digit.range).take_front(40) + "'");
      return std::nullopt;
    }
  return info;
}

/// A number of a digit, of at least `least`; `absent` where none is written.
std::optional<int64_t> Sema::digitNumber(const ast::Expr *expr, int64_t least, int64_t absent) {
  if (!expr)
    return absent;
  bool isDerived = false, ok = true;
  std::optional<int64_t> number = evalDim(*expr, isDerived, ok);
  if (!ok)
    return std::nullopt;
  if (number && *number >= least && *number <= maxExtent)
    return number;
  error(ErrorCode::bad_route, expr->range,
        "expected a whole number of at least " + llvm::Twine(least) +
            ", or a dimension with a value, got '" + sources.text(expr->range).take_front(40) + "'");
  return std::nullopt;
}

std::optional<DigitInfo> Sema::checkDigit(const ast::RouteDigit &digit) {
  DigitInfo info;
  std::optional<unsigned> axis = dimension(digit.axis);
  std::optional<int64_t> div = digitNumber(digit.divisor.get(), 1, 1),
                         mod = digitNumber(digit.modulus.get(), 1, 0), at = digitNumber(digit.at.get(), 0, -1);
  if (!axis || !div || !mod || !at)
    return std::nullopt;
  auto isAxis = [&](unsigned dim, const ast::Name &name) {
    if (signature().dims[dim].routes.empty())
      return true;
    error(ErrorCode::bad_route, name.range,
          "expected a route along an axis, got " + quoted(dim) + ", which holds routes")
        .note(signature().dims[dim].range, "declared here");
    return false;
  };
  if (!isAxis(*axis, digit.axis))
    return std::nullopt;
  info.axis = *axis;
  info.div = *div;
  info.mod = *mod;
  info.at = *at;
  info.isReversed = digit.isReversed;
  info.isSnake = digit.isSnake;
  info.isSkewBack = digit.isSkewBack;
  if (info.mod && info.at >= info.mod) {
    error(ErrorCode::bad_route, digit.at->range,
          "expected a value below " + llvm::Twine(info.mod) + " of the digit '" +
              sources.text(digit.range).take_front(40) + "', got " + llvm::Twine(info.at));
    return std::nullopt;
  }
  if (!digit.skew.text.empty()) {
    info.skew = dimension(digit.skew);
    if (!info.skew || !isAxis(*info.skew, digit.skew))
      return std::nullopt;
  }
  return info;
}

/// Each place of each axis once: the digits of an axis divide it without a gap.
bool Sema::checkLeg(const LegInfo &leg, const ast::RouteLeg &written, DimSet axes) {
  Range range = Range::join(written.digits.front().range, written.digits.back().range);
  for (unsigned axis : axes.members()) {
    std::vector<DigitInfo> digits;
    for (const DigitInfo &digit : leg.digits)
      if (digit.axis == axis)
        digits.push_back(digit);
    llvm::sort(digits, [](const DigitInfo &a, const DigitInfo &b) { return a.div < b.div; });
    int64_t next = 1; // the divisor of the next digit; 0: nothing is left
    bool hasGap = false;
    for (const DigitInfo &digit : digits) {
      hasGap |= digit.div != next;
      next = digit.div * digit.mod;
    }
    if (!hasGap && next == 0)
      continue;
    std::string name = signature().dims[axis].name;
    error(ErrorCode::bad_route, range,
          digits.empty()
              ? "expected every leg of a route over all its axes, got none of " + quoted(axis)
              : "expected digits that make up the coordinate of " + quoted(axis) + ", each part of it once, as " +
                    name + " or " + name + " / 7 and " + name + " % 7, got '" +
                    sources.text(range).take_front(60).str() + "'");
    return false;
  }
  for (auto [digit, text] : llvm::zip(leg.digits, written.digits)) {
    if (digit.skew && (!axes.contains(*digit.skew) || *digit.skew == digit.axis)) {
      error(ErrorCode::bad_route, text.range,
            "expected another axis of the route that moves " + quoted(digit.axis) + ", got " + quoted(*digit.skew));
      return false;
    }
    if (digit.isSnake && &text == written.digits.data()) {
      error(ErrorCode::bad_route, text.range,
            "expected a slower digit before '^', at whose odd steps this one turns round, got the slowest");
      return false;
    }
  }
  return true;
}

/// How many steps a route has, in a form that is the same for equal products.
std::string Sema::stepsText(const RouteInfo &route) const {
  if (route.isTable)
    return "as many as its table has";
  std::vector<std::string> legs;
  int64_t known = 0;
  for (const LegInfo &leg : route.legs) {
    std::vector<std::string> factors;
    int64_t number = 1;
    for (const DigitInfo &digit : leg.digits) {
      const DimInfo &axis = signature().dims[digit.axis];
      if (digit.at >= 0)
        continue;
      if (digit.mod || axis.extent)
        number *= digit.mod ? digit.mod : (*axis.extent + digit.div - 1) / digit.div;
      else
        factors.push_back(digit.div == 1 ? axis.name : axis.name + " / " + std::to_string(digit.div));
    }
    if (factors.empty()) {
      known += number;
      continue;
    }
    llvm::sort(factors);
    if (number > 1)
      factors.push_back(std::to_string(number));
    legs.push_back(llvm::join(factors, " * "));
  }
  llvm::sort(legs);
  if (known || legs.empty())
    legs.push_back(std::to_string(known));
  return llvm::join(legs, " + ");
}

/// The routes of a scan, or of a value along them: those of a dimension, or the one that is written there.
bool Sema::checkWalk(const ast::Route &route, const ast::Name &along, typed::Scan &scan) {
  std::vector<const ast::Route *> written = {&chosen(route)};
  bool isReversed = route.isPlain() && route.legs[0].digits[0].isReversed;
  if (route.isPlain()) {
    std::optional<unsigned> dim = dimension(route.legs[0].digits[0].axis);
    if (!dim)
      return false;
    if (!signature().dims[*dim].routes.empty()) {
      scan.routes = *dim;
      scan.walks = signature().dims[*dim].routes;
      scan.along = signature().dims[*dim].along;
      written.clear();
      for (const ast::Route &declared : routeDecls[*dim]->routes)
        written.push_back(&chosen(declared));
      if (isReversed)
        for (RouteInfo &walk : scan.walks)
          walk.reverse();
    }
  }
  if (!scan.routes) {
    std::optional<RouteInfo> walk = checkRoute(route);
    if (!walk)
      return false;
    scan.walks = {std::move(*walk)};
  }
  if (!along.text.empty()) {
    scan.along = dimension(along);
    if (!scan.along)
      return false;
  }
  scan.axes = scan.walks.front().axes();
  size_t numSteps = llvm::count_if(program->scans, [](const typed::Scan &other) { return !other.isPlain(); });
  if (!scan.isPlain() && signature().dims.size() + numSteps >= DimSet::maxDims) {
    error(ErrorCode::too_large, route.range,
          "expected at most " + llvm::Twine(DimSet::maxDims) + " dimensions with those of the steps of routes, got more");
    return false;
  }
  for (auto [walk, text] : llvm::zip(scan.walks, written)) {
    scan.tables.push_back(nullptr);
    if (!walk.isTable)
      continue;
    if (isReversed) {
      error(ErrorCode::bad_route, route.range,
            "expected a table in the order of its steps, got one walked backwards; gather its entries from the end");
      return false;
    }
    if (!checkTable(*text, scan))
      return false;
  }
  return true;
}

/// What the steps of a scan come after.
bool Sema::checkStructure(const ast::Stmt &stmt, typed::Scan &scan) {
  auto fail = [&](const llvm::Twine &message) {
    error(ErrorCode::bad_structure, stmt.route.range, message);
    return false;
  };
  if (stmt.structure == ast::Structure::Tree) {
    scan.structure = typed::Scan::Tree;
    if (scan.restarts())
      return fail("expected legs that hand their states on in a tree, where the parent says what a step begins with, got "
                  "restart(...)");
    return !scan.routes || fail("expected one route for the steps of a tree, got " + quoted(*scan.routes) +
                                ", which holds several");
  }
  if (stmt.structure == ast::Structure::Path)
    return true;
  scan.structure = typed::Scan::Grid;
  for (const RouteInfo &route : scan.walks) {
    auto isAxis = [](const DigitInfo &digit) {
      return digit.div == 1 && digit.mod == 0 && digit.at < 0 && !digit.isSnake && !digit.skew;
    };
    if (route.isTable || route.legs.size() != 1 || route.legs[0].isReversed || route.legs[0].digits.size() != 2 ||
        !llvm::all_of(route.legs[0].digits, isAxis))
      return fail("expected two axes in a grid, as in grid(H, ~W), or a dimension of routes like H > ~W, got '" +
                  sources.text(stmt.route.range).take_front(60) + "'");
  }
  return true;
}

/// The step of a tree that each step comes after, as the step itself sees it.
bool Sema::checkParent(const ast::Stmt &stmt, typed::Scan &scan) {
  if (!stmt.parent)
    return true;
  Expr *parent = check(*stmt.parent);
  if (!parent)
    return false;
  if (parent->type.element != Element::I32) {
    error(ErrorCode::wrong_type, stmt.parent->range,
          "expected numbers of steps, of i32, as the parents of a tree, got " + typeText(parent));
    return false;
  }
  scan.parent = parent;
  unsigned along = scan.along.value_or(scan.axes.members().front());
  bool isForward = scan.along || (scan.isPlain() && !scan.walks.front().legs[0].digits[0].isReversed);
  if (parent->kind == typed::ExprKind::Operand && parent->isStep && isForward) // each step knows its entry
    program->signature.operands[parent->index].table = TableUse{along, {}};
  return true;
}

bool Sema::checkTable(const ast::Route &written, typed::Scan &scan) {
  if (!scan.along) {
    error(ErrorCode::bad_route, written.range,
          "expected 'along' and the dimension of the steps behind routes with a table, got none");
    return false;
  }
  unsigned along = *scan.along;
  Expr *table = check(*written.table);
  if (!table)
    return false;
  if (table->type.element != Element::I32 || !table->type.dims.contains(along)) {
    error(ErrorCode::bad_route, written.table->range,
          "expected a table of i32 over the steps " + quoted(along) + ", got " + typeText(table));
    return false;
  }
  DimSet others = table->type.dims - DimSet::of(along);
  if (DimSet walked = others & scan.axes; !walked.empty()) {
    error(ErrorCode::bad_route, written.table->range,
          "expected a table that does not vary over the axes of its route, got " + typeText(table));
    return false;
  }
  if (scan.routes && others.contains(*scan.routes)) {
    error(ErrorCode::bad_route, written.table->range,
          "expected a table for one of the routes " + quoted(*scan.routes) + ", got " + typeText(table) +
              ", which has one for each; gather one of them");
    return false;
  }
  if (table->kind == typed::ExprKind::Operand)
    program->signature.operands[table->index].table = TableUse{along, scan.axes};
  scan.tables.back() = table;
  scan.tableDims |= others;
  return true;
}
