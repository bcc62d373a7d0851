// The golden cases as files. The table is run with the interpreter, which must meet the golden
// numbers to 1e-11; what goes into each call and what comes out of it is written down.
#include "bench/gpu/prepare/Cases.h"

#include "test/numeric/GoldenRunner.h"
#include "tools/Convert.h"

#include <algorithm>
#include <cmath>
#include <sstream>

using namespace mixir;
using namespace mixir::gpu_suite;
using interpreter::Array;
using interpreter::Arrays;
using tools::NpArray;
using tools::NpType;

namespace {

/// Largest error of a kernel, as a part of the largest golden number: that of the other engines.
constexpr double kTolerance = 1e-5;

std::string npyFile(const NpArray &array) {
  return tools::npyHeader(array) + std::string(array.data.begin(), array.data.end());
}

/// Inputs as f32: golden numbers are exact in it.
NpArray narrowed(const std::string &name, const Array &array) {
  NpArray wide = tools::fromInterpreter(name, array);
  if (array.kind == Array::I32)
    return wide;
  NpArray result;
  result.name = name;
  result.type = array.kind == Array::C128 ? NpType::C64 : NpType::F32;
  result.shape = wide.shape;
  std::vector<float> numbers(array.data.begin(), array.data.end());
  auto *begin = reinterpret_cast<const char *>(numbers.data());
  result.data.assign(begin, begin + numbers.size() * sizeof(float));
  return result;
}

/// Writes one case, call by call.
class Recorder {
public:
  Recorder(Programs &programs, const numeric::GoldenCase &c, std::string folder)
      : programs(programs), c(c), folder(std::move(folder)) {}

  llvm::Expected<numeric::Call> compile(const numeric::MixerSource &source) {
    llvm::Expected<numeric::Call> reference =
        numeric::interpreterEngine("reference").compile(source);
    if (!reference)
      return reference;
    session = std::make_shared<tools::Session>(source.path);
    choice = {source.mixer, source.extents, source.omitted};
    return numeric::Call([this, reference = *reference](const Arrays &in) {
      llvm::Expected<Arrays> out = reference(in);
      if (out)
        record(in, *out);
      return out;
    });
  }

  /// After the last call.
  void finish() {
    std::ostringstream text;
    text << "case " << c << "\ntolerance " << kTolerance << "\n";
    for (auto &[name, scale] : scales)
      text << "scale " << name << " " << scale << "\n";
    writeFile(folder + "/case.txt", text.str() + calls);
  }

private:
  void record(const Arrays &in, const Arrays &out) {
    tools::Shapes shapes;
    for (auto &[name, array] : in)
      shapes[name] = array.shape;
    auto open = session->analyse(choice);
    tools::Extents extents = tools::bindExtents(open->signature, shapes, choice.extents);
    calls += "call " + programs.add(*session, choice, extents).program + "\n";
    for (auto &[name, array] : in)
      if (const std::string *result = feedOf(name); result && numCalls > 0)
        calls += "feed " + name + " " + *result + "\n";
      else
        write("in", narrowed(name, array));
    for (auto &[name, array] : out) {
      write("out", tools::fromInterpreter(name, array));
      for (double number : array.data)
        scales[name] = std::max(scales[name], std::fabs(number));
    }
    numCalls++;
  }

  /// The result of the call before that operand `name` takes.
  const std::string *feedOf(const std::string &name) const {
    for (auto &[result, operand] : c.feeds)
      if (operand == name)
        return &result;
    return nullptr;
  }

  void write(const std::string &kind, const NpArray &array) {
    std::string file = std::to_string(numCalls) + "." + kind + "." + array.name + ".npy";
    writeFile(folder + "/" + file, npyFile(array));
    calls += kind + " " + array.name + " " + file + "\n";
  }

  Programs &programs;
  const numeric::GoldenCase &c;
  std::string folder, calls;
  std::shared_ptr<tools::Session> session;
  tools::MixerChoice choice;
  std::map<std::string, double> scales; ///< largest number of a result
  int numCalls = 0;
};

/// What went wrong with a case, or nothing.
std::string writeCase(Programs &programs, const numeric::GoldenCase &c, const std::string &golden,
                      const std::string &folder) {
  Recorder recorder(programs, c, folder);
  numeric::Engine engine{"recorder", 1e-11, [&](const numeric::MixerSource &source) {
                           return recorder.compile(source);
                         }};
  try {
    numeric::Outcome outcome = numeric::runGoldenCase(c, engine, golden, MIXIR_MIXERS_DIR);
    if (outcome.problem.empty())
      recorder.finish();
    return outcome.problem;
  } catch (const std::exception &e) {
    return e.what();
  }
}

} // namespace

Count gpu_suite::writeGoldenCases(Programs &programs, const std::string &folder,
                                  const std::vector<std::string> &parts) {
  Count count;
  std::string golden = numeric::goldenFolder();
  if (golden.empty()) {
    std::fprintf(stderr, "no golden tensors: set MIXIR_GOLDEN_DIR\n");
    count.failed++;
    return count;
  }
  for (const std::string &problem : numeric::goldenTable().problems) {
    std::fprintf(stderr, "%s\n", problem.c_str());
    count.failed++;
  }
  for (const numeric::GoldenCase &c : numeric::goldenTable().cases) {
    std::ostringstream name;
    name << c;
    if (!isWanted(name.str(), parts))
      continue;
    std::string problem = writeCase(programs, c, golden, folder + "/" + folderName(name.str()));
    if (!problem.empty())
      std::fprintf(stderr, "%s: %s\n", name.str().c_str(), problem.c_str());
    (problem.empty() ? count.written : count.failed)++;
  }
  return count;
}
