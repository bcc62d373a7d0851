// The data object beside the kernels' code: the table that a program exports.
#pragma once

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mixir::codegen {

/// Bytes of an ELF object that defines `mixir_program_<name>` (mixir_kernel_table
/// of runtime/include/mixir/mixir.h) and refers to the entries by symbol. `abiMinor` is the oldest
/// minor version whose runtimes can run it.
llvm::Expected<std::string> tableObject(llvm::StringRef name, llvm::StringRef manifest, uint64_t features,
                                        uint16_t abiMinor, const std::vector<std::string> &entries);

} // namespace mixir::codegen
