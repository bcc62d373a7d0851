// Session.cpp - see Session.h.
#include "tools/Session.h"

#include "dialect/mixer/MixerDialect.h"
#include "frontend/ImportToMixer.h"
#include "lowering/Registration.h"
#include "tools/ToolErrors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

namespace mixir::tools {

static mlir::DialectRegistry dialects() {
  mlir::DialectRegistry registry;
  lowering::registerAllDialects(registry);
  return registry;
}

Session::Session(const std::string &path)
    : diags(sources), context(dialects(), mlir::MLIRContext::Threading::DISABLED), path(path) {
  context.loadAllAvailableDialects();
  file = frontend::parse(sources, path, diags);
  if (diags.hasErrors())
    giveUp();
}

void Session::giveUp() {
  llvm::outs().flush();
  diags.print(llvm::errs(), llvm::sys::Process::StandardErrHasColors());
  throw AlreadyReported();
}

std::string Session::defaultMixer(const std::string &name) {
  if (!name.empty() || file.mixers.size() < 2)
    return name;
  std::string stem = llvm::sys::path::stem(path).str();
  bool isThere = llvm::any_of(file.mixers, [&](auto &mixer) { return mixer.name.text == stem; });
  return isThere ? stem : "";
}

std::vector<std::string> Session::mixers(const std::string &name) {
  if (!name.empty())
    return {name};
  std::vector<std::string> names;
  for (const auto &mixer : file.mixers)
    names.push_back(std::string(mixer.name.text));
  return names.empty() ? std::vector<std::string>{""} : names;
}

std::unique_ptr<frontend::Program> Session::analyse(const MixerChoice &choice) {
  frontend::Options options;
  options.mixer = choice.mixer;
  options.extents = choice.extents;
  options.omitted = choice.omitted;
  auto program = frontend::analyse(sources, file, options, diags);
  if (!program || diags.hasErrors())
    giveUp();
  return program;
}

mlir::OwningOpRef<mlir::ModuleOp> Session::import(const frontend::Program &program) {
  auto module = frontend::importToMixer(program, sources, &context);
  if (!module)
    throw InternalError("mixer '" + program.signature.name + "' was imported wrongly",
                        "// " + path + "\n" + sources.text(file.id).str());
  return module;
}

std::string Session::canonicalText() { return frontend::format(sources, file); }

mlir::func::FuncOp mixerOf(mlir::ModuleOp module) {
  for (auto func : module.getOps<mlir::func::FuncOp>())
    if (mixer::isMixer(func))
      return func;
  throw InternalError("a module without a mixer", textOf(module));
}

std::string textOf(mlir::Operation *op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os);
  os << "\n";
  return text;
}

} // namespace mixir::tools
