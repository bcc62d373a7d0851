// KernelLaunch.cpp - see KernelLaunch.h.
#include "KernelLaunch.h"

#include "Failure.h"
#include "Memory.h"
#include "TaskRunner.h"

#include <algorithm>

using namespace mixir::runtime;

FrameLayout::FrameLayout(const KernelPlan &plan) {
  auto numBuffers = static_cast<size_t>(plan.numBuffers);
  size_t offset = numBuffers * sizeof(KernelBuffer);
  auto take = [&](int64_t &section, size_t size) {
    section = static_cast<int64_t>(offset);
    offset += size;
  };
  take(dims, static_cast<size_t>(plan.numBufferDims) * sizeof(KernelDim));
  take(states, plan.args.size() * sizeof(ArgState));
  take(pointers, (plan.scalars.size() + numBuffers) * sizeof(void *));
  take(scalars, plan.scalars.size() * sizeof(int32_t));
  bytes = static_cast<int64_t>(alignUp(offset));
}

void KernelLaunch::prepare(const Manifest &manifest, const KernelPlan &kernelPlan,
                           const Binding &binding, mixir_entry_fn entryFn, int64_t threads) {
  plan = &kernelPlan;
  sizes = binding.sizes.data();
  entry = entryFn;
  layout = FrameLayout(*plan);
  frameBytes = layout.bytes;
  workBytes = 0;
  batch = nullptr;
  batchLoop = alongLoop = -1;
  prepareLoops();
  if (binding.batch.isActive()) {
    batch = &binding.batch;
    prepareEntries();
  }
  prepareLanes(threads);
  movingArgs.clear();
  args.resize(plan->args.size());
  prepareWalks(manifest, binding);
  for (size_t i = 0; i < args.size(); i++) {
    prepareArg(manifest, binding, i);
    if (args[i].movesWithSerial)
      movingArgs.push_back(static_cast<int>(i));
  }
  prepareWork(binding);
  pastOffsets.clear();
  for (const PastPlan &past : plan->pasts)
    preparePast(past);
  if (batch && tasks)
    tasksPerBlock = tasks / firstBlock.back();
}

void KernelLaunch::prepareLoops() {
  tasks = 1;
  tiles = 1;
  loops.resize(plan->loops.size());
  for (size_t i = 0; i < loops.size(); i++) {
    const LoopSpec &spec = plan->loops[i];
    int64_t size = sizes[spec.dim];
    loops[i] = {size, spec.block, (size + spec.block - 1) / spec.block};
    if (!spec.isParallel)
      tiles = loops[i].count;
    else if (__builtin_mul_overflow(tasks, loops[i].count, &tasks))
      fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plan->name, "': too many tasks");
  }
}

/// Counts the tasks of a batch: entries first, each with as many blocks as its own length has.
void KernelLaunch::prepareEntries() {
  for (size_t i = 0; i < loops.size(); i++) {
    if (plan->loops[i].dim == batch->dim)
      batchLoop = static_cast<int>(i);
    if (plan->loops[i].dim == batch->along)
      alongLoop = static_cast<int>(i);
  }
  if (batchLoop < 0) {
    batch = nullptr; // it sees nothing of the batch
    alongLoop = -1;
    return;
  }
  // Each task has one entry: lengths and places differ, even where there would be room for more.
  loops[batchLoop].block = std::max<int64_t>(plan->loops[batchLoop].lanes, 1);
  bool hasBlocks = alongLoop >= 0 && plan->loops[alongLoop].isParallel;
  firstBlock.resize(static_cast<size_t>(batch->count) + 1);
  firstBlock[0] = 0;
  for (int64_t entry = 0; entry < batch->count; entry++) {
    int64_t blocks = hasBlocks ? alongBlocks(batch->length(entry)) : 1;
    firstBlock[entry + 1] = firstBlock[entry] + (batch->isSkipped(entry) ? 0 : blocks);
  }
  tasks = firstBlock.back();
  for (int loop : plan->parallelLoops)
    if (loop != batchLoop && loop != alongLoop &&
        __builtin_mul_overflow(tasks, loops[loop].count, &tasks))
      fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plan->name, "': too many tasks");
}

