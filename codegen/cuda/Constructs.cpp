// One function for each construct of the `kernel` dialect.
#include "codegen/cuda/KernelPrinter.h"

using namespace mlir;

namespace mixir::codegen {

namespace {

/// The value before anything was combined into it.
const char *neutral(kernel::Combine combine) {
  switch (combine) {
  case kernel::Combine::Max:
    return "-__int_as_float(0x7f800000)";
  case kernel::Combine::Min:
    return "__int_as_float(0x7f800000)";
  default:
    return "0.0f";
  }
}

std::string combined(kernel::Combine combine, const std::string &held, const Cpp &value) {
  switch (combine) {
  case kernel::Combine::Sum:
    return held + " + " + value.in(Cpp::Product);
  case kernel::Combine::Max:
    return "mixir_max(" + held + ", " + value.text + ")";
  case kernel::Combine::Min:
    return "mixir_min(" + held + ", " + value.text + ")";
  default:
    return value.text;
  }
}

} // namespace

/// Which blocks of the loops this one is; the last loop is the fastest.
void KernelPrinter::decodeBlock() {
  line("const int lane = threadIdx.x;");
  SmallVector<kernel::LoopAttr> loops;
  for (auto loop : func.getLoops().getAsRange<kernel::LoopAttr>())
    if (loop.getKind() == kernel::LoopKind::Parallel)
      loops.push_back(loop);
  if (!loops.empty())
    line("int task = blockIdx.x;");
  for (kernel::LoopAttr loop : llvm::reverse(loops)) {
    StringRef d = loop.getDim().getValue();
    bool isLast = loop == loops.front();
    std::string b = std::to_string(loop.getBlock());
    std::string count = loop.getBlock() == 1 ? size(d) : "((" + size(d) + " + " + std::to_string(loop.getBlock() - 1) + ") / " + b + ")";
    std::string index = isLast ? "task" : "task % " + count;
    if (d == lane) {
      line("const int first = " + index + " * " + b + ";");
      line("const bool live = first + lane < " + size(d) + ";");
      line("const int i_" + d.str() + " = live ? first + lane : " + size(d) + " - 1;");
    } else {
      line("const int i_" + d.str() + " = " + index + ";");
    }
    point[d] = "i_" + d.str();
    if (!isLast)
      line("task /= " + count + ";");
  }
  if (lane.empty())
    line("const bool live = lane == 0;");
}

/// Whether the stage has values of its own for every step.
bool KernelPrinter::varies(kernel::StageOp stage) const {
  return stage.getPlacement() == kernel::Placement::Step ||
         llvm::is_contained(kernel::strings(kernel::StageOp(stage).getOver()), StringRef(time));
}

/// Evaluates a stage at the current point, its reduction included, and assigns it to `target`.
void KernelPrinter::stageBody(kernel::StageOp stage, const std::string &target) {
  Value yielded = cast<kernel::YieldOp>(stage.getBody().front().getTerminator()).getValue();
  if (!stage.getCombine()) {
    ExpressionPrinter printer = expressions();
    line(target + " = " + printer.print(yielded).text + ";");
    return;
  }
  std::string total = "total" + std::to_string(names++);
  line("float " + total + " = " + neutral(*stage.getCombine()) + ";");
  auto reducing = kernel::strings(*stage.getReducing());
  llvm::StringMap<std::string> outer = point;
  int opened = openLoops(reducing, false);
  ExpressionPrinter printer = expressions();
  Cpp value = printer.print(yielded);
  line(total + " = " + combined(*stage.getCombine(), total, value) + ";");
  while (opened--)
    close();
  point = outer;
  line(target + " = " + total + ";");
}

void KernelPrinter::declareShared(const std::string &name, int64_t floats) {
  sharedBytes += floats * 4;
  sharedText += "  MIXIR_SHARED(float, " + name + ", " + std::to_string(floats) + ");\n";
}

/// A buffer that the threads of a block fill together, element by element.
void KernelPrinter::sharedStage(kernel::StageOp stage) {
  Buffer buffer;
  buffer.name = unique(stage.getName());
  buffer.shared = true;
  bool hasTime = false, hasLane = false;
  for (StringRef d : kernel::strings(stage.getOver())) {
    hasTime |= d == time;
    hasLane |= d == lane;
    buffer.dims.push_back(d);
  }
  int64_t width = rows(buffer.dims) * (hasLane ? threads : 1);
  int64_t count = width * (hasTime ? block : 1);
  declareShared(buffer.name, count);
  buffers[stage.getResult()] = buffer;
  std::string all = hasTime ? (width == 1 ? "steps" : "steps * " + std::to_string(width)) : std::to_string(count);
  llvm::StringMap<std::string> outer = point;
  open("for (int k = threadIdx.x; k < " + all + "; k += " + std::to_string(threads) + ")");
  std::string rest = "k";
  auto take = [&](const std::string &variable, int64_t extent, bool isLast) {
    line("const int " + variable + " = " + (isLast ? rest : rest + " % " + std::to_string(extent)) + ";");
    rest = "(" + rest + " / " + std::to_string(extent) + ")";
  };
  SmallVector<StringRef> inner;
  for (StringRef d : buffer.dims)
    if (isInner(d))
      inner.push_back(d);
  if (hasLane) {
    take("lane", threads, inner.empty() && !hasTime);
    line("const int i_" + lane + " = min(first + lane, " + size(lane) + " - 1);");
  }
  for (auto [i, d] : llvm::enumerate(llvm::reverse(inner))) {
    take("i_" + d.str(), fixed(d), i + 1 == inner.size() && !hasTime);
    point[d] = "i_" + d.str();
  }
  if (hasTime) {
    take("t", block, true);
    line("const int i_" + time + " = first_" + time + " + t;");
    point[time] = "i_" + time;
  }
  stageBody(stage, buffer.name + "[k]");
  close();
  point = outer;
}

/// Values that each thread keeps for itself.
void KernelPrinter::ownStage(kernel::StageOp stage) {
  Buffer buffer;
  buffer.name = unique(stage.getName());
  for (StringRef d : kernel::strings(stage.getOver()))
    buffer.dims.push_back(d);
  int64_t n = rows(buffer.dims);
  line("float " + buffer.name + (n == 1 ? "" : "[" + std::to_string(n) + "]") + ";");
  SmallVector<StringRef> inner;
  for (StringRef d : buffer.dims)
    if (isInner(d))
      inner.push_back(d);
  llvm::StringMap<std::string> outer = point;
  int opened = openLoops(inner, true);
  stageBody(stage, buffer.name + offset(buffer, point));
  while (opened--)
    close();
  point = outer;
  buffers[stage.getResult()] = buffer;
}

void KernelPrinter::outputStage(kernel::StageOp stage) {
  auto operand = stage.getInto().getDefiningOp<kernel::OperandOp>();
  line("// " + stage.getName().str());
  llvm::StringMap<std::string> outer = point;
  int opened = 0;
  SmallVector<StringRef> inner;
  for (StringRef d : kernel::strings(stage.getOver())) {
    if (d == time && !time.empty()) {
      open("for (int t = 0; t < steps; ++t)");
      line("const int i_" + time + " = first_" + time + " + t;");
      point[time] = "i_" + time;
      ++opened;
    } else if (isInner(d)) {
      inner.push_back(d);
    }
  }
  opened += openLoops(inner, false);
  std::string value = "value" + std::to_string(names++);
  Type type = params.elementType(operand.getRef());
  stageBody(stage, std::string("const ") + (type.isInteger(32) ? "int " : "float ") + value);
  store(operand.getRef(), operand.getPart(), value);
  while (opened--)
    close();
  point = outer;
}

void KernelPrinter::loadStates(kernel::RecurOp op) {
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>()) {
    Buffer state;
    state.name = unique(carry.getName().getValue());
    for (StringRef d : kernel::strings(carry.getDims()))
      state.dims.push_back(d);
    int64_t n = rows(state.dims);
    line("float " + state.name + (n == 1 ? "" : "[" + std::to_string(n) + "]") + ";");
    SmallVector<StringRef> inner;
    for (StringRef d : state.dims)
      if (isInner(d))
        inner.push_back(d);
    llvm::StringMap<std::string> outer = point;
    int opened = openLoops(inner, true);
    std::string init = "0.0f";
    if (!carry.getInit().empty())
      init = element(carry.getInit().getValue(), carry.getInitPart().getValue(), point).text;
    line(state.name + offset(state, point) + " = " + init + ";");
    while (opened--)
      close();
    point = outer;
    states[carry.getName().getValue()] = state;
  }
}

