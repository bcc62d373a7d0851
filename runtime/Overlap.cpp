// Overlap.cpp - see Overlap.h.
//
// Two column slices of one matrix have overlapping address ranges but share nothing. They are told
// apart modulo a row pitch that both have: all larger strides are multiples of it, so each view
// fills one interval of the row, and the intervals must not meet.
#include "Overlap.h"

using namespace mixir::runtime;

namespace {

bool isEmptyView(const mixir_tensor &tensor) {
  for (int axis = 0; axis < tensor.ndim; axis++)
    if (tensor.shape[axis] == 0)
      return true;
  return false;
}

/// Bytes that the axes with a stride below `pitch` span; -1 when another axis is not a multiple.
int64_t rowBytes(const mixir_tensor &tensor, int64_t pitch, int64_t size) {
  int64_t bytes = size;
  for (int axis = 0; axis < tensor.ndim; axis++) {
    if (tensor.shape[axis] <= 1)
      continue;
    int64_t stride = tensor.strides[axis] * size;
    if (stride < pitch)
      bytes += (tensor.shape[axis] - 1) * stride;
    else if (stride % pitch != 0)
      return -1;
  }
  return bytes;
}

bool disjointModulo(const mixir_tensor &a, const mixir_tensor &b, int64_t pitch, int64_t distance,
                    int64_t sizeA, int64_t sizeB) {
  int64_t rowA = rowBytes(a, pitch, sizeA), rowB = rowBytes(b, pitch, sizeB);
  if (rowA < 0 || rowB < 0)
    return false;
  int64_t offset = ((distance % pitch) + pitch) % pitch; // of b's interval from a's
  return rowA <= offset && offset + rowB <= pitch;
}

} // namespace

bool mixir::runtime::spanBytes(const mixir_tensor &tensor, int64_t &bytes) {
  int64_t last = 0;
  bytes = 0;
  if (isEmptyView(tensor))
    return true;
  for (int axis = 0; axis < tensor.ndim; axis++) {
    int64_t reach;
    if (__builtin_mul_overflow(tensor.shape[axis] - 1, tensor.strides[axis], &reach) ||
        __builtin_add_overflow(last, reach, &last))
      return false;
  }
  return !__builtin_add_overflow(last, 1, &last) &&
         !__builtin_mul_overflow(last, int64_t(mixir_dtype_size(tensor.dtype)), &bytes);
}

bool mixir::runtime::mayOverlap(const mixir_tensor &a, const mixir_tensor &b) {
  int64_t spanA = 0, spanB = 0;
  if (!spanBytes(a, spanA) || !spanBytes(b, spanB))
    return true;
  auto beginA = reinterpret_cast<uintptr_t>(a.data), beginB = reinterpret_cast<uintptr_t>(b.data);
  if (spanA == 0 || spanB == 0 || beginA + uintptr_t(spanA) <= beginB ||
      beginB + uintptr_t(spanB) <= beginA)
    return false;
  auto sizeA = int64_t(mixir_dtype_size(a.dtype)), sizeB = int64_t(mixir_dtype_size(b.dtype));
  auto distance = static_cast<int64_t>(beginB - beginA);
  for (int axis = 0; axis < a.ndim; axis++)
    if (a.shape[axis] > 1 && a.strides[axis] > 0 &&
        disjointModulo(a, b, a.strides[axis] * sizeA, distance, sizeA, sizeB))
      return false;
  for (int axis = 0; axis < b.ndim; axis++)
    if (b.shape[axis] > 1 && b.strides[axis] > 0 &&
        disjointModulo(a, b, b.strides[axis] * sizeB, distance, sizeA, sizeB))
      return false;
  return true;
}

bool mixir::runtime::overlapsItself(const mixir_tensor &tensor) {
  int order[MIXIR_MAX_RANK];
  int count = 0;
  for (int axis = 0; axis < tensor.ndim; axis++) {
    if (tensor.shape[axis] <= 1)
      continue;
    int at = count++; // insertion sort by stride
    for (; at > 0 && tensor.strides[order[at - 1]] > tensor.strides[axis]; at--)
      order[at] = order[at - 1];
    order[at] = axis;
  }
  int64_t reach = 0;
  for (int i = 0; i < count; i++) {
    if (tensor.strides[order[i]] <= reach)
      return true;
    reach += (tensor.shape[order[i]] - 1) * tensor.strides[order[i]];
  }
  return false;
}

bool mixir::runtime::isSameView(const mixir_tensor &a, const mixir_tensor &b) {
  if (a.data != b.data || a.ndim != b.ndim || a.dtype != b.dtype)
    return false;
  for (int axis = 0; axis < a.ndim; axis++)
    if (a.shape[axis] != b.shape[axis] ||
        (a.shape[axis] > 1 && a.strides[axis] != b.strides[axis]))
      return false;
  return true;
}
