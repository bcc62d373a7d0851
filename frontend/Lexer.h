// Text to tokens. The whole file is turned into tokens first: statements need no separators, so
// the parser looks two tokens ahead to find where a statement starts.
#ifndef MIXIR_FRONTEND_LEXER_H
#define MIXIR_FRONTEND_LEXER_H

#include "frontend/Diagnostics.h"
#include "frontend/SourceFile.h"

#include <vector>

namespace mixir::frontend {

enum class TokenKind : uint8_t {
#define MIXIR_TOKEN(NAME, SPELLING) NAME,
#include "frontend/Tokens.def"
};

/// One token; its spelling is the text of its range.
struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  Range range;
};

/// A `//` comment, kept for the formatter.
struct Comment {
  Range range;       ///< from the slashes to the end of the line
  bool ownLine;      ///< nothing but spaces stands before it
};

/// Tokens (closed by EndOfFile) and comments of one file.
struct TokenList {
  std::vector<Token> tokens;
  std::vector<Comment> comments;
};

/// Splits a file into tokens; reports characters and numbers that cannot be read and goes on.
TokenList lex(const SourceManager &sources, FileId file, Diagnostics &diags);

/// Fixed spelling of a token kind, or what it is ("a name").
llvm::StringRef tokenKindText(TokenKind kind);
/// True for reserved words.
bool isKeyword(TokenKind kind);
/// True if the text may be used as a name.
bool isName(llvm::StringRef text);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_LEXER_H
