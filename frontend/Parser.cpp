// Files, mixers, functions, declarations and statements; recovery after a mistake.
#include "frontend/ParserImpl.h"

using namespace mixir::frontend;
using namespace mixir::frontend::ast;

File mixir::frontend::parseFile(const SourceManager &sources, FileId file, Diagnostics &diags) {
  return Parser(sources, file, diags).run();
}

File Parser::run() {
  size_t before = diags.numErrors();
  TokenList list = lex(sources, file, diags);
  if (diags.numErrors() != before) // without all its characters the text is another one
    list.tokens.erase(list.tokens.begin(), list.tokens.end() - 1);
  tokens = std::move(list.tokens);
  File out;
  out.id = file;
  out.comments = std::move(list.comments);
  while (!at(TokenKind::EndOfFile) && checkCount(out.items.size(), "items in a file")) {
    size_t from = position;
    parseItem(out);
    if (!atItemStart() || position == from)
      skipToItem(from);
  }
  return out;
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

std::string Parser::describe(const Token &token) const {
  if (token.kind == TokenKind::EndOfFile)
    return "the end of the file";
  std::string spelling = "'" + text(token).take_front(40).str() + "'";
  return isKeyword(token.kind) ? "the keyword " + spelling : spelling;
}

bool Parser::expected(const llvm::Twine &what) {
  const Token &token = peek();
  diags.error(isKeyword(token.kind) && what.str().find("name") != std::string::npos
                  ? ErrorCode::reserved_word
                  : ErrorCode::expected_token,
              token.range, "expected " + what + ", got " + describe(token));
  return false;
}

bool Parser::expect(TokenKind kind, llvm::StringRef context) {
  if (accept(kind))
    return true;
  bool isPunctuation = kind >= TokenKind::StarStar || isKeyword(kind);
  std::string what = isPunctuation ? "'" + tokenKindText(kind).str() + "'"
                                   : tokenKindText(kind).str();
  return expected(context.empty() ? what : what + " " + context.str());
}

bool Parser::expectName(Name &out, llvm::StringRef what) {
  TokenKind behind = peek(1).kind;
  bool isUsedAsName = isKeyword(peek().kind) &&
                      (behind == TokenKind::Colon || behind == TokenKind::Comma ||
                       behind == TokenKind::RightParen || behind == TokenKind::RightBracket);
  if (!at(TokenKind::Name))
    expected("the name of " + what);
  if (!at(TokenKind::Name) && !isUsedAsName)
    return false;
  out = {text(peek()).str(), peek().range};
  next();
  return true;
}

bool Parser::expectClose(TokenKind kind, Range open) {
  if (accept(kind))
    return true;
  diags.error(ErrorCode::unclosed_bracket, peek().range,
              "expected '" + tokenKindText(kind) + "', got " + describe(peek()))
      .note(open, "to close this '" + sources.text(open) + "'");
  return false;
}

bool Parser::checkCount(size_t count, llvm::StringRef what) {
  if (count <= maxListEntries)
    return true;
  diags.error(ErrorCode::too_large, peek().range,
              "expected at most " + llvm::Twine(maxListEntries) + " " + what + ", got more");
  return false;
}

bool Parser::atStmtStart() const {
  switch (peek().kind) {
  case TokenKind::Name:
    return peek(1).kind == TokenKind::Equal || peek(1).kind == TokenKind::ColonEqual;
  case TokenKind::RightBrace:
  case TokenKind::KwIn:
  case TokenKind::KwParam:
  case TokenKind::KwReturn:
  case TokenKind::KwRoutes:
  case TokenKind::KwScan:
  case TokenKind::KwState:
    return true;
  default:
    return atItemStart();
  }
}

/// Note: recovery. A name followed by '=' inside brackets is an argument, not a statement; so
/// brackets are counted from the failed statement on.
void Parser::skipToStmt(size_t from) {
  size_t reached = position;
  int nesting = 0;
  for (size_t i = from; i < tokens.size(); ++i) {
    position = i;
    TokenKind kind = tokens[i].kind;
    if (kind == TokenKind::LeftParen || kind == TokenKind::LeftBracket)
      ++nesting;
    else if (kind == TokenKind::RightParen || kind == TokenKind::RightBracket)
      --nesting;
    bool isInner = kind == TokenKind::Name && peek(1).kind == TokenKind::Equal && nesting > 0;
    if (i >= reached && i > from && atStmtStart() && !isInner)
      return;
    if (kind == TokenKind::EndOfFile)
      return;
  }
}

void Parser::skipToItem(size_t from) {
  if (position == from)
    next();
  while (!atItemStart())
    next();
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

void Parser::parseItem(File &out) {
  if (at(TokenKind::KwImport)) {
    Import import;
    if (parseImport(import)) {
      out.items.push_back({Item::Import, out.imports.size()});
      out.imports.push_back(std::move(import));
    }
  } else if (at(TokenKind::KwFn)) {
    Fn fn;
    if (parseFn(fn)) {
      out.items.push_back({Item::Fn, out.fns.size()});
      out.fns.push_back(std::move(fn));
    }
  } else if (at(TokenKind::KwMixer)) {
    Mixer mixer;
    parseMixer(mixer);
    if (!mixer.name.text.empty()) {
      out.items.push_back({Item::Mixer, out.mixers.size()});
      out.mixers.push_back(std::move(mixer));
    }
  } else {
    expected("'import', 'fn' or 'mixer'");
  }
}

bool Parser::parseImport(Import &out) {
  Range begin = next().range;
  if (!at(TokenKind::String))
    return expected("a file to import, in quotes");
  llvm::StringRef quoted = text(peek());
  out.path = {quoted.trim('"').str(), peek().range};
  next();
  out.range = since(begin);
  return true;
}

bool Parser::parseFn(Fn &out) {
  Range begin = next().range;
  if (!expectName(out.name, "a function"))
    return false;
  Range open = peek().range;
  if (!expect(TokenKind::LeftParen, "behind the name of a function"))
    return false;
  auto parameter = [&](std::vector<Name> &names, llvm::StringRef what) {
    names.emplace_back();
    return expectName(names.back(), what) && checkCount(names.size(), "parameters");
  };
  if (!at(TokenKind::RightParen) && !at(TokenKind::Bar) &&
      !parseList([&] { return parameter(out.params, "a parameter"); }))
    return false;
  if (accept(TokenKind::Bar) &&
      !parseList([&] { return parameter(out.dims, "a dimension parameter"); }))
    return false;
  if (!expectClose(TokenKind::RightParen, open))
    return false;
  if (at(TokenKind::LeftBrace)) {
    if (!parseFnBlock(out))
      return false;
  } else {
    if (!accept(TokenKind::Equal))
      return expected("'=' or '{' behind the parameters");
    out.result = parseExpr();
  }
  out.range = since(begin);
  return out.result != nullptr;
}

bool Parser::parseFnBlock(Fn &out) {
  out.isBlock = true;
  out.open = next().range;
  bool ok = true;
  while (at(TokenKind::Name)) {
    size_t from = position;
    Stmt stmt;
    if (!parseDefinition(stmt, /*insideScan=*/true)) {
      ok = false;
      skipToStmt(from);
      continue;
    }
    if (stmt.kind == StmtKind::Update) {
      diags.error(ErrorCode::update_outside_scan, stmt.range,
                  "expected '=' in a function, got ':='; only a scan updates a state");
      ok = false;
    }
    out.body.push_back(std::move(stmt));
    if (!checkCount(out.body.size(), "statements"))
      return false;
  }
  if (at(TokenKind::KwScan) || at(TokenKind::KwState))
    return expected("a definition or 'return' in a function");
  if (!ok && accept(TokenKind::RightBrace))
    return false; // what was skipped may have been the return
  if (!at(TokenKind::KwReturn))
    return reportMissingReturn("function '" + out.name.text + "'", out.open);
  out.returnKeyword = next().range;
  out.result = parseExpr();
  if (!out.result)
    return false;
  out.close = peek().range;
  return expectClose(TokenKind::RightBrace, out.open) && ok;
}

bool Parser::reportMissingReturn(llvm::StringRef what, Range open) {
  if (at(TokenKind::RightBrace)) {
    diags.error(ErrorCode::missing_return, peek().range,
                "expected 'return' before the end of " + what + ", got '}'")
        .note(open, "the body starts here");
    return false;
  }
  if (at(TokenKind::EndOfFile)) {
    diags.error(ErrorCode::unclosed_bracket, peek().range,
                "expected 'return' and '}', got the end of the file")
        .note(open, "to close this '{'");
    return false;
  }
  return expected("a statement or 'return'");
}

bool Parser::parseMixer(Mixer &out) {
  Range begin = next().range;
  if (!expectName(out.name, "a mixer"))
    return false;
  Range open = peek().range;
  if (!expect(TokenKind::LeftParen, "and the dimensions of the mixer"))
    return false;
  bool ok = parseList([&] {
    out.dims.emplace_back();
    return parseDimDecl(out.dims.back()) && checkCount(out.dims.size(), "dimensions");
  });
  if (!ok || !expectClose(TokenKind::RightParen, open))
    return false;
  while (atDeclaration()) {
    size_t from = position;
    if (parseDeclaration(out)) {
      if (!checkCount(out.operands.size() + out.routes.size(), "declarations"))
        return false;
      continue;
    }
    while (position == from ||
           !(atDeclaration() || at(TokenKind::LeftBrace) || atItemStart()))
      next();
  }
  if (!at(TokenKind::LeftBrace))
    return expected("'in', 'param', 'routes' or '{'");
  ok = parseMixerBody(out);
  out.range = since(begin);
  return ok;
}

bool Parser::parseMixerBody(Mixer &out) {
  out.open = next().range;
  size_t before = diags.numErrors();
  while (!at(TokenKind::KwReturn) && !at(TokenKind::RightBrace) && !atItemStart()) {
    size_t from = position;
    Stmt stmt;
    if (parseStmt(stmt, /*insideScan=*/false))
      out.body.push_back(std::move(stmt));
    else
      skipToStmt(from);
    if (!checkCount(out.body.size(), "statements"))
      return false;
  }
  if (diags.numErrors() != before && accept(TokenKind::RightBrace))
    return false; // what was skipped may have been the return
  if (!at(TokenKind::KwReturn))
    return reportMissingReturn("mixer '" + out.name.text + "'", out.open);
  out.returnKeyword = next().range;
  if (!parseResults(out.results)) {
    while (!at(TokenKind::RightBrace) && !atItemStart())
      next();
    accept(TokenKind::RightBrace);
    return false;
  }
  out.close = peek().range;
  return expectClose(TokenKind::RightBrace, out.open);
}

bool Parser::parseDimDecl(DimDecl &out) {
  if (!expectName(out.name, "a dimension"))
    return false;
  if (!accept(TokenKind::Equal))
    return true;
  out.value = parseExpr();
  return out.value != nullptr;
}

bool Parser::parseDeclaration(Mixer &out) {
  if (at(TokenKind::KwRoutes)) {
    RoutesDecl decl;
    if (!parseRoutesDecl(decl))
      return false;
    decl.numOperandsBefore = out.operands.size();
    out.routes.push_back(std::move(decl));
    return true;
  }
  OperandDecl decl;
  if (!parseOperandDecl(decl))
    return false;
  out.operands.push_back(std::move(decl));
  return true;
}

bool Parser::parseRoutesDecl(RoutesDecl &out) {
  Range begin = next().range;
  if (!expectName(out.name, "a dimension of routes") ||
      !expect(TokenKind::Equal, "and the routes in braces"))
    return false;
  Range open = peek().range;
  bool ok = expect(TokenKind::LeftBrace, "and the routes") && parseList([&] {
              out.routes.emplace_back();
              return parseRoute(out.routes.back()) && checkCount(out.routes.size(), "routes");
            });
  if (!ok || !expectClose(TokenKind::RightBrace, open) || !parseAlong(out.along))
    return false;
  out.range = since(begin);
  return true;
}

/// `schedule(I, H > W, W > H)`; none inside another.
bool Parser::parseSchedule(Route &out) {
  next();
  Range open = next().range;
  if (!parseDigitNumber(out.layer) || !expect(TokenKind::Comma, "and the routes of the layers"))
    return false;
  bool ok = parseList([&] {
    out.choices.emplace_back();
    return parseRoute(out.choices.back(), /*isScheduled=*/true) && checkCount(out.choices.size(), "routes");
  });
  return ok && expectClose(TokenKind::RightParen, open);
}

bool Parser::parseRoute(Route &out, bool isScheduled) {
  Range begin = peek().range;
  auto isCall = [&](llvm::StringRef word) {
    return atWord(word) && peek(1).kind == TokenKind::LeftParen;
  };
  bool ok = true;
  if (isCall("table")) {
    ok = parseRouteTable(out);
  } else if (isCall("schedule") && !isScheduled) {
    ok = parseSchedule(out);
  } else if (isCall("concat") || isCall("restart")) {
    out.restarts = atWord("restart");
    next();
    Range open = next().range;
    ok = parseList([&] {
           out.legs.emplace_back();
           return parseRouteLeg(out.legs.back()) && checkCount(out.legs.size(), "legs of a route");
         }) &&
         expectClose(TokenKind::RightParen, open);
  } else {
    out.legs.emplace_back();
    ok = parseRouteLeg(out.legs.back());
  }
  out.range = since(begin);
  return ok;
}

/// `table(order, H > W)`.
bool Parser::parseRouteTable(Route &out) {
  next();
  Range open = next().range;
  out.table = parseExpr();
  out.legs.emplace_back();
  return out.table && expect(TokenKind::Comma, "and the axes that number the places") &&
         parseRouteLeg(out.legs.back()) && expectClose(TokenKind::RightParen, open);
}

/// `along T`, if it is there.
bool Parser::parseAlong(Name &out) {
  if (!atWord("along"))
    return true;
  next();
  return expectName(out, "the dimension of the steps");
}

bool Parser::parseRouteLeg(RouteLeg &out) {
  bool isGroup = at(TokenKind::Tilde) && peek(1).kind == TokenKind::LeftParen;
  Range open;
  if (isGroup) {
    next();
    open = next().range;
    out.isReversed = true;
  }
  do {
    out.digits.emplace_back();
    if (!parseRouteDigit(out.digits.back()) || !checkCount(out.digits.size(), "digits of a route"))
      return false;
  } while (accept(TokenKind::Greater));
  return !isGroup || expectClose(TokenKind::RightParen, open);
}

bool Parser::parseRouteDigit(RouteDigit &out) {
  Range begin = peek().range;
  out.isReversed = accept(TokenKind::Tilde);
  if (atWord("skew") && peek(1).kind == TokenKind::LeftParen) {
    if (!parseRouteSkew(out))
      return false;
  } else if (!expectName(out.axis, "the axis of a route") ||
             (accept(TokenKind::Slash) && !parseDigitNumber(out.divisor)) ||
             (accept(TokenKind::Percent) && !parseDigitNumber(out.modulus)) ||
             (accept(TokenKind::Equal) && !parseDigitNumber(out.at))) {
    return false;
  }
  out.isSnake = accept(TokenKind::Caret);
  out.range = since(begin);
  return true;
}

/// `skew(W, H)` or `skew(W, ~H)`.
bool Parser::parseRouteSkew(RouteDigit &out) {
  next();
  Range open = next().range;
  if (!expectName(out.axis, "the axis that is skewed") ||
      !expect(TokenKind::Comma, "and the axis that moves it"))
    return false;
  out.isSkewBack = accept(TokenKind::Tilde);
  return expectName(out.skew, "the axis that moves it") && expectClose(TokenKind::RightParen, open);
}

bool Parser::parseDigitNumber(ExprPtr &out) {
  if (!at(TokenKind::Number) && !at(TokenKind::Name))
    return expected("a whole number or a dimension");
  out = parsePrimary();
  return out != nullptr;
}

bool Parser::parseOperandDecl(OperandDecl &out) {
  Range begin = peek().range;
  out.role = next().kind == TokenKind::KwIn ? Role::In : Role::Param;
  bool ok = parseList([&] {
    out.names.emplace_back();
    return expectName(out.names.back(), "an operand") &&
           checkCount(out.names.size(), "operands");
  });
  if (!ok || !expect(TokenKind::Colon, "and the type of the operand") || !parseType(out.type))
    return false;
  if (accept(TokenKind::Equal) && !parseDefault(out))
    return false;
  out.range = since(begin);
  return true;
}

bool Parser::parseDefault(OperandDecl &out) {
  if (atWord("none")) {
    next();
    out.defaultKind = DefaultKind::None;
    return true;
  }
  out.defaultKind = DefaultKind::Constant;
  size_t number = at(TokenKind::Minus) ? 1 : 0;
  if (peek(number).kind != TokenKind::Number)
    return expected("a number or none");
  out.defaultValue = parsePrefix(0);
  return out.defaultValue != nullptr;
}

bool Parser::parseType(TypeExpr &out) {
  Range begin = peek().range;
  if (at(TokenKind::Name)) {
    out.dtype = Name{text(peek()).str(), begin};
    next();
  }
  Range open = peek().range;
  if (!expect(TokenKind::LeftBracket, "and the axes of the type"))
    return false;
  if (!at(TokenKind::RightBracket) && !parseList([&] {
        out.axes.emplace_back();
        return parseAxis(out.axes.back()) && checkCount(out.axes.size(), "axes");
      }))
    return false;
  if (!expectClose(TokenKind::RightBracket, open))
    return false;
  out.range = since(begin);
  return true;
}

bool Parser::parseAxis(Axis &out) {
  Range begin = peek().range;
  bool isMerged = accept(TokenKind::LeftParen);
  do {
    out.dims.emplace_back();
    if (!expectName(out.dims.back(), "a dimension") ||
        !checkCount(out.dims.size(), "merged dimensions"))
      return false;
  } while (isMerged && at(TokenKind::Name));
  if (isMerged && out.dims.size() < 2 && at(TokenKind::RightParen))
    return expected("a second dimension name of the merged axis");
  if (isMerged && !expectClose(TokenKind::RightParen, begin))
    return false;
  out.range = since(begin);
  return true;
}

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

bool Parser::parseStmt(Stmt &out, bool insideScan) {
  if (at(TokenKind::KwScan))
    return parseScan(out, insideScan);
  if (at(TokenKind::KwState))
    return parseState(out, insideScan);
  return parseDefinition(out, insideScan);
}

bool Parser::parseDefinition(Stmt &out, bool insideScan) {
  Range begin = peek().range;
  if (!at(TokenKind::Name) ||
      (peek(1).kind != TokenKind::Equal && peek(1).kind != TokenKind::ColonEqual)) {
    if (at(TokenKind::Name)) {
      next();
      return expected("'=' or ':=' behind '" + sources.text(begin) + "'");
    }
    return expected(insideScan ? "a statement or '}'" : "a statement or 'return'");
  }
  out.name = {text(next()).str(), begin};
  out.kind = next().kind == TokenKind::Equal ? StmtKind::Define : StmtKind::Update;
  out.expr = parseExpr();
  out.range = since(begin);
  return out.expr != nullptr;
}

bool Parser::parseState(Stmt &out, bool insideScan) {
  Range begin = next().range;
  if (!insideScan)
    diags.error(ErrorCode::state_outside_scan, begin,
                "expected a state to be declared inside a scan, got 'state' outside");
  out.kind = StmtKind::State;
  if (!expectName(out.name, "a state") || !expect(TokenKind::Colon, "and the type of the state") ||
      !parseType(out.type))
    return false;
  bool isInit = atWord("init") && peek(1).kind != TokenKind::Equal &&
                peek(1).kind != TokenKind::ColonEqual;
  if (isInit) {
    next();
    out.expr = parseExpr();
    if (!out.expr)
      return false;
  }
  out.range = since(begin);
  return insideScan;
}

/// A route, `grid(H, W)`, `grid(K)` of a dimension of routes, or `tree(parent, L)`.
bool Parser::parseStructure(Stmt &out) {
  bool isGrid = atWord("grid"), isCall = peek(1).kind == TokenKind::LeftParen;
  if (!isCall || (!isGrid && !atWord("tree")))
    return parseRoute(out.route);
  Range begin = next().range, open = next().range;
  if (isGrid) {
    out.structure = Structure::Grid;
    RouteLeg &leg = out.route.legs.emplace_back();
    bool ok = parseList([&] {
      leg.digits.emplace_back();
      return parseRouteDigit(leg.digits.back()) && checkCount(leg.digits.size(), "axes of a grid");
    });
    if (!ok)
      return false;
  } else {
    out.structure = Structure::Tree;
    out.parent = parseExpr();
    if (!out.parent || !expect(TokenKind::Comma, "and the route of the steps") || !parseRoute(out.route))
      return false;
  }
  bool ok = expectClose(TokenKind::RightParen, open);
  out.route.range = since(begin);
  return ok;
}

bool Parser::parseScan(Stmt &out, bool insideScan) {
  Range begin = next().range;
  if (insideScan)
    diags.error(ErrorCode::nested_scan, begin,
                "expected no scan inside a scan, got one; a scan walks one dimension");
  out.kind = StmtKind::Scan;
  bool ok = parseStructure(out) && parseAlong(out.along);
  if (ok && out.route.isPlain()) {
    const RouteDigit &axis = out.route.legs[0].digits[0];
    out.name = axis.axis;
    out.isReversed = axis.isReversed;
  }
  Range open = peek().range;
  if (!at(TokenKind::LeftBrace))
    return ok && expected("'{' and the body of the scan");
  next();
  while (!at(TokenKind::RightBrace) && !at(TokenKind::KwReturn) && !atItemStart()) {
    size_t from = position;
    Stmt stmt;
    // Nested scans are read (and refused) one level deep only: no recursion on the input's depth.
    if (insideScan && at(TokenKind::KwScan)) {
      next();
      ok = false;
      continue;
    }
    if (parseStmt(stmt, /*insideScan=*/true)) {
      out.body.push_back(std::move(stmt));
    } else {
      ok = false;
      skipToStmt(from);
    }
    if (!checkCount(out.body.size(), "statements"))
      return false;
  }
  out.close = peek().range;
  if (at(TokenKind::KwReturn)) {
    expectClose(TokenKind::RightBrace, open);
    return false;
  }
  if (!expectClose(TokenKind::RightBrace, open))
    return false;
  out.range = since(begin);
  return ok && !insideScan;
}

bool Parser::parseResults(std::vector<Result> &out) {
  bool isFirst = true;
  return parseList([&] {
    out.emplace_back();
    bool isOnly = std::exchange(isFirst, false);
    if (!parseResult(out.back(), isOnly))
      return false;
    if (out.back().name.text.empty() && at(TokenKind::Comma)) {
      diags.error(ErrorCode::expected_token, out.back().range,
                  "expected a name for each of several results, as in 'y = ...', got an "
                  "expression");
      return false;
    }
    return checkCount(out.size(), "results");
  });
}

bool Parser::parseResult(Result &out, bool isOnly) {
  Range begin = peek().range;
  bool isNamed = at(TokenKind::Name) && (peek(1).kind == TokenKind::Equal ||
                                         peek(1).kind == TokenKind::Colon);
  if (!isNamed && !isOnly)
    return expected("the name of a result and '='");
  if (isNamed) {
    out.name = {text(peek()).str(), peek().range};
    next();
    if (accept(TokenKind::Colon)) {
      out.type.emplace();
      if (!parseType(*out.type))
        return false;
    }
    if (!expect(TokenKind::Equal, "and the value of the result"))
      return false;
  }
  out.expr = parseExpr();
  out.range = since(begin);
  return out.expr != nullptr;
}
