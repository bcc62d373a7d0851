// Source text and places in it. Every token, tree node and message carries a byte range of one
// loaded file, so that all later stages can point at the text without keeping it themselves.
#ifndef MIXIR_FRONTEND_SOURCEFILE_H
#define MIXIR_FRONTEND_SOURCEFILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SourceMgr.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mixir::frontend {

/// Number of a loaded file; 0 means no file.
using FileId = unsigned;

/// Bytes [begin, end) of one file.
struct Range {
  FileId file = 0;
  uint32_t begin = 0;
  uint32_t end = 0;

  /// True if the range belongs to a file.
  bool isValid() const { return file != 0; }
  /// Smallest range that covers both (of the same file).
  static Range join(Range first, Range last) { return {first.file, first.begin, last.end}; }
};

/// One-based line and column (column in bytes).
struct LineColumn {
  unsigned line = 1;
  unsigned column = 1;
};

/// Owns the text of every file read in one run.
class SourceManager {
public:
  /// Largest file accepted, in bytes.
  static constexpr size_t maxFileBytes = 4u << 20;

  SourceManager() = default;
  SourceManager(const SourceManager &) = delete;
  SourceManager &operator=(const SourceManager &) = delete;

  /// Adds text under a display name; the text is copied.
  FileId add(llvm::StringRef name, llvm::StringRef text);
  /// Reads a file; returns nothing and fills `error` if it cannot be read or is too large.
  std::optional<FileId> open(llvm::StringRef path, std::string &error);

  /// Text of a file, NUL terminated behind its end.
  llvm::StringRef text(FileId file) const;
  /// Text of a range.
  llvm::StringRef text(Range range) const;
  /// Name a file was added with.
  llvm::StringRef name(FileId file) const;
  /// Line and column of a byte of a file.
  LineColumn position(FileId file, uint32_t offset) const;

  /// Prints one message with place, caret and underlined range.
  void print(llvm::raw_ostream &os, llvm::SourceMgr::DiagKind kind, Range range,
             const llvm::Twine &message, bool showColors = false) const;

private:
  llvm::SMLoc location(FileId file, uint32_t offset) const;

  mutable llvm::SourceMgr sources;
  std::vector<std::vector<uint32_t>> lineStarts; // indexed by file - 1
};

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_SOURCEFILE_H
