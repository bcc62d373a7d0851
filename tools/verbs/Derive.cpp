// Derive.cpp - `mixir derive`: programs of the language that follow from a mixer.
#include "tools/Derive.h"

#include "tools/ToolErrors.h"
#include "tools/verbs/Verbs.h"

#include "llvm/Support/raw_ostream.h"

namespace mixir::tools {

int deriveMain(const Words &words) {
  ProgramArguments arguments;
  bool isComposition = false;
  Verb verb{"derive",
            "FILE [options]",
            "Prints the partial of a mixer, a program of its own: what a piece of a sequence does to\n"
            "the states, so that pieces can be computed apart from each other and put together.\n"
            "For each state S: S_E, the last state from zero, and S_M, the product of its transitions.\n"
            "With --compose the program that puts two such pieces together.",
            {mixerOption(arguments), setOption(arguments), omitOption(arguments),
             switchOption("compose", "the composition of two partials", isComposition)}};
  Parsed parsed;
  if (parsedHelp(verb, words, parsed))
    return Success;
  if (parsed.positional.size() != 1)
    throw UsageError("'mixir derive': expected one file, got " +
                     std::to_string(parsed.positional.size()));
  Session session(parsed.positional[0]);
  auto program =
      session.analyse({session.defaultMixer(arguments.mixer), arguments.set, arguments.omit});
  llvm::outs() << (isComposition ? deriveComposition : derivePartial)(session, *program);
  return Success;
}

} // namespace mixir::tools
