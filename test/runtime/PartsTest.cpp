// PartsTest.cpp - parts of the runtime by themselves: conversions, copies, expressions, overlap,
// environment, memory, pool, kernel support functions, DLPack.
#include "DimExpr.h"
#include "DlpackView.h"
#include "Env.h"
#include "HalideStubs.h"
#include "Memory.h"
#include "Overlap.h"
#include "Pool.h"
#include "Staging.h"
#include "TestProgram.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#if __has_include(<halide14/HalideRuntime.h>)
#include <halide14/HalideRuntime.h>
#define HAS_HALIDE_HEADER 1
#endif

using namespace mixir::runtime;
using namespace mixir::test;

namespace {

#ifdef HAS_HALIDE_HEADER
#define SAME_OFFSET(ours, theirs, member)                                                          \
  static_assert(offsetof(ours, member) == offsetof(theirs, member), #member)
static_assert(sizeof(KernelBuffer) == sizeof(halide_buffer_t), "size of the buffer");
static_assert(sizeof(KernelDim) == sizeof(halide_dimension_t), "size of a dimension");
static_assert(sizeof(KernelType) == sizeof(halide_type_t), "size of a type");
SAME_OFFSET(KernelBuffer, halide_buffer_t, device);
SAME_OFFSET(KernelBuffer, halide_buffer_t, device_interface);
SAME_OFFSET(KernelBuffer, halide_buffer_t, host);
SAME_OFFSET(KernelBuffer, halide_buffer_t, flags);
SAME_OFFSET(KernelBuffer, halide_buffer_t, type);
SAME_OFFSET(KernelBuffer, halide_buffer_t, dimensions);
SAME_OFFSET(KernelBuffer, halide_buffer_t, dim);
SAME_OFFSET(KernelBuffer, halide_buffer_t, padding);
SAME_OFFSET(KernelDim, halide_dimension_t, min);
SAME_OFFSET(KernelDim, halide_dimension_t, extent);
SAME_OFFSET(KernelDim, halide_dimension_t, stride);
SAME_OFFSET(KernelDim, halide_dimension_t, flags);
SAME_OFFSET(KernelType, halide_type_t, bits);
SAME_OFFSET(KernelType, halide_type_t, lanes);
static_assert(kTypeInt == halide_type_int && kTypeUInt == halide_type_uint &&
                  kTypeFloat == halide_type_float,
              "type codes");
#endif

// ---- Conversions ----------------------------------------------------------------------------------

TEST(Halves, everyValueSurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000; bits++) {
    auto half = static_cast<uint16_t>(bits);
    float value = halfToFloat(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(value))));
      continue;
    }
    ASSERT_EQ(floatToHalf(value), half) << value;
  }
}

TEST(Halves, roundToNearestEven) {
  EXPECT_EQ(floatToHalf(1.0f), 0x3c00);
  EXPECT_EQ(floatToHalf(1.0f + 1.0f / 2048), 0x3c00); // tie, even below
  EXPECT_EQ(floatToHalf(1.0f + 3.0f / 2048), 0x3c02); // tie, even above
  EXPECT_EQ(floatToHalf(65519.0f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(-1e-10f), 0x8000);
  EXPECT_EQ(floatToHalf(5.9604645e-8f), 1);
  EXPECT_EQ(halfToFloat(0x0001), 5.9604645e-8f);
}

TEST(Bfloats, roundToNearestEven) {
  EXPECT_EQ(floatToBfloat(1.0f), 0x3f80);
  EXPECT_EQ(floatToBfloat(1.00390625f), 0x3f80);
  EXPECT_EQ(floatToBfloat(1.01171875f), 0x3f82);
  EXPECT_EQ(floatToBfloat(INFINITY), 0x7f80);
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(NAN))));
  float tricky;
  uint32_t bits = 0x7f800001; // a NaN whose upper half alone is infinity
  std::memcpy(&tricky, &bits, 4);
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(tricky))));
}

// ---- Copies ---------------------------------------------------------------------------------------

