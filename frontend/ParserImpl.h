// The parser's state and helpers, shared by its two files: declarations and statements
// (Parser.cpp), expressions (ParseExpr.cpp).
#ifndef MIXIR_FRONTEND_PARSERIMPL_H
#define MIXIR_FRONTEND_PARSERIMPL_H

#include "frontend/Parser.h"

namespace mixir::frontend {

class Parser {
public:
  Parser(const SourceManager &sources, FileId file, Diagnostics &diags)
      : sources(sources), diags(diags), file(file) {}

  ast::File run();

private:
  // Items (Parser.cpp). The bool ones say whether the construct was read without an error.
  void parseItem(ast::File &out);
  bool parseImport(ast::Import &out);
  bool parseFn(ast::Fn &out);
  bool parseFnBlock(ast::Fn &out);
  bool parseMixer(ast::Mixer &out);
  bool parseMixerBody(ast::Mixer &out);
  bool parseDimDecl(ast::DimDecl &out);
  bool parseDeclaration(ast::Mixer &out);
  bool parseRoutesDecl(ast::RoutesDecl &out);
  bool parseRoute(ast::Route &out, bool isScheduled = false);
  bool parseSchedule(ast::Route &out);
  bool parseRouteTable(ast::Route &out);
  bool parseAlong(ast::Name &out);
  bool parseRouteLeg(ast::RouteLeg &out);
  bool parseRouteDigit(ast::RouteDigit &out);
  bool parseRouteSkew(ast::RouteDigit &out);
  bool parseDigitNumber(ast::ExprPtr &out);
  bool parseOperandDecl(ast::OperandDecl &out);
  bool parseDefault(ast::OperandDecl &out);
  bool parseType(ast::TypeExpr &out);
  bool parseAxis(ast::Axis &out);
  bool parseStmt(ast::Stmt &out, bool insideScan);
  bool parseScan(ast::Stmt &out, bool insideScan);
  bool parseStructure(ast::Stmt &out);
  bool parseState(ast::Stmt &out, bool insideScan);
  bool parseDefinition(ast::Stmt &out, bool insideScan);
  bool parseResults(std::vector<ast::Result> &out);
  bool parseResult(ast::Result &out, bool isOnly);
  bool reportMissingReturn(llvm::StringRef what, Range open);

  // Expressions (ParseExpr.cpp); null after an error.
  ast::ExprPtr parseExpr(unsigned minPrecedence = 0);
  ast::ExprPtr parsePrefix(unsigned minPrecedence);
  ast::ExprPtr parsePostfix();
  ast::ExprPtr parsePrimary();
  ast::ExprPtr parseNumber();
  ast::ExprPtr parseReduce();
  ast::ExprPtr parseCall();
  bool parseArgument(ast::Expr &call);
  bool checkDepth(const ast::Expr &expr);

  // Tokens.
  const Token &peek(size_t ahead = 0) const {
    size_t at = position + ahead;
    return tokens[at < tokens.size() ? at : tokens.size() - 1];
  }
  bool at(TokenKind kind) const { return peek().kind == kind; }
  llvm::StringRef text(const Token &token) const { return sources.text(token.range); }
  bool atWord(llvm::StringRef word) const {
    return at(TokenKind::Name) && text(peek()) == word;
  }
  const Token &next() {
    const Token &token = peek();
    if (token.kind != TokenKind::EndOfFile)
      ++position;
    return token;
  }
  bool accept(TokenKind kind) {
    if (!at(kind))
      return false;
    next();
    return true;
  }
  /// Takes a token of this kind or reports "expected <kind> <context>, got ...".
  bool expect(TokenKind kind, llvm::StringRef context = "");
  bool expectName(ast::Name &out, llvm::StringRef what);
  /// Closes a bracket opened at `open`.
  bool expectClose(TokenKind kind, Range open);
  /// Reports "expected <what>, got <this token>"; returns false.
  bool expected(const llvm::Twine &what);
  std::string describe(const Token &token) const;
  uint32_t lastEnd() const { return position ? tokens[position - 1].range.end : 0; }
  Range since(Range begin) const { return {file, begin.begin, lastEnd()}; }
  bool checkCount(size_t count, llvm::StringRef what);

  // Recovery.
  bool atDeclaration() const { return at(TokenKind::KwIn) || at(TokenKind::KwParam) ||
                                      at(TokenKind::KwRoutes); }
  bool atStmtStart() const;
  bool atItemStart() const { return at(TokenKind::KwFn) || at(TokenKind::KwMixer) ||
                                    at(TokenKind::KwImport) || at(TokenKind::EndOfFile); }
  void skipToStmt(size_t from);
  void skipToItem(size_t from);

  /// Reads `element {"," element}`.
  template <typename Fn> bool parseList(Fn element) {
    do {
      if (!element())
        return false;
    } while (accept(TokenKind::Comma));
    return true;
  }

  const SourceManager &sources;
  Diagnostics &diags;
  FileId file;
  std::vector<Token> tokens;
  size_t position = 0;
  unsigned depth = 0;
};

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_PARSERIMPL_H
