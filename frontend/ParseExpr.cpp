// Expressions by precedence climbing. Depth is counted twice, as nesting while reading and as tree
// height, because `a + a + a ...` is a deep tree without any nesting.
#include "frontend/ParserImpl.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/Support/Error.h"

#include <algorithm>
#include <cmath>

using namespace mixir::frontend;
using namespace mixir::frontend::ast;

static ExprPtr makeExpr(ExprKind kind, Range range) {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->range = range;
  return expr;
}

static unsigned heightOf(const Expr &expr) {
  unsigned height = 0;
  for (const ExprPtr &arg : expr.args)
    height = std::max(height, arg->depth);
  for (const KeywordArg &keyword : expr.keywords)
    height = std::max(height, keyword.value->depth);
  return height + 1;
}

bool Parser::checkDepth(const Expr &expr) {
  if (expr.depth <= maxExprDepth)
    return true;
  diags.error(ErrorCode::too_deep, expr.range,
              "expected an expression at most " + llvm::Twine(maxExprDepth) +
                  " levels deep, got more; name a part of it first");
  return false;
}

ExprPtr Parser::parseExpr(unsigned minPrecedence) {
  struct Nesting {
    unsigned &depth;
    ~Nesting() { --depth; }
  } nesting{++depth};
  if (depth > maxExprDepth) {
    diags.error(ErrorCode::too_deep, peek().range,
                "expected an expression at most " + llvm::Twine(maxExprDepth) +
                    " levels deep, got more; name a part of it first");
    return nullptr;
  }
  ExprPtr left = parsePrefix(minPrecedence);
  bool hasComparison = false;
  while (left) {
    if (at(TokenKind::Caret)) {
      expected("'**', which raises to a power");
      return nullptr;
    }
    std::optional<Op> op = binaryOp(peek().kind);
    if (!op || opInfo(*op).precedence < minPrecedence)
      break;
    if (isComparison(*op) && hasComparison) {
      diags.error(ErrorCode::chained_comparison, peek().range,
                  "expected one comparison, got a chain; write a < b and b < c");
      return nullptr;
    }
    hasComparison |= isComparison(*op);
    next();
    // `**` groups to the right and takes a minus sign on its right side.
    ExprPtr right = parseExpr(*op == Op::Pow ? 7 : opInfo(*op).precedence + 1);
    if (!right)
      return nullptr;
    ExprPtr both = makeExpr(ExprKind::Binary, Range::join(left->range, right->range));
    both->op = *op;
    both->args.push_back(std::move(left));
    both->args.push_back(std::move(right));
    both->depth = heightOf(*both);
    if (!checkDepth(*both))
      return nullptr;
    left = std::move(both);
  }
  return left;
}

ExprPtr Parser::parsePrefix(unsigned minPrecedence) {
  if (!at(TokenKind::Minus) && !at(TokenKind::KwNot))
    return parsePostfix();
  Op op = at(TokenKind::Minus) ? Op::Neg : Op::Not;
  if (opInfo(op).precedence < minPrecedence) {
    expected("an expression; put parentheses around 'not'");
    return nullptr;
  }
  Range begin = next().range;
  ExprPtr inner = parseExpr(opInfo(op).precedence);
  if (!inner)
    return nullptr;
  ExprPtr expr = makeExpr(ExprKind::Unary, Range::join(begin, inner->range));
  expr->op = op;
  expr->args.push_back(std::move(inner));
  expr->depth = heightOf(*expr);
  return checkDepth(*expr) ? std::move(expr) : nullptr;
}

/// `x@J`, which binds tighter than any operator.
ExprPtr Parser::parsePostfix() {
  Range begin = peek().range;
  ExprPtr inner = parsePrimary();
  while (inner && accept(TokenKind::At)) {
    ExprPtr expr = makeExpr(ExprKind::Rename, begin);
    expr->dims.emplace_back();
    if (!expectName(expr->dims.back(), "a dimension behind '@'"))
      return nullptr;
    expr->args.push_back(std::move(inner));
    expr->range = since(begin);
    expr->depth = heightOf(*expr);
    if (!checkDepth(*expr))
      return nullptr;
    inner = std::move(expr);
  }
  return inner;
}

ExprPtr Parser::parsePrimary() {
  Range begin = peek().range;
  if (at(TokenKind::Number))
    return parseNumber();
  if (at(TokenKind::LeftParen)) {
    next();
    ExprPtr inner = parseExpr();
    if (!inner || !expectClose(TokenKind::RightParen, begin))
      return nullptr;
    ExprPtr expr = makeExpr(ExprKind::Paren, since(begin));
    expr->args.push_back(std::move(inner));
    expr->depth = heightOf(*expr);
    return expr;
  }
  if (at(TokenKind::Name) && !atStmtStart()) {
    if (peek(1).kind == TokenKind::LeftParen)
      return parseCall();
    if (peek(1).kind == TokenKind::LeftBracket)
      return parseReduce();
    ExprPtr expr = makeExpr(ExprKind::Name, begin);
    expr->name = {text(next()).str(), begin};
    return expr;
  }
  expected("an expression");
  return nullptr;
}

