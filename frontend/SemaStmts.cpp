// Statements: definitions, states, updates and scans. The dimensions of a state are found by
// checking the body of its scan again and again until they no longer grow (silently), then once
// more to report errors and build the result.
#include "frontend/SemaImpl.h"

#include "llvm/ADT/STLExtras.h"

using namespace mixir::frontend;

/// Most states of a scan: finding their dimensions may take as many rounds.
static constexpr size_t maxStates = 256;

static const char *kindText(Symbol::Kind kind) {
  static const char *const texts[] = {"a dimension", "an operand", "a value",
                                      "a state",     "a parameter", "a name"};
  return texts[kind];
}

/// Enters a name; a second definition is an error and is dropped.
bool Sema::declare(const ast::Name &name, Symbol symbol) {
  symbol.range = name.range;
  auto [old, isNew] = scope->symbols.try_emplace(name.text, symbol);
  if (isNew)
    return true;
  const char *hint = old->second.kind == Symbol::State ? "; a state is updated with ':='" : "";
  error(ErrorCode::redefinition, name.range,
        "expected a new name, got '" + name.text + "', which is already " +
            kindText(old->second.kind) + hint)
      .note(old->second.range, "first defined here");
  return false;
}

void Sema::collectDefinitions(const std::vector<ast::Stmt> &body) {
  for (const ast::Stmt &stmt : body) {
    if (stmt.kind == ast::StmtKind::Define || stmt.kind == ast::StmtKind::State)
      scope->definitions.try_emplace(
          stmt.name.text,
          Definition{stmt.name.range, stmt.expr.get(), stmt.kind == ast::StmtKind::State});
    if (stmt.kind == ast::StmtKind::Scan)
      collectDefinitions(stmt.body);
  }
}

void Sema::checkBody(const std::vector<ast::Stmt> &body, std::vector<typed::Stmt> &out) {
  for (const ast::Stmt &stmt : body) {
    switch (stmt.kind) {
    case ast::StmtKind::Define:
      checkDefine(stmt, out);
      break;
    case ast::StmtKind::Update:
      checkUpdate(stmt, out);
      break;
    case ast::StmtKind::Scan:
      checkScan(stmt, out);
      break;
    case ast::StmtKind::State:
      checkState(stmt);
      break;
    }
  }
}

void Sema::checkDefine(const ast::Stmt &stmt, std::vector<typed::Stmt> &out) {
  scope->defining = stmt.name.text;
  Expr *expr = check(*stmt.expr);
  scope->defining = "";
  Symbol symbol;
  if (expr) {
    program->values.push_back({stmt.name.text, stmt.name.range, expr->type, expr, scope->scan});
    symbol.kind = Symbol::Value;
    symbol.value = &program->values.back();
  }
  if (!declare(stmt.name, symbol) || !expr)
    return;
  typed::Stmt define{typed::StmtKind::Define, stmt.range};
  define.value = symbol.value;
  out.push_back(define);
}

