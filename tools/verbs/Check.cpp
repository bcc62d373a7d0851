// Check.cpp - `mixir check`: every mixer of a file on awkward shapes, compiled code against the
// interpreter.
#include "tools/AwkwardShapes.h"
#include "tools/FastRun.h"
#include "tools/RunProgram.h"
#include "tools/Specialise.h"
#include "tools/Table.h"
#include "tools/ToolErrors.h"
#include "tools/Verify.h"
#include "tools/verbs/Verbs.h"

namespace mixir::tools {

namespace {

struct CheckArguments : ProgramArguments {
  uint64_t seed = 1;
  int threads = 2;
};

bool checkShape(Session &session, const std::string &mixer, const AwkwardShape &shape,
                const CheckArguments &arguments, runtime::Cache &cache, Table &table) {
  MixerChoice choice{mixer, arguments.set, arguments.omit};
  if (shape.omitsOptional)
    choice.omitted = optionalOperands(session.analyse(choice)->signature);
  auto declared = session.analyse(choice);
  Extents extents = extentsFor(*declared, shape, arguments.set);
  choice.extents = extentsToFix(*declared, extents, {});
  auto program = session.analyse(choice);
  ReferenceCase reference = makeReference(session, *program, extents, arguments.seed);
  codegen::CompileOptions options = compileOptions(arguments);
  options.choose.expected = extents;
  SharedProgram shared = compileShared(session, *program, options, cache);
  Context context;
  Program host = loadShared(context, shared.path);
  RunRequest request;
  request.threads = arguments.threads;
  RunResult result = runProgram(context, host, reference.inputs, request);
  Comparison comparison = compareResults(program->signature, result.outputs, reference.results,
                                         toleranceOf(arguments));
  table.add({program->signature.name,
             extentsText(program->signature, extents) + (shape.omitsOptional ? ", bare" : ""),
             errorText(comparison.error), comparison.isWithin ? "ok" : "WRONG: " + comparison.result,
             rangeText(reference.range)});
  return comparison.isWithin;
}

} // namespace

int checkMain(const Words &words) {
  CheckArguments arguments;
  Verb verb{"check",
            "FILE",
            "Runs every mixer of the file on generated input of awkward shapes, compiled and by the\n"
            "interpreter, and compares. 'bare' is without the optional operands.",
            {mixerOption(arguments), setOption(arguments), omitOption(arguments),
             mathOption(arguments), algorithmOption(arguments), isaOption(arguments),
             {"seed", "N", "seed of the input (default 1)",
              [&](const std::string &text) {
                arguments.seed = static_cast<uint64_t>(parseCount("--seed", text, 0, INT64_MAX));
              }},
             {"threads", "N", "number of threads (default 2)", [&](const std::string &text) {
                arguments.threads = static_cast<int>(parseCount("--threads", text, 0, 1024));
              }}}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  arguments.file = onlyFile(verb, parsed);
  Session session(arguments.file);
  runtime::Cache cache(runtime::cacheOptionsFromEnv());
  Table table({"mixer", "shape", "error", "verdict", "input"});
  Progress progress;
  int wrong = 0, total = 0;
  for (const std::string &mixer : session.mixers(arguments.mixer))
    for (const AwkwardShape &shape : awkwardShapes()) {
      progress.show(mixer + " " + std::to_string(++total));
      wrong += !checkShape(session, mixer, shape, arguments, cache, table);
    }
  progress.show("");
  table.print(llvm::outs());
  printNotes(cache);
  if (wrong)
    throw UserError(ToolCode::wrong_result, std::to_string(wrong) + " of " + std::to_string(total) +
                                                " comparisons are not within tolerance");
  return Success;
}

} // namespace mixir::tools
