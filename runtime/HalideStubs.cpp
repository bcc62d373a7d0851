// HalideStubs.cpp - the functions that object code made by Halide calls by name.
//
// Kernels are made without Halide's own runtime; libmixir_runtime offers the few symbols they can
// still need: scratch memory from a per-thread cache, and error reports that keep their text for
// the caller. All are weak, so a program that links Halide's runtime as well keeps Halide's.
#include "HalideStubs.h"

#include "HalideAbi.h"
#include "Memory.h"

#include <cstdarg>
#include <cstdint>
#include <cstdio>

using namespace mixir::runtime;

namespace {

/// Scratch that kernels have freed, by power of two of its size, for the next halide_malloc.
class ScratchCache {
public:
  ~ScratchCache() {
    for (void *&block : blocks)
      releaseAll(block);
  }

  void *take(size_t bytes) {
    int rank = rankOf(bytes);
    if (rank >= kRanks)
      return allocateBlock(bytes);
    void *block = blocks[rank];
    if (!block)
      return allocateBlock(size_t(1) << rank);
    blocks[rank] = nextOf(block);
    return block;
  }

  void give(void *block) {
    size_t size = blockSize(block);
    int rank = rankOf(size);
    if (rank >= kRanks || size != size_t(1) << rank) {
      releaseBlock(block);
      return;
    }
    nextOf(block) = blocks[rank];
    blocks[rank] = block;
  }

private:
  static constexpr int kRanks = 25; // blocks above 16 MiB go back at once

  /// Smallest r >= 7 with 2^r >= bytes.
  static int rankOf(size_t bytes) {
    int rank = 7;
    while (rank < kRanks && (size_t(1) << rank) < bytes)
      rank++;
    return rank;
  }

  static void *&nextOf(void *block) { return *static_cast<void **>(block); }

  static void releaseAll(void *block) {
    while (block) {
      void *next = nextOf(block);
      releaseBlock(block);
      block = next;
    }
  }

  void *blocks[kRanks] = {};
};

thread_local ScratchCache scratchCache;
thread_local char errorText[512];

/// Keeps a message for takeKernelError and answers `code`.
__attribute__((format(printf, 2, 3))) int report(int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(errorText, sizeof(errorText), format, arguments);
  va_end(arguments);
  return code;
}

} // namespace

std::string mixir::runtime::takeKernelError() {
  std::string text = errorText;
  errorText[0] = '\0';
  return text;
}

#define MIXIR_STUB __attribute__((weak, visibility("default")))

