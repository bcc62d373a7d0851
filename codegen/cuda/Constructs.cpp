// One function for each construct of the `kernel` dialect.
#include "codegen/cuda/KernelPrinter.h"

using namespace mlir;

namespace mixir::codegen {

const char *neutralOf(kernel::Combine combine) {
  switch (combine) {
  case kernel::Combine::Max:
    return "-__int_as_float(0x7f800000)";
  case kernel::Combine::Min:
    return "__int_as_float(0x7f800000)";
  default:
    return "0.0f";
  }
}

std::string combinedWith(kernel::Combine combine, const std::string &held, const Cpp &value) {
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

/// Which blocks of the loops this one is; the last loop is the fastest. Of packed entries each has its own number of
/// blocks of steps, so that both are told together, the slowest.
void KernelPrinter::decodeBlock() {
  line("const int lane = threadIdx.x;");
  SmallVector<kernel::LoopAttr> loops;
  for (kernel::LoopAttr loop : func.getParallelLoops())
    if (loop.getDim() != batch && loop.getDim() != along)
      loops.push_back(loop);
  kernel::LoopAttr entries = batch.empty() ? kernel::LoopAttr() : func.getLoop(batch);
  kernel::LoopAttr steps = along.empty() ? kernel::LoopAttr() : func.getLoop(along);
  bool hasBlocks = steps && steps.getKind() == kernel::LoopKind::Parallel;
  if (hasBlocks)
    loops.insert(loops.begin(), steps);
  if (entries)
    loops.insert(loops.begin(), entries);
  if (!loops.empty())
    line("int task = blockIdx.x;");
  for (kernel::LoopAttr loop : llvm::reverse(loops)) {
    StringRef d = loop.getDim().getValue();
    bool isLast = loop == loops.front(), isSteps = hasBlocks && loop == steps;
    std::string b = std::to_string(loop.getBlock());
    std::string count = loop.getBlock() == 1 ? size(d) : "((" + size(d) + " + " + std::to_string(loop.getBlock() - 1) + ") / " + b + ")";
    std::string index = isLast || isSteps ? "task" : "task % " + count;
    if (isSteps) {
      line("const mixir_entry entry = mixir_entry_of_block(" + params.rows() + ", " + params.offsets() + ", " + size(batch) +
           ", (int)" + params.size(d) + ", " + b + ", task);");
      line("const int " + size(d) + " = entry.length;");
    }
    if (d == batch && hasBlocks)
      index = "entry.number";
    if (d == lane) {
      line("const int first = " + index + " * " + b + ";");
      line("const bool live = first + lane < " + size(d) + ";");
      line("const int i_" + d.str() + " = live ? first + lane : " + size(d) + " - 1;");
    } else {
      line("const int i_" + d.str() + " = " + index + ";");
    }
    point[d] = "i_" + d.str();
    if (isSteps)
      line("if (" + std::string(d == lane ? "first" : "i_" + d.str()) + " >= " + size(d) + ")\n" + indent + "  return;");
    else if (!isLast)
      line("task /= " + count + ";");
  }
  if (lane.empty())
    line("const bool live = lane == 0;");
}

/// Moves the pointers to the entry of the batch, so that the rest knows of no other.
void KernelPrinter::placeEntry() {
  bool asksForLength = !along.empty() && llvm::any_of(params.list, [&](const CudaParam &p) {
    return p.kind == CudaParam::Size && p.dim == along;
  });
  kernel::LoopAttr steps = along.empty() ? kernel::LoopAttr() : func.getLoop(along);
  if (!steps || steps.getKind() != kernel::LoopKind::Parallel) {
    line("const mixir_entry entry = mixir_entry_at(" + params.rows() + ", " + params.offsets() + ", i_" + batch + ", " +
         (asksForLength ? "(int)" + params.size(along) : "0") + ");");
    if (asksForLength)
      line("const int " + size(along) + " = entry.length;");
  }
  std::vector<CudaParam> list = params.list; // which grows
  for (const CudaParam &param : list) {
    SmallVector<StringRef> dims;
    if (param.kind == CudaParam::Data)
      dims = params.dimsOf(param.ref);
    if (llvm::is_contained(dims, batch))
      line("p." + param.name + " += entry." + (llvm::is_contained(dims, along) ? "first" : "row") + " * " +
           params.entry(param.ref) + ";");
  }
  clearSkipped();
}

/// An entry that is left out: what it has in results is zero, but for what rows count.
void KernelPrinter::clearSkipped() {
  open("if (entry.row < 0)");
  auto clear = [&](StringRef ref, StringRef part, SmallVector<StringRef> over) {
    if (llvm::is_contained(kernel::ProgramOp(program).getTemps(), params.operand(ref)))
      return;
    bool isPacked = llvm::is_contained(params.dimsOf(ref), along);
    open("if (" + (isPacked ? params.offsets() + " || " : "") + params.entry(ref) + " == 0)");
    forEachPoint(over, false, [&] { store(ref, part, params.elementType(ref).isInteger(32) ? "0" : "0.0f"); });
    close();
  };
  func.walk([&](kernel::StageOp stage) {
    if (!stage.getInto())
      return;
    SmallVector<StringRef> over = innerOf(kernel::strings(stage.getOver()));
    if (!time.empty() && llvm::is_contained(kernel::strings(stage.getOver()), StringRef(time)))
      over.insert(over.begin(), time);
    auto operand = stage.getInto().getDefiningOp<kernel::OperandOp>();
    clear(operand.getRef(), operand.getPart(), over);
  });
  func.walk([&](kernel::RecurOp recur) {
    for (auto carry : recur.getCarries().getAsRange<kernel::CarryAttr>())
      if (!carry.getFinal().empty())
        clear(carry.getFinal().getValue(), carry.getFinalPart().getValue(), innerOf(kernel::strings(carry.getDims())));
  });
  line("return;");
  close();
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
  line("float " + total + " = " + neutralOf(*stage.getCombine()) + ";");
  forEachPoint(kernel::strings(*stage.getReducing()), false, [&] {
    ExpressionPrinter printer = expressions();
    Cpp value = printer.print(yielded);
    line(total + " = " + combinedWith(*stage.getCombine(), total, value) + ";");
  });
  line(target + " = " + total + ";");
}

void KernelPrinter::declareShared(const std::string &name, int64_t floats) {
  sharedBytes += floats * 4;
  sharedText += "  MIXIR_SHARED(float, " + name + ", " + std::to_string(floats) + ");\n";
}

/// The operand, if the stage does nothing but copy it and rows can be taken four numbers at a time.
kernel::OperandOp KernelPrinter::copiedRows(kernel::StageOp stage, StringRef fastest, int64_t extent) {
  Block &body = stage.getBody().front();
  auto load = dyn_cast<kernel::LoadOp>(body.front());
  bool copies = load && llvm::hasNItems(body, 2) && !load.getShift() && load.getCoords().empty();
  auto operand = copies ? load.getBuffer().getDefiningOp<kernel::OperandOp>() : kernel::OperandOp();
  if (!operand || fastest.empty() || extent % 4 != 0 || params.elementType(operand.getRef()).isInteger(32) ||
      !llvm::is_contained(params.dimsOf(operand.getRef()), fastest))
    return {};
  return operand;
}

/// A buffer that the threads of a block fill together. The loop says not to unroll: NVRTC would, and
/// take twice the time to compile. One element at a time or four.
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
  SmallVector<StringRef> inner = innerOf(buffer.dims);
  int64_t width = rows(buffer.dims) * (hasLane ? threads : 1);
  int64_t count = width * (hasTime ? block : 1);
  declareShared(buffer.name, count);
  buffers[stage.getResult()] = buffer;
  StringRef fastest = hasLane ? StringRef(lane) : inner.empty() ? StringRef() : inner.back();
  kernel::OperandOp operand = copiedRows(stage, fastest, hasLane ? threads : inner.empty() ? 1 : fixed(fastest));
  int64_t at = operand ? 4 : 1;

  std::string all = hasTime ? (width == 1 ? "steps" : "steps * " + std::to_string(width)) : std::to_string(count);
  llvm::StringMap<std::string> outer = point;
  line("#pragma unroll 1");
  open("for (int k = threadIdx.x" + std::string(at == 1 ? "" : " * 4") + "; k < " + all +
       "; k += " + std::to_string(at * threads) + ")");
  std::string rest = "k";
  auto take = [&](const std::string &variable, int64_t extent, bool isLast) {
    line("const int " + variable + " = " + (isLast ? rest : rest + " % " + std::to_string(extent)) + ";");
    rest = (rest == "k" ? rest : "(" + rest + ")") + " / " + std::to_string(extent);
  };
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
  if (operand) {
    StringRef ref = operand.getRef(), part = operand.getPart();
    Type type = params.elementType(ref);
    std::string x = "x" + std::to_string(names++);
    std::string valid = hasLane ? "max(1, " + size(lane) + " - first - lane)" : "4";
    std::string from = params.data(ref, part) + " + " + subscript(ref, part, point);
    line("const mixir_four " + x + " = mixir_load4" + (type.isF16() ? "_f16" : type.isBF16() ? "_bf16" : "") + "(" + from +
         ", " + params.stride(ref, part, fastest) + ", " + valid + ");");
    for (int j = 0; j < 4; ++j)
      line(buffer.name + "[k" + (j ? " + " + std::to_string(j) : "") + "] = " + x + ".at[" + std::to_string(j) + "];");
  } else {
    stageBody(stage, buffer.name + "[k]");
  }
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
  forEachPoint(innerOf(buffer.dims), true, [&] { stageBody(stage, buffer.name + offset(buffer, point)); });
  buffers[stage.getResult()] = buffer;
}

void KernelPrinter::outputStage(kernel::StageOp stage) {
  auto operand = stage.getInto().getDefiningOp<kernel::OperandOp>();
  line("// " + stage.getName().str());
  llvm::StringMap<std::string> outer = point;
  auto over = kernel::strings(stage.getOver());
  bool hasTime = !time.empty() && llvm::is_contained(over, StringRef(time));
  if (hasTime) {
    line("#pragma unroll 2"); // two rows of loads on their way at a time
    open("for (int t = 0; t < steps; ++t)");
    line("const int i_" + time + " = first_" + time + " + t;");
    point[time] = "i_" + time;
  }
  forEachPoint(innerOf(over), false, [&] {
    std::string value = "value" + std::to_string(names++);
    Type type = params.elementType(operand.getRef());
    stageBody(stage, std::string("const ") + (type.isInteger(32) ? "int " : "float ") + value);
    store(operand.getRef(), operand.getPart(), value);
  });
  if (hasTime)
    close();
  point = outer;
}

} // namespace mixir::codegen
