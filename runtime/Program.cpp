// Program.cpp - opens tables and loads shared objects; see Program.h.
#include "Program.h"

#include "Binding.h"
#include "CpuFeatures.h"
#include "ElfSymbols.h"
#include "Failure.h"

#include <cstring>
#include <dlfcn.h>

using namespace mixir::runtime;

namespace {

constexpr char kSymbolPrefix[] = "mixir_program_";
/// The ABI of programs for a GPU, whose manifests do not say one.
constexpr uint32_t kCudaAbi = MIXIR_ABI_MAJOR << 16;

std::string abiText(uint32_t abi) {
  return std::to_string(abi >> 16) + "." + std::to_string(abi & 0xffff);
}

void checkTable(const mixir_kernel_table &table, uint32_t maxAbi) {
  if (table.magic != MIXIR_TABLE_MAGIC)
    fail(MIXIR_ERROR_BAD_TABLE, "not a kernel table: expected magic ", MIXIR_TABLE_MAGIC, ", got ",
         table.magic);
  uint32_t abi = uint32_t(table.abi_major) << 16 | table.abi_minor;
  const char *name = table.name ? table.name : "?";
  if (table.abi_major != MIXIR_ABI_MAJOR || abi > MIXIR_ABI_VERSION)
    fail(MIXIR_ERROR_ABI_VERSION, "program '", name, "': expected ABI ", MIXIR_ABI_MAJOR,
         ".0 to ", abiText(MIXIR_ABI_VERSION), " for this runtime, got ", abiText(abi));
  if (abi > maxAbi)
    fail(MIXIR_ERROR_ABI_VERSION, "program '", name, "': expected at most ABI ", abiText(maxAbi),
         " as the caller asks, got ", abiText(abi));
  if (!table.name || !table.manifest || (table.num_entries && !table.entries))
    fail(MIXIR_ERROR_BAD_TABLE, "program '", name, "': the table has null members");
  for (uint32_t i = 0; i < table.num_entries; i++)
    if (!table.entries[i])
      fail(MIXIR_ERROR_BAD_TABLE, "program '", name, "': entry ", i, " is null");
  if (uint64_t missing = table.features & ~cpuFeatures())
    fail(MIXIR_ERROR_CPU_FEATURE, "program '", name, "' needs ", featureNames(missing),
         ", which this cpu lacks; compile it for this machine");
}

/// Derives what calls need from the manifest of `program`.
void describe(mixir_program &program) {
  Manifest &manifest = program.manifest;
  program.aliases = findAliases(manifest);
  program.needed = neededDims(manifest);
  for (int i = 0; i < manifest.numOperands; i++) {
    program.axesTexts.push_back(axesText(manifest, manifest.tensors[i]));
    program.axisTexts.emplace_back();
    for (const AxisSpec &axis : manifest.tensors[i].axes)
      program.axisTexts.back().push_back(axisText(manifest, axis));
  }
}

/// Lets shared objects loaded from now on find the functions that kernels call in this library,
/// also when the library itself was loaded privately (by a plugin or an interpreter).
void exportOwnSymbols() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(&exportOwnSymbols), &info) && info.dli_fname)
    if (void *self = dlopen(info.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL))
      dlclose(self); // the promotion stays
}

/// The name of the only program in the file at `path`.
std::string onlyProgram(const char *path) {
  std::vector<std::string> symbols = definedSymbols(path, kSymbolPrefix);
  if (symbols.empty())
    fail(MIXIR_ERROR_LOAD, "'", path, "' holds no program (no symbol ", kSymbolPrefix, "*)");
  if (symbols.size() > 1) {
    std::string names;
    for (const std::string &symbol : symbols)
      names += (names.empty() ? "" : ", ") + symbol.substr(sizeof(kSymbolPrefix) - 1);
    fail(MIXIR_ERROR_LOAD, "'", path, "' holds several programs, expected a name: ", names);
  }
  return symbols[0];
}

} // namespace

mixir_program::~mixir_program() {
  if (library)
    dlclose(library);
}

std::unique_ptr<mixir_program> mixir::runtime::openProgram(const mixir_kernel_table *table,
                                                           uint32_t maxAbi) {
  checkTable(*table, maxAbi);
  auto program = std::make_unique<mixir_program>();
  program->table = table;
  program->manifest = parseManifest(table->manifest);
  Manifest &manifest = program->manifest;
  if (manifest.kernels.size() != table->num_entries)
    fail(MIXIR_ERROR_BAD_TABLE, "program '", table->name, "': expected one entry per kernel (",
         manifest.kernels.size(), "), got ", table->num_entries);
  if (manifest.name != table->name)
    fail(MIXIR_ERROR_BAD_TABLE, "the table is named '", table->name, "', its manifest '",
         manifest.name, "'");
  if (manifest.device != MIXIR_CPU)
    fail(MIXIR_ERROR_BAD_TABLE, "program '", table->name, "': expected a manifest for the cpu, ",
         "got one for ", manifest.target);
  program->plans = planKernels(manifest);
  describe(*program);
  return program;
}

std::unique_ptr<mixir_program> mixir::runtime::openCudaProgram(const char *manifest,
                                                               const void *image,
                                                               size_t imageBytes,
                                                               uint32_t maxAbi) {
  auto program = std::make_unique<mixir_program>();
  program->cudaManifest = manifest;
  program->manifest = parseManifest(manifest);
  const std::string &name = program->manifest.name;
  if (maxAbi < kCudaAbi)
    fail(MIXIR_ERROR_ABI_VERSION, "program '", name, "': expected at most ABI ", abiText(maxAbi),
         " as the caller asks, got ", abiText(kCudaAbi));
  if (program->manifest.device != MIXIR_CUDA)
    fail(MIXIR_ERROR_BAD_MANIFEST, "program '", name,
         "': expected a manifest for cuda, got one for the cpu");
  describe(*program);
  program->cuda = std::make_unique<CudaModule>(program->manifest, image, imageBytes);
  return program;
}

std::unique_ptr<mixir_program> mixir::runtime::loadProgram(const char *path, const char *name,
                                                           uint32_t maxAbi) {
  std::string symbol = name ? std::string(kSymbolPrefix) + name : onlyProgram(path);
  exportOwnSymbols();
  // A path without a slash is a file here, not a library on the search path.
  std::string file = std::strchr(path, '/') ? path : std::string("./") + path;
  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    fail(MIXIR_ERROR_LOAD, "cannot load '", path, "': ", dlerror());
  try {
    auto *table = static_cast<const mixir_kernel_table *>(dlsym(library, symbol.c_str()));
    if (!table)
      fail(MIXIR_ERROR_LOAD, "'", path, "' has no symbol ", symbol);
    std::unique_ptr<mixir_program> program = openProgram(table, maxAbi);
    program->library = library;
    return program;
  } catch (...) {
    dlclose(library);
    throw;
  }
}
