// DimSolver.h - finds the size of every named dimension from the extents of tensors.
#ifndef MIXIR_RUNTIME_DIMSOLVER_H
#define MIXIR_RUNTIME_DIMSOLVER_H

#include "Manifest.h"

namespace mixir::runtime {

/// Solves plain axes directly, merged axes by division, derived dimensions by their expression.
class DimSolver {
public:
  /// `sizes` has one entry per dimension and receives the result. Allocates nothing when all goes
  /// well.
  DimSolver(const Manifest &manifest, const mixir_tensor *tensors, int64_t *sizes)
      : manifest(manifest), tensors(tensors), sizes(sizes) {}

  /// Solves with the extents of the first `numTensors` operands; `known` (may be nullptr) gives
  /// sizes beforehand. Throws a Failure when extents disagree.
  void solve(int numTensors, const int64_t *known);

  /// Throws a Failure (UNDETERMINED) naming the first dimension of `needed` that has no size.
  void requireKnown(const std::vector<char> &needed) const;

private:
  void takePlainAxis(int tensor, int axis);
  bool takeMergedAxis(int tensor, int axis);
  bool takeExpr(int dim);
  void checkMergedAxis(int tensor, int axis) const;
  void checkExpr(int dim) const;
  [[noreturn]] void disagree(int tensor, int axis, int64_t expected, int dim) const;
  std::string originOf(int dim, int tensor, int axis) const;
  int64_t extent(int tensor, int axis) const { return tensors[tensor].shape[axis]; }

  const Manifest &manifest;
  const mixir_tensor *tensors;
  int64_t *sizes;
  int count = 0;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_DIMSOLVER_H
