// Derive.cpp - see Derive.h. The derived program is made in the dialect and printed as text, which
// every other verb takes.
#include "tools/Derive.h"

#include "lowering/Pipelines.h"
#include "lowering/text/PrintMixer.h"
#include "tools/Compile.h"
#include "tools/ToolErrors.h"

#include "llvm/Support/Path.h"

namespace mixir::tools {

namespace {

std::string headerOf(const std::string &path, const std::string &mixer) {
  return "// What a piece of a sequence does to the states of " + mixer + " (" +
         llvm::sys::path::filename(path).str() +
         "): a state S before the\n// piece is M S + E behind it. E is the last state from zero, M the "
         "product of the transitions; a\n// state without an M is handed on as it is. Written by "
         "'mixir derive'.\n";
}

} // namespace

std::string derivePartial(Session &session, const frontend::Program &program) {
  auto module = session.import(program);
  runPasses(session, *module, "mixer -> partial", lowering::addPartialPipeline);
  auto printed = lowering::printMixer(mixerOf(*module));
  if (mlir::failed(printed))
    throw InternalError("the derived program has no text", textOf(*module));
  std::string text = headerOf(session.path, program.signature.name) + *printed;
  frontend::FileId file = session.sources.add("derived.mix", text);
  frontend::Diagnostics diags(session.sources);
  frontend::ast::File parsed = frontend::parse(session.sources, file, diags);
  if (diags.hasErrors())
    throw InternalError("the derived program is wrong", text);
  return frontend::format(session.sources, parsed);
}

} // namespace mixir::tools
