// Loops that do nothing but one kind of work, for measuring what this CPU can do. RateLoops.cpp is
// compiled once for each instruction set and therefore includes no header of the standard library.
#ifndef MIXIR_TOOLS_RATELOOPS_H
#define MIXIR_TOOLS_RATELOOPS_H

namespace mixir::tools {

struct RateLoops {
  int lanes;                                              ///< f32 numbers of a register
  void (*multiplyAdds)(int steps);                        ///< 10 * lanes multiply-adds a step
  void (*exponentials)(int steps);                        ///< 4 * lanes exponentials a step
  void (*readAll)(const float *data, unsigned long count); ///< reads them once
};

const RateLoops &rateLoopsAvx2();
const RateLoops &rateLoopsAvx512();

} // namespace mixir::tools

#endif // MIXIR_TOOLS_RATELOOPS_H
