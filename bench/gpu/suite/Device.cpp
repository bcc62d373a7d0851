// See Device.h.
#include "bench/gpu/suite/Device.h"

#include "runtime/Staging.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

using namespace mixir;
using namespace mixir::gpu_suite;
using tools::NpArray;
using tools::NpType;

namespace {

constexpr size_t kMargin = 256;

/// "sm_90" as a number.
int numberOf(const std::string &arch) { return std::atoi(arch.c_str() + 3); }

/// The architectures that a program was prepared for, oldest first.
std::vector<std::string> archsIn(const std::string &folder) {
  std::vector<std::string> archs;
  if (std::filesystem::is_directory(folder))
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".json")
        archs.push_back(entry.path().stem().string());
  std::sort(archs.begin(), archs.end(),
            [](const std::string &a, const std::string &b) { return numberOf(a) < numberOf(b); });
  return archs;
}

/// The newest architecture whose code runs on `capability`, or else whose PTX does.
std::string archFor(const std::vector<std::string> &archs, int capability) {
  std::string best;
  for (const std::string &arch : archs)
    if (numberOf(arch) <= capability)
      best = arch;
  if (best.empty())
    throw DeviceError("the suite was prepared for no architecture that a GPU of compute "
                      "capability " +
                      std::to_string(capability) + " runs: mixir-gpu-suite --arch");
  return best;
}

/// The file to load: machine code runs on its own generation only.
std::string imageFor(const std::string &base, const std::string &arch, int capability,
                     ImageKind kind) {
  if (kind == ImageKind::Source)
    return base + ".cu";
  bool isCubin = kind == ImageKind::Best && numberOf(arch) / 10 == capability / 10 &&
                 std::filesystem::exists(base + ".cubin");
  std::string path = base + (isCubin ? ".cubin" : ".ptx");
  if (!std::filesystem::exists(path))
    throw DeviceError("no '" + path + "': the suite was prepared without NVRTC");
  return path;
}

template <typename T> std::vector<double> read(const tools::Bytes &bytes) {
  std::vector<double> numbers(bytes.size() / sizeof(T));
  for (size_t i = 0; i < numbers.size(); i++) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    numbers[i] = static_cast<double>(value);
  }
  return numbers;
}

} // namespace

Context::Context() : context(mixir_context_create()) {
  if (!context)
    throw std::bad_alloc();
}
Context::~Context() { mixir_context_destroy(context); }

void Context::check(int status) const {
  if (status != MIXIR_OK)
    throw DeviceError(std::string(mixir_status_code(status)) + ": " +
                      mixir_context_last_error(context));
}

Loader::Loader(const Context &context, std::string where, ImageKind kind)
    : context(context), folder(std::move(where)), kind(kind) {}

Loader::~Loader() {
  for (auto &[name, program] : programs)
    mixir_program_close(program);
}

const mixir_program *Loader::load(const std::string &name) {
  mixir_program *&program = programs[name];
  if (program)
    return program;
  int32_t capability = 0;
  context.check(mixir_cuda_device(context.get(), nullptr, 0, &capability, nullptr));
  prepared = archFor(archsIn(folder + "/" + name), capability);
  std::string base = folder + "/" + name + "/" + prepared;
  tools::Bytes image = readBytes(imageFor(base, prepared, capability, kind));
  tools::Bytes manifest = readBytes(base + ".json");
  context.check(mixir_program_open_cuda(context.get(),
                                        std::string(manifest.begin(), manifest.end()).c_str(),
                                        image.data(), image.size(), MIXIR_ABI_VERSION, &program));
  return program;
}

std::vector<double> gpu_suite::numbersOf(const NpArray &array) {
  switch (array.type) {
  case NpType::F32:
  case NpType::C64:
    return read<float>(array.data);
  case NpType::F64:
  case NpType::C128:
    return read<double>(array.data);
  case NpType::I32:
    return read<int32_t>(array.data);
  case NpType::I64:
    return read<int64_t>(array.data);
  default:
    throw std::runtime_error("array '" + array.name + "': unexpected type");
  }
}