TEST(Copies, matchAPlainLoopForRandomStrides) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; round++) {
    int numDims = static_cast<int>(random() % 4);
    CopyDim dims[kMaxArgDims];
    int64_t extents[4], toStrides[4], fromStrides[4];
    int toOrder[4] = {0, 1, 2, 3}, fromOrder[4] = {0, 1, 2, 3};
    std::shuffle(toOrder, toOrder + numDims, random);
    std::shuffle(fromOrder, fromOrder + numDims, random);
    size_t elementBytes = round % 3 ? 4 : 2;
    for (int i = 0; i < numDims; i++)
      extents[i] = 1 + static_cast<int64_t>(random() % 20);
    auto spread = [&](const int *order, int64_t *strides, int64_t gap) {
      auto stride = static_cast<int64_t>(elementBytes);
      for (int i = 0; i < numDims; i++) {
        strides[order[i]] = stride;
        stride *= extents[order[i]] + gap;
      }
      return stride;
    };
    std::vector<char> to(static_cast<size_t>(spread(toOrder, toStrides, random() % 2)), 1);
    std::vector<char> from(static_cast<size_t>(spread(fromOrder, fromStrides, random() % 2)));
    for (char &byte : from)
      byte = static_cast<char>(random());
    std::vector<char> wanted = to;
    for (int i = 0; i < numDims; i++)
      dims[i] = {extents[i], toStrides[i], fromStrides[i]};
    int64_t total = 1;
    for (int i = 0; i < numDims; i++)
      total *= extents[i];
    for (int64_t n = 0; n < total; n++) {
      int64_t rest = n, toAt = 0, fromAt = 0;
      for (int i = 0; i < numDims; i++) {
        toAt += rest % extents[i] * toStrides[i];
        fromAt += rest % extents[i] * fromStrides[i];
        rest /= extents[i];
      }
      std::memcpy(&wanted[static_cast<size_t>(toAt)], &from[static_cast<size_t>(fromAt)],
                  elementBytes);
    }
    copyBox(to.data(), from.data(), dims, numDims, elementBytes);
    ASSERT_EQ(to, wanted) << "round " << round;
  }
}

// ---- Expressions ----------------------------------------------------------------------------------

int64_t evaluate(const char *text, int64_t w, int64_t s) {
  DimExpr expr = DimExpr::parse(
      text, [](std::string_view name) { return name == "W" ? 0 : name == "S" ? 1 : -1; });
  int64_t sizes[] = {w, s}, result = -777;
  expr.evaluate(sizes, result);
  return result;
}

TEST(Expressions, followTheRulesOfArithmetic) {
  EXPECT_EQ(evaluate("W-1", 4, 0), 3);
  EXPECT_EQ(evaluate("1+2*3", 0, 0), 7);
  EXPECT_EQ(evaluate("(1+2)*3", 0, 0), 9);
  EXPECT_EQ(evaluate("10-3-2", 0, 0), 5);
  EXPECT_EQ(evaluate(" W * ( S + 1 ) ", 3, 4), 15);
  EXPECT_EQ(evaluate("-W+5", 3, 0), 2);
  EXPECT_EQ(evaluate("W*S", 3, kUnknownSize), -777);
  EXPECT_EQ(evaluate("W*W*W*W", 2000000000, 0), -777) << "overflow";
}

TEST(Expressions, rejectWhatTheyAreNot) {
  auto lookup = [](std::string_view) { return -1; };
  for (const char *text : {"", "1+", "(1", "1)", "a", "1 2", "99999999999", "*"})
    EXPECT_THROW(DimExpr::parse(text, lookup), std::string) << text;
  EXPECT_THROW(DimExpr::parse(std::string(1000, '('), lookup), std::string);
  EXPECT_THROW(DimExpr::parse(std::string(1000, '-') + "1", lookup), std::string);
}

// ---- Overlap --------------------------------------------------------------------------------------

TEST(Overlaps, neverMissASharedByte) {
  std::mt19937 random(11);
  std::vector<float> memory(4096);
  auto randomView = [&] {
    int64_t shape[] = {1 + int64_t(random() % 4), 1 + int64_t(random() % 5)};
    mixir_tensor view = mixir_tensor_dense(&memory[random() % 64], MIXIR_F32, 2, shape);
    view.strides[0] = static_cast<int64_t>(random() % 24);
    view.strides[1] = static_cast<int64_t>(random() % 6);
    return view;
  };
  auto addresses = [](const mixir_tensor &view) {
    std::vector<const float *> all;
    for (int64_t i = 0; i < view.shape[0]; i++)
      for (int64_t j = 0; j < view.shape[1]; j++)
        all.push_back(static_cast<float *>(view.data) + i * view.strides[0] + j * view.strides[1]);
    std::sort(all.begin(), all.end());
    return all;
  };
  int disjointFound = 0;
  for (int round = 0; round < 20000; round++) {
    mixir_tensor a = randomView(), b = randomView();
    auto ofA = addresses(a), ofB = addresses(b);
    bool shares = false;
    for (const float *address : ofA)
      shares |= std::binary_search(ofB.begin(), ofB.end(), address);
    ASSERT_TRUE(!shares || mayOverlap(a, b));
    disjointFound += !mayOverlap(a, b);
    bool repeats = std::adjacent_find(ofA.begin(), ofA.end()) != ofA.end();
    ASSERT_TRUE(!repeats || overlapsItself(a));
  }
  EXPECT_GT(disjointFound, 1000);
}

// ---- Environment ------------------------------------------------------------------------------------

