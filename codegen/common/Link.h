// Linking by the LLVM linker as a child process.
#pragma once

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mixir::codegen {

enum class LinkMode { Shared, Relocatable };

/// Links objects (their bytes) and answers the bytes of the result. Errors: no
/// linker found, or what it said.
llvm::Expected<std::string> link(const std::vector<std::string> &objects, LinkMode mode);
/// Path of the linker, empty if there is none.
std::string findLinker();

} // namespace mixir::codegen
