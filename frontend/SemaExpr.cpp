// Names, operators and reductions: which type and dimensions an expression has.
#include "frontend/SemaImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mixir::frontend;
using typed::ExprKind;
using AstKind = ast::ExprKind;
using Result = const typed::Expr *;

//===----------------------------------------------------------------------===//
// Building blocks
//===----------------------------------------------------------------------===//

typed::Expr *Sema::make(ExprKind kind, ValueType type, Range range) {
  program->exprs.emplace_back();
  typed::Expr &expr = program->exprs.back();
  expr.kind = kind;
  expr.type = type;
  expr.range = range;
  ++(scope->function ? scope->function->weight : weight);
  DimSet fresh = isProbing ? DimSet() : type.dims - usedDims;
  for (unsigned dim : fresh.members())
    firstUse.push_back({dim, calls.empty() ? range : calls.front().first});
  usedDims |= fresh;
  return &expr;
}

Result Sema::constant(double number, Element element, Range range) {
  typed::Expr *expr = make(ExprKind::Constant, {element, {}}, range);
  expr->number = number;
  return expr;
}

Result Sema::unary(llvm::StringRef op, Element element, Expr *arg, Range range) {
  typed::Expr *expr = make(ExprKind::Unary, {element, arg->type.dims}, range);
  expr->op = op;
  expr->args = {arg};
  return expr;
}

Result Sema::binary(llvm::StringRef op, Expr *left, Expr *right, Range range) {
  typed::Expr *expr =
      make(ExprKind::Binary, {left->type.element, left->type.dims | right->type.dims}, range);
  expr->op = op;
  expr->args = {left, right};
  return expr;
}

Result Sema::convert(Expr *value, Element element) {
  if (value->type.element == element)
    return value;
  if (element == Element::C64 && value->type.element == Element::I32)
    value = convert(value, Element::F32);
  bool isConstant = value->kind == ExprKind::Constant;
  typed::Expr *expr = make(isConstant ? ExprKind::Constant : ExprKind::Cast,
                           {element, value->type.dims}, value->range);
  expr->number = value->number;
  if (!isConstant)
    expr->args = {value};
  return expr;
}

void Sema::unify(Expr *&left, Expr *&right, Element least) {
  Element element = least;
  for (Expr *side : {left, right})
    if (side->type.element == Element::C64)
      element = Element::C64;
    else if (side->type.element == Element::F32 && element == Element::I32)
      element = Element::F32;
  left = convert(left, element);
  right = convert(right, element);
}

bool Sema::isNumber(Expr *expr, const llvm::Twine &where) {
  if (expr->type.element != Element::Bool)
    return true;
  error(ErrorCode::wrong_type, expr->range,
        "expected a number " + where + ", got bool; use select(condition, a, b)");
  return false;
}

bool Sema::isReal(Expr *expr, const llvm::Twine &where) {
  if (!isNumber(expr, where))
    return false;
  if (expr->type.element != Element::C64)
    return true;
  error(ErrorCode::wrong_type, expr->range,
        "expected a real number " + where + ", got c64; take re, im or abs of it");
  return false;
}

std::optional<bool> Sema::constantBool(Expr *expr) const {
  while (expr && expr->kind == ExprKind::Value)
    expr = expr->value->expr;
  if (expr && expr->kind == ExprKind::Constant && expr->type.element == Element::Bool)
    return expr->number != 0;
  return std::nullopt;
}

