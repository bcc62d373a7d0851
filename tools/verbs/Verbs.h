// The verbs of the command, one file each. A verb takes the arguments behind its name and answers
// the exit code; mistakes are thrown (ToolErrors.h).
#ifndef MIXIR_TOOLS_VERBS_VERBS_H
#define MIXIR_TOOLS_VERBS_VERBS_H

#include "tools/CommandLine.h"

#include <string>
#include <vector>

namespace mixir::tools {

using Words = std::vector<std::string>;

// VERB(name, sentence)
#define MIXIR_VERBS(VERB)                                                                          \
  VERB(run, "run a mixer on arrays from a file")                                                   \
  VERB(check, "compare compiled code with the interpreter on generated input")                     \
  VERB(bench, "measure a mixer on generated input")                                                \
  VERB(compile, "compile ahead of time, or print the program at a phase")                          \
  VERB(derive, "print a program made from a mixer: what a piece of a sequence does to its states")   \
  VERB(routes, "print the places that the routes of a mixer visit")                                \
  VERB(draw, "draw the routes of a mixer and its matrix")                                          \
  VERB(explain, "say what was decided and why, or explain an error code")                          \
  VERB(fmt, "print or check the canonical form of files")                                          \
  VERB(doctor, "say what is installed and what is used")

#define MIXIR_DECLARE_VERB(name, sentence) int name##Main(const Words &words);
MIXIR_VERBS(MIXIR_DECLARE_VERB)
#undef MIXIR_DECLARE_VERB

/// Parses the words; prints the help and answers true if it was asked for.
bool parsedHelp(const Verb &verb, const Words &words, Parsed &parsed);

/// Path of the library that holds the compiler.
std::string compilerLibraryPath();

} // namespace mixir::tools

#endif // MIXIR_TOOLS_VERBS_VERBS_H
