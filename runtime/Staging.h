// Staging.h - copies between operands and dense scratch.
//
// Kernels want full blocks of lanes at stride 1. Where an operand does not offer that (ragged last
// block, strided or complex lanes) its tile goes through scratch; carried states always do.
#ifndef MIXIR_RUNTIME_STAGING_H
#define MIXIR_RUNTIME_STAGING_H

#include "Manifest.h"

#include <cstddef>
#include <cstdint>

namespace mixir::runtime {

/// One dimension of a copy; strides in bytes.
struct CopyDim {
  int64_t extent;
  int64_t toStride;
  int64_t fromStride;
};

/// Copies a box of elements of `elementBytes` (2 or 4). Reorders `dims`.
void copyBox(char *to, const char *from, CopyDim *dims, int numDims, size_t elementBytes);

/// Adds a box of f32 to another. Reorders `dims`.
void addBox(char *to, const char *from, CopyDim *dims, int numDims);

/// Makes a box of elements of `elementBytes` zero; the strides in `dims` are `toStride`. Reorders
/// `dims`.
void zeroBox(char *to, CopyDim *dims, int numDims, size_t elementBytes);

/// Copies a box of f32 from elements of `dtype` (f32, f16, bf16; c64 counts as f32 parts).
void copyBoxToF32(char *to, const char *from, CopyDim *dims, int numDims, int dtype);

/// Copies a box of f32 to elements of `dtype`, rounding to nearest even.
void copyBoxFromF32(char *to, const char *from, CopyDim *dims, int numDims, int dtype);

/// Value of a half float.
float halfToFloat(uint16_t bits);
/// Nearest half float, ties to even.
uint16_t floatToHalf(float value);
/// Value of a bfloat16.
float bfloatToFloat(uint16_t bits);
/// Nearest bfloat16, ties to even.
uint16_t floatToBfloat(float value);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_STAGING_H
