// KernelLaunch.h - one kernel with the pointers and strides of one call.
//
// `prepare` does all arithmetic that is the same for every task, once. TaskRunner.h runs tasks with
// it; each thread works on a frame of its own: the argument block, scratch for staged tiles, the work
// space with the states, and the pasts.
#ifndef MIXIR_RUNTIME_KERNELLAUNCH_H
#define MIXIR_RUNTIME_KERNELLAUNCH_H

#include "Binding.h"
#include "KernelPlan.h"
#include "Walk.h"

#include <vector>

namespace mixir::runtime {

/// A route of one call. Routes of several arguments are one if they are the same.
struct BoundWalk {
  const WalkSpec *spec;
  std::vector<Stretch> stretches; ///< empty for a table
  bool hasGhosts;
  const char *table;              ///< element of coordinates 0
  int64_t tableStride;            ///< of one step; in bytes
  int64_t tableLoopStride[kMaxLoops];
};

/// Steps that are one tile of a kernel along routes.
struct Span {
  int64_t start, extent;
  std::vector<int> stretch; ///< per walk: of its first step
};

/// An argument with the strides of one call; all strides in bytes. What every task needs is first.
struct BoundArg {
  char *base;                    ///< element of coordinates 0
  int64_t loopStride[kMaxLoops]; ///< per loop: of one coordinate
  bool movesWithSerial;
  bool isWritten;
  bool isPlain;      ///< when no loop is ragged: never through scratch, no halo along tasks
  bool alwaysStaged;
  bool hasSerialHalo;
  int8_t serialIndex;                ///< index in dims of the serial dimension, -1: none
  int64_t dimStride[kMaxArgDims];    ///< per buffer dimension, of the operand
  int64_t stagedStride[kMaxArgDims]; ///< per buffer dimension, of scratch
  int64_t scratchBytes;              ///< 0: never through scratch
  int64_t scratchOffset;             ///< in the frame
  int64_t entryStride;               ///< of one in `place`, for a batch
  EntryPlace place;                  ///< of an entry of the batch
  int walk;                          ///< its route, -1: none
  bool adds;                         ///< what is written along it is added
  int64_t axisStride[kMaxRouteAxes]; ///< per axis of the route, of one coordinate
};

/// One end of a carry: where it is copied from or to. Strides in bytes.
struct BoundCarryEnd {
  char *base; ///< element of coordinates 0, nullptr: none
  int64_t entryStride;
  EntryPlace place;
  int64_t loopStride[kMaxLoops];
  int64_t dimStride[kMaxArgDims];
};

/// A carry with the strides of one call.
struct BoundCarry {
  BoundCarryEnd init, final;
};

/// A loop of one call. Lanes are cut into blocks of whole groups, wide unless tasks are few.
struct BoundLoop {
  int64_t size, block, count;
};

/// Offsets of the sections of a frame.
struct FrameLayout {
  FrameLayout() = default;
  explicit FrameLayout(const KernelPlan &plan);

  int64_t dims, states, pointers, scalars, bytes; ///< buffers come first
};

struct KernelLaunch {
  const KernelPlan *plan = nullptr;
  const int64_t *sizes = nullptr;
  mixir_entry_fn entry = nullptr;
  std::vector<BoundLoop> loops;
  std::vector<BoundArg> args;
  std::vector<BoundCarry> carries;
  std::vector<int64_t> pastOffsets; ///< in the frame
  int64_t workOffset = 0;           ///< of the work space, in the frame
  std::vector<int> movingArgs; ///< those that the serial loop moves
  std::vector<BoundWalk> walks;
  std::vector<Span> spans;   ///< the tiles of the serial loop, if it goes along routes
  bool isScattered = false;  ///< the rows of a tile along routes are gathered in scratch
  FrameLayout layout;
  const BatchBinding *batch = nullptr; ///< where its tasks are those of entries; else nullptr
  int batchLoop = -1, alongLoop = -1;  ///< over the entries and along packed ones
  std::vector<int64_t> firstBlock;     ///< per entry and at the end: blocks of those before it
  int64_t tasksPerBlock = 0;           ///< of an entry
  int64_t tasks = 0;      ///< independent of each other
  int64_t tiles = 1;      ///< of the serial loop
  int64_t frameBytes = 0; ///< of one frame
  double workBytes = 0;   ///< of operands that the kernel touches, roughly

  /// Binds `plan` to one call of at most `threads` threads. Keeps references to the other arguments.
  /// Throws a Failure (TOO_LARGE).
  void prepare(const Manifest &manifest, const KernelPlan &plan, const Binding &binding,
               mixir_entry_fn entry, int64_t threads);

  /// Lanes of a group; 1 where no loop has lanes.
  int64_t lanes() const { return plan->laneLoop < 0 ? 1 : plan->loops[plan->laneLoop].lanes; }

  /// `extent` coordinates of the lane loop as whole groups of lanes.
  int64_t wholeGroups(int64_t extent) const {
    return (extent + lanes() - 1) / lanes() * lanes();
  }

  /// Blocks of the packed dimension for a sequence of `length`.
  int64_t alongBlocks(int64_t length) const {
    return (length + loops[alongLoop].block - 1) / loops[alongLoop].block;
  }

  /// The element of an argument at the first step of a span, and from there to the next step; in bytes.
  int64_t elementAt(const BoundArg &arg, const Span &span) const;
  int64_t strideAlong(const BoundArg &arg, const Span &span) const;

private:
  void prepareLoops();
  void prepareEntries();
  void placeEntries(const Binding &binding, int tensor, int64_t unit, int64_t *loopStride,
                    EntryPlace &place, int64_t &entryStride) const;
  void prepareLanes(int64_t threads);
  void prepareArg(const Manifest &manifest, const Binding &binding, size_t index);
  void prepareWalks(const Manifest &manifest, const Binding &binding);
  void cutSpans();
  void prepareScratch(const std::string &name, const ArgPlan &arg, BoundArg &bound);
  void prepareWork(const Binding &binding);
  void preparePast(const PastPlan &past);
  void prepareCarryEnd(const Binding &binding, const CarryPlan &carry, const CarryEndSpec &end,
                       int dtype, BoundCarryEnd &bound);
  int64_t paddedExtent(int loop, int dim) const;
  int64_t takeFrameBytes(int64_t bytes, const char *what);
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_KERNELLAUNCH_H
