// The calls that a serving program makes. Each check compares with what sequences give alone.
#pragma once

#include "test/ways/Sequences.h"

namespace mixir::ways {

/// Steps of an entry, packed with others. `length` 0: it has none this time.
struct Piece {
  int64_t entry, begin, length;
};

/// All pieces in one call.
void checkPacked(Sequences &sequences, const std::vector<Piece> &pieces, int threads);
/// An entry in pieces of the given lengths, a call each. `isInPlace`: a state has one memory.
void checkPieces(Sequences &sequences, int64_t entry, const std::vector<int64_t> &lengths, bool isInPlace);
/// All sequences piece by piece: each call packs the next pieces of some of them, whose states are
/// rows of a pool.
void checkPool(Sequences &sequences, const std::vector<int64_t> &lengths, bool isInPlace);

} // namespace mixir::ways