/// Narrows the blocks of lanes where there would not be two tasks for each thread, and cuts the
/// dimension evenly.
void KernelLaunch::prepareLanes(int64_t threads) {
  if (plan->laneLoop < 0 || tasks == 0)
    return;
  if (batch && (plan->laneLoop == alongLoop || plan->laneLoop == batchLoop))
    return;
  const LoopSpec &spec = plan->loops[plan->laneLoop];
  BoundLoop &loop = loops[plan->laneLoop];
  int64_t groups = wholeGroups(loop.size) / spec.lanes, widest = spec.block / spec.lanes;
  int64_t others = tasks / loop.count;
  if (threads > 1)
    widest = std::clamp<int64_t>(static_cast<int64_t>(static_cast<double>(others) * static_cast<double>(groups) /
                                                      static_cast<double>(2 * threads)),
                                 1, widest);
  loop.count = (groups + widest - 1) / widest;
  loop.block = (groups + loop.count - 1) / loop.count * spec.lanes;
  loop.count = (loop.size + loop.block - 1) / loop.block;
  if (__builtin_mul_overflow(others, loop.count, &tasks))
    fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plan->name, "': too many tasks");
}

/// Extent of a dimension in scratch and carries: whole blocks of lanes, else what exists.
int64_t KernelLaunch::paddedExtent(int loop, int dim) const {
  if (loop < 0)
    return sizes[dim];
  if (loop == plan->laneLoop)
    return loops[loop].block;
  return std::min(loops[loop].block, loops[loop].size);
}

/// Extends the frame by `bytes`; answers where they are.
int64_t KernelLaunch::takeFrameBytes(int64_t bytes, const char *what) {
  int64_t offset = frameBytes;
  if (bytes > (int64_t(1) << 46))
    fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plan->name, "': a tile of ", what, " takes ", bytes,
         " bytes");
  frameBytes += static_cast<int64_t>(alignUp(static_cast<size_t>(bytes)));
  return offset;
}

void KernelLaunch::prepareArg(const Manifest &manifest, const Binding &binding, size_t index) {
  const ArgPlan &arg = plan->args[index];
  const TensorSpec &tensor = manifest.tensors[arg.tensor];
  const int64_t *strides = binding.stridesOf(arg.tensor);
  int64_t unit = arg.part == Part::Whole ? arg.elementBytes : 8;
  BoundArg &bound = args[index];
  bound.base = binding.data[arg.tensor] + (arg.part == Part::Imaginary ? 4 : 0);
  bound.movesWithSerial = arg.movesWithSerial;
  bound.isWritten = arg.isWritten;
  bound.serialIndex = static_cast<int8_t>(arg.serialIndex);
  bound.hasSerialHalo = arg.serialIndex >= 0 && (arg.haloLow[arg.serialIndex] > 0 ||
                                                 arg.haloHigh[arg.serialIndex] > 0);

  auto bytes = static_cast<double>(unit);
  for (const AxisSpec &axis : tensor.axes)
    for (int dim : axis)
      bytes *= static_cast<double>(sizes[dim]);

  for (size_t i = 0; i < loops.size(); i++)
    bound.loopStride[i] = strides[plan->loops[i].dim] * unit;
  placeEntries(binding, arg.tensor, unit, bound.loopStride, bound.place, bound.entryStride);
  if (bound.place == EntryPlace::Token && bytes > 0) // sizes are of the longest sequence
    bytes *= static_cast<double>(batch->total) / static_cast<double>(batch->longest) /
             static_cast<double>(batch->count);
  workBytes += bytes;
  bool fitsBuffer = true, hasTaskHalo = false;
  for (size_t i = 0; i < arg.dims.size(); i++) {
    bound.dimStride[i] = strides[arg.dims[i]] * unit;
    fitsBuffer &= bound.dimStride[i] / arg.elementBytes <= INT32_MAX;
    hasTaskHalo |= arg.loopOfDim[i] >= 0 && arg.loopOfDim[i] != plan->serialLoop &&
                   (arg.haloLow[i] > 0 || arg.haloHigh[i] > 0);
  }
  bool hasRaggedLanes =
      arg.laneIndex >= 0 &&
      (loops[plan->laneLoop].size % plan->loops[plan->laneLoop].lanes != 0 ||
       (batch && (plan->laneLoop == alongLoop || plan->laneLoop == batchLoop)));
  bool mayBeDropped = false;
  for (int loop : arg.absentLoops)
    mayBeDropped |= loops[loop].count > 1;
  bool isRouted = bound.walk >= 0, hasGhosts = isRouted && walks[bound.walk].hasGhosts;
  bound.alwaysStaged = !fitsBuffer || (isRouted && (isScattered || bound.adds)) ||
                       (arg.laneIndex == 0 && bound.dimStride[0] != arg.elementBytes);
  bound.isPlain = !bound.alwaysStaged && !mayBeDropped && !hasTaskHalo && !isRouted;
  bound.scratchBytes = 0;
  if (bound.alwaysStaged || hasRaggedLanes || mayBeDropped || hasGhosts)
    prepareScratch(tensor.name, arg, bound);
}

