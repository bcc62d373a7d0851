// Facts about values that every part of planning asks for: over which
// dimensions, on which states, from which recurrence.
#pragma once

#include "dialect/kernel/KernelDialect.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

namespace mixir::lowering {

using DimList = llvm::SmallVector<llvm::StringRef>;

/// The dimensions of a value of the mixer dialect, in header order.
DimList dimsOf(mlir::Value value);
/// The strings of an array attribute.
DimList dimsOf(mlir::ArrayAttr dims);
/// The recurrence whose result `value` is, or null.
mixer::RecurrenceOp recurrenceOf(mlir::Value value);
/// The number a constant holds, if `value` is one.
std::optional<double> constantOf(mlir::Value value);

/// Whether `value` is a state of a body, as it is before the step.
bool isStateArg(mlir::Value value);
/// Whether a step reads state number `state` after earlier steps than the last.
bool isRecalled(mixer::RecurrenceOp recurrence, unsigned state);
/// The whole sequence of which an argument of a body, or of terms, is a step; null for other values.
mlir::Value slicedValue(mlir::Value value);

/// Memory of the caller: an operand or a view of one, and the part of a complex element.
struct Stored {
  mixer::OperandAttr tensor;
  llvm::StringRef part;
};

/// A value that the function returns, and where it goes: a result or a view of one.
struct Output {
  mixer::OperandAttr tensor;
  mlir::Value value;
};

/// How a view along the route of an operation sees its tensor; `table`, if it has one, is where that lies.
kernel::WalkAttr walkOf(mixer::VisitOp visit, mixer::OperandAttr table);
kernel::WalkAttr walkOf(mixer::PlaceOp place, mixer::OperandAttr table);

/// Answers, with memory, how values of one function depend on recurrences and,
/// inside a recurrence's body, on its states.
class Facts {
public:
  explicit Facts(mlir::func::FuncOp func);

  /// Whether `value`, of the function or of a body, depends on a result of `recurrence`.
  bool dependsOn(mlir::Value value, mixer::RecurrenceOp recurrence);
  /// Whether a body value depends on a state of its recurrence in any way.
  bool usesState(mlir::Value value);
  /// Whether it does so at its own point, not only through reductions or at other coordinates.
  bool usesStateHere(mlir::Value value);
  /// Whether a value changes from step to step of `recurrence`.
  bool varies(mlir::Value value, mixer::RecurrenceOp recurrence);
  /// The old states that a body value reads at its own point (argument numbers).
  llvm::SmallSetVector<unsigned, 4> statesReadHere(mlir::Value value);
  /// How many reductions and reads at other coordinates of state-dependent values lie before `value`
  /// in a step.
  unsigned level(mlir::Value value);
  /// Whether an expression does more than read, and whether it is costly (a
  /// transcendental or a division) somewhere.
  bool isTrivial(mlir::Value value);
  bool isCostly(mlir::Value value);

  /// The dimension that `value`, if it is a sum over it (or another combination), should have in vector lanes, so that
  /// dense rows are read: of what is read most every number is needed once for the sums over `over`. Or an empty string.
  llvm::StringRef sumLanes(mlir::Value value, llvm::ArrayRef<llvm::StringRef> over);
  /// The convolution that `value` is, if its taps are too many, or not known to be few, to be written out one by one:
  /// a kernel of its own.
  mixer::ConvOp longConvolution(mlir::Value value) const;
  /// Extent of a dimension if it is fixed, else -1.
  int64_t fixedExtent(llvm::StringRef dim) const;
  /// Where an argument of the function, or a part or entry of one, lies in memory.
  std::optional<Stored> storedOf(mlir::Value value);
  bool isStored(mlir::Value value) { return storedOf(value).has_value(); }

  /// A name for `tensor`, an operand, temporary or view, with dimension `from` called `to`.
  mixer::OperandAttr renamed(mixer::OperandAttr tensor, llvm::StringRef from, llvm::StringRef to);
  /// A name for `tensor` along a route: with the steps `walk` counts in place of the axes.
  mixer::OperandAttr walked(mixer::OperandAttr tensor, kernel::WalkAttr walk);

  mlir::func::FuncOp func;
  llvm::SmallVector<mixer::DimAttr> dims;
  llvm::SmallVector<Output> outputs;
  /// The views that outputs and storedOf have named so far.
  llvm::SmallVector<mlir::Attribute> views;

  /// `wanted`, made longer if an operand or result is called so.
  std::string freshName(std::string wanted);

private:
  /// What a name stands for: the tensor itself and how it is seen.
  struct Seen {
    mlir::StringAttr of;
    mlir::NamedAttrList at, as;
    kernel::WalkAttr walk;
  };
  Seen seenAs(mixer::OperandAttr tensor);
  mixer::OperandAttr addView(mixer::OperandAttr tensor, const Seen &seen, llvm::ArrayRef<mlir::Attribute> axes,
                             llvm::StringRef suffix);
  mixer::OperandAttr viewOf(mixer::OperandAttr tensor, llvm::StringRef dim, std::optional<int64_t> at, llvm::StringRef as);
  void addOutput(mixer::OperandAttr tensor, mlir::Value value);

  llvm::DenseMap<std::pair<mlir::Value, mlir::Operation *>, bool> depends, varying;
  llvm::DenseMap<mlir::Value, bool> state, stateHere, costly;
  llvm::DenseMap<mlir::Value, unsigned> levels;
};

} // namespace mixir::lowering
