// The passes of the lowering stage; declarations come from Passes.td.
#pragma once

#include "dialect/kernel/KernelDialect.h"

#include "mlir/Pass/Pass.h"

namespace mixir::lowering {

#define GEN_PASS_DECL
#include "lowering/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "lowering/Passes.h.inc"

} // namespace mixir::lowering
