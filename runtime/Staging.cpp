// Staging.cpp - see Staging.h. All copies are one loop nest around a row routine; only rows that
// turn a contiguous axis into another one (a transpose) have a routine of their own, because they
// are what a decode call spends its time on.
#include "Staging.h"

#include <algorithm>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace mixir::runtime;

namespace {

/// Calls row(to, from) for each coordinate of dims[first..].
template <typename Row>
void forEachRow(char *to, const char *from, const CopyDim *dims, int first, int numDims,
                const Row &row) {
  if (first >= numDims) {
    row(to, from);
    return;
  }
  const CopyDim &dim = dims[first];
  for (int64_t i = 0; i < dim.extent; i++)
    forEachRow(to + i * dim.toStride, from + i * dim.fromStride, dims, first + 1, numDims, row);
}

template <typename Element>
void copyStrided(char *to, const char *from, const CopyDim &dim) {
  for (int64_t i = 0; i < dim.extent; i++) {
    Element element;
    std::memcpy(&element, from + i * dim.fromStride, sizeof(Element));
    std::memcpy(to + i * dim.toStride, &element, sizeof(Element));
  }
}

/// Copies rows of `bytes` contiguous bytes, one for each coordinate of `across`.
void copyRows(char *to, const char *from, size_t bytes, const CopyDim &across) {
  for (int64_t i = 0; i < across.extent; i++)
    std::memcpy(to + i * across.toStride, from + i * across.fromStride, bytes);
}

#if defined(__x86_64__)
/// The same for short rows, as those of lanes are: a call for each would take longer than its copy.
__attribute__((target("avx"))) void copyShortRows(char *to, const char *from, size_t bytes,
                                                  const CopyDim &across) {
  for (int64_t i = 0; i < across.extent; i++, to += across.toStride, from += across.fromStride)
    for (size_t at = 0; at < bytes; at += 32)
      _mm256_storeu_ps(reinterpret_cast<float *>(to + at),
                       _mm256_loadu_ps(reinterpret_cast<const float *>(from + at)));
}

bool hasAvx() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx");
}

const bool copiesShortRows = hasAvx();
#endif

void copyContiguous(char *to, const char *from, size_t bytes, const CopyDim &across) {
#if defined(__x86_64__)
  if (copiesShortRows && bytes <= 512 && bytes % 32 == 0)
    return copyShortRows(to, from, bytes, across);
#endif
  copyRows(to, from, bytes, across);
}

void copyRow(char *to, const char *from, const CopyDim &dim, size_t elementBytes) {
  if (elementBytes == 4)
    copyStrided<uint32_t>(to, from, dim);
  else
    copyStrided<uint16_t>(to, from, dim);
}

/// Transposes square blocks of words; answers how far along each axis it got. The axes come by value: stores might
/// change others, which would be read again after each.
struct Done {
  int64_t along, across;
};

#if defined(__x86_64__)
Done transposeBlocks4(char *to, const char *from, CopyDim along, CopyDim across) {
  Done done = {along.extent & ~int64_t(3), across.extent & ~int64_t(3)};
  for (int64_t i = 0; i < done.along; i += 4)
    for (int64_t j = 0; j < done.across; j += 4) {
      const char *source = from + i * along.fromStride + j * 4;
      char *target = to + i * 4 + j * across.toStride;
      __m128 row[4];
      for (int k = 0; k < 4; k++)
        row[k] = _mm_loadu_ps(reinterpret_cast<const float *>(source + k * along.fromStride));
      _MM_TRANSPOSE4_PS(row[0], row[1], row[2], row[3]);
      for (int k = 0; k < 4; k++)
        _mm_storeu_ps(reinterpret_cast<float *>(target + k * across.toStride), row[k]);
    }
  return done;
}

