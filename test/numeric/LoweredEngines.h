// The interpreter on what the lowering passes make of a mixer: a pass that changes the meaning is
// caught before any code is generated.
#pragma once

#include "test/numeric/GoldenRunner.h"

namespace mixir::numeric {

/// The mixer after normalising, body by body; with `useTerms` by the canonical form.
Engine normalisedEngine(bool useTerms);
/// The mixer as planning sees it: complex values as pairs, products regrouped, exp as exp2.
Engine preparedEngine();

} // namespace mixir::numeric
