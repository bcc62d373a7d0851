// Compile.cpp - `mixir compile`: object, header and manifest for other programs, or the text of the
// program at a phase.
#include "tools/Compile.h"

#include "codegen/cuda/EmitCuda.h"
#include "tools/ToolErrors.h"
#include "tools/WriteFiles.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/raw_ostream.h"

#include <optional>

namespace mixir::tools {

using lowering::Phase;

namespace {

struct CompileArguments : ProgramArguments {
  std::string folder, phase;
  bool alsoShared = false, simulatesBug = false;
};

std::vector<std::string> phaseNames() {
  std::vector<std::string> names;
  for (unsigned i = 0; i < static_cast<unsigned>(Phase::Built); i++)
    names.push_back(lowering::phaseName(static_cast<Phase>(i)).str());
  return names;
}

std::string phaseHelp() {
  std::string text = "\n\nphases:";
  for (unsigned i = 0; i < static_cast<unsigned>(Phase::Built); i++) {
    auto phase = static_cast<Phase>(i);
    text += "\n  " + lowering::phaseName(phase).str() + ": " + lowering::phaseSummary(phase).str();
  }
  return text;
}

void printPhase(Session &session, const frontend::Program &program, Phase phase,
                const codegen::CompileOptions &options) {
  if (phase == Phase::Typed)
    return frontend::print(llvm::outs(), program);
  auto module = lower(session, program, std::min(phase, Phase::Planned), options);
  if (phase < Phase::Emitted) {
    llvm::outs() << textOf(*module);
    return;
  }
  auto text = codegen::emitText(plannedProgram(*module), options);
  if (!text)
    throw InternalError(llvm::toString(text.takeError()), textOf(*module));
  llvm::outs() << *text;
}

using Files = std::vector<std::pair<std::string, std::string>>;

/// CUDA C++ and, where NVRTC is found, what it makes of it.
void addCudaFiles(mlir::ModuleOp module, const codegen::GpuTarget &gpu, const CompileArguments &arguments,
                  Files &files) {
  codegen::CudaProgram program = codegen::emitCuda(plannedProgram(module), gpu);
  std::string stem = arguments.folder + "/" + program.name;
  files.emplace_back(stem + ".json", program.manifest + "\n");
  codegen::NvrtcPlaces places = nvrtcPlaces();
  if (auto info = codegen::nvrtcInfo(places); !info) {
    llvm::errs() << "mixir: note: no cubin and PTX written: " << llvm::toString(info.takeError()) << "\n";
  } else {
    auto image = codegen::compileCuda(program.source, program.name + ".cu", gpu.arch, places);
    if (!image)
      throw InternalError(llvm::toString(image.takeError()), program.source);
    files.emplace_back(stem + ".cubin", std::move(image->cubin));
    files.emplace_back(stem + ".ptx", std::move(image->ptx));
  }
  files.emplace_back(stem + ".cu", std::move(program.source));
}

void addFiles(Session &session, const frontend::Program &program, const CompileArguments &arguments,
              Files &files) {
  codegen::CompileOptions options = compileOptions(arguments);
  auto module = lower(session, program, Phase::Planned, options);
  if (options.gpu)
    return addCudaFiles(*module, *options.gpu, arguments, files);
  codegen::CompiledProgram compiled = compilePlanned(*module, options);
  std::string stem = arguments.folder + "/" + compiled.name;
  files.emplace_back(stem + ".h", codegen::cHeader(plannedProgram(*module)));
  files.emplace_back(stem + ".json", compiled.manifest + "\n");
  if (arguments.alsoShared)
    files.emplace_back(stem + ".so", linkProgram(compiled));
  files.emplace_back(stem + ".o", std::move(compiled.object));
}

void run(const CompileArguments &arguments) {
  Session session(arguments.file);
  std::optional<Phase> phase;
  if (!arguments.phase.empty())
    phase = lowering::parsePhase(arguments.phase);
  if (phase == Phase::Parsed) {
    llvm::outs() << session.canonicalText();
    return;
  }
  Files files;
  if (arguments.simulatesBug)
    throw InternalError("a bug was asked for", "// " + arguments.file + "\n" + session.canonicalText());
  for (const std::string &mixer : session.mixers(arguments.mixer)) {
    auto program = session.analyse({mixer, arguments.set, arguments.omit});
    if (phase)
      printPhase(session, *program, *phase, compileOptions(arguments));
    else
      addFiles(session, *program, arguments, files);
  }
  if (!phase)
    writeFilesTogether(arguments.folder, files);
}

} // namespace

int compileMain(const Words &words) {
  CompileArguments arguments;
  Verb verb{"compile",
            "FILE (-o DIR | --to PHASE)",
            "Compiles the mixers of a file ahead of time: DIR/NAME.o, a C header NAME.h and the\n"
            "manifest NAME.json; for a GPU NAME.cu, NAME.cubin, NAME.ptx and the manifest. Only\n"
            "dimensions that are set or have a default are fixed." +
                phaseHelp(),
            {mixerOption(arguments), setOption(arguments), omitOption(arguments),
             compileTargetOption(arguments),
             isaOption(arguments), mathOption(arguments), algorithmOption(arguments),
             textOption("o", "DIR", "folder of the files, made if it is not there", arguments.folder),
             switchOption("shared", "write DIR/NAME.so as well", arguments.alsoShared),
             choiceOption("to", phaseNames(), "print the program at this phase instead",
                          arguments.phase),
             {"simulate-bug", "", "report a bug, to see what that looks like",
              [&](const std::string &) { arguments.simulatesBug = true; }, true}}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  arguments.file = onlyFile(verb, parsed);
  if (arguments.folder.empty() == arguments.phase.empty())
    throw UsageError("'mixir compile': expected either -o DIR or --to PHASE");
  if (arguments.alsoShared && arguments.target != "host")
    throw UsageError("'mixir compile': --shared: expected the target host, got " + arguments.target);
  run(arguments);
  return Success;
}

} // namespace mixir::tools
