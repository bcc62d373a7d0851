// Input for measurements and checks: repeatable random numbers in ranges in which the mixer stays
// finite.
#ifndef MIXIR_TOOLS_GENERATE_H
#define MIXIR_TOOLS_GENERATE_H

#include "tools/Bind.h"

namespace mixir::tools {

/// Uniform ranges of inputs and parameters.
struct InputRange {
  double inLow, inHigh, paramLow, paramHigh;
};
/// Ranges to try in this order: the first in which results are fit for a comparison is used.
const std::vector<InputRange> &inputRanges();
/// Larger results mean that the mixer grows without end on this input.
constexpr double kLargestResult = 1e6;
/// "inputs -1 .. 1, parameters -1 .. -0.05".
std::string rangeText(const InputRange &range);

/// An array for each supplied operand, of numbers that its stored type holds exactly.
std::vector<NpArray> generateInputs(const frontend::Signature &signature, const Extents &extents,
                                    const InputRange &range, uint64_t seed);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_GENERATE_H