/// Value of an expression of whole numbers and fixed dimensions.
std::optional<int64_t> Sema::constantInt(Expr *expr) const {
  if (expr->kind == ExprKind::Constant && expr->type.element == Element::I32)
    return static_cast<int64_t>(expr->number);
  if (expr->kind == ExprKind::DimSize)
    return signature().dims[expr->dim].extent;
  if (expr->kind == ExprKind::Unary && expr->op == "neg") {
    auto inner = constantInt(expr->args[0]);
    return inner ? std::optional(-*inner) : std::nullopt;
  }
  bool isExact = expr->type.element == Element::I32 &&
                 (expr->op == "add" || expr->op == "sub" || expr->op == "mul");
  if (expr->kind != ExprKind::Binary || !isExact)
    return std::nullopt;
  auto left = constantInt(expr->args[0]), right = constantInt(expr->args[1]);
  if (!left || !right || std::abs(*left) > INT32_MAX || std::abs(*right) > INT32_MAX)
    return std::nullopt;
  return expr->op == "add"   ? *left + *right
         : expr->op == "sub" ? *left - *right
                             : *left * *right;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::vector<llvm::StringRef> Sema::visibleNames() const {
  std::vector<llvm::StringRef> names;
  if (isProbing || diags.numErrors() > Diagnostics::maxErrors)
    return names; // the message is not shown
  for (const auto &entry : scope->symbols)
    names.push_back(entry.first());
  for (const auto &entry : scope->definitions)
    names.push_back(entry.first());
  llvm::sort(names);
  return names;
}

std::vector<llvm::StringRef> Sema::visibleDims() const {
  std::vector<llvm::StringRef> names;
  for (const auto &entry : scope->symbols)
    if (entry.second.kind == Symbol::Dim)
      names.push_back(entry.first());
  llvm::sort(names);
  return names;
}

std::optional<unsigned> Sema::dimension(const ast::Name &name) {
  auto found = scope->symbols.find(name.text);
  if (found != scope->symbols.end() && found->second.kind == Symbol::Dim)
    return found->second.index;
  if (found != scope->symbols.end() && found->second.kind == Symbol::Broken)
    return std::nullopt;
  if (found != scope->symbols.end())
    error(ErrorCode::wrong_kind_of_name, name.range,
          "expected a dimension, got '" + name.text + "', which is none" +
              didYouMean(name.text, visibleDims()))
        .note(found->second.range, "defined here");
  else
    error(ErrorCode::undeclared_dimension, name.range,
          "expected a dimension of the header, got '" + name.text + "'" +
              didYouMean(name.text, visibleDims()));
  return std::nullopt;
}

Result Sema::checkName(const ast::Name &name) {
  auto found = scope->symbols.find(name.text);
  if (found == scope->symbols.end())
    return reportUnknown(name);
  const Symbol &symbol = found->second;
  switch (symbol.kind) {
  case Symbol::Dim: {
    typed::Expr *expr = make(ExprKind::DimSize, {Element::I32, {}}, name.range);
    expr->dim = symbol.index;
    if (!isProbing && !usedDims.contains(symbol.index)) {
      usedDims |= DimSet::of(symbol.index);
      firstUse.push_back({symbol.index, name.range});
    }
    return expr;
  }
  case Symbol::Operand:
    return checkOperandUse(symbol.index, name.range);
  case Symbol::Value:
    return checkValueUse(symbol.value, name.range);
  case Symbol::State:
    return checkStateUse(symbol.state, name.range);
  case Symbol::Param: {
    typed::Expr *expr =
        make(ExprKind::Param, scope->function->params[symbol.index].second, name.range);
    expr->index = symbol.index;
    return expr;
  }
  case Symbol::Broken:
    break;
  }
  return nullptr;
}

/// True if the definition of `from` needs `target`, directly or through others.
bool Sema::dependsOn(llvm::StringRef from, llvm::StringRef target) const {
  std::vector<llvm::StringRef> work = {from};
  std::set<llvm::StringRef> seen;
  auto visit = [&](const ast::Expr &root) {
    std::vector<const ast::Expr *> exprs = {&root};
    while (!exprs.empty()) {
      const ast::Expr *expr = exprs.back();
      exprs.pop_back();
      if (expr->kind == AstKind::Name)
        work.push_back(expr->name.text);
      for (const ast::ExprPtr &arg : expr->args)
        exprs.push_back(arg.get());
      for (const ast::KeywordArg &arg : expr->keywords)
        exprs.push_back(arg.value.get());
    }
  };
  while (!work.empty()) {
    llvm::StringRef name = work.back();
    work.pop_back();
    if (name == target)
      return true;
    auto found = scope->definitions.find(name);
    if (found != scope->definitions.end() && found->second.expr && !found->second.isState &&
        seen.insert(name).second)
      visit(*found->second.expr);
  }
  return false;
}

Result Sema::reportUnknown(const ast::Name &name) {
  auto later = scope->definitions.find(name.text);
  if (later != scope->definitions.end()) {
    llvm::StringRef hint = scope->scan ? "; the past of a value is a state or prev(...)" : "";
    if (name.text == scope->defining)
      error(ErrorCode::cyclic_definition, name.range,
            "expected a value that exists already, got '" + name.text +
                "' in its own definition" + hint);
    else if (!scope->defining.empty() && dependsOn(name.text, scope->defining))
      error(ErrorCode::cyclic_definition, name.range,
            "expected a value that exists already, got '" + name.text + "', which needs '" +
                scope->defining + "' itself" + hint)
          .note(later->second.range, "'" + name.text + "' is defined here");
    else
      error(ErrorCode::used_before_definition, name.range,
            "expected '" + name.text + "' to be " +
                (later->second.isState ? "declared" : "defined") + " above its use")
          .note(later->second.range, "defined here");
    return nullptr;
  }
  if (findBuiltin(name.text) || table.find(name.text)) {
    error(ErrorCode::wrong_kind_of_name, name.range,
          "expected a value, got the function '" + name.text + "' without arguments");
    return nullptr;
  }
  error(ErrorCode::undeclared_name, name.range,
        "expected a declared name, got '" + name.text + "'" +
            didYouMean(name.text, visibleNames()));
  return nullptr;
}

Result Sema::checkOperandUse(unsigned index, Range range) {
  const OperandInfo &operand = signature().operands[index];
  if (operand.optionality == Optionality::MayBeMissing &&
      !llvm::is_contained(scope->given, index)) {
    error(ErrorCode::maybe_missing_operand, range,
          "expected '" + operand.name + "' under given(" + operand.name +
              "), as in select(given(" + operand.name + "), " + operand.name +
              ", 0), got it unconditionally")
        .note(operand.range, "declared '= none' here");
    return nullptr;
  }
  ValueType stored = {elementOf(operand.dtype), operand.dimSet()};
  ValueType type = perStep(stored);
  if (operand.isOmitted) {
    typed::Expr *expr = make(ExprKind::Constant, type, range);
    expr->number = operand.defaultValue;
    return expr;
  }
  typed::Expr *expr = make(ExprKind::Operand, type, range);
  expr->index = index;
  expr->isStep = type.dims != stored.dims;
  return expr;
}

Result Sema::checkValueUse(const typed::Value *value, Range range) {
  ValueType whole = value->type;
  bool isInside = value->scan && value->scan == scope->scan;
  if (isInside && scope->startOf) {
    error(ErrorCode::bad_start_value, range,
          "expected a start value that is known before the scan, got '" + value->name +
              "', which the scan computes")
        .note(value->range, "defined here");
    return nullptr;
  }
  if (value->scan && !isInside)
    whole.dims = value->scan->whole(whole.dims);
  ValueType type = isInside ? whole : perStep(whole);
  typed::Expr *expr = make(ExprKind::Value, type, range);
  expr->value = value;
  expr->isStep = type.dims != whole.dims;
  return expr;
}

Result Sema::checkStateUse(const typed::State *state, Range range) {
  if (state->scan == scope->scan && scope->startOf) {
    error(ErrorCode::bad_start_value, range,
          "expected a start value that is known before the scan, got state '" + state->name + "'")
        .note(state->range, "declared here");
    return nullptr;
  }
  if (const typed::Value *value = state->scan != scope->scan ? stateValues.lookup(state) : nullptr)
    return checkValueUse(value, range);
  if (state->scan != scope->scan) {
    error(ErrorCode::state_not_visible, range,
          "expected a value that exists outside the scan, got state '" + state->name +
              "'; its last value is final(" + state->name + ")")
        .note(state->range, "declared here");
    return nullptr;
  }
  if (state->scan->structure == typed::Scan::Grid && !updated.count(state)) {
    error(ErrorCode::bad_structure, range,
          "expected left(" + state->name + ") or up(" + state->name + ") in a grid, got the state itself, which has "
          "no value yet at this place")
        .note(state->range, "declared here");
    return nullptr;
  }
  typed::Expr *expr = make(ExprKind::State, state->type, range);
  expr->state = state;
  return expr;
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

Result Sema::check(const ast::Expr &expr) {
  switch (expr.kind) {
  case AstKind::Number:
    return constant(expr.value, expr.isInteger ? Element::I32 : Element::F32, expr.range);
  case AstKind::Name:
    return checkName({expr.name.text, expr.range});
  case AstKind::Paren:
    return check(*expr.args[0]);
  case AstKind::Unary:
    return checkUnary(expr);
  case AstKind::Binary:
    return checkBinary(expr);
  case AstKind::Reduce:
    return checkReduce(expr);
  case AstKind::Rename:
    return checkRename(expr);
  case AstKind::Call:
    return checkCall(expr);
  }
  return nullptr;
}

Result Sema::checkUnary(const ast::Expr &expr) {
  Expr *arg = check(*expr.args[0]);
  if (!arg)
    return nullptr;
  if (expr.op == ast::Op::Neg) {
    if (!isNumber(arg, "behind '-'"))
      return nullptr;
    if (arg->kind == ExprKind::Constant && arg->type.dims.empty())
      return constant(-arg->number, arg->type.element, expr.range);
    return unary("neg", arg->type.element, arg, expr.range);
  }
  if (arg->type.element != Element::Bool) {
    error(ErrorCode::wrong_type, arg->range,
          "expected bool behind 'not', got " + spelling(arg->type.element));
    return nullptr;
  }
  if (auto known = constantBool(arg))
    return constant(!*known, Element::Bool, expr.range);
  return unary("not", Element::Bool, arg, expr.range);
}

/// Operands that are supplied for certain if the condition is true (false).
std::vector<unsigned> Sema::givenIf(const ast::Expr &condition, bool isTrue) const {
  const ast::Expr &expr = ast::withoutParens(condition);
  if (expr.kind == AstKind::Unary && expr.op == ast::Op::Not)
    return givenIf(*expr.args[0], !isTrue);
  if (expr.kind == AstKind::Binary && expr.op == (isTrue ? ast::Op::And : ast::Op::Or)) {
    std::vector<unsigned> facts = givenIf(*expr.args[0], isTrue);
    llvm::append_range(facts, givenIf(*expr.args[1], isTrue));
    return facts;
  }
  if (!isTrue || expr.kind != AstKind::Call || expr.name.text != "given" || expr.args.size() != 1)
    return {};
  auto symbol = scope->symbols.find(expr.args[0]->name.text);
  if (symbol == scope->symbols.end() || symbol->second.kind != Symbol::Operand)
    return {};
  return {symbol->second.index};
}

/// `and`, `or`: the right side is not looked at if the left one decides at compile time.
Result Sema::checkLogical(const ast::Expr &expr) {
  bool isAnd = expr.op == ast::Op::And;
  auto isBool = [&](Expr *side) {
    if (side && side->type.element != Element::Bool) {
      error(ErrorCode::wrong_type, side->range,
            llvm::Twine("expected bool beside '") + ast::opInfo(expr.op).spelling + "', got " +
                spelling(side->type.element));
      return false;
    }
    return side != nullptr;
  };
  Expr *left = check(*expr.args[0]);
  bool isLeftGood = isBool(left);
  if (isLeftGood && constantBool(left) == !isAnd)
    return constant(!isAnd, Element::Bool, expr.range);
  Expr *right =
      withGiven(givenIf(*expr.args[0], isAnd), [&] { return check(*expr.args[1]); });
  if (!isBool(right) || !isLeftGood)
    return nullptr;
  if (constantBool(left))
    return right;
  if (auto known = constantBool(right))
    return *known == isAnd ? left : constant(!isAnd, Element::Bool, expr.range);
  return binary(isAnd ? "and" : "or", left, right, expr.range);
}

Result Sema::checkComparison(const ast::Expr &expr, Expr *left, Expr *right) {
  static const char *const names[] = {"lt", "le", "gt", "ge", "eq", "ne"};
  std::string where = std::string("beside '") + ast::opInfo(expr.op).spelling + "'";
  if (!isReal(left, where) || !isReal(right, where))
    return nullptr;
  unify(left, right);
  typed::Expr *result = make(
      ExprKind::Compare, {Element::Bool, left->type.dims | right->type.dims}, expr.range);
  result->op = names[static_cast<unsigned>(expr.op) - static_cast<unsigned>(ast::Op::Less)];
  result->args = {left, right};
  return result;
}

Result Sema::checkPower(Expr *base, Expr *exponent, Range range) {
  static constexpr int64_t maxComplexPower = 16;
  if (base->type.element != Element::C64) {
    if (!isReal(exponent, "behind '**'"))
      return nullptr;
    return binary("pow", convert(base, Element::F32), convert(exponent, Element::F32), range);
  }
  auto power = constantInt(exponent);
  if (!power || std::abs(*power) > maxComplexPower) {
    error(ErrorCode::expected_constant, exponent->range,
          "expected a whole constant from -16 to 16 as exponent of a c64 value, got " +
              sources.text(exponent->range).take_front(40));
    return nullptr;
  }
  typed::Expr *result = make(ExprKind::Binary, base->type, range);
  result->op = "pow";
  result->args = {base, constant(static_cast<double>(*power), Element::I32, exponent->range)};
  return result;
}

Result Sema::checkBinary(const ast::Expr &expr) {
  if (expr.op == ast::Op::And || expr.op == ast::Op::Or)
    return checkLogical(expr);
  Expr *left = check(*expr.args[0]);
  Expr *right = check(*expr.args[1]);
  if (!left || !right)
    return nullptr;
  if (ast::isComparison(expr.op))
    return checkComparison(expr, left, right);
  std::string where = std::string("beside '") + ast::opInfo(expr.op).spelling + "'";
  if (!isNumber(left, where) || !isNumber(right, where))
    return nullptr;
  static const char *const names[] = {"add", "sub", "mul", "div"};
  if (expr.op == ast::Op::Pow)
    return checkPower(left, right, expr.range);
  unify(left, right, expr.op == ast::Op::Div ? Element::F32 : Element::I32);
  return binary(names[static_cast<unsigned>(expr.op) - static_cast<unsigned>(ast::Op::Add)], left,
                right, expr.range);
}

Result Sema::checkReduce(const ast::Expr &expr) {
  DimSet dims;
  bool ok = true;
  for (const ast::Name &name : expr.dims) {
    std::optional<unsigned> dim = dimension(name);
    ok &= dim.has_value();
    if (dim && dims.contains(*dim)) {
      ok = false;
      error(ErrorCode::repeated_dimension, name.range,
            "expected each dimension once in a reduction, got '" + name.text + "' twice");
    }
    dims |= dim ? DimSet::of(*dim) : DimSet();
  }
  Expr *arg = check(*expr.args[0]);
  if (!arg || !ok || !isNumber(arg, "to reduce"))
    return nullptr;
  const std::string &op = expr.name.text;
  if ((op == "max" || op == "min") && !isReal(arg, "in " + op))
    return nullptr;
  for (const ast::Name &name : expr.dims) {
    unsigned dim = *dimension(name);
    if (scope->scan && scope->scan->routes == dim) {
      error(ErrorCode::scanned_dimension, name.range,
            "expected a dimension other than the routes '" + name.text +
                "', got them inside their scan, where each route is at its own place; reduce after "
                "the scan")
          .note(scope->scan->range, "scanned here");
      return nullptr;
    }
    // While dimensions of states are still gathered, one that is missing may come yet.
    if (arg->type.dims.contains(dim) || isProbing)
      continue;
    if (isScanned(dim))
      error(ErrorCode::scanned_dimension, name.range,
            "expected a dimension other than the scanned '" + name.text +
                "', got it inside its scan, where a value is one step; reduce after the scan")
          .note(scope->scan->range, "scanned here");
    else
      error(ErrorCode::missing_dimension, name.range,
            "expected a value with dimension " + quoted(dim) + " to reduce, got " +
                typeText(arg));
    return nullptr;
  }
  if (op == "mean")
    arg = convert(arg, arg->type.element == Element::I32 ? Element::F32 : arg->type.element);
  typed::Expr *result =
      make(ExprKind::Reduce, {arg->type.element, arg->type.dims - dims}, expr.range);
  static const llvm::StringRef ops[] = {"sum", "mean", "max", "min"};
  result->op = *llvm::find(ops, op);
  result->dims = dims;
  result->args = {arg};
  return result;
}

/// `x@J`: the dimension that J copies is called J.
Result Sema::checkRename(const ast::Expr &expr) {
  const ast::Name &name = expr.dims[0];
  std::optional<unsigned> to = dimension(name);
  Expr *arg = check(*expr.args[0]);
  if (!to || !arg)
    return nullptr;
  std::optional<unsigned> from = signature().dims[*to].copyOf;
  if (!from) {
    error(ErrorCode::bad_rename, name.range,
          "expected a dimension that is a copy of another one behind '@', as in 'J = L' in the "
          "header, got '" +
              name.text + "'")
        .note(signature().dims[*to].range, "declared here");
    return nullptr;
  }
  for (unsigned dim : {*from, *to})
    if (isScanned(dim)) {
      error(ErrorCode::scanned_dimension, name.range,
            "expected a dimension other than the scanned " + quoted(dim) + ", got '@" + name.text +
                "' inside its scan, where a value is one step; rename outside the scan")
          .note(scope->scan->range, "scanned here");
      return nullptr;
    }
  // While dimensions of states are still gathered, one that is missing may come yet.
  if (!arg->type.dims.contains(*from) && isProbing)
    return arg;
  if (!arg->type.dims.contains(*from)) {
    error(ErrorCode::missing_dimension, arg->range,
          "expected a value with dimension " + quoted(*from) + ", which " + quoted(*to) +
              " copies, before '@', got " + typeText(arg));
    return nullptr;
  }
  if (arg->type.dims.contains(*to)) {
    error(ErrorCode::bad_rename, arg->range,
          "expected a value without dimension " + quoted(*to) + " before '@" + name.text +
              "', got " + typeText(arg));
    return nullptr;
  }
  DimSet dims = (arg->type.dims - DimSet::of(*from)) | DimSet::of(*to);
  typed::Expr *result = make(ExprKind::Rename, {arg->type.element, dims}, expr.range);
  result->dim = *from;
  result->dim2 = *to;
  result->args = {arg};
  return result;
}
