// The build id that the build writes.
#include "codegen/BuildId.inc"
#include "codegen/common/Manifest.h"

namespace mixir::codegen {

llvm::StringRef buildId() { return MIXIR_BUILD_ID; }

} // namespace mixir::codegen
