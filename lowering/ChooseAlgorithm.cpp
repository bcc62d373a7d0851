// One algorithm for every recurrence, and the reason.
#include "lowering/Build.h"
#include "lowering/Passes.h"
#include "lowering/Remarks.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_CHOOSEALGORITHMPASS
#include "lowering/Passes.h.inc"

namespace {

constexpr llvm::StringLiteral kPass = "ChooseAlgorithm";
constexpr llvm::StringLiteral kTimeSerial = "time_serial";

struct ChooseAlgorithmPass : impl::ChooseAlgorithmPassBase<ChooseAlgorithmPass> {
  using ChooseAlgorithmPassBase::ChooseAlgorithmPassBase;

  void runOnOperation() override {
    getOperation().walk([](RecurrenceOp op) {
      op.setAlgorithm(kTimeSerial);
      for (FormAttr form : op.getForms().getAsRange<FormAttr>())
        explain(op, form);
    });
  }

private:
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
