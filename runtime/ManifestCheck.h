// ManifestCheck.h - consistency of a manifest after reading.
#ifndef MIXIR_RUNTIME_MANIFESTCHECK_H
#define MIXIR_RUNTIME_MANIFESTCHECK_H

#include "Manifest.h"

namespace mixir::runtime {

/// Throws a Failure (BAD_MANIFEST) when the launcher could not run what the manifest describes.
void checkManifest(const Manifest &manifest);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_MANIFESTCHECK_H