__attribute__((target("avx"))) Done transposeBlocks8(char *to, const char *from,
                                                     CopyDim along, CopyDim across) {
  Done done = {along.extent & ~int64_t(7), across.extent & ~int64_t(7)};
  for (int64_t i = 0; i < done.along; i += 8)
    for (int64_t j = 0; j < done.across; j += 8) {
      const char *source = from + i * along.fromStride + j * 4;
      char *target = to + i * 4 + j * across.toStride;
      __m256 half[8], quad[8];
      // Row k beside row k+4, of the left and of the right four words.
      for (int k = 0; k < 4; k++)
        for (int side = 0; side < 2; side++) {
          const char *word = source + k * along.fromStride + side * 16;
          __m128 low = _mm_loadu_ps(reinterpret_cast<const float *>(word));
          __m128 high = _mm_loadu_ps(reinterpret_cast<const float *>(word + 4 * along.fromStride));
          half[side * 4 + k] = _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
        }
      for (int k = 0; k < 8; k += 4) {
        quad[k] = _mm256_unpacklo_ps(half[k], half[k + 1]);
        quad[k + 1] = _mm256_unpackhi_ps(half[k], half[k + 1]);
        quad[k + 2] = _mm256_unpacklo_ps(half[k + 2], half[k + 3]);
        quad[k + 3] = _mm256_unpackhi_ps(half[k + 2], half[k + 3]);
      }
      for (int k = 0; k < 8; k += 4) {
        char *out = target + k * across.toStride;
        auto store = [&](int row, __m256 value) __attribute__((target("avx"))) {
          _mm256_storeu_ps(reinterpret_cast<float *>(out + row * across.toStride), value);
        };
        store(0, _mm256_shuffle_ps(quad[k], quad[k + 2], 0x44));
        store(1, _mm256_shuffle_ps(quad[k], quad[k + 2], 0xee));
        store(2, _mm256_shuffle_ps(quad[k + 1], quad[k + 3], 0x44));
        store(3, _mm256_shuffle_ps(quad[k + 1], quad[k + 3], 0xee));
      }
    }
  return done;
}

using TransposeBlocks = Done (*)(char *, const char *, CopyDim, CopyDim);

const TransposeBlocks transposeBlocks = hasAvx() ? transposeBlocks8 : transposeBlocks4;
#else
Done transposeBlocks(char *, const char *, CopyDim, CopyDim) { return {0, 0}; }
#endif

/// Words: `along` is contiguous in `to`, `across` is contiguous in `from`.
void transposeWords(char *to, const char *from, const CopyDim &along, const CopyDim &across) {
  Done done = transposeBlocks(to, from, along, across);
  for (int64_t j = done.along == along.extent ? done.across : 0; j < across.extent; j++) {
    int64_t begin = j < done.across ? done.along : 0;
    CopyDim rest = {along.extent - begin, 4, along.fromStride};
    copyStrided<uint32_t>(to + j * across.toStride + begin * 4,
                          from + j * 4 + begin * along.fromStride, rest);
  }
}

/// Index of a dimension that has stride `bytes` in the given member, -1 when there is none.
int findContiguous(const CopyDim *dims, int numDims, int64_t CopyDim::*stride, int64_t bytes) {
  for (int i = 0; i < numDims; i++)
    if (dims[i].*stride == bytes && dims[i].extent > 1)
      return i;
  return -1;
}

bool isShorter(const CopyDim &a, const CopyDim &b) { return a.extent < b.extent; }

bool isEmpty(const CopyDim *dims, int numDims) {
  for (int i = 0; i < numDims; i++)
    if (dims[i].extent <= 0)
      return true;
  return false;
}

/// Applies `convert` to single elements of a box.
template <typename To, typename From, typename Convert>
void convertBox(char *to, const char *from, CopyDim *dims, int numDims, const Convert &convert) {
  if (isEmpty(dims, numDims))
    return;
  int inner = findContiguous(dims, numDims, &CopyDim::toStride, sizeof(To));
  CopyDim one = {1, 0, 0};
  if (inner >= 0)
    std::swap(dims[0], dims[inner]);
  const CopyDim &along = numDims ? dims[0] : one;
  forEachRow(to, from, dims, numDims ? 1 : 0, numDims, [&](char *target, const char *source) {
    for (int64_t i = 0; i < along.extent; i++) {
      From value;
      std::memcpy(&value, source + i * along.fromStride, sizeof(From));
      To result = convert(value);
      std::memcpy(target + i * along.toStride, &result, sizeof(To));
    }
  });
}

} // namespace

void mixir::runtime::copyBox(char *to, const char *from, CopyDim *dims, int numDims,
                             size_t elementBytes) {
  if (isEmpty(dims, numDims))
    return;
  if (numDims == 0) {
    std::memcpy(to, from, elementBytes);
    return;
  }
  int64_t bytes = static_cast<int64_t>(elementBytes);
  int along = findContiguous(dims, numDims, &CopyDim::toStride, bytes);
  int across = findContiguous(dims, numDims, &CopyDim::fromStride, bytes);
  if (elementBytes == 4 && along >= 0 && across >= 0 && along != across) {
    std::swap(dims[0], dims[along]);
    std::swap(dims[1], dims[across == 0 ? along : across]);
    forEachRow(to, from, dims, 2, numDims, [&](char *target, const char *source) {
      transposeWords(target, source, dims[0], dims[1]);
    });
    return;
  }
  if (along >= 0 || across >= 0)
    std::swap(dims[0], dims[along >= 0 ? along : across]);
  if (dims[0].toStride == bytes && dims[0].fromStride == bytes) {
    CopyDim one = {1, 0, 0};
    if (numDims > 1)
      std::swap(dims[1], *std::max_element(dims + 1, dims + numDims, isShorter));
    forEachRow(to, from, dims, 2, numDims, [&](char *target, const char *source) {
      copyContiguous(target, source, static_cast<size_t>(dims[0].extent * bytes), numDims > 1 ? dims[1] : one);
    });
    return;
  }
  forEachRow(to, from, dims, 1, numDims, [&](char *target, const char *source) {
    copyRow(target, source, dims[0], elementBytes);
  });
}

