// TaskRunner.cpp - see TaskRunner.h.
#include "TaskRunner.h"

#include "Staging.h"

#include <algorithm>
#include <cstring>

using namespace mixir::runtime;

TaskRunner::TaskRunner(const KernelLaunch &launch, char *frame)
    : launch(launch), plan(*launch.plan), frame(frame),
      buffers(reinterpret_cast<KernelBuffer *>(frame)),
      states(reinterpret_cast<ArgState *>(frame + launch.layout.states)),
      pointers(reinterpret_cast<void **>(frame + launch.layout.pointers)),
      scalars(reinterpret_cast<int32_t *>(frame + launch.layout.scalars)) {
  std::memset(frame, 0, static_cast<size_t>(launch.layout.bytes));
  tiles = launch.tiles;
  for (size_t i = 0; i < launch.loops.size(); i++) {
    start[i] = extent[i] = 0;
    size[i] = launch.loops[i].size;
  }
  for (size_t i = 0; i < launch.args.size(); i++)
    states[i].base = launch.args[i].base;
  initBuffers();
}

/// Fills what no task changes.
void TaskRunner::initBuffers() {
  KernelBuffer *buffer = buffers;
  auto *dim = reinterpret_cast<KernelDim *>(frame + launch.layout.dims);
  void **pointer = pointers;
  for (size_t i = 0; i < plan.scalars.size(); i++) {
    *pointer++ = scalars + i;
    int64_t size = launch.sizes[plan.scalars[i].dim];
    scalars[i] = plan.scalars[i].kind == ScalarSpec::Start ? 0 : static_cast<int32_t>(size);
  }
  auto addBuffer = [&](KernelType type, size_t numDims) {
    buffer->type = type;
    buffer->dimensions = static_cast<int32_t>(numDims);
    buffer->dim = dim;
    buffer++;
    dim += numDims;
  };
  for (const ArgPlan &arg : plan.args) {
    for (size_t i = 0; i < arg.dims.size(); i++)
      dim[i].extent = static_cast<int32_t>(launch.sizes[arg.dims[i]]); // where there is no loop
    addBuffer(arg.type, arg.dims.size());
  }
  const KernelType word = {kTypeFloat, 32, 1};
  if (plan.workRows > 0) {
    addBuffer(word, plan.hasGroups ? 3 : 2);
    workBuffer().host = reinterpret_cast<uint8_t *>(frame + launch.workOffset);
  }
  for (const PastPlan &past : plan.pasts)
    for (int side = 0; side < 2; side++)
      addBuffer(word, past.dims.size());
  // An entry takes what it reads before what it writes: scalars, inputs, pasts, outputs, the work
  // space, what it adds to the pasts.
  for (bool written : {false, true}) {
    for (size_t i = 0; i < plan.args.size(); i++)
      if (plan.args[i].isWritten == written)
        *pointer++ = buffers + i;
    if (written && plan.workRows > 0)
      *pointer++ = &workBuffer();
    for (size_t i = 0; i < plan.pasts.size(); i++)
      *pointer++ = &pastBuffer(i, written ? 1 : 0);
  }
}

// ---- Which blocks a task has -----------------------------------------------------------------

void TaskRunner::setBlock(int loop, int64_t newStart) {
  const BoundLoop &bound = launch.loops[loop];
  start[loop] = newStart;
  extent[loop] = std::min(bound.block, size[loop] - newStart);
  uint32_t bit = uint32_t(1) << loop;
  ragged = extent[loop] < bound.block ? ragged | bit : ragged & ~bit;
}

void TaskRunner::seek(int64_t task) {
  if (launch.batch)
    return seekEntry(task);
  for (size_t i = plan.parallelLoops.size(); i-- > 0;) {
    const BoundLoop &bound = launch.loops[plan.parallelLoops[i]];
    setBlock(plan.parallelLoops[i], task % bound.count * bound.block);
    task /= bound.count;
  }
}

