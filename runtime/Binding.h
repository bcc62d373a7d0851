// Binding.h - the tensors of one call, checked and resolved.
//
// Everything that can be wrong with a call is found here, before any kernel runs; the launcher then
// trusts the result.
#ifndef MIXIR_RUNTIME_BINDING_H
#define MIXIR_RUNTIME_BINDING_H

#include "Batch.h"
#include "Manifest.h"

#include <vector>

namespace mixir::runtime {

/// Sizes of all dimensions, and pointer and strides of all tensors. Kept and reused by a context.
struct Binding {
  std::vector<int64_t> sizes; ///< per dimension; of the packed one: of the longest sequence
  std::vector<char *> data;   ///< per tensor; temporaries are filled in by the launcher
  std::vector<int64_t> strides; ///< [tensor][dimension], in elements; 0 where it has no such
  size_t numDims = 0;
  BatchBinding batch;

  const int64_t *stridesOf(int tensor) const { return strides.data() + tensor * numDims; }
  int64_t *stridesOf(int tensor) { return strides.data() + tensor * numDims; }
  /// How many coordinates of `dim` lie in the memory of a tensor that has it, roughly where rows
  /// are indexed.
  int64_t storedExtent(size_t tensor, int dim) const {
    if (batch.isActive() && batch.places[tensor] == EntryPlace::Token) {
      if (dim == batch.dim)
        return 1;
      if (dim == batch.along)
        return batch.total;
    }
    return sizes[dim];
  }
};

/// Which dimensions a call must know: those of tensors and kernels.
std::vector<char> neededDims(const Manifest &manifest);

/// Checks `tensors` (one per operand) and fills `binding`. `aliases` as from findAliases, `needed`
/// as from neededDims, `batch` may be nullptr. Throws a Failure naming the tensor, what was found and
/// what was expected.
void bindTensors(const Manifest &manifest, const std::vector<char> &needed,
                 const std::vector<int> &aliases, const mixir_tensor *tensors, int numTensors,
                 const mixir_batch *batch, Binding &binding);

/// Bytes of all temporaries of a bound call, each aligned to kAlignment. Throws a Failure
/// (TOO_LARGE).
size_t tempBytes(const Manifest &manifest, const Binding &binding);
/// Gives the temporaries their places in `memory`, of so many bytes.
void placeTemps(const Manifest &manifest, char *memory, Binding &binding);

/// Fills the outputs in `tensors` from the inputs; see mixir_program_infer_outputs.
void inferOutputs(const Manifest &manifest, mixir_tensor *tensors, int numTensors,
                  const int64_t *dimSizes);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_BINDING_H
