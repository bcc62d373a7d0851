// Times of the suite's shapes, and how near they are to what the GPU could do.
#include "bench/gpu/suite/Clock.h"
#include "bench/gpu/suite/Modes.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>

using namespace mixir;
using namespace mixir::gpu_suite;

namespace {

constexpr size_t kMostBytes = size_t(8) << 30; ///< of all sets of buffers together
constexpr size_t kMostSets = 512, kMostLaunches = 512;
constexpr double kSampleUs = 2000; ///< that a sample should last
constexpr int kLeastSamples = 20;
constexpr size_t kPatternNumbers = size_t(1) << 22;
constexpr size_t kLookedAt = size_t(1) << 22;   ///< bytes at the end of a result
constexpr double kLanesPerMultiprocessor = 128; ///< f32 units; each does two flops in a clock

/// Times of one call, in microseconds.
struct Times {
  double graph = 0;    ///< in a graph; 0: there are none
  double launched = 0; ///< call by call
  double host = 0;     ///< of the CPU, to launch
  double least = 0;    ///< the smallest sample of the one that counts
  int samples = 0;
  size_t sets = 0;
  double best() const { return graph > 0 ? graph : launched; }
};

double nowUs() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::micro>(now).count();
}

std::vector<char> randomPattern(const Fill &fill, size_t count, int dtype) {
  std::mt19937_64 random(std::hash<std::string>()(fill.name));
  std::uniform_real_distribution<double> uniform(fill.low, fill.high);
  std::vector<double> numbers(count * (dtype == MIXIR_C64 ? 2 : 1));
  for (double &number : numbers)
    number = uniform(random);
  return encode(numbers, dtype);
}

class Timer {
public:
  Timer(const Context &context, Clock &clock, Loader &loader, const DeviceRates &rates,
        const Options &options)
      : context(context), clock(clock), loader(loader), rates(rates), options(options) {}

  Times run(const Case &c) {
    if (c.calls.empty())
      throw std::runtime_error("the case has no call");
    program = loader.load(c.calls[0].program);
    sets.clear();
    next = 0;
    makeSets(c.calls[0]);
    for (size_t i = 0; i < sets.size(); i++)
      launchNext(); // warms up, and the context takes its temporaries
    context.check(mixir_cuda_synchronize(context.get(), clock.stream()));
    requireFinite();
    Times times = measure();
    sets.clear();
    return times;
  }

private:
  std::vector<mixir_tensor> tensors(const Call &call) {
    std::vector<mixir_tensor> views(static_cast<size_t>(mixir_program_operand_count(program)));
    for (const Fill &fill : call.fills) {
      int32_t i = mixir_program_find_operand(program, fill.name.c_str());
      if (i < 0)
        throw std::runtime_error("the program has no operand '" + fill.name + "'");
      auto dtype = static_cast<mixir_dtype>(mixir_program_operand_dtype(program, i));
      views[static_cast<size_t>(i)] = mixir_tensor_dense(
          nullptr, dtype, static_cast<int32_t>(fill.shape.size()), fill.shape.data());
      views[static_cast<size_t>(i)].device = MIXIR_CUDA;
    }
    context.check(mixir_program_infer_outputs(context.get(), program, views.data(),
                                              static_cast<int32_t>(views.size()), nullptr));
    return views;
  }

  /// As many sets of buffers as do not fit into the second-level cache, twice over.
  void makeSets(const Call &call) {
    std::vector<mixir_tensor> views = tensors(call);
    std::map<int32_t, std::vector<char>> patterns;
    for (const Fill &fill : call.fills) {
      int32_t i = mixir_program_find_operand(program, fill.name.c_str());
      size_t count = 1;
      for (int64_t extent : fill.shape)
        count *= static_cast<size_t>(extent);
      patterns[i] = randomPattern(fill, std::clamp<size_t>(count, 1, kPatternNumbers),
                                  views[static_cast<size_t>(i)].dtype);
    }
    size_t wanted = 1, bytes = 0;
    for (size_t k = 0; k < wanted; k++) {
      DeviceArrays arrays;
      for (size_t i = 0; i < views.size(); i++) {
        std::vector<int64_t> shape(views[i].shape, views[i].shape + views[i].ndim);
        arrays.push_back(std::make_shared<DeviceArray>(context, views[i].dtype, shape));
        auto pattern = patterns.find(static_cast<int32_t>(i));
        if (pattern != patterns.end())
          arrays.back()->fill(pattern->second);
        bytes += k == 0 ? arrays.back()->bytes() : 0;
      }
      sets.push_back(arrays);
      size_t spread = 2 * rates.l2Bytes / std::max<size_t>(bytes, 1) + 1;
      wanted = std::clamp<size_t>(std::min(spread, kMostBytes / std::max<size_t>(bytes, 1)), 1,
                                  kMostSets);
    }
  }

  void launchNext() { launch(context, program, sets[next++ % sets.size()], clock.stream()); }

  /// A time of numbers that grow without end would say nothing.
  void requireFinite() {
    for (int32_t i = mixir_program_operand_count(program) - mixir_program_output_count(program);
         i < mixir_program_operand_count(program); i++) {
      const DeviceArray &array = *sets[0][static_cast<size_t>(i)];
      for (double number : decode(array.download(kLookedAt), array.dtype()))
        if (!std::isfinite(number))
          throw std::runtime_error(std::string("result '") +
                                   mixir_program_operand_name(program, i) +
                                   "' has numbers that are not finite");
    }
  }

