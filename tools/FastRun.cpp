// FastRun.cpp - see FastRun.h.
#include "tools/FastRun.h"

#include "runtime/CacheKey.h"
#include "runtime/Env.h"
#include "tools/ToolErrors.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/stat.h>

namespace mixir::tools {

namespace fs = std::filesystem;

namespace {

constexpr char kAbsent[] = "absent";

std::optional<std::string> readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  if (!file.is_open() || !fs::is_regular_file(path, error))
    return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::string hashOf(const std::string &path) {
  std::optional<std::string> text = readText(path);
  return text ? runtime::sha256(*text) : kAbsent;
}

std::string shapeText(const NpArray &array) {
  std::string text = nameOf(array.type);
  for (int64_t extent : array.shape)
    text += " " + std::to_string(extent);
  return text;
}

} // namespace

std::string compilerStamp(const std::string &libraryPath) {
  struct stat info {};
  if (::stat(libraryPath.c_str(), &info) != 0)
    return "";
  return std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec) + " " + std::to_string(info.st_ino);
}

std::string gpuStamp(const Context &context) {
  int32_t capability = 0, driver = 0;
  context.check(mixir_cuda_device(context.get(), nullptr, 0, &capability, &driver));
  const runtime::EnvValues &env = runtime::env();
  return "gpu " + std::to_string(capability) + " " + std::to_string(driver) + "\n" + env.nvrtc + "\n" +
         env.cudaHome + "\n" + env.virtualEnv;
}

std::string indexKey(const RunArguments &arguments, const std::vector<NpArray> &arrays,
                     const std::string &stamp) {
  std::error_code error;
  fs::path path = fs::canonical(arguments.file, error);
  std::optional<std::string> text;
  if (!error)
    text = readText(path.string());
  if (!text || stamp.empty())
    return "";
  runtime::CacheKey key;
  key.add("compiler", stamp).add("runtime", mixir_version());
  key.add("file", path.string()).add("text", *text).add("mixer", arguments.mixer);
  key.add("target", arguments.target);
  key.add("math", arguments.math).add("isa", arguments.isa).add("algorithm", arguments.algorithm);
  key.add("cpu", std::to_string(mixir_cpu_features()));
  for (const auto &[dim, extent] : arguments.set)
    key.add("set " + dim, std::to_string(extent));
  std::map<std::string, std::string> shapes;
  for (const NpArray &array : arrays)
    shapes[array.name] = shapeText(array);
  for (const auto &[name, shape] : shapes)
    key.add("array " + name, shape);
  return key.hex();
}

std::string indexValue(const std::string &programKey, const std::vector<std::string> &files) {
  std::string value = programKey + "\n";
  if (files.empty())
    return value;
  std::error_code error;
  fs::path folder = fs::canonical(files[0], error).parent_path();
  auto add = [&](const fs::path &path) {
    value += hashOf(path.string()) + " " + path.string() + "\n";
  };
  add(folder / "std.mix"); // the built-in one, unless a file hides it
  for (size_t i = 1; i < files.size(); i++) {
    fs::path path = fs::canonical(files[i], error);
    add(path);
    if (path.parent_path() != folder)
      add(folder / path.filename()); // would be found first if it were there
  }
  return value;
}

std::optional<std::string> programKeyOf(const std::string &value) {
  std::istringstream lines(value);
  std::string key, line;
  if (!std::getline(lines, key))
    return std::nullopt;
  while (std::getline(lines, line)) {
    size_t space = line.find(' ');
    if (space == std::string::npos || hashOf(line.substr(space + 1)) != line.substr(0, space))
      return std::nullopt;
  }
  return key;
}

std::optional<std::string> findCached(runtime::Cache &cache, const std::string &indexKey) {
  if (indexKey.empty() || cache.options().mode == runtime::CacheMode::Off)
    return std::nullopt;
  std::optional<std::string> value = cache.lookup(indexKey);
  std::optional<std::string> key = value ? programKeyOf(*value) : std::nullopt;
  return key ? cache.get(*key) : std::nullopt;
}

void printNotes(runtime::Cache &cache) {
  for (const std::string &note : cache.takeNotes())
    std::fprintf(stderr, "mixir: note: %s\n", note.c_str());
}

void writeOutputs(const std::string &path, const std::vector<NpArray> &outputs) {
  try {
    writeNpz(path, outputs);
  } catch (const NpzError &error) {
    throw UserError(ToolCode::unwritable_output, error.what());
  }
}

Program loadShared(const Context &context, const std::string &path) {
  try {
    return Program(context, path);
  } catch (const Error &error) {
    throw InternalError(std::string("the compiled program cannot be used: ") + error.what(), "");
  }
}

void runOpened(const Context &context, const Program &program, const RunArguments &arguments,
               std::vector<NpArray> arrays) {
  RunRequest request;
  request.threads = arguments.threads;
  RunResult result = runProgram(context, program, std::move(arrays), request);
  for (const std::string &note : result.notes)
    std::fprintf(stderr, "mixir: note: %s\n", note.c_str());
  writeOutputs(arguments.out, result.outputs);
}

void runShared(const std::string &path, const RunArguments &arguments,
               std::vector<NpArray> arrays) {
  Context context;
  Program program = loadShared(context, path);
  runOpened(context, program, arguments, std::move(arrays));
}

std::optional<GpuEntry> readGpuEntry(const std::string &path) {
  std::optional<std::string> text = readText(path);
  size_t zero = text ? text->find('\0') : std::string::npos;
  if (zero == std::string::npos || zero + 1 == text->size())
    return std::nullopt;
  return GpuEntry{text->substr(0, zero), text->substr(zero + 1)};
}

void runOnGpu(const Context &context, const GpuEntry &entry, const RunArguments &arguments,
              std::vector<NpArray> arrays) {
  Program program(context, entry.manifest, entry.image.data(), entry.image.size());
  runOpened(context, program, arguments, std::move(arrays));
}

bool runFromCache(const RunArguments &arguments, const std::string &libraryPath) {
  bool isGpu = arguments.target == "cuda";
  if (arguments.target != "host" && !isGpu)
    return false;
  runtime::Cache cache(runtime::cacheOptionsFromEnv());
  if (cache.options().mode == runtime::CacheMode::Off)
    return false;
  std::vector<NpArray> arrays = readNpz(arguments.in);
  Context context;
  std::optional<std::string> path;
  try {
    std::string stamp = compilerStamp(libraryPath);
    path = findCached(cache, indexKey(arguments, arrays, isGpu ? stamp + gpuStamp(context) : stamp));
  } catch (const runtime::CacheError &) {
    return false; // the entry is gone; whether that is an error is for the full key to say
  } catch (const Error &) {
    return false; // no GPU, which is said after mistakes in the program
  }
  std::optional<GpuEntry> entry;
  if (path && isGpu)
    entry = readGpuEntry(*path);
  if (!path || (isGpu && !entry)) {
    printNotes(cache);
    return false;
  }
  if (arguments.isVerbose)
    std::fprintf(stderr, "mixir: cache: hit (compiler not loaded) %s\n", path->c_str());
  if (isGpu)
    runOnGpu(context, *entry, arguments, std::move(arrays));
  else
    runShared(*path, arguments, std::move(arrays));
  printNotes(cache);
  return true;
}

} // namespace mixir::tools
