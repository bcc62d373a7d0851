// Program.h - an opened program: its table, its manifest and everything derived from it.
//
// Immutable after opening, so that any number of threads may run it.
#ifndef MIXIR_RUNTIME_PROGRAM_H
#define MIXIR_RUNTIME_PROGRAM_H

#include "CudaModule.h"
#include "KernelPlan.h"
#include "Manifest.h"

#include <memory>

struct mixir_program {
  const mixir_kernel_table *table = nullptr; ///< of a program for the CPU
  std::string cudaManifest;                  ///< text of a program for a GPU
  std::unique_ptr<mixir::runtime::CudaModule> cuda;
  mixir::runtime::Manifest manifest;
  std::vector<mixir::runtime::KernelPlan> plans;
  std::vector<int> aliases;
  std::vector<char> needed;
  std::vector<std::string> axesTexts;              ///< per operand
  std::vector<std::vector<std::string>> axisTexts; ///< per operand and axis
  void *library = nullptr;                         ///< from dlopen, or nullptr

  mixir_program() = default;
  mixir_program(const mixir_program &) = delete;
  mixir_program &operator=(const mixir_program &) = delete;
  ~mixir_program();

  const char *manifestText() const { return table ? table->manifest : cudaManifest.c_str(); }
};

namespace mixir::runtime {

/// Checks a table and reads its manifest. Throws a Failure.
std::unique_ptr<mixir_program> openProgram(const mixir_kernel_table *table, uint32_t maxAbi);

/// Reads a manifest and loads the image beside it into the current CUDA context. Throws a Failure.
std::unique_ptr<mixir_program> openCudaProgram(const char *manifest, const void *image,
                                               size_t imageBytes, uint32_t maxAbi);

/// Loads a shared object and opens the program in it; `name` nullptr: the only one.
std::unique_ptr<mixir_program> loadProgram(const char *path, const char *name, uint32_t maxAbi);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_PROGRAM_H
