// Programs of the language that follow from a mixer.
#ifndef MIXIR_TOOLS_DERIVE_H
#define MIXIR_TOOLS_DERIVE_H

#include "tools/Session.h"

namespace mixir::tools {

/// The canonical text of the partial of a mixer: what a piece of a sequence does to its states.
/// Where a mixer has none the reason is printed, and thrown as AlreadyReported.
std::string derivePartial(Session &session, const frontend::Program &program);

/// The canonical text of the composition of two partials: from what derivePartial's program says of a piece of a
/// sequence (operands S_M1, S_E1) and of the one behind it (S_M2, S_E2), what it says of both as one. A state S that
/// is known is a partial as well: S_E1 = S without S_M1, which is zero. Where the mixer has no partial: as above.
std::string deriveComposition(Session &session, const frontend::Program &program);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_DERIVE_H
