// CudaLauncher.cpp - see CudaLauncher.h. What can fail by the sizes of a call is found before the
// first launch.
#include "CudaLauncher.h"

#include "CudaDriver.h"
#include "Failure.h"
#include "Memory.h"

#include <utility>

using namespace mixir::runtime;

namespace {

// Ends of the `extra` argument of cuLaunchKernel (CU_LAUNCH_PARAM_*)
void *const kParamEnd = reinterpret_cast<void *>(0);
void *const kParamBuffer = reinterpret_cast<void *>(1);
void *const kParamBytes = reinterpret_cast<void *>(2);

/// Blocks of a launch: one per combination of blocks of the parallel loops. Packed entries have as
/// many blocks of steps as all of them together, and one more for each, as its last may be cut off.
unsigned gridOf(const KernelSpec &kernel, const Binding &binding) {
  const BatchBinding &batch = binding.batch;
  auto isCut = [&](int dim) {
    int loop = dim < 0 ? -1 : kernel.loopOf(dim);
    return loop >= 0 && kernel.loops[loop].isParallel;
  };
  bool isPacked = batch.isActive() && isCut(batch.dim) && isCut(batch.along);
  int64_t blocks = 1;
  for (const LoopSpec &loop : kernel.loops)
    if (loop.isParallel && binding.sizes[loop.dim] == 0)
      return 0;
  for (const LoopSpec &loop : kernel.loops) {
    int64_t count = (binding.sizes[loop.dim] + loop.block - 1) / loop.block;
    if (isPacked && loop.dim == batch.dim)
      continue; // counted with the steps
    if (isPacked && loop.dim == batch.along)
      count = batch.total / loop.block + batch.count;
    if (loop.isParallel &&
        (__builtin_mul_overflow(blocks, count, &blocks) || blocks > INT32_MAX))
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

/// Bytes of rows and offsets that must be copied to the device.
size_t entryBytes(const BatchBinding &batch) {
  if (!batch.isActive() || batch.isOnDevice)
    return 0;
  int64_t numbers = (batch.rows ? batch.count : 0) + (batch.offsets ? batch.count + 1 : 0);
  return alignUp(static_cast<size_t>(numbers) * sizeof(int64_t));
}

/// A graph would copy what lies there when it is launched.
void requireNoCapture(void *stream) {
  int capture = 0; // CUstreamCaptureStatus
  cudaDriver().cuStreamIsCapturing(stream, &capture);
  if (capture)
    fail(MIXIR_ERROR_CUDA, "batch: expected offsets and rows in device memory while the stream is "
                           "capturing, got memory of the cpu");
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

/// Copies rows and offsets to `memory` on the device where they are not on it already.
CudaLauncher::Entries CudaLauncher::uploadEntries(const BatchBinding &batch, char *memory,
                                                  void *stream) {
  if (!batch.isActive())
    return {};
  if (batch.isOnDevice)
    return {batch.rows, batch.offsets};
  entries.clear();
  if (batch.rows)
    entries.insert(entries.end(), batch.rows, batch.rows + batch.count);
  if (batch.offsets)
    entries.insert(entries.end(), batch.offsets, batch.offsets + batch.count + 1);
  if (!entries.empty()) // of memory that can be paged, the driver takes a copy before it answers
    cudaDriver().cuMemcpyHtoDAsync(reinterpret_cast<uintptr_t>(memory), entries.data(),
                                   entries.size() * sizeof(int64_t), stream);
  auto *numbers = reinterpret_cast<const int64_t *>(memory);
  return {batch.rows ? numbers : nullptr,
          batch.offsets ? numbers + (batch.rows ? batch.count : 0) : nullptr};
}

uint64_t CudaLauncher::wordOf(const Manifest &manifest, const ParamSpec &param,
                              const Binding &binding, const Entries &entries) {
  const BatchBinding &batch = binding.batch;
  bool hasPlace = batch.isActive() && param.tensor >= 0 &&
                  batch.places[param.tensor] != EntryPlace::Number;
  int dim = param.dim;
  switch (param.kind) {
  case ParamSpec::Size:
    return static_cast<uint64_t>(binding.sizes[param.dim]);
  case ParamSpec::Data:
    return reinterpret_cast<uintptr_t>(binding.data[param.tensor]) +
           (param.part == Part::Imaginary ? sizeof(float) : 0);
  case ParamSpec::Rows:
    return reinterpret_cast<uintptr_t>(entries.rows);
  case ParamSpec::Offsets:
    return reinterpret_cast<uintptr_t>(entries.offsets);
  case ParamSpec::Entry:
    if (!hasPlace)
      return 0;
    dim = batch.places[param.tensor] == EntryPlace::Token ? batch.along : batch.dim;
    break;
  case ParamSpec::Stride:
    if (hasPlace && dim == batch.dim)
      return 0; // the entry has it
    break;
  }
  bool isComplex = manifest.tensors[param.tensor].dtype == MIXIR_C64;
  return static_cast<uint64_t>(binding.stridesOf(param.tensor)[dim]) * (isComplex ? 2 : 1);
}

void CudaLauncher::run(const Manifest &manifest, const CudaModule &module, Binding &binding,
                       void *stream) {
  module.requireCurrent(manifest);
  grids.clear();
  for (const KernelSpec &kernel : manifest.kernels)
    grids.push_back(gridOf(kernel, binding));
  chooseForms(manifest, binding.sizes.data(), module.multiprocessors(), grids);
  size_t ofEntries = entryBytes(binding.batch), ofTemps = tempBytes(manifest, binding);
  char *memory = nullptr;
  if (ofEntries)
    requireNoCapture(stream);
  if (ofEntries + ofTemps)
    memory = arenaOf(module.context()).reserve(ofEntries + ofTemps, stream);
  if (ofTemps)
    placeTemps(manifest, memory + ofEntries, binding);
  Entries placed = uploadEntries(binding.batch, memory, stream);
  for (size_t i = 0; i < manifest.kernels.size(); i++) {
    const KernelSpec &kernel = manifest.kernels[i];
    if (grids[i] == 0)
      continue;
    words.clear();
    for (const ParamSpec &param : kernel.params)
      words.push_back(wordOf(manifest, param, binding, placed));
    size_t bytes = words.size() * sizeof(uint64_t);
    void *extra[] = {kParamBuffer, words.data(), kParamBytes, &bytes, kParamEnd};
    const auto &launch = cudaDriver().cuLaunchKernel;
    if (int error =
            launch.attempt(module.function(i), grids[i], 1, 1, static_cast<unsigned>(kernel.threads), 1, 1,
                           static_cast<unsigned>(kernel.askedShared()), stream, nullptr, extra))
      fail(statusOfCudaError(error), "kernel '",
           kernel.name, "': ", cudaErrorText(launch.name, error));
  }
}