/// Moves on to the next task, last loop fastest; entries of a batch are slowest.
void TaskRunner::advance() {
  for (size_t i = plan.parallelLoops.size(); i-- > 0;) {
    int loop = plan.parallelLoops[i];
    if (loop == launch.batchLoop)
      continue;
    int64_t next = start[loop] + launch.loops[loop].block;
    bool wraps = next >= size[loop];
    setBlock(loop, wraps ? 0 : next);
    if (!wraps)
      return;
  }
  if (!launch.batch)
    return;
  int64_t entry = start[launch.batchLoop] + 1;
  while (entry < launch.batch->count && launch.firstBlock[entry] == launch.firstBlock[entry + 1])
    entry++;
  if (entry < launch.batch->count)
    setEntry(entry);
}

// ---- Entries of a batch ------------------------------------------------------------------------

void TaskRunner::seekEntry(int64_t task) {
  int64_t block = task / launch.tasksPerBlock;
  auto after = std::upper_bound(launch.firstBlock.begin(), launch.firstBlock.end(), block);
  int64_t entry = after - launch.firstBlock.begin() - 1;
  setEntry(entry);
  task -= launch.firstBlock[entry] * launch.tasksPerBlock;
  for (size_t i = plan.parallelLoops.size(); i-- > 0;) {
    int loop = plan.parallelLoops[i];
    if (loop == launch.batchLoop)
      continue;
    int64_t count = loop == launch.alongLoop ? blocks : launch.loops[loop].count;
    setBlock(loop, task % count * launch.loops[loop].block);
    task /= count;
  }
}

/// Goes to the first task of an entry.
void TaskRunner::setEntry(int64_t entry) {
  const BatchBinding &batch = *launch.batch;
  start[launch.batchLoop] = entry;
  extent[launch.batchLoop] = 1;
  entryAt[static_cast<int>(EntryPlace::Row)] = batch.row(entry);
  if (batch.isPacked())
    entryAt[static_cast<int>(EntryPlace::Token)] = batch.token(entry);
  for (size_t i = 0; i < launch.args.size(); i++)
    states[i].base = baseOfEntry(launch.args[i]);
  if (batch.isPacked() && batch.length(entry) != length)
    setLength(batch.length(entry));
}

/// Makes everything that is as long as the sequence so long.
void TaskRunner::setLength(int64_t newLength) {
  length = newLength;
  int along = launch.batch->along;
  if (launch.alongLoop >= 0) {
    size[launch.alongLoop] = length;
    blocks = launch.alongBlocks(length);
    if (launch.alongLoop == plan.serialLoop)
      tiles = blocks;
    else
      setBlock(launch.alongLoop, 0);
  }
  for (size_t i = 0; i < plan.scalars.size(); i++)
    if (plan.scalars[i].dim == along &&
        (plan.scalars[i].kind == ScalarSpec::Size ||
         (plan.scalars[i].kind == ScalarSpec::Extent && plan.scalarLoop[i] < 0)))
      scalars[i] = static_cast<int32_t>(length);
  for (size_t i = 0; i < plan.args.size(); i++) {
    states[i].stagedFrom = nullptr;
    for (size_t dim = 0; dim < plan.args[i].dims.size(); dim++)
      if (plan.args[i].dims[dim] == along && plan.args[i].loopOfDim[dim] < 0)
        buffers[i].dim[dim].extent = static_cast<int32_t>(length);
  }
  setRagged = ~0u; // extents are written again
}

bool TaskRunner::isFirstBlock(const std::vector<int> &absentLoops) const {
  for (int loop : absentLoops)
    if (start[loop] != 0)
      return false;
  return true;
}

// ---- One task ---------------------------------------------------------------------------------

