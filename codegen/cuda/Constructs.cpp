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
  auto take = [&](const char *name, int64_t below, int64_t count) {
    std::string index = "threadIdx.x" + (below > 1 ? " / " + std::to_string(below) : "");
    line("const int " + std::string(name) + " = " + index + (below * count < threads ? " % " + std::to_string(count) : "") + ";");
  };
  take("lane", runs * parts, lanes);
  if (runs > 1)
    take("run", parts, runs);
  if (parts > 1)
    take("part", 1, parts);
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
    forEachPoint(over, Unroll::Never, [&] { store(ref, part, params.elementType(ref).isInteger(32) ? "0" : "0.0f"); });
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
  // In the loops over what it keeps, a sum that is much stays a loop, unless it reads what lies in registers.
  auto reducing = kernel::strings(*stage.getReducing());
  SmallVector<StringRef> all(reducing);
  llvm::append_range(all, innerOf(kernel::strings(stage.getOver())));
  bool isRolled = all.size() > reducing.size() && isMuch(stage.getBody().front(), all) &&
                  !readsOwn(stage, [&](StringRef d) { return llvm::is_contained(reducing, d); });
  forEachPoint(reducing, isRolled ? Unroll::Never : Unroll::Free, [&] {
    ExpressionPrinter printer = expressions();
    Cpp value = printer.print(yielded);
    line(total + " = " + combinedWith(*stage.getCombine(), total, value) + ";");
  });
  if (isSharing && llvm::any_of(kernel::strings(*stage.getReducing()), [&](StringRef d) { return isSpread(d); }))
    combineParts(*stage.getCombine(), total);
  line(target + " = " + total + ";");
}

/// Combines what neighbouring threads have found for their shares; all of them get the same.
void KernelPrinter::combineParts(kernel::Combine combine, const std::string &value) {
  line("#pragma unroll");
  line("for (int d = 1; d < " + std::to_string(parts) + "; d *= 2)");
  line("  " + value + " = " + combinedWith(combine, value, {"__shfl_xor_sync(0xffffffffu, " + value + ", d)"}) + ";");
}

void KernelPrinter::declareShared(const Buffer &buffer, int64_t floats) {
  shared.push_back({buffer.of, buffer.name, floats * 4});
}

void KernelPrinter::declareArray(const std::string &name, int64_t numbers) {
  line("float " + name + (numbers == 1 ? "" : "[" + std::to_string(numbers) + "]") + ";");
}

void KernelPrinter::sync() {
  line("__syncthreads();");
  fresh.clear();
}

