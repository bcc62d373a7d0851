// placeholder
#include "lowering/Passes.h"

namespace mixir::lowering {
#define GEN_PASS_DEF_FINDRECURRENCEPASS
#include "lowering/Passes.h.inc"

namespace {
struct FindRecurrencePass : impl::FindRecurrencePassBase<FindRecurrencePass> {
  using FindRecurrencePassBase::FindRecurrencePassBase;
  void runOnOperation() override {}
};
} // namespace
} // namespace mixir::lowering
