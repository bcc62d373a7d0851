// mixir.hpp - C++ wrapper of mixir.h: owning handles and exceptions, header only.
//
// Nothing here adds behaviour: each class holds one handle of the C interface and each failed call
// becomes a mixir::Error that carries the status and the text.
#ifndef MIXIR_MIXIR_HPP
#define MIXIR_MIXIR_HPP

#include <mixir/mixir.h>

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mixir {

/// A failed call: `status()` is a mixir_status, `code()` its stable text code, `what()` the text.
class Error : public std::runtime_error {
public:
  Error(int status, const std::string &text) : std::runtime_error(text), status_(status) {}
  int status() const { return status_; }
  const char *code() const { return mixir_status_code(status_); }

private:
  int status_;
};

/// Owns a mixir_context. Not for two calls at the same time.
class Context {
public:
  Context() : handle_(mixir_context_create()) {
    if (!handle_)
      throw Error(MIXIR_ERROR_OUT_OF_MEMORY, "cannot create a context: out of memory");
  }
  mixir_context *get() const { return handle_.get(); }
  /// Throws the last error of this context when `status` is not MIXIR_OK.
  void check(int status) const {
    if (status != MIXIR_OK)
      throw Error(status, mixir_context_last_error(handle_.get()));
  }
  /// Gives memory kept for later calls back.
  void trim() { check(mixir_context_trim(handle_.get())); }

private:
  struct Destroy {
    void operator()(mixir_context *context) const { mixir_context_destroy(context); }
  };
  std::unique_ptr<mixir_context, Destroy> handle_;
};

/// Dense row-major view of `data`; the extents are in elements.
inline mixir_tensor view(void *data, mixir_dtype dtype, std::initializer_list<int64_t> shape) {
  if (shape.size() > MIXIR_MAX_RANK)
    throw Error(MIXIR_ERROR_RANK, "expected at most 8 axes, got " + std::to_string(shape.size()));
  return mixir_tensor_dense(data, dtype, static_cast<int32_t>(shape.size()), shape.begin());
}

/// As above for memory that must not be written.
inline mixir_tensor view(const void *data, mixir_dtype dtype,
                         std::initializer_list<int64_t> shape) {
  mixir_tensor tensor = view(const_cast<void *>(data), dtype, shape);
  tensor.read_only = 1;
  return tensor;
}

/// A tensor bound by the name of its operand.
struct NamedTensor {
  const char *name;
  mixir_tensor tensor;
};

/// Where the entries of a batch lie: packed sequences, indexed rows (see mixir_batch).
///
///   mixir::Batch("B", offsets.size() - 1).packed("L", offsets).rows(slots, {"h0", "h_last"})
class Batch {
public:
  Batch(std::string dim, int64_t count) : dim_(std::move(dim)), count_(count) {}
  /// Sequences lie one after the other along `along`; `offsets` are count + 1 borders.
  Batch &packed(std::string along, std::vector<int64_t> offsets) {
    if (static_cast<int64_t>(offsets.size()) != count_ + 1)
      throw Error(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected " + std::to_string(count_ + 1) +
                                                    " offsets, got " +
                                                    std::to_string(offsets.size()));
    along_ = std::move(along);
    offsets_ = std::move(offsets);
    return *this;
  }
  /// Entry i is row rows[i] of the operands `indexed`; nothing is done where that is negative.
  Batch &rows(std::vector<int64_t> rows, std::vector<std::string> indexed) {
    if (static_cast<int64_t>(rows.size()) != count_)
      throw Error(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected " + std::to_string(count_) +
                                                    " rows, got " + std::to_string(rows.size()));
    rows_ = std::move(rows);
    hasRows_ = true;
    indexed_ = std::move(indexed);
    return *this;
  }
  /// For a program for a GPU: `offsets` along `along` (nullptr: nothing is packed) and `rows` (nullptr:
  /// entry i is row i) in device memory, where they must stay until they have been used.
  Batch &onDevice(std::string along, const int64_t *offsets, const int64_t *rows,
                  std::vector<std::string> indexed) {
    along_ = std::move(along);
    indexed_ = std::move(indexed);
    isOnDevice_ = true;
    deviceOffsets_ = offsets;
    deviceRows_ = rows;
    return *this;
  }
  /// Calls use(batch) with the struct of the C interface.
  template <typename Use>
  void with(const Use &use) const {
    std::vector<const char *> names;
    for (const std::string &name : indexed_)
      names.push_back(name.c_str());
    const int64_t none = 0; // an empty batch has rows all the same
    mixir_batch batch = {};
    batch.size = sizeof(batch);
    batch.dim = dim_.c_str();
    batch.count = count_;
    batch.along = offsets_.empty() ? nullptr : along_.c_str();
    batch.offsets = offsets_.empty() ? nullptr : offsets_.data();
    batch.rows = !hasRows_ ? nullptr : rows_.empty() ? &none : rows_.data();
    batch.indexed = names.data();
    batch.num_indexed = static_cast<int32_t>(names.size());
    if (isOnDevice_) {
      batch.device = MIXIR_CUDA;
      batch.along = deviceOffsets_ ? along_.c_str() : nullptr;
      batch.offsets = deviceOffsets_;
      batch.rows = deviceRows_;
    }
    use(batch);
  }

private:
  std::string dim_, along_;
  int64_t count_;
  std::vector<int64_t> offsets_, rows_;
  bool hasRows_ = false, isOnDevice_ = false;
  const int64_t *deviceOffsets_ = nullptr, *deviceRows_ = nullptr;
  std::vector<std::string> indexed_;
};

/// Owns a mixir_program.
class Program {
public:
  /// Opens a table linked into this program; the table must outlive the object.
  Program(const Context &context, const mixir_kernel_table &table) {
    mixir_program *program = nullptr;
    context.check(mixir_program_open(context.get(), &table, MIXIR_ABI_VERSION, &program));
    handle_.reset(program);
  }
  /// Loads the program `name` ("": the only one) from the shared object at `path`.
  Program(const Context &context, const std::string &path, const std::string &name = "") {
    mixir_program *program = nullptr;
    context.check(mixir_program_load(context.get(), path.c_str(),
                                     name.empty() ? nullptr : name.c_str(), MIXIR_ABI_VERSION,
                                     &program));
    handle_.reset(program);
  }
  /// Opens a program for a GPU from its manifest and its image of `bytes` bytes; both are copied.
  Program(const Context &context, const std::string &manifest, const void *image, size_t bytes) {
    mixir_program *program = nullptr;
    context.check(mixir_program_open_cuda(context.get(), manifest.c_str(), image, bytes,
                                          MIXIR_ABI_VERSION, &program));
    handle_.reset(program);
  }
  const mixir_program *get() const { return handle_.get(); }
  const char *name() const { return mixir_program_name(get()); }
  int32_t operandCount() const { return mixir_program_operand_count(get()); }

  /// Runs with tensors in operand order; `stream` is the CUstream of a program for a GPU.
  void run(const Context &context, const std::vector<mixir_tensor> &tensors,
           int32_t numThreads = 0, void *stream = nullptr) const {
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.num_threads = numThreads;
    options.stream = stream;
    context.check(mixir_program_run(context.get(), get(), tensors.data(),
                                    static_cast<int32_t>(tensors.size()), &options));
  }
  /// Runs with tensors bound by name, in any order.
  void run(const Context &context, std::initializer_list<NamedTensor> tensors,
           int32_t numThreads = 0, void *stream = nullptr) const {
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.num_threads = numThreads;
    options.stream = stream;
    runNamed(context, tensors, options);
  }
  /// Runs a batch of packed sequences or of indexed rows, with tensors in operand order.
  void run(const Context &context, const std::vector<mixir_tensor> &tensors, const Batch &batch,
           int32_t numThreads = 0, void *stream = nullptr) const {
    batch.with([&](const mixir_batch &given) {
      mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
      options.num_threads = numThreads;
      options.stream = stream;
      options.batch = &given;
      context.check(mixir_program_run(context.get(), get(), tensors.data(),
                                      static_cast<int32_t>(tensors.size()), &options));
    });
  }
  /// The same with tensors bound by name.
  void run(const Context &context, std::initializer_list<NamedTensor> tensors, const Batch &batch,
           int32_t numThreads = 0, void *stream = nullptr) const {
    batch.with([&](const mixir_batch &given) {
      mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
      options.num_threads = numThreads;
      options.stream = stream;
      options.batch = &given;
      runNamed(context, tensors, options);
    });
  }

private:
  void runNamed(const Context &context, std::initializer_list<NamedTensor> tensors,
                const mixir_run_options &options) const {
    std::vector<const char *> names;
    std::vector<mixir_tensor> views;
    for (const NamedTensor &named : tensors) {
      names.push_back(named.name);
      views.push_back(named.tensor);
    }
    context.check(mixir_program_run_named(context.get(), get(), names.data(), views.data(),
                                          static_cast<int32_t>(views.size()), &options));
  }
  struct Close {
    void operator()(mixir_program *program) const { mixir_program_close(program); }
  };
  std::unique_ptr<mixir_program, Close> handle_;
};

} // namespace mixir

#endif // MIXIR_MIXIR_HPP
