// Pool.cpp - see Pool.h.
//
// A job is opened by storing its number of slots in one atomic word and closed by clearing it. A
// worker takes a slot by adding one to the word; it learns in the same step whether the job is
// still open, so a worker that wakes late can do no harm. Both sides spin briefly and then sleep.
#include "Pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <thread>

using namespace mixir::runtime;

namespace {

constexpr auto kSpinTime = std::chrono::microseconds(30);

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Polls `ready` for kSpinTime; true when it became true.
template <typename Ready>
bool spinUntil(const Ready &ready) {
  auto deadline = std::chrono::steady_clock::now() + kSpinTime;
  for (;;) {
    for (int i = 0; i < 64; i++) {
      if (ready())
        return true;
      relax();
    }
    if (std::chrono::steady_clock::now() > deadline)
      return ready();
  }
}

class Pool {
public:
  void run(int slots, mixir_parallel_body_fn body, void *arg) {
    std::unique_lock<std::mutex> owner(ownerMutex, std::try_to_lock);
    if (!owner.owns_lock()) {
      body(arg, 0);
      return;
    }
    startWorkers(slots - 1);
    jobBody = body;
    jobArg = arg;
    finished.store(0, std::memory_order_relaxed);
    word.store(pack(slots, 1)); // slot 0 is ours
    if (sleepers.load() > 0) {
      std::lock_guard<std::mutex> lock(sleepMutex);
      wake.notify_all();
    }
    body(arg, 0);
    waitForOthers(close());
  }

private:
  static uint64_t pack(uint32_t limit, uint32_t next) { return uint64_t(limit) << 32 | next; }
  static uint32_t limitOf(uint64_t value) { return static_cast<uint32_t>(value >> 32); }
  static uint32_t nextOf(uint64_t value) { return static_cast<uint32_t>(value); }
  static bool isOpen(uint64_t value) { return nextOf(value) < limitOf(value); }

  /// Ends the job; answers how many slots other threads have taken.
  uint32_t close() {
    uint64_t last = word.exchange(0);
    uint32_t taken = nextOf(last) < limitOf(last) ? nextOf(last) : limitOf(last);
    return taken - 1;
  }

  void waitForOthers(uint32_t others) {
    auto isDone = [&] { return finished.load(std::memory_order_acquire) == others; };
    if (spinUntil(isDone))
      return;
    std::unique_lock<std::mutex> lock(doneMutex);
    callerSleeps = true;
    done.wait(lock, isDone);
    callerSleeps = false;
  }

  void startWorkers(int wanted) {
    while (workers < wanted) {
      try {
        std::thread([this] { work(); }).detach();
      } catch (const std::system_error &) {
        return; // fewer threads: the caller does their share
      }
      workers++;
    }
  }

  void work() {
    for (;;) {
      if (!spinUntil([&] { return isOpen(word.load(std::memory_order_acquire)); }))
        sleepUntilOpen();
      uint64_t taken = word.fetch_add(1);
      if (!isOpen(taken))
        continue;
      jobBody(jobArg, nextOf(taken));
      // The caller may go on as soon as it sees the count, so only members are touched after it.
      std::lock_guard<std::mutex> lock(doneMutex);
      finished.fetch_add(1, std::memory_order_release);
      if (callerSleeps)
        done.notify_one();
    }
  }

  void sleepUntilOpen() {
    std::unique_lock<std::mutex> lock(sleepMutex);
    sleepers.fetch_add(1);
    wake.wait(lock, [&] { return isOpen(word.load()); });
    sleepers.fetch_sub(1);
  }

  std::mutex ownerMutex;
  int workers = 0;
  mixir_parallel_body_fn jobBody = nullptr;
  void *jobArg = nullptr;
  alignas(128) std::atomic<uint64_t> word{0};
  alignas(128) std::atomic<uint32_t> finished{0};
  std::atomic<int> sleepers{0};
  std::mutex sleepMutex, doneMutex;
  std::condition_variable wake, done;
  bool callerSleeps = false;
};

std::atomic<Pool *> thePool{nullptr};

/// After a fork the child has no workers: it starts a pool of its own.
void forgetPool() { thePool.store(nullptr); }

Pool &pool() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, forgetPool); });
  Pool *current = thePool.load();
  if (current)
    return *current;
  auto *fresh = new Pool; // never destroyed: workers outlive main
  if (thePool.compare_exchange_strong(current, fresh))
    return *fresh;
  delete fresh;
  return *current;
}

} // namespace

int mixir::runtime::hardwareThreads() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    int count = CPU_COUNT(&allowed);
    if (count > 0)
      return count;
  }
  unsigned count = std::thread::hardware_concurrency();
  return count ? static_cast<int>(count) : 1;
}

void mixir::runtime::runSlots(int slots, mixir_parallel_body_fn body, void *arg) {
  if (slots <= 1)
    body(arg, 0);
  else
    pool().run(slots, body, arg);
}
