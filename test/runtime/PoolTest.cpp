// PoolTest.cpp - slots, sleeping workers, several callers, nesting and forks.
#include "Pool.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace mixir::runtime;

namespace {

struct Work {
  std::atomic<int> next{0}, done{0};
  std::atomic<bool> isSlotZeroHere{false};
  std::thread::id caller = std::this_thread::get_id();

  static void body(void *arg, int64_t slot) {
    auto *work = static_cast<Work *>(arg);
    if (slot == 0 && std::this_thread::get_id() == work->caller)
      work->isSlotZeroHere = true;
    while (work->next.fetch_add(1) < 100)
      work->done++;
  }
};

TEST(Pool, doesAllWorkWhateverTheNumberOfSlots) {
  for (int round = 0; round < 2000; round++) {
    Work work;
    runSlots(1 + round % 7, Work::body, &work);
    ASSERT_EQ(work.done, 100);
    ASSERT_TRUE(work.isSlotZeroHere);
    if (round % 500 == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(5)); // workers go to sleep
  }
}

TEST(Pool, usesSeveralThreads) {
  struct Meeting {
    std::atomic<int> present{0};
    static void body(void *arg, int64_t) {
      auto *meeting = static_cast<Meeting *>(arg);
      meeting->present++;
      auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
      while (meeting->present < 2 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    }
  } meeting;
  runSlots(2, Meeting::body, &meeting);
  EXPECT_EQ(meeting.present, 2);
}

TEST(Pool, servesCallersThatComeAtTheSameTime) {
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int i = 0; i < 4; i++)
    callers.emplace_back([&] {
      for (int round = 0; round < 500; round++) {
        Work work;
        runSlots(3, Work::body, &work);
        wrong += work.done != 100;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Pool, mayBeEnteredFromItsOwnWork) {
  struct Outer {
    std::atomic<int> inner{0};
    static void body(void *arg, int64_t slot) {
      if (slot != 0)
        return;
      Work work;
      runSlots(4, Work::body, &work);
      static_cast<Outer *>(arg)->inner = work.done.load();
    }
  } outer;
  runSlots(2, Outer::body, &outer);
  EXPECT_EQ(outer.inner, 100);
}

#if !defined(__SANITIZE_THREAD__)
TEST(Pool, startsAnewInTheChildOfAFork) {
  Work before;
  runSlots(3, Work::body, &before);
  pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    Work work;
    runSlots(3, Work::body, &work);
    _exit(work.done == 100 ? 0 : 1);
  }
  int status = 1;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}
#endif

TEST(Pool, knowsTheMachine) { EXPECT_GE(hardwareThreads(), 1); }

} // namespace
