// CpuLauncher.h - runs the kernels of a bound program on the CPU.
#ifndef MIXIR_RUNTIME_CPULAUNCHER_H
#define MIXIR_RUNTIME_CPULAUNCHER_H

#include "Binding.h"
#include "KernelPlan.h"
#include "Memory.h"

#include <memory>
#include <vector>

namespace mixir::runtime {

/// How the tasks of a call are spread over threads.
struct Threading {
  int count = 0; ///< 0: as many as are useful
  mixir_parallel_for_fn parallelFor = nullptr;
  void *user = nullptr;
};

/// Launch state that a context keeps, so that a call after the first takes no memory.
class CpuLauncher {
public:
  CpuLauncher();
  ~CpuLauncher();

  /// Runs all kernels. `entries` has one function per plan. Throws a Failure: KERNEL when one
  /// reports an error, OUT_OF_MEMORY, TOO_LARGE.
  void run(const Manifest &manifest, const std::vector<KernelPlan> &plans,
           const mixir_entry_fn *entries, Binding &binding, const Threading &threading);
  /// Gives working memory back.
  void trim() noexcept;
  size_t reservedBytes() const;

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CPULAUNCHER_H
