// Scalar bodies (`arith`, `math`, `kernel` operations) as Halide expressions.
#pragma once

#include "codegen/halide/Math.h"
#include "dialect/kernel/KernelDialect.h"

#include "llvm/ADT/DenseMap.h"

#include <functional>

namespace mixir::codegen {

/// Where a body is being evaluated: the coordinate of every dimension, and how
/// the operations that touch storage are answered.
struct Scope {
  /// Local coordinate (within the tile) of each dimension.
  llvm::StringMap<Halide::Expr> point;
  std::function<Halide::Expr(kernel::LoadOp, Scope &)> load;
  std::function<Halide::Expr(kernel::StateOp, Scope &)> state;
  std::function<Halide::Expr(kernel::AccOp, Scope &)> acc;
  std::function<Halide::Expr(llvm::StringRef dim, Scope &)> index;
  std::function<Halide::Expr(llvm::StringRef dim)> size;
  MathMode math = MathMode::Default;
  llvm::DenseMap<mlir::Value, Halide::Expr> done;
  llvm::DenseMap<mlir::Value, int> depths; ///< roughly how many operations in a row precede a value
};

/// The expression of `value`, which is defined in a body.
Halide::Expr emitScalar(mlir::Value value, Scope &scope);

/// Whether the back end has a translation for `op`.
bool canEmitScalar(mlir::Operation *op);

} // namespace mixir::codegen
