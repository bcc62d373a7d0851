// Messages for the person who wrote the program: what was expected, what was found, where, and a
// stable code. All messages of a run are kept in order; tools print them, tests and editors read
// them as data.
#ifndef MIXIR_FRONTEND_DIAGNOSTICS_H
#define MIXIR_FRONTEND_DIAGNOSTICS_H

#include "frontend/SourceFile.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"

#include <deque>
#include <string>
#include <vector>

namespace mixir::frontend {

/// Stable number of each error; see ErrorCatalog.def.
enum class ErrorCode : unsigned {
#define MIXIR_ERROR(NUMBER, NAME, SUMMARY) NAME = NUMBER,
#include "frontend/ErrorCatalog.def"
};

/// One row of the catalog.
struct ErrorInfo {
  ErrorCode code;
  const char *name;    ///< snake_case short name
  const char *summary; ///< one sentence
};

/// All errors, ascending by number.
llvm::ArrayRef<ErrorInfo> errorCatalog();
/// Code as printed, for example MIX0012.
std::string errorCodeText(ErrorCode code);

/// A remark at a second place.
struct Note {
  Range range;
  std::string message;
};

/// One error with its notes.
struct Diagnostic {
  ErrorCode code;
  Range range;
  std::string message;
  std::vector<Note> notes;
};

/// Handle of the error just reported; adds notes to it.
class Report {
public:
  explicit Report(Diagnostic &diagnostic) : diagnostic(&diagnostic) {}
  /// Adds a note at another place.
  Report &note(Range range, const llvm::Twine &message) {
    diagnostic->notes.push_back({range, message.str()});
    return *this;
  }

private:
  Diagnostic *diagnostic;
};

/// Collects the errors of a run.
class Diagnostics {
public:
  /// Errors kept; later ones are only counted.
  static constexpr size_t maxErrors = 20;

  explicit Diagnostics(const SourceManager &sources) : sources(sources) {}

  /// Records an error; the same error at the same place is recorded once.
  Report error(ErrorCode code, Range range, const llvm::Twine &message);

  /// True if any error was reported (suppressed ones do not count).
  bool hasErrors() const { return count != 0; }
  /// Number of errors reported, kept or not.
  size_t numErrors() const { return count; }
  /// Kept errors in order.
  const std::deque<Diagnostic> &all() const { return kept; }
  /// Source text the ranges refer to.
  const SourceManager &sourceManager() const { return sources; }
  /// Prints every kept error with place, caret, code and notes.
  void print(llvm::raw_ostream &os, bool showColors = false) const;

  /// While alive, errors are dropped; `seen()` says whether there was one.
  class Suppress {
  public:
    explicit Suppress(Diagnostics &diags) : diags(diags), before(diags.dropped) {
      ++diags.suppressed;
    }
    ~Suppress() { --diags.suppressed; }
    Suppress(const Suppress &) = delete;
    Suppress &operator=(const Suppress &) = delete;
    bool seen() const { return diags.dropped != before; }

  private:
    Diagnostics &diags;
    size_t before;
  };

private:
  const SourceManager &sources;
  std::deque<Diagnostic> kept;
  Diagnostic scratch{};
  size_t count = 0;
  size_t dropped = 0;
  unsigned suppressed = 0;
};

/// The candidate closest to a misspelt name, or empty if none is near.
llvm::StringRef nearestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);
/// "; did you mean 'x'?" for the nearest candidate, or empty text.
std::string didYouMean(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_DIAGNOSTICS_H
