// Runs one stage of the front end on a file and prints what it made; the driver of the front end's
// tests. Exit status: 0 good, 1 errors in the program, 2 wrong use.
#include "frontend/Frontend.h"
#include "frontend/ImportToMixer.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace mixir::frontend;

namespace {

int finish(const Diagnostics &diags) {
  diags.print(llvm::errs());
  return diags.hasErrors() ? 1 : 0;
}

int runFormat(const SourceManager &sources, const ast::File &file, Diagnostics &diags) {
  if (!diags.hasErrors())
    llvm::outs() << format(sources, file);
  return finish(diags);
}

int runImport(const Program &program, const SourceManager &sources, bool locations) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = importToMixer(program, sources, &context);
  if (!module)
    return 3;
  mlir::OpPrintingFlags flags;
  if (locations)
    flags.enableDebugInfo(/*enable=*/true, /*prettyForm=*/true);
  module->print(llvm::outs(), flags);
  llvm::outs() << "\n";
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  llvm::cl::opt<std::string> path(llvm::cl::Positional, llvm::cl::Required,
                                  llvm::cl::desc("<file.mix>"));
  llvm::cl::opt<std::string> to("to", llvm::cl::init("typed"),
                                llvm::cl::desc("parsed, checked, typed or mixer"));
  llvm::cl::opt<std::string> mixer("mixer", llvm::cl::desc("name of the mixer"));
  llvm::cl::list<std::string> set("set", llvm::cl::desc("DIM=EXTENT"));
  llvm::cl::list<std::string> omit("omit", llvm::cl::desc("optional operand not supplied"));
  llvm::cl::list<std::string> folders("I", llvm::cl::Prefix, llvm::cl::desc("import folder"));
  llvm::cl::opt<bool> locations("locations", llvm::cl::desc("print places"));
  llvm::cl::ParseCommandLineOptions(argc, argv);
  Options options;
  options.mixer = mixer;
  options.omitted.insert(omit.begin(), omit.end());
  options.importFolders.assign(folders.begin(), folders.end());
  for (llvm::StringRef text : set) {
    auto [name, value] = text.split('=');
    if (value.getAsInteger(10, options.extents[name.str()])) {
      llvm::errs() << "expected DIM=EXTENT, got '" << text << "'\n";
      return 2;
    }
  }
  SourceManager sources;
  Diagnostics diags(sources);
  ast::File file = parse(sources, path, diags);
  if (to == "parsed")
    return runFormat(sources, file, diags);
  if (to == "checked") {
    checkAll(sources, file, options, diags);
    return finish(diags);
  }
  std::unique_ptr<Program> program = analyse(sources, file, options, diags);
  if (!program)
    return finish(diags);
  if (to == "mixer")
    return runImport(*program, sources, locations);
  print(llvm::outs(), *program);
  return 0;
}
