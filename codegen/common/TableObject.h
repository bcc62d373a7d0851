// The data object beside the kernels' code: the table that a program exports.
#pragma once

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mixir::codegen {

struct Entry;

/// Bytes of an ELF object that defines `mixir_program_<name>` (mixir_kernel_table
/// of runtime/include/mixir/mixir.h), refers to generated entries by symbol, and defines those
/// that are calls.
llvm::Expected<std::string> tableObject(llvm::StringRef name, llvm::StringRef manifest, uint64_t features,
                                        const std::vector<Entry> &entries);

} // namespace mixir::codegen
