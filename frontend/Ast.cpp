// The operator table, read by parser, formatter and messages.
#include "frontend/Ast.h"

#include <iterator>

using namespace mixir::frontend;
using namespace mixir::frontend::ast;

static const OpInfo operatorTable[] = {
    {"or", TokenKind::KwOr, 1},           {"and", TokenKind::KwAnd, 2},
    {"<", TokenKind::Less, 4},            {"<=", TokenKind::LessEqual, 4},
    {">", TokenKind::Greater, 4},         {">=", TokenKind::GreaterEqual, 4},
    {"==", TokenKind::EqualEqual, 4},     {"!=", TokenKind::NotEqual, 4},
    {"+", TokenKind::Plus, 5},            {"-", TokenKind::Minus, 5},
    {"*", TokenKind::Star, 6},            {"/", TokenKind::Slash, 6},
    {"**", TokenKind::StarStar, 8},       {"-", TokenKind::Minus, 7},
    {"not ", TokenKind::KwNot, 3},
};

const OpInfo &ast::opInfo(Op op) { return operatorTable[static_cast<unsigned>(op)]; }

std::optional<Op> ast::binaryOp(TokenKind token) {
  for (unsigned i = 0; i <= static_cast<unsigned>(Op::Pow); ++i)
    if (operatorTable[i].token == token)
      return static_cast<Op>(i);
  return std::nullopt;
}

bool ast::isComparison(Op op) { return op >= Op::Less && op <= Op::NotEqual; }

const Expr &ast::withoutParens(const Expr &expr) {
  const Expr *inner = &expr;
  while (inner->kind == ExprKind::Paren)
    inner = inner->args[0].get();
  return *inner;
}

bool ast::Route::isPlain() const {
  if (table || legs.size() != 1 || legs[0].digits.size() != 1 || legs[0].isReversed)
    return false;
  const RouteDigit &digit = legs[0].digits[0];
  return !digit.divisor && !digit.modulus && !digit.at && digit.skew.text.empty() && !digit.isSnake;
}
