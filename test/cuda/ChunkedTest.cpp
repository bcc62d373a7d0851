// Chunks are one step after the other, computed otherwise: every mixer with a chunked form, in small chunks,
// against the interpreter, which walks step by step. On the CPU and on the host executor; sequences that
// end in a chunk, at its border and before it; decays that leave nothing, gates that are shut or open.
#include "test/cuda/CudaEngine.h"
#include "test/cuda/LibraryMixers.h"
#include "tools/Convert.h"
#include "tools/HostEngine.h"
#include "tools/AwkwardShapes.h"
#include "tools/Specialise.h"
#include "tools/Verify.h"

#include "gtest/gtest.h"

using namespace mixir;
using namespace mixir::cuda_test;

namespace {

constexpr int64_t kChunk = 8;

lowering::ChooseOptions inChunks() {
  lowering::ChooseOptions options;
  options.algorithm = "chunked";
  options.chunk = kChunk;
  return options;
}

/// The forms of the recurrences that the mixer computes in chunks; empty without one. More terms than two are like two.
/// Of walks along routes, which are sequences like others, those of test/codegen are enough.
std::string chunkedForms(const LibraryMixer &m) {
  tools::Session session(m.file);
  auto declared = session.analyse({m.name, {}, {}});
  bool isRouted = llvm::any_of(declared->scans, [](const frontend::typed::Scan &scan) { return !scan.isPlain(); });
  if (isRouted && m.file.find("test/codegen") == std::string::npos)
    return "";
  std::vector<std::string> assumed;
  auto program = session.analyse({m.name, tools::assumedExtents(*declared, {}, assumed), {}});
  codegen::CompileOptions options;
  options.choose = inChunks();
  auto module = tools::lower(session, *program, lowering::Phase::Chosen, options);
  std::string forms;
  llvm::raw_string_ostream os(forms);
  module->walk([&](mixer::RecurrenceOp op) {
    if (op.getAlgorithm() == "chunked")
      for (mixer::FormAttr form : op.getForms().getAsRange<mixer::FormAttr>())
        os << stringifyEnum(form.getDecay()) << ' ' << form.getVarying() << ' ' << stringifyEnum(form.getReads()) << ' '
           << std::min<size_t>(form.getContract().size(), 2) << ';';
  });
  return forms;
}

/// Of each file and form one: what else such mixers say is not about chunks.
std::vector<LibraryMixer> chunkedMixers() {
  std::vector<LibraryMixer> mixers = libraryMixers(MIXIR_SOURCE_ROOT);
  std::set<std::pair<std::string, std::string>> seen;
  llvm::erase_if(mixers, [&](const LibraryMixer &m) {
    std::string forms = m.isVariant ? "" : chunkedForms(m);
    return forms.empty() || !seen.insert({m.file, forms}).second;
  });
  return mixers;
}

class Chunked : public testing::TestWithParam<LibraryMixer> {
protected:
  void compare(const frontend::Program &program, const interpreter::Arrays &results, const tools::ReferenceCase &reference,
               const std::string &where) {
    std::vector<tools::NpArray> outputs;
    for (const auto &[name, array] : results)
      outputs.push_back(tools::fromInterpreter(name, array));
    tools::Comparison comparison = tools::compareResults(program.signature, outputs, reference.results,
                                                         tools::toleranceOf(tools::ProgramArguments()));
    EXPECT_TRUE(comparison.isWithin) << where << ": result '" << comparison.result << "' is off by " << comparison.error;
  }
};

TEST_P(Chunked, AgreesWithTheSteps) {
  const LibraryMixer &m = GetParam();
  constexpr double kMostPoints = 1 << 13; // the executor sees every access of shared memory
  tools::HostEngine host(m.file, {m.name, {}, {}}); // shapes that fix the same are compiled once
  host.choose = inChunks();
  CudaEngine cuda(m.file, {m.name, {}, {}});
  cuda.choose = inChunks();
  for (const tools::AwkwardShape &shape : {tools::AwkwardShape{1, 2, {9, 4, 2}}, tools::AwkwardShape{kChunk - 1, 1, {9, 4, 2}},
                                           tools::AwkwardShape{2 * kChunk, 2, {3, 5, 2}, true},
                                           tools::AwkwardShape{4 * kChunk + 1, 1, {33, 2, 3}}}) {
    tools::MixerChoice choice{m.name, {}, {}};
    if (shape.omitsOptional)
      choice.omitted = tools::optionalOperands(host.session.analyse(choice)->signature);
    auto program = host.session.analyse(choice);
    tools::Extents extents = tools::extentsFor(*program, shape, {}, kMostPoints);
    tools::ReferenceCase reference = tools::makeReference(host.session, *program, extents, 1);
    std::string where = m.name + " " + tools::extentsText(program->signature, extents);
    interpreter::Arrays inputs = tools::toInterpreter(reference.inputs);
    compare(*program, host.run(inputs, 2), reference, where + " on the CPU");
    if (shape.time % kChunk == 0 || shape.time == 1) // the executor compiles each shape for some seconds
      continue;
    auto results = cuda.run(inputs);
    if (results)
      compare(*program, *results, reference, where + " on the executor");
    else // a block cannot hold the pairs of every mixer
      EXPECT_NE(llvm::toString(results.takeError()).find("shared memory"), std::string::npos) << where;
  }
}

INSTANTIATE_TEST_SUITE_P(Library, Chunked, testing::ValuesIn(chunkedMixers()),
                         [](const auto &info) { return info.param.name; });

/// A delta rule under gates at their ends, on the CPU.
TEST(ChunkedAtTheEnds, DecayAndGate) {
  std::string file = std::string(MIXIR_SOURCE_ROOT) + "/mixers/gated_delta.mix";
  tools::HostEngine steps(file, {"gated_delta", {}, {}}), chunks(file, {"gated_delta", {}, {}});
  chunks.choose = inChunks();
  chunks.choose.chunk = 0; // as compiled for users: 64
  for (double g : {-20.0, -1e-3, 0.0})
    for (double beta : {0.0, 1e-6, 1.0, 1 - 1e-6}) {
      auto program = steps.session.analyse({"gated_delta", {}, {}});
      tools::Extents extents = tools::bindExtents(program->signature, {}, {{"B", 1}, {"T", 130}, {"H", 2}, {"K", 16}, {"V", 9}});
      tools::ReferenceCase reference = tools::makeReference(steps.session, *program, extents, 3);
      interpreter::Arrays inputs = tools::toInterpreter(reference.inputs);
      double norm = 0;
      for (double k : inputs.at("k").data)
        norm = std::max(norm, std::abs(k));
      for (double &k : inputs.at("k").data)
        k /= 4 * norm; // keys shorter than one, as layers normalise them
      for (double &v : inputs.at("g").data)
        v = g;
      for (double &v : inputs.at("beta").data)
        v = beta;
      interpreter::Arrays expected = steps.run(inputs), got = chunks.run(inputs);
      for (const auto &[name, array] : expected) {
        double most = 0, worst = 0;
        for (size_t i = 0; i < array.data.size(); ++i) {
          most = std::max(most, std::abs(array.data[i]));
          worst = std::max(worst, std::abs(array.data[i] - got.at(name).data[i]));
        }
        EXPECT_LE(worst, 1e-5 * most) << name << ", g " << g << ", beta " << beta;
      }
    }
}

} // namespace
