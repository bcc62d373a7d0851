// Fetches rows of operands while a recurrence walks.
#pragma once

#include "codegen/halide/EmitRecur.h"

#include "llvm/ADT/StringSet.h"

namespace mixir::codegen {

/// A lowering pass of Halide. At every step of a recurrence it fetches into L2 one row of each
/// operand whose rows the hardware does not foresee, because they lie far apart in memory: of what is
/// read, the row that the next tile needs; of what is written, this tile's.
class PrefetchRows : public Halide::Internal::IRMutator {
public:
  PrefetchRows(KernelContext &context, const RecurEmitter &recur, llvm::ArrayRef<EntryArg> writes,
               llvm::ArrayRef<Halide::Func> outputs);

private:
  /// An operand over lanes and steps alone, which are dimensions 0 and 1 of its buffer.
  struct Rows {
    std::string buffer; // Halide's name
    int elementBytes;
    int tilesAhead;
  };

  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *let) override;
  bool isUsed(const Rows &rows) const;
  Halide::Internal::Stmt fetch(const Rows &rows, const Halide::Expr &step);
  void add(const EntryArg &arg, const std::string &buffer, int tilesAhead);

  KernelContext &context;
  std::string loopSuffix, groupName, workName, timeDim;
  int lanes, block;
  bool reverse;
  Halide::Expr extent;
  std::string group; // the loop over groups of lanes around, if there is one
  std::vector<Rows> rows;
  llvm::StringSet<> defined; // names that Halide defines around the loops
};

} // namespace mixir::codegen
