// Turns operations into lists of closures over slots: an operation is analysed
// once and run once, or once a step inside a scan.
#pragma once

#include "dialect/interpreter/Interpreter.h"
#include "dialect/interpreter/Nest.h"

#include "llvm/ADT/DenseMap.h"

#include <deque>
#include <functional>

namespace mixir::interpreter {

/// What one run of a block does.
struct Program {
  std::vector<std::function<void()>> steps;
  std::vector<std::function<void()>>
      resets; ///< forget history: run before the first step of a walk

  void run() const {
    for (auto &step : steps)
      step();
  }
  void reset() const {
    for (auto &r : resets)
      r();
  }
};

/// A slot that shows some elements of another one.
struct View {
  Slot *whole;
  Slot *part;

  /// Shows the elements that begin at `offset`, in elements of `whole`.
  void moveTo(int64_t offset) const {
    part->data = whole->data + offset * (whole->complex ? 2 : 1);
  }
};

/// A dimension that is read under another name, or at lower coordinates.
struct Move {
  mlir::StringAttr from, to;
  int64_t steps = 0;
};

class Evaluator {
public:
  Evaluator(const DimBindings &dims, const Options &options) : dims(dims), options(options) {}

  /// Appends what `op` does to `program`, and makes slots for its results.
  llvm::Error compile(mlir::Operation *op, Program &program);
  /// All operations of `block` but its terminator.
  llvm::Error compileBlock(mlir::Block &block, Program &program);

  /// The slot of a value that is already there.
  Slot *find(mlir::Value value) { return slots.lookup(value); }
  /// A dense slot with storage of its own for `value`.
  Slot *define(mlir::Value value);
  /// A dense slot of the given type that belongs to no value.
  Slot *makeSlot(mixer::NdType type);
  /// A slot for `value` without storage: the caller sets strides and data.
  Slot *defineView(mlir::Value value);
  /// Makes `value` another name of `slot`.
  void alias(mlir::Value value, Slot *slot) { slots[value] = slot; }
  /// Gives back the storage of `value`.
  void release(mlir::Value value);
  int64_t extent(mlir::StringAttr dim) const;

private:
  llvm::Error compilePointwise(mlir::Operation *op, Program &program, bool &known);
  llvm::Error compileReduce(mixer::ReduceOp op, Program &program);
  llvm::Error compileConv(mixer::ConvOp op, Program &program);
  llvm::Error compileTail(mixer::TailOp op, Program &program);
  llvm::Error compileRename(mixer::RenameOp op, Program &program);
  llvm::Error compileShift(mixer::ShiftOp op, Program &program);
  template <typename OpT> llvm::Error compilePieces(OpT op, bool isSplit, Program &program);
  llvm::Error compileSplit(mixer::SplitOp op, Program &program);
  llvm::Error compileMerge(mixer::MergeOp op, Program &program);
  llvm::Error compileGather(mixer::GatherOp op, Program &program);
  template <typename OpT> llvm::Error compileRouted(OpT op, Slot *grid, Slot *steps, bool isVisit, Program &program);
  llvm::Error compileVisit(mixer::VisitOp op, Program &program);
  llvm::Error compilePlace(mixer::PlaceOp op, Program &program);
  llvm::Error compilePrev(mixer::PrevOp op, Program &program);
  llvm::Error compileRecall(mixer::RecallOp op, Program &program);
  llvm::Error compilePick(mixer::PickOp op, Program &program);
  llvm::Error compileStack(mixer::StackOp op, Program &program);
  llvm::Error compileCall(mlir::func::CallOp op, Program &program);
  template <typename OpT> llvm::Error compileWalk(OpT op, Program &program);
  llvm::Error compileTerms(mixer::RecurrenceOp op, llvm::ArrayRef<Slot *> states,
                           llvm::ArrayRef<Slot *> slices, Program &program,
                           llvm::SmallVectorImpl<Slot *> &advanced);
  Slot *readAt(Slot *state, mlir::ArrayAttr at, unsigned term,
               std::vector<std::function<void()>> &steps);
  Slot *newSlot(llvm::ArrayRef<mlir::StringAttr> dims);
  Slot *newSlot(llvm::ArrayRef<mlir::StringAttr> dims, mlir::Type element);
  /// A slot over `dims` without storage that shows elements of `whole`, first those at its start.
  View makeView(Slot *whole, llvm::ArrayRef<mlir::StringAttr> dims);

  const DimBindings &dims;
  const Options &options;
  std::deque<Slot> pool;
  llvm::DenseMap<mlir::Value, Slot *> slots;
  unsigned callDepth = 0;
};

/// An error with this text.
llvm::Error makeError(const llvm::Twine &message);

/// Copies `from` into `to`, which has the moved dimensions; what lies outside is zero.
std::function<void()> moveInto(Slot *to, const Slot *from, llvm::ArrayRef<Move> moves);

/// Copies `from` into `to` by name; dimensions that `from` lacks are filled with the same value.
/// A real `from` may go into a complex `to`.
std::function<void()> copyInto(Slot *to, const Slot *from);

} // namespace mixir::interpreter
