// CpuLauncher.cpp - runs kernels one after the other and spreads the tasks of each over threads.
// Kernels that join others share their tasks: a thread runs a task of all of them, then the next.
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
#include "Walk.h"

#include <algorithm>
#include <atomic>

using namespace mixir::runtime;

namespace {

/// Work below which a further thread costs more than it brings, in bytes touched.
constexpr double kBytesPerThread = 128 * 1024;
/// Chunks per slot: enough to even out unequal threads, and sequences of unequal length.
constexpr int64_t kChunksPerSlot = 4, kChunksPerPackedSlot = 32;

/// Kernels that share their tasks, being run by several slots.
struct Job {
  const KernelLaunch *launches;
  size_t count;
  char *frames;
  int64_t frameBytes, tasks, chunks; ///< frames of all kernels of a slot lie together
  alignas(128) std::atomic<int64_t> nextChunk{0};
  std::atomic<int> answer{0};
  size_t failed = 0;     ///< kernel that set `answer`
  std::string errorText; ///< of the slot that set `answer`

  void runSlot(int64_t slot) {
    int64_t chunk = nextChunk.fetch_add(1, std::memory_order_relaxed);
    if (chunk >= chunks)
      return;
    std::vector<TaskRunner> runners;
    runners.reserve(count);
    char *frame = frames + slot * frameBytes;
    for (size_t i = 0; i < count; i++) {
      runners.emplace_back(launches[i], frame);
      frame += launches[i].frameBytes;
    }
    for (; chunk < chunks; chunk = nextChunk.fetch_add(1, std::memory_order_relaxed)) {
      int64_t perChunk = tasks / chunks, extra = tasks % chunks;
      int64_t begin = chunk * perChunk + std::min(chunk, extra);
      int64_t end = begin + perChunk + (chunk < extra ? 1 : 0);
      if (count == 1)
        runTasks(runners, 0, begin, end);
      else
        for (int64_t task = begin; task < end; task++)
          for (size_t i = 0; i < count; i++)
            runTasks(runners, i, task, task + 1);
    }
  }

private:
  void runTasks(std::vector<TaskRunner> &runners, size_t kernel, int64_t begin, int64_t end) {
    auto isStopped = [&] { return answer.load(std::memory_order_relaxed) != 0; };
    int result = runners[kernel].run(begin, end, isStopped);
    int expected = 0;
    if (result != 0 && answer.compare_exchange_strong(expected, result)) {
      failed = kernel;
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

int64_t slotCount(double workBytes, int64_t tasks, const Threading &threading) {
  int64_t slots = threading.count;
  if (slots <= 0) {
    double useful = 1 + workBytes / kBytesPerThread;
    slots = static_cast<int64_t>(std::min<double>(useful, defaultThreads()));
  }
  return std::max<int64_t>(1, std::min<int64_t>({slots, tasks, 1024}));
}

} // namespace

struct CpuLauncher::State {
  Arena temps, frames;
  std::vector<KernelLaunch> launches; ///< of kernels that share their tasks

  void runGroup(const Manifest &manifest, const std::vector<KernelPlan> &plans, size_t first,
                size_t count, const mixir_entry_fn *entries, const Binding &binding,
                const Threading &threading);
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
  for (size_t first = 0; first < plans.size();) {
    size_t count = 1;
    while (first + count < plans.size() && plans[first + count].joins)
      count++;
    state->runGroup(manifest, plans, first, count, entries, binding, threading);
    first += count;
  }
}

void CpuLauncher::State::runGroup(const Manifest &manifest, const std::vector<KernelPlan> &plans,
                                  size_t first, size_t count, const mixir_entry_fn *entries,
                                  const Binding &binding, const Threading &threading) {
  launches.resize(std::max(launches.size(), count));
  Job job;
  job.launches = launches.data();
  job.count = count;
  job.frameBytes = 0;
  double workBytes = 0;
  for (size_t i = 0; i < count; i++) {
    launches[i].prepare(manifest, plans[first + i], binding, entries[first + i],
                        threading.count > 0 ? threading.count : defaultThreads());
    job.frameBytes += launches[i].frameBytes;
    workBytes += launches[i].workBytes;
  }
  for (size_t i = 0; i < count; i++)
    for (const ArgPlan &arg : plans[first + i].args)
      if (const auto &walk = manifest.tensors[arg.tensor].walk; walk && arg.isWritten && !walk->isBijection())
        zeroWalked(manifest, arg.tensor, binding);
  job.tasks = launches[0].tasks;
  if (job.tasks == 0)
    return;
  int64_t slots = slotCount(workBytes, job.tasks, threading), bytes = 0;
  if (__builtin_mul_overflow(slots, job.frameBytes, &bytes))
    fail(MIXIR_ERROR_TOO_LARGE, "kernel '", plans[first].name, "': its scratch does not fit 63 bits");
  job.frames = frames.reserve(std::max(static_cast<size_t>(bytes), kAlignment));
  int64_t chunks = binding.batch.isPacked() ? kChunksPerPackedSlot : kChunksPerSlot;
  job.chunks = slots == 1 ? 1 : std::min(job.tasks, slots * chunks);
  auto body = [](void *arg, int64_t slot) { static_cast<Job *>(arg)->runSlot(slot); };
  if (slots > 1 && threading.parallelFor)
    threading.parallelFor(threading.user, slots, body, &job);
  else
    runSlots(static_cast<int>(slots), body, &job);
  if (int answer = job.answer.load())
    fail(MIXIR_ERROR_KERNEL, "kernel '", plans[first + job.failed].name, "' failed with ", answer,
         job.errorText.empty() ? "" : ": ", job.errorText);
}
