// KernelPlan.h - what can be said about a kernel before the tensors are known.
//
// Computed once when a program is opened: which loop moves which dimension of which argument, and
// how much memory one frame (the argument block of one thread) takes. The launcher adds pointers
// and strides per call.
#ifndef MIXIR_RUNTIME_KERNELPLAN_H
#define MIXIR_RUNTIME_KERNELPLAN_H

#include "HalideAbi.h"
#include "Manifest.h"

#include <vector>

namespace mixir::runtime {

/// Most loops that a kernel may have.
constexpr int kMaxLoops = 8;

/// An argument buffer of a kernel.
struct ArgPlan {
  int tensor;
  bool isWritten;
  Part part;
  int dtype;
  KernelType type;
  int32_t elementBytes;          ///< as the kernel sees it: 4 for a part of c64
  std::vector<int> dims;         ///< fastest first
  std::vector<int> loopOfDim;    ///< per entry of dims; -1: seen whole
  std::vector<int64_t> haloLow, haloHigh;
  std::vector<int> absentLoops;  ///< parallel loops that do not move it, when written
  int laneIndex = -1;            ///< index in dims of the lane dimension
  int serialIndex = -1;          ///< index in dims of the serial dimension
  bool movesWithSerial = false;  ///< its tensor has the serial dimension
};

/// A state of a kernel: rows of lanes in the work space of a task.
struct CarryPlan {
  int64_t row = 0; ///< the first one
  std::vector<int> dims;
  std::vector<int> loopOfDim;
  int laneIndex = -1;
  CarryEndSpec init, final;
  int initDtype = MIXIR_F32, finalDtype = MIXIR_F32;
  std::vector<int> absentLoops; ///< parallel loops that do not move the final tensor
};

/// What every step made, for later ones; two buffers: all steps, and those of the tile.
struct PastPlan {
  std::vector<int> dims; ///< the last one is the serial dimension
  std::vector<int> loopOfDim;
};

struct KernelPlan {
  std::string name;
  std::vector<LoopSpec> loops;
  std::vector<int> parallelLoops; ///< indices into loops, outermost first
  int serialLoop = -1;
  int laneLoop = -1;
  std::vector<ScalarSpec> scalars;
  std::vector<int> scalarLoop; ///< per scalar; -1: the dimension has no loop
  std::vector<ArgPlan> args;
  std::vector<CarryPlan> carries;
  std::vector<PastPlan> pasts;
  int64_t workRows = 0;   ///< of the work space, a buffer over lanes, rows and groups of lanes; 0: none
  bool hasGroups = false; ///< a block of lanes may have several groups, else the buffer has no third dimension
  bool joins = false; ///< its tasks follow those of the kernel before it
  int numBuffers = 0;    ///< arguments, then the work space, then pasts
  int numBufferDims = 0; ///< of all buffers together
};

/// Derives the plans of all kernels. Throws a Failure (BAD_MANIFEST).
std::vector<KernelPlan> planKernels(const Manifest &manifest);

/// Per operand: the input that an output may share its memory with, or -1. See mixir_program_run.
std::vector<int> findAliases(const Manifest &manifest);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_KERNELPLAN_H
