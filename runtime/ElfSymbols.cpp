// ElfSymbols.cpp - see ElfSymbols.h. The file may be anything, so every offset is checked.
#include "ElfSymbols.h"

#include "Failure.h"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace mixir::runtime;

namespace {

/// Copies a T at `offset` out of `bytes`; false when it does not lie inside.
template <typename T>
bool readAt(const std::string &bytes, uint64_t offset, T &value) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
    return false;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return true;
}

std::string readFile(const char *path) {
  std::error_code error;
  std::ifstream file;
  if (std::filesystem::is_regular_file(path, error))
    file.open(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad())
    fail(MIXIR_ERROR_LOAD, "cannot read '", path, "'");
  return bytes;
}

/// The NUL-terminated text at `offset` of a string table; empty when out of range.
std::string textAt(const std::string &bytes, const Elf64_Shdr &table, uint64_t offset) {
  uint64_t begin = 0, end = 0;
  if (offset >= table.sh_size || __builtin_add_overflow(table.sh_offset, offset, &begin) ||
      __builtin_add_overflow(table.sh_offset, table.sh_size, &end) || end > bytes.size())
    return "";
  const char *text = bytes.data() + begin;
  return std::string(text, strnlen(text, end - begin));
}

} // namespace

std::vector<std::string> mixir::runtime::definedSymbols(const char *path,
                                                        const std::string &prefix) {
  std::string bytes = readFile(path);
  Elf64_Ehdr header;
  bool isElf = readAt(bytes, 0, header) && std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
               header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_type == ET_DYN;
  if (!isElf)
    fail(MIXIR_ERROR_LOAD, "'", path, "' is not a 64-bit shared object");
  auto section = [&](uint64_t index, Elf64_Shdr &out) {
    return index < header.e_shnum &&
           readAt(bytes, header.e_shoff + index * sizeof(Elf64_Shdr), out);
  };
  std::vector<std::string> names;
  Elf64_Shdr symbols, strings;
  for (uint64_t i = 0; section(i, symbols); i++) {
    if (symbols.sh_type != SHT_DYNSYM || !section(symbols.sh_link, strings))
      continue;
    Elf64_Sym symbol;
    for (uint64_t at = 0; at + sizeof(symbol) <= symbols.sh_size; at += sizeof(symbol)) {
      if (!readAt(bytes, symbols.sh_offset + at, symbol))
        break;
      std::string name = textAt(bytes, strings, symbol.st_name);
      if (symbol.st_shndx != SHN_UNDEF && name.compare(0, prefix.size(), prefix) == 0)
        names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}
