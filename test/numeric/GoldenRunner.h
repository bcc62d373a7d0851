// Runs a golden case with one engine: cuts it into calls, feeds states on, compares the results.
#pragma once

#include "dialect/interpreter/Interpreter.h"
#include "test/numeric/GoldenCases.h"

#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <set>

namespace mixir::numeric {

/// A mixer to compile: the file, its name, what is fixed and what is not supplied.
struct MixerSource {
  std::string path, mixer;
  std::map<std::string, int64_t> extents;
  std::set<std::string> omitted;
};

/// One call of a compiled mixer: operands by name in stored axes -> results by name.
using Call = std::function<llvm::Expected<interpreter::Arrays>(const interpreter::Arrays &)>;

/// A way to run mixers, and how near it must come to the golden numbers.
struct Engine {
  std::string name;
  double tolerance; ///< of the largest golden number
  std::function<llvm::Expected<Call>(const MixerSource &)> compile;
  /// Operands hold 16 bits: the golden inputs are rounded, and what the interpreter makes of the
  /// rounded ones is what must come out.
  bool isHalf = false;
};

/// The name of an engine in test output.
inline std::ostream &operator<<(std::ostream &os, const Engine &e) { return os << e.name; }

/// Rewrites an imported module before it is interpreted.
using Transform = std::function<llvm::Error(mlir::ModuleOp)>;

/// The float64 interpreter on the mixer as imported, or on what `transform` makes of it.
Engine interpreterEngine(std::string name = "as_written", Transform transform = nullptr,
                         bool useTerms = false);

/// The engines of this test program; every one defines its own.
std::vector<Engine> engines();

/// What came out of a case.
struct Outcome {
  std::string problem;   ///< empty: within tolerance
  double worstRatio = 0; ///< largest error of any result over the largest golden number of it
};

/// The golden folder: $MIXIR_GOLDEN_DIR or the default of the build; empty if it is not there.
std::string goldenFolder();

/// Runs `c` with `engine`; mixers are looked for in `mixersFolder`.
Outcome runGoldenCase(const GoldenCase &c, const Engine &engine, const std::string &goldenFolder,
                      const std::string &mixersFolder);

} // namespace mixir::numeric