/// Finds the routes of the arguments and cuts the steps into tiles.
void KernelLaunch::prepareWalks(const Manifest &manifest, const Binding &binding) {
  walks.clear();
  spans.clear();
  isScattered = false;
  for (size_t i = 0; i < args.size(); i++) {
    const TensorSpec &tensor = manifest.tensors[plan->args[i].tensor];
    args[i].walk = -1;
    args[i].adds = false;
    if (!tensor.walk)
      continue;
    const WalkSpec &spec = *tensor.walk;
    auto isSame = [&](const BoundWalk &other) { return other.spec->isSameAs(spec); };
    auto found = std::find_if(walks.begin(), walks.end(), isSame);
    args[i].walk = static_cast<int>(found - walks.begin());
    args[i].adds = spec.adds;
    const int64_t *strides = binding.stridesOf(plan->args[i].tensor);
    int64_t unit = plan->args[i].part == Part::Whole ? plan->args[i].elementBytes : 8;
    for (size_t axis = 0; axis < spec.axes.size(); axis++)
      args[i].axisStride[axis] = strides[spec.axes[axis]] * unit;
    if (found != walks.end())
      continue;
    BoundWalk walk = {&spec, {}, false, nullptr, 0, {}};
    if (spec.table >= 0) {
      if (manifest.tensors[spec.table].isTemp ||
          (manifest.tensors[spec.table].viewOf >= 0 && manifest.tensors[manifest.tensors[spec.table].viewOf].isTemp))
        checkRouteTable(manifest, spec, binding);
      const int64_t *tableStrides = binding.stridesOf(spec.table);
      walk.table = binding.data[spec.table];
      walk.tableStride = tableStrides[spec.dim] * 4;
      for (size_t loop = 0; loop < loops.size(); loop++)
        if (plan->loops[loop].isParallel)
          walk.tableLoopStride[loop] = tableStrides[plan->loops[loop].dim] * 4;
      isScattered = true;
    } else {
      walk.stretches = stretchesOf(spec, sizes);
      for (const Stretch &stretch : walk.stretches)
        walk.hasGhosts |= stretch.isGhost;
      int64_t steps = walk.stretches.empty() ? 0 : walk.stretches.back().start + walk.stretches.back().length;
      if (steps != loops[plan->serialLoop].size)
        fail(MIXIR_ERROR_SHAPE, "kernel '", plan->name, "': expected a route of ", loops[plan->serialLoop].size,
             " steps, as others of the same dimension have, got ", steps);
    }
    walks.push_back(std::move(walk));
  }
  if (!walks.empty())
    cutSpans();
}

