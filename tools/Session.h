// One file of the user in the compiler: its text, its messages, its mixers checked and imported.
#ifndef MIXIR_TOOLS_SESSION_H
#define MIXIR_TOOLS_SESSION_H

#include "frontend/Frontend.h"
#include "tools/Arguments.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>
#include <vector>

namespace mixir::tools {

/// A mixer to work on: what is fixed and what is not supplied.
struct MixerChoice {
  std::string mixer;
  std::map<std::string, int64_t> extents;
  std::set<std::string> omitted;
};

class Session {
public:
  /// Reads and parses `path`. Errors are printed; throws AlreadyReported.
  explicit Session(const std::string &path);

  /// The mixers of the file, or only `name` if it is not empty.
  std::vector<std::string> mixers(const std::string &name);
  /// `name`, or if it is empty the only mixer of the file or the one named as the file.
  std::string defaultMixer(const std::string &name);
  /// Checks a mixer. Errors are printed; throws AlreadyReported.
  std::unique_ptr<frontend::Program> analyse(const MixerChoice &choice);
  /// The mixer in the dialect.
  mlir::OwningOpRef<mlir::ModuleOp> import(const frontend::Program &program);
  /// Canonical text of the file.
  std::string canonicalText();

  frontend::SourceManager sources;
  frontend::Diagnostics diags;
  mlir::MLIRContext context;
  frontend::ast::File file;
  std::string path;

private:
  [[noreturn]] void giveUp();
};

/// The mixer function of a module with one mixer.
mlir::func::FuncOp mixerOf(mlir::ModuleOp module);
/// The text of a module or operation.
std::string textOf(mlir::Operation *op);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_SESSION_H
