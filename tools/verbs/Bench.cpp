// Bench.cpp - `mixir bench`: time of a mixer on generated input, beside the machine's floor and the
// error against the interpreter.
#include "tools/FastRun.h"
#include "tools/Floor.h"
#include "tools/RunProgram.h"
#include "tools/Specialise.h"
#include "tools/Table.h"
#include "tools/ToolErrors.h"
#include "tools/Verify.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/JSON.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace mixir::tools {

namespace {

/// Short samples (or one call) and many of them: on a busy machine the smallest still tells. The
/// bounds in bench/ are measured by the same rule.
constexpr double kSampleNs = 2e5;
constexpr double kTotalNs = 3e8;
constexpr size_t kLeastSamples = 7;
constexpr double kCheckedPoints = 1 << 23; ///< numbers that the interpreter may walk over

struct BenchArguments : ProgramArguments {
  std::vector<int> threads = {1};
  bool isJson = false, hasCheck = true;
};

struct Timing {
  double minNs = 0, medianNs = 0;
  size_t samples = 0;
};

double nowNs() {
  using namespace std::chrono;
  return duration<double, std::nano>(steady_clock::now().time_since_epoch()).count();
}

Timing measure(const std::function<void()> &call) {
  call(); // pages, pool and caches
  double start = nowNs();
  call();
  double once = std::max(nowNs() - start, 1.0);
  auto repeats = static_cast<int64_t>(std::max(1.0, std::ceil(kSampleNs / once)));
  std::vector<double> times;
  for (double total = 0; times.size() < kLeastSamples || total < kTotalNs;) {
    start = nowNs();
    for (int64_t i = 0; i < repeats; i++)
      call();
    double elapsed = nowNs() - start;
    total += elapsed;
    times.push_back(elapsed / static_cast<double>(repeats));
  }
  std::sort(times.begin(), times.end());
  return {times.front(), times[times.size() / 2], times.size()};
}

/// The extents of the measurement: what is set, defaults, and 1 for an unset batch.
Extents benchExtents(const frontend::Program &program, const Extents &set) {
  Extents extents = set;
  const frontend::DimInfo &first = program.signature.dims.front();
  if (!first.extent && first.expr.empty() && !usesOf(program).walked.contains(0))
    extents.try_emplace(first.name, 1);
  return bindExtents(program.signature, {}, extents);
}

/// Numbers that one evaluation walks over, roughly.
double pointsOf(const Extents &extents) {
  double points = 1;
  for (const auto &[name, extent] : extents)
    points *= static_cast<double>(extent);
  return points;
}

/// A smaller shape for the same program: open dimensions are halved, the walked ones first, until
/// the interpreter has little enough to do.
Extents checkedExtents(const frontend::Program &program, Extents extents, const Extents &fixed) {
  frontend::DimSet walked = usesOf(program).walked;
  std::vector<std::string> open;
  for (bool isWalked : {true, false})
    for (unsigned i = 0; i < program.signature.dims.size(); i++) {
      const frontend::DimInfo &dim = program.signature.dims[i];
      if (walked.contains(i) == isWalked && !fixed.count(dim.name) && dim.isSettable())
        open.push_back(dim.name);
    }
  for (const std::string &name : open)
    while (pointsOf(extents) > kCheckedPoints && extents[name] > 1)
      extents[name] = extents[name] / 2;
  Extents given;
  for (const frontend::DimInfo &dim : program.signature.dims)
    if (dim.isSettable())
      given[dim.name] = extents[dim.name];
  return bindExtents(program.signature, {}, given);
}

/// One program on one shape, ready to be called.
class Bench {
public:
  Bench(Session &session, const BenchArguments &arguments, runtime::Cache &cache)
      : session(session), arguments(arguments) {
    MixerChoice choice{session.defaultMixer(arguments.mixer), arguments.set, arguments.omit};
    auto declared = session.analyse(choice);
    extents = benchExtents(*declared, arguments.set);
    // the shape is set as arrays would tell it: only what `run` would fix is fixed
    choice.extents = extentsToFix(*declared, extents, {});
    fixed = choice.extents;
    program = session.analyse(choice);
    options = compileOptions(arguments);
    options.choose.expected = extents;
    SharedProgram shared = compileShared(session, *program, options, cache);
    host = std::make_unique<Program>(loadShared(context, shared.path));
    if (arguments.hasCheck)
      compare();
    auto planned = lower(session, *program, lowering::Phase::Planned, options);
    work = totalWork(plannedProgram(*planned), extents, lastCacheBytes());
  }

