// Every mixer of the library and of test/codegen as a GPU would run it: awkward shapes against the interpreter on the host
// executor, which also looks for races.
#include "test/cuda/CudaEngine.h"
#include "test/cuda/LibraryMixers.h"

#include "tools/AwkwardShapes.h"
#include "tools/Specialise.h"
#include "tools/Verify.h"

#include "gtest/gtest.h"

using namespace mixir;
using namespace mixir::cuda_test;

namespace {

using Mixer = LibraryMixer;

class CudaMixers : public testing::TestWithParam<Mixer> {};

/// Runs a mixer and compares with what the interpreter has found.
void runAndCompare(CudaEngine &engine, const Mixer &m, const frontend::Program &program, const tools::ReferenceCase &reference,
                   const RunOptions &options, const std::string &where) {
  auto results = engine.run(tools::toInterpreter(reference.inputs), options);
  if (!results) {
    ADD_FAILURE() << where << ": " << llvm::toString(results.takeError());
    return;
  }
  std::vector<tools::NpArray> outputs;
  for (const auto &[name, array] : *results)
    outputs.push_back(tools::fromInterpreter(name, array));
  tools::Comparison comparison =
      tools::compareResults(program.signature, outputs, reference.results, tools::toleranceOf(tools::ProgramArguments()));
  EXPECT_TRUE(comparison.isWithin) << where << ": result '" << comparison.result << "' is off by " << comparison.error;
}

TEST_P(CudaMixers, AgreeOnAwkwardShapes) {
  // The executor switches threads at every barrier and sees every access of shared memory.
  constexpr double kMostPoints = 1 << 15;
  const Mixer &m = GetParam();
  if (m.isVariant)
    GTEST_SKIP() << "differs from another mixer of its file in routes only";
  bool isSpread = false;
  CudaEngine engine(m.file, {m.name, {}, {}}); // shapes that fix the same are compiled once
  for (const tools::AwkwardShape &shape : tools::awkwardShapes()) {
    tools::MixerChoice choice{m.name, {}, {}};
    if (shape.omitsOptional)
      choice.omitted = tools::optionalOperands(engine.session.analyse(choice)->signature);
    auto program = engine.session.analyse(choice);
    tools::Extents extents = tools::extentsFor(*program, shape, {}, kMostPoints);
    tools::ReferenceCase reference = tools::makeReference(engine.session, *program, extents, 1);
    // Half of the shapes with other strides and with threads and blocks in the other order.
    RunOptions options;
    if (isSpread)
      options = {Layout::Spread, ThreadOrder::Descending};
    isSpread = !isSpread;
    std::string where = m.name + " " + tools::extentsText(program->signature, extents);
    runAndCompare(engine, m, *program, reference, options, where);
    if (!engine.hasOther)
      continue;
    options.runsOther = true;
    runAndCompare(engine, m, *program, reference, options, where + " (time across threads)");
  }
}

INSTANTIATE_TEST_SUITE_P(Library, CudaMixers, testing::ValuesIn(libraryMixers(MIXIR_SOURCE_ROOT)),
                         [](const auto &info) { return info.param.name; });

} // namespace
