// Which kernels a mixer becomes, what each computes, and what passes between
// them through memory.
#pragma once

#include "lowering/plan/Facts.h"

#include "llvm/ADT/MapVector.h"

#include <map>

namespace mixir::lowering {

/// One kernel to be: around a recurrence, or a map that computes one value.
struct KernelPlan {
  mixer::RecurrenceOp recurrence; // null for a map
  mlir::Value target;             // a map's value
  std::string lane;               // dimension in vector lanes, or empty
  DimList parallel, inner;        // other dimensions: independent, and looped over inside
  mixer::ConvOp convolution;      // all of the kernel, if it is one of the runtime's; else null
  std::string entries;            // of a convolution: dimension of which a task takes several, or empty
  std::string walked;             // of a map: steps of routes that it goes along in order, or empty
  llvm::SmallVector<mlir::Value> made; // values that the kernel of a recurrence makes from its steps for others
  bool isCopy = false;            // a map that copies its value, which another kernel has made
  std::map<unsigned, mixer::OperandAttr> pasts; // of recalled states, by number: temporaries for all steps, on a GPU
  /// Outputs (Facts::outputs) that this kernel writes, by number.
  llvm::SmallVector<unsigned> results;
  /// Whether the kernel cuts `dim` into blocks, so that no reduction can cross it.
  bool cuts(llvm::StringRef dim);
  /// Whether it is here that `value` is computed.
  bool makes(mlir::Value value) const;
};

/// The kernels of a function in the order they run.
class Partition {
public:
  /// `reduceApart`: what a map reduces is a kernel of its own, because its threads could not share
  /// the sum.
  Partition(Facts &facts, bool reduceApart);

  std::vector<KernelPlan> kernels;
  /// Values that pass through memory between kernels, with their names.
  llvm::MapVector<mlir::Value, std::string> temps;

private:
  void planRecurrence(mixer::RecurrenceOp recurrence);
  void planMap(mlir::Value target, std::optional<unsigned> result);
  void planConvolution(KernelPlan &kernel, mixer::ConvOp conv, const DimList &stored);
  void addCopies();
  void placeResult(unsigned number);
  llvm::StringRef openDim(mlir::Value value, KernelPlan &kernel);
  bool canFuse(mlir::Value value, KernelPlan &kernel, std::string &why);
  void need(mlir::Value value, size_t kernel);
  bool isSumOf(int64_t many, mlir::Value value);
  bool isLargeSum(mlir::Value value);
  bool isProductApart(mlir::Value value, const KernelPlan &plan);
  void needOnce(mlir::Value value, size_t kernel);
  void needTemp(mlir::Value value, size_t kernel);
  bool makeByKernel(mlir::Value value);
  bool hasTableDims(mlir::Value value, KernelPlan &kernel);
  KernelPlan *lastKernel(mlir::Value value);
  std::string walkedBy(mlir::Value value, mlir::Value target);
  DimList withoutShort(const DimList &dims);
  bool isTableDim(llvm::StringRef dim);
  void orderKernels();
  void sharePlaces();
  void needAll(size_t kernel);
  bool isShifted(llvm::StringRef dim);
  void needStored(mlir::Value value, size_t kernel);
  void needVisit(mlir::Value value, size_t kernel);
  void needBody(size_t kernel);
  void chooseLane(KernelPlan &kernel, llvm::ArrayRef<llvm::StringRef> candidates);

  Facts &facts;
  bool reduceApart;
  llvm::DenseSet<std::pair<mlir::Value, size_t>> seen;
  llvm::SmallSetVector<std::pair<mlir::Value, size_t>, 16> reads; ///< of temporaries, by kernels
};

/// Whether a value is written straight from a recurrence's last state (both
/// parts for a complex one).
bool isLastState(mlir::Value value);

} // namespace mixir::lowering
