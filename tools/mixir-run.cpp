// mixir-run.cpp - runs a compiled program on arrays from a file. Links the runtime only.
#include "RunProgram.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

using namespace mixir::tools;

namespace {

constexpr char kUsage[] =
    R"(usage: mixir-run PROGRAM [--in IN.npz] [--out OUT.npz] [options]

PROGRAM is NAME.so, or for a GPU NAME.cubin or NAME.ptx with the manifest NAME.json beside it.

  --in FILE       arrays by operand name, as numpy.savez writes them
  --out FILE      where to write the outputs, for numpy.load
  --manifest FILE the manifest of a program for a GPU, when it lies elsewhere
  --name NAME     the program in the file, when it holds several
  --set DIM=SIZE  size of a dimension that no input tells
  --threads N     number of threads; 0 (default): as many as are useful
  --info          print what the program takes and gives
  --version       print the version

exit status: 0 success, 1 wrong input, 2 wrong usage
)";

/// A mistake in the command line.
struct UsageError {
  std::string text;
};

struct Options {
  std::string program, in, out, name, manifest;
  RunRequest request;
  bool info = false;
};

int64_t parseCount(const std::string &option, const std::string &text, int64_t most) {
  char *end = nullptr;
  errno = 0;
  long long value = std::strtoll(text.c_str(), &end, 10);
  if (text.empty() || *end || errno || value < 0 || value > most)
    throw UsageError{option + ": expected a number from 0 to " + std::to_string(most) + ", got '" +
                     text + "'"};
  return value;
}

void parseSet(const std::string &text, RunRequest &request) {
  size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError{"--set: expected DIM=SIZE, got '" + text + "'"};
  request.dims[text.substr(0, equals)] = parseCount("--set", text.substr(equals + 1), INT32_MAX);
}

Options parseOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    std::string option = argv[i];
    auto value = [&]() -> std::string {
      if (i + 1 >= argc)
        throw UsageError{option + ": expected a value"};
      return argv[++i];
    };
    if (option == "--in")
      options.in = value();
    else if (option == "--out")
      options.out = value();
    else if (option == "--name")
      options.name = value();
    else if (option == "--manifest")
      options.manifest = value();
    else if (option == "--set")
      parseSet(value(), options.request);
    else if (option == "--threads")
      options.request.threads = static_cast<int>(parseCount(option, value(), 1024));
    else if (option == "--info")
      options.info = true;
    else if (option.size() > 1 && option[0] == '-')
      throw UsageError{"unknown option '" + option + "'"};
    else if (options.program.empty())
      options.program = option;
    else
      throw UsageError{"expected one program, got also '" + option + "'"};
  }
  if (options.program.empty())
    throw UsageError{"expected a program"};
  if (!options.info && options.out.empty())
    throw UsageError{"expected --out or --info"};
  return options;
}

std::string readFile(const std::string &what, const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file || text.empty())
    throw RunError("cannot read the " + what + " '" + path + "'");
  return text;
}

/// A program for a GPU from its two files.
mixir::Program openCuda(const mixir::Context &context, const Options &options, size_t stem) {
  std::string manifest =
      options.manifest.empty() ? options.program.substr(0, stem) + ".json" : options.manifest;
  std::string text = readFile("manifest", manifest), image = readFile("image", options.program);
  mixir::Program program(context, text, image.data(), image.size());
  if (!options.name.empty() && options.name != program.name())
    throw RunError("expected a program '" + options.name + "' in '" + options.program + "', got '" + program.name() + "'");
  return program;
}

mixir::Program open(const mixir::Context &context, const Options &options) {
  size_t stem = options.program.rfind('.');
  std::string suffix = stem == std::string::npos ? "" : options.program.substr(stem);
  if (!options.manifest.empty() || suffix == ".cubin" || suffix == ".ptx")
    return openCuda(context, options, stem);
  return mixir::Program(context, options.program, options.name);
}

void run(const Options &options) {
  mixir::Context context;
  mixir::Program program = open(context, options);
  if (options.info)
    std::fputs(describeProgram(program).c_str(), stdout);
  if (options.out.empty())
    return;
  std::vector<NpArray> arrays;
  if (!options.in.empty())
    arrays = readNpz(options.in);
  RunResult result = runProgram(context, program, std::move(arrays), options.request);
  for (const std::string &note : result.notes)
    std::fprintf(stderr, "mixir-run: note: %s\n", note.c_str());
  writeNpz(options.out, result.outputs);
}

} // namespace

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (std::string(argv[i]) == "--help" || std::string(argv[i]) == "-h")
      return std::fputs(kUsage, stdout) < 0;
    if (std::string(argv[i]) == "--version")
      return std::printf("mixir-run %s\n", mixir_version()) < 0;
  }
  try {
    run(parseOptions(argc, argv));
    return 0;
  } catch (const UsageError &error) {
    std::fprintf(stderr, "mixir-run: error: %s\n%s", error.text.c_str(), kUsage);
    return 2;
  } catch (const mixir::Error &error) {
    std::fprintf(stderr, "mixir-run: error: %s [%s]\n", error.what(), error.code());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "mixir-run: error: %s\n", error.what());
  }
  return 1;
}
