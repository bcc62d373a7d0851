// Doctor.cpp - `mixir doctor`: what is installed and what would be used, for bug reports.
#include "codegen/Compiler.h"
#include "codegen/common/Link.h"
#include "runtime/Cache.h"
#include "runtime/Env.h"
#include "tools/CompileCuda.h"
#include "tools/Table.h"
#include "tools/ToolErrors.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Config/llvm-config.h"

#include <algorithm>
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

/// What is missing, in one line.
std::string missingText(std::string why) {
  std::replace(why.begin(), why.end(), '\n', ' ');
  return "not found (only needed for GPUs): " + why;
}

Row nvrtcRow() {
  auto info = codegen::nvrtcInfo(nvrtcPlaces());
  if (!info)
    return {"nvrtc", missingText(llvm::toString(info.takeError()))};
  return {"nvrtc", std::to_string(info->major) + "." + std::to_string(info->minor) + ", " + info->path};
}

Row driverRow() {
  try {
    Context context;
    Gpu gpu = findGpu(context);
    return {"cuda driver", gpu.driverText() + ", " + gpu.name + " of compute capability " +
                               gpu.capabilityText()};
  } catch (const Error &error) {
    return {"cuda driver", missingText(error.what())};
  }
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
      nvrtcRow(),
      driverRow(),
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
