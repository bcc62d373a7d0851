// Programs of the language that follow from a mixer.
#ifndef MIXIR_TOOLS_DERIVE_H
#define MIXIR_TOOLS_DERIVE_H

#include "tools/Session.h"

namespace mixir::tools {

/// The canonical text of the partial of a mixer: what a piece of a sequence does to its states.
/// Where a mixer has none the reason is printed, and thrown as AlreadyReported.
std::string derivePartial(Session &session, const frontend::Program &program);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_DERIVE_H
