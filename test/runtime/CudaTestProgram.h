// CudaTestProgram.h - programs for a GPU, run by the fake driver of FakeCuda.h.
#ifndef MIXIR_TEST_RUNTIME_CUDATESTPROGRAM_H
#define MIXIR_TEST_RUNTIME_CUDATESTPROGRAM_H

#include "CudaDriver.h"
#include "FakeCuda.h"
#include "TestProgram.h"

#include <cstdlib>
#include <dlfcn.h>

namespace mixir::test {

// Before anything asks the environment; a child process of a test keeps what it was given.
inline const int driverIsNamed = setenv("MIXIR_CUDA_DRIVER", MIXIR_FAKE_CUDA_PATH, 0);

// Members of a kernel in the manifest. Dimensions have one letter, so that a text lists several.

inline std::string joined(const std::string &a, const std::string &b) {
  return a + (a.empty() || b.empty() ? "" : ",") + b;
}
inline std::string parallel(char dim, int block) {
  return std::string(R"({"dim":")") + dim + R"(","block":)" + std::to_string(block) +
         R"(,"kind":"parallel"})";
}
inline std::string data(const std::string &ref, const std::string &access, const std::string &part = "") {
  return R"({"kind":"data","ref":")" + ref + R"(","access":")" + access + R"(","part":")" + part +
         R"("})";
}
inline std::string strides(const std::string &ref, const std::string &dims) {
  std::string text;
  for (char dim : dims)
    text = joined(text, R"({"kind":"stride","ref":")" + ref + R"(","dim":")" + dim + R"("})");
  return text;
}
inline std::string sizes(const std::string &dims) {
  std::string text;
  for (char dim : dims)
    text = joined(text, std::string(R"({"kind":"size","dim":")") + dim + R"("})");
  return text;
}
inline std::string kernel(const std::string &name, const std::vector<std::string> &loops,
                   const std::string &members, const std::vector<std::string> &params) {
  std::string loopText, paramText;
  for (const std::string &loop : loops)
    loopText = joined(loopText, loop);
  for (const std::string &param : params)
    paramText = joined(paramText, param);
  return R"({"name":")" + name + R"(","loops":[)" + loopText + "]," + members + R"("params":[)" +
         paramText + "]}";
}

/// The rows and offsets of a batch, and the strides that count the entries of tensors.
inline std::string batchWords() { return R"({"kind":"rows"},{"kind":"offsets"})"; }
inline std::string entry(const std::string &ref) {
  return R"({"kind":"entry","ref":")" + ref + R"("})";
}

/// Some stream.
inline void *const kStream = reinterpret_cast<void *>(0x51);

/// The state of the fake driver that the runtime has loaded.
inline FakeCuda &fake() {
  static void *library = dlopen(MIXIR_FAKE_CUDA_PATH, RTLD_NOW | RTLD_LOCAL);
  static auto function = reinterpret_cast<FakeCudaFunction>(dlsym(library, "fakeCuda"));
  return *function();
}

/// The argument block of a kernel, read in order.
class Words {
public:
  explicit Words(const uint64_t *words) : next(words) {}
  template <typename T = float> T *pointer() { return reinterpret_cast<T *>(*next++); }
  int64_t number() { return static_cast<int64_t>(*next++); }

private:
  const uint64_t *next;
};

/// A test with a fresh fake driver, no current context, and one program at most.
class CudaTest : public testing::Test {
protected:
  CudaTest() {
    fake() = FakeCuda{};
    runtime::cudaDriver().cuCtxSetCurrent(nullptr);
    context = mixir_context_create();
  }
  ~CudaTest() override {
    close();
    EXPECT_EQ(fake().frees, fake().allocs);
    EXPECT_EQ(fake().unloads, fake().loads);
    EXPECT_EQ(fake().foreign, 0);
  }

  /// Opens a manifest given as the members after "target".
  int open(const std::string &members, const std::string &image = kFakeImage) {
    manifest =
        R"({"schema":1,"name":"test","target":{"kind":"cuda","arch":"sm_90"},)" + members + "}";
    return mixir_program_open_cuda(context, manifest.c_str(), image.data(), image.size(),
                                   MIXIR_ABI_VERSION, &program);
  }
  void close() {
    mixir_program_close(program);
    mixir_context_destroy(context);
    program = nullptr;
    context = nullptr;
  }
  int run(std::vector<mixir_tensor> tensors, void *stream = nullptr,
          const mixir_batch *batch = nullptr) {
    for (mixir_tensor &tensor : tensors)
      tensor.device = MIXIR_CUDA;
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.stream = stream;
    options.batch = batch;
    return mixir_program_run(context, program, tensors.data(), static_cast<int32_t>(tensors.size()),
                             &options);
  }
  std::string error() const { return mixir_context_last_error(context); }

  mixir_context *context = nullptr;
  mixir_program *program = nullptr;
  std::string manifest;
};

} // namespace mixir::test

#endif // MIXIR_TEST_RUNTIME_CUDATESTPROGRAM_H
