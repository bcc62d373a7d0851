// A mistake ends the block where it is found: the fibres are left as they are and their stacks are
// used again. Kernels own nothing that would have to be destroyed.
//
// Fibres begin by makecontext and are changed by _longjmp, which asks nothing of the system: swapcontext
// does at every change, and kernels have little to do between two of them.
#undef _FORTIFY_SOURCE // takes a jump to another stack for a mistake
#include "test/cuda/BlockMachine.h"

#include <algorithm>

#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

using namespace mixir::cuda_test;
using mixir_host::Access;
using mixir_host::Shuffle;

namespace {

constexpr unsigned kWarp = 32;

/// The machine whose fibre is being entered; makecontext hands over no pointers.
thread_local BlockMachine *entering = nullptr;

size_t pageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

std::string atLine(int line) { return " at line " + std::to_string(line); }

std::string threadName(unsigned thread) { return "thread " + std::to_string(thread); }

} // namespace

//===--- Stacks ---===//

Stacks::~Stacks() { release(); }

void Stacks::release() {
  if (memory)
    munmap(memory, count * (kBytes + pageBytes()));
  memory = nullptr;
}

bool Stacks::reserve(size_t wanted) {
  if (wanted <= count)
    return false;
  release();
  count = wanted;
  size_t step = kBytes + pageBytes();
  void *mapped = mmap(nullptr, count * step, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::bad_alloc();
  memory = static_cast<char *>(mapped);
  for (size_t i = 0; i < count; i++)
    mprotect(memory + i * step, pageBytes(), PROT_NONE);
  return true;
}

char *Stacks::operator[](size_t i) const {
  return memory + i * (kBytes + pageBytes()) + pageBytes();
}

//===--- Threads ---===//

void BlockMachine::enter() {
  BlockMachine *machine = entering;
  while (true) { // once for every block
    (*machine->kernel)();
    machine->wait(State::Done, 0);
  }
}

/// Enters a fibre for the first time.
void BlockMachine::begin(unsigned thread) {
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = stacks[thread];
  context.uc_stack.ss_size = Stacks::kBytes;
  context.uc_link = nullptr;
  makecontext(&context, enter, 0);
  threads[thread].isBegun = true;
  entering = this;
  setcontext(&context);
}

void BlockMachine::wait(State state, int line) {
  Thread &thread = threads[current];
  thread.state = state;
  thread.line = line;
  if (_setjmp(thread.place) == 0)
    _longjmp(scheduler, 1);
}

/// Leaves nothing behind on the stack that would have to be freed.
void BlockMachine::fail(std::string &&text) {
  problem = std::move(text);
  threads[current].isBegun = false; // to be begun anew
  wait(State::Done, 0);
  __builtin_unreachable(); // a block with a problem is never resumed
}

void BlockMachine::resume(unsigned thread) {
  current = thread;
  threadIdx = {thread, 0, 0};
  if (_setjmp(scheduler) != 0)
    return;
  if (threads[thread].isBegun)
    _longjmp(threads[thread].place, 1);
  begin(thread);
}

void BlockMachine::runReady(ThreadOrder order) {
  unsigned count = static_cast<unsigned>(threads.size());
  for (unsigned i = 0; i < count && problem.empty(); i++) {
    unsigned thread = order == ThreadOrder::Ascending ? i : count - 1 - i;
    if (threads[thread].state == State::Ready)
      resume(thread);
  }
}

bool BlockMachine::isDone() const {
  return std::all_of(threads.begin(), threads.end(),
                     [](const Thread &thread) { return thread.state == State::Done; });
}

std::string BlockMachine::run(const std::function<void()> &body, unsigned block, unsigned grid,
                              unsigned count, ThreadOrder order) {
  kernel = &body;
  blockIdx = {block, 0, 0};
  blockDim = {count, 1, 1};
  gridDim = {grid, 1, 1};
  arrays.clear();
  problem.clear();
  interval = 0;
  if (stacks.reserve(count))
    threads.clear();
  threads.resize(count);
  for (Thread &thread : threads) {
    // A fibre that has not come to its end, as the others of a block that failed, is begun anew.
    thread.isBegun = thread.isBegun && thread.state == State::Done;
    thread.state = State::Ready;
  }
  while (true) {
    runReady(order);
    if (!problem.empty() || isDone())
      return problem;
    bool isReleased = releaseShuffles();
    if (problem.empty() && !isReleased)
      problem = releaseBarrier();
    if (!problem.empty())
      return problem;
  }
}

//===--- Barriers ---===//

void BlockMachine::barrier(int line) { wait(State::AtBarrier, line); }

std::string BlockMachine::whereIs(unsigned thread) const {
  const Thread &t = threads[thread];
  if (t.state == State::Done)
    return threadName(thread) + " has ended";
  return threadName(thread) + " waits for " +
         (t.state == State::AtBarrier ? "the barrier" : "the shuffle") + atLine(t.line);
}

bool BlockMachine::isTogether(const Thread &a, const Thread &b) {
  return a.state == b.state && a.line == b.line &&
         (a.state != State::AtShuffle || a.shuffle.mask == b.shuffle.mask);
}

/// Nothing runs and no shuffle is complete: all threads must be at one barrier.
std::string BlockMachine::releaseBarrier() {
  unsigned first = 0, count = static_cast<unsigned>(threads.size());
  while (threads[first].state == State::Done)
    first++;
  bool isBarrier = threads[first].state == State::AtBarrier;
  unsigned mask = isBarrier ? 0 : participants(first / kWarp, threads[first].shuffle.mask);
  for (unsigned i = 0; i < count; i++) {
    bool isAwaited = isBarrier || (i / kWarp == first / kWarp && (mask >> (i % kWarp) & 1));
    if (isAwaited && !isTogether(threads[i], threads[first]))
      return std::string(isBarrier ? "barrier" : "shuffle") +
             " not reached by all threads: " + whereIs(first) + ", " + whereIs(i);
  }
  for (Thread &thread : threads)
    thread.state = State::Ready;
  interval++;
  return {};
}

//===--- Shuffles ---===//

unsigned long long BlockMachine::shuffle(const Shuffle &given) {
  threads[current].shuffle = given;
  wait(State::AtShuffle, given.line);
  return threads[current].received;
}

/// The lanes of the mask that the block has.
unsigned BlockMachine::participants(unsigned warp, unsigned mask) const {
  size_t lanes = std::min<size_t>(kWarp, threads.size() - warp * kWarp);
  return lanes == kWarp ? mask : mask & ((1u << lanes) - 1);
}

/// Exchanges the values of the lanes that `lane` waits for, if they are all there.
bool BlockMachine::releaseWarp(unsigned warp, unsigned lane) {
  Thread *lanes = &threads[warp * kWarp];
  const Shuffle first = lanes[lane].shuffle;
  unsigned mask = participants(warp, first.mask);
  auto isIn = [&](unsigned i) { return i < kWarp && (mask >> i & 1); };
  if (!isIn(lane)) {
    problem =
        threadName(warp * kWarp + lane) + " is not in the mask of its shuffle" + atLine(first.line);
    return false;
  }
  for (unsigned i = 0; i < kWarp; i++)
    if (isIn(i) && !isTogether(lanes[i], lanes[lane]))
      return false;
  for (unsigned i = 0; i < kWarp; i++) {
    if (!isIn(i))
      continue;
    unsigned source = lanes[i].shuffle.sourceLane;
    if (!isIn(source)) {
      problem = "shuffle" + atLine(first.line) + ": " + threadName(warp * kWarp + i) +
                " asks lane " + std::to_string(source) + ", which takes no part";
      return false;
    }
    lanes[i].received = lanes[source].shuffle.bits;
    lanes[i].state = State::Ready;
  }
  return true;
}

bool BlockMachine::releaseShuffles() {
  bool isReleased = false;
  for (unsigned i = 0; i < threads.size() && problem.empty(); i++)
    if (threads[i].state == State::AtShuffle)
      isReleased |= releaseWarp(i / kWarp, i % kWarp);
  return isReleased;
}

//===--- Arrays ---===//

void *BlockMachine::sharedArray(const char *name, int line, unsigned elementBytes,
                                long long count) {
  for (auto &array : arrays)
    if (array->line == line && array->name == name)
      return array.get();
  auto fresh = std::make_unique<SharedArray>();
  fresh->name = name;
  fresh->line = line;
  fresh->elementBytes = elementBytes;
  fresh->bytes.resize(static_cast<size_t>(count) * elementBytes);
  fresh->words.resize(static_cast<size_t>(count));
  arrays.push_back(std::move(fresh));
  return arrays.back().get();
}

size_t BlockMachine::sharedBytes() const {
  size_t bytes = 0;
  for (auto &array : arrays)
    bytes += array->bytes.size();
  return bytes;
}

void *BlockMachine::element(void *sharedArray, const Access &access) {
  auto &array = *static_cast<SharedArray *>(sharedArray);
  if (std::string wrong = wrongWith(array, access); !wrong.empty())
    fail(std::move(wrong));
  remember(array.words[static_cast<size_t>(access.index)], access);
  return array.bytes.data() + static_cast<size_t>(access.index) * array.elementBytes;
}

bool BlockMachine::conflicts(const Touch &touch) const {
  return touch.interval == interval && touch.thread != static_cast<int>(current);
}

std::string BlockMachine::wrongWith(const SharedArray &array, const Access &access) const {
  auto here = [&] {
    return threadName(current) + (access.isWrite ? " writes it" : " reads it") +
           atLine(access.line);
  };
  auto element = [&] { return "shared " + array.name + "[" + std::to_string(access.index) + "]"; };
  if (access.index < 0 || access.index >= static_cast<long long>(array.words.size()))
    return element() + " is out of bounds of " + std::to_string(array.words.size()) +
           " elements: " + here();
  const Word &word = array.words[static_cast<size_t>(access.index)];
  auto race = [&](const Touch &touch, const char *how) {
    return "race on " + element() + ": " + threadName(static_cast<unsigned>(touch.thread)) + how +
           atLine(touch.line) + ", " + here() + ", no barrier between them";
  };
  if (conflicts(word.write))
    return race(word.write, " writes it");
  if (!access.isWrite)
    return word.write.thread < 0 ? element() + " is not written in this block: " + here() : "";
  for (const Touch *read : {&word.read, &word.otherRead})
    if (conflicts(*read))
      return race(*read, " reads it");
  return {};
}

/// Two readers are enough: at least one is another thread than any writer.
void BlockMachine::remember(Word &word, const Access &access) {
  Touch touch = {static_cast<int>(current), interval, access.line};
  if (access.isWrite)
    word.write = touch;
  else if (word.read.interval != interval || word.read.thread == touch.thread)
    word.read = touch;
  else
    word.otherRead = touch;
}

void BlockMachine::localIndex(long long index, int line) {
  std::string wrong = "index " + std::to_string(index) +
                      " is out of bounds of an array of the thread's own: " + threadName(current) +
                      atLine(line);
  fail(std::move(wrong));
}
