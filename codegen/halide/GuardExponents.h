// exp2 without its limits, where the exponents of a tile stay within them.
#pragma once

#include "codegen/halide/EmitRecur.h"

namespace mixir::codegen {

/// A lowering pass of Halide. Before the steps of a tile it finds a bound of their exponents, where that
/// takes far fewer operations than the powers themselves: of `dt * A` the largest |dt| of the steps times
/// the largest |A| of the states, lane by lane. Where no exponent can leave [-120, 120] the steps run with
/// `mixir_exp2_bounded`, whose chain of dependent operations is shorter; else as they were written.
class GuardExponents : public Halide::Internal::IRMutator {
public:
  explicit GuardExponents(const RecurEmitter &recur)
      : loopPrefix(recur.workName() + ".s"), loopSuffix("." + recur.timeName()) {}

private:
  using IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::For *loop) override;

  std::string loopPrefix, loopSuffix; // of the loop over steps
};

} // namespace mixir::codegen