void mixir::runtime::addBox(char *to, const char *from, CopyDim *dims, int numDims) {
  if (isEmpty(dims, numDims))
    return;
  CopyDim one = {1, 0, 0};
  int along = findContiguous(dims, numDims, &CopyDim::toStride, 4);
  if (along > 0)
    std::swap(dims[0], dims[along]);
  const CopyDim &row = numDims ? dims[0] : one;
  forEachRow(to, from, dims, numDims ? 1 : 0, numDims, [&](char *target, const char *source) {
    for (int64_t i = 0; i < row.extent; i++) {
      float sum, summand;
      std::memcpy(&sum, target + i * row.toStride, 4);
      std::memcpy(&summand, source + i * row.fromStride, 4);
      sum += summand;
      std::memcpy(target + i * row.toStride, &sum, 4);
    }
  });
}

void mixir::runtime::zeroBox(char *to, CopyDim *dims, int numDims, size_t elementBytes) {
  if (isEmpty(dims, numDims))
    return;
  CopyDim one = {1, 0, 0};
  int along = findContiguous(dims, numDims, &CopyDim::toStride, static_cast<int64_t>(elementBytes));
  if (along > 0)
    std::swap(dims[0], dims[along]);
  const CopyDim &row = numDims ? dims[0] : one;
  forEachRow(to, to, dims, numDims ? 1 : 0, numDims, [&](char *target, const char *) {
    if (along >= 0) {
      std::memset(target, 0, static_cast<size_t>(row.extent) * elementBytes);
      return;
    }
    for (int64_t i = 0; i < row.extent; i++)
      std::memset(target + i * row.toStride, 0, elementBytes);
  });
}

void mixir::runtime::copyBoxToF32(char *to, const char *from, CopyDim *dims, int numDims,
                                  int dtype) {
  if (dtype == MIXIR_F16)
    convertBox<float, uint16_t>(to, from, dims, numDims, halfToFloat);
  else if (dtype == MIXIR_BF16)
    convertBox<float, uint16_t>(to, from, dims, numDims, bfloatToFloat);
  else
    copyBox(to, from, dims, numDims, 4);
}

void mixir::runtime::copyBoxFromF32(char *to, const char *from, CopyDim *dims, int numDims,
                                    int dtype) {
  if (dtype == MIXIR_F16)
    convertBox<uint16_t, float>(to, from, dims, numDims, floatToHalf);
  else if (dtype == MIXIR_BF16)
    convertBox<uint16_t, float>(to, from, dims, numDims, floatToBfloat);
  else
    copyBox(to, from, dims, numDims, 4);
}

float mixir::runtime::halfToFloat(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t exponent = (bits >> 10) & 0x1f;
  uint32_t mantissa = bits & 0x3ff;
  uint32_t result;
  if (exponent == 0x1f) {
    result = sign | 0x7f800000 | (mantissa << 13);
  } else if (exponent != 0) {
    result = sign | ((exponent + 112) << 23) | (mantissa << 13);
  } else {
    float small = static_cast<float>(mantissa) * 5.9604644775390625e-8f; // 2^-24
    std::memcpy(&result, &small, 4);
    result |= sign;
  }
  float value;
  std::memcpy(&value, &result, 4);
  return value;
}

uint16_t mixir::runtime::floatToHalf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000)
    return sign | 0x7e00; // not a number
  if (magnitude >= 0x477ff000)
    return sign | 0x7c00; // rounds to infinity
  if (magnitude < 0x38800000) {
    // Subnormal: adding 0.5 aligns the mantissa to 2^-24 with the rounding of the addition.
    float shifted;
    std::memcpy(&shifted, &magnitude, 4);
    shifted += 0.5f;
    uint32_t aligned;
    std::memcpy(&aligned, &shifted, 4);
    return static_cast<uint16_t>(sign | (aligned - 0x3f000000));
  }
  uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000) >> 13));
}

float mixir::runtime::bfloatToFloat(uint16_t bits) {
  uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

uint16_t mixir::runtime::floatToBfloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, 4);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return static_cast<uint16_t>((bits >> 16) | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
