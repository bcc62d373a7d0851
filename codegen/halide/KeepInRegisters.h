// Rows of a tile's work space that a loop only passes on to itself, kept in registers.
#pragma once

#include <Halide.h>

#include <string>

namespace mixir::codegen {

/// A lowering pass of Halide. What an innermost loop loads from and stores to one row of `work` at
/// every iteration goes through a small allocation of its own, filled before the loop and written
/// back behind it. LLVM keeps such an allocation in registers; it cannot do so with the row, because
/// other rows of the same allocation are written in the loop at indices that it cannot tell apart.
class KeepInRegisters : public Halide::Internal::IRMutator {
public:
  explicit KeepInRegisters(std::string work) : work(std::move(work)) {}

private:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;

  std::string work;
  int count = 0;
};

} // namespace mixir::codegen
