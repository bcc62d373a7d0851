// A compiled mixer against the interpreter on the same generated input: what `check` is about, and
// where `bench` gets its error from.
#ifndef MIXIR_TOOLS_VERIFY_H
#define MIXIR_TOOLS_VERIFY_H

#include "tools/Compile.h"
#include "tools/Convert.h"
#include "tools/Generate.h"

namespace mixir::tools {

/// The worst result of a comparison. Errors are relative to the largest number of a result.
struct Comparison {
  double error = 0;
  std::string result;
  bool isWithin = true;
};

/// Largest relative error that a target may have.
double toleranceOf(const ProgramArguments &arguments);

/// Compares results; a narrow result may also be off by its own rounding.
Comparison compareResults(const frontend::Signature &signature, const std::vector<NpArray> &results,
                          const interpreter::Arrays &reference, double tolerance);

/// Runs the interpreter. Throws UserError.
interpreter::Arrays runInterpreter(Session &session, const frontend::Program &program,
                                   const std::vector<NpArray> &arrays, const Extents &extents);

/// Generated input with the results it should give.
struct ReferenceCase {
  std::vector<NpArray> inputs;
  interpreter::Arrays results;
  InputRange range;
};
/// Tries ranges of input until the results stay small and do not hang on the last bits of the input.
ReferenceCase makeReference(Session &session, const frontend::Program &program,
                            const Extents &extents, uint64_t seed);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_VERIFY_H
