// The golden cases on the GPU.
#include "bench/gpu/suite/Modes.h"

#include <cmath>
#include <cstdio>
#include <fstream>

using namespace mixir;
using namespace mixir::gpu_suite;

namespace {

tools::NpArray readArray(const StoredArray &stored) {
  return tools::parseNpy(stored.name, readBytes(stored.path));
}

/// What came out of a case.
struct Outcome {
  double worst = 0;    ///< largest error as a part of the largest number of the result
  std::string problem; ///< the first, or nothing
};

class Checker {
public:
  Checker(const Context &context, Loader &loader, const Case &c)
      : context(context), loader(loader), c(c) {}

  Outcome run() {
    for (const Call &call : c.calls)
      runCall(call);
    return outcome;
  }

private:
  using Results = std::map<std::string, std::vector<char>>;

  void note(const std::string &problem) {
    if (outcome.problem.empty())
      outcome.problem = problem;
  }

  void runCall(const Call &call) {
    const mixir_program *program = loader.load(call.program);
    std::map<std::string, std::shared_ptr<DeviceArray>> arrays;
    for (const StoredArray &in : call.ins)
      arrays[in.name] = make(program, in, true);
    for (const StoredArray &out : call.outs)
      arrays[out.name] = make(program, out, false);
    for (const Feed &feed : call.feeds)
      arrays[feed.operand] = left.at(feed.result);
    DeviceArrays ordered;
    for (int32_t i = 0; i < mixir_program_operand_count(program); i++) {
      std::string name = mixir_program_operand_name(program, i);
      if (!arrays.count(name))
        throw std::runtime_error("the case has no array '" + name + "'");
      ordered.push_back(arrays.at(name));
    }
    Results first, second;
    for (Results *results : {&first, &second}) {
      for (const StoredArray &out : call.outs)
        arrays.at(out.name)->clear();
      launch(context, program, ordered, nullptr);
      context.check(mixir_cuda_synchronize(context.get(), nullptr));
      for (const StoredArray &out : call.outs)
        (*results)[out.name] = arrays.at(out.name)->download();
    }
    if (first != second)
      note("the same call gives other bits the second time");
    for (auto &[name, array] : arrays)
      if (!array->isIntact())
        note("'" + name + "' is written beside its elements");
    for (const StoredArray &out : call.outs)
      compare(out, decode(first.at(out.name), arrays.at(out.name)->dtype()));
    left = std::move(arrays);
  }

  std::shared_ptr<DeviceArray> make(const mixir_program *program, const StoredArray &stored,
                                    bool isInput) {
    int32_t operand = mixir_program_find_operand(program, stored.name.c_str());
    if (operand < 0)
      throw std::runtime_error("the program has no operand '" + stored.name + "'");
    tools::NpArray array = readArray(stored);
    int dtype = mixir_program_operand_dtype(program, operand);
    auto result = std::make_shared<DeviceArray>(context, dtype, array.shape);
    if (isInput)
      result->upload(encode(numbersOf(array), dtype));
    return result;
  }

  void compare(const StoredArray &out, const std::vector<double> &got) {
    std::vector<double> want = numbersOf(readArray(out));
    if (got.size() != want.size())
      return note("result '" + out.name + "' has another size than expected");
    auto found = c.scales.find(out.name);
    double scale = found == c.scales.end() || found->second == 0 ? 1 : found->second;
    for (size_t i = 0; i < want.size(); i++) {
      double error = std::fabs(got[i] - want[i]) / scale;
      if (!(error <= outcome.worst))
        outcome.worst = error;
      if (!(error <= c.tolerance))
        note("result '" + out.name + "', number " + std::to_string(i) + ": expected " +
             std::to_string(want[i]) + ", got " + std::to_string(got[i]));
    }
  }

  const Context &context;
  Loader &loader;
  const Case &c;
  std::map<std::string, std::shared_ptr<DeviceArray>> left; ///< arrays of the call before
  Outcome outcome;
};

} // namespace

int gpu_suite::checkCases(const Context &context, const Options &options) {
  std::vector<Case> cases = readCases(options.suite + "/check", options.parts);
  Loader loader(context, options.suite + "/programs", options.image);
  std::ofstream json(options.json);
  int failed = 0;
  for (const Case &c : cases) {
    Outcome outcome;
    try {
      outcome = Checker(context, loader, c).run();
    } catch (const std::exception &e) {
      outcome.problem = e.what();
    }
    bool isGood = outcome.problem.empty();
    failed += !isGood;
    std::printf("%-6s %-50s %.1e%s%s\n", isGood ? "ok" : "FAILED", c.name.c_str(), outcome.worst,
                isGood ? "" : "  ", outcome.problem.c_str());
    std::fflush(stdout);
    std::string worst = std::isfinite(outcome.worst) ? std::to_string(outcome.worst * 1e6) : "null";
    json << "{\"case\": " << jsonText(c.name) << ", \"ok\": " << (isGood ? "true" : "false")
         << ", \"error_ppm\": " << worst << ", \"problem\": " << jsonText(outcome.problem) << "}"
         << std::endl;
  }
  std::printf("%zu of %zu cases within tolerance\n", cases.size() - static_cast<size_t>(failed),
              cases.size());
  return failed + cases.empty();
}