/// A barrier where `reader` reads what other threads may still be writing.
void KernelPrinter::syncBefore(Operation *reader) {
  WalkResult reads = reader->walk([&](kernel::LoadOp load) {
    return fresh.contains(load.getBuffer()) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (reads.wasInterrupted())
    sync();
}

/// The operand, if the stage does nothing but copy it and rows can be taken four numbers at a time.
kernel::OperandOp KernelPrinter::copiedRows(kernel::StageOp stage, StringRef fastest, int64_t extent) {
  Block &body = stage.getBody().front();
  auto load = dyn_cast<kernel::LoadOp>(body.front());
  bool copies = load && !stage.getCombine() && llvm::hasNItems(body, 2) && !load.getShift() && load.getCoords().empty();
  auto operand = copies ? load.getBuffer().getDefiningOp<kernel::OperandOp>() : kernel::OperandOp();
  if (!operand || fastest.empty() || extent % 4 != 0 || params.elementType(operand.getRef()).isInteger(32) ||
      !llvm::is_contained(params.dimsOf(operand.getRef()), fastest))
    return {};
  return operand;
}

/// A loop in which the threads of a block share out the points of a buffer, the lanes fastest. It says not
/// to unroll: NVRTC would, and take twice the time to compile.
void KernelPrinter::cooperative(const Buffer &points, int64_t atOnce, llvm::function_ref<void()> body) {
  bool hasTime = !time.empty() && llvm::is_contained(points.dims, StringRef(time));
  bool hasLane = !lane.empty() && llvm::is_contained(points.dims, StringRef(lane));
  SmallVector<StringRef> inner = innerOf(points.dims);
  int64_t count = hasLane ? lanes : 1;
  std::string all = hasTime ? "steps" : "";
  for (StringRef d : inner)
    if (fixed(d) >= 0)
      count *= fixed(d);
    else // of an output
      all += (all.empty() ? "" : " * ") + size(d);
  if (all.empty() || count != 1)
    all += (all.empty() ? "" : " * ") + std::to_string(count);
  llvm::StringMap<std::string> outer = point;
  bool wasSharing = std::exchange(isSharing, false);
  line("#pragma unroll 1");
  open("for (int k = threadIdx.x" + std::string(atOnce == 1 ? "" : " * " + std::to_string(atOnce)) + "; k < " + all +
       "; k += " + std::to_string(atOnce * threads) + ")");
  std::string rest = "k";
  auto take = [&](const std::string &variable, const std::string &extent, bool isLast) {
    line("const int " + variable + " = " + (isLast ? rest : rest + " % " + extent) + ";");
    rest = (rest == "k" ? rest : "(" + rest + ")") + " / " + extent;
  };
  if (hasLane) {
    take("lane", std::to_string(lanes), inner.empty() && !hasTime);
    line("const int i_" + lane + " = min(first + lane, " + size(lane) + " - 1);");
  } else if (threads != lanes) {
    line("const int lane = 0;");
  }
  for (auto [i, d] : llvm::enumerate(llvm::reverse(inner))) {
    take("i_" + d.str(), size(d), i + 1 == inner.size() && !hasTime);
    point[d] = "i_" + d.str();
  }
  if (hasTime) {
    take("t", "", true);
    line("const int i_" + time + " = first_" + time + " + t;");
    point[time] = "i_" + time;
  }
  body();
  close();
  point = outer;
  isSharing = wasSharing;
}

/// A buffer that the threads of a block fill together, one element at a time or four.
void KernelPrinter::sharedStage(kernel::StageOp stage) {
  Buffer buffer;
  buffer.of = stage.getName().str();
  buffer.name = unique(buffer.of);
  buffer.shared = true;
  llvm::append_range(buffer.dims, kernel::strings(stage.getOver()));
  bool hasTime = llvm::is_contained(buffer.dims, StringRef(time));
  bool hasLane = llvm::is_contained(buffer.dims, StringRef(lane));
  declareShared(buffer, hasTime ? pitch(buffer) * block : width(buffer));
  buffers[stage.getResult()] = buffer;
  fresh.insert(stage.getResult());
  SmallVector<StringRef> inner = innerOf(buffer.dims);
  StringRef fastest = hasLane ? StringRef(lane) : inner.empty() ? StringRef() : inner.back();
  kernel::OperandOp operand = copiedRows(stage, fastest, hasLane ? lanes : inner.empty() ? 1 : fixed(fastest));
  bool isPadded = hasTime && pitch(buffer) != width(buffer);
  cooperative(buffer, operand ? 4 : 1, [&] {
    std::string to = "k";
    if (isPadded) {
      to = "to";
      line("const int to = t * " + std::to_string(pitch(buffer)) +
           (width(buffer) == 1 ? "" : " + k % " + std::to_string(width(buffer))) + ";");
    }
    if (!operand) {
      stageBody(stage, buffer.name + "[" + to + "]");
      return;
    }
    StringRef ref = operand.getRef(), part = operand.getPart();
    Type type = params.elementType(ref);
    std::string x = "x" + std::to_string(names++);
    std::string valid = hasLane ? "max(1, " + size(lane) + " - first - lane)" : "4";
    std::string from = params.data(ref, part) + " + " + subscript(ref, part, point);
    line("const mixir_four " + x + " = mixir_load4" + (type.isF16() ? "_f16" : type.isBF16() ? "_bf16" : "") + "(" + from +
         ", " + params.stride(ref, part, fastest) + ", " + valid + ");");
    for (int j = 0; j < 4; ++j)
      line(buffer.name + "[" + to + (j ? " + " + std::to_string(j) : "") + "] = " + x + ".at[" + std::to_string(j) + "];");
  });
}

/// Whether a stage is so long that NVRTC should not see a copy of it for every point: it is computed once, before the
/// walk, where a call costs nothing.
bool KernelPrinter::isLong(kernel::StageOp stage) {
  constexpr int64_t fewestPoints = 8, fewestOperations = 4;
  auto operations = llvm::count_if(stage.getBody().front(), [](Operation &op) {
    return op.getNumResults() == 1 && !isFree(&op) && !isa<kernel::LoadOp>(op);
  });
  Value yielded = cast<kernel::YieldOp>(stage.getBody().front().getTerminator()).getValue();
  return yielded.getType().isF32() && !stage.getCombine() && !(!time.empty() && varies(stage)) &&
         operations >= fewestOperations && ownRows(kernel::strings(stage.getOver())) >= fewestPoints;
}

/// Defines a function of all that a stage reads; answers a call with what it reads at the current point.
std::string KernelPrinter::callOf(kernel::StageOp stage, const std::string &name) {
  ExpressionPrinter caller = expressions();
  std::string function = symbol + "_" + name, arguments, parameters, body;
  llvm::StringMap<std::string> known;
  auto parameter = [&](const std::string &argument, Type type) -> Cpp {
    std::string &own = known[argument];
    if (own.empty()) {
      own = "a" + std::to_string(known.size() - 1);
      std::string comma = known.size() > 1 ? ", " : "";
      parameters += comma + (type.isF32() ? "float " : type.isInteger(1) ? "bool " : "int ") + own;
      arguments += comma + argument;
    }
    return {own};
  };
  Type integer = IntegerType::get(stage.getContext(), 32);
  ExpressionPrinter::Storage read;
  read.load = [&](kernel::LoadOp op, ExpressionPrinter &) { return parameter(caller.named(op), op.getType()); };
  read.index = [&](StringRef dim) { return parameter(storage.index(dim).text, integer); };
  read.size = [&](StringRef dim) { return parameter(storage.size(dim).text, integer); };
  unsigned held = 0;
  ExpressionPrinter printer(read, [&](const std::string &s) { body += "  " + s + "\n"; }, held);
  Value yielded = cast<kernel::YieldOp>(stage.getBody().front().getTerminator()).getValue();
  std::string result = printer.print(yielded).text;
  functions += "static __device__ __noinline__ float " + function + "(" + parameters + ") {\n" + body + "  return " + result + ";\n}\n\n";
  return function + "(" + arguments + ")";
}

/// Values that each thread keeps for itself.
void KernelPrinter::ownStage(kernel::StageOp stage) {
  Buffer buffer;
  buffer.name = unique(stage.getName());
  llvm::append_range(buffer.dims, kernel::strings(stage.getOver()));
  declareArray(buffer.name, ownRows(buffer.dims));
  forEachPoint(innerOf(buffer.dims), Unroll::Whole, [&] {
    std::string target = buffer.name + offset(buffer, point);
    if (!isLong(stage))
      return stageBody(stage, target);
    std::string call = callOf(stage, buffer.name); // prints what it reads
    line(target + " = " + call + ";");
  });
  buffers[stage.getResult()] = buffer;
}

/// Whether the stage reads arrays of a thread's own that have such a dimension.
bool KernelPrinter::readsOwn(kernel::StageOp stage, llvm::function_ref<bool(StringRef)> isSuch) {
  WalkResult reads = stage.walk([&](kernel::LoadOp load) {
    auto buffer = buffers.find(load.getBuffer());
    bool isOwn = buffer != buffers.end() && !buffer->second.shared && !buffer->second.perThread;
    return isOwn && llvm::any_of(buffer->second.dims, isSuch) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return reads.wasInterrupted();
}

void KernelPrinter::outputStage(kernel::StageOp stage) {
  auto operand = stage.getInto().getDefiningOp<kernel::OperandOp>();
  line("// " + stage.getName().str());
  auto over = kernel::strings(stage.getOver());
  auto write = [&] {
    std::string value = "value" + std::to_string(names++);
    Type type = params.elementType(operand.getRef());
    stageBody(stage, std::string("const ") + (type.isInteger(32) ? "int " : "float ") + value);
    store(operand.getRef(), operand.getPart(), value);
  };
  if (runs > 1) {
    Buffer points;
    llvm::append_range(points.dims, over);
    cooperative(points, 1, [&] {
      bool hasLane = llvm::is_contained(over, StringRef(lane));
      line("const bool live = " + (hasLane ? "first + lane < " + size(lane) : std::string("true")) + ";");
      write();
    });
    return;
  }
  llvm::StringMap<std::string> outer = point;
  bool hasTime = !time.empty() && llvm::is_contained(over, StringRef(time));
  // Neighbours that hold shares of what it reads work on every step together, others take turns.
  bool takesTurns = parts > 1 && hasTime && !readsOwn(stage, [&](StringRef d) { return isSpread(d); });
  bool wasSharing = std::exchange(isSharing, isSharing && !takesTurns);
  if (hasTime) {
    line("#pragma unroll 2"); // two rows of loads on their way at a time
    open(takesTurns ? "for (int t = part; t < steps; t += " + std::to_string(parts) + ")" : "for (int t = 0; t < steps; ++t)");
    line("const int i_" + time + " = first_" + time + " + t;");
    point[time] = "i_" + time;
  }
  forEachPoint(innerOf(over), Unroll::Free, write);
  if (hasTime)
    close();
  isSharing = wasSharing;
  point = outer;
}

} // namespace mixir::codegen
