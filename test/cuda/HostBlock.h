// What a kernel that was compiled for the host asks of the block that runs it. This is the whole
// interface between the executor and the shared objects it loads, so it includes nothing.
#pragma once

namespace mixir_host {

/// As CUDA's threadIdx and its like.
struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};

/// A call of a warp shuffle by one thread.
struct Shuffle {
  int line;
  unsigned mask;
  unsigned sourceLane;
  unsigned long long bits; ///< what this thread gives
};

/// Where in the source something is done to an element.
struct Access {
  long long index;
  int line;
  bool isWrite;
};

/// The block that is running, seen from the thread that is running. None of these functions comes
/// back after a mistake: the block ends there.
class Block {
public:
  Dim3 threadIdx, blockIdx, blockDim, gridDim;

  /// Waits for all threads of the block.
  virtual void barrier(int line) = 0;
  /// Waits for the lanes of the mask and answers what the source lane gives.
  virtual unsigned long long shuffle(const Shuffle &shuffle) = 0;
  /// The shared array declared at `line`; the same for all threads of the block.
  virtual void *sharedArray(const char *name, int line, unsigned elementBytes, long long count) = 0;
  /// The address of an element, after the checks.
  virtual void *element(void *sharedArray, const Access &access) = 0;
  /// An index outside of an array of the thread's own.
  virtual void localIndex(long long index, int line) = 0;

protected:
  ~Block() = default;
};

} // namespace mixir_host
