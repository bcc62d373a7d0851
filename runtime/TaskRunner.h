// TaskRunner.h - runs tasks of a prepared kernel on one frame.
//
// What does not change from task to task stays in the frame: extents are only written when a ragged
// block begins or ends, scratch that the next task needs again is kept, and the rest is a pointer
// per argument. A runner is used by one thread.
#ifndef MIXIR_RUNTIME_TASKRUNNER_H
#define MIXIR_RUNTIME_TASKRUNNER_H

#include "KernelLaunch.h"

namespace mixir::runtime {

/// What an argument needs to remember during a task and from one to the next.
struct ArgState {
  char *base;             ///< operand element of coordinates 0, at this entry of a batch
  char *taskBase;         ///< operand element of this task, serial coordinate 0
  const char *stagedFrom; ///< what scratch holds, for arguments that many tasks share
  uint32_t stagedRagged;  ///< the ragged loops (bits) of what scratch holds
  bool isStaged;          ///< the kernel works on scratch
  bool isReal;            ///< what the kernel writes belongs in the operand
  bool isGhost;           ///< there are no places at the steps of this tile
};

class TaskRunner {
public:
  /// `frame` has launch.frameBytes bytes, aligned to kAlignment.
  TaskRunner(const KernelLaunch &launch, char *frame);

  /// Runs tasks begin .. end-1; answers the first nonzero answer of the entry, else 0. Looks at
  /// `stop` before each task and returns 0 when it is set.
  template <typename Stop>
  int run(int64_t begin, int64_t end, const Stop &stop) {
    seek(begin);
    for (int64_t task = begin; task < end && !stop(); task++) {
      if (int answer = runTask())
        return answer;
      advance();
    }
    return 0;
  }

private:
  void initBuffers();
  void seek(int64_t task);
  void advance();
  void seekEntry(int64_t task);
  void setEntry(int64_t entry);
  void setLength(int64_t length);
  void setBlock(int loop, int64_t newStart);
  int runTask();
  bool isFirstBlock(const std::vector<int> &absentLoops) const;
  void setScalars();
  void setSerialScalars();
  void beginArgs();
  char *operandOfTask(char *base, const int64_t *loopStride) const;
  template <typename Bound>
  char *baseOfEntry(const Bound &bound) const {
    return launch.batch ? bound.base + entryAt[static_cast<int>(bound.place)] * bound.entryStride
                        : bound.base;
  }
  void beginArg(size_t index);
  int64_t setDim(size_t index, size_t dim);
  void moveToTile(int64_t tile);
  void moveArg(size_t index, bool extentChanged);
  void moveAlongRoute(size_t index);
  void setStrides(size_t index, const int64_t *strides);
  void stage(size_t index, bool isIn);
  void stageAlongRoute(size_t index, bool isIn);
  void copyRows(size_t index, bool isIn, int64_t step, int64_t count, const char *operand, int64_t stride);
  void endTile(bool isLast);
  void setWorkDims();
  template <typename Copy>
  void forEachBox(size_t index, const BoundCarryEnd &end, const Copy &copy);
  void beginCarries();
  void clearRows(const CarryPlan &carry);
  void endCarry(size_t index);
  void setPasts();

  KernelBuffer &workBuffer() { return buffers[plan.args.size()]; }
  /// Side 0: all steps; side 1: those of the tile.
  KernelBuffer &pastBuffer(size_t index, int side) {
    return buffers[plan.args.size() + (plan.workRows > 0 ? 1 : 0) + 2 * index + static_cast<size_t>(side)];
  }
  bool hasRaggedLanes() const {
    return plan.laneLoop >= 0 && extent[plan.laneLoop] % plan.loops[plan.laneLoop].lanes != 0;
  }

  const KernelLaunch &launch;
  const KernelPlan &plan;
  char *frame;
  KernelBuffer *buffers;
  ArgState *states;
  void **pointers;
  int32_t *scalars;
  uint32_t ragged = 0;      ///< parallel loops (bits) whose block is cut off in this task
  uint32_t setRagged = ~0u; ///< the same when extents were last written
  bool copiesBack = false;  ///< some written argument of this task is staged
  int64_t start[kMaxLoops], extent[kMaxLoops];
  int64_t size[kMaxLoops];    ///< of the dimensions of loops: the packed one differs by entry
  int64_t tiles;              ///< of the serial loop
  int64_t tile = 0;           ///< of the serial loop, that is being run
  int64_t blocks = 1;         ///< of the packed dimension that are tasks of this entry
  int64_t length = -1;        ///< of the packed sequence of this entry
  int64_t entryAt[3] = {};    ///< per EntryPlace: that of this entry
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_TASKRUNNER_H
