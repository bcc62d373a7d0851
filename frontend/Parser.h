// Tokens to the tree of Ast.h, by recursive descent. A mistake is reported where it stands and the
// parser goes on with the next statement, so one run shows several mistakes.
#ifndef MIXIR_FRONTEND_PARSER_H
#define MIXIR_FRONTEND_PARSER_H

#include "frontend/Ast.h"
#include "frontend/Diagnostics.h"

namespace mixir::frontend {

/// Deepest expression accepted (brackets, calls and operators in a row count).
constexpr unsigned maxExprDepth = 300;
/// Most entries of one list (dimensions, operands, statements, arguments).
constexpr size_t maxListEntries = 4096;

/// Parses a loaded file. The tree is complete only if no error was reported.
ast::File parseFile(const SourceManager &sources, FileId file, Diagnostics &diags);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_PARSER_H
