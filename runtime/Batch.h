// Batch.h - where the entries of the batch of one call lie, when they do not simply follow each
// other: packed sequences, rows of states chosen by an index, entries that are left out.
//
// Nothing of it is known when a program is compiled. A kernel sees one entry at a time, so the
// launcher only has to place each of its tensors at the entry and to tell it the entry's length.
#ifndef MIXIR_RUNTIME_BATCH_H
#define MIXIR_RUNTIME_BATCH_H

#include "Manifest.h"

#include <vector>

namespace mixir::runtime {

/// What a tensor's place for an entry is counted by.
enum class EntryPlace : uint8_t {
  Number, ///< the number of the entry
  Row,    ///< rows[entry]
  Token   ///< offsets[entry], along the packed dimension
};

/// The batch of one call, checked. Kept and reused by a context.
struct BatchBinding {
  int dim = -1;   ///< the batch dimension; -1: nothing special
  int along = -1; ///< the packed dimension; -1: none
  int64_t count = 0;
  int64_t total = 0;   ///< packed: all sequences together; -1: the tensors tell
  int64_t longest = 0; ///< packed: the longest sequence, as far as known
  bool isOnDevice = false; ///< offsets and rows are memory of the GPU, which only kernels read
  const int64_t *offsets = nullptr, *rows = nullptr;
  std::vector<EntryPlace> places;    ///< per tensor
  std::vector<mixir_tensor> logical; ///< the operands as if they had an entry each, for their sizes

  bool isActive() const { return dim >= 0; }
  bool isPacked() const { return along >= 0; }
  bool isSkipped(int64_t entry) const { return rows && rows[entry] < 0; }
  int64_t row(int64_t entry) const { return rows ? rows[entry] : entry; }
  int64_t length(int64_t entry) const { return offsets[entry + 1] - offsets[entry]; }
  /// Where the tokens of an entry begin; an empty one may be anywhere, and is put inside.
  int64_t token(int64_t entry) const { return length(entry) ? offsets[entry] : 0; }
};

/// Checks `given` against the program and the operands, whose form has been checked, and fills
/// `batch`. Throws a Failure naming what was found and what was expected.
void bindBatch(const Manifest &manifest, const std::vector<char> &needed, const mixir_batch &given,
               const mixir_tensor *tensors, BatchBinding &batch);

/// Makes the outputs of skipped entries zero, but for those that rows index.
void zeroSkipped(const Manifest &manifest, const BatchBinding &batch, const mixir_tensor *tensors);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_BATCH_H
