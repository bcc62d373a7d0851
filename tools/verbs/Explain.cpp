// Explain.cpp - `mixir explain`: a view of the remarks of the passes and of the plan, or the page of
// an error code.
#include "tools/Floor.h"
#include "tools/Compile.h"
#include "tools/Specialise.h"
#include "tools/Table.h"
#include "tools/ToolErrors.h"
#include "tools/verbs/ExplainCuda.h"
#include "tools/verbs/Verbs.h"

#include "mixir/mixir.h"

#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

namespace mixir::tools {

namespace {

using lowering::Phase;

struct ExplainArguments : ProgramArguments {
  int threads = 1;
};

//===----------------------------------------------------------------------===//
// Error codes
//===----------------------------------------------------------------------===//

/// The pages lie beside the installed compiler, or in the sources it was built from.
std::optional<std::string> errorPage(const std::string &code) {
  llvm::StringRef library = llvm::sys::path::parent_path(compilerLibraryPath());
  for (const std::string &folder :
       {(library + "/../share/mixir/errors").str(), std::string(MIXIR_ERROR_PAGES)}) {
    auto page = llvm::MemoryBuffer::getFile(folder + "/" + code + ".md");
    if (page)
      return (*page)->getBuffer().str();
  }
  return std::nullopt;
}

int explainCode(const std::string &code) {
  if (auto page = errorPage(code)) {
    llvm::outs() << *page;
    return Success;
  }
  std::vector<std::string> codes;
  for (const ToolErrorRow &row : toolErrorTable()) {
    codes.push_back(toolCodeText(row.code));
    if (codes.back() != code)
      continue;
    llvm::outs() << code << ": " << row.sentence << "\n";
    return Success;
  }
  for (const frontend::ErrorInfo &info : frontend::errorCatalog()) {
    codes.push_back(frontend::errorCodeText(info.code));
    if (codes.back() != code)
      continue;
    llvm::outs() << code << ": " << info.summary << "\n";
    return Success;
  }
  static const int statuses[] = {
#define MIXIR_STATUS(number, name, sentence) number,
#include "runtime/Status.def"
  };
  for (int status : statuses) {
    if (status == MIXIR_OK)
      continue;
    codes.push_back(mixir_status_code(status));
    if (codes.back() != code)
      continue;
    llvm::outs() << code << ": " << mixir_status_text(status) << "\n";
    return Success;
  }
  throw UserError(ToolCode::no_such_code,
                  "expected an error code, got '" + code + "'" + suggestion(code, codes));
}

//===----------------------------------------------------------------------===//
// Mixers
//===----------------------------------------------------------------------===//

/// How a remark of each kind is marked.
const char *markOf(mlir::remark::RemarkKind kind) {
  llvm::StringRef name = lowering::remarkKindName(kind);
  return name == "passed" ? "  + " : name == "analysis" ? "  . " : "  - ";
}

void printRemarks(const lowering::RemarkLog &log) {
  std::string category;
  for (const lowering::CollectedRemark &remark : log.remarks) {
    if (remark.category != category)
      llvm::outs() << remark.category << "\n";
    category = remark.category;
    llvm::outs() << markOf(remark.kind) << remark.message;
    if (remark.line)
      llvm::outs() << "  (" << llvm::sys::path::filename(remark.file) << ":" << remark.line << ")";
    llvm::outs() << "\n";
  }
}

std::string loopText(kernel::LoopAttr loop) {
  std::string text = loop.getDim().str();
  text += loop.getBlock() == 1 ? " one by one" : " by " + std::to_string(loop.getBlock());
  switch (loop.getKind()) {
  case kernel::LoopKind::Parallel:
    return text + (loop.getLanes() ? ", " + std::to_string(loop.getLanes()) + " in lanes, in parallel" : " in parallel");
  case kernel::LoopKind::Serial:
    return text + " in order";
  case kernel::LoopKind::SerialReverse:
    return text + " in reverse order";
  case kernel::LoopKind::Spread:
    break; // on a GPU only
  }
  return text;
}

void printKernels(kernel::ProgramOp program) {
  llvm::outs() << "kernels\n";
  std::vector<NestWork> nests = nestsOf(program);
  for (auto func : program.getBody().front().getOps<kernel::FuncOp>()) {
    std::string loops;
    for (auto loop : func.getLoops().getAsRange<kernel::LoopAttr>())
      loops += (loops.empty() ? "" : ", ") + loopText(loop);
    llvm::outs() << "  " << func.getSymName() << ": " << (loops.empty() ? "no loops" : loops) << "\n";
    for (auto op : func.getBody().front().getOps<kernel::ConvolveOp>())
      llvm::outs() << "    the whole sequence by the runtime, " << op.getTaps() << " taps\n";
    printNests(nests, func.getSymName());
  }
}

void printTemps(kernel::ProgramOp program) {
  for (auto temp : program.getTemps().getAsRange<mixer::OperandAttr>())
    llvm::outs() << "  through memory between kernels: " << temp.getName().getValue() << "\n";
}

/// Every extent that counts, or nothing and in `unknown` the flags that would tell the others.
std::optional<Extents> knownExtents(kernel::ProgramOp program,
                                    const frontend::Signature &signature, const Extents &set,
                                    std::string &unknown) {
  Extents extents = completeExtents(program, set);
  for (const frontend::DimInfo &dim : signature.dims)
    if (dim.isUsed && !extents.count(dim.name))
      unknown += (unknown.empty() ? "--set " : " --set ") + dim.name + "=SIZE";
  if (!unknown.empty())
    return std::nullopt;
  for (const frontend::DimInfo &dim : signature.dims)
    extents.try_emplace(dim.name, 1);
  return extents;
}

void printTotals(const WorkTotal &work, const std::string &extents) {
  auto times = [&](double bytes) {
    return llvm::formatv("{0:f2}", work.bytes > 0 ? bytes / work.bytes : 1).str();
  };
  llvm::outs() << "one call with " << extents << "\n"
               << "  bytes moved: " << countText(work.bytes) << "\n"
               << "  read and written by kernels, from memory or caches: " << countText(work.traffic) << " bytes, "
               << times(work.traffic) << " times that\n"
               << "  from memory, where the last cache (" << countText(lastCacheBytes()) << ") holds what a task uses again: "
               << countText(work.memory) << " bytes, " << times(work.memory) << " times that\n"
               << "  operations: " << countText(work.flops) << "\n"
               << "  exponentials: " << countText(work.exps) << "\n";
}

void printFloor(const WorkTotal &work, const codegen::CompileOptions &options, int threads) {
  llvm::outs() << "  estimated floor on this machine, " << threads
               << (threads == 1 ? " thread: " : " threads: ")
               << timeText(floorNs(work, machineRates(options.isa, threads))) << "\n";
}

/// Kernels, totals and the floor; the last two if every extent is known.
void printPlan(kernel::ProgramOp program, const frontend::Signature &signature, const Extents &set,
               const ExplainArguments &arguments, const codegen::CompileOptions &options) {
  std::string unknown;
  std::optional<Extents> extents = knownExtents(program, signature, set, unknown);
  if (options.gpu)
    printCudaKernels(program, *options.gpu, extents ? &*extents : nullptr);
  else
    printKernels(program);
  printTemps(program);
  if (!extents) {
    llvm::outs() << "totals and floor: use " << unknown << "\n";
    return;
  }
  WorkTotal work = totalWork(program, *extents, lastCacheBytes());
  printTotals(work, extentsText(signature, *extents));
  if (options.gpu)
    printCudaFloor(work, *options.gpu);
  else
    printFloor(work, options, arguments.threads);
}

void explainMixer(const ExplainArguments &arguments, const std::string &mixer) {
  Session session(arguments.file);
  MixerChoice choice{mixer, arguments.set, arguments.omit};
  auto declared = session.analyse(choice);
  std::vector<std::string> assumed;
  choice.extents = assumedExtents(*declared, arguments.set, assumed);
  auto program = session.analyse(choice);
  auto log = lowering::collectRemarks(session.context);
  codegen::CompileOptions options = compileOptions(arguments);
  auto module = lower(session, *program, Phase::Planned, options);
  llvm::outs() << "mixer " << program->signature.name << "\n";
  for (const std::string &name : assumed)
    llvm::outs() << "  assumed: " << name << " = " << choice.extents[name] << "; --set " << name
                 << "=SIZE changes it\n";
  if (log)
    printRemarks(*log);
  printPlan(plannedProgram(*module), program->signature, choice.extents, arguments, options);
}

} // namespace

static std::string product(const std::vector<std::string> &dims) {
  std::string text;
  for (const std::string &dim : dims)
    text += (text.empty() ? "" : " x ") + dim;
  return text.empty() ? "1" : text;
}

void printNests(const std::vector<NestWork> &nests, llvm::StringRef kernel) {
  for (const NestWork &nest : nests)
    if (nest.kernel == kernel)
      llvm::outs() << "    " << nest.name << ", for each of " << product(nest.dims) << ": "
                   << countText(nest.flops) << " operations, " << countText(nest.exps)
                   << " exponentials\n";
}

int explainMain(const Words &words) {
  ExplainArguments arguments;
  Verb verb{"explain",
            "FILE | CODE",
            "Says what the compiler decided for the mixers of a file and why (. fact, + done, - not\n"
            "possible), or prints the page of an error code such as MIX0012.",
            {mixerOption(arguments), setOption(arguments), omitOption(arguments),
             compileTargetOption(arguments), isaOption(arguments), mathOption(arguments), algorithmOption(arguments),
             {"threads", "N", "number of threads of the floor (default 1)",
              [&](const std::string &text) {
                arguments.threads = static_cast<int>(parseCount("--threads", text, 1, 1024));
              }}}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  arguments.file = onlyFile(verb, parsed);
  if (llvm::Regex("^MIX[TR]?[0-9]+$").match(arguments.file))
    return explainCode(arguments.file);
  std::vector<std::string> mixers = Session(arguments.file).mixers(arguments.mixer);
  for (size_t i = 0; i < mixers.size(); i++) {
    llvm::outs() << (i ? "\n" : "");
    explainMixer(arguments, mixers[i]);
  }
  return Success;
}

} // namespace mixir::tools
