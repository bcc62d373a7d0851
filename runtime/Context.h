// Context.h - what a mixir_context holds, and the boundary between exceptions and status codes.
#ifndef MIXIR_RUNTIME_CONTEXT_H
#define MIXIR_RUNTIME_CONTEXT_H

#include "Binding.h"
#include "CpuLauncher.h"
#include "CudaLauncher.h"
#include "Failure.h"

#include <atomic>
#include <new>

struct mixir_context {
  std::atomic<bool> isBusy{false};
  int status = MIXIR_OK;
  std::string error;
  mixir::runtime::Binding binding;
  mixir::runtime::CpuLauncher launcher;
  mixir::runtime::CudaLauncher cudaLauncher;
  std::vector<mixir_tensor> ordered; ///< tensors of a call by name, in operand order

  /// Keeps a failure; answers its status. Never throws.
  int fail(int failedStatus, const char *text) noexcept {
    status = failedStatus;
    try {
      error = text;
    } catch (...) {
      error.clear();
    }
    return failedStatus;
  }
};

namespace mixir::runtime {

/// Runs `body` with `context` to itself; an exception becomes a status and the context's error.
template <typename Body>
int guarded(mixir_context *context, const Body &body) noexcept {
  if (!context)
    return MIXIR_ERROR_INVALID_ARGUMENT;
  if (context->isBusy.exchange(true, std::memory_order_acquire))
    return MIXIR_ERROR_BUSY;
  int status = MIXIR_OK;
  try {
    body();
  } catch (const Failure &failure) {
    status = context->fail(failure.status, failure.what());
  } catch (const std::bad_alloc &) {
    status = context->fail(MIXIR_ERROR_OUT_OF_MEMORY, "memory is short");
  } catch (const std::exception &error) {
    status = context->fail(MIXIR_ERROR_INTERNAL, error.what());
  } catch (...) {
    status = context->fail(MIXIR_ERROR_INTERNAL, "unknown exception");
  }
  context->isBusy.store(false, std::memory_order_release);
  return status;
}

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CONTEXT_H
