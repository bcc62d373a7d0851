// FakeCuda.h - a CUDA driver for tests: device memory is host memory, kernels are C++ functions.
//
// It is a shared object that $MIXIR_CUDA_DRIVER names, so that the runtime loads it as it loads the
// real one. Tests reach its state through the one function that it adds.
#ifndef MIXIR_TEST_RUNTIME_FAKECUDA_H
#define MIXIR_TEST_RUNTIME_FAKECUDA_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mixir::test {

/// What an image for the fake driver begins with.
constexpr char kFakeImage[] = "fake image";

/// A kernel: called once per block.
struct FakeKernel {
  std::function<void(const uint64_t *words, unsigned block)> body;
  size_t words = 0;      ///< of its argument struct
  int maxThreads = 1024; ///< of a block
  int allowedShared = 0; ///< bytes of shared memory that launches may ask for
};

/// A launch as the driver saw it.
struct FakeLaunch {
  std::string kernel;
  unsigned blocks = 0, threads = 0;
  void *stream = nullptr;
  unsigned sharedBytes = 0; ///< that it asked for
};

/// State of the driver, its switches and its counters.
struct FakeCuda {
  std::map<std::string, FakeKernel> kernels; ///< that images hold, by name
  std::map<std::string, int> failures;       ///< CUresult that a call answers, by its name
  std::string log;                           ///< what loading an image writes to its error log
  void *capturing = nullptr;                 ///< the stream that is capturing
  int allocs = 0, frees = 0, loads = 0, unloads = 0, synchronisations = 0, copies = 0;
  int multiprocessors = 4;
  int mostShared = 232448; ///< bytes of shared memory that a block may ask for
  int retained = 0; ///< primary contexts
  int foreign = 0;  ///< calls on objects of a context that was not current
  std::vector<FakeLaunch> launches;
};

/// The function that the shared object exports beside those of CUDA: "fakeCuda".
using FakeCudaFunction = FakeCuda *(*)();

} // namespace mixir::test

#endif // MIXIR_TEST_RUNTIME_FAKECUDA_H