void KernelPrinter::storeStates(kernel::RecurOp op) {
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>()) {
    if (carry.getFinal().empty())
      continue;
    const Buffer &state = states[carry.getName().getValue()];
    SmallVector<StringRef> inner;
    for (StringRef d : state.dims)
      if (isInner(d))
        inner.push_back(d);
    llvm::StringMap<std::string> outer = point;
    int opened = openLoops(inner, true);
    store(carry.getFinal().getValue(), carry.getFinalPart().getValue(), state.name + offset(state, point));
    while (opened--)
      close();
    point = outer;
  }
}

void KernelPrinter::phase(kernel::RecurOp op, kernel::PhaseOp phase) {
  for (auto gather : phase.getBody().front().getOps<kernel::AccumulateOp>()) {
    kernel::AccAttr acc = op.getAcc(gather.getName());
    Buffer &buffer = accs[gather.getName()];
    int64_t n = rows(buffer.dims);
    if (n == 1) {
      line("float " + buffer.name + " = " + neutral(acc.getCombine()) + ";");
      continue;
    }
    line("float " + buffer.name + "[" + std::to_string(n) + "];");
    if (acc.getCombine() == kernel::Combine::Store)
      continue;
    line("#pragma unroll");
    line("for (int k = 0; k < " + std::to_string(n) + "; ++k)");
    line("  " + buffer.name + "[k] = " + neutral(acc.getCombine()) + ";");
  }
  llvm::StringMap<std::string> outer = point;
  int opened = openLoops(kernel::strings(phase.getOver()), true);
  if (!opened) {
    line("{");
    indent += "  ";
    opened = 1;
  }
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
      writes.push_back(held + " = " + combined(op.getAcc(gather.getName()).getCombine(), held, value) + ";");
    }
  }
  for (const std::string &w : writes)
    line(w);
  while (opened--)
    close();
  point = outer;
}

