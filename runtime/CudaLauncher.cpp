// CudaLauncher.cpp - see CudaLauncher.h. What can fail by the sizes of a call is found before the
// first launch.
#include "CudaLauncher.h"

#include "CudaDriver.h"
#include "Failure.h"

#include <utility>

using namespace mixir::runtime;

namespace {

// Ends of the `extra` argument of cuLaunchKernel (CU_LAUNCH_PARAM_*)
void *const kParamEnd = reinterpret_cast<void *>(0);
void *const kParamBuffer = reinterpret_cast<void *>(1);
void *const kParamBytes = reinterpret_cast<void *>(2);

/// Blocks of a launch: one per combination of blocks of the parallel loops.
unsigned gridOf(const KernelSpec &kernel, const int64_t *sizes) {
  int64_t blocks = 1;
  for (const LoopSpec &loop : kernel.loops)
    if (loop.isParallel && sizes[loop.dim] == 0)
      return 0;
  for (const LoopSpec &loop : kernel.loops) {
    int64_t count = (sizes[loop.dim] + loop.block - 1) / loop.block;
    if (loop.isParallel && (blocks *= count) > INT32_MAX) // both factors were below 2^31
      fail(MIXIR_ERROR_TOO_LARGE, "kernel '", kernel.name,
           "': expected a grid of at most 2147483647 blocks, got more");
  }
  return static_cast<unsigned>(blocks);
}

/// Leaves blocks to one of two kernels that do the same. For given sizes and a given GPU it is always the
/// same one.
void chooseForms(const Manifest &manifest, const int64_t *sizes, int multiprocessors,
                 std::vector<unsigned> &grids) {
  for (size_t i = 1; i < grids.size(); i++) {
    const InsteadSpec &instead = manifest.kernels[i].instead;
    if (!instead.blocks)
      continue;
    bool isFew = grids[i - 1] < instead.blocks * multiprocessors;
    grids[isFew && sizes[instead.dim] >= instead.least ? i - 1 : i] = 0;
  }
}

uint64_t wordOf(const Manifest &manifest, const ParamSpec &param, const Binding &binding) {
  if (param.kind == ParamSpec::Size)
    return static_cast<uint64_t>(binding.sizes[param.dim]);
  if (param.kind == ParamSpec::Data)
    return reinterpret_cast<uintptr_t>(binding.data[param.tensor]) +
           (param.part == Part::Imaginary ? sizeof(float) : 0);
  bool isComplex = manifest.tensors[param.tensor].dtype == MIXIR_C64;
  return static_cast<uint64_t>(binding.stridesOf(param.tensor)[param.dim]) * (isComplex ? 2 : 1);
}

} // namespace

CudaArena::CudaArena(CudaArena &&other) noexcept
    : owner(other.owner), block(std::exchange(other.block, {})), isCaptured(other.isCaptured),
      captured(std::move(other.captured)) {
  other.captured.clear();
}

char *CudaArena::reserve(size_t bytes, void *stream) {
  const CudaDriver &driver = cudaDriver();
  int capture = 0; // CUstreamCaptureStatus
  driver.cuStreamIsCapturing(stream, &capture);
  if (bytes > block.bytes) {
    if (capture)
      fail(MIXIR_ERROR_CUDA, "the temporaries need ", bytes, " bytes of device memory, ",
           block.bytes,
           " are held, and none can be taken while the stream is capturing; run the "
           "program once with these sizes before the capture");
    if (isCaptured)
      captured.push_back(block);
    else if (block.data)
      driver.cuMemFree(block.data);
    block = {};
    isCaptured = false;
    if (int error = driver.cuMemAlloc.attempt(&block.data, bytes))
      fail(statusOfCudaError(error),
           "cannot allocate ", bytes, " bytes of device memory for temporaries: ",
           cudaErrorText(driver.cuMemAlloc.name, error));
    block.bytes = bytes;
  }
  isCaptured |= capture != 0;
  return reinterpret_cast<char *>(static_cast<uintptr_t>(block.data));
}

void CudaArena::trim() noexcept {
  if (!block.data && captured.empty())
    return;
  CudaContextScope scope(owner);
  for (const Block &old : captured)
    cudaDriver().cuMemFree.attempt(old.data);
  if (block.data)
    cudaDriver().cuMemFree.attempt(block.data);
  captured.clear();
  block = {};
  isCaptured = false;
}

size_t CudaArena::capacity() const {
  size_t bytes = block.bytes;
  for (const Block &old : captured)
    bytes += old.bytes;
  return bytes;
}

CudaArena &CudaLauncher::arenaOf(void *context) {
  for (CudaArena &arena : arenas)
    if (arena.context() == context)
      return arena;
  return arenas.emplace_back(context);
}

size_t CudaLauncher::reservedBytes() const {
  size_t bytes = 0;
  for (const CudaArena &arena : arenas)
    bytes += arena.capacity();
  return bytes;
}

void CudaLauncher::run(const Manifest &manifest, const CudaModule &module, Binding &binding,
                       void *stream) {
  module.requireCurrent(manifest);
  grids.clear();
  for (const KernelSpec &kernel : manifest.kernels)
    grids.push_back(gridOf(kernel, binding.sizes.data()));
  chooseForms(manifest, binding.sizes.data(), module.multiprocessors(), grids);
  if (size_t bytes = tempBytes(manifest, binding))
    placeTemps(manifest, arenaOf(module.context()).reserve(bytes, stream), binding);
  for (size_t i = 0; i < manifest.kernels.size(); i++) {
    const KernelSpec &kernel = manifest.kernels[i];
    if (grids[i] == 0)
      continue;
    words.clear();
    for (const ParamSpec &param : kernel.params)
      words.push_back(wordOf(manifest, param, binding));
    size_t bytes = words.size() * sizeof(uint64_t);
    void *extra[] = {kParamBuffer, words.data(), kParamBytes, &bytes, kParamEnd};
    const auto &launch = cudaDriver().cuLaunchKernel;
    if (int error =
            launch.attempt(module.function(i), grids[i], 1, 1,
                           static_cast<unsigned>(kernel.threads), 1, 1, 0, stream, nullptr, extra))
      fail(statusOfCudaError(error), "kernel '",
           kernel.name, "': ", cudaErrorText(launch.name, error));
  }
}
