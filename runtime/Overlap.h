// Overlap.h - whether two strided views share memory.
#ifndef MIXIR_RUNTIME_OVERLAP_H
#define MIXIR_RUNTIME_OVERLAP_H

#include "mixir/mixir.h"

namespace mixir::runtime {

/// Bytes from the first to one past the last element; 0 when there is none. False on overflow.
bool spanBytes(const mixir_tensor &tensor, int64_t &bytes);

/// False when the views certainly share no byte. Exact for dense views and for slices of a common
/// row-major parent; other interleavings may be reported though they are disjoint.
bool mayOverlap(const mixir_tensor &a, const mixir_tensor &b);

/// True when two elements of `tensor` may be the same memory. Exact for permuted slices.
bool overlapsItself(const mixir_tensor &tensor);

/// True when both views are the same elements in the same order.
bool isSameView(const mixir_tensor &a, const mixir_tensor &b);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_OVERLAP_H
