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
/// Most neighbouring threads that share a dimension: with a warp of lanes, a block of 256.
constexpr int64_t kMostParts = 8;
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
  func = kernel::FuncOp::create(builder, loc, name, builder.getArrayAttr({}), false, kernel::InsteadAttr());
  func.getBody().emplaceBlock();
  builder.setInsertionPointToEnd(&func.getBody().front());
  if (onGpu() && plan.recurrence)
    chooseSpread();
}

KernelBuilder::KernelBuilder(Facts &facts, Partition &partition, KernelPlan &plan, kernel::ProgramOp program,
                             StringRef name, const Sizes &sizes, std::vector<AffineStep> steps)
    : KernelBuilder(facts, partition, plan, program, name, sizes) {
  this->steps = std::move(steps);
  parts = 1; // of a run, a thread holds the states itself
}

int64_t KernelBuilder::stateNumbers(StringRef of) {
  int64_t all = 0;
  for (Value state : plan.recurrence.getBody().front().getArguments().take_front(plan.recurrence.getNumStates())) {
    int64_t numbers = 1;
    DimList dims = dimsOf(state);
    for (StringRef d : dims)
      if (llvm::is_contained(plan.inner, d))
        numbers *= facts.fixedExtent(d);
    if (of.empty() || llvm::is_contained(dims, of))
      all += numbers;
  }
  return all;
}

/// Of states with many numbers, neighbouring threads hold shares of the dimension that most of them have.
void KernelBuilder::chooseSpread() {
  int64_t most = 0;
  for (StringRef d : plan.inner)
    if (int64_t numbers = stateNumbers(d); numbers >= most) {
      most = numbers;
      spread = d.str();
    }
  int64_t others = stateNumbers("") - most;
  while (!spread.empty() && parts < kMostParts && others + most / parts > sizes.stateNumbers &&
         facts.fixedExtent(spread) % (2 * parts) == 0)
    parts *= 2;
}

/// Whether no thread needs what another one holds, but for sums.
bool KernelBuilder::canSpread() {
  auto isOwn = [](kernel::LoadOp load) {
    auto stage = load.getBuffer().getDefiningOp<kernel::StageOp>();
    return stage && !stage.getShared();
  };
  auto reads = [&](std::optional<DictionaryAttr> shift, ArrayAttr dims) {
    return (shift && shift->contains(spread)) || llvm::is_contained(kernel::strings(dims), StringRef(spread));
  };
  WalkResult found = func.walk([&](Operation *op) -> WalkResult {
    bool isElsewhere = false;
    if (auto recur = dyn_cast<kernel::RecurOp>(op)) // of a past that all of them have, one would store it
      isElsewhere = llvm::any_of(recur.getAccs().getAsRange<kernel::AccAttr>(), [&](kernel::AccAttr acc) {
        return acc.getPast() && !llvm::is_contained(kernel::strings(acc.getDims()), StringRef(spread));
      });
    if (auto load = dyn_cast<kernel::LoadOp>(op)) {
      auto in = load->getParentOfType<kernel::StageOp>();
      isElsewhere = isOwn(load) && ((in && in.getShared()) || reads(load.getShift(), load.getCoordDims()));
    }
    if (auto state = dyn_cast<kernel::StateOp>(op))
      isElsewhere = reads(state.getShift(), state.getCoordDims());
    if (auto acc = dyn_cast<kernel::AccOp>(op))
      isElsewhere = reads(acc.getShift(), acc.getCoordDims());
    return isElsewhere ? WalkResult::interrupt() : WalkResult::advance();
  });
  return !found.wasInterrupted();
}

