// A mixer compiled for this machine in process, as a function from arrays to arrays. Each new set of
// shapes is specialised and compiled once. For tests and for the tools; nothing is left in the cache.
#ifndef MIXIR_TOOLS_HOSTENGINE_H
#define MIXIR_TOOLS_HOSTENGINE_H

#include "dialect/interpreter/Interpreter.h"
#include "tools/Compile.h"
#include "tools/RunProgram.h"

#include <map>
#include <memory>

namespace mixir::tools {

class HostEngine {
public:
  /// Reads the file and checks the mixer. Throws what the tools throw (ToolErrors.h); messages about
  /// the text are printed.
  HostEngine(const std::string &file, MixerChoice choice, ProgramArguments arguments = {});

  /// Runs on arrays by operand name, given as numbers of any precision; operands that are optional
  /// and missing are not supplied. Throws what the tools and the runtime throw.
  interpreter::Arrays run(const interpreter::Arrays &inputs, int threads = 1);

  Session session;
  lowering::ChooseOptions choose; ///< of programs that are compiled from now on

private:
  struct Loaded {
    Context context;
    std::unique_ptr<Program> program;
  };
  Loaded &load(const std::map<std::string, int64_t> &extents, const std::set<std::string> &omitted);

  MixerChoice choice;
  ProgramArguments arguments;
  runtime::Cache cache;
  std::map<std::string, std::unique_ptr<Loaded>> loaded; // by what was fixed and omitted
};

} // namespace mixir::tools

#endif // MIXIR_TOOLS_HOSTENGINE_H