int TaskRunner::runTask() {
  setScalars();
  beginArgs();
  beginCarries();
  bool isReversed = plan.serialLoop >= 0 && plan.loops[plan.serialLoop].isReversed;
  for (int64_t step = 0; step < tiles; step++) {
    if (plan.serialLoop >= 0)
      moveToTile(isReversed ? tiles - 1 - step : step);
    setPasts();
    if (int answer = launch.entry(pointers))
      return answer;
    if (copiesBack)
      endTile(step == tiles - 1);
  }
  for (size_t i = 0; i < plan.carries.size(); i++)
    if (launch.carries[i].final.base && isFirstBlock(plan.carries[i].absentLoops))
      endCarry(i);
  return 0;
}

/// Scalars of parallel loops.
void TaskRunner::setScalars() {
  for (size_t i = 0; i < plan.scalars.size(); i++) {
    int loop = plan.scalarLoop[i];
    if (loop < 0 || loop == plan.serialLoop)
      continue;
    if (plan.scalars[i].kind == ScalarSpec::Start)
      scalars[i] = static_cast<int32_t>(start[loop]);
    else if (plan.scalars[i].kind == ScalarSpec::Extent)
      scalars[i] = static_cast<int32_t>(extent[loop]);
  }
}

void TaskRunner::setSerialScalars() {
  for (size_t i = 0; i < plan.scalars.size(); i++) {
    if (plan.scalarLoop[i] != plan.serialLoop)
      continue;
    if (plan.scalars[i].kind == ScalarSpec::Start)
      scalars[i] = static_cast<int32_t>(start[plan.serialLoop]);
    else if (plan.scalars[i].kind == ScalarSpec::Extent)
      scalars[i] = static_cast<int32_t>(extent[plan.serialLoop]);
  }
}

/// Where an argument, or an end of a carry, begins in this task.
char *TaskRunner::operandOfTask(char *base, const int64_t *loopStride) const {
  for (int loop : plan.parallelLoops)
    base += start[loop] * loopStride[loop];
  return base;
}

void TaskRunner::beginArgs() {
  bool isAsBefore = ragged == setRagged && !hasRaggedLanes();
  if (ragged != setRagged)
    setWorkDims();
  setRagged = ragged;
  copiesBack = false;
  for (size_t i = 0; i < launch.args.size(); i++) {
    const BoundArg &bound = launch.args[i];
    if (isAsBefore && bound.isPlain) {
      states[i].taskBase = operandOfTask(states[i].base, bound.loopStride);
      buffers[i].host = reinterpret_cast<uint8_t *>(states[i].taskBase);
      continue;
    }
    beginArg(i);
    copiesBack |= bound.isWritten && states[i].isStaged && states[i].isReal;
  }
}

/// Sets min and extent of a looped dimension; answers how far below the start it begins.
int64_t TaskRunner::setDim(size_t index, size_t dim) {
  const ArgPlan &arg = plan.args[index];
  int loop = arg.loopOfDim[dim];
  int64_t low = std::min(arg.haloLow[dim], start[loop]);
  int64_t end = start[loop] + extent[loop];
  int64_t high = std::min(arg.haloHigh[dim], size[loop] - end);
  int64_t local = loop == plan.laneLoop ? launch.wholeGroups(extent[loop]) : extent[loop];
  KernelDim &out = buffers[index].dim[dim];
  out.min = static_cast<int32_t>(-low);
  out.extent = static_cast<int32_t>(low + local + high);
  return low;
}

