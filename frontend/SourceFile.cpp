// Loading of source text and translation of byte offsets to lines, columns and printed carets.
#include "frontend/SourceFile.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mixir::frontend;

FileId SourceManager::add(llvm::StringRef name, llvm::StringRef text) {
  std::vector<uint32_t> starts = {0};
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n')
      starts.push_back(static_cast<uint32_t>(i + 1));
  lineStarts.push_back(std::move(starts));
  return sources.AddNewSourceBuffer(llvm::MemoryBuffer::getMemBufferCopy(text, name),
                                    llvm::SMLoc());
}

std::optional<FileId> SourceManager::open(llvm::StringRef path, std::string &error) {
  auto buffer = path == "-" ? llvm::MemoryBuffer::getSTDIN()
                            : llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                                          /*RequiresNullTerminator=*/true);
  if (!buffer) {
    error = buffer.getError().message();
    return std::nullopt;
  }
  if ((*buffer)->getBufferSize() > maxFileBytes) {
    error = "expected at most " + std::to_string(maxFileBytes) + " bytes, got " +
            std::to_string((*buffer)->getBufferSize());
    return std::nullopt;
  }
  return add(path == "-" ? "<stdin>" : path, (*buffer)->getBuffer());
}

llvm::StringRef SourceManager::text(FileId file) const {
  return sources.getMemoryBuffer(file)->getBuffer();
}

llvm::StringRef SourceManager::text(Range range) const {
  return text(range.file).slice(range.begin, range.end);
}

llvm::StringRef SourceManager::name(FileId file) const {
  return sources.getMemoryBuffer(file)->getBufferIdentifier();
}

LineColumn SourceManager::position(FileId file, uint32_t offset) const {
  const std::vector<uint32_t> &starts = lineStarts[file - 1];
  auto next = std::upper_bound(starts.begin(), starts.end(), offset);
  unsigned line = static_cast<unsigned>(next - starts.begin());
  return {line, offset - starts[line - 1] + 1};
}

llvm::SMLoc SourceManager::location(FileId file, uint32_t offset) const {
  return llvm::SMLoc::getFromPointer(text(file).data() + offset);
}

void SourceManager::print(llvm::raw_ostream &os, llvm::SourceMgr::DiagKind kind, Range range,
                          const llvm::Twine &message, bool showColors) const {
  if (!range.isValid()) {
    llvm::SMDiagnostic("mixir", kind, message.str()).print(nullptr, os, showColors);
    return;
  }
  uint32_t end = std::max(range.end, range.begin);
  llvm::SMRange underline(location(range.file, range.begin), location(range.file, end));
  sources.PrintMessage(os, underline.Start, kind, message, underline, {}, showColors);
}
