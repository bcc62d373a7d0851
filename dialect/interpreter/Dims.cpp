// Extents of a mixer's dimensions from the shapes of its operands.
#include "dialect/interpreter/Interpreter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

namespace {

Error fail(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// Recursive descent over `sum := product {(+|-) product}`, `product := primary {(*|/) primary}`.
struct ExprParser {
  StringRef rest;
  const DimBindings &dims;
  std::string error;

  bool eat(char c) {
    rest = rest.ltrim();
    return rest.consume_front(StringRef(&c, 1));
  }
  int64_t stop(const Twine &why) {
    if (error.empty())
      error = why.str();
    return 0;
  }
  int64_t primary() {
    if (eat('(')) {
      int64_t v = sum();
      return eat(')') ? v : stop("expected ')' in a dimension expression");
    }
    if (eat('-'))
      return -primary();
    int64_t number;
    rest = rest.ltrim();
    if (!rest.empty() && llvm::isDigit(rest.front()) && !rest.consumeInteger(10, number))
      return number;
    StringRef name = rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    if (name.empty())
      return stop("expected a number or a dimension in a dimension expression");
    rest = rest.drop_front(name.size());
    auto it = dims.find(name.str());
    return it != dims.end() ? it->second : stop("dimension '" + name + "' is not known");
  }
  /// Rounds down.
  int64_t quotient(int64_t a, int64_t b) {
    if (b <= 0)
      return stop("expected a positive divisor in a dimension expression");
    return a >= 0 ? a / b : -((-a + b - 1) / b);
  }
  int64_t product() {
    int64_t v = primary();
    while (true) {
      if (eat('*'))
        v *= primary();
      else if (eat('/'))
        v = quotient(v, primary());
      else
        return v;
    }
  }
  int64_t sum() {
    int64_t v = product();
    while (true) {
      if (eat('+'))
        v += product();
      else if (eat('-'))
        v -= product();
      else
        return v;
    }
  }
};

/// One stored axis of one operand: the product of its dimensions is `got`.
struct Axis {
  std::string operand;
  unsigned position;
  std::vector<std::string> dims;
  int64_t got;
};

struct Binder {
  DimBindings dims;
  std::map<std::string, std::string> source; ///< who fixed a dimension
  std::vector<Axis> axes;
  std::map<std::string, StringRef> derived; ///< dimension -> its expression

  /// Fixes the one unknown dimension of `axis`, if there is exactly one and it does not follow
  /// from others.
  bool solve(const Axis &axis) {
    int64_t known = 1;
    const std::string *unknown = nullptr;
    for (const std::string &d : axis.dims) {
      auto it = dims.find(d);
      if (it != dims.end())
        known *= it->second;
      else if (unknown)
        return false;
      else
        unknown = &d;
    }
    if (!unknown || derived.count(*unknown) || known == 0 || axis.got % known != 0)
      return false;
    dims[*unknown] = axis.got / known;
    source[*unknown] = axis.operand;
    return true;
  }

  /// Fixes the derived dimensions whose expressions are known by now.
  bool evaluateDerived() {
    bool changed = false;
    for (auto &[name, expr] : derived) {
      if (dims.count(name))
        continue;
      Expected<int64_t> v = interpreter::evaluateDimExpr(expr, dims);
      if (v)
        dims[name] = *v;
      else
        llvm::consumeError(v.takeError()); // not yet known
      changed |= dims.count(name) != 0;
    }
    return changed;
  }

  /// An extent given from outside must be the derived one.
  Error checkDerived() {
    for (auto &[name, expr] : derived) {
      Expected<int64_t> v = interpreter::evaluateDimExpr(expr, dims);
      if (!v)
        return fail("dimension '" + name + "': " + llvm::toString(v.takeError()));
      if (*v != dims[name])
        return fail("dimension '" + name + "' = " + expr + ": expected " + Twine(*v) + ", got " +
                    Twine(dims[name]));
    }
    return Error::success();
  }

  Error check(const Axis &axis) {
    int64_t expected = 1;
    std::string unknown;
    for (const std::string &d : axis.dims) {
      auto it = dims.find(d);
      if (it == dims.end())
        unknown = d;
      else
        expected *= it->second;
    }
    std::string place = "operand '" + axis.operand + "', axis " + std::to_string(axis.position) +
                        " (" + llvm::join(axis.dims, " ") + ")";
    if (!unknown.empty() && axis.got != 0)
      return fail(place + ": expected a multiple of " + Twine(expected) + ", got " +
                  Twine(axis.got));
    if (!unknown.empty() || expected == axis.got)
      return Error::success();
    std::string from = source.count(axis.dims.back()) ? source[axis.dims.back()] : std::string();
    return fail(place + ": expected extent " + Twine(expected) +
                (from.empty() || from == axis.operand ? "" : " (as in '" + from + "')") + ", got " +
                Twine(axis.got));
  }
};

} // namespace

Expected<int64_t> interpreter::evaluateDimExpr(StringRef text, const DimBindings &dims) {
  ExprParser parser{text, dims, {}};
  int64_t v = parser.sum();
  if (parser.error.empty() && !parser.rest.ltrim().empty())
    parser.stop("unexpected '" + parser.rest.ltrim() + "' in a dimension expression");
  if (!parser.error.empty())
    return fail(parser.error);
  return v;
}

/// The stored axes of every operand with its shape, or an error for a wrong rank.
static Error collectAxes(mlir::func::FuncOp func, const Shapes &shapes, std::vector<Axis> &axes) {
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    mixer::OperandAttr operand = mixer::getArgOperand(func, i);
    std::string name = operand.getName().str();
    auto it = shapes.find(name);
    if (it == shapes.end())
      return fail("operand '" + name + "' is not given");
    if (it->second.size() != operand.getAxes().size())
      return fail("operand '" + name + "': expected " + Twine(operand.getAxes().size()) +
                  " axes, got " + Twine(it->second.size()));
    for (auto [k, group] : llvm::enumerate(operand.getAxes())) {
      Axis axis{name, unsigned(k), {}, it->second[k]};
      for (auto d : mlir::cast<mlir::ArrayAttr>(group).getAsRange<mlir::StringAttr>())
        axis.dims.push_back(d.str());
      axes.push_back(axis);
    }
  }
  return Error::success();
}

