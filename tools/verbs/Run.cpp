// Run.cpp - `mixir run` where the compiler is needed: the interpreter, a GPU, and programs that the
// cache does not have yet. Leaves an index entry so that the next run does without the compiler.
#include "tools/CompileCuda.h"
#include "tools/Convert.h"
#include "tools/FastRun.h"
#include "tools/Specialise.h"
#include "tools/ToolErrors.h"
#include "tools/Verify.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/raw_ostream.h"

namespace mixir::tools {

namespace {

Shapes shapesOf(const std::vector<NpArray> &arrays) {
  Shapes shapes;
  for (const NpArray &array : arrays)
    shapes[array.name] = array.shape;
  return shapes;
}

void runOnInterpreter(Session &session, const frontend::Program &program,
                      const std::vector<NpArray> &arrays, const Extents &extents,
                      const RunArguments &arguments) {
  interpreter::Arrays results = runInterpreter(session, program, arrays, extents);
  std::vector<NpArray> outputs;
  for (const frontend::OperandInfo &info : program.signature.results)
    outputs.push_back(fromInterpreter(info.name, results.at(info.name)));
  writeOutputs(arguments.out, outputs);
}

/// The compiler's options for a call whose extents are known.
codegen::CompileOptions optionsFor(const RunArguments &arguments, const Extents &extents) {
  codegen::CompileOptions options = compileOptions(arguments);
  options.choose.expected = extents;
  return options;
}

void runOnHost(Session &session, const frontend::Program &program, std::vector<NpArray> arrays,
               const Extents &extents, const RunArguments &arguments) {
  runtime::Cache cache(runtime::cacheOptionsFromEnv());
  SharedProgram shared = compileShared(session, program, optionsFor(arguments, extents), cache);
  if (arguments.isVerbose)
    llvm::errs() << "mixir: cache: " << (shared.isHit ? "hit " : "miss ") << shared.path << "\n";
  std::string key = indexKey(arguments, arrays, compilerStamp(compilerLibraryPath()));
  if (!key.empty())
    cache.link(key, indexValue(shared.key, program.files));
  printNotes(cache);
  runShared(shared.path, arguments, std::move(arrays));
}

void runCompiledForGpu(Session &session, const frontend::Program &program, std::vector<NpArray> arrays,
                       const Extents &extents, const RunArguments &arguments) {
  Context context;
  runtime::Cache cache(runtime::cacheOptionsFromEnv());
  CudaBinary binary = compileForGpu(session, program, context, optionsFor(arguments, extents), cache,
                                    arguments.isVerbose);
  if (arguments.isVerbose)
    llvm::errs() << "mixir: cache: " << (binary.isHit ? "hit " : "miss ") << binary.path << "\n";
  std::string key = indexKey(arguments, arrays, compilerStamp(compilerLibraryPath()) + gpuStamp(context));
  if (!key.empty())
    cache.link(key, indexValue(binary.key, program.files));
  printNotes(cache);
  runOnGpu(context, binary.entry, arguments, std::move(arrays));
}

} // namespace

int runMain(const Words &words) {
  RunArguments arguments;
  Verb verb = runVerb(arguments);
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  finishRunArguments(verb, parsed, arguments);
  std::vector<NpArray> arrays = readNpz(arguments.in);
  Session session(arguments.file);
  MixerChoice choice{session.defaultMixer(arguments.mixer), arguments.set, {}};
  choice.omitted = checkArrays(session.analyse(choice)->signature, arrays);
  auto declared = session.analyse(choice);
  Extents extents = bindExtents(declared->signature, shapesOf(arrays), arguments.set);
  choice.extents = extentsToFix(*declared, extents, arguments.set);
  auto program = session.analyse(choice);
  if (arguments.isVerbose)
    llvm::errs() << "mixir: fixed: " << extentsText(program->signature, choice.extents) << "\n";
  if (arguments.target == "interpreter")
    runOnInterpreter(session, *program, arrays, extents, arguments);
  else if (arguments.target == "cuda")
    runCompiledForGpu(session, *program, std::move(arrays), extents, arguments);
  else
    runOnHost(session, *program, std::move(arrays), extents, arguments);
  return Success;
}

} // namespace mixir::tools
