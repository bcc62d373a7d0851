// Doctor.cpp - `mixir doctor`: what is installed and what would be used, for bug reports.
#include "codegen/Compiler.h"
#include "codegen/common/Link.h"
#include "runtime/Cache.h"
#include "runtime/Env.h"
#include "tools/Table.h"
#include "tools/ToolErrors.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Config/llvm-config.h"

#include <dlfcn.h>
#include <thread>
#include <unistd.h>

namespace mixir::tools {

namespace {

using Row = std::pair<std::string, std::string>;

std::string cpuText() {
  struct Feature {
    uint64_t bit;
    const char *name;
  };
  const Feature features[] = {{MIXIR_FEATURE_AVX2, "avx2"},
                              {MIXIR_FEATURE_FMA, "fma"},
                              {MIXIR_FEATURE_F16C, "f16c"},
                              {MIXIR_FEATURE_AVX512, "avx512"}};
  std::string text;
  for (const Feature &feature : features)
    if (mixir_cpu_features() & feature.bit)
      text += (text.empty() ? "" : " ") + std::string(feature.name);
  return (text.empty() ? "none that is used" : text) + ", " +
         std::to_string(std::thread::hardware_concurrency()) + " processors";
}

/// The first library of a list that can be loaded.
std::string libraryText(const std::vector<const char *> &names) {
  for (const char *name : names)
    if (void *handle = ::dlopen(name, RTLD_LAZY | RTLD_LOCAL)) {
      ::dlclose(handle);
      return std::string(name);
    }
  return "not found (not needed for CPU programs)";
}

Row cacheRow() {
  try {
    runtime::CacheOptions options = runtime::cacheOptionsFromEnv();
    if (options.mode == runtime::CacheMode::Off)
      return {"cache", "off"};
    runtime::Cache cache(options);
    std::string mode = options.mode == runtime::CacheMode::Require ? "require" : "on";
    std::string folder = options.dir.empty() ? "no folder" : options.dir;
    return {"cache", folder + ", mode " + mode + ", " +
                         std::to_string((cache.totalBytes() + 1023) / 1024) + " KiB of " +
                         std::to_string(options.maxBytes / (1024 * 1024)) + " MiB"};
  } catch (const runtime::CacheError &error) {
    return {"cache", std::string("broken: ") + error.what()};
  }
}

/// The text of a variable's value, by type.
std::string valueText(const std::string &value) { return value.empty() ? "-" : value; }
std::string valueText(int64_t value) { return std::to_string(value); }

std::vector<Row> environmentRows() {
  runtime::EnvValues values = runtime::readEnv();
  std::vector<Row> rows;
#define MIXIR_ENV(field, type, name, fallback, sentence)                                           \
  if (std::string(name).rfind("MIXIR_", 0) == 0)                                                   \
    rows.emplace_back(name, valueText(values.field) + "  (" sentence ")");
#include "runtime/Env.def"
  for (const std::string &note : values.notes)
    rows.emplace_back("note", note);
  return rows;
}

} // namespace

int doctorMain(const Words &words) {
  Verb verb{"doctor", "", "Says what is installed and what is used.", {}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  if (!parsed.positional.empty())
    throw UsageError("'mixir doctor': expected no argument, got '" + parsed.positional[0] + "'");
  std::vector<Row> rows = {
      {"mixir", std::string(codegen::buildId())},
      {"runtime", mixir_version()},
      {"compiler", compilerLibraryPath()},
      {"cpu", cpuText()},
      {"instruction set", codegen::isaName(codegen::detectHostIsa()).str()},
      {"llvm, mlir", LLVM_VERSION_STRING},
      {"halide", MIXIR_HALIDE_VERSION},
      {"linker", valueText(codegen::findLinker())},
      {"nvrtc", libraryText({"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"})},
      {"cuda driver", libraryText({"libcuda.so.1"})},
      cacheRow(),
  };
  for (Row &row : environmentRows())
    rows.push_back(std::move(row));
  Table table({"what", "state"});
  for (const Row &row : rows)
    table.add({row.first, row.second});
  table.print(llvm::outs());
  return Success;
}

} // namespace mixir::tools