std::vector<char> gpu_suite::encode(const std::vector<double> &numbers, int dtype) {
  size_t each = dtype == MIXIR_C64 ? 4 : mixir_dtype_size(dtype);
  std::vector<char> bytes(numbers.size() * each);
  for (size_t i = 0; i < numbers.size(); i++) {
    auto number = static_cast<float>(numbers[i]);
    auto whole = dtype == MIXIR_I32 ? static_cast<int32_t>(numbers[i]) : 0;
    uint16_t half = dtype == MIXIR_F16    ? runtime::floatToHalf(number)
                    : dtype == MIXIR_BF16 ? runtime::floatToBfloat(number)
                                          : uint16_t(0);
    const void *from = dtype == MIXIR_I32 ? static_cast<const void *>(&whole)
                       : each == 2        ? static_cast<const void *>(&half)
                                          : &number;
    std::memcpy(&bytes[i * each], from, each);
  }
  return bytes;
}

std::vector<double> gpu_suite::decode(const std::vector<char> &bytes, int dtype) {
  tools::Bytes same(bytes.begin(), bytes.end());
  if (dtype == MIXIR_I32)
    return read<int32_t>(same);
  if (dtype != MIXIR_F16 && dtype != MIXIR_BF16)
    return read<float>(same);
  std::vector<double> numbers = read<uint16_t>(same);
  for (double &number : numbers) {
    auto bits = static_cast<uint16_t>(number);
    number = dtype == MIXIR_F16 ? runtime::halfToFloat(bits) : runtime::bfloatToFloat(bits);
  }
  return numbers;
}

DeviceArray::DeviceArray(const Context &context, int dtype, std::vector<int64_t> axes)
    : context(context), type(dtype), shape(std::move(axes)), size(mixir_dtype_size(dtype)) {
  for (int64_t extent : shape)
    size *= static_cast<size_t>(extent);
  context.check(mixir_cuda_alloc(context.get(), size + 2 * kMargin, &data));
}

DeviceArray::~DeviceArray() { mixir_cuda_free(context.get(), data); }

void DeviceArray::upload(const std::vector<char> &bytes) {
  if (bytes.size() != size)
    throw std::runtime_error("expected " + std::to_string(size) + " bytes of an array, got " +
                             std::to_string(bytes.size()));
  std::vector<char> all(size + 2 * kMargin, '\xff');
  std::copy(bytes.begin(), bytes.end(), all.begin() + kMargin);
  context.check(mixir_cuda_upload(context.get(), data, all.data(), all.size(), nullptr));
  context.check(mixir_cuda_synchronize(context.get(), nullptr));
}

std::vector<char> DeviceArray::download(size_t most) const {
  std::vector<char> bytes(std::min(size, most));
  char *end = static_cast<char *>(data) + kMargin + size;
  context.check(
      mixir_cuda_download(context.get(), bytes.data(), end - bytes.size(), bytes.size(), nullptr));
  return bytes;
}

bool DeviceArray::isIntact() const {
  for (size_t at : {size_t(0), kMargin + size}) {
    std::vector<char> margin(kMargin);
    context.check(mixir_cuda_download(context.get(), margin.data(), static_cast<char *>(data) + at,
                                      kMargin, nullptr));
    if (!std::all_of(margin.begin(), margin.end(), [](char byte) { return byte == '\xff'; }))
      return false;
  }
  return true;
}

void DeviceArray::fill(const std::vector<char> &pattern) {
  char *begin = static_cast<char *>(data) + kMargin;
  for (size_t at = 0; at < size; at += pattern.size())
    context.check(mixir_cuda_upload(context.get(), begin + at, pattern.data(),
                                    std::min(pattern.size(), size - at), nullptr));
  context.check(mixir_cuda_synchronize(context.get(), nullptr));
}

mixir_tensor DeviceArray::view() const {
  mixir_tensor tensor =
      mixir_tensor_dense(static_cast<char *>(data) + kMargin, static_cast<mixir_dtype>(type),
                         static_cast<int32_t>(shape.size()), shape.data());
  tensor.device = MIXIR_CUDA;
  return tensor;
}

void gpu_suite::launch(const Context &context, const mixir_program *program,
                       const DeviceArrays &arrays, void *stream) {
  std::vector<mixir_tensor> tensors;
  for (const auto &array : arrays)
    tensors.push_back(array->view());
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.stream = stream;
  context.check(mixir_program_run(context.get(), program, tensors.data(),
                                  static_cast<int32_t>(tensors.size()), &options));
}
