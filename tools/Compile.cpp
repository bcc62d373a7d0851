// Compile.cpp - see Compile.h.
#include "tools/Compile.h"

#include "lowering/Algorithms.h"
#include "runtime/CacheKey.h"
#include "runtime/Env.h"
#include "tools/ToolErrors.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/raw_ostream.h"

#include <exception>

namespace mixir::tools {

using lowering::Phase;

namespace {

/// Errors and notes of the passes, kept until it is clear whose fault they are.
class PassMessages {
public:
  explicit PassMessages(Session &session)
      : session(session), handler(&session.context, [this](mlir::Diagnostic &diagnostic) {
          messages.push_back(diagnostic.str());
          places.push_back(placeOf(diagnostic.getLocation()));
          isUserError |= diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error &&
                         llvm::StringRef(messages.back()).starts_with("expected ");
          return mlir::success();
        }) {}

  /// True if the user can do something about it: the message says what was expected. Verifiers and
  /// passes that give up without a word are bugs.
  bool areForUser() const { return isUserError; }

  void print() {
    llvm::outs().flush();
    for (auto [message, place] : llvm::zip(messages, places))
      if (place.isValid())
        session.sources.print(llvm::errs(), llvm::SourceMgr::DK_Error, place,
                              message + " [" + toolCodeText(ToolCode::not_compilable) + "]");
      else
        llvm::errs() << "mixir: error: " << message << " ["
                     << toolCodeText(ToolCode::not_compilable) << "]\n";
  }

  std::string text() const { return llvm::join(messages, "; "); }

private:
  /// The place of a location in the user's file, if it is there.
  frontend::Range placeOf(mlir::Location location) {
    auto found = location->findInstanceOf<mlir::FileLineColLoc>();
    frontend::FileId file = session.file.id;
    if (!found || !file || found.getFilename().getValue() != session.sources.name(file))
      return {};
    llvm::StringRef text = session.sources.text(file);
    size_t at = 0;
    for (unsigned line = 1; line < found.getLine() && at != llvm::StringRef::npos; line++)
      at = text.find('\n', at) + 1;
    at = std::min(at + found.getColumn() - 1, text.size());
    return {file, static_cast<uint32_t>(at), static_cast<uint32_t>(at + 1)};
  }

