// Runs the threads of one block on the CPU, one after the other: a thread runs until it waits for
// others. What depends on the order of threads is found by bookkeeping, not by luck.
#pragma once

#include "test/cuda/HostBlock.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <setjmp.h>

namespace mixir::cuda_test {

/// Stacks of threads, each with a page before it that must not be touched; reused by all blocks.
class Stacks {
public:
  Stacks() = default;
  ~Stacks();
  Stacks(const Stacks &) = delete;
  /// Makes sure that there are `count`; none may be in use. Answers whether all are new.
  bool reserve(size_t count);
  char *operator[](size_t i) const;
  static constexpr size_t kBytes = 64 * 1024;

private:
  void release();
  char *memory = nullptr;
  size_t count = 0;
};

/// The order in which threads are run where they could run at the same time.
enum class ThreadOrder { Ascending, Descending };

class BlockMachine final : public mixir_host::Block {
public:
  /// Runs `kernel` as every thread of block `block` of `grid`. Answers what was wrong, or nothing:
  /// races, indices, shared words read before they are written, barriers and shuffles that not all
  /// threads reach.
  std::string run(const std::function<void()> &kernel, unsigned block, unsigned grid,
                  unsigned threads, ThreadOrder order);
  /// Bytes of shared arrays that the last block has declared.
  size_t sharedBytes() const;

  void barrier(int line) override;
  unsigned long long shuffle(const mixir_host::Shuffle &shuffle) override;
  void *sharedArray(const char *name, int line, unsigned elementBytes, long long count) override;
  void *element(void *sharedArray, const mixir_host::Access &access) override;
  void localIndex(long long index, int line) override;

private:
  enum class State { Ready, AtBarrier, AtShuffle, Done };
  struct Thread {
    jmp_buf place;        ///< of its fibre, where it waits
    bool isBegun = false; ///< there is a fibre
    State state;
    int line; ///< where it waits
    mixir_host::Shuffle shuffle;
    unsigned long long received; ///< by the shuffle
  };
  /// The last touch of an element by a thread; `interval` counts the barriers before it.
  struct Touch {
    int thread = -1, interval = -1, line = 0;
  };
  struct Word {
    Touch write, read, otherRead; ///< otherRead: by another thread than `read`
  };
  struct SharedArray {
    std::string name;
    int line;
    unsigned elementBytes;
    std::vector<char> bytes;
    std::vector<Word> words;
  };

  static void enter();
  void begin(unsigned thread);
  void wait(State state, int line);
  [[noreturn]] void fail(std::string &&text);
  void resume(unsigned thread);
  void runReady(ThreadOrder order);
  bool isDone() const;
  static bool isTogether(const Thread &a, const Thread &b);
  bool releaseShuffles();
  unsigned participants(unsigned warp, unsigned mask) const;
  bool releaseWarp(unsigned warp, unsigned lane);
  std::string releaseBarrier();
  std::string whereIs(unsigned thread) const;
  bool conflicts(const Touch &touch) const;
  std::string wrongWith(const SharedArray &array, const mixir_host::Access &access) const;
  void remember(Word &word, const mixir_host::Access &access);

  const std::function<void()> *kernel = nullptr;
  Stacks stacks;
  std::vector<std::unique_ptr<SharedArray>> arrays;
  std::vector<Thread> threads;
  jmp_buf scheduler;
  unsigned current = 0;
  int interval = 0;
  std::string problem;
};

} // namespace mixir::cuda_test
