// CpuLauncher.cpp - runs kernels one after the other and spreads the tasks of each over threads.
//
// Tasks are cut into contiguous chunks that do not depend on timing; slots claim whole chunks. As
// tasks share no output, results are the same for every number of threads.
#include "CpuLauncher.h"

#include "Env.h"
#include "Failure.h"
#include "HalideStubs.h"
#include "KernelLaunch.h"
#include "Pool.h"
#include "TaskRunner.h"

#include <algorithm>
#include <atomic>

using namespace mixir::runtime;

namespace {

/// Work below which a further thread costs more than it brings, in bytes touched.
constexpr double kBytesPerThread = 128 * 1024;
/// Chunks per slot: enough to even out unequal threads.
constexpr int64_t kChunksPerSlot = 4;

/// A kernel being run by several slots.
struct Job {
  const KernelLaunch *launch;
  char *frames;
  int64_t chunks;
  alignas(128) std::atomic<int64_t> nextChunk{0};
  std::atomic<int> answer{0};
  std::string errorText; ///< of the slot that set `answer`

  void runSlot(int64_t slot) {
    int64_t chunk = nextChunk.fetch_add(1, std::memory_order_relaxed);
    if (chunk >= chunks)
      return;
    TaskRunner runner(*launch, frames + slot * launch->frameBytes);
    for (; chunk < chunks; chunk = nextChunk.fetch_add(1, std::memory_order_relaxed)) {
      int64_t perChunk = launch->tasks / chunks, extra = launch->tasks % chunks;
      int64_t begin = chunk * perChunk + std::min(chunk, extra);
      int64_t end = begin + perChunk + (chunk < extra ? 1 : 0);
      int result = runner.run(begin, end, [&] { return answer.load(std::memory_order_relaxed); });
      int expected = 0;
      if (result != 0 && answer.compare_exchange_strong(expected, result))
        errorText = takeKernelError();
    }
  }
};

int defaultThreads() {
  static const int threads = [] {
    int64_t wanted = env().threads;
    return wanted > 0 ? static_cast<int>(std::min<int64_t>(wanted, 1024)) : hardwareThreads();
  }();
  return threads;
}

int64_t slotCount(const KernelLaunch &launch, const Threading &threading) {
  int64_t slots = threading.count;
  if (slots <= 0) {
    double useful = 1 + launch.workBytes / kBytesPerThread;
    slots = static_cast<int64_t>(std::min<double>(useful, defaultThreads()));
  }
  return std::max<int64_t>(1, std::min<int64_t>({slots, launch.tasks, 1024}));
}

} // namespace

struct CpuLauncher::State {
  Arena temps, frames;
  KernelLaunch launch;
};

CpuLauncher::CpuLauncher() : state(std::make_unique<State>()) {}

CpuLauncher::~CpuLauncher() = default;

void CpuLauncher::trim() noexcept {
  state->temps.trim();
  state->frames.trim();
}

size_t CpuLauncher::reservedBytes() const {
  return state->temps.capacity() + state->frames.capacity();
}

void CpuLauncher::run(const Manifest &manifest, const std::vector<KernelPlan> &plans,
                      const mixir_entry_fn *entries, Binding &binding,
                      const Threading &threading) {
  size_t bytes = std::max(tempBytes(manifest, binding), kAlignment);
  placeTemps(manifest, state->temps.reserve(bytes), binding);
  for (size_t i = 0; i < plans.size(); i++) {
    KernelLaunch &launch = state->launch;
    launch.prepare(manifest, plans[i], binding, entries[i],
                   threading.count > 0 ? threading.count : defaultThreads());
    if (launch.tasks == 0)
      continue;
    int64_t slots = slotCount(launch, threading), frames = 0;
    if (__builtin_mul_overflow(slots, launch.frameBytes, &frames))
      fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plans[i].name, "': its scratch does not fit 63 bits");
    Job job;
    job.launch = &launch;
    job.frames = state->frames.reserve(std::max(static_cast<size_t>(frames), kAlignment));
    job.chunks = slots == 1 ? 1 : std::min(launch.tasks, slots * kChunksPerSlot);
    auto body = [](void *arg, int64_t slot) { static_cast<Job *>(arg)->runSlot(slot); };
    if (slots > 1 && threading.parallelFor)
      threading.parallelFor(threading.user, slots, body, &job);
    else
      runSlots(static_cast<int>(slots), body, &job);
    if (int answer = job.answer.load())
      fail(MIXIR_ERROR_KERNEL, "kernel '", plans[i].name, "' failed with ", answer,
           job.errorText.empty() ? "" : ": ", job.errorText);
  }
}
