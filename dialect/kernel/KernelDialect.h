// The `kernel` dialect in C++: the planned program that every back end reads.
#pragma once

#include "dialect/mixer/MixerDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/SymbolTable.h"

#include "dialect/kernel/KernelDialect.h.inc"
#include "dialect/kernel/KernelEnums.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/kernel/KernelTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/kernel/KernelAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialect/kernel/KernelOps.h.inc"

namespace mixir::kernel {

/// The strings of an array attribute of strings.
llvm::SmallVector<llvm::StringRef> strings(mlir::ArrayAttr attr);
/// Whether a coordinate given for `dim` certainly lies in it: a constant, or the coordinate along a
/// dimension of the same fixed extent.
bool isInside(mlir::Value coordinate, llvm::StringRef dim);

} // namespace mixir::kernel
