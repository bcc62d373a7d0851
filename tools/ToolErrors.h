// The ways a tool can fail, one type and one exit code each, so that scripts can tell a mistake of
// the user from a bug of the compiler. No compiler headers here: the thin program uses it too.
#ifndef MIXIR_TOOLS_TOOLERRORS_H
#define MIXIR_TOOLS_TOOLERRORS_H

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mixir::tools {

/// Exit codes of every program of the project.
enum ExitCode { Success = 0, WrongInput = 1, WrongUsage = 2, CompilerBug = 3 };

/// Stable number of each mistake; see ToolErrors.def.
enum class ToolCode {
#define MIXIR_TOOL_ERROR(number, name, sentence) name = number,
#include "tools/ToolErrors.def"
};

/// One row of the table.
struct ToolErrorRow {
  ToolCode code;
  const char *name, *sentence;
};
/// All mistakes, ascending by number.
const std::vector<ToolErrorRow> &toolErrorTable();
/// Code as printed, for example MIXT0002.
std::string toolCodeText(ToolCode code);

/// Wrong input of the user (exit code 1).
class UserError : public std::runtime_error {
public:
  UserError(ToolCode code, const std::string &text) : std::runtime_error(text), number(code) {}
  ToolCode code() const { return number; }

private:
  ToolCode number;
};

/// A mistake in the command line (exit code 2).
class UsageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The message is printed already (exit code 1).
class AlreadyReported : public std::runtime_error {
public:
  AlreadyReported() : std::runtime_error("the text of the program has errors") {}
};

/// A bug of the compiler (exit code 3). `reproducer` is text that shows it, or empty.
class InternalError : public std::runtime_error {
public:
  InternalError(const std::string &text, std::string reproducer)
      : std::runtime_error(text), program(std::move(reproducer)) {}
  const std::string &reproducer() const { return program; }

private:
  std::string program;
};

/// Runs `body`; prints what it throws to the standard error stream and answers the exit code.
int guarded(const std::function<int()> &body);

/// The candidate closest to a misspelt word as "; did you mean 'x'?", or empty text.
std::string suggestion(const std::string &word, const std::vector<std::string> &candidates);
/// "a, b, c".
std::string joined(const std::vector<std::string> &words);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_TOOLERRORS_H
