// A recurrence as one Halide function: the work space of a tile.
#pragma once

#include "codegen/halide/KernelContext.h"

namespace mixir::codegen {

/// A recurrence being translated. Halide keeps no state in registers from one
/// step to the next, so a tile's states and accumulators are rows of one
/// function `work(lane, row, group of lanes)`, and each step is one update that scatters the
/// new states and accumulators into their rows. The caller owns its memory, and hands the states
/// of one tile on to the next in it.
class RecurEmitter {
public:
  RecurEmitter(KernelContext &context, kernel::RecurOp op);

  /// Defines the update; call after every stage it reads has been defined.
  void define();
  /// The stage (a function over its domain and time) is computed anew each step.
  void placeAtStep(Halide::Func stage);
  /// Pipeline outputs: the work space, then what the steps of the tile add to the past of each recalled accumulator.
  std::vector<Halide::Func> outputs();
  std::vector<Halide::ImageParam> pastInputs; ///< of recalled accumulators, from the first step on
  int64_t workRows() const { return rows; }
  /// The first row of each carried state.
  std::vector<int64_t> stateRows();
  /// Halide's names of the function and of the variable of the steps.
  std::string workName() const { return work.name(); }
  std::string timeName() const { return timeVar.name(); }

private:
  struct Slot {
    int64_t base = 0, rows = 1;
    std::vector<std::string> inner; // dimensions besides the lane, slowest first
    bool kept = false;
  };
  using Write = std::pair<Halide::Expr, Halide::Expr>;

  Slot makeSlot(mlir::ArrayAttr dims, bool kept, int64_t &next);
  Halide::Expr row(const Slot &slot, const llvm::StringMap<Halide::Expr> &at, Halide::Expr time);
  /// `work` at a row of the group of lanes that is being worked on, or of another one.
  Halide::FuncRef workAt(Halide::Expr row);
  Halide::Expr workAt(Halide::Expr lane, Halide::Expr row, Halide::Expr group);
  Halide::Expr laneOfTile();
  void defineInputs();
  Halide::Expr recalled(kernel::AccOp op, Scope &scope);
  Halide::Func trail(kernel::AccAttr acc);
  std::vector<Write> phaseWrites(kernel::PhaseOp phase, Scope &scope);
  Halide::Expr combined(kernel::AccAttr acc, kernel::PhaseOp phase, Halide::Expr row, Halide::Expr value);
  Scope phaseScope();
  void schedule();

  KernelContext &context;
  kernel::RecurOp op;
  std::string time;
  bool reverse = false;
  Halide::Func work;
  Halide::Var laneVar, rowVar, groupVar;
  int64_t lanes = 1, rows = 0;
  std::vector<std::string> inner; // union of the phases' domains, slowest first
  llvm::StringMap<Halide::RVar> innerVars;
  Halide::RDom domain;
  Halide::RVar phaseVar, timeVar;
  Halide::Expr timeAt;
  llvm::StringMap<Slot> states, accs;
  llvm::StringMap<Halide::ImageParam> pasts; ///< of recalled accumulators: their rows of each step one after the other
};

} // namespace mixir::codegen