void Sema::checkUpdate(const ast::Stmt &stmt, std::vector<typed::Stmt> &out) {
  Expr *expr = check(*stmt.expr);
  if (!scope->scan) {
    error(ErrorCode::update_outside_scan, stmt.range,
          "expected '=' outside a scan, got ':='; only a scan updates a state");
    scope->symbols.try_emplace(stmt.name.text, Symbol{Symbol::Broken, stmt.name.range});
    return;
  }
  auto found = scope->symbols.find(stmt.name.text);
  if (found == scope->symbols.end()) {
    auto later = scope->definitions.find(stmt.name.text);
    if (later != scope->definitions.end() && later->second.isState)
      error(ErrorCode::used_before_definition, stmt.name.range,
            "expected state '" + stmt.name.text + "' to be declared above its update")
          .note(later->second.range, "declared here");
    else
      error(ErrorCode::update_of_non_state, stmt.name.range,
            "expected a state on the left of ':=', got '" + stmt.name.text +
                "'; a value is defined with '='" +
                didYouMean(stmt.name.text, visibleNames()));
    return;
  }
  const Symbol &symbol = found->second;
  if (symbol.kind == Symbol::Broken || !expr)
    return;
  if (symbol.kind != Symbol::State) {
    error(ErrorCode::update_of_non_state, stmt.name.range,
          "expected a state on the left of ':=', got '" + stmt.name.text + "', which is " +
              kindText(symbol.kind))
        .note(symbol.range, "defined here");
    return;
  }
  if (symbol.state->scan != scope->scan) {
    error(ErrorCode::state_not_visible, stmt.name.range,
          "expected a state of this scan, got '" + stmt.name.text + "' of another scan")
        .note(symbol.range, "declared here");
    return;
  }
  if (!isNumber(expr, "as the new value of state '" + stmt.name.text + "'"))
    return;
  if (symbol.state->type.element == Element::F32 && expr->type.element == Element::C64) {
    error(ErrorCode::wrong_type, stmt.expr->range,
          "expected a real value for state '" + stmt.name.text + "', got c64")
        .note(symbol.range, "declare it c64, or take re of the value");
    return;
  }
  stateDims[stmt.name.text] |= expr->type.dims;
  updated.insert(symbol.state);
  typed::Stmt update{typed::StmtKind::Update, stmt.range};
  update.state = symbol.state;
  update.expr = convert(expr, symbol.state->type.element);
  out.push_back(update);
}

void Sema::checkState(const ast::Stmt &stmt) {
  Symbol symbol;
  OperandInfo type;
  bool ok = checkStoredType(stmt.type, type);
  for (auto [axis, written] : llvm::zip(type.axes, stmt.type.axes)) {
    if (ok && axis.size() > 1) {
      ok = false;
      error(ErrorCode::bad_axis, written.range,
            "expected separate dimensions in a state, got a merged axis");
    } else if (ok && isScanned(axis[0])) {
      ok = false;
      error(ErrorCode::bad_axis, written.range,
            "expected a state without the scanned dimension, got " + quoted(axis[0]));
    }
  }
  if (ok && type.dtype != StoredType::F32 && type.dtype != StoredType::C64) {
    ok = false;
    error(ErrorCode::wrong_type, stmt.type.dtype->range,
          "expected a state of f32 or c64, got " + spelling(type.dtype));
  }
  typed::State state;
  state.name = stmt.name.text;
  state.range = stmt.name.range;
  state.scan = scope->scan;
  state.declared = type.dimSet();
  state.type = {elementOf(type.dtype), state.declared | stateDims[stmt.name.text] | state.scan->walkDims()};
  if (ok && stmt.expr && state.scan->structure == typed::Scan::Grid) {
    ok = false;
    error(ErrorCode::bad_structure, stmt.expr->range,
          "expected a state of a grid to start as zero outside it, got a start value");
  }
  if (ok && stmt.expr) {
    state.init = checkStart(stmt, state);
    ok = state.init != nullptr;
  }
  if (ok) {
    stateDims[stmt.name.text] |= state.type.dims;
    program->states.push_back(state);
    symbol.kind = Symbol::State;
    symbol.state = &program->states.back();
  }
  if (declare(stmt.name, symbol) && ok)
    scope->scan->states.push_back(symbol.state);
}

/// A start value is computed before the scan: nothing of the scan is visible in it.
const typed::Expr *Sema::checkStart(const ast::Stmt &stmt, typed::State &state) {
  scope->startOf = scope->scan;
  Expr *init = check(*stmt.expr);
  scope->startOf = nullptr;
  if (!init || !isNumber(init, "as the start of state '" + state.name + "'"))
    return nullptr;
  if (DimSet walked = init->type.dims & scope->scan->axes; !walked.empty()) {
    error(ErrorCode::bad_start_value, stmt.expr->range,
          "expected a start value that does not vary over the scanned " +
              quoted(walked.members().front()) + ", got " + typeText(init));
    return nullptr;
  }
  if (state.type.element == Element::F32 && init->type.element == Element::C64) {
    error(ErrorCode::wrong_type, stmt.expr->range,
          "expected a real start value for state '" + state.name + "', got c64");
    return nullptr;
  }
  state.type.dims |= init->type.dims;
  return convert(init, state.type.element);
}

