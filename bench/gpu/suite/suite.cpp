// Runs where the GPU is, against Mixir's runtime alone: no compiler, no CUDA toolkit.
#include "bench/gpu/suite/Modes.h"

#include <cstdio>
#include <sstream>

using namespace mixir::gpu_suite;

namespace {

constexpr char kUsage[] =
    "usage: suite check|time|device DIR [options]\n\n"
    "  --filter PARTS        only cases with one of these, separated by commas, in their names\n"
    "  --json FILE           one JSON object a case\n"
    "  --image best|ptx|source\n"
    "                        what is loaded: machine code where it fits, else PTX\n"
    "  --samples COUNT       least number of samples of a time (default: 30)\n"
    "  --seconds COUNT       that one case may take if so many samples are there before (5)\n";

bool setOption(const std::string &name, const std::string &value, Options &options) {
  if (name == "--json") {
    options.json = value;
  } else if (name == "--samples") {
    options.samples = std::max(1, std::atoi(value.c_str()));
  } else if (name == "--seconds") {
    options.secondsPerCase = std::atof(value.c_str());
  } else if (name == "--filter") {
    std::istringstream list(value);
    for (std::string part; std::getline(list, part, ',');)
      options.parts.push_back(part);
  } else if (name == "--image" && (value == "best" || value == "ptx" || value == "source")) {
    options.image = value == "best"  ? ImageKind::Best
                    : value == "ptx" ? ImageKind::Ptx
                                     : ImageKind::Source;
  } else {
    return false;
  }
  return true;
}

bool parse(int argc, char **argv, Options &options) {
  if (argc < 3 || argc % 2 == 0)
    return false;
  options.mode = argv[1];
  options.suite = argv[2];
  for (int i = 3; i + 1 < argc; i += 2)
    if (!setOption(argv[i], argv[i + 1], options))
      return false;
  return options.mode == "check" || options.mode == "time" || options.mode == "device";
}

/// Also finds out that there is no driver, before anything else.
void printDevice(const Context &context, const SuiteFacts &facts) {
  char name[256] = "";
  int32_t capability = 0, driver = 0;
  context.check(mixir_cuda_device(context.get(), name, sizeof(name), &capability, &driver));
  std::printf("%s, compute capability %d.%d, driver for CUDA %d.%d; mixir %s, NVRTC %s\n", name,
              capability / 10, capability % 10, driver / 1000, driver % 1000 / 10, mixir_version(),
              facts.nvrtc.c_str());
  std::fflush(stdout);
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  try {
    Context context;
    printDevice(context, readFacts(options.suite));
    if (options.mode == "device")
      return 0;
    bool isCheck = options.mode == "check";
    return (isCheck ? checkCases : timeCases)(context, options) == 0 ? 0 : 1;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 3;
  }
}
