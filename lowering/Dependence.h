// Which values of a mixer change from step to step, and which depend on a state.
#pragma once

#include "dialect/mixer/MixerDialect.h"

#include "llvm/ADT/DenseSet.h"

namespace mixir::lowering {

/// Computed once for a function; values made later are unknown to it (neither).
class Dependence {
public:
  explicit Dependence(mlir::func::FuncOp func);

  /// Whether `value` is a state of the scan around it or computed from one.
  bool onState(mlir::Value value) const { return stateful.contains(value); }
  /// Whether `value` differs between steps: in a body, if it is computed from a block
  /// argument; outside, if it is over a dimension that some scan walks.
  bool varies(mlir::Value value) const { return varying.contains(value); }

private:
  void enter(mlir::Block &block, unsigned states);
  llvm::DenseSet<mlir::Value> stateful, varying;
  llvm::DenseSet<mlir::StringAttr> walked;
};

/// The values that `roots` are computed from, inside `block` only, `roots` and block
/// arguments included.
llvm::DenseSet<mlir::Value> backwardSlice(mlir::ValueRange roots, mlir::Block *block);

} // namespace mixir::lowering
