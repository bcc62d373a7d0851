// Writes the folder that bench/gpu/run.sh takes to a machine with a GPU: programs, golden cases and
// cases to time. Needs no GPU; without NVRTC only sources are written.
#include "bench/gpu/prepare/Cases.h"

#include "tools/CommandLine.h"
#include "tools/ToolErrors.h"

#include "llvm/Support/raw_ostream.h"

#include <filesystem>

using namespace mixir;
using namespace mixir::gpu_suite;

bool gpu_suite::isWanted(const std::string &name, const std::vector<std::string> &parts) {
  for (const std::string &part : parts)
    if (name.find(part) != std::string::npos)
      return true;
  return parts.empty();
}

std::string gpu_suite::folderName(const std::string &name) {
  std::string folder;
  for (unsigned char c : name)
    folder += std::isalnum(c) || c == '.' || c == '-' ? char(c) : '_';
  return folder;
}

namespace {

struct Arguments {
  std::string folder = "build/gpu-suite";
  std::vector<std::string> archs = {"sm_80", "sm_90", "sm_100"}, parts;
  bool compile = true, small = false;
};

constexpr char kUsage[] =
    "usage: mixir-gpu-suite [-o DIR] [--arch LIST] [--filter PARTS] [--sources-only] [--small]\n\n"
    "Writes the GPU suite into DIR (default: build/gpu-suite), which is replaced.\n\n"
    "  --arch LIST      architectures, separated by commas (default: sm_80,sm_90,sm_100)\n"
    "  --filter PARTS   only cases with one of these, separated by commas, in their names\n"
    "  --sources-only   no machine code\n"
    "  --small          small shapes in the cases to time, for a test\n";

bool parse(int argc, char **argv, Arguments &arguments) {
  for (int i = 1; i < argc; i++) {
    std::string word = argv[i];
    if (word == "--sources-only") {
      arguments.compile = false;
    } else if (word == "--small") {
      arguments.small = true;
    } else if (i + 1 == argc) {
      return false;
    } else if (word == "-o") {
      arguments.folder = argv[++i];
    } else if (word == "--arch") {
      arguments.archs = tools::splitList(argv[++i]);
    } else if (word == "--filter") {
      arguments.parts = tools::splitList(argv[++i]);
    } else {
      return false;
    }
  }
  return true;
}

/// An older suite goes; a folder that holds something else stays.
bool makeFolder(const std::string &folder) {
  if (std::filesystem::exists(folder) && !std::filesystem::is_empty(folder) &&
      !std::filesystem::exists(folder + "/suite.txt")) {
    std::fprintf(stderr, "'%s' is there and no GPU suite\n", folder.c_str());
    return false;
  }
  std::filesystem::remove_all(folder);
  return true;
}

int run(const Arguments &arguments) {
  std::vector<const codegen::GpuTarget *> targets;
  std::string facts;
  for (const std::string &arch : arguments.archs) {
    const codegen::GpuTarget *target = nullptr;
    for (const codegen::GpuTarget &known : codegen::gpuTargets())
      if (known.arch == arch)
        target = &known;
    if (!target) {
      std::fprintf(stderr, "unknown architecture '%s'\n", arch.c_str());
      return tools::WrongUsage;
    }
    targets.push_back(target);
    facts +=
        "arch " + arch + "\nexps_per_clock " + std::to_string(target->exponentialsPerClock) + "\n";
  }
  if (!makeFolder(arguments.folder))
    return tools::WrongInput;
  writeFile(arguments.folder + "/suite.txt", ""); // so that a broken one can be replaced
  Programs programs(arguments.folder + "/programs", targets, arguments.compile);
  Count golden = writeGoldenCases(programs, arguments.folder + "/check", arguments.parts);
  Count timing =
      writeTimingCases(programs, arguments.folder + "/time", arguments.parts, arguments.small);
  std::string nvrtc = programs.nvrtcVersion();
  writeFile(arguments.folder + "/suite.txt",
            "mixir " MIXIR_VERSION "\nnvrtc " + (nvrtc.empty() ? "none" : nvrtc) + "\n" + facts);
  int failed = golden.failed + timing.failed;
  std::printf("%s: %d cases to check, %d to time, %zu programs, NVRTC %s, %d failed\n",
              arguments.folder.c_str(), golden.written, timing.written, programs.size(),
              nvrtc.empty() ? "none" : nvrtc.c_str(), failed);
  return failed ? tools::WrongInput : tools::Success;
}

} // namespace

int main(int argc, char **argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments) || arguments.archs.empty()) {
    std::fputs(kUsage, stderr);
    return tools::WrongUsage;
  }
  try {
    return run(arguments);
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
    return tools::WrongInput;
  }
}
