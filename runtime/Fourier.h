// Fourier.h - tables for Fourier transforms of one length, made once and kept.
//
// What uses them is compiled for wide vectors (Convolve.cpp); this is not, so that the containers
// behind the tables are the same everywhere in the library.
#ifndef MIXIR_RUNTIME_FOURIER_H
#define MIXIR_RUNTIME_FOURIER_H

#include <cstdint>

namespace mixir::runtime {

/// One pass over blocks of `block` numbers: each becomes `radix` blocks.
struct FourierStage {
  int32_t radix; ///< 4, 3 or 2
  int64_t block;
  const float *factors; ///< per j < block / radix: radix - 1 complex numbers e^(-2 pi i j q / block)
};

/// The places of the frequencies k and size - k after all passes, and e^(-pi i k / size).
struct FourierPair {
  int32_t first, second;
  float re, im;
};

/// Tables of a transform of 2 * size real numbers, done as one of `size` complex ones.
struct FourierTables {
  int64_t size;
  int32_t numStages;
  int64_t numPairs; ///< 0 < k <= size - k; frequency 0 lies at place 0
  const FourierStage *stages;
  const FourierPair *pairs;
};

/// The shortest real length of at least `length` that there are tables for: 2^a 3^b, a > 0.
int64_t fourierLength(int64_t length);
/// Tables for real length `length`, from fourierLength. They live as long as the process: lengths are
/// few. nullptr when memory is short.
const FourierTables *fourierTables(int64_t length) noexcept;

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_FOURIER_H