void TaskRunner::beginArg(size_t index) {
  const ArgPlan &arg = plan.args[index];
  const BoundArg &bound = launch.args[index];
  ArgState &state = states[index];
  char *base = operandOfTask(state.base, bound.loopStride);
  state.isReal = !arg.isWritten || isFirstBlock(arg.absentLoops);
  state.isStaged =
      bound.alwaysStaged || (arg.laneIndex >= 0 && hasRaggedLanes()) || !state.isReal;
  const int64_t *strides = state.isStaged ? bound.stagedStride : bound.dimStride;
  KernelDim *dims = buffers[index].dim;
  bool hasHalo = false;
  for (size_t i = 0; i < arg.dims.size(); i++) {
    dims[i].stride = static_cast<int32_t>(strides[i] / arg.elementBytes);
    int loop = arg.loopOfDim[i];
    if (loop < 0 || loop == plan.serialLoop)
      continue;
    base -= setDim(index, i) * bound.dimStride[i];
    hasHalo |= arg.haloLow[i] || arg.haloHigh[i];
  }
  state.taskBase = base;
  char *scratch = frame + bound.scratchOffset;
  buffers[index].host = reinterpret_cast<uint8_t *>(state.isStaged ? scratch : base);
  if (!state.isStaged || arg.isWritten || arg.movesWithSerial)
    return;
  if (state.stagedFrom == base && state.stagedRagged == ragged && !hasHalo)
    return; // the task before has left it there
  stage(index, true);
  state.stagedFrom = base;
  state.stagedRagged = ragged;
}

// ---- Tiles --------------------------------------------------------------------------------------

void TaskRunner::moveToTile(int64_t newTile) {
  const BoundLoop &loop = launch.loops[plan.serialLoop];
  tile = newTile;
  int64_t newStart = tile * loop.block;
  int64_t newExtent = std::min(loop.block, size[plan.serialLoop] - newStart);
  if (!launch.spans.empty()) {
    newStart = launch.spans[tile].start;
    newExtent = launch.spans[tile].extent;
  }
  bool extentChanged = newExtent != extent[plan.serialLoop];
  start[plan.serialLoop] = newStart;
  extent[plan.serialLoop] = newExtent;
  setSerialScalars();
  for (int index : launch.movingArgs)
    moveArg(static_cast<size_t>(index), extentChanged);
}

/// Moves an argument to the current tile of the serial loop.
void TaskRunner::moveArg(size_t index, bool extentChanged) {
  const BoundArg &bound = launch.args[index];
  int64_t at = start[plan.serialLoop];
  if (bound.serialIndex >= 0 && (extentChanged || bound.hasSerialHalo))
    at -= setDim(index, static_cast<size_t>(bound.serialIndex));
  if (bound.walk >= 0)
    return moveAlongRoute(index);
  if (!states[index].isStaged) {
    buffers[index].host = reinterpret_cast<uint8_t *>(states[index].taskBase +
                                                      at * bound.loopStride[plan.serialLoop]);
    return;
  }
  if (!bound.isWritten)
    stage(index, true);
}

void TaskRunner::setStrides(size_t index, const int64_t *strides) {
  const ArgPlan &arg = plan.args[index];
  for (size_t i = 0; i < arg.dims.size(); i++)
    buffers[index].dim[i].stride = static_cast<int32_t>(strides[i] / arg.elementBytes);
}

/// Moves an argument to the places of the steps of the current tile.
void TaskRunner::moveAlongRoute(size_t index) {
  const ArgPlan &arg = plan.args[index];
  const BoundArg &bound = launch.args[index];
  ArgState &state = states[index];
  const BoundWalk &walk = launch.walks[bound.walk];
  if (state.isStaged) {
    if (!bound.isWritten)
      stageAlongRoute(index, true);
    return;
  }
  const Span &span = launch.spans[tile];
  char *scratch = frame + bound.scratchOffset;
  state.isGhost = walk.stretches[span.stretch[bound.walk]].isGhost;
  setStrides(index, state.isGhost ? bound.stagedStride : bound.dimStride);
  if (state.isGhost) {
    buffers[index].host = reinterpret_cast<uint8_t *>(scratch);
    if (!bound.isWritten)
      std::memset(scratch, 0, static_cast<size_t>(bound.scratchBytes));
    return;
  }
  buffers[index].host = reinterpret_cast<uint8_t *>(state.taskBase + launch.elementAt(bound, span));
  if (bound.serialIndex >= 0)
    buffers[index].dim[bound.serialIndex].stride = static_cast<int32_t>(launch.strideAlong(bound, span) / arg.elementBytes);
}