TEST(Environment, readsTypedValues) {
  setenv("MIXIR_CACHE_SIZE", "3K", 1);
  setenv("MIXIR_CACHE", "require", 1);
  EnvValues values = readEnv();
  EXPECT_EQ(values.cacheSize, 3072);
  EXPECT_EQ(values.cacheMode, "require");
  EXPECT_TRUE(values.notes.empty());
  for (const char *bad : {"x", "1X", "-1", "99999999999999999999", "1.5G"}) {
    setenv("MIXIR_CACHE_SIZE", bad, 1);
    values = readEnv();
    EXPECT_EQ(values.cacheSize, int64_t(1) << 30);
    ASSERT_EQ(values.notes.size(), 1u) << bad;
    EXPECT_EQ(values.notes[0],
              std::string("MIXIR_CACHE_SIZE: expected a number, got '") + bad + "'; using 1G");
  }
  unsetenv("MIXIR_CACHE_SIZE");
  unsetenv("MIXIR_CACHE");
  EXPECT_EQ(readEnv().cacheMode, "on");
  EXPECT_GE(envTable().size(), 4u);
}

// ---- Memory -----------------------------------------------------------------------------------------

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

// ---- Pool -------------------------------------------------------------------------------------------

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

// ---- DLPack -----------------------------------------------------------------------------------------

TEST(Dlpack, goesOutAndIn) {
  mixir_context *context = mixir_context_create();
  for (mixir_dtype dtype : {MIXIR_F32, MIXIR_F16, MIXIR_BF16, MIXIR_C64, MIXIR_I32}) {
    std::vector<char> memory(4096);
    int64_t shape[] = {2, 3, 4};
    mixir_tensor out = mixir_tensor_dense(memory.data(), dtype, 3, shape), in{};
    out.strides[0] = 50;
    int released = 0;
    void *managed = nullptr;
    ASSERT_EQ(mixir_tensor_to_dlpack(
                  context, &out, [](void *user) { ++*static_cast<int *>(user); }, &released,
                  &managed),
              MIXIR_OK);
    ASSERT_EQ(mixir_tensor_from_dlpack(context, managed, &in), MIXIR_OK)
        << mixir_context_last_error(context);
    EXPECT_EQ(in.data, out.data);
    EXPECT_EQ(in.dtype, out.dtype);
    EXPECT_EQ(in.ndim, 3);
    for (int axis = 0; axis < 3; axis++) {
      EXPECT_EQ(in.shape[axis], out.shape[axis]);
      EXPECT_EQ(in.strides[axis], out.strides[axis]);
    }
    auto *tensor = static_cast<DLManagedTensor *>(managed);
    tensor->deleter(tensor);
    EXPECT_EQ(released, 1);
  }
  mixir_context_destroy(context);
}

TEST(Dlpack, viewsOffsetsAndDenseTensors) {
  mixir_context *context = mixir_context_create();
  float memory[24];
  int64_t shape[] = {2, 3};
  DLManagedTensor managed{};
  managed.dl_tensor = {memory, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, nullptr, 8};
  mixir_tensor view{};
  ASSERT_EQ(mixir_tensor_from_dlpack(context, &managed, &view), MIXIR_OK);
  EXPECT_EQ(view.data, memory + 2);
  EXPECT_EQ(view.strides[0], 3);
  EXPECT_EQ(view.strides[1], 1);
  mixir_context_destroy(context);
}

TEST(Dlpack, rejectsWhatItCannotView) {
  mixir_context *context = mixir_context_create();
  float memory[4];
  int64_t shape[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  mixir_tensor view{};
  auto expect = [&](DLTensor tensor, int status, const char *text) {
    DLManagedTensor managed{};
    managed.dl_tensor = tensor;
    EXPECT_EQ(mixir_tensor_from_dlpack(context, &managed, &view), status);
    EXPECT_STREQ(mixir_context_last_error(context), text);
  };
  DLTensor good = {memory, {kDLCPU, 0}, 1, {kDLFloat, 32, 1}, shape, nullptr, 0};
  DLTensor bad = good;
  bad.dtype = {kDLFloat, 64, 1};
  expect(bad, MIXIR_ERROR_DTYPE,
         "dlpack tensor: expected f32, f16, bf16, c64 or i32, got type code 2 of 64 bits and 1 "
         "lanes");
  bad = good;
  bad.device.device_type = kDLVulkan;
  expect(bad, MIXIR_ERROR_DEVICE,
         "dlpack tensor: expected memory of the cpu or of cuda, got device 7");
  bad = good;
  bad.ndim = 9;
  expect(bad, MIXIR_ERROR_RANK, "dlpack tensor: expected at most 8 axes, got 9");
  bad = good;
  bad.shape = nullptr;
  expect(bad, MIXIR_ERROR_DLPACK, "dlpack tensor: expected a shape, got a null pointer");
  good.device.device_type = kDLCUDA;
  DLManagedTensor managed{};
  managed.dl_tensor = good;
  EXPECT_EQ(mixir_tensor_from_dlpack(context, &managed, &view), MIXIR_OK);
  EXPECT_EQ(view.device, MIXIR_CUDA);
  EXPECT_EQ(mixir_tensor_from_dlpack(context, nullptr, &view), MIXIR_ERROR_INVALID_ARGUMENT);
  mixir_context_destroy(context);
}

} // namespace
