// MemoryTest.cpp - the allocator of the embedding program, and what kernels call.
#include "HalideStubs.h"
#include "Memory.h"
#include "TestProgram.h"

#include <cstdlib>
#include <cstring>
#include <thread>

using namespace mixir::runtime;
using namespace mixir::test;

namespace {

struct CountingAllocator {
  std::atomic<int> live{0}, total{0};
  bool fails = false;

  static void *allocate(void *user, size_t bytes, size_t alignment) {
    auto *self = static_cast<CountingAllocator *>(user);
    if (self->fails)
      return nullptr;
    self->live++;
    self->total++;
    return std::aligned_alloc(alignment, bytes);
  }
  static void release(void *user, void *block) {
    static_cast<CountingAllocator *>(user)->live--;
    std::free(block);
  }
};

int doubling(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer(), y = args.buffer();
  for (int i = 0; i < x.extent(0); i++)
    y(i) = 2 * x(i);
  return 0;
}

TEST(Allocator, isUsedForWorkingMemoryAndMayFail) {
  CountingAllocator counting;
  mixir_allocator hooks = {CountingAllocator::allocate, CountingAllocator::release, &counting};
  {
    TestProgram program(R"("dims":[{"name":"D"}],"operands":[
        {"name":"x","role":"in","dtype":"f32","axes":[["D"]]},
        {"name":"y","role":"out","dtype":"f32","axes":[["D"]]}],"kernels":[{"name":"k","loops":[],
        "scalars":[],"args":[{"ref":"x","access":"read","dims":["D"]},
        {"ref":"y","access":"write","dims":["D"]}]}])",
                        {doubling});
    ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
    Array<float> x({5}, 3), y({5});
    ASSERT_EQ(mixir_set_allocator(&hooks), MIXIR_OK);
    counting.fails = true;
    EXPECT_EQ(program.run({x.tensor(), y.tensor()}), MIXIR_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(program.error().find("cannot allocate "), 0u);
    counting.fails = false;
    EXPECT_EQ(program.run({x.tensor(), y.tensor()}), MIXIR_OK) << program.error();
    EXPECT_EQ(y.data[4], 6);
    int taken = counting.total;
    EXPECT_GT(taken, 0);
    EXPECT_EQ(program.run({x.tensor(), y.tensor()}), MIXIR_OK);
    EXPECT_EQ(counting.total, taken) << "a later call allocated";
    EXPECT_EQ(mixir_set_allocator(nullptr), MIXIR_OK); // blocks still go back to `counting`
  }
  EXPECT_EQ(counting.live, 0);
  mixir_allocator half = {CountingAllocator::allocate, nullptr, nullptr};
  EXPECT_EQ(mixir_set_allocator(&half), MIXIR_ERROR_INVALID_ARGUMENT);
}

extern "C" void *halide_malloc(void *, size_t);
extern "C" void halide_free(void *, void *);
extern "C" int halide_error_out_of_memory(void *);
extern "C" char *halide_string_to_string(char *, char *, const char *);
extern "C" char *halide_int64_to_string(char *, char *, int64_t, int);

TEST(KernelSupport, givesAlignedScratchAndReusesIt) {
  void *first = halide_malloc(nullptr, 1000);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % kAlignment, 0u);
  std::memset(first, 1, 1000);
  void *second = halide_malloc(nullptr, 1000);
  EXPECT_NE(first, second);
  halide_free(nullptr, first);
  EXPECT_EQ(halide_malloc(nullptr, 900), first);
  halide_free(nullptr, first);
  halide_free(nullptr, second);
  halide_free(nullptr, nullptr);
  void *huge = halide_malloc(nullptr, size_t(1) << 26);
  ASSERT_NE(huge, nullptr);
  halide_free(nullptr, huge);
  void *nothing = halide_malloc(nullptr, 0);
  EXPECT_NE(nothing, nullptr);
  halide_free(nullptr, nothing);
  std::thread([] { // freed on another thread than it came from
    void *block = halide_malloc(nullptr, 5000);
    std::thread([=] { halide_free(nullptr, block); }).join();
  }).join();
}

TEST(KernelSupport, keepsTheTextOfAnError) {
  EXPECT_EQ(halide_error_out_of_memory(nullptr), -11);
  EXPECT_EQ(takeKernelError(), "scratch memory is short");
  EXPECT_EQ(takeKernelError(), "");
}

TEST(KernelSupport, buildsTextsWithinTheirRoom) {
  char text[8];
  char *end = text + sizeof(text);
  char *at = halide_string_to_string(text, end, "abc");
  at = halide_int64_to_string(at, end, 1234567, 0);
  EXPECT_STREQ(text, "abc1234");
  EXPECT_LE(at, end);
  halide_string_to_string(end, end, "x");
}

} // namespace
