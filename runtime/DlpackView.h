// DlpackView.h - mixir_tensor from and to DLPack's DLTensor.
#ifndef MIXIR_RUNTIME_DLPACKVIEW_H
#define MIXIR_RUNTIME_DLPACKVIEW_H

#include "mixir/mixir.h"

#include <dlpack/dlpack.h>

namespace mixir::runtime {

/// Views a DLTensor. Throws a Failure (DLPACK, RANK, DTYPE, DEVICE).
mixir_tensor fromDlpack(const DLTensor &source);

/// Makes a managed DLPack tensor over the memory of `tensor`; its deleter calls `release(user)`.
DLManagedTensor *toDlpack(const mixir_tensor &tensor, void (*release)(void *), void *user);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_DLPACKVIEW_H
