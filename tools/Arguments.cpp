// Arguments.cpp - see Arguments.h.
#include "tools/Arguments.h"

#include "tools/ToolErrors.h"

namespace mixir::tools {

Option mixerOption(ProgramArguments &arguments) {
  return textOption("mixer", "NAME", "the mixer; default: the only one, or the one named as the file",
                    arguments.mixer);
}

Option setOption(ProgramArguments &arguments) {
  return {"set", "DIM=SIZE", "extent of a dimension",
          [&](const std::string &text) { parseSet(text, arguments.set); }};
}

Option omitOption(ProgramArguments &arguments) {
  return {"omit", "NAMES", "optional operands that are not supplied, separated by commas",
          [&](const std::string &text) {
            for (const std::string &name : splitList(text))
              arguments.omit.insert(name);
          }};
}

Option targetOption(ProgramArguments &arguments) {
  return choiceOption("target", {"host", "interpreter", "cuda"},
                      "the CPU (default), the float64 interpreter, or the GPU of this machine",
                      arguments.target);
}

Option mathOption(ProgramArguments &arguments) {
  return choiceOption("math", {"default", "fast"}, "accuracy of exp and its family",
                      arguments.math);
}

Option algorithmOption(ProgramArguments &arguments) {
  return choiceOption("algorithm", {"auto", "time_serial", "chunked", "convolution"},
                      "how recurrences are computed, where they can be computed so", arguments.algorithm);
}

Option isaOption(ProgramArguments &arguments) {
  return choiceOption("isa", {"avx2", "avx512"}, "instruction set; default: the best of this CPU",
                      arguments.isa);
}

Option verboseOption(ProgramArguments &arguments) {
  return switchOption("verbose", "say what the cache did and what was fixed", arguments.isVerbose);
}

Verb runVerb(RunArguments &arguments) {
  return {"run",
          "FILE --in IN.npz --out OUT.npz",
          "Runs a mixer on arrays by declared name. The shapes tell the dimensions; the optional\n"
          "operands that IN.npz lacks are not supplied.",
          {mixerOption(arguments),
           textOption("in", "IN.npz", "arrays, as numpy.savez writes them", arguments.in),
           textOption("out", "OUT.npz", "where the results go, for numpy.load", arguments.out),
           targetOption(arguments),
           setOption(arguments),
           {"threads", "N", "number of threads; 0 (default): as many as are useful",
            [&](const std::string &text) {
              arguments.threads = static_cast<int>(parseCount("--threads", text, 0, 1024));
            }},
           mathOption(arguments),
           algorithmOption(arguments),
           verboseOption(arguments)}};
}

void finishRunArguments(const Verb &verb, const Parsed &parsed, RunArguments &arguments) {
  arguments.file = onlyFile(verb, parsed);
  if (arguments.in.empty())
    throw UsageError("'mixir run': expected --in IN.npz, got none");
  if (arguments.out.empty())
    throw UsageError("'mixir run': expected --out OUT.npz, got none");
}

} // namespace mixir::tools
