// Symbolic analysis of a scan body: a value as an affine function of the old
// states, with coefficients that do not depend on them.
#pragma once

#include "lowering/Build.h"

#include "mlir/IR/IRMapping.h"

#include <map>
#include <string>

namespace mixir::lowering {

/// A number times a product of state-free values.
struct Coefficient {
  double scale = 1;
  llvm::SmallVector<mlir::Value> factors;

  bool isOne() const { return scale == 1 && factors.empty(); }
  bool isZero() const { return scale == 0 && factors.empty(); }
  /// Whether every factor of `other` is one of these, counted.
  bool contains(const Coefficient &other) const;
  /// Same scale and same factors in any order.
  bool operator==(const Coefficient &other) const;
};

/// A dimension of a state that a term reads under the name `to`, and `steps` coordinates lower.
struct StateMove {
  mlir::StringAttr from, to;
  int64_t steps = 0;

  bool operator==(const StateMove &other) const {
    return from == other.from && to == other.to && steps == other.steps;
  }
};

/// b * sum over `contract` of (a * S), S an old state, read in place or as `moves` say.
struct LowRankTerm {
  unsigned state;
  llvm::SmallVector<mlir::StringAttr> contract;
  Coefficient a, b;
  llvm::SmallVector<StateMove, 1> moves = {};
};

/// sum over states of D_s * S_s, plus low-rank terms, plus W; or the reason why not.
struct AffineForm {
  std::map<unsigned, Coefficient> decays; // by state; no entry is zero
  llvm::SmallVector<LowRankTerm> terms;
  std::optional<Coefficient> write; // none is zero
  std::string why; // not empty: not affine, and this stood in the way

  bool isAffine() const { return why.empty(); }
  bool dependsOnState() const { return !isAffine() || !decays.empty() || !terms.empty(); }
  static AffineForm notAffine(const llvm::Twine &why);
};

/// Follows the values of one scan body. State-free work is copied into another block (the
/// terms region), where coefficients are built.
class AffineAnalysis {
public:
  /// Analyses `body`, whose first `numStates` arguments are states; copies state-free
  /// operations to the end of `terms`, whose arguments are the step's slices.
  AffineAnalysis(mlir::Block &body, unsigned numStates, mlir::Block &terms,
                 llvm::ArrayRef<mixer::DimAttr> header);

  /// The form of `value`, a value of the body or from outside.
  AffineForm formOf(mlir::Value value);
  /// Builds a coefficient of element type `element` at the end of the terms block.
  mlir::Value materialise(const Coefficient &coefficient, mlir::Type element);

private:
  AffineForm analyse(mlir::Operation *op);
  AffineForm ofUnary(mixer::UnaryOp op);
  AffineForm ofBinary(mixer::BinaryOp op);
  AffineForm ofSelect(mixer::SelectOp op);
  AffineForm ofReduce(mixer::ReduceOp op);
  AffineForm ofMove(mlir::Value input, const StateMove &move);

  AffineForm sum(const AffineForm &f, const AffineForm &g);
  AffineForm scaled(AffineForm form, const Coefficient &by);
  AffineForm summed(const AffineForm &form, llvm::ArrayRef<mlir::StringAttr> dims);
  bool sumTerm(const LowRankTerm &term, llvm::ArrayRef<mlir::StringAttr> dims, AffineForm &out);
  void addTerm(AffineForm &form, const LowRankTerm &term);

  Coefficient add(const Coefficient &a, const Coefficient &b);
  Coefficient sumOver(const Coefficient &c, llvm::ArrayRef<mlir::StringAttr> dims);
  Coefficient choose(mlir::Value condition, const std::optional<Coefficient> &a,
                     const std::optional<Coefficient> &b);
  /// What `c` is at the other coordinates; `isWide`: its value is over the moved dimension.
  Coefficient moved(const Coefficient &c, const StateMove &move, bool isWide);
  bool moveTerm(LowRankTerm term, const StateMove &move, bool isWide, AffineForm &out);
  mlir::Value inside(const StateMove &move);
  /// The coefficient that is the state-free value `value` of the body.
  Coefficient freeValue(mlir::Value value);
  llvm::SmallVector<mlir::StringAttr> stateDims(unsigned state) const;
  llvm::SmallVector<mlir::StringAttr> readDims(const LowRankTerm &term) const;
  llvm::SmallVector<mlir::StringAttr> dimsOf(const Coefficient &c) const;

  mlir::Block &body;
  unsigned numStates;
  mlir::IRMapping copies; // state-free values of the body to their copies
  mlir::OpBuilder builder;
  Build build;
  mlir::Type element; // of the value being analysed
  llvm::DenseMap<mlir::Value, AffineForm> known;
  llvm::DenseMap<mlir::Value, mlir::Value> reciprocals;
};

} // namespace mixir::lowering