/// Gathers the rows of the current tile in scratch, zero at ghosts, or takes them to their places.
void TaskRunner::stageAlongRoute(size_t index, bool isIn) {
  const BoundArg &bound = launch.args[index];
  const BoundWalk &walk = launch.walks[bound.walk];
  size_t numAxes = walk.spec->axes.size();
  int64_t begin = start[plan.serialLoop], end = begin + extent[plan.serialLoop];
  if (isIn)
    std::memset(frame + bound.scratchOffset, 0, static_cast<size_t>(bound.scratchBytes));
  if (walk.table) {
    const char *table = operandOfTask(const_cast<char *>(walk.table), walk.tableLoopStride);
    for (int64_t step = begin; step < end; step++) {
      int32_t number;
      int64_t at[kMaxRouteAxes], offset = 0;
      std::memcpy(&number, table + step * walk.tableStride, 4);
      if (!placeOfNumber(*walk.spec, launch.sizes, number, at))
        continue;
      for (size_t axis = 0; axis < numAxes; axis++)
        offset += at[axis] * bound.axisStride[axis];
      copyRows(index, isIn, step - begin, 1, states[index].taskBase + offset, 0);
    }
    return;
  }
  auto isBefore = [](int64_t step, const Stretch &stretch) { return step < stretch.start; };
  auto stretch = std::upper_bound(walk.stretches.begin(), walk.stretches.end(), begin, isBefore) - 1;
  for (; stretch != walk.stretches.end() && stretch->start < end; ++stretch) {
    int64_t from = std::max(begin, stretch->start), to = std::min(end, stretch->start + stretch->length);
    int64_t offset = 0, stride = 0;
    for (size_t axis = 0; axis < numAxes; axis++) {
      offset += (stretch->at[axis] + stretch->by[axis] * (from - stretch->start)) * bound.axisStride[axis];
      stride += stretch->by[axis] * bound.axisStride[axis];
    }
    if (!stretch->isGhost)
      copyRows(index, isIn, from - begin, to - from, states[index].taskBase + offset, stride);
  }
}

/// Copies `count` steps of the tile, from number `step` on, between scratch and `operand`.
void TaskRunner::copyRows(size_t index, bool isIn, int64_t step, int64_t count, const char *operand, int64_t stride) {
  const ArgPlan &arg = plan.args[index];
  const BoundArg &bound = launch.args[index];
  char *scratch = frame + bound.scratchOffset;
  CopyDim copy[kMaxArgDims];
  int numDims = static_cast<int>(arg.dims.size());
  const KernelDim *dims = buffers[index].dim;
  for (int i = 0; i < numDims; i++) {
    int64_t valid = dims[i].extent, inOperand = bound.dimStride[i], inScratch = bound.stagedStride[i];
    if (i == arg.laneIndex)
      valid -= launch.wholeGroups(extent[plan.laneLoop]) - extent[plan.laneLoop];
    if (i == arg.serialIndex) {
      valid = count;
      inOperand = stride;
      scratch += step * inScratch;
    }
    copy[i] = isIn ? CopyDim{valid, inScratch, inOperand} : CopyDim{valid, inOperand, inScratch};
  }
  auto elementBytes = static_cast<size_t>(arg.elementBytes);
  if (isIn)
    copyBox(scratch, operand, copy, numDims, elementBytes);
  else if (bound.adds)
    addBox(const_cast<char *>(operand), scratch, copy, numDims);
  else
    copyBox(const_cast<char *>(operand), scratch, copy, numDims, elementBytes);
}

