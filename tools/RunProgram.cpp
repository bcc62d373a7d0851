// RunProgram.cpp - see RunProgram.h.
#include "RunProgram.h"

#include "DeviceArrays.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace mixir::tools {

namespace {

template <typename T>
T loadAt(const NpArray &array, size_t index) {
  T value;
  std::memcpy(&value, array.data.data() + index * sizeof(T), sizeof(T));
  return value;
}

/// Replaces the elements of `array`, seen as From, by convert(element).
template <typename From, typename To, typename Convert>
void convertElements(NpArray &array, NpType type, const Convert &convert) {
  size_t count = array.data.size() / sizeof(From);
  Bytes data(count * sizeof(To));
  for (size_t i = 0; i < count; i++) {
    To value = convert(loadAt<From>(array, i));
    std::memcpy(data.data() + i * sizeof(To), &value, sizeof(To));
  }
  array.data = std::move(data);
  array.type = type;
}

float roundToFloat(double value) { return static_cast<float>(value); }

/// Rounds to a float with `mantissaBits` (including the hidden one) and smallest exponent
/// `minExponent`, ties to even; overflow gives infinity above `largest`.
double roundTo(double value, int mantissaBits, int minExponent, double largest) {
  if (!std::isfinite(value) || value == 0)
    return value;
  int exponent = std::max(std::ilogb(value), minExponent);
  double unit = std::ldexp(1.0, exponent - (mantissaBits - 1));
  double rounded = std::nearbyint(value / unit) * unit;
  return std::fabs(rounded) > largest ? std::copysign(INFINITY, value) : rounded;
}

uint16_t toBf16(double value) {
  float rounded = static_cast<float>(roundTo(value, 8, -126, 3.3895313892515355e38));
  uint32_t bits;
  std::memcpy(&bits, &rounded, 4);
  if (std::isnan(rounded))
    bits |= 0x400000;
  return static_cast<uint16_t>(bits >> 16);
}

uint16_t toF16(double value) {
  double rounded = roundTo(value, 11, -14, 65504);
  uint16_t sign = std::signbit(rounded) ? 0x8000 : 0;
  if (std::isnan(rounded))
    return sign | 0x7e00;
  if (std::isinf(rounded))
    return sign | 0x7c00;
  double magnitude = std::fabs(rounded);
  if (magnitude < std::ldexp(1.0, -14))
    return static_cast<uint16_t>(sign | static_cast<int>(std::ldexp(magnitude, 24)));
  int exponent = std::ilogb(magnitude);
  int mantissa = static_cast<int>(std::ldexp(magnitude, 10 - exponent)) & 0x3ff;
  return static_cast<uint16_t>(sign | (exponent + 15) << 10 | mantissa);
}

int32_t narrow(const std::string &name, int64_t value) {
  if (value < std::numeric_limits<int32_t>::min() || value > std::numeric_limits<int32_t>::max())
    throw RunError("array '" + name + "': " + std::to_string(value) + " does not fit i32");
  return static_cast<int32_t>(value);
}

/// One conversion that is made when an array has another type than the operand.
struct Conversion {
  mixir_dtype to;
  NpType from;
  void (*convert)(NpArray &array);
};

const Conversion kConversions[] = {
    {MIXIR_F32, NpType::F64,
     [](NpArray &a) { convertElements<double, float>(a, NpType::F32, roundToFloat); }},
    {MIXIR_C64, NpType::C128,
     [](NpArray &a) { convertElements<double, float>(a, NpType::C64, roundToFloat); }},
    {MIXIR_I32, NpType::I64,
     [](NpArray &a) {
       convertElements<int64_t, int32_t>(a, NpType::I32,
                                         [&](int64_t value) { return narrow(a.name, value); });
     }},
    {MIXIR_BF16, NpType::F64,
     [](NpArray &a) { convertElements<double, uint16_t>(a, NpType::BF16, toBf16); }},
    {MIXIR_BF16, NpType::F32,
     [](NpArray &a) { convertElements<float, uint16_t>(a, NpType::BF16, toBf16); }},
    {MIXIR_BF16, NpType::RawBits16, [](NpArray &a) { a.type = NpType::BF16; }},
    {MIXIR_F16, NpType::F64,
     [](NpArray &a) { convertElements<double, uint16_t>(a, NpType::F16, toF16); }},
    {MIXIR_F16, NpType::F32,
     [](NpArray &a) { convertElements<float, uint16_t>(a, NpType::F16, toF16); }},
};

struct DtypeRow {
  mixir_dtype dtype;
  NpType type;
};

constexpr DtypeRow kDtypes[] = {{MIXIR_F32, NpType::F32},
                                {MIXIR_F16, NpType::F16},
                                {MIXIR_BF16, NpType::BF16},
                                {MIXIR_C64, NpType::C64},
                                {MIXIR_I32, NpType::I32}};

NpType typeOf(int dtype) {
  for (const DtypeRow &row : kDtypes)
    if (row.dtype == dtype)
      return row.type;
  throw RunError("unknown element type " + std::to_string(dtype));
}

/// Makes the elements of `array` those of the operand, or throws.
void convertTo(NpArray &array, int dtype, std::vector<std::string> &notes) {
  if (array.type == typeOf(dtype))
    return;
  for (const Conversion &conversion : kConversions) {
    if (conversion.to != dtype || conversion.from != array.type)
      continue;
    bool isExact = array.type == NpType::I64;
    std::string verb = array.type == NpType::RawBits16 ? "read as" : "rounded to";
    if (!isExact)
      notes.push_back("array '" + array.name + "': " + nameOf(array.type) + " is " + verb + " " +
                      mixir_dtype_name(dtype));
    conversion.convert(array);
    return;
  }
  throw RunError("array '" + array.name + "': expected " + mixir_dtype_name(dtype) + ", got " +
                 nameOf(array.type));
}

NpArray *findArray(std::vector<NpArray> &arrays, const std::string &name) {
  for (NpArray &array : arrays)
    if (array.name == name)
      return &array;
  return nullptr;
}

void requireKnownNames(const mixir_program *program, const std::vector<NpArray> &arrays) {
  for (const NpArray &array : arrays) {
    int32_t index = mixir_program_find_operand(program, array.name.c_str());
    if (index < 0)
      throw RunError("array '" + array.name + "' is no operand of program '" +
                     mixir_program_name(program) + "'");
    if (mixir_program_operand_role(program, index) == MIXIR_ROLE_OUT)
      throw RunError("array '" + array.name + "' is an output of program '" +
                     mixir_program_name(program) + "', expected inputs only");
  }
}

mixir_tensor viewOf(NpArray &array, int dtype, const char *axes) {
  if (array.shape.size() > MIXIR_MAX_RANK)
    throw RunError("array '" + array.name + "': expected axes " + axes + ", got " +
                   std::to_string(array.shape.size()) + " axes");
  return mixir_tensor_dense(array.data.data(), static_cast<mixir_dtype>(dtype),
                            static_cast<int32_t>(array.shape.size()), array.shape.data());
}

std::vector<int64_t> dimSizes(const mixir_program *program, const RunRequest &request) {
  std::vector<int64_t> sizes(static_cast<size_t>(mixir_program_dim_count(program)), -1);
  for (const auto &[name, size] : request.dims) {
    bool isFound = false;
    for (size_t i = 0; i < sizes.size(); i++)
      if (mixir_program_dim_name(program, static_cast<int32_t>(i)) == name) {
        sizes[i] = size;
        isFound = true;
      }
    if (!isFound)
      throw RunError(std::string("program '") + mixir_program_name(program) +
                     "' has no dimension '" + name + "'");
  }
  return sizes;
}

} // namespace

