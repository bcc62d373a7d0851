// Pointwise operations of the mixer dialect as scalar `arith` and `math` ones.
#pragma once

#include "lowering/plan/Facts.h"

#include "mlir/IR/Builders.h"

namespace mixir::lowering {

/// The scalar operation that computes pointwise `op` from scalar operands.
mlir::Value buildScalar(mlir::OpBuilder &builder, mlir::Operation *op, mlir::ValueRange operands);
/// A scalar of the given type (f32, i32 or i1).
mlir::Value buildNumber(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type, double value);

} // namespace mixir::lowering
