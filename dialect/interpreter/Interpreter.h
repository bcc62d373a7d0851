// The meaning of the `mixer` dialect: evaluates a mixer in float64, operation by
// operation and step by step, straight from the operations' descriptions. Every
// compiled kernel is compared with this, so nothing here is shared with lowering.
#pragma once

#include "dialect/mixer/MixerDialect.h"

#include "llvm/Support/Error.h"

#include <map>
#include <string>
#include <vector>

namespace mixir::interpreter {

/// Numbers in row-major order. Complex ones are (re, im) pairs of `data`; integers and
/// booleans are whole numbers in `data`.
struct Array {
  enum Kind { F64, C128, I32 };

  std::vector<int64_t> shape;
  Kind kind = F64;
  std::vector<double> data;

  Array() = default;
  /// Zeros of the given shape.
  explicit Array(std::vector<int64_t> shape, Kind kind = F64);
  /// Number of elements (a complex pair counts once).
  int64_t size() const;
};

/// Extents by dimension name.
using DimBindings = std::map<std::string, int64_t>;
/// Arrays by operand or result name, in their stored axes.
using Arrays = std::map<std::string, Array>;
/// Shapes (stored axes) by operand name.
using Shapes = std::map<std::string, std::vector<int64_t>>;

struct Options {
  /// Advance the affine states of a mixer.recurrence by their canonical form instead of the body.
  bool useTerms = false;
  /// Extents of dimensions that no operand fixes.
  DimBindings dims;
};

/// The extents of all dimensions of `mixer`, from the shapes of its operands and the extents
/// `given`. Solves merged axes with one unknown and checks derived dimensions. An error names the
/// operand, the axis, what was expected and what was there.
llvm::Expected<DimBindings> bindDims(mlir::func::FuncOp mixer, const Shapes &shapes,
                                     const DimBindings &given = {});

/// Value of a dimension expression (integers, + - *, parentheses, names in `dims`).
llvm::Expected<int64_t> evaluateDimExpr(llvm::StringRef text, const DimBindings &dims);

/// The places that a route of digits visits, step by step: coordinates along its axes, of these extents, empty at a
/// ghost.
std::vector<std::vector<int64_t>> routePlaces(mixer::RouteAttr route, llvm::ArrayRef<int64_t> extents);

/// Evaluates `mixer` (a function with `mixer.dims`) on `inputs`; calls of other functions of the
/// module are followed. Inputs are taken as given, without rounding to the stored type.
llvm::Expected<Arrays> interpret(mlir::func::FuncOp mixer, const Arrays &inputs,
                                 const Options &options = {});

} // namespace mixir::interpreter
