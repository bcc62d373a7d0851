// Kernels written by hand in the form of emitted ones: the tests of the executor run them, and
// NVRTC compiles them to show that they are CUDA.
#pragma once

#include <string>
#include <vector>

namespace mixir::cuda_test {

struct SampleTensor {
  const char *name, *role, *dtype;
  const char *axes; ///< "B, G R": two axes, the second merged
};

/// A program of one kernel.
struct Sample {
  const char *kernel;
  std::string source;
  std::vector<SampleTensor> tensors;
  std::vector<std::pair<const char *, int>> loops; ///< parallel ones: dimension, block
  int threads;
  int sharedBytes;
  const char *params; ///< "x x.N #N": pointer, stride, size; "z:im" is a part

  std::string manifest() const;
};

/// `source` with what the prelude of emitted sources gives to a GPU.
std::string withPrelude(const std::string &source);

Sample addVectors();
Sample transposeTile();
/// The sums of each row up to each element, one warp a row.
Sample scanRows();
/// The values of a f16 and a bf16 array, and an array stored as f16 and as bf16.
Sample convertHalves();
/// Parts of complex numbers at merged axes: re of one, im of the other.
Sample splitParts();

/// Writes and reads `tile` as the two lines say; for mistakes. 64 threads, 64 words of tile, n
/// = 64.
Sample withBody(const std::string &body);

const std::vector<Sample> &goodSamples();

} // namespace mixir::cuda_test