/// Copies the current tile of an argument into scratch or back.
void TaskRunner::stage(size_t index, bool isIn) {
  const ArgPlan &arg = plan.args[index];
  const BoundArg &bound = launch.args[index];
  char *scratch = frame + bound.scratchOffset;
  char *operand = states[index].taskBase;
  const KernelDim *dims = buffers[index].dim;
  if (arg.movesWithSerial) {
    int64_t at = start[plan.serialLoop];
    if (arg.serialIndex >= 0)
      at += dims[arg.serialIndex].min;
    operand += at * bound.loopStride[plan.serialLoop];
  }
  CopyDim copy[kMaxArgDims];
  int numDims = static_cast<int>(arg.dims.size());
  bool isPadded = false;
  for (int i = 0; i < numDims; i++) {
    int64_t valid = dims[i].extent;
    if (i == arg.laneIndex) {
      int64_t padding = launch.wholeGroups(extent[plan.laneLoop]) - extent[plan.laneLoop];
      valid -= padding;
      isPadded = padding > 0;
    }
    copy[i] = isIn ? CopyDim{valid, bound.stagedStride[i], bound.dimStride[i]}
                   : CopyDim{valid, bound.dimStride[i], bound.stagedStride[i]};
  }
  auto elementBytes = static_cast<size_t>(arg.elementBytes);
  if (isIn && isPadded)
    std::memset(scratch, 0, static_cast<size_t>(bound.scratchBytes));
  if (isIn)
    copyBox(scratch, operand, copy, numDims, elementBytes);
  else
    copyBox(operand, scratch, copy, numDims, elementBytes);
}

/// Copies staged results back: those that move with the serial loop each time, others at the end.
void TaskRunner::endTile(bool isLast) {
  for (size_t i = 0; i < launch.args.size(); i++) {
    const BoundArg &bound = launch.args[i];
    if (bound.isWritten && states[i].isStaged && states[i].isReal &&
        (bound.movesWithSerial || isLast)) {
      if (bound.walk >= 0)
        stageAlongRoute(i, false);
      else
        stage(i, false);
    }
  }
}

// ---- States ------------------------------------------------------------------------------------

/// Extents and strides of the work space and of pasts, for the groups of lanes of the task.
void TaskRunner::setWorkDims() {
  int64_t lanes = launch.lanes(), block = plan.laneLoop < 0 ? 1 : launch.wholeGroups(extent[plan.laneLoop]);
  auto dense = [](int64_t dimExtent, int64_t stride) {
    return KernelDim{0, static_cast<int32_t>(dimExtent), static_cast<int32_t>(stride), 0};
  };
  if (plan.workRows > 0) {
    KernelDim *dim = workBuffer().dim;
    dim[0] = dense(lanes, 1);
    dim[1] = dense(plan.workRows, lanes);
    if (plan.hasGroups)
      dim[2] = dense(block / lanes, lanes * plan.workRows);
  }
  for (size_t index = 0; index < plan.pasts.size(); index++) {
    const PastPlan &past = plan.pasts[index];
    int64_t stride = 1;
    for (size_t i = 0; i < past.dims.size(); i++) {
      int loop = past.loopOfDim[i];
      bool isPacked = launch.batch && past.dims[i] == launch.batch->along;
      bool isWhole = loop < 0 || loop == plan.serialLoop;
      int64_t local = isWhole ? (isPacked ? length : launch.sizes[past.dims[i]])
                      : loop == plan.laneLoop ? block
                                              : extent[loop];
      for (int side = 0; side < 2; side++)
        pastBuffer(index, side).dim[i] = dense(local, stride);
      stride *= local;
    }
  }
}

