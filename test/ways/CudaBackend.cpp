// Kernels emitted for a GPU: the runtime launches them through the driver made for
// tests, and what that launches is run by the host executor.
#include "test/ways/Backend.h"

#include "codegen/cuda/EmitCuda.h"
#include "test/cuda/HostExecutor.h"
#include "test/runtime/FakeCuda.h"
#include "tools/Compile.h"

#include <cstdlib>
#include <dlfcn.h>
#include <regex>
#include <utility>

using namespace mixir;
using namespace mixir::tools;

namespace {

// Before anything asks the environment.
const int kDriverIsNamed = setenv("MIXIR_CUDA_DRIVER", MIXIR_FAKE_CUDA_PATH, 1);

test::FakeCuda &fake() {
  static void *library = dlopen(MIXIR_FAKE_CUDA_PATH, RTLD_NOW | RTLD_LOCAL);
  static auto function = reinterpret_cast<test::FakeCudaFunction>(dlsym(library, "fakeCuda"));
  return *function();
}

std::string problem;

/// Kernels stay where they are as long as the test runs.
std::vector<std::unique_ptr<cuda_test::HostExecutor>> executors;

/// Blocks of every other launch are run from the last thread to the first.
void runBlock(cuda_test::HostExecutor &executor, size_t kernel, const uint64_t *words,
              unsigned block) {
  bool isOdd = fake().launches.size() % 2;
  std::string found = executor.runBlock(
      kernel, words, block, fake().launches.back().blocks,
      isOdd ? cuda_test::ThreadOrder::Descending : cuda_test::ThreadOrder::Ascending);
  if (problem.empty() && !found.empty())
    problem = fake().launches.back().kernel + ", block " + std::to_string(block) + ": " + found;
}

} // namespace

mixir_device ways::deviceOfTensors() { return MIXIR_CUDA; }

std::unique_ptr<Program> ways::compile(const Context &context, Session &session,
                                       frontend::Program &program, const lowering::ChooseOptions &choose) {
  codegen::CompileOptions options;
  options.choose = choose;
  options.gpu = codegen::findGpuTarget("cuda-sm90");
  auto module = lower(session, program, lowering::Phase::Planned, options);
  codegen::CudaProgram emitted = codegen::emitCuda(plannedProgram(*module), *options.gpu);
  auto executor = cuda_test::HostExecutor::compile(emitted.source, emitted.manifest);
  if (!executor)
    throw std::runtime_error(llvm::toString(executor.takeError()));
  executors.push_back(std::move(*executor));
  // Of two kernels that do the same, one program runs the first and the next the other, at any length.
  bool runsOther = executors.size() % 2;
  fake().multiprocessors = runsOther ? 1 << 20 : 0;
  std::string manifest = std::regex_replace(emitted.manifest, std::regex("\"least\":[0-9]+"), "\"least\":0");
  cuda_test::HostExecutor &owned = *executors.back();
  for (size_t i = 0; i < owned.numKernels(); i++)
    fake().kernels[owned.kernel(i).name] = {
        [&owned, i](const uint64_t *words, unsigned block) { runBlock(owned, i, words, block); },
        owned.kernel(i).params.size()};
  return std::make_unique<Program>(context, manifest, test::kFakeImage,
                                   sizeof(test::kFakeImage));
}

std::string ways::takeProblem() { return std::exchange(problem, std::string()); }

int64_t ways::mostSteps() { return 40; }
