// What a recurrence has to be like for its chunked form, and the parts that the form is made of.
#pragma once

#include "lowering/AffineForm.h"
#include "lowering/Algorithms.h"

namespace mixir::lowering {

/// Chunks of a sequence, computed by matrix products.
constexpr llvm::StringLiteral kChunked = "chunked";

/// A rank-1 term that enters a state S at a step: key (x) value, the key over the dimensions that the
/// reads contract. Null stands for one.
struct ChunkWrite {
  mlir::Value key, value;
};

/// sum over the contracted dimensions of `query` * S, S the state before the step.
struct ChunkRead {
  mlir::Value query;
};

/// A per-step value: sum of scales * reads, plus a part without the state (null: nothing).
struct ChunkOutput {
  unsigned result;
  llvm::SmallVector<std::pair<mlir::Value, unsigned>> reads; // scale (null: one), number of the read
  mlir::Value rest;
};

/// The step of a recurrence with one state S as
///   z_m = sum_K(query_m * S)       S <- decay * S + sum_m key_m z_m + sum_w key_w value_w
/// where queries, keys and the decay do not vary over every dimension of S besides K. The values are
/// those of one step, in a block of their own whose arguments are the slices of the inputs.
class ChunkForm {
public:
  explicit ChunkForm(mixer::RecurrenceOp recurrence);
  ~ChunkForm();
  /// Not empty: there is no chunked form, and this stands in the way.
  std::string why;

  mixer::RecurrenceOp recurrence;
  mlir::Block *step;
  llvm::SmallVector<mlir::StringAttr> contract; // K
  llvm::SmallVector<mlir::StringAttr> free;     // dimensions of S that only values vary over
  mlir::Value decay;                            // null: one
  llvm::SmallVector<ChunkRead> reads;           // the first numFed of them feed the state
  unsigned numFed = 0;
  llvm::SmallVector<mlir::Value> fedKeys;       // key_m
  llvm::SmallVector<ChunkWrite> writes;
  llvm::SmallVector<ChunkOutput> outputs;

  /// Whether the decay varies over contracted dimensions.
  bool decayIsVector() const;

private:
  bool find();
  bool findState();
  bool findOutput(unsigned result);
  bool findWrites(const Coefficient &write);
  bool addProduct(const Coefficient &product);
  bool takeContract(const LowRankTerm &term);
  bool findFree();
  std::optional<unsigned> readOf(const LowRankTerm &term);
  bool refuse(const llvm::Twine &reason);
  mlir::Value valueOf(const Coefficient &coefficient);

  AffineAnalysis analysis;
  llvm::SmallVector<LowRankTerm> seenReads;
};

/// Whether a recurrence has a chunked form, and whether it is the faster one.
Verdict judgeChunks(mixer::RecurrenceOp recurrence, const ExpectedExtents &extents);

} // namespace mixir::lowering
