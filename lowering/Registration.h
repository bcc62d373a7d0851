// One place where the project's dialects and passes are registered, used by
// every tool.
#pragma once

namespace mlir {
class DialectRegistry;
}

namespace mixir::lowering {

/// Adds the project's dialects and the upstream ones they build on.
void registerAllDialects(mlir::DialectRegistry &registry);
/// Registers every pass and every phase pipeline by name.
void registerAllPasses();

} // namespace mixir::lowering