void bindArrays(const Context &context, const Program &program, std::vector<NpArray> &arrays,
                const RunRequest &request, std::vector<mixir_tensor> &tensors,
                std::vector<NpArray> &outputs, std::vector<std::string> &notes) {
  const mixir_program *handle = program.get();
  requireKnownNames(handle, arrays);
  int32_t count = program.operandCount();
  tensors.assign(static_cast<size_t>(count), mixir_tensor{});
  int32_t firstOutput = count - mixir_program_output_count(handle);
  for (int32_t i = 0; i < firstOutput; i++) {
    const char *name = mixir_program_operand_name(handle, i);
    NpArray *array = findArray(arrays, name);
    if (!array)
      throw RunError(std::string("array '") + name + "' is missing: program '" + program.name() +
                     "' takes " + name + ": " +
                     mixir_dtype_name(mixir_program_operand_dtype(handle, i)) +
                     mixir_program_operand_axes(handle, i));
    int32_t dtype = mixir_program_operand_dtype(handle, i);
    convertTo(*array, dtype, notes);
    tensors[static_cast<size_t>(i)] =
        viewOf(*array, dtype, mixir_program_operand_axes(handle, i));
    tensors[static_cast<size_t>(i)].device = mixir_program_device(handle); // once copied
  }
  std::vector<int64_t> sizes = dimSizes(handle, request);
  context.check(mixir_program_infer_outputs(context.get(), handle, tensors.data(), count,
                                            sizes.data()));
  outputs.resize(static_cast<size_t>(count - firstOutput));
  for (int32_t i = firstOutput; i < count; i++) {
    mixir_tensor &tensor = tensors[static_cast<size_t>(i)];
    NpArray &output = outputs[static_cast<size_t>(i - firstOutput)];
    output.name = mixir_program_operand_name(handle, i);
    output.type = typeOf(tensor.dtype);
    output.shape.assign(tensor.shape, tensor.shape + tensor.ndim);
    auto bytes = static_cast<int64_t>(mixir_dtype_size(tensor.dtype));
    for (int64_t extent : output.shape)
      if (__builtin_mul_overflow(bytes, extent, &bytes) || bytes > kMaxNpzBytes)
        throw RunError("output '" + output.name + "' is too large");
    output.data.assign(static_cast<size_t>(bytes), 0);
    tensor.data = output.data.data();
  }
}

