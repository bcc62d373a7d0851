// The functions a file can call: its own, those of the files it imports (and they import), and the
// standard library. Reading order and cycles of imports are settled here, before any checking.
#ifndef MIXIR_FRONTEND_IMPORTS_H
#define MIXIR_FRONTEND_IMPORTS_H

#include "frontend/Ast.h"
#include "frontend/Diagnostics.h"
#include "frontend/Frontend.h"

#include "llvm/ADT/StringMap.h"

#include <deque>

namespace mixir::frontend {

/// A function that can be called.
struct FnEntry {
  const ast::Fn *fn = nullptr;
  bool isStandard = false; ///< from the standard library without an import; may be hidden
  bool isBroken = false;   ///< an error in it was reported; calls are silently refused
};

/// All functions by name, and the trees that own them.
struct FnTable {
  llvm::StringMap<FnEntry> fns;
  llvm::StringMap<FnEntry> standard; ///< fallback, if the standard library is not imported
  std::deque<ast::File> files;
  std::vector<std::string> paths; ///< files read, the main one first

  /// Function of a name, or null. A file may hide a standard function; other standard functions
  /// still call the standard one.
  FnEntry *find(llvm::StringRef name, bool fromStandard = false);
};

/// Text of the standard library built into the compiler.
llvm::StringRef standardLibraryText();

/// Reads all imports of `file` and fills the table; `file` must outlive it.
void loadImports(SourceManager &sources, const ast::File &file, const Options &options,
                 Diagnostics &diags, FnTable &table);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_IMPORTS_H
