// ElfSymbols.h - the names that a shared object exports, read from its file.
#ifndef MIXIR_RUNTIME_ELFSYMBOLS_H
#define MIXIR_RUNTIME_ELFSYMBOLS_H

#include <string>
#include <vector>

namespace mixir::runtime {

/// Defined dynamic symbols of the 64-bit ELF file at `path` that begin with `prefix`, sorted.
/// Throws a Failure (LOAD) when the file cannot be read or is no shared object.
std::vector<std::string> definedSymbols(const char *path, const std::string &prefix);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_ELFSYMBOLS_H
