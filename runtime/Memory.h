// Memory.h - working memory of the runtime.
//
// One place that calls the allocator the embedding program may have set, and a grow-only arena so
// that calls after the first do not allocate.
#ifndef MIXIR_RUNTIME_MEMORY_H
#define MIXIR_RUNTIME_MEMORY_H

#include "mixir/mixir.h"

#include <cstddef>

namespace mixir::runtime {

/// Alignment in bytes of everything handed to kernels.
constexpr size_t kAlignment = 128;

/// Rounds `bytes` up to a multiple of kAlignment.
constexpr size_t alignUp(size_t bytes) { return (bytes + kAlignment - 1) & ~(kAlignment - 1); }

/// Bytes aligned to kAlignment from the current allocator; nullptr when memory is short.
void *allocateBlock(size_t bytes) noexcept;
/// Gives a block back to the allocator it came from; nullptr is allowed.
void releaseBlock(void *block) noexcept;
/// Usable bytes of a block.
size_t blockSize(const void *block) noexcept;
/// Replaces the process-wide allocator; nullptr: back to the default.
void setAllocator(const mixir_allocator *allocator) noexcept;

/// Memory that only grows; what it held is lost when it grows.
class Arena {
public:
  Arena() = default;
  Arena(const Arena &) = delete;
  Arena &operator=(const Arena &) = delete;
  ~Arena() { releaseBlock(block); }

  /// At least `bytes`, aligned to kAlignment. Throws a Failure when memory is short.
  char *reserve(size_t bytes);
  /// Gives everything back.
  void trim() noexcept;
  size_t capacity() const { return size; }

private:
  void *block = nullptr;
  size_t size = 0;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_MEMORY_H