ExprPtr Parser::parseNumber() {
  const Token &token = next();
  llvm::StringRef spelling = text(token);
  ExprPtr expr = makeExpr(ExprKind::Number, token.range);
  expr->name = {spelling.str(), token.range};
  expr->isInteger = spelling.find_first_of(".eE") == llvm::StringRef::npos;
  llvm::APFloat value(llvm::APFloat::IEEEdouble());
  auto status = value.convertFromString(spelling, llvm::APFloat::rmNearestTiesToEven);
  if (!status) {
    llvm::consumeError(status.takeError()); // reported by the lexer
    return nullptr;
  }
  expr->value = value.convertToDouble();
  bool isZero = spelling.find_first_of("123456789") >= spelling.find_first_of("eE");
  bool fits = expr->isInteger ? expr->value <= 2147483647.0
                              : std::isfinite(expr->value) && expr->value <= 3.4028234e38 &&
                                    (isZero || expr->value >= 1.2e-38);
  if (!fits)
    diags.error(ErrorCode::number_out_of_range, token.range,
                expr->isInteger
                    ? llvm::Twine("expected a whole number up to 2147483647, got ") +
                          spelling.take_front(40)
                    : llvm::Twine("expected a number that f32 can hold (1.2e-38 to 3.4e38), got ") +
                          spelling.take_front(40));
  return expr;
}

ExprPtr Parser::parseReduce() {
  Name name = {text(peek()).str(), peek().range};
  if (name.text != "sum" && name.text != "mean" && name.text != "max" && name.text != "min") {
    diags.error(ErrorCode::expected_token, name.range,
                "expected sum, mean, max or min before '[', got '" + name.text +
                    "'; dimensions are named, not indexed");
    return nullptr;
  }
  next();
  ExprPtr expr = makeExpr(ExprKind::Reduce, name.range);
  expr->name = name;
  Range open = next().range;
  bool ok = parseList([&] {
    expr->dims.emplace_back();
    return expectName(expr->dims.back(), "a dimension to reduce");
  });
  if (!ok || !expectClose(TokenKind::RightBracket, open))
    return nullptr;
  Range paren = peek().range;
  if (!expect(TokenKind::LeftParen, "before what is reduced"))
    return nullptr;
  ExprPtr inner = parseExpr();
  if (!inner || !expectClose(TokenKind::RightParen, paren))
    return nullptr;
  expr->args.push_back(std::move(inner));
  expr->range = since(name.range);
  expr->depth = heightOf(*expr);
  return checkDepth(*expr) ? std::move(expr) : nullptr;
}

bool Parser::parseArgument(Expr &call) {
  if (at(TokenKind::Name) && peek(1).kind == TokenKind::Equal) {
    KeywordArg arg;
    arg.key = {text(peek()).str(), peek().range};
    next();
    next();
    arg.value = parseExpr();
    if (!arg.value)
      return false;
    call.keywords.push_back(std::move(arg));
    return true;
  }
  bool takesRoute = call.name.text == "visit" || call.name.text == "place";
  if (takesRoute && call.args.size() == 1 && call.route.empty() && call.keywords.empty()) {
    call.route.emplace_back();
    return parseRoute(call.route.back());
  }
  Range begin = peek().range;
  ExprPtr arg = parseExpr();
  if (!arg)
    return false;
  if (!call.route.empty()) {
    diags.error(ErrorCode::wrong_arguments, Range::join(begin, arg->range),
                "expected a value and a route in " + call.name.text + ", got more behind them");
    return false;
  }
  if (!call.keywords.empty()) {
    diags.error(ErrorCode::wrong_arguments, Range::join(begin, arg->range),
                "expected plain arguments before named ones, got a plain one behind '" +
                    call.keywords.back().key.text + "'");
    return false;
  }
  call.args.push_back(std::move(arg));
  return checkCount(call.args.size(), "arguments");
}

ExprPtr Parser::parseCall() {
  const Token &token = next();
  ExprPtr expr = makeExpr(ExprKind::Call, token.range);
  expr->name = {text(token).str(), token.range};
  Range open = next().range;
  bool isEmpty = at(TokenKind::RightParen) || at(TokenKind::Bar);
  if (!isEmpty && !parseList([&] { return parseArgument(*expr); }))
    return nullptr;
  if (accept(TokenKind::Bar)) {
    expr->hasBar = true;
    bool ok = parseList([&] {
      expr->dims.emplace_back();
      return expectName(expr->dims.back(), "a dimension behind '|'");
    });
    if (!ok)
      return nullptr;
  }
  if (!expectClose(TokenKind::RightParen, open))
    return nullptr;
  expr->range = since(token.range);
  expr->depth = heightOf(*expr);
  return checkDepth(*expr) ? std::move(expr) : nullptr;
}
