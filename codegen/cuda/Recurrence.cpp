// The walk: states in registers, phases step by step, tiles of rows.
#include "codegen/cuda/KernelPrinter.h"

using namespace mlir;

namespace mixir::codegen {

void KernelPrinter::loadStates(kernel::RecurOp op) {
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>()) {
    Buffer state;
    state.name = unique(carry.getName().getValue());
    for (StringRef d : kernel::strings(carry.getDims()))
      state.dims.push_back(d);
    int64_t n = rows(state.dims);
    line("float " + state.name + (n == 1 ? "" : "[" + std::to_string(n) + "]") + ";");
    forEachPoint(innerOf(state.dims), true, [&] {
      std::string init = "0.0f";
      if (!carry.getInit().empty())
        init = element(carry.getInit().getValue(), carry.getInitPart().getValue(), point).text;
      line(state.name + offset(state, point) + " = " + init + ";");
    });
    states[carry.getName().getValue()] = state;
  }
}

void KernelPrinter::storeStates(kernel::RecurOp op) {
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>()) {
    if (carry.getFinal().empty())
      continue;
    const Buffer &state = states[carry.getName().getValue()];
    forEachPoint(innerOf(state.dims), true, [&] {
      store(carry.getFinal().getValue(), carry.getFinalPart().getValue(), state.name + offset(state, point));
    });
  }
}

void KernelPrinter::phase(kernel::RecurOp op, kernel::PhaseOp phase) {
  for (auto gather : phase.getBody().front().getOps<kernel::AccumulateOp>()) {
    kernel::AccAttr acc = op.getAcc(gather.getName());
    Buffer &buffer = accs[gather.getName()];
    int64_t n = rows(buffer.dims);
    if (n == 1) {
      line("float " + buffer.name + " = " + neutralOf(acc.getCombine()) + ";");
      continue;
    }
    line("float " + buffer.name + "[" + std::to_string(n) + "];");
    if (acc.getCombine() == kernel::Combine::Store)
      continue;
    line("#pragma unroll");
    line("for (int k = 0; k < " + std::to_string(n) + "; ++k)");
    line("  " + buffer.name + "[k] = " + neutralOf(acc.getCombine()) + ";");
  }
  bool isPoint = phase.getOver().empty();
  if (isPoint)
    open("");
  forEachPoint(kernel::strings(phase.getOver()), true, [&] {
    // Everything is computed before anything is set: other values read the old states.
    ExpressionPrinter printer = expressions();
    std::vector<std::string> writes;
    for (Operation &o : phase.getBody().front()) {
      if (auto set = dyn_cast<kernel::SetStateOp>(o)) {
        Buffer &state = states[set.getName()];
        writes.push_back(state.name + offset(state, point) + " = " + printer.named(set.getValue()) + ";");
      } else if (auto gather = dyn_cast<kernel::AccumulateOp>(o)) {
        Buffer &buffer = accs[gather.getName()];
        std::string held = buffer.name + offset(buffer, point);
        Cpp value{printer.named(gather.getValue())};
        writes.push_back(held + " = " + combinedWith(op.getAcc(gather.getName()).getCombine(), held, value) + ";");
      }
    }
    for (const std::string &w : writes)
      line(w);
  });
  if (isPoint)
    close();
}

/// Stores what a step gathered for after the walk, in a column of the thread.
void KernelPrinter::keep(kernel::RecurOp op) {
  unsigned i = 0;
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    if (!acc.getKept())
      continue;
    const Buffer &from = accs[acc.getName().getValue()], &to = buffers[op.getResult(i++)];
    forEachPoint(innerOf(from.dims), true,
                 [&] { line(to.name + offset(to, point) + " = " + from.name + offset(from, point) + ";"); });
  }
}

void KernelPrinter::step(kernel::RecurOp op) {
  line("#pragma unroll 1");
  open("for (int s = 0; s < steps; ++s)");
  line(reverse ? "const int t = steps - 1 - s;" : "const int t = s;");
  line("const int i_" + time + " = first_" + time + " + t;");
  point[time] = "i_" + time;
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>())
    if (!stage.getInto() && !stage.getShared() && varies(stage) && stage->isBeforeInBlock(op))
      ownStage(stage);
  for (auto p : op.getBody().front().getOps<kernel::PhaseOp>())
    phase(op, p);
  keep(op);
  close();
  point.erase(time);
}

/// The stages of a tile that wait for the walk: results, and values made of what the walk has kept.
void KernelPrinter::afterWalk(kernel::RecurOp op) {
  bool pending = false; // shared values that other threads have not been told of
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>()) {
    if (!stage.getInto() && !op->isBeforeInBlock(stage))
      continue;
    if (stage.getShared() || pending)
      line("__syncthreads();");
    pending = stage.getShared();
    if (stage.getInto())
      outputStage(stage);
    else
      stage.getShared() ? sharedStage(stage) : ownStage(stage);
  }
}

void KernelPrinter::recurrence(kernel::RecurOp op) {
  SmallVector<kernel::StageOp> tileStages;
  bool pending = false; // shared values that other threads have not been told of
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>()) {
    if (stage.getInto() || op->isBeforeInBlock(stage))
      continue;
    if (stage.getShared() && varies(stage)) {
      tileStages.push_back(stage);
    } else if (!varies(stage)) {
      bool readsShared = false;
      stage.walk([&](kernel::LoadOp load) {
        auto it = buffers.find(load.getBuffer());
        readsShared |= it != buffers.end() && it->second.shared;
      });
      if (pending && readsShared)
        line("__syncthreads();");
      stage.getShared() ? sharedStage(stage) : ownStage(stage);
      pending |= stage.getShared();
    }
  }
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    Buffer buffer;
    buffer.name = unique(acc.getName().getValue());
    for (StringRef d : kernel::strings(acc.getDims()))
      buffer.dims.push_back(d);
    accs[acc.getName().getValue()] = buffer;
  }
  unsigned i = 0;
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    if (!acc.getKept())
      continue;
    Buffer kept = accs[acc.getName().getValue()];
    kept.name = unique((acc.getName().getValue() + "_kept").str());
    kept.dims.insert(kept.dims.begin(), StringRef(time));
    kept.perThread = true;
    declareShared(kept.name, rows(kept.dims) * block * threads);
    buffers[op.getResult(i++)] = kept;
  }
  line("// states");
  loadStates(op);
  std::string b = std::to_string(block);
  line("const int tiles = (" + size(time) + " + " + std::to_string(block - 1) + ") / " + b + ";");
  open("for (int tile = 0; tile < tiles; ++tile)");
  line("const int first_" + time + " = " + (reverse ? "(tiles - 1 - tile)" : "tile") + " * " + b + ";");
  line("const int steps = min(" + b + ", " + size(time) + " - first_" + time + ");");
  if (!tileStages.empty() || pending)
    line("__syncthreads();");
  llvm::DenseSet<Value> fresh;
  for (kernel::StageOp stage : tileStages) {
    bool readsFresh = false;
    stage.walk([&](kernel::LoadOp load) { readsFresh |= fresh.contains(load.getBuffer()); });
    if (readsFresh) {
      line("__syncthreads();");
      fresh.clear();
    }
    sharedStage(stage);
    fresh.insert(stage.getResult());
  }
  if (!tileStages.empty())
    line("__syncthreads();");
  step(op);
  afterWalk(op);
  close();
  storeStates(op);
}

} // namespace mixir::codegen
