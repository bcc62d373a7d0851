// See AffineSteps.h.
#include "lowering/plan/AffineSteps.h"

#include "lowering/Build.h"

using namespace mlir;

namespace mixir::lowering {

std::vector<AffineStep> affineSteps(mixer::RecurrenceOp recurrence, std::string &why) {
  std::vector<AffineStep> steps;
  ValueRange terms = cast<mixer::YieldOp>(recurrence.getTerms().front().getTerminator()).getValues();
  auto forms = recurrence.getForms().getAsRange<mixer::FormAttr>();
  auto take = [&](bool isThere) {
    Value value = isThere ? terms.front() : Value();
    terms = terms.drop_front(isThere);
    return value;
  };
  StringRef real; // the state before, if it is the real part of a complex one
  for (auto [i, form] : llvm::enumerate(forms)) {
    StringRef name = form.getState().getValue();
    if (!form.isPointwise()) {
      StringRef more = form.isAffine() ? "it mixes coordinates" : form.getWhy() ? form.getWhy().getValue() : "";
      why = ("state '" + name + "': " + more).str();
      return {};
    }
    bool isImaginary = !real.empty() && name == real.str() + ".im";
    if (!isImaginary)
      steps.emplace_back();
    steps.back().states.push_back(i);
    steps.back().decay.push_back(take(form.hasDecay()));
    steps.back().write.push_back(take(form.getWrite()));
    real = name.ends_with(".re") ? name.drop_back(3) : StringRef();
  }
  return steps;
}

void dropTerms(mixer::RecurrenceOp recurrence) {
  Block &terms = recurrence.getTerms().front();
  auto yield = cast<mixer::YieldOp>(terms.getTerminator());
  yield.getValuesMutable().clear();
  eraseDeadOps(terms);
}

} // namespace mixir::lowering
