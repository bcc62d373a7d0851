// Failure.h - how an error travels inside the runtime.
//
// Checks throw a Failure; `guarded` in Context.h turns it into a status and the error text of the
// context at the C boundary, so that no exception leaves the library. Nothing on the path of a
// correct call throws.
#ifndef MIXIR_RUNTIME_FAILURE_H
#define MIXIR_RUNTIME_FAILURE_H

#include "mixir/mixir.h"

#include <exception>
#include <sstream>
#include <string>
#include <utility>

namespace mixir::runtime {

/// A mixir_status and the text for the user: lower-case, naming the tensor.
class Failure : public std::exception {
public:
  Failure(int status, std::string text) : status(status), text(std::move(text)) {}
  const char *what() const noexcept override { return text.c_str(); }

  int status;
  std::string text;
};

/// Throws a Failure whose text is `parts` one after the other.
template <typename... Parts>
[[noreturn]] void fail(int status, const Parts &...parts) {
  std::ostringstream text;
  (text << ... << parts);
  throw Failure(status, text.str());
}

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_FAILURE_H
