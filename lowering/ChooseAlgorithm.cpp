// One algorithm for every recurrence, and the reason.
#include "lowering/Algorithms.h"
#include "lowering/Build.h"
#include "lowering/ChunkForm.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_CHOOSEALGORITHMPASS
#include "lowering/Passes.h.inc"

int64_t ExpectedExtents::of(StringRef dim) const {
  for (DimAttr d : header)
    if (d.getName().getValue() == dim && d.isFixed())
      return d.getExtent();
  auto known = expected.find(dim);
  return known == expected.end() ? -1 : known->second;
}

namespace {

constexpr llvm::StringLiteral kPass = "ChooseAlgorithm";

/// The algorithms besides taking the steps in order, the one to be preferred first.
ArrayRef<Algorithm> algorithms() {
  static const Algorithm table[] = {{kConvolution, judgeConvolution}, {kChunked, judgeChunks}};
  return table;
}

struct ChooseAlgorithmPass : impl::ChooseAlgorithmPassBase<ChooseAlgorithmPass> {
  using ChooseAlgorithmPassBase::ChooseAlgorithmPassBase;

  void runOnOperation() override {
    if (algorithm != "auto" && algorithm != kTimeSerial &&
        llvm::none_of(algorithms(), [&](const Algorithm &a) { return a.name == algorithm; })) {
      getOperation().emitError("expected auto or an algorithm, got '") << algorithm << "'";
      return signalPassFailure();
    }
    ExpectedExtents extents{getDims(getOperation()), {}};
    for (const std::string &text : expected) {
      auto [dim, size] = StringRef(text).split('=');
      int64_t extent = 0;
      if (size.getAsInteger(10, extent)) {
        getOperation().emitError("expected DIM=SIZE as an expected extent, got '") << text << "'";
        return signalPassFailure();
      }
      extents.expected[dim] = extent;
    }
    getOperation().walk([&](RecurrenceOp op) {
      if (!op.getAlgorithm())
        choose(op, extents);
    });
  }

private:
  void choose(RecurrenceOp op, const ExpectedExtents &extents) {
    for (const Algorithm &candidate : algorithms()) {
      if (algorithm != "auto" && algorithm != candidate.name)
        continue;
      Verdict verdict = candidate.judge(op, extents);
      bool isTaken = verdict.isPossible && (verdict.pays || algorithm == candidate.name);
      std::string state = cast<StringAttr>(op.getStates()[0]).getValue().str();
      auto say = [&](auto &&remark, StringRef what) {
        remark << ("state '" + state + "': " + candidate.name + " " + what + ": " + verdict.why).str()
               << RemarkArg("State", state) << RemarkArg("Algorithm", candidate.name);
      };
      if (!isTaken) {
        say(remarkMissed(op, stage::kChoose, kPass, "algorithm"), verdict.isPossible ? "does not pay" : "is not possible");
        continue;
      }
      say(remarkPassed(op, stage::kChoose, kPass, "algorithm"), "chosen");
      op.setAlgorithm(candidate.name);
      return;
    }
    op.setAlgorithm(kTimeSerial);
    for (FormAttr form : op.getForms().getAsRange<FormAttr>())
      explain(op, form);
  }

  static void explain(RecurrenceOp op, FormAttr form) {
    std::string state = form.getState().str();
    StringRef decay = stringifyTransitionClass(form.getDecay());
    auto say = [&](auto &&remark, const Twine &sentence) {
      remark << sentence.str() << RemarkArg("State", state) << RemarkArg("Algorithm", kTimeSerial)
             << RemarkArg("Class", decay);
    };
    if (form.isAffine())
      return say(remarkPassed(op, stage::kChoose, kPass, "algorithm"),
                 "state '" + state + "': " + kTimeSerial + " chosen: " + decay +
                     (form.isTransition() ? " transition" : " decay") + ", channels in lanes");
    std::string why = form.getWhy() ? form.getWhy().str() : std::string(decay);
    say(remarkMissed(op, stage::kChoose, kPass, "algorithm"),
        "state '" + state + "': only " + kTimeSerial + " is possible: " + why);
  }
};

} // namespace
} // namespace mixir::lowering
