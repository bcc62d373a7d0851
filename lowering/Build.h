// Building pointwise operations by name: the type of a result follows from its
// operands, so that passes speak of values and never of dimension lists.
#pragma once

#include "dialect/mixer/MixerDialect.h"

#include "mlir/IR/Builders.h"

#include <optional>

namespace mixir::lowering {

/// The mixer type of `value`.
mixer::NdType typeOf(mlir::Value value);
/// The element type of `value`.
mlir::Type elementOf(mlir::Value value);
/// The number behind `value` if it is a real constant.
std::optional<double> realConstant(mlir::Value value);
/// Whether `value` is the real or complex constant `number`.
bool isConstant(mlir::Value value, double number);
/// Whether `op` works on every coordinate alone: no sum, stencil, scan or delay.
bool isPointwise(mlir::Operation *op);
/// The scan or recurrence whose body or terms hold `op`, or null.
mlir::Operation *walkAround(mlir::Operation *op);
/// The dimension that a scan or recurrence walks.
mlir::StringAttr walkDim(mlir::Operation *walk);
/// `type` over dimension `name` too, in the order of `order`.
mixer::NdType addDim(mixer::NdType type, mlir::StringAttr name, llvm::ArrayRef<mixer::DimAttr> order);
/// Whether `op` reads its operand at other coordinates: under another name, shifted, or at computed ones.
bool isMove(mlir::Operation *op);
/// `value` of the body of `walk`, a scan or recurrence, as a whole sequence in front of it: over the
/// walked dimension if it changes from step to step. What is built is remembered in `whole`; it depends
/// on states at most through values that are there already.
mlir::Value overSequence(mlir::Operation *walk, mlir::Value value, mlir::OpBuilder &builder,
                         llvm::DenseMap<mlir::Value, mlir::Value> &whole);
/// The same for a value of `step`, another block whose last arguments are the slices of the inputs of `walk`.
mlir::Value overSequence(mlir::Operation *walk, mlir::Block &step, mlir::Value value, mlir::OpBuilder &builder,
                         llvm::DenseMap<mlir::Value, mlir::Value> &whole);
/// Erases operations of `block` that nothing uses, last to first, in nested blocks too.
void eraseDeadOps(mlir::Block &block);

/// How many numbers a value over `dims` holds; a dimension bound at run time counts 1024.
double estimatedSize(llvm::ArrayRef<mlir::StringAttr> dims, llvm::ArrayRef<mixer::DimAttr> order);

/// Builds mixer operations at the insertion point of a builder.
class Build {
public:
  /// `order` is the header of the mixer around the insertion point.
  Build(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<mixer::DimAttr> order)
      : builder(builder), loc(loc), order(order.begin(), order.end()) {}
  /// Builds where `builder` stands, with the location and the header of `op`.
  Build(mlir::OpBuilder &builder, mlir::Operation *op)
      : Build(builder, op->getLoc(), mixer::getDims(op)) {}

  mlir::Value number(double value, mlir::Type element, double im = 0.0);
  /// A constant of the element type of `like`.
  mlir::Value numberLike(double value, mlir::Value like) { return number(value, elementOf(like)); }
  mlir::Value unary(mixer::UnaryKind kind, mlir::Value x);
  mlir::Value binary(mixer::BinaryKind kind, mlir::Value a, mlir::Value b);
  mlir::Value compare(mixer::CompareKind kind, mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value cast(mlir::Value x, mlir::Type element);
  mlir::Value complex(mlir::Value re, mlir::Value im);
  mlir::Value reduce(mixer::ReduceKind kind, llvm::ArrayRef<mlir::StringAttr> dims, mlir::Value x);
  /// The extent of `dim` as a number of type `element` (i32, f32 or complex).
  mlir::Value extent(mlir::StringAttr dim, mlir::Type element);
  /// `x` repeated over the dimensions of `dims` that it lacks; `x` itself if it has all.
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<mlir::StringAttr> dims);
  /// `x`, which has the dimensions of `type` or fewer, as a value of exactly `type`.
  mlir::Value spelled(mlir::Value x, mixer::NdType type);

  mlir::Value add(mlir::Value a, mlir::Value b) { return binary(mixer::BinaryKind::Add, a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return binary(mixer::BinaryKind::Sub, a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return binary(mixer::BinaryKind::Mul, a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return binary(mixer::BinaryKind::Div, a, b); }
  mlir::Value neg(mlir::Value x) { return unary(mixer::UnaryKind::Neg, x); }

  mlir::OpBuilder &builder;
  mlir::Location loc;

private:
  mixer::NdType joined(mlir::ValueRange values, mlir::Type element);
  llvm::SmallVector<mixer::DimAttr> order;
};

} // namespace mixir::lowering
