// The error catalog as data, the collector of errors, and the search for the nearest name.
#include "frontend/Diagnostics.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mixir::frontend;

llvm::ArrayRef<ErrorInfo> mixir::frontend::errorCatalog() {
  static const ErrorInfo table[] = {
#define MIXIR_ERROR(NUMBER, NAME, SUMMARY) {ErrorCode::NAME, #NAME, SUMMARY},
#include "frontend/ErrorCatalog.def"
  };
  return table;
}

std::string mixir::frontend::errorCodeText(ErrorCode code) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("MIX%04u", static_cast<unsigned>(code));
  return text;
}

Report Diagnostics::error(ErrorCode code, Range range, const llvm::Twine &message) {
  scratch = Diagnostic{code, range, message.str(), {}};
  if (suppressed) {
    ++dropped;
    return Report(scratch);
  }
  for (const Diagnostic &old : kept)
    if (old.code == code && old.range.file == range.file && old.range.begin == range.begin &&
        old.message == scratch.message)
      return Report(scratch);
  if (++count > maxErrors)
    return Report(scratch);
  kept.push_back(scratch);
  return Report(kept.back());
}

void Diagnostics::print(llvm::raw_ostream &os, bool showColors) const {
  for (const Diagnostic &error : kept) {
    sources.print(os, llvm::SourceMgr::DK_Error, error.range,
                  error.message + " [" + errorCodeText(error.code) + "]", showColors);
    for (const Note &note : error.notes)
      sources.print(os, llvm::SourceMgr::DK_Note, note.range, note.message, showColors);
  }
  if (count > kept.size())
    os << "mixir: " << (count - kept.size()) << " more errors not shown\n";
}

llvm::StringRef mixir::frontend::nearestName(llvm::StringRef name,
                                             llvm::ArrayRef<llvm::StringRef> candidates) {
  llvm::StringRef best;
  unsigned bestDistance = name.size() <= 2 ? 2 : 1 + (name.size() + 1) / 3;
  for (llvm::StringRef candidate : candidates) {
    if (candidate == name)
      continue;
    unsigned distance = candidate.equals_insensitive(name)
                            ? 0
                            : name.edit_distance(candidate, /*AllowReplacements=*/true,
                                                 bestDistance);
    if (distance < bestDistance && distance < name.size()) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string mixir::frontend::didYouMean(llvm::StringRef name,
                                        llvm::ArrayRef<llvm::StringRef> candidates) {
  llvm::StringRef best = nearestName(name, candidates);
  return best.empty() ? std::string() : "; did you mean '" + best.str() + "'?";
}
