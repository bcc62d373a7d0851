// The GPU as the suite sees it: programs, arrays in its memory, errors as exceptions.
#pragma once

#include "bench/gpu/suite/Case.h"
#include "mixir/mixir.h"

#include <memory>
#include <stdexcept>

namespace mixir::gpu_suite {

/// A call of the runtime that failed, with its code: "MIXR0027: no cuda driver: ...".
class DeviceError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A context of the runtime.
class Context {
public:
  Context();
  ~Context();
  Context(const Context &) = delete;
  /// Throws a DeviceError unless `status` is success.
  void check(int status) const;
  mixir_context *get() const { return context; }

private:
  mixir_context *context;
};

/// Which file of a program is loaded.
enum class ImageKind { Best, Ptx, Source };

/// Loads programs of the suite in `folder`; each one once.
class Loader {
public:
  Loader(const Context &context, std::string folder, ImageKind kind);
  ~Loader();
  Loader(const Loader &) = delete;
  const mixir_program *load(const std::string &name);
  /// "sm_90": what was prepared for this GPU.
  const std::string &arch() const { return prepared; }

private:
  const Context &context;
  std::string folder, prepared;
  ImageKind kind;
  std::map<std::string, mixir_program *> programs;
};

/// Numbers of an array as double, complex ones in pairs; that is how results are compared.
std::vector<double> numbersOf(const tools::NpArray &array);
/// Numbers in the stored form of a type of the runtime.
std::vector<char> encode(const std::vector<double> &numbers, int dtype);
std::vector<double> decode(const std::vector<char> &bytes, int dtype);

/// Memory of the GPU with a margin on both sides; what a kernel writes there is found.
class DeviceArray {
public:
  DeviceArray(const Context &context, int dtype, std::vector<int64_t> shape);
  ~DeviceArray();
  DeviceArray(const DeviceArray &) = delete;

  /// The bytes of the elements, and ones everywhere else (a NaN in every type of floats).
  void upload(const std::vector<char> &bytes);
  /// Ones everywhere.
  void clear() { upload(std::vector<char>(bytes(), '\xff')); }
  /// The bytes of the elements, or the last `most` of them.
  std::vector<char> download(size_t most = SIZE_MAX) const;
  /// Whether the margins are as upload() left them.
  bool isIntact() const;
  /// The elements again and again from `pattern`, without touching the margins.
  void fill(const std::vector<char> &pattern);

  mixir_tensor view() const;
  size_t bytes() const { return size; }
  int dtype() const { return type; }

private:
  const Context &context;
  int type;
  std::vector<int64_t> shape;
  size_t size;
  void *data = nullptr;
};

/// The arrays of one call, in the order of the program's operands.
using DeviceArrays = std::vector<std::shared_ptr<DeviceArray>>;

/// Launches; the arrays must live until the stream has been worked off.
void launch(const Context &context, const mixir_program *program, const DeviceArrays &arrays,
            void *stream);

} // namespace mixir::gpu_suite
