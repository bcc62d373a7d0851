// How much work a planned program is: operations by the points they run at, and the bytes of its
// operands. `explain` prints it, the floor of a measurement is computed from it.
#ifndef MIXIR_TOOLS_WORK_H
#define MIXIR_TOOLS_WORK_H

#include "dialect/kernel/KernelDialect.h"
#include "tools/Bind.h"

namespace mixir::tools {

/// Operations of one loop nest, for each point of the dimensions that they vary over.
struct NestWork {
  std::string kernel, name;      ///< "scan0", "stage dt"
  std::vector<std::string> dims; ///< they are done once for every point of these
  double flops = 0;              ///< f32 additions, multiplications and their like
  double exps = 0;               ///< exp2, log and their like
};
/// Operations of all kernels, nest by nest: of each first those that vary over all its dimensions.
std::vector<NestWork> nestsOf(kernel::ProgramOp program);

/// A total for one call.
struct WorkTotal {
  double flops = 0, exps = 0;
  double bytes = 0;   ///< every operand once
  double traffic = 0; ///< what each kernel reads and writes, whether it is still in a cache or not
  double memory = 0;  ///< the same, but once what a task of kernels that follow each other uses again, if a cache holds it
};
/// Totals for the given extents, which must name every dimension, with `cacheBytes` of last cache (`memory`).
WorkTotal totalWork(kernel::ProgramOp program, const Extents &extents, double cacheBytes = 0);
/// Of this machine.
double lastCacheBytes();

/// Adds the extents of fixed and derived dimensions of the program where they can be known.
Extents completeExtents(kernel::ProgramOp program, Extents extents);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_WORK_H