int64_t KernelLaunch::elementAt(const BoundArg &arg, const Span &span) const {
  const BoundWalk &walk = walks[arg.walk];
  const Stretch &stretch = walk.stretches[span.stretch[arg.walk]];
  int64_t offset = 0;
  for (size_t axis = 0; axis < walk.spec->axes.size(); axis++)
    offset += (stretch.at[axis] + stretch.by[axis] * (span.start - stretch.start)) * arg.axisStride[axis];
  return offset;
}

int64_t KernelLaunch::strideAlong(const BoundArg &arg, const Span &span) const {
  const BoundWalk &walk = walks[arg.walk];
  const Stretch &stretch = walk.stretches[span.stretch[arg.walk]];
  int64_t stride = 0;
  for (size_t axis = 0; axis < walk.spec->axes.size(); axis++)
    stride += stretch.by[axis] * arg.axisStride[axis];
  return stride;
}

/// Tiles within which every argument moves evenly: stretches, joined where they go on evenly for all arguments,
/// as the rows of a dense grid do, and cut into blocks. Where they would be short, blocks whose rows are gathered.
void KernelLaunch::cutSpans() {
  constexpr int64_t kShortTile = 8;
  const BoundLoop &loop = loops[plan->serialLoop];
  auto isGhost = [&](const Span &span) {
    for (size_t w = 0; w < walks.size(); w++)
      if (walks[w].stretches[span.stretch[w]].isGhost)
        return true;
    return false;
  };
  std::vector<Span> even;
  std::vector<int> current(walks.size(), 0);
  for (int64_t at = 0; at < loop.size && !isScattered;) {
    int64_t end = loop.size;
    for (size_t w = 0; w < walks.size(); w++) {
      while (walks[w].stretches[current[w]].start + walks[w].stretches[current[w]].length <= at)
        current[w]++;
      end = std::min(end, walks[w].stretches[current[w]].start + walks[w].stretches[current[w]].length);
    }
    Span span = {at, end - at, current};
    bool joins = !even.empty() && !isGhost(even.back()) && !isGhost(span);
    for (size_t i = 0; i < args.size() && joins; i++)
      if (args[i].walk >= 0) {
        const Span &before = even.back();
        int64_t stride = strideAlong(args[i], before.extent > 1 ? before : span);
        joins = (before.extent == 1 || span.extent == 1 || strideAlong(args[i], span) == stride) &&
                elementAt(args[i], span) == elementAt(args[i], before) + before.extent * stride;
      }
    if (joins && even.back().extent > 1)
      even.back().extent += span.extent;
    else
      even.push_back(std::move(span));
    at = end;
  }
  if (static_cast<int64_t>(even.size()) * std::min(kShortTile, loop.block) > loop.size)
    isScattered = true;
  if (isScattered) {
    for (int64_t at = 0; at < loop.size; at += loop.block)
      spans.push_back({at, std::min(loop.block, loop.size - at), {}});
  } else {
    for (const Span &span : even)
      for (int64_t at = 0; at < span.extent; at += loop.block)
        spans.push_back({span.start + at, std::min(loop.block, span.extent - at), span.stretch});
  }
  tiles = static_cast<int64_t>(spans.size());
}

/// Takes the entries out of the strides of the loops where they have a place of their own.
void KernelLaunch::placeEntries(const Binding &binding, int tensor, int64_t unit,
                                int64_t *loopStride, EntryPlace &place,
                                int64_t &entryStride) const {
  place = EntryPlace::Number;
  entryStride = 0;
  if (!batch || binding.batch.places[tensor] == EntryPlace::Number)
    return;
  place = binding.batch.places[tensor];
  int dim = place == EntryPlace::Token ? batch->along : batch->dim;
  entryStride = binding.stridesOf(tensor)[dim] * unit;
  loopStride[batchLoop] = 0;
}

