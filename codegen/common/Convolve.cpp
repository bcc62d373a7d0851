// See Convolve.h; the runtime's side is mixir/convolve.h.
#include "codegen/common/Convolve.h"

#include "mixir/convolve.h"

using namespace mlir;

namespace mixir::codegen {

namespace {

/// Buffer of `operand`: lanes first, then `along`, then what else the task sees of it.
EntryArg argOf(kernel::FuncOp func, Value buffer, StringRef along, bool isWritten) {
  auto operand = buffer.getDefiningOp<kernel::OperandOp>();
  EntryArg arg{operand.getRef().str(), operand.getPart().str(), isWritten, {}, {}};
  StringRef lane = func.getLaneDim();
  SmallVector<StringRef> dims;
  for (StringAttr d : cast<kernel::BufType>(buffer.getType()).getDims())
    dims.push_back(d.getValue());
  llvm::stable_sort(dims, [&](StringRef a, StringRef b) {
    auto rank = [&](StringRef d) { return d == lane ? 0 : d == along ? 1 : 2; };
    return rank(a) < rank(b);
  });
  arg.dims.assign(dims.begin(), dims.end());
  return arg;
}

} // namespace

kernel::ConvolveOp convolutionOf(kernel::FuncOp func) {
  auto ops = func.getBody().front().getOps<kernel::ConvolveOp>();
  return ops.empty() ? kernel::ConvolveOp() : *ops.begin();
}

Entry convolveEntry(kernel::ConvolveOp op, StringRef symbol) {
  auto func = op->getParentOfType<kernel::FuncOp>();
  Entry entry{symbol.str(), {}, {}, func, {}, {}};
  entry.args = {argOf(func, op.getInput(), op.getAlong(), false), argOf(func, op.getWeight(), op.getTaps(), false),
                argOf(func, op.getInto(), op.getAlong(), true)};
  auto bit = [&](Value buffer, int32_t bit) {
    return cast<kernel::BufType>(buffer.getType()).hasDim(func.getLaneDim()) ? bit : 0;
  };
  int32_t lanes = bit(op.getInput(), MIXIR_CONVOLVE_INPUT_LANES) | bit(op.getWeight(), MIXIR_CONVOLVE_TAP_LANES) |
                  bit(op.getInto(), MIXIR_CONVOLVE_OUTPUT_LANES);
  int32_t pad = op.getPad() == kernel::PadKind::Causal ? MIXIR_CONVOLVE_CAUSAL : MIXIR_CONVOLVE_SAME;
  entry.callee = "mixir_convolve";
  entry.constants = {pad, lanes, static_cast<int32_t>(op.getDirectUpTo())};
  return entry;
}

} // namespace mixir::codegen