RunResult runProgram(const Context &context, const Program &program, std::vector<NpArray> arrays,
                     const RunRequest &request) {
  RunResult result;
  std::vector<mixir_tensor> tensors;
  bindArrays(context, program, arrays, request, tensors, result.outputs, result.notes);
  if (mixir_program_device(program.get()) == MIXIR_CUDA) {
    DeviceArrays copies(context, tensors, result.outputs.size());
    program.run(context, copies.tensors());
    copies.fetchOutputs();
  } else {
    program.run(context, tensors, request.threads);
  }
  return result;
}

std::string describeProgram(const Program &program) {
  static const char *const roles[] = {"in", "param", "out"};
  const mixir_program *handle = program.get();
  std::string text = std::string("program ") + program.name() + "\n";
  for (int32_t i = 0; i < mixir_program_dim_count(handle); i++) {
    int64_t size = mixir_program_dim_size(handle, i);
    text += std::string("  dim   ") + mixir_program_dim_name(handle, i) +
            (size >= 0 ? " = " + std::to_string(size) : "") + "\n";
  }
  for (int32_t i = 0; i < program.operandCount(); i++) {
    std::string role = roles[mixir_program_operand_role(handle, i)];
    role.resize(5, ' ');
    text += "  " + role + " " + mixir_program_operand_name(handle, i) + ": " +
            mixir_dtype_name(mixir_program_operand_dtype(handle, i)) +
            mixir_program_operand_axes(handle, i) + "\n";
  }
  return text;
}

} // namespace mixir::tools
