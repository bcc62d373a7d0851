// ExplainCuda.cpp - see ExplainCuda.h. What shared memory holds is what the printer has declared; the
// rest is the plan.
#include "tools/verbs/ExplainCuda.h"

#include "codegen/cuda/EmitCuda.h"
#include "tools/Table.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

namespace mixir::tools {

namespace {

std::string sharedText(const codegen::CudaLaunch &launch) {
  std::string list;
  for (const codegen::SharedArray &array : launch.shared)
    list += (list.empty() ? "" : ", ") + array.of + " " + std::to_string(array.bytes);
  return list;
}

/// Numbers of a thread in a buffer over `dims`: it holds one coordinate of every dimension of the
/// loops, and time is walked.
int64_t numbersOf(kernel::FuncOp func, mlir::ArrayAttr dims) {
  auto program = func->getParentOfType<kernel::ProgramOp>();
  int64_t numbers = 1;
  for (auto name : dims.getAsRange<mlir::StringAttr>()) {
    kernel::LoopAttr loop = func.getLoop(name.getValue());
    bool isShared = loop && loop.getKind() == kernel::LoopKind::Spread; // among neighbouring threads
    if (loop && !isShared)
      continue;
    for (auto dim : program.getDims().getAsRange<mixer::DimAttr>())
      if (dim.getName() == name && dim.isFixed())
        numbers *= dim.getExtent() / (isShared ? loop.getLanes() : 1);
  }
  return numbers;
}

std::string registersText(kernel::FuncOp func) {
  std::string list;
  auto add = [&](llvm::StringRef name, int64_t numbers) {
    list += (list.empty() ? "" : ", ") + name.str() + " " + std::to_string(numbers);
  };
  func.walk([&](kernel::RecurOp recur) {
    for (auto carry : recur.getCarries().getAsRange<kernel::CarryAttr>())
      add(carry.getName().getValue(), numbersOf(func, carry.getDims()));
  });
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>())
    if (!stage.getShared() && !stage.getInto())
      add(stage.getName(), numbersOf(func, stage.getOver()));
  return list;
}

std::string mappingText(kernel::FuncOp func, int64_t threads) {
  std::string parallel, serial;
  for (auto loop : func.getLoops().getAsRange<kernel::LoopAttr>()) {
    std::string dim = loop.getDim().getValue().str(), block = std::to_string(loop.getBlock());
    if (loop.getKind() == kernel::LoopKind::Spread) {
      serial += "; " + std::to_string(loop.getLanes()) + " neighbouring threads share " + dim;
      continue;
    }
    if (loop.getKind() != kernel::LoopKind::Parallel) {
      bool isReverse = loop.getKind() == kernel::LoopKind::SerialReverse;
      serial += "; " + dim + " in " + (isReverse ? "reverse " : "") + "order, " + block + " steps a tile";
      if (loop.getLanes())
        serial += ", across " + std::to_string(loop.getLanes()) + " threads";
      continue;
    }
    parallel += (parallel.empty() ? "" : ", ") + (loop.getBlock() == 1 ? "1" : block) + " of " + dim;
    if (loop.getLanes())
      parallel += " (across the threads)";
  }
  return "a block of " + std::to_string(threads) + " threads takes " +
         (parallel.empty() ? "everything" : parallel) + serial;
}

/// "B x ceil(D / 128) blocks", with the number where the extents are known.
std::string gridText(kernel::FuncOp func, const Extents *extents, double &blocks) {
  std::string text;
  blocks = 1;
  for (auto loop : func.getLoops().getAsRange<kernel::LoopAttr>()) {
    if (loop.getKind() != kernel::LoopKind::Parallel)
      continue;
    std::string dim = loop.getDim().getValue().str();
    int64_t block = loop.getBlock();
    text += text.empty() ? "" : " x ";
    text += block == 1 ? dim : "ceil(" + dim + " / " + std::to_string(block) + ")";
    if (extents)
      blocks *= static_cast<double>((extents->at(dim) + block - 1) / block);
  }
  text = text.empty() ? "1" : text;
  return extents ? text + " = " + llvm::formatv("{0:f0}", blocks).str() : text;
}

std::string share(double part, double whole) { return percentText(part / whole); }

/// When the kernel runs, if that is not always.
std::string whenText(kernel::FuncOp func, const codegen::GpuTarget &target) {
  auto next = mlir::dyn_cast_or_null<kernel::FuncOp>(func->getNextNode());
  kernel::InsteadAttr instead = func.getInsteadAttr();
  bool isOther = instead != nullptr;
  if (!isOther && next)
    instead = next.getInsteadAttr();
  if (!instead)
    return "";
  std::string dim = instead.getAlong().str();
  std::string few = std::to_string(instead.getBlocks() * target.part.sms) + " blocks (" +
                    std::to_string(instead.getBlocks()) + " for each SM of the " + target.part.name.str() + ")";
  if (isOther)
    return "instead of the kernel before it where that has fewer than " + few + ", if " + dim + " is at least " +
           std::to_string(instead.getLeast());
  return "where it has at least " + few + ", or " + dim + " is less than " + std::to_string(instead.getLeast());
}

void printOccupancy(const codegen::CudaLaunch &launch, const codegen::GpuTarget &target, double blocks,
                    bool isKnown) {
  int64_t resident = codegen::residentBlocks(target, launch.threads, launch.sharedBytes());
  int64_t threads = resident * launch.threads;
  llvm::outs() << "    occupancy: at most " << resident << " blocks an SM by threads and shared memory, "
               << threads << " of " << target.threadsPerSm << " threads ("
               << share(static_cast<double>(threads), static_cast<double>(target.threadsPerSm))
               << ") if the assembler, which chooses, gives a thread up to "
               << codegen::registersFor(target, launch.threads, resident) << " registers\n";
  if (!isKnown)
    return;
  auto all = static_cast<double>(resident * target.part.sms);
  llvm::outs() << "    the grid fills " << share(std::min(blocks, all), all) << " of what the "
               << target.part.sms << " SMs of the " << target.part.name << " hold\n";
}

} // namespace

