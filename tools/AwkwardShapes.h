// Shapes that kernels get wrong first: one step, a tile and one more, ragged lanes, one channel.
#ifndef MIXIR_TOOLS_AWKWARDSHAPES_H
#define MIXIR_TOOLS_AWKWARDSHAPES_H

#include "tools/Bind.h"

namespace mixir::tools {

/// Extents by role: time is walked, batch is the first dimension, others count from the last one.
struct AwkwardShape {
  int64_t time, batch;
  std::vector<int64_t> others;
  bool omitsOptional = false;
};
const std::vector<AwkwardShape> &awkwardShapes();

/// The extents that `shape` gives the dimensions of a mixer that `set` leaves open, made smaller until
/// there are no more than `mostPoints` points, roughly.
Extents extentsFor(const frontend::Program &program, const AwkwardShape &shape, const Extents &set,
                   double mostPoints = 1 << 22);

/// The operands that a call need not supply.
std::set<std::string> optionalOperands(const frontend::Signature &signature);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_AWKWARDSHAPES_H
