// Mixers compiled for a GPU and run by the host executor, as functions from arrays to arrays.
#pragma once

#include "test/cuda/HostExecutor.h"
#include "lowering/Pipelines.h"
#include "tools/Session.h"

namespace mixir::cuda_test {

/// A mixer of a file on the host executor. Each new set of shapes is specialised and compiled once.
class CudaEngine {
public:
  /// Throws what the tools throw; messages about the text are printed.
  CudaEngine(const std::string &file, tools::MixerChoice choice);

  /// Runs on arrays by operand name; optional operands that are missing are not supplied.
  llvm::Expected<interpreter::Arrays> run(const interpreter::Arrays &inputs, const RunOptions &options = {});

  tools::Session session;
  lowering::ChooseOptions choose; ///< how recurrences are computed
  bool hasOther = false; ///< whether the last run could have been by a kernel that runs instead

private:
  tools::MixerChoice choice;
  std::map<std::string, std::unique_ptr<HostExecutor>> compiled; // by source
};

} // namespace mixir::cuda_test