  Times measure() {
    auto launchMany = [&](size_t count) {
      for (size_t i = 0; i < count; i++)
        launchNext();
    };
    double once = clock.time([&] { launchMany(3); }) / 3;
    auto count = static_cast<size_t>(
        std::clamp(std::ceil(kSampleUs / std::max(once, 0.1)), 1.0, double(kMostLaunches)));
    auto each = static_cast<double>(count);
    Times times;
    std::vector<double> samples, host;
    double begin = nowUs();
    while (samples.size() < static_cast<size_t>(options.samples)) {
      bool isLate = nowUs() - begin > options.secondsPerCase * 1e6;
      if (isLate && samples.size() >= kLeastSamples)
        break;
      samples.push_back(clock.time([&] {
        double before = nowUs();
        launchMany(count);
        host.push_back((nowUs() - before) / each);
      }) / each);
    }
    times.samples = static_cast<int>(samples.size());
    times.launched = median(samples);
    times.host = median(host);
    // Every launch of the graph has its buffers, or the cache would keep them to the next replay.
    size_t captured = std::max(count, sets.size());
    std::vector<double> graph;
    try {
      graph = clock.timeGraph([&] { launchMany(captured); }, times.samples);
      for (double &us : graph)
        us /= static_cast<double>(captured);
    } catch (const std::exception &e) {
      std::printf("no graph: %s\n", e.what());
    }
    times.graph = median(graph);
    const std::vector<double> &counted = graph.empty() ? samples : graph;
    times.least = *std::min_element(counted.begin(), counted.end());
    times.sets = sets.size();
    return times;
  }

  const Context &context;
  Clock &clock;
  Loader &loader;
  const DeviceRates &rates;
  const Options &options;
  const mixir_program *program = nullptr;
  std::vector<DeviceArrays> sets;
  size_t next = 0;
};

/// The least times that the parts of the GPU need for a call, in microseconds.
struct Floors {
  double hbm, exp, flop;

  const char *nearest() const {
    return hbm >= exp && hbm >= flop ? "HBM" : exp >= flop ? "exp" : "flop";
  }
};

Floors floorsOf(const Case &c, const DeviceRates &rates, double expsPerClock) {
  auto work = [&](const char *what) {
    auto found = c.work.find(what);
    return found == c.work.end() ? 0 : found->second;
  };
  double clocks = rates.clockMhz * rates.multiprocessors; // of all multiprocessors, in 1 us
  auto over = [](double amount, double rate) { return rate > 0 ? amount / rate : 0; };
  return {over(work("bytes"), rates.copyBytesPerUs), over(work("exps"), clocks * expsPerClock),
          over(work("flops"), clocks * kLanesPerMultiprocessor * 2)};
}

void writeJson(std::ostream &json, const Case &c, const Times &t, const Floors &floors) {
  json << "{\"case\": " << jsonText(c.name) << ", \"mixer\": " << jsonText(c.mixer)
       << ", \"us\": " << t.best() << ", \"min_us\": " << t.least << ", \"graph_us\": " << t.graph
       << ", \"launched_us\": " << t.launched << ", \"host_us\": " << t.host
       << ", \"samples\": " << t.samples << ", \"buffer_sets\": " << t.sets
       << ", \"hbm_floor_us\": " << floors.hbm << ", \"exp_floor_us\": " << floors.exp
       << ", \"flop_floor_us\": " << floors.flop
       << ", \"nearest_floor\": " << jsonText(floors.nearest()) << "}" << std::endl;
}

} // namespace

int gpu_suite::timeCases(const Context &context, const Options &options) {
  std::vector<Case> cases = readCases(options.suite + "/time", options.parts);
  SuiteFacts facts = readFacts(options.suite);
  Clock clock;
  DeviceRates rates = measureRates(context, clock);
  std::printf("copy %.0f GB/s, %d multiprocessors at %.0f MHz, L2 %zu MiB\n",
              rates.copyBytesPerUs / 1e3, rates.multiprocessors, rates.clockMhz,
              rates.l2Bytes >> 20);
  std::ofstream json(options.json);
  json << "{\"copy_gb_per_s\": " << rates.copyBytesPerUs / 1e3
       << ", \"multiprocessors\": " << rates.multiprocessors
       << ", \"clock_mhz\": " << rates.clockMhz << ", \"l2_bytes\": " << rates.l2Bytes << "}"
       << std::endl;
  Loader loader(context, options.suite + "/programs", options.image);
  Timer timer(context, clock, loader, rates, options);
  int failed = 0;
  for (const Case &c : cases) {
    try {
      Times times = timer.run(c);
      Floors floors = floorsOf(c, rates, facts.expsPerClock[loader.arch()]);
      std::printf("%-56s %10.1f us  HBM %5.1f%%  exp %5.1f%%  flop %5.1f%%  nearest %s\n",
                  c.name.c_str(), times.best(), 100 * floors.hbm / times.best(),
                  100 * floors.exp / times.best(), 100 * floors.flop / times.best(),
                  floors.nearest());
      writeJson(json, c, times, floors);
    } catch (const std::exception &e) {
      failed++;
      std::printf("FAILED %s: %s\n", c.name.c_str(), e.what());
      json << "{\"case\": " << jsonText(c.name) << ", \"problem\": " << jsonText(e.what()) << "}"
           << std::endl;
    }
    std::fflush(stdout);
  }
  std::printf("%zu of %zu cases timed\n", cases.size() - static_cast<size_t>(failed), cases.size());
  return failed + cases.empty();
}