Expected<DimBindings> interpreter::bindDims(mlir::func::FuncOp func, const Shapes &shapes,
                                            const DimBindings &given) {
  Binder binder;
  if (Error e = collectAxes(func, shapes, binder.axes))
    return e;
  auto headers = mixer::getDims(func);
  for (mixer::DimAttr d : headers) {
    if (d.getExpr())
      binder.derived[d.getName().str()] = d.getExpr().getValue();
    else if (d.isFixed())
      binder.dims[d.getName().str()] = d.getExtent();
  }
  for (auto &[name, extent] : given) {
    auto [it, fresh] = binder.dims.insert({name, extent});
    if (!fresh && it->second != extent)
      return fail("dimension '" + name + "': expected " + Twine(it->second) + ", got " +
                  Twine(extent));
  }
  bool changed = true;
  while (changed) {
    changed = false;
    for (const Axis &axis : binder.axes)
      changed |= binder.solve(axis);
    changed |= binder.evaluateDerived();
  }
  if (Error e = binder.checkDerived())
    return e;
  for (const Axis &axis : binder.axes)
    if (Error e = binder.check(axis))
      return e;
  for (mixer::DimAttr d : headers) {
    auto it = binder.dims.find(d.getName().str());
    if (it == binder.dims.end())
      return fail("dimension '" + d.getName().getValue() + "' is not fixed by any operand");
    if (it->second < 0)
      return fail("dimension '" + d.getName().getValue() + "': expected at least 0, got " +
                  Twine(it->second));
  }
  return binder.dims;
}
