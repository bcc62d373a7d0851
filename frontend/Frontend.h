// The front end as the tools see it: text -> tree -> checked program (-> dialect, see
// ImportToMixer.h, the only header here that needs MLIR).
#ifndef MIXIR_FRONTEND_FRONTEND_H
#define MIXIR_FRONTEND_FRONTEND_H

#include "frontend/Ast.h"
#include "frontend/Diagnostics.h"
#include "frontend/Program.h"
#include "frontend/SourceFile.h"

#include "llvm/ADT/StringRef.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mixir::frontend {

/// What to make of a file.
struct Options {
  std::string mixer;                         ///< empty: the only mixer of the file
  std::map<std::string, int64_t> extents;    ///< dimensions fixed at compile time
  std::set<std::string> omitted;             ///< optional operands that are not supplied
  std::vector<std::string> importFolders;    ///< searched after the folder of the file
};

/// Loads and parses a file; reports a file that cannot be read. `-` is standard input.
ast::File parse(SourceManager &sources, llvm::StringRef path, Diagnostics &diags);
/// Parses text already added to the sources.
ast::File parse(const SourceManager &sources, FileId file, Diagnostics &diags);

/// Checks one mixer of a parsed file and reads what it imports; null if an error was reported.
std::unique_ptr<Program> analyse(SourceManager &sources, const ast::File &file,
                                 const Options &options, Diagnostics &diags);

/// Checks every mixer of a parsed file (and its functions); true if no error was reported.
bool checkAll(SourceManager &sources, const ast::File &file, const Options &options,
              Diagnostics &diags);

/// Canonical text of a file that parsed without errors; comments are kept.
std::string format(const SourceManager &sources, const ast::File &file);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_FRONTEND_H