int64_t KernelBuilder::laneBlock() {
  if (plan.convolution)
    return kConvolutionLanes;
  if (onGpu()) {
    int64_t extent = facts.fixedExtent(plan.lane);
    if (isAlongTime())
      return extent < 0 ? sizes.timeLanes : std::min(sizes.timeLanes, extent);
    int64_t most = parts == 1 ? sizes.threads : std::max(kWarp, 2 * sizes.threads / parts);
    return extent < 0 ? most : std::min(most, (extent + kWarp - 1) / kWarp * kWarp);
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
  if (parts > 1) {
    add(spread, facts.fixedExtent(spread), kernel::LoopKind::Spread, parts);
    remarkPassed(plan.recurrence, stage::kPlan, "PlanKernels", "spread")
        << "a thread would hold " + std::to_string(stateNumbers("")) + " numbers of states: " + std::to_string(parts) +
               " neighbouring threads share '" + spread + "'";
  }
  if (plan.recurrence && timeBlock() == 0)
    return func.emitError("expected a step that takes at most ")
           << std::max(sizes.sharedBytes, sizes.mostSharedBytes) << " bytes of shared memory, as a block of the target has, got "
           << (tileFloats().fixed + tileFloats().perStep) * 4;
  if (!plan.walked.empty())
    add(plan.walked, kMapBlock, kernel::LoopKind::Serial);
  if (plan.recurrence)
    add(time, timeBlock(), plan.recurrence.getReverse() ? kernel::LoopKind::SerialReverse : kernel::LoopKind::Serial);
  func.setLoopsAttr(builder.getArrayAttr(loops));
  return success();
}

/// Threads along time and steps of a run, the most that shared memory has room for. A run has an odd number
/// of steps, as rows lie an odd number of floats apart.
void KernelBuilder::buildLoopsAlongTime() {
  TileFloats floats = tileFloats();
  std::pair<int64_t, int64_t> chosen = {0, 0}; // threads, steps of a run
  for (int64_t run : {5, 3, 1})
    for (int64_t threads = sizes.timeThreads; threads >= kWarp && !chosen.first; threads /= 2)
      if (floats.fixed + floats.perStep * threads * run <= sizes.sharedBytes / 4)
        chosen = {threads, run};
  auto [threads, run] = chosen;
  if (threads == 0) {
    remarkMissed(plan.recurrence, stage::kPlan, "PlanKernels", "time")
        << "not across threads along '" + time + "': a tile does not fit shared memory";
    func.erase();
    return;
  }
  SmallVector<Attribute> loops;
  auto add = [&](StringRef dim, int64_t block, kernel::LoopKind kind, int64_t lanes = 0) {
    loops.push_back(kernel::LoopAttr::get(builder.getContext(), builder.getStringAttr(dim), block, kind, lanes));
  };
  for (StringRef d : plan.parallel)
    add(d, 1, kernel::LoopKind::Parallel);
  if (!plan.lane.empty())
    add(plan.lane, laneBlock(), kernel::LoopKind::Parallel, laneBlock());
  add(time, threads * run, plan.recurrence.getReverse() ? kernel::LoopKind::SerialReverse : kernel::LoopKind::Serial,
      threads);
  func.setLoopsAttr(builder.getArrayAttr(loops));
  constexpr int64_t blocks = 1; // a multiprocessor: with fewer, some would have nothing to do
  func.setInsteadAttr(kernel::InsteadAttr::get(builder.getContext(), blocks, builder.getStringAttr(time), threads));
  remarkPassed(plan.recurrence, stage::kPlan, "PlanKernels", "time")
      << "also with '" + time + "' across " + std::to_string(threads) + " threads, runs of " + std::to_string(run) +
             " steps, for calls with fewer blocks than multiprocessors";
}

bool KernelBuilder::isLocal(StringRef dim) {
  if (!llvm::is_contained(plan.parallel, dim))
    return true;
  if (plan.convolution)
    return dim == plan.entries;
  return !plan.recurrence && !onGpu() && plan.walked.empty() && dim == plan.parallel.back();
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

void KernelBuilder::buildOutput(Value value, mixer::OperandAttr tensor, StringRef part) {
  Gather gather;
  StringRef ref = tensor.getName().getValue();
  bool isElsewhere = partition.temps.count(value) && !plan.makes(value); // another kernel has put it there
  if (auto place = value.getDefiningOp<mixer::PlaceOp>(); place && !isElsewhere) {
    std::optional<Stored> table = place.getTable() ? memoryOf(place.getTable()) : Stored();
    buildOutput(place.getInput(), facts.walked(tensor, walkOf(place, table->tensor)), part);
    return;
  }
  if (plan.target && plan.makes(value))
    gather = gatherOf(value);
  // A marker keeps the place: stages that the output needs go before it.
  Value into = operand(ref, part);
  Operation *end = arith::ConstantOp::create(builder, value.getLoc(), builder.getI32IntegerAttr(0));
  std::string name = (ref + (part.empty() ? "" : "_" + part)).str();
  DimList over = localDims(dimsOf(value));
  Site site = openStage(name, over, vectorDim(over, gather.combine ? value : Value()), kernel::Placement::Tile, end, Type(), into, gather);
  Value v = gather.combine ? emitGathered(value, site) : emit(value, site);
  kernel::YieldOp::create(site.builder, value.getLoc(), v);
  end->erase();
}

void KernelBuilder::buildResult(unsigned number) {
  auto [tensor, value] = facts.outputs[number];
  if (auto complex = value.getDefiningOp<mixer::ComplexOp>()) {
    buildOutput(complex.getRe(), tensor, "re");
    buildOutput(complex.getIm(), tensor, "im");
    return;
  }
  buildOutput(value, tensor, "");
}

void KernelBuilder::buildTempOutputs() {
  for (auto &[value, name] : partition.temps) {
    auto result = dyn_cast<OpResult>(value);
    bool step = plan.recurrence && result && result.getOwner() == plan.recurrence &&
                result.getResultNumber() < plan.recurrence.getNumStepValues();
    bool isMade = llvm::is_contained(plan.made, value);
    if (step || isMade || (plan.target && plan.makes(value)))
      buildOutput(value, program.getTensor(name), "");
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
  if (parts > 1 && !canSpread()) {
    remarkMissed(plan.recurrence, stage::kPlan, "PlanKernels", "spread")
        << "a thread holds " + std::to_string(stateNumbers("")) + " numbers of states: '" + spread +
               "' is read at other coordinates";
    parts = 1;
  }
  if (isAlongTime())
    return buildLoopsAlongTime(), success();
  return buildLoops();
}

} // namespace mixir::lowering
