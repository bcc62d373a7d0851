// What a pass says about its decisions: remarks of three kinds, one category
// per stage, and a log that collects them for `mixir explain`.
#pragma once

#include "mlir/IR/Remarks.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace mixir::lowering {

/// The categories of remarks: one per stage.
namespace stage {
constexpr llvm::StringLiteral kNormalise = "normalise";
constexpr llvm::StringLiteral kChoose = "choose";
constexpr llvm::StringLiteral kPlan = "plan";
} // namespace stage

/// A key and a value that a remark carries beside its sentence.
using RemarkArg = mlir::remark::detail::Remark::Arg;

/// A fact: "state 'h' is affine: ...". Stream the sentence, then RemarkArgs. `pass` is the
/// pass's stem, `name` the kind of remark; all three strings must outlive the remark.
mlir::remark::detail::InFlightRemark remarkAnalysis(mlir::Operation *op, llvm::StringRef stage,
                                                    llvm::StringRef pass, llvm::StringRef name);
/// Something was done, and why.
mlir::remark::detail::InFlightRemark remarkPassed(mlir::Operation *op, llvm::StringRef stage,
                                                  llvm::StringRef pass, llvm::StringRef name);
/// Something faster was not possible, and why.
mlir::remark::detail::InFlightRemark remarkMissed(mlir::Operation *op, llvm::StringRef stage,
                                                  llvm::StringRef pass, llvm::StringRef name);

/// One remark as it was reported.
struct CollectedRemark {
  mlir::remark::RemarkKind kind;
  std::string category; // the stage
  std::string pass;
  std::string name;
  std::string function;
  std::string message;
  std::string file; // empty where the location is not in a file
  unsigned line = 0, column = 0;
  std::vector<std::pair<std::string, std::string>> args;
};

/// The remarks of one context, in the order in which they came.
struct RemarkLog {
  std::mutex mutex;
  std::vector<CollectedRemark> remarks;
};

/// Hands every remark it is given to a log.
class RemarkCollector : public mlir::remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkCollector(std::shared_ptr<RemarkLog> log) : log(std::move(log)) {}
  void streamOptimizationRemark(const mlir::remark::detail::Remark &remark) override;

private:
  std::shared_ptr<RemarkLog> log;
};

/// Collects every remark of `context` from now on; call it once per context, before passes run.
std::shared_ptr<RemarkLog> collectRemarks(mlir::MLIRContext &context);

/// "passed", "missed", "failed" or "analysis".
llvm::StringRef remarkKindName(mlir::remark::RemarkKind kind);

} // namespace mixir::lowering
