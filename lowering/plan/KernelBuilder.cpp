// Loops, operands and outputs of one kernel.
#include "lowering/plan/KernelBuilder.h"

#include "lowering/Remarks.h"

using namespace mlir;

namespace mixir::lowering {

namespace {
/// Coordinates of the second fastest dimension that one task of a map takes.
constexpr int64_t kMapBlock = 64;
/// Vector registers of lanes that are worked on at a time: enough to hide latencies.
constexpr int64_t kLaneVectors = 4;
/// Channels of a convolution that lie in lanes, and entries of the batch that a task takes.
constexpr int64_t kConvolutionLanes = 8, kConvolutionEntries = 16;
/// Taps up to which a convolution is computed as the sum stands: about where transforms, of twice as many
/// numbers, take as long (bench/convolution/run.py).
constexpr int64_t kDirectTaps = 96;
/// Threads of a warp.
constexpr int64_t kWarp = 32;
/// Most floats of a row that a task takes, in several groups of lanes. Rows of a recurrence's
/// operands lie far apart in memory: narrow ones would touch a page for a few bytes and be no
/// pattern that the hardware fetches ahead.
constexpr int64_t kRowFloats = 256;
} // namespace

KernelBuilder::KernelBuilder(Facts &facts, Partition &partition, KernelPlan &plan, kernel::ProgramOp program,
                             StringRef name, const Sizes &sizes)
    : facts(facts), partition(partition), plan(plan), program(program), sizes(sizes),
      builder(program.getContext()) {
  if (plan.recurrence)
    time = plan.recurrence.getDim().str();
  builder.setInsertionPointToEnd(&program.getBody().front());
  Location loc = plan.recurrence ? plan.recurrence.getLoc() : plan.target.getLoc();
  func = kernel::FuncOp::create(builder, loc, name, builder.getArrayAttr({}), false);
  func.getBody().emplaceBlock();
  builder.setInsertionPointToEnd(&func.getBody().front());
}

int64_t KernelBuilder::laneBlock() {
  if (plan.convolution)
    return kConvolutionLanes;
  if (onGpu()) {
    int64_t extent = facts.fixedExtent(plan.lane);
    return extent < 0 ? sizes.threads : std::min(sizes.threads, (extent + kWarp - 1) / kWarp * kWarp);
  }
  int64_t width = sizes.vectorWidth, full = kLaneVectors * width;
  int64_t extent = facts.fixedExtent(plan.lane);
  if (extent < 0 || extent >= full)
    return full;
  return std::max<int64_t>(1, (extent + width - 1) / width) * width;
}

/// Groups of lanes of a task, while their tiles fit the second cache.
int64_t KernelBuilder::laneGroups() {
  if (!plan.recurrence || onGpu())
    return 1;
  TileFloats floats = tileFloats();
  int64_t room = sizes.secondCacheBytes / 2 / 4 / (floats.fixed + timeBlock() * floats.perStep);
  int64_t extent = facts.fixedExtent(plan.lane);
  int64_t wanted = extent < 0 ? kRowFloats : std::min(extent, kRowFloats);
  return std::max<int64_t>(1, std::min((wanted + laneBlock() - 1) / laneBlock(), room));
}

LogicalResult KernelBuilder::buildLoops() {
  SmallVector<Attribute> loops;
  auto add = [&](StringRef dim, int64_t block, kernel::LoopKind kind, int64_t lanes = 0) {
    loops.push_back(kernel::LoopAttr::get(builder.getContext(), builder.getStringAttr(dim), block, kind, lanes));
  };
  int64_t block = plan.convolution ? kConvolutionEntries : kMapBlock;
  for (StringRef d : plan.parallel)
    add(d, isLocal(d) ? block : 1, kernel::LoopKind::Parallel);
  if (!plan.lane.empty())
    add(plan.lane, laneBlock() * laneGroups(), kernel::LoopKind::Parallel, laneBlock());
  if (plan.recurrence && timeBlock() == 0)
    return func.emitError("expected a step that takes at most ")
           << sizes.sharedBytes << " bytes of shared memory, as a block of the target has, got "
           << (tileFloats().fixed + tileFloats().perStep) * 4;
  if (plan.recurrence)
    add(time, timeBlock(), plan.recurrence.getReverse() ? kernel::LoopKind::SerialReverse : kernel::LoopKind::Serial);
  func.setLoopsAttr(builder.getArrayAttr(loops));
  return success();
}

bool KernelBuilder::isLocal(StringRef dim) {
  if (!llvm::is_contained(plan.parallel, dim))
    return true;
  if (plan.convolution)
    return dim == plan.entries;
  return !plan.recurrence && !onGpu() && dim == plan.parallel.back();
}

DimList KernelBuilder::localDims(ArrayRef<StringRef> dims) {
  DimList out;
  for (StringRef d : dims)
    if (isLocal(d))
      out.push_back(d);
  return out;
}

/// The operand, declared at the top of the kernel on first use.
Value KernelBuilder::operand(StringRef ref, StringRef part) {
  std::string key = (ref + "." + part).str();
  if (Value known = operands.lookup(key))
    return known;
  // Views are listed in the program once all kernels have named theirs.
  mixer::OperandAttr stored = program.getTensor(ref);
  for (Attribute view : facts.views)
    if (auto tensor = cast<kernel::ViewAttr>(view).getTensor(); tensor.getName().getValue() == ref)
      stored = tensor;
  SmallVector<StringAttr> dims;
  for (auto axis : stored.getAxes().getAsRange<ArrayAttr>())
    for (auto d : axis.getAsRange<StringAttr>())
      if (isLocal(d.getValue()) || onGpu()) // a GPU's coordinates are those of the whole dimension
        dims.push_back(d);
  Type element = stored.getDtype();
  if (auto complex = dyn_cast<ComplexType>(element))
    element = complex.getElementType();
  OpBuilder top = OpBuilder::atBlockBegin(&func.getBody().front());
  for (Operation &op : func.getBody().front()) // after the operands already there
    if (isa<kernel::OperandOp>(op))
      top.setInsertionPointAfter(&op);
  Value v = kernel::OperandOp::create(top, func.getLoc(), kernel::BufType::get(top.getContext(), dims, element), ref, part);
  return operands[key] = v;
}

void KernelBuilder::buildOutput(Value value, StringRef ref, StringRef part) {
  Gather gather;
  if (plan.target && plan.makes(value))
    gather = gatherOf(value);
  // A marker keeps the place: stages that the output needs go before it.
  Value into = operand(ref, part);
  Operation *end = arith::ConstantOp::create(builder, value.getLoc(), builder.getI32IntegerAttr(0));
  std::string name = (ref + (part.empty() ? "" : "_" + part)).str();
  Site site = openStage(name, localDims(dimsOf(value)), kernel::Placement::Tile, end, Type(), into, gather);
  Value v = gather.combine ? emitGathered(value, site) : emit(value, site);
  kernel::YieldOp::create(site.builder, value.getLoc(), v);
  end->erase();
}

void KernelBuilder::buildResult(unsigned number) {
  auto [tensor, value] = facts.outputs[number];
  StringRef name = tensor.getName().getValue();
  if (auto complex = value.getDefiningOp<mixer::ComplexOp>()) {
    buildOutput(complex.getRe(), name, "re");
    buildOutput(complex.getIm(), name, "im");
    return;
  }
  buildOutput(value, name, "");
}

void KernelBuilder::buildTempOutputs() {
  for (auto &[value, name] : partition.temps) {
    auto result = dyn_cast<OpResult>(value);
    bool step = plan.recurrence && result && result.getOwner() == plan.recurrence &&
                result.getResultNumber() < plan.recurrence.getNumStepValues();
    if (step || (plan.target && plan.makes(value)))
      buildOutput(value, name, "");
  }
}

/// All of the kernel is one operation, of which the input and the taps lie in memory.
void KernelBuilder::buildConvolution() {
  mixer::ConvOp conv = plan.convolution;
  auto read = [&](Value value) {
    Stored stored = *memoryOf(value);
    return operand(stored.tensor.getName().getValue(), stored.part);
  };
  StringRef result = plan.results.empty() ? StringRef(partition.temps[plan.target])
                                          : facts.outputs[plan.results[0]].tensor.getName().getValue();
  Value input = read(conv.getInput()), weight = read(conv.getWeight()), into = operand(result, "");
  auto pad = conv.getPad() == mixer::PadKind::Causal ? kernel::PadKind::Causal : kernel::PadKind::Same;
  kernel::ConvolveOp::create(builder, conv.getLoc(), pad, conv.getAlong(), conv.getTaps(), kDirectTaps, input, weight, into);
  remarkPassed(conv, stage::kPlan, "PlanKernels", "convolution")
      << "convolution along '" + conv.getAlong().str() + "' with taps '" + conv.getTaps().str() +
             "' is a kernel of its own: the sum as it stands up to " + std::to_string(kDirectTaps) +
             " taps, beyond by Fourier transforms";
}

LogicalResult KernelBuilder::build() {
  if (plan.convolution) {
    buildConvolution();
    return buildLoops();
  }
  if (mixer::ConvOp conv = plan.target ? facts.longConvolution(plan.target) : mixer::ConvOp(); conv && !plan.isCopy)
    remarkMissed(conv, stage::kPlan, "PlanKernels", "convolution")
        << "convolution along '" + conv.getAlong().str() + "' with taps '" + conv.getTaps().str() +
               "' is computed as the sum stands: there are no Fourier transforms for a GPU";
  if (plan.recurrence) {
    collectSinks();
    orderPhases();
  }
  if (plan.recurrence)
    buildRecur();
  buildTempOutputs();
  for (unsigned number : plan.results)
    buildResult(number);
  if (!unfixed.empty())
    return func.emitError("expected dimension '") << unfixed << "', which a block keeps values over, to be fixed at compile time";
  return buildLoops();
}

} // namespace mixir::lowering
