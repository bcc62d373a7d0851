// Loop nests over named dimensions: where every operand's strides are looked up
// once, so that evaluating an operation is plain pointer arithmetic.
#pragma once

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <array>
#include <complex>
#include <vector>

namespace mixir::interpreter {

using Complex = std::complex<double>;
using Dims = llvm::SmallVector<mlir::StringAttr, 6>;
using Extents = llvm::SmallVector<int64_t, 6>;

/// The numbers of one SSA value: a strided view, of its own storage or of another slot's.
struct Slot {
  Dims dims;
  Extents extents, strides; ///< strides in elements
  bool complex = false;
  bool integer = false;
  double *data = nullptr;
  std::vector<double> storage;

  /// Stride along `dim`, 0 where the value does not vary over it.
  int64_t strideOf(mlir::StringAttr dim) const {
    for (unsigned i = 0; i < dims.size(); ++i)
      if (dims[i] == dim)
        return strides[i];
    return 0;
  }
  int64_t size() const {
    int64_t n = 1;
    for (int64_t e : extents)
      n *= e;
    return n;
  }
  /// Element 0 moved by `offset` elements.
  template <typename T> T *at(int64_t offset = 0) const {
    return reinterpret_cast<T *>(data) + offset;
  }
};

/// A loop nest shared by N operands, coalesced to as few loops as their strides allow.
template <unsigned N> struct Nest {
  using Offsets = std::array<int64_t, N>;
  Extents extents;
  llvm::SmallVector<Offsets, 6> strides;
  bool empty = false;

  /// Appends a loop inside the ones so far.
  void addLoop(int64_t extent, Offsets stride) {
    empty |= extent == 0;
    if (extent == 1)
      return;
    if (!extents.empty()) {
      bool joins = true;
      for (unsigned k = 0; k < N; ++k)
        joins &= strides.back()[k] == stride[k] * extent;
      if (joins) {
        extents.back() *= extent;
        strides.back() = stride;
        return;
      }
    }
    extents.push_back(extent);
    strides.push_back(stride);
  }

  /// Calls inner(count, offsets, strides) for every innermost run.
  template <typename Inner> void run(Inner inner) const {
    if (empty)
      return;
    Offsets offsets{};
    if (extents.empty())
      return inner(int64_t(1), offsets, Offsets{});
    unsigned last = extents.size() - 1;
    llvm::SmallVector<int64_t, 6> at(last, 0);
    while (true) {
      inner(extents[last], offsets, strides[last]);
      int i = int(last) - 1;
      for (; i >= 0; --i) {
        for (unsigned k = 0; k < N; ++k)
          offsets[k] += strides[i][k];
        if (++at[i] < extents[i])
          break;
        for (unsigned k = 0; k < N; ++k)
          offsets[k] -= strides[i][k] * extents[i];
        at[i] = 0;
      }
      if (i < 0)
        return;
    }
  }
};

/// The nest over `dims` (outermost first) of the given slots.
template <unsigned N>
Nest<N> makeNest(llvm::ArrayRef<mlir::StringAttr> dims, llvm::ArrayRef<int64_t> extents,
                 std::array<const Slot *, N> slots) {
  Nest<N> nest;
  for (auto [dim, extent] : llvm::zip(dims, extents)) {
    std::array<int64_t, N> stride;
    for (unsigned k = 0; k < N; ++k)
      stride[k] = slots[k]->strideOf(dim);
    nest.addLoop(extent, stride);
  }
  return nest;
}

} // namespace mixir::interpreter
