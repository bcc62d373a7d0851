// The memory beside the elements holds NaNs: what is read from there shows in the results, what is
// written there is found afterwards.
#include "test/cuda/DeviceArray.h"

#include "runtime/Staging.h"

#include <cstring>

using namespace mixir;
using namespace mixir::cuda_test;
using interpreter::Array;

namespace {

constexpr size_t kGuardBytes = 256;

unsigned bytesOf(llvm::StringRef dtype) {
  return dtype == "f16" || dtype == "bf16" ? 2 : dtype == "c64" ? 8 : 4;
}

void storeNumber(char *to, llvm::StringRef dtype, const double *from) {
  if (dtype == "i32") {
    int32_t value = static_cast<int32_t>(*from);
    std::memcpy(to, &value, 4);
  } else if (dtype == "f16" || dtype == "bf16") {
    float value = static_cast<float>(*from);
    uint16_t bits = dtype == "f16" ? runtime::floatToHalf(value) : runtime::floatToBfloat(value);
    std::memcpy(to, &bits, 2);
  } else {
    float parts[] = {static_cast<float>(from[0]),
                     dtype == "c64" ? static_cast<float>(from[1]) : 0.0f};
    std::memcpy(to, parts, bytesOf(dtype));
  }
}

void loadNumber(double *to, llvm::StringRef dtype, const char *from) {
  if (dtype == "i32") {
    int32_t value;
    std::memcpy(&value, from, 4);
    *to = value;
  } else if (dtype == "f16" || dtype == "bf16") {
    uint16_t bits;
    std::memcpy(&bits, from, 2);
    *to = dtype == "f16" ? runtime::halfToFloat(bits) : runtime::bfloatToFloat(bits);
  } else {
    float parts[2];
    std::memcpy(parts, from, bytesOf(dtype));
    to[0] = parts[0];
    if (dtype == "c64")
      to[1] = parts[1];
  }
}

} // namespace

DeviceArray::DeviceArray(const Tensor &tensor, std::vector<int64_t> axes, Layout layout)
    : tensor(tensor), shape(std::move(axes)), strides(shape.size()),
      elementBytes(bytesOf(tensor.dtype)) {
  int64_t step = layout == Layout::Spread ? 2 : 1;
  for (size_t i = 0; i < shape.size(); i++) {
    size_t axis = layout == Layout::Spread ? i : shape.size() - 1 - i;
    strides[axis] = step;
    step *= layout == Layout::Spread ? shape[axis] + 1 : shape[axis];
  }
  bytes.assign(static_cast<size_t>(step) * elementBytes + 2 * kGuardBytes, '\xff');
  before = bytes;
}

int64_t DeviceArray::numElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

size_t DeviceArray::offsetOf(int64_t n) const {
  int64_t offset = 0;
  for (size_t axis = shape.size(); axis-- > 0; n /= shape[axis])
    offset += n % shape[axis] * strides[axis];
  return kGuardBytes + static_cast<size_t>(offset) * elementBytes;
}

void DeviceArray::store(const Array &numbers) {
  size_t each = tensor.dtype == "c64" ? 2 : 1;
  for (int64_t n = 0, count = numElements(); n < count; n++)
    storeNumber(&bytes[offsetOf(n)], tensor.dtype, &numbers.data[static_cast<size_t>(n) * each]);
  before = bytes;
}

Array DeviceArray::load() const {
  bool isComplex = tensor.dtype == "c64";
  Array numbers(shape, isComplex ? Array::C128 : tensor.dtype == "i32" ? Array::I32 : Array::F64);
  for (int64_t n = 0, count = numElements(); n < count; n++)
    loadNumber(&numbers.data[static_cast<size_t>(n) * (isComplex ? 2 : 1)], tensor.dtype,
               &bytes[offsetOf(n)]);
  return numbers;
}

char *DeviceArray::data(bool isImaginary) {
  return bytes.data() + kGuardBytes + (isImaginary ? sizeof(float) : 0);
}

llvm::Expected<int64_t> DeviceArray::strideOf(const std::string &dim, const Sizes &sizes) const {
  for (size_t axis = 0; axis < shape.size(); axis++) {
    int64_t stride = strides[axis] * (tensor.dtype == "c64" ? 2 : 1);
    const std::vector<std::string> &dims = tensor.axes[axis];
    for (size_t i = dims.size(); i-- > 0; stride *= sizes.at(dims[i]))
      if (dims[i] == dim)
        return stride;
  }
  return llvm::createStringError("'" + tensor.name + "' has no dimension '" + dim + "'");
}

std::string DeviceArray::damage(bool isInput) const {
  std::vector<bool> isOwn(bytes.size());
  for (int64_t n = 0, count = numElements(); !isInput && n < count; n++)
    for (size_t i = 0, at = offsetOf(n); i < elementBytes; i++)
      isOwn[at + i] = true;
  for (size_t i = 0; i < bytes.size(); i++)
    if (!isOwn[i] && bytes[i] != before[i])
      return "'" + tensor.name + "' is " +
             (isInput ? "an input and written to" : "written beside its elements") + ", at byte " +
             std::to_string(static_cast<long long>(i) - static_cast<long long>(kGuardBytes)) +
             " of " + std::to_string(bytes.size() - 2 * kGuardBytes);
  return {};
}
