// Remarks through MLIR's engine, so that the opt tool's flags show them too.
#include "lowering/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using remark::RemarkKind;
using remark::detail::InFlightRemark;

namespace mixir::lowering {

static remark::RemarkOpts optionsFor(Operation *op, StringRef stage, StringRef pass, StringRef name) {
  auto func = dyn_cast<func::FuncOp>(op);
  if (!func)
    func = op->getParentOfType<func::FuncOp>();
  auto options = remark::RemarkOpts::name(name).category(stage).subCategory(pass);
  return func ? options.function(func.getName()) : options;
}

InFlightRemark remarkAnalysis(Operation *op, StringRef stage, StringRef pass, StringRef name) {
  return remark::analysis(op->getLoc(), optionsFor(op, stage, pass, name));
}

InFlightRemark remarkPassed(Operation *op, StringRef stage, StringRef pass, StringRef name) {
  return remark::passed(op->getLoc(), optionsFor(op, stage, pass, name));
}

InFlightRemark remarkMissed(Operation *op, StringRef stage, StringRef pass, StringRef name) {
  return remark::missed(op->getLoc(), optionsFor(op, stage, pass, name));
}

StringRef remarkKindName(RemarkKind kind) {
  switch (kind) {
  case RemarkKind::RemarkPassed:
    return "passed";
  case RemarkKind::RemarkMissed:
    return "missed";
  case RemarkKind::RemarkFailure:
    return "failed";
  default:
    return "analysis";
  }
}

/// The engine keeps the kind only as LLVM's remark type.
static RemarkKind kindOf(const remark::detail::Remark &remark) {
  switch (remark.getRemarkType()) {
  case llvm::remarks::Type::Passed:
    return RemarkKind::RemarkPassed;
  case llvm::remarks::Type::Missed:
    return RemarkKind::RemarkMissed;
  case llvm::remarks::Type::Failure:
    return RemarkKind::RemarkFailure;
  default:
    return RemarkKind::RemarkAnalysis;
  }
}

void RemarkCollector::streamOptimizationRemark(const remark::detail::Remark &remark) {
  CollectedRemark out;
  out.kind = kindOf(remark);
  std::tie(out.category, out.pass) = [&] {
    auto [stage, pass] = remark.getCombinedCategoryName().split(':');
    return std::pair(stage.str(), pass.str());
  }();
  out.name = remark.getRemarkName().str();
  out.function = remark.getFunction().str();
  for (const RemarkArg &arg : remark.getArgs()) {
    if (arg.key == "Remark")
      out.message += arg.val;
    else
      out.args.emplace_back(arg.key, arg.val);
  }
  if (auto place = remark.getLocation()->findInstanceOf<FileLineColLoc>()) {
    out.file = place.getFilename().str();
    out.line = place.getLine();
    out.column = place.getColumn();
  }
  std::lock_guard<std::mutex> guard(log->mutex);
  log->remarks.push_back(std::move(out));
}

std::shared_ptr<RemarkLog> collectRemarks(MLIRContext &context) {
  auto log = std::make_shared<RemarkLog>();
  remark::RemarkCategories everything;
  // `all` alone enables nothing: each kind has a filter of its own.
  everything.all = everything.passed = everything.missed = everything.analysis =
      everything.failed = ".*";
  if (failed(remark::enableOptimizationRemarks(context, std::make_unique<RemarkCollector>(log),
                                               std::make_unique<remark::RemarkEmittingPolicyAll>(),
                                               everything)))
    return nullptr;
  return log;
}

} // namespace mixir::lowering