/// Calls copy(rows of a state, operand, dims, number of dims), where dims is from the operand to
/// the work space, for the whole groups of lanes of the task and for the rest.
template <typename Copy>
void TaskRunner::forEachBox(size_t index, const BoundCarryEnd &end, const Copy &copy) {
  const CarryPlan &carry = plan.carries[index];
  char *operand = operandOfTask(baseOfEntry(end), end.loopStride);
  int64_t lanes = launch.lanes(), perRow = 4 * lanes, perGroup = perRow * plan.workRows;
  char *rows = frame + launch.workOffset + carry.row * perRow;
  CopyDim dims[kMaxArgDims + 1];
  int numDims = 0;
  for (size_t i = 0; i < carry.dims.size(); i++) {
    if (static_cast<int>(i) == carry.laneIndex)
      continue;
    int loop = carry.loopOfDim[i];
    int64_t local = loop < 0 ? launch.sizes[carry.dims[i]] : extent[loop];
    dims[numDims++] = {local, perRow, end.dimStride[i]};
    perRow *= local;
  }
  auto copyLanes = [&](int64_t groups, int64_t width, int64_t firstGroup) {
    if (groups == 0 || width == 0)
      return;
    CopyDim box[kMaxArgDims + 1];
    std::copy(dims, dims + numDims, box);
    int boxDims = numDims;
    int64_t stride = carry.laneIndex < 0 ? 0 : end.dimStride[carry.laneIndex];
    box[boxDims++] = {width, 4, stride};
    if (groups > 1)
      box[boxDims++] = {groups, perGroup, lanes * stride};
    copy(rows + firstGroup * perGroup, operand + firstGroup * lanes * stride, box, boxDims);
  };
  if (carry.laneIndex < 0)
    return copyLanes(1, 1, 0);
  int64_t groups = extent[plan.laneLoop] / lanes;
  copyLanes(groups, lanes, 0);
  copyLanes(1, extent[plan.laneLoop] - groups * lanes, groups);
}

/// Puts the initial states in their rows.
void TaskRunner::beginCarries() {
  for (size_t i = 0; i < plan.carries.size(); i++) {
    const CarryPlan &carry = plan.carries[i];
    const BoundCarryEnd &init = launch.carries[i].init;
    if (!init.base || hasRaggedLanes())
      clearRows(carry);
    if (init.base)
      forEachBox(i, init, [&](char *rows, const char *operand, CopyDim *dims, int numDims) {
        copyBoxToF32(rows, operand, dims, numDims, carry.initDtype);
      });
  }
}

void TaskRunner::clearRows(const CarryPlan &carry) {
  int64_t lanes = launch.lanes(), rowBytes = 4 * lanes;
  for (size_t i = 0; i < carry.dims.size(); i++)
    if (static_cast<int>(i) != carry.laneIndex)
      rowBytes *= carry.loopOfDim[i] < 0 ? launch.sizes[carry.dims[i]] : extent[carry.loopOfDim[i]];
  int64_t groups = plan.laneLoop < 0 ? 1 : launch.wholeGroups(extent[plan.laneLoop]) / lanes;
  char *rows = frame + launch.workOffset + carry.row * 4 * lanes;
  for (int64_t group = 0; group < groups; group++)
    std::memset(rows + group * plan.workRows * 4 * lanes, 0, static_cast<size_t>(rowBytes));
}

/// Copies the valid lanes of a state to its final operand.
void TaskRunner::endCarry(size_t index) {
  int dtype = plan.carries[index].finalDtype;
  forEachBox(index, launch.carries[index].final, [&](const char *rows, char *operand, CopyDim *dims, int numDims) {
    for (int i = 0; i < numDims; i++)
      std::swap(dims[i].toStride, dims[i].fromStride);
    copyBoxFromF32(operand, rows, dims, numDims, dtype);
  });
}

/// Of a past the entry reads all and writes the steps of the tile.
void TaskRunner::setPasts() {
  for (size_t i = 0; i < plan.pasts.size(); i++) {
    KernelBuffer &all = pastBuffer(i, 0), &trail = pastBuffer(i, 1);
    KernelDim &steps = trail.dim[plan.pasts[i].dims.size() - 1];
    steps.extent = static_cast<int32_t>(extent[plan.serialLoop]);
    all.host = reinterpret_cast<uint8_t *>(frame + launch.pastOffsets[i]);
    trail.host = all.host + start[plan.serialLoop] * int64_t(steps.stride) * 4;
  }
}
