// Check.cpp - `mixir check`: every mixer of a file on awkward shapes, compiled code against the
// interpreter.
#include "tools/FastRun.h"
#include "tools/RunProgram.h"
#include "tools/Specialise.h"
#include "tools/Table.h"
#include "tools/ToolErrors.h"
#include "tools/Verify.h"
#include "tools/verbs/Verbs.h"

#include <algorithm>

namespace mixir::tools {

namespace {

struct CheckArguments : ProgramArguments {
  uint64_t seed = 1;
  int threads = 2;
};

/// Extents by role: time is walked, batch is the first dimension, others count from the last one.
struct AwkwardShape {
  int64_t time, batch;
  std::vector<int64_t> others;
  bool omitsOptional = false;
};

const AwkwardShape kShapes[] = {
    {7, 1, {33, 7, 2, 3, 2}},
    {1, 2, {7, 5, 3, 2, 1}},
    {65, 2, {65, 4, 2, 1, 2}},
    {2049, 1, {1, 3, 1, 2, 1}, true},
};

/// Numbers that the interpreter may walk over in one comparison, roughly.
constexpr double kMostPoints = 1 << 22;

double pointsOf(const Extents &extents) {
  double points = 1;
  for (const auto &[name, extent] : extents)
    points *= static_cast<double>(std::max<int64_t>(extent, 1));
  return points;
}

Extents extentsOf(const frontend::Program &program, const AwkwardShape &shape,
                  const Extents &set) {
  frontend::DimSet walked = usesOf(program).walked;
  const auto &dims = program.signature.dims;
  Extents extents = set;
  size_t next = 0;
  for (size_t i = dims.size(); i-- > 0;) {
    bool isTime = walked.contains(static_cast<unsigned>(i));
    if (dims[i].extent || !dims[i].expr.empty() || extents.count(dims[i].name))
      continue;
    if (isTime)
      extents[dims[i].name] = shape.time;
    else if (i == 0)
      extents[dims[i].name] = shape.batch;
    else
      extents[dims[i].name] = shape.others[next++ % shape.others.size()];
  }
  Extents bound = bindExtents(program.signature, {}, extents);
  if (pointsOf(bound) <= kMostPoints || shape.time == 1)
    return bound;
  AwkwardShape smaller = shape;
  for (int64_t &other : smaller.others)
    other = std::min<int64_t>(other, 3);
  if (smaller.others == shape.others)
    smaller.time = shape.time / 2 | 1; // stays odd
  bool isDone = smaller.time == shape.time && smaller.others == shape.others;
  return isDone ? bound : extentsOf(program, smaller, set);
}

std::set<std::string> optionalOperands(const frontend::Signature &signature) {
  std::set<std::string> names;
  for (const frontend::OperandInfo &operand : signature.operands)
    if (operand.optionality != frontend::Optionality::Required)
      names.insert(operand.name);
  return names;
}

bool checkShape(Session &session, const std::string &mixer, const AwkwardShape &shape,
                const CheckArguments &arguments, runtime::Cache &cache, Table &table) {
  MixerChoice choice{mixer, arguments.set, arguments.omit};
  if (shape.omitsOptional)
    choice.omitted = optionalOperands(session.analyse(choice)->signature);
  auto declared = session.analyse(choice);
  Extents extents = extentsOf(*declared, shape, arguments.set);
  choice.extents = extentsToFix(*declared, extents, {});
  auto program = session.analyse(choice);
  ReferenceCase reference = makeReference(session, *program, extents, arguments.seed);
  SharedProgram shared = compileShared(session, *program, compileOptions(arguments), cache);
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
             mathOption(arguments), isaOption(arguments),
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
    for (const AwkwardShape &shape : kShapes) {
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
