// The `mixer` dialect in C++: types, attributes, operations, and the few
// functions that every user of named dimensions needs.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialect/mixer/MixerDialect.h.inc"
#include "dialect/mixer/MixerEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/mixer/MixerTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/mixer/MixerAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialect/mixer/MixerOps.h.inc"

namespace mixir::mixer {

/// Name of the function attribute that lists a mixer's dimensions (array of DimAttr).
constexpr llvm::StringLiteral kDimsAttr = "mixer.dims";
/// Name of the argument and result attribute that says how it is stored (OperandAttr).
constexpr llvm::StringLiteral kOperandAttr = "mixer.operand";

/// The dimensions of the mixer that `op` is in or is; empty for a helper function.
llvm::SmallVector<DimAttr> getDims(mlir::Operation *op);
/// The dimension `name` of the mixer around `op`, or null.
DimAttr getDim(mlir::Operation *op, llvm::StringRef name);
/// How argument `index` of `func` is stored, or null for a helper's argument.
OperandAttr getArgOperand(mlir::func::FuncOp func, unsigned index);
/// How result `index` of `func` is stored, or null for a helper's result.
OperandAttr getResultOperand(mlir::func::FuncOp func, unsigned index);
/// Whether `func` is a mixer (has dimensions) rather than a helper.
bool isMixer(mlir::func::FuncOp func);

/// One step of a whole sequence, as the body of a scan or recurrence sees it: without the walked
/// dimension, and with that of the routes, which are at different places.
NdType stepType(mlir::Operation *walk, NdType whole);

/// Union of two dimension lists in header order: a dimension of `b` keeps its place
/// relative to the ones both share. `order` is the header's order.
llvm::SmallVector<mlir::StringAttr> unionDims(llvm::ArrayRef<mlir::StringAttr> a,
                                              llvm::ArrayRef<mlir::StringAttr> b,
                                              llvm::ArrayRef<DimAttr> order);

} // namespace mixir::mixer
