// The one way a program is laid out. Formatting formatted text changes nothing.
#ifndef MIXIR_FRONTEND_FORMATTER_H
#define MIXIR_FRONTEND_FORMATTER_H

#include "frontend/Ast.h"

#include <string>

namespace mixir::frontend {

/// Canonical text of an expression on one line.
std::string formatExpr(const ast::Expr &expr);

/// Canonical text of a file that parsed without errors.
std::string formatFile(const SourceManager &sources, const ast::File &file);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_FORMATTER_H
