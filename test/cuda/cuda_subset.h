// The part of CUDA C++ that emitted kernels use, for a C++ compiler of the host. It comes before
// the source of a kernel and stands for the prelude too. No system header is included: an emitted
// source must not need any, and it compiles in a fraction of the time.
#pragma once

#include "test/cuda/HostBlock.h"

#define __global__
#define __device__
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)

extern "C" {
/// Set by the executor before the first kernel runs.
mixir_host::Block *mixir_host_block;

float expf(float), exp2f(float), logf(float), log1pf(float), powf(float, float), sqrtf(float);
float sinf(float), cosf(float), tanhf(float), floorf(float), ceilf(float), fabsf(float), erff(float);
float fmaf(float, float, float), fminf(float, float), fmaxf(float, float);
}

#define threadIdx (mixir_host_block->threadIdx)
#define blockIdx (mixir_host_block->blockIdx)
#define blockDim (mixir_host_block->blockDim)
#define gridDim (mixir_host_block->gridDim)
constexpr int warpSize = 32;

//===--- Shared memory and synchronisation ---===//

namespace mixir_host {

/// An index that knows the line where it was written.
struct Index {
  long long value;
  int line;
  template <typename Integer>
  Index(Integer value, int line = __builtin_LINE())
      : value(static_cast<long long>(value)), line(line) {}
};

/// An element of a shared array: reads and writes go through the checks of the block.
template <typename T> class Element {
public:
  Element(void *array, Index index) : array(array), index(index) {}
  operator T() const { return *at(false); }
  Element &operator=(T value) { return *at(true) = value, *this; }
  Element &operator=(const Element &other) { return *this = T(other); }
  Element &operator+=(T value) { return *this = T(*this) + value; }
  Element &operator-=(T value) { return *this = T(*this) - value; }
  Element &operator*=(T value) { return *this = T(*this) * value; }

private:
  T *at(bool isWrite) const {
    return static_cast<T *>(mixir_host_block->element(array, {index.value, index.line, isWrite}));
  }
  void *array;
  Index index;
};

template <typename T> class SharedArray {
public:
  SharedArray(const char *name, int line, long long count)
      : array(mixir_host_block->sharedArray(name, line, sizeof(T), count)) {}
  Element<T> operator[](Index index) const { return {array, index}; }

private:
  void *array;
};

/// Values of a shuffle travel as bits.
template <typename T> T shuffle(unsigned mask, T value, int sourceLane, int line) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "as in CUDA");
  unsigned long long bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  bits = mixir_host_block->shuffle({line, mask, static_cast<unsigned>(sourceLane), bits});
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

inline int lane() { return threadIdx.x % warpSize; }
inline int segment(int width) { return lane() / width * width; }

/// Begins what the compiler knows of an index.
struct SourceLocation {
  const char *file;
  unsigned line, column;
};

} // namespace mixir_host

/// The compiler calls it where an index leaves an array of known size (-fsanitize=bounds).
extern "C" void __ubsan_handle_out_of_bounds_abort(void *where, void *index) {
  mixir_host_block->localIndex(reinterpret_cast<long long>(index),
                               static_cast<mixir_host::SourceLocation *>(where)->line);
}

#define MIXIR_SHARED(type, name, count) ::mixir_host::SharedArray<type> name(#name, __LINE__, count)
#define MIXIR_SHARED_PART(type, name, count, from) MIXIR_SHARED(type, name, count)
#define __syncthreads() mixir_host_block->barrier(__LINE__)

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize,
              int line = __builtin_LINE()) {
  return mixir_host::shuffle(mask, value, mixir_host::segment(width) + source % width, line);
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                 int line = __builtin_LINE()) {
  int source = mixir_host::lane() - static_cast<int>(delta);
  bool isInside = source >= mixir_host::segment(width);
  return mixir_host::shuffle(mask, value, isInside ? source : mixir_host::lane(), line);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,
                   int line = __builtin_LINE()) {
  int source = mixir_host::lane() + static_cast<int>(delta);
  bool isInside = source < mixir_host::segment(width) + width;
  return mixir_host::shuffle(mask, value, isInside ? source : mixir_host::lane(), line);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = warpSize,
                  int line = __builtin_LINE()) {
  int source = mixir_host::lane() ^ lanes;
  bool isInside = source < mixir_host::segment(width) + width;
  return mixir_host::shuffle(mask, value, isInside ? source : mixir_host::lane(), line);
}

