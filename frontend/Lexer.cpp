// A hand-written scanner: one function per kind of token, longest punctuation first.
#include "frontend/Lexer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mixir::frontend;

namespace {

/// Longest name or number accepted, in bytes.
constexpr size_t maxTokenBytes = 255;

const llvm::StringRef spellings[] = {
#define MIXIR_TOKEN(NAME, SPELLING) SPELLING,
#include "frontend/Tokens.def"
};

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNameChar(char c) { return llvm::isAlnum(c) || c == '_'; }

class Lexer {
public:
  Lexer(const SourceManager &sources, FileId file, Diagnostics &diags)
      : text(sources.text(file)), file(file), diags(diags) {}

  TokenList run() {
    while (skipSpace())
      lexToken();
    push(TokenKind::EndOfFile, text.size(), text.size());
    return std::move(result);
  }

private:
  char peek(size_t ahead = 0) const {
    return position + ahead < text.size() ? text[position + ahead] : '\0';
  }
  Range range(size_t begin, size_t end) const {
    return {file, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }
  void push(TokenKind kind, size_t begin, size_t end) {
    result.tokens.push_back({kind, range(begin, end)});
    lineHasToken = true;
  }

  /// Moves to the next token; false at the end of the text.
  bool skipSpace() {
    while (position < text.size()) {
      char c = text[position];
      if (c == '\n')
        lineHasToken = false;
      else if (c == '/' && peek(1) == '/') {
        lexComment();
        continue;
      } else if (c != ' ' && c != '\t' && c != '\r')
        return true;
      ++position;
    }
    return false;
  }

  void lexComment() {
    size_t end = std::min(text.find('\n', position), text.size());
    size_t last = end;
    while (last > position && llvm::isSpace(text[last - 1]))
      --last;
    result.comments.push_back({range(position, last), !lineHasToken});
    position = end;
  }

  void lexToken() {
    char c = peek();
    if (isNameStart(c))
      return lexName();
    if (llvm::isDigit(c))
      return lexNumber();
    if (c == '"')
      return lexString();
    if (!lexPunctuation())
      reportCharacter();
  }

  void lexName() {
    size_t begin = position;
    while (isNameChar(peek()))
      ++position;
    llvm::StringRef name = text.slice(begin, position);
    checkLength(begin, "name");
    TokenKind kind = TokenKind::Name;
    for (unsigned i = 0; i <= static_cast<unsigned>(TokenKind::KwState); ++i)
      if (spellings[i] == name)
        kind = static_cast<TokenKind>(i);
    push(kind, begin, position);
  }

  void skipDigits() {
    while (llvm::isDigit(peek()))
      ++position;
  }

  void lexNumber() {
    size_t begin = position;
    skipDigits();
    bool isGood = true;
    if (peek() == '.') {
      ++position;
      isGood = llvm::isDigit(peek());
      skipDigits();
    }
    if (peek() == 'e' || peek() == 'E') {
      position += peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      isGood &= llvm::isDigit(peek());
      skipDigits();
    }
    while (isNameChar(peek()) || peek() == '.') {
      isGood = false;
      ++position;
    }
    if (!isGood)
      diags.error(ErrorCode::bad_number, range(begin, position),
                  "expected a number such as 2, 0.5 or 1e-5, got '" +
                      text.slice(begin, position).take_front(40) + "'");
    else
      checkLength(begin, "number");
    push(TokenKind::Number, begin, position);
  }

  void lexString() {
    size_t begin = position++;
    while (position < text.size() && peek() != '"' && peek() != '\n')
      ++position;
    if (peek() != '"') {
      diags.error(ErrorCode::unterminated_string, range(begin, begin + 1),
                  "expected a closing '\"' on the same line, got the end of the line");
      push(TokenKind::String, begin, position);
      return;
    }
    ++position;
    push(TokenKind::String, begin, position);
  }

  bool lexPunctuation() {
    llvm::StringRef rest = text.substr(position);
    for (unsigned i = static_cast<unsigned>(TokenKind::StarStar); i < std::size(spellings); ++i) {
      if (!rest.starts_with(spellings[i]))
        continue;
      push(static_cast<TokenKind>(i), position, position + spellings[i].size());
      position += spellings[i].size();
      return true;
    }
    return false;
  }

  /// One message for a run of bytes that belong to no token.
  void reportCharacter() {
    size_t begin = position++;
    auto isStray = [](char c) { return !llvm::isPrint(c) && !llvm::isSpace(c); };
    if (isStray(text[begin]))
      while (position < text.size() && isStray(text[position]))
        ++position;
    llvm::StringRef bytes = text.slice(begin, position);
    std::string shown = llvm::isPrint(bytes[0])
                            ? "'" + bytes.str() + "'"
                            : "byte 0x" + llvm::toHex(bytes.take_front(1), /*LowerCase=*/true);
    std::string hint;
    if (bytes == ";")
      hint = "; statements need no separator";
    else if (bytes == "#")
      hint = "; a comment starts with //";
    diags.error(ErrorCode::unexpected_character, range(begin, position),
                "expected a name, a number or an operator, got " + shown + hint);
  }

  void checkLength(size_t begin, llvm::StringRef what) {
    if (position - begin > maxTokenBytes)
      diags.error(ErrorCode::too_large, range(begin, position),
                  "expected a " + what + " of at most " + llvm::Twine(maxTokenBytes) +
                      " characters, got " + llvm::Twine(position - begin));
  }

  llvm::StringRef text;
  FileId file;
  Diagnostics &diags;
  TokenList result;
  size_t position = 0;
  bool lineHasToken = false;
};

} // namespace

TokenList mixir::frontend::lex(const SourceManager &sources, FileId file, Diagnostics &diags) {
  return Lexer(sources, file, diags).run();
}

llvm::StringRef mixir::frontend::tokenKindText(TokenKind kind) {
  return spellings[static_cast<unsigned>(kind)];
}

bool mixir::frontend::isKeyword(TokenKind kind) { return kind <= TokenKind::KwState; }

bool mixir::frontend::isName(llvm::StringRef text) {
  if (text.empty() || !isNameStart(text[0]) || !llvm::all_of(text, isNameChar))
    return false;
  for (unsigned i = 0; i <= static_cast<unsigned>(TokenKind::KwState); ++i)
    if (spellings[i] == text)
      return false;
  return true;
}
