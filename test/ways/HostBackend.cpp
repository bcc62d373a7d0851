// Kernels compiled for this machine.
#include "test/ways/Backend.h"

#include "tools/Compile.h"
#include "tools/FastRun.h"

using namespace mixir;
using namespace mixir::tools;

mixir_device ways::deviceOfTensors() { return MIXIR_CPU; }

std::unique_ptr<Program> ways::compile(const Context &context, Session &session,
                                       frontend::Program &program, const lowering::ChooseOptions &choose) {
  runtime::CacheOptions options;
  options.mode = runtime::CacheMode::Off;
  runtime::Cache cache(options);
  codegen::CompileOptions compile = compileOptions({});
  compile.choose = choose;
  SharedProgram shared = compileShared(session, program, compile, cache);
  return std::make_unique<Program>(loadShared(context, shared.path));
}

std::string ways::takeProblem() { return {}; }

int64_t ways::mostSteps() { return 100; }