void printCudaKernels(kernel::ProgramOp program, const codegen::GpuTarget &target,
                      const Extents *extents) {
  codegen::CudaProgram cuda = codegen::emitCuda(program, target);
  std::vector<NestWork> nests = nestsOf(program);
  llvm::outs() << "kernels for " << target.arch << "\n";
  for (auto [func, launch] : llvm::zip(program.getBody().front().getOps<kernel::FuncOp>(), cuda.launches)) {
    double blocks = 1;
    std::string shared = sharedText(launch), when = whenText(func, target);
    std::string registers = registersText(func);
    llvm::outs() << "  " << func.getSymName() << ": " << mappingText(func, launch.threads) << "\n"
                 << (when.empty() ? "" : "    runs " + when + "\n")
                 << "    grid: " << gridText(func, extents, blocks) << " blocks\n"
                 << "    shared memory: " << launch.sharedBytes() << " bytes of a block"
                 << (shared.empty() ? "" : ": ") << shared << "\n"
                 << "    registers of a thread: " << (registers.empty() ? "no arrays" : registers)
                 << (registers.empty() ? "\n" : " numbers\n");
    printOccupancy(launch, target, blocks, extents);
    printNests(nests, func.getSymName());
  }
}

void printCudaFloor(const WorkTotal &work, const codegen::GpuTarget &target) {
  const codegen::GpuPart &part = target.part;
  double rate = static_cast<double>(part.sms * target.exponentialsPerClock) * part.clocksPerSecond;
  double bytesNs = work.bytes / part.bytesPerSecond * 1e9, expsNs = work.exps / rate * 1e9;
  llvm::outs() << "  by the memory of the " << part.name << ", "
               << llvm::formatv("{0:f0} GB/s: ", part.bytesPerSecond / 1e9) << timeText(bytesNs) << "\n"
               << "  by its exponentials, " << llvm::formatv("{0:f0} G/s: ", rate / 1e9)
               << timeText(expsNs) << "\n"
               << "  estimated floor on the " << part.name << ": "
               << timeText(std::max(bytesNs, expsNs)) << ", set by "
               << (bytesNs >= expsNs ? "memory" : "exponentials") << "\n";
}

} // namespace mixir::tools
