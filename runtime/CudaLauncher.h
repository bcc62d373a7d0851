// CudaLauncher.h - launches the kernels of a bound program on a stream of a GPU.
#ifndef MIXIR_RUNTIME_CUDALAUNCHER_H
#define MIXIR_RUNTIME_CUDALAUNCHER_H

#include "Binding.h"
#include "CudaModule.h"

#include <vector>

namespace mixir::runtime {

/// Device memory of one CUDA context that only grows; what it held is lost when it grows. Memory
/// that a captured graph refers to is kept beside it.
class CudaArena {
public:
  explicit CudaArena(void *context) : owner(context) {}
  CudaArena(CudaArena &&other) noexcept;
  CudaArena &operator=(CudaArena &&) = delete;
  ~CudaArena() { trim(); }

  void *context() const { return owner; }
  /// At least `bytes` for work on `stream`; its CUDA context must be current. Throws a Failure:
  /// OUT_OF_MEMORY, or CUDA when it must grow while the stream is capturing.
  char *reserve(size_t bytes, void *stream);
  /// Gives everything back, after the device is done with it.
  void trim() noexcept;
  size_t capacity() const;

private:
  struct Block {
    unsigned long long data = 0;
    size_t bytes = 0;
  };

  void *owner;
  Block block;
  bool isCaptured = false;     ///< a graph refers to `block`
  std::vector<Block> captured; ///< grown out of, but graphs refer to them
};

/// Launch state that a context keeps, so that a call after the first takes no memory and waits for
/// nothing.
class CudaLauncher {
public:
  /// Launches all kernels on `stream` (nullptr: the default stream) and returns. Throws a Failure:
  /// DEVICE, TOO_LARGE, OUT_OF_MEMORY, CUDA.
  void run(const Manifest &manifest, const CudaModule &module, Binding &binding, void *stream);
  /// Gives device memory back.
  void trim() noexcept { arenas.clear(); }
  size_t reservedBytes() const;

private:
  /// Where the rows and offsets of a batch lie on the device; nullptr: it has none.
  struct Entries {
    const int64_t *rows = nullptr, *offsets = nullptr;
  };

  CudaArena &arenaOf(void *context);
  Entries uploadEntries(const BatchBinding &batch, char *memory, void *stream);
  static uint64_t wordOf(const Manifest &manifest, const ParamSpec &param, const Binding &binding,
                         const Entries &entries);

  std::vector<CudaArena> arenas; ///< one per CUDA context that has been used
  std::vector<unsigned> grids;   ///< blocks per kernel
  std::vector<uint64_t> words;   ///< the argument block of a kernel
  std::vector<int64_t> entries;  ///< rows and offsets on their way to the device
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CUDALAUNCHER_H
