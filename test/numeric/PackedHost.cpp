// Packed batches on kernels compiled for this machine.
#include "test/numeric/PackedBackend.h"

#include "tools/Compile.h"
#include "tools/FastRun.h"

using namespace mixir;
using namespace mixir::tools;

mixir_device packed_test::deviceOfTensors() { return MIXIR_CPU; }

std::unique_ptr<Program> packed_test::compile(const Context &context, Session &session,
                                              frontend::Program &program) {
  runtime::CacheOptions options;
  options.mode = runtime::CacheMode::Off;
  runtime::Cache cache(options);
  SharedProgram shared = compileShared(session, program, compileOptions({}), cache);
  return std::make_unique<Program>(loadShared(context, shared.path));
}

std::string packed_test::takeProblem() { return {}; }

int64_t packed_test::mostSteps() { return 100; }