//===--- Numbers ---===//

inline float __int_as_float(int bits) {
  float value;
  return __builtin_memcpy(&value, &bits, 4), value;
}
inline int __float_as_int(float value) {
  int bits;
  return __builtin_memcpy(&bits, &value, 4), bits;
}
inline float __uint_as_float(unsigned bits) { return __int_as_float(static_cast<int>(bits)); }
inline unsigned __float_as_uint(float value) {
  return static_cast<unsigned>(__float_as_int(value));
}

inline int min(int a, int b) { return b < a ? b : a; }
inline int max(int a, int b) { return a < b ? b : a; }
inline long long min(long long a, long long b) { return b < a ? b : a; }
inline long long max(long long a, long long b) { return a < b ? b : a; }
inline int abs(int a) { return a < 0 ? -a : a; }
inline bool isnan(float a) { return __builtin_isnan(a); }
inline float rsqrtf(float a) { return 1.0f / sqrtf(a); }

//===--- The helpers of the prelude ---===//

/// Results below the smallest normal number are zero, as with ex2.approx.ftz.
inline float mixir_exp2(float a) {
  float value = exp2f(a);
  return value < 0x1p-126f ? 0.0f : value;
}

inline float mixir_min(float a, float b) { return isnan(a) || a < b ? a : b; }
inline float mixir_max(float a, float b) { return isnan(a) || a > b ? a : b; }

inline void mixir_fetch16(const void *from, unsigned *to) { __builtin_memcpy(to, from, 16); }
inline void mixir_fetch8(const void *from, unsigned *to) { __builtin_memcpy(to, from, 8); }

/// The exponent is moved by a product, which makes denormals right too.
inline float mixir_load_f16(unsigned short bits) {
  float value = __uint_as_float((bits & 0x7fffu) << 13) * 0x1p112f;
  if ((bits & 0x7c00u) == 0x7c00u)
    value = __uint_as_float(0x7f800000u | (bits & 0x3ffu) << 13);
  return bits & 0x8000u ? -value : value;
}

/// To nearest, ties to even.
inline unsigned short mixir_store_f16(float value) {
  unsigned bits = __float_as_uint(value), sign = bits >> 16 & 0x8000u, half;
  bits &= 0x7fffffffu;
  if (bits > 0x7f800000u) // a NaN
    half = 0x7e00u;
  else if (bits >=
           0x47800000u) // 65536 and more; what rounds up to it gets there by the carry below
    half = 0x7c00u;
  else if (bits < 0x38800000u) // a denormal: adding 0.5 leaves its bits at the end, rounded
    half = __float_as_uint(__uint_as_float(bits) + 0.5f) - 0x3f000000u;
  else
    half = (bits - 0x38000000u + 0xfffu + (bits >> 13 & 1u)) >> 13;
  return static_cast<unsigned short>(sign | half);
}

inline float mixir_load_bf16(unsigned short bits) {
  return __uint_as_float(static_cast<unsigned>(bits) << 16);
}

/// To nearest, ties to even.
inline unsigned short mixir_store_bf16(float value) {
  unsigned bits = __float_as_uint(value);
  if (isnan(value))
    return static_cast<unsigned short>(bits >> 16 | 0x40u);
  return static_cast<unsigned short>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

//===--- How the executor calls kernels ---===//

namespace mixir_host {

/// Calls a kernel with its parameters as words; with none it only answers how many there are.
template <typename Params> unsigned long call(void (*kernel)(Params), const void *words) {
  static_assert(sizeof(Params) % 8 == 0, "parameters are words of 8 bytes");
  if (words) {
    Params params;
    __builtin_memcpy(&params, words, sizeof params);
    kernel(params);
  }
  return sizeof(Params) / 8;
}

} // namespace mixir_host