  Session &session;
  std::vector<std::string> messages;
  std::vector<frontend::Range> places;
  bool isUserError = false;
  mlir::ScopedDiagnosticHandler handler;
};

void fill(mlir::OpPassManager &pm, Phase from, Phase to, const codegen::CompileOptions &options) {
  if (from < Phase::Normalised && to >= Phase::Normalised)
    lowering::addNormalisePipeline(pm);
  if (from < Phase::Chosen && to >= Phase::Chosen) {
    lowering::ChooseOptions choose = options.choose;
    if (options.gpu && choose.algorithm == "auto")
      choose.algorithm = lowering::kTimeSerial.str(); // what pays is measured on CPUs
    lowering::addChoosePipeline(pm, choose);
  }
  if (from < Phase::Planned && to >= Phase::Planned)
    lowering::addPlanPipeline(pm, codegen::planOptions(options));
}

/// Runs `body`; a crash in it becomes an InternalError. What it throws passes through.
void withoutCrash(const std::string &what, const std::string &reproducer,
                  llvm::function_ref<void()> body) {
  std::exception_ptr thrown;
  auto caught = [&] {
    try {
      body();
    } catch (...) {
      thrown = std::current_exception();
    }
  };
#if defined(__SANITIZE_ADDRESS__)
  caught(); // the sanitizer reports crashes better
#else
  llvm::CrashRecoveryContext::Enable();
  llvm::CrashRecoveryContext recovery;
  bool isWell = recovery.RunSafely(caught);
  llvm::CrashRecoveryContext::Disable();
  if (!isWell)
    throw InternalError("the compiler crashed (" + what + ")", reproducer);
#endif
  if (thrown)
    std::rethrow_exception(thrown);
}

std::string reproducerText(const std::string &command, const std::string &module) {
  return "// mixir " MIXIR_VERSION ": " + command + "\n" + module;
}

} // namespace

codegen::CompileOptions compileOptions(const ProgramArguments &arguments) {
  codegen::CompileOptions options;
  options.isa = codegen::detectHostIsa();
  if (!arguments.isa.empty())
    options.isa = *codegen::parseIsa(arguments.isa);
  options.gpu = codegen::findGpuTarget(arguments.target);
  options.math =
      arguments.math == "fast" ? codegen::MathMode::Fast : codegen::MathMode::Default;
  options.choose.algorithm = arguments.algorithm;
  options.choose.expected = arguments.set;
  return options;
}

void runPasses(Session &session, mlir::ModuleOp module, const std::string &what,
               llvm::function_ref<void(mlir::OpPassManager &)> addPasses) {
  std::string before = textOf(module);
  PassMessages messages(session);
  mlir::PassManager pm(&session.context);
  addPasses(pm);
  bool isDone = false;
  withoutCrash(what, reproducerText(what, before),
               [&] { isDone = mlir::succeeded(pm.run(module)); });
  if (isDone)
    return;
  if (messages.areForUser()) {
    messages.print();
    throw AlreadyReported();
  }
  std::string why = messages.text();
  throw InternalError("a pass failed (" + what + ")" + (why.empty() ? "" : ": " + why),
                      reproducerText(what, before));
}

void lowerFurther(Session &session, mlir::ModuleOp module, Phase from, Phase to,
                  const codegen::CompileOptions &options) {
  runPasses(session, module, (lowering::phaseName(from) + " -> " + lowering::phaseName(to)).str(),
            [&](mlir::OpPassManager &pm) { fill(pm, from, to, options); });
}

mlir::OwningOpRef<mlir::ModuleOp> lower(Session &session, const frontend::Program &program,
                                        Phase phase, const codegen::CompileOptions &options) {
  auto module = session.import(program);
  if (phase > Phase::Mixer)
    lowerFurther(session, *module, Phase::Mixer, phase, options);
  return module;
}

Option compileTargetOption(ProgramArguments &arguments) {
  std::vector<std::string> targets = {"host"};
  for (const codegen::GpuTarget &gpu : codegen::gpuTargets())
    targets.push_back(gpu.name.str());
  return choiceOption("target", targets, "what to compile for", arguments.target);
}

codegen::NvrtcPlaces nvrtcPlaces() {
  const runtime::EnvValues &env = runtime::env();
  return {env.nvrtc, env.cudaHome, env.virtualEnv};
}

kernel::ProgramOp plannedProgram(mlir::ModuleOp module) {
  for (auto program : module.getOps<kernel::ProgramOp>())
    return program;
  throw InternalError("planning made no program", textOf(module));
}

codegen::CompiledProgram compilePlanned(mlir::ModuleOp module,
                                        const codegen::CompileOptions &options) {
  std::string reproducer = reproducerText("planned -> built", textOf(module));
  codegen::CompiledProgram result;
  withoutCrash("planned -> built", reproducer, [&] {
    auto compiled = codegen::compileProgram(plannedProgram(module), options);
    if (!compiled)
      throw InternalError(llvm::toString(compiled.takeError()), reproducer);
    result = std::move(*compiled);
  });
  return result;
}

std::string linkProgram(const codegen::CompiledProgram &program) {
  auto shared = codegen::linkShared(program);
  if (!shared) // no linker, no space for temporary files
    throw UserError(ToolCode::not_compilable, llvm::toString(shared.takeError()));
  return std::move(*shared);
}

SharedProgram compileShared(Session &session, const frontend::Program &program,
                            const codegen::CompileOptions &options, runtime::Cache &cache) {
  auto module = lower(session, program, Phase::Chosen, options);
  runtime::CacheKey key;
  key.add("compiler", std::string_view(codegen::buildId())).add("llvm", LLVM_VERSION_STRING);
  key.add("halide", MIXIR_HALIDE_VERSION);
  key.add("program", textOf(*module));
  key.add("isa", std::string_view(codegen::isaName(options.isa)));
  key.add("math", options.math == codegen::MathMode::Fast ? "fast" : "default");
  SharedProgram shared;
  shared.key = key.hex();
  if (auto path = cache.get(shared.key)) {
    shared.path = *path;
    shared.isHit = true;
    return shared;
  }
  lowerFurther(session, *module, Phase::Chosen, Phase::Planned, options);
  shared.path = cache.put(shared.key, linkProgram(compilePlanned(*module, options)));
  return shared;
}

} // namespace mixir::tools
