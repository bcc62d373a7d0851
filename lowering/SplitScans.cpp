// placeholder
#include "lowering/Passes.h"

namespace mixir::lowering {
#define GEN_PASS_DEF_SPLITSCANSPASS
#include "lowering/Passes.h.inc"

namespace {
struct SplitScansPass : impl::SplitScansPassBase<SplitScansPass> {
  using SplitScansPassBase::SplitScansPassBase;
  void runOnOperation() override {}
};
} // namespace
} // namespace mixir::lowering
