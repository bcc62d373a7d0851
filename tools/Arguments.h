// What the verbs take on the command line, as data. `run` is read by the thin program as well, so
// nothing here knows the compiler.
#ifndef MIXIR_TOOLS_ARGUMENTS_H
#define MIXIR_TOOLS_ARGUMENTS_H

#include "tools/CommandLine.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mixir::tools {

/// Which mixer, and how to compile it.
struct ProgramArguments {
  std::string file;
  std::string mixer;                       ///< empty: see defaultMixer in Session.h
  std::map<std::string, int64_t> set;      ///< extents given by the user
  std::set<std::string> omit;              ///< optional operands that are not supplied
  std::string target = "host"; ///< or "interpreter", "cuda" (the GPU of this machine), "cuda-sm90"
  std::string math = "default";            ///< or "fast"
  std::string algorithm = "auto";          ///< of recurrences: see lowering/Pipelines.h
  std::string isa;                         ///< "avx2", "avx512"; empty: the best of this CPU
  bool isVerbose = false;
};

struct RunArguments : ProgramArguments {
  std::string in, out;
  int threads = 0; ///< 0: as many as are useful
};

/// Options that several verbs share, stored into `arguments`.
Option mixerOption(ProgramArguments &arguments);
Option setOption(ProgramArguments &arguments);
Option omitOption(ProgramArguments &arguments);
Option targetOption(ProgramArguments &arguments);
Option mathOption(ProgramArguments &arguments);
Option algorithmOption(ProgramArguments &arguments);
Option isaOption(ProgramArguments &arguments);
Option verboseOption(ProgramArguments &arguments);

/// `mixir run`.
Verb runVerb(RunArguments &arguments);
/// Takes the file from the positional arguments and checks what must be there.
void finishRunArguments(const Verb &verb, const Parsed &parsed, RunArguments &arguments);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_ARGUMENTS_H
