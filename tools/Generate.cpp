// Generate.cpp - see Generate.h.
#include "tools/Generate.h"

#include <cmath>
#include <cstring>

namespace mixir::tools {

using frontend::OperandInfo;
using frontend::OperandRole;
using frontend::StoredType;

namespace {

/// The splitmix64 generator: the same numbers everywhere.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53;
  }

private:
  uint64_t state;
};

uint64_t hashOf(const std::string &text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text)
    hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

bool isNarrow(StoredType type) { return type == StoredType::F16 || type == StoredType::BF16; }

/// A number that f16 and bf16 hold exactly.
float narrow(double value) { return static_cast<float>(std::nearbyint(value * 128) / 128); }

NpArray generate(const OperandInfo &operand, std::vector<int64_t> shape, const InputRange &range,
                 uint64_t seed) {
  bool isParam = operand.role == OperandRole::Param;
  double low = isParam ? range.paramLow : range.inLow;
  double high = isParam ? range.paramHigh : range.inHigh;
  int64_t count = operand.dtype == StoredType::C64 ? 2 : 1;
  for (int64_t extent : shape)
    count *= extent;
  NpArray array;
  array.name = operand.name;
  array.shape = std::move(shape);
  array.data.resize(static_cast<size_t>(count) * 4);
  Random random(seed ^ hashOf(operand.name));
  if (operand.dtype == StoredType::I32) {
    array.type = NpType::I32;
    for (int64_t i = 0; i < count; i++) {
      auto value = static_cast<int32_t>(random.next() % 4);
      std::memcpy(array.data.data() + i * 4, &value, 4);
    }
    return array;
  }
  array.type = operand.dtype == StoredType::C64 ? NpType::C64 : NpType::F32;
  for (int64_t i = 0; i < count; i++) {
    double number = random.uniform(low, high);
    float value = isNarrow(operand.dtype) ? narrow(number) : static_cast<float>(number);
    std::memcpy(array.data.data() + i * 4, &value, 4);
  }
  return array;
}

/// A table of a route: along its steps, places of the grid in random order, each once; or of a tree, some step before
/// each, or none.
NpArray generateTable(const frontend::Signature &signature, const OperandInfo &operand, const Extents &extents, uint64_t seed) {
  NpArray array;
  array.name = operand.name;
  array.type = NpType::I32;
  array.shape = shapeOf(signature, operand, extents);
  TableLayout layout(signature, operand, array.shape, extents);
  array.data.resize(static_cast<size_t>(layout.rows * layout.steps) * 4);
  Random random(seed ^ hashOf(operand.name));
  std::vector<int32_t> order(static_cast<size_t>(std::max(layout.places, layout.steps)));
  for (int64_t row = 0; row < layout.rows; row++) {
    for (size_t i = 0; i < order.size(); i++)
      order[i] = static_cast<int64_t>(i) < layout.places ? static_cast<int32_t>(i) : -1; // a ghost
    for (size_t i = order.size(); i-- > 1;)
      std::swap(order[i], order[random.next() % (i + 1)]);
    for (size_t i = 0; operand.table->isTree() && i < order.size(); i++)
      order[i] = static_cast<int32_t>(random.next() % (i + 1)) - 1;
    for (int64_t step = 0; step < layout.steps; step++)
      std::memcpy(array.data.data() + layout.entryAt(row, step) * 4, &order[static_cast<size_t>(step)], 4);
  }
  return array;
}

std::string numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

} // namespace

const std::vector<InputRange> &inputRanges() {
  // Negative parameters are decay rates, positive ones steps, negative inputs logarithms of gates, small ones contract.
  static const std::vector<InputRange> ranges = {{-1, 1, -1, 1},
                                                 {-1, 1, -1, -0.05},
                                                 {-1, 0, -1, -0.05},
                                                 {0.05, 1, -1, -0.05},
                                                 {-1, 1, 0.05, 1},
                                                 {-0.125, 0, -1, -0.05},
                                                 {-0.03, 0, -0.1, -0.01}};
  return ranges;
}

std::string rangeText(const InputRange &range) {
  return "inputs " + numberText(range.inLow) + " .. " + numberText(range.inHigh) +
         ", parameters " + numberText(range.paramLow) + " .. " + numberText(range.paramHigh);
}

std::vector<NpArray> generateInputs(const frontend::Signature &signature, const Extents &extents,
                                    const InputRange &range, uint64_t seed) {
  std::vector<NpArray> arrays;
  for (const OperandInfo &operand : signature.operands)
    if (!operand.isOmitted)
      arrays.push_back(operand.table ? generateTable(signature, operand, extents, seed)
                                     : generate(operand, shapeOf(signature, operand, extents), range, seed));
  return arrays;
}

} // namespace mixir::tools
