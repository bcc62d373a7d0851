// DimExpr.cpp - see DimExpr.h. A recursive-descent parser to postfix code and a small stack
// machine with overflow checks.
#include "DimExpr.h"

#include <algorithm>
#include <cctype>

namespace mixir::runtime {

/// sum := product {(+|-) product}; product := atom {(*|/) atom}; atom := INT | NAME | ( sum ) | - atom
class DimExprParser {
public:
  DimExprParser(std::string_view text, const std::function<int(std::string_view)> &lookup)
      : text(text), lookup(lookup) {}

  DimExpr parse() {
    parseSum();
    if (peek() != '\0')
      throw std::string("unexpected '") + peek() + "' in '" + std::string(text) + "'";
    checkDepth();
    return std::move(result);
  }

private:
  using Kind = DimExpr::Kind;

  char peek() {
    while (position < text.size() && std::isspace(static_cast<unsigned char>(text[position])))
      position++;
    return position < text.size() ? text[position] : '\0';
  }

  bool take(char wanted) {
    if (peek() != wanted)
      return false;
    position++;
    return true;
  }

  void emit(Kind kind, int64_t value = 0) { result.code.push_back({kind, value}); }

  void parseSum() {
    parseProduct();
    for (;;) {
      Kind kind = peek() == '+' ? Kind::Add : Kind::Sub;
      if (!take('+') && !take('-'))
        return;
      parseProduct();
      emit(kind);
    }
  }

  void parseProduct() {
    parseAtom();
    for (;;) {
      Kind kind = peek() == '*' ? Kind::Mul : Kind::Div;
      if (!take('*') && !take('/'))
        return;
      parseAtom();
      emit(kind);
    }
  }

  void parseAtom() {
    if (++nesting > 64)
      throw std::string("too deeply nested");
    char next = peek();
    if (take('-')) {
      emit(Kind::Constant, 0);
      parseAtom();
      emit(Kind::Sub);
    } else if (take('(')) {
      parseSum();
      if (!take(')'))
        throw "expected ')' in '" + std::string(text) + "'";
    } else if (std::isdigit(static_cast<unsigned char>(next))) {
      parseNumber();
    } else if (std::isalpha(static_cast<unsigned char>(next)) || next == '_') {
      parseName();
    } else {
      throw "expected a number, a dimension or '(' in '" + std::string(text) + "'";
    }
    nesting--;
  }

  void parseNumber() {
    int64_t value = 0;
    while (position < text.size() && std::isdigit(static_cast<unsigned char>(text[position]))) {
      value = value * 10 + (text[position++] - '0');
      if (value > INT32_MAX)
        throw std::string("a number is too large");
    }
    emit(Kind::Constant, value);
  }

  void parseName() {
    size_t begin = position;
    while (position < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[position])) || text[position] == '_'))
      position++;
    std::string_view name = text.substr(begin, position - begin);
    int dim = lookup(name);
    if (dim < 0)
      throw "unknown dimension '" + std::string(name) + "'";
    if (std::find(result.used.begin(), result.used.end(), dim) == result.used.end())
      result.used.push_back(dim);
    emit(Kind::Dim, dim);
  }

  void checkDepth() {
    int depth = 0;
    for (const DimExpr::Step &step : result.code) {
      depth += step.kind == Kind::Constant || step.kind == Kind::Dim ? 1 : -1;
      if (depth > DimExpr::kMaxDepth)
        throw std::string("too deeply nested");
    }
  }

  std::string_view text;
  const std::function<int(std::string_view)> &lookup;
  size_t position = 0;
  int nesting = 0;
  DimExpr result;
};

DimExpr DimExpr::parse(std::string_view text,
                       const std::function<int(std::string_view)> &lookup) {
  return DimExprParser(text, lookup).parse();
}

bool DimExpr::evaluate(const int64_t *sizes, int64_t &result) const {
  int64_t stack[kMaxDepth + 1];
  int top = 0;
  for (const Step &step : code) {
    if (step.kind == Kind::Constant) {
      stack[top++] = step.value;
      continue;
    }
    if (step.kind == Kind::Dim) {
      if (sizes[step.value] == kUnknownSize)
        return false;
      stack[top++] = sizes[step.value];
      continue;
    }
    int64_t right = stack[--top];
    int64_t &left = stack[top - 1];
    if (step.kind == Kind::Div) {
      if (right <= 0)
        return false;
      left = left >= 0 ? left / right : -((-left + right - 1) / right);
      continue;
    }
    bool overflow = step.kind == Kind::Add   ? __builtin_add_overflow(left, right, &left)
                    : step.kind == Kind::Sub ? __builtin_sub_overflow(left, right, &left)
                                             : __builtin_mul_overflow(left, right, &left);
    if (overflow)
      return false;
  }
  result = stack[0];
  return true;
}

bool DimExpr::invert(const int64_t *sizes, int numDims, int64_t value, int &dim,
                     int64_t &size) const {
  int unknown = -1;
  for (int candidate : used) {
    if (sizes[candidate] != kUnknownSize)
      continue;
    if (unknown != -1)
      return false;
    unknown = candidate;
  }
  bool divides = std::any_of(code.begin(), code.end(), [](const Step &s) { return s.kind == Kind::Div; });
  if (unknown == -1 || divides) // several sizes may have one quotient
    return false;
  std::vector<int64_t> trial(sizes, sizes + numDims);
  int64_t at[3];
  for (int point = 0; point < 3; point++) {
    trial[unknown] = point;
    if (!evaluate(trial.data(), at[point]))
      return false;
  }
  int64_t slope = at[1] - at[0];
  bool isAffine = at[2] - at[1] == slope;
  if (!isAffine || slope == 0 || (value - at[0]) % slope != 0 || (value - at[0]) / slope < 0)
    return false;
  dim = unknown;
  size = (value - at[0]) / slope;
  return true;
}

} // namespace mixir::runtime