  Timing time(int threads) {
    std::vector<NpArray> inputs = generateInputs(program->signature, extents, range, 1);
    std::vector<NpArray> outputs;
    std::vector<mixir_tensor> tensors;
    std::vector<std::string> notes;
    bindArrays(context, *host, inputs, {}, tensors, outputs, notes);
    return measure([&] { host->run(context, tensors, threads); });
  }

  double floor(int threads) const { return floorNs(work, machineRates(options.isa, threads)); }
  std::optional<double> error() const { return maxError; }
  bool isWrong() const { return wrong; }
  std::string mixer() const { return program->signature.name; }
  std::string shape() const { return extentsText(program->signature, extents); }
  const Extents &dims() const { return extents; }

private:
  void compare() {
    Extents small = checkedExtents(*program, extents, fixed);
    ReferenceCase reference = makeReference(session, *program, small, 1);
    range = reference.range;
    RunResult result = runProgram(context, *host, reference.inputs, {});
    Comparison comparison = compareResults(program->signature, result.outputs, reference.results,
                                           toleranceOf(arguments));
    maxError = comparison.error;
    wrong = !comparison.isWithin;
  }

  Session &session;
  const BenchArguments &arguments;
  codegen::CompileOptions options;
  Extents extents, fixed;
  std::unique_ptr<frontend::Program> program;
  Context context;
  std::unique_ptr<Program> host;
  InputRange range = inputRanges()[1];
  WorkTotal work;
  std::optional<double> maxError;
  bool wrong = false;
};

void printJson(const Bench &bench, int threads, const Timing &timing) {
  llvm::json::Object shape;
  for (const auto &[name, extent] : bench.dims())
    shape[name] = extent;
  llvm::json::Object line{{"mixer", bench.mixer()},
                          {"shape", std::move(shape)},
                          {"threads", threads},
                          {"target", "host"},
                          {"min_ns", timing.minNs},
                          {"median_ns", timing.medianNs},
                          {"samples", timing.samples},
                          {"floor_ns", bench.floor(threads)}};
  if (bench.error())
    line["max_error"] = *bench.error();
  llvm::outs() << llvm::json::Value(std::move(line)) << "\n";
  llvm::outs().flush();
}

Verb benchVerb(BenchArguments &arguments) {
  return {"bench",
          "FILE",
          "Measures a mixer on generated input: at least 7 samples, the floor of this machine (from\n"
          "measured rates of arithmetic and memory) and the largest error against the interpreter,\n"
          "relative to the largest number of a result (on a shorter sequence where it is long).",
          {mixerOption(arguments), setOption(arguments), omitOption(arguments),
           {"threads", "N,M", "numbers of threads to measure with (default 1)",
            [&](const std::string &text) {
              arguments.threads.clear();
              for (const std::string &part : splitList(text))
                arguments.threads.push_back(
                    static_cast<int>(parseCount("--threads", part, 1, 1024)));
              if (arguments.threads.empty())
                throw UsageError("--threads: expected numbers, got '" + text + "'");
            }},
           mathOption(arguments), algorithmOption(arguments), isaOption(arguments),
           switchOption("json", "one JSON object a line", arguments.isJson),
           {"no-check", "", "skip the comparison with the interpreter",
            [&](const std::string &) { arguments.hasCheck = false; }}}};
}

} // namespace

int benchMain(const Words &words) {
  BenchArguments arguments;
  Verb verb = benchVerb(arguments);
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  arguments.file = onlyFile(verb, parsed);
  Session session(arguments.file);
  runtime::Cache cache(runtime::cacheOptionsFromEnv());
  Progress progress;
  progress.show("compiling");
  Bench bench(session, arguments, cache);
  Table table({"mixer", "shape", "threads", "time", "median", "of the floor", "error"});
  for (int threads : arguments.threads) {
    progress.show("measuring with " + std::to_string(threads) + " threads");
    Timing timing = bench.time(threads);
    if (arguments.isJson)
      printJson(bench, threads, timing);
    else
      table.add({bench.mixer(), bench.shape(), std::to_string(threads), timeText(timing.minNs),
                 timeText(timing.medianNs), percentText(bench.floor(threads) / timing.minNs),
                 bench.error() ? errorText(*bench.error()) : "-"});
  }
  progress.show("");
  if (!arguments.isJson)
    table.print(llvm::outs());
  printNotes(cache);
  if (bench.isWrong())
    throw UserError(ToolCode::wrong_result, "the error against the interpreter is not within " +
                                                errorText(toleranceOf(arguments)));
  return Success;
}

} // namespace mixir::tools