/// Stores what a step gathered for after the walk, in a column of the thread.
void KernelPrinter::keep(kernel::RecurOp op) {
  unsigned i = 0;
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    if (!acc.getKept())
      continue;
    const Buffer &from = accs[acc.getName().getValue()], &to = buffers[op.getResult(i++)];
    SmallVector<StringRef> inner;
    for (StringRef d : from.dims)
      if (isInner(d))
        inner.push_back(d);
    llvm::StringMap<std::string> outer = point;
    int opened = openLoops(inner, true);
    line(to.name + offset(to, point) + " = " + from.name + offset(from, point) + ";");
    while (opened--)
      close();
    point = outer;
  }
}

void KernelPrinter::step(kernel::RecurOp op) {
  open("for (int s = 0; s < steps; ++s)");
  line(reverse ? "const int t = steps - 1 - s;" : "const int t = s;");
  line("const int i_" + time + " = first_" + time + " + t;");
  point[time] = "i_" + time;
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>())
    if (!stage.getInto() && !stage.getShared() && varies(stage))
      ownStage(stage);
  for (auto p : op.getBody().front().getOps<kernel::PhaseOp>())
    phase(op, p);
  keep(op);
  close();
  point.erase(time);
}

void KernelPrinter::recurrence(kernel::RecurOp op) {
  SmallVector<kernel::StageOp> tileStages;
  bool pending = false; // shared values that other threads have not been told of
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>()) {
    if (stage.getInto())
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
    kept.name = unique(kept.name + "_kept");
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
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>())
    if (stage.getInto())
      outputStage(stage);
  close();
  storeStates(op);
}

} // namespace mixir::codegen
