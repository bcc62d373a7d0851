// Convert.cpp - see Convert.h.
#include "tools/Convert.h"

#include <cmath>
#include <cstring>

namespace mixir::tools {

using interpreter::Array;

namespace {

double fromHalf(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double value = exponent == 31  ? (mantissa ? NAN : INFINITY)
                 : exponent == 0 ? std::ldexp(mantissa, -24)
                                 : std::ldexp(mantissa + 1024, exponent - 25);
  return bits & 0x8000 ? -value : value;
}

double fromBfloat(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

/// Reads numbers of type T from the bytes of an array.
template <typename T, typename Read>
std::vector<double> readAll(const NpArray &array, const Read &read) {
  std::vector<double> numbers(array.data.size() / sizeof(T));
  for (size_t i = 0; i < numbers.size(); i++) {
    T value;
    std::memcpy(&value, array.data.data() + i * sizeof(T), sizeof(T));
    numbers[i] = read(value);
  }
  return numbers;
}

template <typename T>
std::vector<double> readAll(const NpArray &array) {
  return readAll<T>(array, [](T value) { return static_cast<double>(value); });
}

std::vector<double> numbersOf(const NpArray &array) {
  switch (array.type) {
  case NpType::F16:
    return readAll<uint16_t>(array, fromHalf);
  case NpType::BF16:
  case NpType::RawBits16:
    return readAll<uint16_t>(array, fromBfloat);
  case NpType::F32:
  case NpType::C64:
    return readAll<float>(array);
  case NpType::F64:
  case NpType::C128:
    return readAll<double>(array);
  case NpType::I32:
    return readAll<int32_t>(array);
  case NpType::I64:
    return readAll<int64_t>(array);
  }
  return {};
}

Array::Kind kindOf(NpType type) {
  switch (type) {
  case NpType::C64:
  case NpType::C128:
    return Array::C128;
  case NpType::I32:
  case NpType::I64:
    return Array::I32;
  default:
    return Array::F64;
  }
}

} // namespace

Array toInterpreter(const NpArray &array) {
  Array out;
  out.shape = array.shape;
  out.kind = kindOf(array.type);
  out.data = numbersOf(array);
  return out;
}

interpreter::Arrays toInterpreter(const std::vector<NpArray> &arrays) {
  interpreter::Arrays out;
  for (const NpArray &array : arrays)
    out[array.name] = toInterpreter(array);
  return out;
}

NpArray fromInterpreter(const std::string &name, const Array &array) {
  NpArray out;
  out.name = name;
  out.shape = array.shape;
  if (array.kind == Array::I32) {
    out.type = NpType::I32;
    std::vector<int32_t> numbers(array.data.begin(), array.data.end());
    out.data.resize(numbers.size() * sizeof(int32_t));
    std::memcpy(out.data.data(), numbers.data(), out.data.size());
    return out;
  }
  out.type = array.kind == Array::C128 ? NpType::C128 : NpType::F64;
  out.data.resize(array.data.size() * sizeof(double));
  std::memcpy(out.data.data(), array.data.data(), out.data.size());
  return out;
}

} // namespace mixir::tools
