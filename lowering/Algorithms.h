// The ways to compute a recurrence: what each asks for, and when it pays. ChooseAlgorithm picks one;
// the pass of the algorithm rewrites the recurrence.
#pragma once

#include "dialect/mixer/MixerDialect.h"

#include "llvm/ADT/StringMap.h"

#include <string>

namespace mixir::lowering {

/// One step after the other: every recurrence can be computed so.
constexpr llvm::StringLiteral kTimeSerial = "time_serial";

/// Convolutions with the answer to an impulse: recurrences that are the same at every step.
constexpr llvm::StringLiteral kConvolution = "convolution";

/// The extents of a mixer's dimensions, as far as they are fixed or expected.
struct ExpectedExtents {
  llvm::SmallVector<mixer::DimAttr> header;
  llvm::StringMap<int64_t> expected;
  /// The extent of `dim`, or -1.
  int64_t of(llvm::StringRef dim) const;
};

/// What an algorithm says of a recurrence: a part of a sentence that tells why, or why not.
struct Verdict {
  bool isPossible = false, pays = false;
  std::string why;
};

/// A way to compute recurrences.
struct Algorithm {
  llvm::StringRef name;
  Verdict (*judge)(mixer::RecurrenceOp recurrence, const ExpectedExtents &extents);
};

/// Whether a recurrence is a convolution of its inputs, and whether that is less work (ConvolveConstant.cpp).
Verdict judgeConvolution(mixer::RecurrenceOp recurrence, const ExpectedExtents &extents);

} // namespace mixir::lowering
