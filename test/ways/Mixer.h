// A mixer, compiled with its batch and its sequence left open, and what of it can be cut.
#pragma once

#include "test/ways/Arrays.h"
#include "tools/Session.h"
#include "tools/Specialise.h"

#include <memory>
#include <random>

namespace mixir::ways {

/// A state that calls hand on: an operand that ends in 0 and the result of its last value.
struct StateNames {
  std::string first, last;
};

class Mixer {
public:
  Mixer(const std::string &file, const std::string &name, uint64_t seed);

  const std::string &batch() const { return signature.dims[batchDim].name; }
  const std::string &along() const { return signature.dims[alongDim].name; }
  int batchAxis(const frontend::OperandInfo &info) const { return axisOf(info, batchDim); }
  int alongAxis(const frontend::OperandInfo &info) const { return axisOf(info, alongDim); }
  bool isState(const std::string &operand) const;

  /// Some steps of an operand that has the sequence.
  NpArray stepsOf(const NpArray &array, const frontend::OperandInfo &info, int64_t begin, int64_t end) const;
  /// Coordinates that an operand has on its walked axis for each step: more than one where the axis
  /// is merged with others.
  int64_t perStep(const frontend::OperandInfo &info) const;
  /// All operands of some steps, of all entries of the batch.
  Arrays steps(const Arrays &in, int64_t begin, int64_t end) const;
  /// The same of one entry.
  Arrays steps(const Arrays &in, int64_t entry, int64_t begin, int64_t end) const;
  /// Moves the number of the first step.
  static void advance(NpArray &array, int64_t by);

  /// Results of an ordinary call.
  Arrays call(const Arrays &in, int threads = 1) { return call(*compiled, in, threads); }
  Arrays call(Program &program, const Arrays &in, int threads = 1);
  static void expectNoProblem();

  /// The mixer with its recurrences in chunks of some steps; null where none can be computed so, or where another
  /// mixer of the file has the same forms and was asked before.
  Program *chunked();

  std::string file, name;
  std::mt19937 random;
  tools::Session session;
  uint64_t seed;
  frontend::Signature signature;
  std::unique_ptr<frontend::Program> program, fixed; ///< with the extents that were set; and all that compiling fixes
  unsigned batchDim, alongDim;
  std::vector<StateNames> states;
  std::string position;         ///< operand with the number of the first step
  std::string reason;           ///< why it cannot be packed; empty: it can
  std::string whyNotCut;        ///< why it cannot be cut into pieces; empty: it can
  tools::Extents extents, sizes; ///< that were set, and of all dimensions but the batch and the walked one
  Context context;
  std::unique_ptr<Program> compiled;

private:
  static int axisOf(const frontend::OperandInfo &info, unsigned dim);
  std::string whyNotPacked(size_t walked) const;
  const frontend::OperandInfo *find(const std::vector<frontend::OperandInfo> &list, const std::string &name) const;
  void findStates();
  void findUses(const std::vector<frontend::typed::Stmt> &body);
  void findUses(const frontend::typed::Expr *expr);
  void compile();

  bool hasLookedForChunks = false;
  std::unique_ptr<Program> inChunks;
};

/// A mixer of a file, compiled once for each seed. Kept to the end of the process, where the driver made for tests may
/// be gone before it would be closed.
Mixer &mixerOf(const std::string &file, const std::string &name, uint64_t seed);

} // namespace mixir::ways
