// What the stages of one kernel share while they are translated: extents,
// scalar parameters, arguments, and the buffers made so far.
#pragma once

#include "codegen/common/Program.h"
#include "codegen/halide/Scalar.h"

#include <Halide.h>

namespace mixir::codegen {

/// Answers a load: the value of a buffer at the coordinates of its dimensions.
using ReadFn = std::function<Halide::Expr(const llvm::StringMap<Halide::Expr> &)>;

/// Shared state of the translation of one kernel.
class KernelContext {
public:
  KernelContext(kernel::FuncOp func, MathMode math);

  /// Extent of the whole dimension.
  Halide::Expr size(llvm::StringRef dim);
  /// Extent of the tile along the dimension (the whole of it without a loop).
  Halide::Expr extent(llvm::StringRef dim);
  /// First coordinate of the tile in the whole dimension.
  Halide::Expr start(llvm::StringRef dim);
  /// The extent as a compile-time number, or -1.
  int64_t fixedExtent(llvm::StringRef dim);
  /// Whether the tile has more than one coordinate along the dimension.
  bool isLocal(llvm::StringRef dim);
  llvm::StringRef laneDim() { return func.getLaneDim(); }
  /// Coordinates of the lane dimension that are worked on at a time; 1 without one.
  int64_t lanes() { return func.getLaneLoop() ? func.getLaneLoop().getLanes() : 1; }
  /// Whether a tile has several groups of lanes; what it keeps has the group as slowest dimension.
  bool isGrouped() { return func.getLaneLoop() && func.getLaneLoop().getBlock() > lanes(); }
  /// Groups of lanes of the tile.
  Halide::Expr groups();
  /// Puts the scope at a lane of a group.
  void setLane(Scope &scope, Halide::Expr lane, Halide::Expr group);
  /// Puts the scope at a coordinate of the lane dimension.
  void setLaneCoordinate(Scope &scope, Halide::Expr coordinate);

  /// A scope whose storage operations are answered by this context.
  Scope scope();
  /// The value a load reads, with shifts, given coordinates and zero outside.
  Halide::Expr load(kernel::LoadOp op, Scope &scope);
  /// Coordinates, brought inside, and whether they were (undefined: always).
  struct Place {
    llvm::StringMap<Halide::Expr> at;
    Halide::Expr inside;
    /// `value`, or zero outside.
    Halide::Expr guard(Halide::Expr value) const;
  };
  Place place(std::optional<mlir::DictionaryAttr> shift, mlir::ArrayAttr dims, mlir::ValueRange coordinates,
              Scope &scope);

  /// The dimensions of operand `ref` from the fastest stored one up, without fixed ones.
  std::vector<std::string> storedDims(llvm::StringRef ref);
  /// The stored element type of operand `ref`; a complex one counts as f32.
  mlir::Type storedType(llvm::StringRef ref);

  /// Declares the operand as an input and makes it readable.
  void addInput(kernel::OperandOp op);

  kernel::FuncOp func;
  kernel::ProgramOp program;
  MathMode math;
  std::vector<EntryScalar> scalars;
  std::vector<Halide::Argument> scalarArguments;
  std::vector<EntryArg> reads;
  std::vector<Halide::ImageParam> readParams;
  llvm::DenseMap<mlir::Value, ReadFn> readers;

private:
  bool isRouted(llvm::StringRef dim);
  Halide::Expr scalar(llvm::StringRef kind, llvm::StringRef dim);
  mixer::OperandAttr operand(llvm::StringRef ref);
  llvm::StringMap<Halide::Param<int32_t>> params;
};

/// The Halide type that stores elements of `type`.
Halide::Type storageType(mlir::Type type);
/// A stored element as the f32 (or i32) that bodies compute with.
Halide::Expr fromStorage(Halide::Expr stored, mlir::Type type);
/// A computed value as the stored element, rounded to nearest even.
Halide::Expr toStorage(Halide::Expr value, mlir::Type type);
/// Keys of a scope's point for the place of a coordinate of the lane dimension: names that no
/// dimension can have.
inline constexpr llvm::StringLiteral kLane = "lane$", kGroup = "group$";
/// The Var named after a dimension.
Halide::Var varOf(llvm::StringRef dim);

} // namespace mixir::codegen
