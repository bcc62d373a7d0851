// The frame of a mixer: dimensions, operands, results, and whether every extent can be known.
#include "frontend/Formatter.h"
#include "frontend/SemaImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mixir::frontend;

/// Largest extent of a dimension and largest absolute value while computing one.
/// Most expressions of a mixer after its functions are inlined.
static constexpr size_t maxWeight = 200000;

static const llvm::StringRef storedTypeNames[] = {"f32", "f16", "bf16", "c64", "i32"};

Report Sema::error(ErrorCode code, Range range, const llvm::Twine &message) {
  Report report = diags.error(code, range, message);
  for (const auto &[place, name] : llvm::reverse(calls))
    report.note(place, "in this call of '" + name + "'");
  return report;
}

std::unique_ptr<Program> Sema::run(const ast::Mixer &mixer) {
  program = std::make_unique<Program>();
  program->signature.name = mixer.name.text;
  program->files = table.paths;
  size_t before = diags.numErrors();
  checkHeader(mixer);
  checkSettings(mixer);
  checkOperands(mixer);
  if (diags.numErrors() == before)
    checkExtents(mixer);
  collectDefinitions(mixer.body);
  checkBody(mixer.body, program->body);
  checkResults(mixer);
  DimSet known = knownDims(/*suppliedOnly=*/true);
  for (auto [dim, range] : firstUse)
    if (!known.contains(dim) && diags.numErrors() == before)
      error(ErrorCode::unknown_extent, range,
            "expected a known extent of " + quoted(dim) +
                ", got a dimension that only omitted operands have");
  for (auto [index, dim] : llvm::enumerate(program->signature.dims))
    dim.isUsed = known.contains(static_cast<unsigned>(index));
  if (weight > maxWeight)
    error(ErrorCode::too_large, mixer.name.range,
          "expected at most " + llvm::Twine(maxWeight) +
              " operations after functions are inlined, got more");
  if (diags.numErrors() != before)
    return nullptr;
  orderFunctions();
  return std::move(program);
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

void Sema::checkHeader(const ast::Mixer &mixer) {
  if (mixer.dims.size() > DimSet::maxDims)
    error(ErrorCode::too_large, mixer.dims[DimSet::maxDims].name.range,
          "expected at most " + llvm::Twine(DimSet::maxDims) + " dimensions, got " +
              llvm::Twine(mixer.dims.size()));
  // The rest is dropped: a set of dimensions is one machine word.
  for (const ast::DimDecl &decl : llvm::ArrayRef(mixer.dims).take_front(DimSet::maxDims))
    checkDim(decl);
  for (const ast::RoutesDecl &decl : mixer.routes)
    checkRoutes(decl);
}

void Sema::checkDim(const ast::DimDecl &decl) {
  DimInfo info;
  info.name = decl.name.text;
  info.range = decl.name.range;
  if (decl.value) {
    bool isDerived = false, ok = true;
    std::optional<int64_t> extent = evalDim(*decl.value, isDerived, ok);
    auto set = options.extents.find(info.name);
    info.isDefault = !isDerived;
    if (isDerived)
      info.expr = formatExpr(*decl.value);
    if (const ast::Expr &source = ast::withoutParens(*decl.value);
        ok && source.kind == ast::ExprKind::Name) {
      info.copyOf = dimension(source.name);
      info.expr = source.name.text;
    }
    else if (set != options.extents.end() && set->second > 0 && ok) {
      extent = set->second;
      info.isDefault = false;
    }
    if (ok && extent && (*extent < (isDerived ? 0 : 1) || *extent > maxExtent))
      error(ErrorCode::bad_dimension_value, decl.value->range,
            "expected an extent from 1 to 2147483647 for '" + info.name + "', got " +
                llvm::Twine(*extent));
    info.extent = extent;
  } else if (auto set = options.extents.find(info.name); set != options.extents.end()) {
    info.extent = set->second;
  }
  Symbol symbol;
  symbol.kind = Symbol::Dim;
  symbol.index = static_cast<unsigned>(program->signature.dims.size());
  if (declare(decl.name, symbol))
    program->signature.dims.push_back(info);
}

/// Value of a dimension's expression if all its parts are known. Clears `ok` after an error.
std::optional<int64_t> Sema::evalDim(const ast::Expr &expr, bool &isDerived, bool &ok) {
  using ast::ExprKind;
  auto limited = [&](int64_t value) -> std::optional<int64_t> {
    if (std::abs(value) <= maxExtent)
      return value;
    if (std::exchange(ok, false))
      error(ErrorCode::bad_dimension_value, expr.range,
            "expected an extent up to 2147483647, got " + llvm::Twine(value));
    return std::nullopt;
  };
  if (expr.kind == ExprKind::Paren)
    return evalDim(*expr.args[0], isDerived, ok);
  if (expr.kind == ExprKind::Number && expr.isInteger)
    return limited(static_cast<int64_t>(expr.value));
  if (expr.kind == ExprKind::Name) {
    std::optional<unsigned> dim = dimension(expr.name);
    isDerived = true;
    ok &= dim.has_value();
    return dim ? signature().dims[*dim].extent : std::nullopt;
  }
  bool isArithmetic = expr.kind == ExprKind::Binary &&
                      (expr.op == ast::Op::Add || expr.op == ast::Op::Sub ||
                       expr.op == ast::Op::Mul);
  if (!isArithmetic) {
    ok = false;
    error(ErrorCode::bad_dimension_value, expr.range,
          "expected whole numbers, earlier dimensions and + - *, got '" +
              sources.text(expr.range).take_front(40) + "'");
    return std::nullopt;
  }
  auto left = evalDim(*expr.args[0], isDerived, ok);
  auto right = evalDim(*expr.args[1], isDerived, ok);
  if (!left || !right)
    return std::nullopt;
  return limited(expr.op == ast::Op::Add   ? *left + *right
                 : expr.op == ast::Op::Sub ? *left - *right
                                           : *left * *right);
}

void Sema::checkSettings(const ast::Mixer &mixer) {
  for (const auto &[name, value] : options.extents) {
    auto symbol = scope->symbols.find(name);
    if (symbol == scope->symbols.end()) {
      error(ErrorCode::bad_dimension_setting, mixer.name.range,
            "expected a dimension of mixer '" + mixer.name.text + "' to set, got '" + name + "'" +
                didYouMean(name, visibleDims()));
      continue;
    }
    const DimInfo &dim = signature().dims[symbol->second.index];
    if (!dim.routes.empty())
      error(ErrorCode::bad_dimension_setting, dim.range,
            "expected a dimension that can be set, got '" + name + "', which holds routes");
    else if (!dim.expr.empty())
      error(ErrorCode::bad_dimension_setting, dim.range,
            "expected a dimension that can be set, got '" + name + "', which is " + dim.expr);
    else if (value < 1 || value > maxExtent)
      error(ErrorCode::bad_dimension_setting, dim.range,
            "expected an extent from 1 to 2147483647 for '" + name + "', got " +
                llvm::Twine(value));
  }
}

/// Dimensions whose extent follows from values, from operands, or from a merged axis with one
/// unknown part.
DimSet Sema::knownDims(bool suppliedOnly) const {
  DimSet known;
  for (auto [index, dim] : llvm::enumerate(signature().dims))
    if (dim.extent || !dim.expr.empty())
      known |= DimSet::of(static_cast<unsigned>(index));
  for (DimSet before; before != known || before.empty();) {
    before = known;
    for (const OperandInfo &operand : signature().operands) {
      if (suppliedOnly && operand.isOmitted)
        continue;
      for (const std::vector<unsigned> &axis : operand.axes) {
        DimSet set;
        for (unsigned dim : axis)
          set |= DimSet::of(dim);
        if ((set - known).size() == 1)
          known |= set;
      }
    }
    if (before == known)
      break;
  }
  return known;
}

void Sema::checkExtents(const ast::Mixer &mixer) {
  DimSet known = knownDims(/*suppliedOnly=*/false);
  for (auto [index, dim] : llvm::enumerate(signature().dims))
    if (!known.contains(static_cast<unsigned>(index)))
      error(ErrorCode::unknown_extent, dim.range,
            "expected an operand with dimension '" + dim.name +
                "' or a value for it, got none; its extent cannot be known");
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

void Sema::checkOperands(const ast::Mixer &mixer) {
  for (const ast::OperandDecl &decl : mixer.operands)
    for (const ast::Name &name : decl.names)
      checkOperand(decl, name);
  for (const std::string &name : options.omitted) {
    auto symbol = scope->symbols.find(name);
    if (symbol != scope->symbols.end() && symbol->second.kind == Symbol::Broken)
      continue;
    if (symbol == scope->symbols.end() || symbol->second.kind != Symbol::Operand) {
      std::vector<llvm::StringRef> names;
      for (const OperandInfo &operand : signature().operands)
        names.push_back(operand.name);
      error(ErrorCode::bad_omission, mixer.name.range,
            "expected an operand of mixer '" + mixer.name.text + "' to omit, got '" + name + "'" +
                didYouMean(name, names));
      continue;
    }
    const OperandInfo &operand = signature().operands[symbol->second.index];
    if (operand.optionality == Optionality::Required)
      error(ErrorCode::bad_omission, operand.range,
            "expected an optional operand to omit, got '" + name +
                "'; declare it with '= none' or '= NUMBER'");
  }
}

void Sema::checkOperand(const ast::OperandDecl &decl, const ast::Name &name) {
  OperandInfo info;
  info.name = name.text;
  info.range = name.range;
  info.role = decl.role == ast::Role::In ? OperandRole::In : OperandRole::Param;
  info.isOmitted = options.omitted.count(name.text) != 0 &&
                   decl.defaultKind != ast::DefaultKind::Required;
  Symbol symbol;
  if (checkStoredType(decl.type, info) && checkDefault(decl, info)) {
    symbol.kind = Symbol::Operand;
    symbol.index = static_cast<unsigned>(signature().operands.size());
  }
  if (declare(name, symbol) && symbol.kind == Symbol::Operand)
    program->signature.operands.push_back(info);
}

bool Sema::checkStoredType(const ast::TypeExpr &type, OperandInfo &out) {
  bool ok = true;
  if (type.dtype) {
    if (auto dtype = parseStoredType(type.dtype->text))
      out.dtype = *dtype;
    else {
      ok = false;
      error(ErrorCode::unknown_dtype, type.dtype->range,
            "expected an element type (f32, f16, bf16, c64 or i32), got '" + type.dtype->text +
                "'" + didYouMean(type.dtype->text, storedTypeNames));
    }
  }
  DimSet seen;
  for (const ast::Axis &axis : type.axes) {
    out.axes.emplace_back();
    for (const ast::Name &name : axis.dims) {
      std::optional<unsigned> dim = dimension(name);
      ok &= dim.has_value();
      if (!dim)
        continue;
      if (seen.contains(*dim)) {
        ok = false;
        error(ErrorCode::repeated_dimension, name.range,
              "expected each dimension once in a type, got '" + name.text + "' twice");
      }
      seen |= DimSet::of(*dim);
      out.axes.back().push_back(*dim);
    }
  }
  return ok;
}

bool Sema::checkDefault(const ast::OperandDecl &decl, OperandInfo &out) {
  if (decl.defaultKind == ast::DefaultKind::None)
    out.optionality = Optionality::MayBeMissing;
  if (decl.defaultKind != ast::DefaultKind::Constant)
    return true;
  const ast::Expr *number = decl.defaultValue.get();
  double sign = 1;
  for (; number->kind == ast::ExprKind::Unary; number = number->args[0].get())
    sign = -sign;
  out.optionality = Optionality::HasDefault;
  out.defaultValue = sign * number->value;
  if (out.dtype != StoredType::I32 || number->isInteger)
    return true;
  error(ErrorCode::wrong_type, decl.defaultValue->range,
        "expected a whole number as default of an i32 operand, got " +
            sources.text(decl.defaultValue->range));
  return false;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void Sema::checkResults(const ast::Mixer &mixer) {
  llvm::StringMap<Range> seen;
  for (const ast::Result &result : mixer.results) {
    std::string name = result.name.text.empty() ? "out" : result.name.text;
    Range range = result.name.text.empty() ? result.range : result.name.range;
    auto [old, isNew] = seen.try_emplace(name, range);
    auto symbol = scope->symbols.find(name);
    bool isOperand = symbol != scope->symbols.end() && symbol->second.kind == Symbol::Operand;
    if (!isNew || isOperand)
      error(ErrorCode::duplicate_result, range,
            "expected a new name for a result, got '" + name + "', which is already " +
                (isNew ? "an operand" : "a result"))
          .note(isNew ? symbol->second.range : old->second, "first used here");
    else
      checkResult(result);
  }
}

void Sema::checkResult(const ast::Result &result) {
  OperandInfo info;
  info.name = result.name.text.empty() ? "out" : result.name.text;
  info.role = OperandRole::Out;
  info.range = result.range;
  bool isTypeGood = !result.type || checkStoredType(*result.type, info);
  Expr *value = check(*result.expr);
  if (!value || !isTypeGood || !isNumber(value, "as a result"))
    return;
  if (!result.type || !result.type->dtype)
    info.dtype = value->type.element == Element::C64   ? StoredType::C64
                 : value->type.element == Element::I32 ? StoredType::I32
                                                       : StoredType::F32;
  if (result.type) {
    if (!checkResultAxes(result, *value, info))
      return;
  } else {
    for (unsigned dim : value->type.dims.members())
      info.axes.push_back({dim});
  }
  Expr *stored = toStored(value, info.dtype, result.expr->range);
  if (!stored)
    return;
  program->signature.results.push_back(info);
  program->results.push_back(stored);
}

bool Sema::checkResultAxes(const ast::Result &result, Expr &value, OperandInfo &out) {
  DimSet axes = out.dimSet();
  if (axes == value.type.dims)
    return true;
  DimSet missing = value.type.dims - axes, extra = axes - value.type.dims;
  std::string hint = missing.empty()
                         ? "; the value does not vary over " + dimsText(signature(), extra)
                         : "; the axes lack " + dimsText(signature(), missing);
  error(ErrorCode::result_axes, result.type->range,
        "expected the dimensions " + dimsText(signature(), value.type.dims) +
            " of the value in some order, got " + dimsText(signature(), axes) + hint);
  return false;
}

const typed::Expr *Sema::toStored(Expr *value, StoredType type, Range range) {
  Element from = value->type.element, to = elementOf(type);
  bool isNarrowing = (to == Element::I32 && from != Element::I32) ||
                     (to != Element::C64 && from == Element::C64);
  if (isNarrowing) {
    error(ErrorCode::wrong_type, range,
          "expected a value that fits " + spelling(type) + ", got " + spelling(from) +
              (from == Element::C64 ? "; take re or im of it" : ""));
    return nullptr;
  }
  return convert(value, to);
}