/// Scratch has lanes innermost, then the other dimensions in order; strides are as for full tiles.
void KernelLaunch::prepareScratch(const std::string &name, const ArgPlan &arg, BoundArg &bound) {
  int64_t stride = arg.elementBytes;
  auto place = [&](size_t i) {
    bound.stagedStride[i] = stride;
    int64_t extent = paddedExtent(arg.loopOfDim[i], arg.dims[i]);
    if (arg.loopOfDim[i] >= 0)
      extent += arg.haloLow[i] + arg.haloHigh[i];
    if (stride / arg.elementBytes > INT32_MAX ||
        __builtin_mul_overflow(stride, std::max<int64_t>(extent, 1), &stride))
      fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plan->name, "': the tile of '", name,
           "' that must be copied is too large");
  };
  if (arg.laneIndex >= 0)
    place(static_cast<size_t>(arg.laneIndex));
  for (size_t i = 0; i < arg.dims.size(); i++)
    if (static_cast<int>(i) != arg.laneIndex)
      place(i);
  bound.scratchBytes = stride;
  bound.scratchOffset = takeFrameBytes(stride, name.c_str());
}

void KernelLaunch::prepareCarryEnd(const Binding &binding, const CarryPlan &carry,
                                   const CarryEndSpec &end, int dtype, BoundCarryEnd &bound) {
  bound.base = nullptr;
  if (end.tensor < 0)
    return;
  const int64_t *strides = binding.stridesOf(end.tensor);
  auto unit = static_cast<int64_t>(mixir_dtype_size(dtype));
  bound.base = binding.data[end.tensor] + (end.part == Part::Imaginary ? 4 : 0);
  for (size_t i = 0; i < carry.dims.size(); i++)
    bound.dimStride[i] = strides[carry.dims[i]] * unit;
  for (size_t i = 0; i < loops.size(); i++)
    bound.loopStride[i] = strides[plan->loops[i].dim] * unit;
  placeEntries(binding, end.tensor, unit, bound.loopStride, bound.place, bound.entryStride);
}

/// Rows of lanes, groups of lanes one after the other.
void KernelLaunch::prepareWork(const Binding &binding) {
  carries.resize(plan->carries.size());
  if (plan->workRows == 0)
    return;
  int64_t words = 0, block = plan->laneLoop < 0 ? 1 : wholeGroups(loops[plan->laneLoop].block);
  if (__builtin_mul_overflow(plan->workRows, block, &words) || words > INT32_MAX)
    fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plan->name, "': the states of a tile are too large");
  workOffset = takeFrameBytes(4 * words, "states");
  for (size_t i = 0; i < carries.size(); i++) {
    const CarryPlan &carry = plan->carries[i];
    prepareCarryEnd(binding, carry, carry.init, carry.initDtype, carries[i].init);
    prepareCarryEnd(binding, carry, carry.final, carry.finalDtype, carries[i].final);
    int64_t end = 1;
    for (size_t dim = 0; dim < carry.dims.size(); dim++)
      if (static_cast<int>(dim) != carry.laneIndex &&
          __builtin_mul_overflow(end, paddedExtent(carry.loopOfDim[dim], carry.dims[dim]), &end))
        end = INT64_MAX - carry.row;
    if (end + carry.row > plan->workRows)
      fail(MIXIR_ERROR_BAD_MANIFEST, "malformed manifest: kernel '", plan->name, "': a state ends in row ",
           end + carry.row, " of ", plan->workRows);
  }
}

void KernelLaunch::preparePast(const PastPlan &past) {
  int64_t bytes = 4;
  for (size_t i = 0; i < past.dims.size(); i++) {
    bool isWhole = i + 1 == past.dims.size(); // every step
    int64_t extent = isWhole ? sizes[past.dims[i]] : paddedExtent(past.loopOfDim[i], past.dims[i]);
    if (__builtin_mul_overflow(bytes, extent, &bytes) || bytes / 4 > INT32_MAX)
      fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plan->name, "': the past of a state is too large");
  }
  pastOffsets.push_back(takeFrameBytes(bytes, "a past"));
}
