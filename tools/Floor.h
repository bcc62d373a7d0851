// The least time that this machine needs for some work: measured rates of arithmetic and memory,
// and what they make of a count of operations and bytes.
#ifndef MIXIR_TOOLS_FLOOR_H
#define MIXIR_TOOLS_FLOOR_H

#include "codegen/Compiler.h"
#include "tools/Work.h"

namespace mixir::tools {

/// What some threads together do in a nanosecond.
struct MachineRates {
  double flops = 0;
  double exps = 0;
  double cachedBytes = 0; ///< from the second-level cache
  double bytes = 0;       ///< from memory
};

/// Rates of this machine, measured once a process and number of threads (some 50 ms).
const MachineRates &machineRates(codegen::HostIsa isa, int threads);

/// Operations and bytes overlap; exponentials and other operations share the units.
double floorNs(const WorkTotal &work, const MachineRates &rates);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_FLOOR_H