extern "C" {

MIXIR_STUB void *halide_malloc(void *, size_t bytes) { return scratchCache.take(bytes); }

MIXIR_STUB void halide_free(void *, void *block) {
  if (block)
    scratchCache.give(block);
}

MIXIR_STUB void halide_error(void *, const char *message) { report(-1, "%s", message); }

MIXIR_STUB void halide_print(void *, const char *message) { std::fputs(message, stderr); }

/// Kernels are scheduled without threads of their own; a parallel loop in one runs in order.
MIXIR_STUB int halide_do_par_for(void *context, int (*body)(void *, int, uint8_t *), int first,
                                 int count, uint8_t *closure) {
  for (int i = first; i < first + count; i++)
    if (int answer = body(context, i, closure))
      return answer;
  return 0;
}

MIXIR_STUB int halide_error_bounds_inference_call_failed(void *, const char *stage, int result) {
  return report(result, "bounds query of %s answered %d", stage, result);
}
MIXIR_STUB int halide_error_extern_stage_failed(void *, const char *stage, int result) {
  return report(result, "extern stage %s answered %d", stage, result);
}
MIXIR_STUB int halide_error_explicit_bounds_too_small(void *, const char *func, const char *var,
                                                      int min, int max, int needMin,
                                                      int needMax) {
  return report(-2, "bounds of %s of %s: expected %d to %d, got %d to %d", var, func, needMin,
                needMax, min, max);
}
MIXIR_STUB int halide_error_bad_type(void *, const char *func, uint32_t given, uint32_t correct) {
  return report(-3, "type of %s: expected 0x%x, got 0x%x", func, correct, given);
}
MIXIR_STUB int halide_error_access_out_of_bounds(void *, const char *func, int dim, int minTouched,
                                                 int maxTouched, int minValid, int maxValid) {
  return report(-4, "%s is accessed at %d to %d in dimension %d, expected %d to %d", func,
                minTouched, maxTouched, dim, minValid, maxValid);
}
MIXIR_STUB int halide_error_buffer_allocation_too_large(void *, const char *name, uint64_t size,
                                                        uint64_t max) {
  return report(-5, "buffer %s takes %llu bytes, expected at most %llu", name,
                (unsigned long long)size, (unsigned long long)max);
}
MIXIR_STUB int halide_error_buffer_extents_too_large(void *, const char *name, int64_t size,
                                                     int64_t max) {
  return report(-6, "buffer %s has %lld elements, expected at most %lld", name, (long long)size,
                (long long)max);
}
MIXIR_STUB int halide_error_constraints_make_required_region_smaller(void *, const char *name,
                                                                     int dim, int min, int extent,
                                                                     int needMin, int needExtent) {
  return report(-7, "buffer %s dimension %d: expected min %d extent %d, got min %d extent %d",
                name, dim, needMin, needExtent, min, extent);
}
MIXIR_STUB int halide_error_constraint_violated(void *, const char *var, int value,
                                                const char *wanted, int wantedValue) {
  return report(-8, "%s is %d, expected %s (%d)", var, value, wanted, wantedValue);
}
MIXIR_STUB int halide_error_param_too_small_i64(void *, const char *name, int64_t value,
                                                int64_t min) {
  return report(-9, "parameter %s is %lld, expected at least %lld", name, (long long)value,
                (long long)min);
}
MIXIR_STUB int halide_error_param_too_small_u64(void *, const char *name, uint64_t value,
                                                uint64_t min) {
  return report(-9, "parameter %s is %llu, expected at least %llu", name,
                (unsigned long long)value, (unsigned long long)min);
}
MIXIR_STUB int halide_error_param_too_small_f64(void *, const char *name, double value,
                                                double min) {
  return report(-9, "parameter %s is %g, expected at least %g", name, value, min);
}
MIXIR_STUB int halide_error_param_too_large_i64(void *, const char *name, int64_t value,
                                                int64_t max) {
  return report(-10, "parameter %s is %lld, expected at most %lld", name, (long long)value,
                (long long)max);
}
MIXIR_STUB int halide_error_param_too_large_u64(void *, const char *name, uint64_t value,
                                                uint64_t max) {
  return report(-10, "parameter %s is %llu, expected at most %llu", name,
                (unsigned long long)value, (unsigned long long)max);
}
MIXIR_STUB int halide_error_param_too_large_f64(void *, const char *name, double value,
                                                double max) {
  return report(-10, "parameter %s is %g, expected at most %g", name, value, max);
}
MIXIR_STUB int halide_error_out_of_memory(void *) {
  return report(-11, "scratch memory is short");
}
MIXIR_STUB int halide_error_buffer_argument_is_null(void *, const char *name) {
  return report(-12, "buffer %s is null", name);
}
MIXIR_STUB int halide_error_debug_to_file_failed(void *, const char *func, const char *file,
                                                 int code) {
  return report(-13, "cannot write %s to %s: %d", func, file, code);
}
MIXIR_STUB int halide_error_unaligned_host_ptr(void *, const char *func, int alignment) {
  return report(-24, "%s: expected memory aligned to %d bytes", func, alignment);
}
MIXIR_STUB int halide_error_bad_fold(void *, const char *func, const char *var, const char *loop) {
  return report(-25, "%s of %s cannot be folded over %s", var, func, loop);
}
MIXIR_STUB int halide_error_fold_factor_too_small(void *, const char *func, const char *var,
                                                  int factor, const char *loop, int needed) {
  return report(-26, "fold factor %d of %s of %s over %s, expected at least %d", factor, var, func,
                loop, needed);
}
MIXIR_STUB int halide_error_requirement_failed(void *, const char *condition,
                                               const char *message) {
  return report(-27, "expected %s: %s", condition, message);
}
MIXIR_STUB int halide_error_buffer_extents_negative(void *, const char *name, int dim,
                                                    int extent) {
  return report(-28, "buffer %s dimension %d has extent %d", name, dim, extent);
}
MIXIR_STUB int halide_error_specialize_fail(void *, const char *message) {
  return report(-31, "no specialisation fits: %s", message);
}
MIXIR_STUB int halide_error_host_is_null(void *, const char *name) {
  return report(-34, "buffer %s has no memory", name);
}
MIXIR_STUB int halide_error_bad_extern_fold(void *, const char *func, int dim, int min, int extent,
                                            int validMin, int factor) {
  return report(-35, "%s dimension %d cannot be folded: min %d extent %d, valid from %d, factor %d",
                func, dim, min, extent, validMin, factor);
}
MIXIR_STUB int halide_error_buffer_is_null(void *, const char *routine) {
  return report(-38, "%s got a null buffer", routine);
}
MIXIR_STUB int halide_error_bad_dimensions(void *, const char *func, int32_t given,
                                           int32_t correct) {
  return report(-43, "%s: expected %d dimensions, got %d", func, correct, given);
}
MIXIR_STUB int halide_error_device_dirty_with_no_device_support(void *, const char *name) {
  return report(-44, "buffer %s is marked as changed on a device", name);
}
MIXIR_STUB int halide_error_storage_bound_too_small(void *, const char *func, const char *var,
                                                    int provided, int needed) {
  return report(-45, "storage of %s of %s: expected at least %d, got %d", var, func, needed,
                provided);
}

/// Text building for require(): each appends at `to` and answers the new end, never past `end`.
MIXIR_STUB char *halide_string_to_string(char *to, char *end, const char *text) {
  if (to >= end)
    return to;
  int room = static_cast<int>(end - to);
  int length = std::snprintf(to, static_cast<size_t>(room), "%s", text ? text : "");
  return to + (length < room ? length : room - 1);
}
MIXIR_STUB char *halide_int64_to_string(char *to, char *end, int64_t value, int) {
  char text[32];
  std::snprintf(text, sizeof(text), "%lld", static_cast<long long>(value));
  return halide_string_to_string(to, end, text);
}
MIXIR_STUB char *halide_uint64_to_string(char *to, char *end, uint64_t value, int) {
  char text[32];
  std::snprintf(text, sizeof(text), "%llu", static_cast<unsigned long long>(value));
  return halide_string_to_string(to, end, text);
}
MIXIR_STUB char *halide_double_to_string(char *to, char *end, double value, int) {
  char text[64];
  std::snprintf(text, sizeof(text), "%g", value);
  return halide_string_to_string(to, end, text);
}
MIXIR_STUB char *halide_pointer_to_string(char *to, char *end, const void *value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%p", value);
  return halide_string_to_string(to, end, text);
}

} // extern "C"
