// Runs emitted CUDA sources on the CPU: kernels are tested where there is no GPU, and mistakes that
// a GPU forgives by luck are found (BlockMachine.h).
#pragma once

#include "test/cuda/BlockMachine.h"
#include "test/cuda/CudaManifest.h"
#include "test/cuda/DeviceArray.h"

#include <memory>

namespace mixir::cuda_test {

struct RunOptions {
  Layout layout = Layout::Dense;
  ThreadOrder order = ThreadOrder::Ascending; ///< of threads and of blocks
  bool runsOther = false; ///< of two kernels that do the same, the one that runs instead
};

class HostExecutor {
public:
  /// Compiles the source for the host. The error is the compiler's text, or what is wrong with the
  /// manifest.
  static llvm::Expected<std::unique_ptr<HostExecutor>> compile(llvm::StringRef source,
                                                               llvm::StringRef manifest);
  ~HostExecutor();

  /// Runs all kernels on inputs by name in stored axes; answers the outputs. `sizes` are those of
  /// dimensions that no input tells. The error names the kernel, the block and what went wrong.
  llvm::Expected<interpreter::Arrays> run(const interpreter::Arrays &inputs,
                                          const Sizes &sizes = {}, const RunOptions &options = {});

  /// For callers that lay out memory and parameters themselves: runs one block of a kernel; answers
  /// what was wrong, or nothing.
  std::string runBlock(size_t kernel, const void *words, unsigned block, unsigned grid,
                       ThreadOrder order);
  size_t numKernels() const { return manifest.kernels.size(); }
  const Kernel &kernel(size_t index) const { return manifest.kernels[index]; }

private:
  using Call = unsigned long (*)(const void *words);
  using Memory = std::map<std::string, DeviceArray>;

  HostExecutor() = default;
  llvm::Error bind();
  llvm::Expected<Memory> allocate(const interpreter::Arrays &inputs, const Sizes &sizes,
                                  Layout layout) const;
  llvm::Error launch(size_t kernel, Memory &memory, const Sizes &sizes, ThreadOrder order);

  CudaManifest manifest;
  void *library = nullptr;
  std::vector<Call> calls; ///< per kernel
  BlockMachine machine;
};

} // namespace mixir::cuda_test
