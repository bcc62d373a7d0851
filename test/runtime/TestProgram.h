// TestProgram.h - programs for tests: a manifest written by hand, kernels as C++ functions.
//
// Lets the launcher be tested without any compiler. A kernel reads its arguments through `Args`,
// which also checks what the launcher promises to kernels.
#ifndef MIXIR_TEST_RUNTIME_TESTPROGRAM_H
#define MIXIR_TEST_RUNTIME_TESTPROGRAM_H

#include "HalideAbi.h"
#include "mixir/mixir.h"

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace mixir::test {

using runtime::KernelBuffer;

/// Number of broken promises that kernels have seen since the last reset.
inline std::atomic<int> brokenPromises{0};
/// Number of kernel calls since the last reset.
inline std::atomic<int> kernelCalls{0};

inline void promise(bool holds) { brokenPromises += holds ? 0 : 1; }

/// A buffer of a kernel, indexed by coordinates, dims[0] first.
template <typename T>
class View {
public:
  explicit View(void *pointer) : buffer(*static_cast<KernelBuffer *>(pointer)) {
    promise(buffer.type.bits == sizeof(T) * 8 && buffer.type.lanes == 1);
  }
  int min(int dim) const { return buffer.dim[dim].min; }
  int extent(int dim) const { return buffer.dim[dim].extent; }
  int end(int dim) const { return min(dim) + extent(dim); }
  int stride(int dim) const { return buffer.dim[dim].stride; }
  int rank() const { return buffer.dimensions; }

  template <typename... Coordinates>
  T &operator()(Coordinates... coordinates) const {
    const int at[] = {coordinates..., 0};
    promise(rank() == static_cast<int>(sizeof...(coordinates)));
    int64_t offset = 0;
    for (int dim = 0; dim < rank(); dim++) {
      promise(at[dim] >= min(dim) && at[dim] < end(dim));
      offset += int64_t(at[dim] - min(dim)) * stride(dim);
    }
    return reinterpret_cast<T *>(buffer.host)[offset];
  }

private:
  const KernelBuffer &buffer;
};

/// The argument block of a kernel, read in order.
class Args {
public:
  explicit Args(void **args) : next(args) { kernelCalls++; }
  int scalar() { return *static_cast<int32_t *>(*next++); }
  template <typename T = float>
  View<T> buffer() {
    return View<T>(*next++);
  }

private:
  void **next;
};

/// A dense array of test data.
template <typename T>
struct Array {
  std::vector<int64_t> shape;
  std::vector<T> data;

  explicit Array(std::vector<int64_t> extents, T fill = T{}) : shape(std::move(extents)) {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    data.assign(static_cast<size_t>(count), fill);
  }
  /// Small whole numbers that differ from element to element, so that sums are exact.
  static Array numbered(std::vector<int64_t> extents, int seed = 0, int modulus = 7) {
    Array array(std::move(extents));
    for (size_t i = 0; i < array.data.size(); i++)
      array.data[i] = static_cast<T>(static_cast<int>((i * 5 + i / 3 + seed) % modulus) - 3);
    return array;
  }
  template <typename... Coordinates>
  T &at(Coordinates... coordinates) {
    const int64_t index[] = {static_cast<int64_t>(coordinates)..., 0};
    int64_t offset = 0;
    for (size_t axis = 0; axis < shape.size(); axis++)
      offset = offset * shape[axis] + index[axis];
    return data[static_cast<size_t>(offset)];
  }
  mixir_tensor tensor(mixir_dtype dtype = MIXIR_F32) {
    return mixir_tensor_dense(data.data(), dtype, static_cast<int32_t>(shape.size()),
                              shape.data());
  }
};

/// An opened program over a manifest given as the members after "name".
class TestProgram {
public:
  TestProgram(const std::string &members, std::vector<mixir_entry_fn> kernels)
      : manifest("{\"schema\":1,\"name\":\"test\"," + members + "}"),
        entries(std::move(kernels)) {
    table = {MIXIR_TABLE_MAGIC,
             MIXIR_ABI_MAJOR,
             MIXIR_ABI_MINOR,
             0,
             "test",
             manifest.c_str(),
             entries.data(),
             static_cast<uint32_t>(entries.size()),
             0};
    context = mixir_context_create();
    openStatus = mixir_program_open(context, &table, MIXIR_ABI_VERSION, &program);
    brokenPromises = 0;
    kernelCalls = 0;
  }
  ~TestProgram() {
    mixir_program_close(program);
    mixir_context_destroy(context);
  }
  TestProgram(const TestProgram &) = delete;
  TestProgram &operator=(const TestProgram &) = delete;

  int run(const std::vector<mixir_tensor> &tensors, int threads = 1) {
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.num_threads = threads;
    return mixir_program_run(context, program, tensors.data(),
                             static_cast<int32_t>(tensors.size()), &options);
  }
  std::string error() const { return mixir_context_last_error(context); }

  std::string manifest;
  std::vector<mixir_entry_fn> entries;
  mixir_kernel_table table;
  mixir_context *context = nullptr;
  mixir_program *program = nullptr;
  int openStatus = 0;
};

} // namespace mixir::test

#endif // MIXIR_TEST_RUNTIME_TESTPROGRAM_H