void Sema::checkScan(const ast::Stmt &stmt, std::vector<typed::Stmt> &out) {
  typed::Scan frame;
  frame.range = stmt.range;
  bool ok = checkWalk(stmt.route, stmt.along, frame) && checkStructure(stmt, frame);
  size_t numStates = llvm::count_if(
      stmt.body, [](const ast::Stmt &inner) { return inner.kind == ast::StmtKind::State; });
  if (numStates > maxStates)
    error(ErrorCode::too_large, stmt.route.range,
          "expected at most " + llvm::Twine(maxStates) + " states in a scan, got " +
              llvm::Twine(numStates));
  if (!ok || numStates > maxStates) {
    // Names of the body stay known, so that their uses are not reported as well.
    for (const ast::Stmt &inner : stmt.body)
      if (inner.kind == ast::StmtKind::Define || inner.kind == ast::StmtKind::State)
        scope->symbols.try_emplace(inner.name.text, Symbol{Symbol::Broken, inner.name.range});
    return;
  }
  program->scans.push_back(frame);
  typed::Scan &scan = program->scans.back();
  scope->scan = &scan;
  updated.clear();
  if (checkParent(stmt, scan)) {
    checkScanBody(stmt, scan);
    nameStates(scan);
  }
  checkUpdates(stmt);
  scope->scan = nullptr;
  typed::Stmt typedScan{typed::StmtKind::Scan, stmt.range};
  typedScan.scan = &scan;
  out.push_back(typedScan);
}

void Sema::checkScanBody(const ast::Stmt &stmt, typed::Scan &scan) {
  stateDims.clear();
  const llvm::StringMap<Symbol> before = scope->symbols;
  size_t weightBefore = weight;
  for (bool isStable = false; !isStable;) {
    std::map<std::string, DimSet> old;
    size_t numInstancesBefore = instances.size();
    size_t numExprs = program->exprs.size(), numValues = program->values.size();
    for (const auto &entry : stateDims)
      old[entry.first().str()] = entry.second;
    {
      Diagnostics::Suppress quiet(diags);
      isProbing = true;
      checkBody(stmt.body, scan.body);
      isProbing = false;
    }
    isStable = true;
    for (auto &entry : stateDims) {
      entry.second = entry.second - scan.axes;
      isStable &= entry.second == old[entry.first().str()];
    }
    scan.body.clear();
    scan.states.clear();
    scope->symbols = before;
    weight = weightBefore;
    failedProbes.clear();
    if (instances.size() == numInstancesBefore) { // else an instance points to some of them
      program->exprs.resize(numExprs);
      program->values.resize(numValues);
    }
  }
  checkBody(stmt.body, scan.body);
}

/// Outside a grid or tree, which has no last step, the name of a state is its value after every step.
void Sema::nameStates(typed::Scan &scan) {
  if (scan.structure == typed::Scan::Path)
    return;
  for (const typed::State *state : scan.states) {
    typed::Expr *now = make(typed::ExprKind::State, state->type, state->range);
    now->state = state;
    program->values.push_back({state->name, state->range, state->type, now, &scan});
    stateValues[state] = &program->values.back();
    typed::Stmt define{typed::StmtKind::Define, state->range};
    define.value = &program->values.back();
    scan.body.push_back(define);
  }
}

/// Every state of the scan needs an update.
void Sema::checkUpdates(const ast::Stmt &stmt) {
  llvm::StringMap<bool> updated;
  for (const ast::Stmt &inner : stmt.body)
    if (inner.kind == ast::StmtKind::Update)
      updated[inner.name.text] = true;
  for (const ast::Stmt &inner : stmt.body)
    if (inner.kind == ast::StmtKind::State && !updated.count(inner.name.text))
      error(ErrorCode::missing_update, inner.name.range,
            "expected an update '" + inner.name.text + " := ...' of state '" + inner.name.text +
                "' in its scan, got none");
}
