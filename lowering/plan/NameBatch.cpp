// See NameBatch.h.
#include "lowering/plan/NameBatch.h"

using namespace mlir;

namespace mixir::lowering {

namespace {

bool hasDim(mixer::OperandAttr tensor, StringRef dim) {
  for (auto axis : tensor.getAxes().getAsRange<ArrayAttr>())
    for (auto d : axis.getAsRange<StringAttr>())
      if (d.getValue() == dim)
        return true;
  return false;
}

/// Whether an operation of a body is about another coordinate of `dim` than the current one.
template <typename Op> bool looksAside(Op op, StringRef dim) {
  if (std::optional<DictionaryAttr> shift = op.getShift())
    if (auto by = shift->getAs<IntegerAttr>(dim); by && by.getInt() != 0)
      return true;
  return llvm::is_contained(kernel::strings(op.getCoordDims()), dim);
}

class Candidates {
public:
  explicit Candidates(kernel::ProgramOp program) : program(program) {}

  bool canBeBatch(StringRef dim) {
    for (auto view : program.getViews().getAsRange<kernel::ViewAttr>())
      if (hasDim(program.getTensor(view.getOf().getValue()), dim) != hasDim(view.getTensor(), dim))
        return false;
    bool isLooped = false;
    for (auto func : program.getBody().front().getOps<kernel::FuncOp>()) {
      isLooped |= static_cast<bool>(func.getLoop(dim));
      if (!(func.getLoop(dim) ? takesOneEntry(func, dim) : seesNothingOf(func, dim)))
        return false;
    }
    return isLooped;
  }

  /// Whether entries of `batch` may have lengths of their own along `dim`.
  bool canBePacked(StringRef dim, StringRef batch) {
    for (ArrayAttr tensors : {program.getOperands(), program.getTemps()})
      for (auto tensor : tensors.getAsRange<mixer::OperandAttr>())
        if (hasDim(tensor, dim) && !hasDim(tensor, batch))
          return false;
    return true;
  }

  bool isWalked(StringRef dim) {
    return llvm::any_of(program.getBody().front().getOps<kernel::FuncOp>(), [&](kernel::FuncOp func) {
      kernel::LoopAttr serial = func.getSerialLoop();
      return serial && serial.getDim().getValue() == dim;
    });
  }

private:
  bool seesNothingOf(kernel::FuncOp func, StringRef dim) {
    return llvm::none_of(func.getBody().front().getOps<kernel::OperandOp>(), [&](kernel::OperandOp operand) {
      return hasDim(program.getTensor(operand.getRef()), dim);
    });
  }

  /// One entry a block, everything written is of an entry, and nothing is read of another one.
  bool takesOneEntry(kernel::FuncOp func, StringRef dim) {
    kernel::LoopAttr loop = func.getLoop(dim);
    bool takesOne = loop.getKind() == kernel::LoopKind::Parallel && loop.getBlock() == 1 && !loop.getLanes();
    func.walk([&](Operation *op) {
      if (auto stage = dyn_cast<kernel::StageOp>(op); stage && stage.getInto())
        takesOne &= hasDim(program.getTensor(stage.getInto().getDefiningOp<kernel::OperandOp>().getRef()), dim);
      if (auto recur = dyn_cast<kernel::RecurOp>(op))
        for (auto carry : recur.getCarries().getAsRange<kernel::CarryAttr>())
          takesOne &= carry.getFinal().empty() || hasDim(program.getTensor(carry.getFinal().getValue()), dim);
      if (auto load = dyn_cast<kernel::LoadOp>(op))
        takesOne &= !looksAside(load, dim);
    });
    return takesOne;
  }

  kernel::ProgramOp program;
};

} // namespace

void nameBatch(kernel::ProgramOp program) {
  Candidates candidates(program);
  StringAttr batch, packed;
  for (auto dim : program.getDims().getAsRange<mixer::DimAttr>())
    if (!batch && candidates.canBeBatch(dim.getName().getValue()))
      batch = dim.getName();
  if (!batch)
    return;
  bool isWalked = false;
  for (auto dim : program.getDims().getAsRange<mixer::DimAttr>()) {
    StringRef name = dim.getName().getValue();
    bool isOpen = !dim.isFixed() && !dim.getExpr();
    if (name == batch.getValue() || !isOpen || !candidates.canBePacked(name, batch.getValue()))
      continue;
    if (!packed || (!isWalked && candidates.isWalked(name))) {
      packed = dim.getName();
      isWalked = candidates.isWalked(name);
    }
  }
  program.setBatchAttr(kernel::BatchAttr::get(program.getContext(), batch, packed));
}

} // namespace mixir::lowering
