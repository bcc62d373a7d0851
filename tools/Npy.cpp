// Npy.cpp - the .npy format: a header that is a Python dictionary, then the elements.
#include "Npz.h"

#include <algorithm>
#include <cctype>
#include <cstring>

namespace mixir::tools {

namespace {

struct TypeRow {
  const char *descr; ///< without byte order
  NpType type;
  size_t size;
  size_t scalar; ///< bytes that byte order applies to
  const char *name;
};

constexpr TypeRow kTypes[] = {
    {"f4", NpType::F32, 4, 4, "f32"},   {"f8", NpType::F64, 8, 8, "f64"},
    {"f2", NpType::F16, 2, 2, "f16"},   {"V2", NpType::BF16, 2, 2, "bf16"},
    {"i4", NpType::I32, 4, 4, "i32"},   {"i8", NpType::I64, 8, 8, "i64"},
    {"c8", NpType::C64, 8, 4, "c64"},   {"c16", NpType::C128, 16, 8, "c128"},
    {"u2", NpType::RawBits16, 2, 2, "u16"},
};

const TypeRow &rowOf(NpType type) {
  for (const TypeRow &row : kTypes)
    if (row.type == type)
      return row;
  return kTypes[0];
}

[[noreturn]] void reject(const std::string &name, const std::string &what) {
  throw NpzError("array '" + name + "': " + what);
}

/// The dictionary of a header: three known keys with values of known form.
class HeaderParser {
public:
  HeaderParser(const std::string &name, std::string text) : name(name), text(std::move(text)) {}

  void parse() {
    expect('{');
    while (!accept('}')) {
      std::string key = parseString();
      expect(':');
      if (key == "descr")
        descr = parseString();
      else if (key == "fortran_order")
        isFortran = parseBool();
      else if (key == "shape")
        parseShape();
      else
        reject(name, "unknown key '" + key + "' in its header");
      if (accept(','))
        continue;
      expect('}');
      break;
    }
    if (descr.empty() || !hasShape)
      reject(name, "its header lacks 'descr' or 'shape'");
  }

  std::string descr;
  bool isFortran = false;
  std::vector<int64_t> shape;

private:
  char peek() {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at])))
      at++;
    return at < text.size() ? text[at] : '\0';
  }

  bool accept(char wanted) {
    if (peek() != wanted)
      return false;
    at++;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted))
      reject(name, std::string("malformed header: expected '") + wanted + "'");
  }

  std::string parseString() {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      reject(name, "malformed header, or a structured type, which is not supported");
    size_t begin = ++at;
    while (at < text.size() && text[at] != quote)
      at++;
    if (at == text.size())
      reject(name, "malformed header: a text does not end");
    return text.substr(begin, at++ - begin);
  }

  bool parseBool() {
    peek();
    for (bool value : {true, false}) {
      std::string word = value ? "True" : "False";
      if (text.compare(at, word.size(), word) == 0) {
        at += word.size();
        return value;
      }
    }
    reject(name, "malformed header: expected True or False");
  }

  void parseShape() {
    hasShape = true;
    expect('(');
    while (!accept(')')) {
      if (!std::isdigit(static_cast<unsigned char>(peek())))
        reject(name, "malformed header: expected an extent of 0 or more");
      int64_t extent = 0;
      for (; at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])); at++)
        if (__builtin_mul_overflow(extent, int64_t(10), &extent) ||
            __builtin_add_overflow(extent, int64_t(text[at] - '0'), &extent))
          reject(name, "an extent is too large");
      accept('L'); // files of Python 2
      shape.push_back(extent);
      if (shape.size() > 32)
        reject(name, "expected at most 32 axes");
      if (!accept(',') && peek() != ')')
        reject(name, "malformed header: expected ',' or ')'");
    }
  }

  const std::string &name;
  std::string text;
  size_t at = 0;
  bool hasShape = false;
};

uint32_t littleEndian(const Bytes &bytes, size_t at, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; i++)
    value |= uint32_t(static_cast<unsigned char>(bytes[at + static_cast<size_t>(i)])) << (8 * i);
  return value;
}

/// Offset of the data, and the header's text.
size_t splitHeader(const std::string &name, const Bytes &bytes, std::string &header) {
  if (bytes.size() < 12 || std::memcmp(bytes.data(), "\x93NUMPY", 6) != 0)
    reject(name, "not in .npy format");
  int major = bytes[6];
  if (major != 1 && major != 2 && major != 3)
    reject(name, "expected .npy format 1.0 to 3.0, got " + std::to_string(major));
  int lengthBytes = major == 1 ? 2 : 4;
  size_t begin = 8 + static_cast<size_t>(lengthBytes);
  size_t length = littleEndian(bytes, 8, lengthBytes);
  if (length > bytes.size() - begin)
    reject(name, "its header is cut off");
  header.assign(bytes.data() + begin, length);
  return begin + length;
}

void swapBytes(Bytes &data, size_t scalar) {
  for (size_t i = 0; i + scalar <= data.size(); i += scalar)
    std::reverse(data.begin() + static_cast<long>(i), data.begin() + static_cast<long>(i + scalar));
}

/// Fortran order (first axis fastest) to C order (last axis fastest).
Bytes toCOrder(const NpArray &array, size_t size) {
  Bytes result(array.data.size());
  size_t rank = array.shape.size();
  std::vector<int64_t> index(rank, 0), strides(rank, 1);
  for (size_t axis = 1; axis < rank; axis++)
    strides[axis] = strides[axis - 1] * array.shape[axis - 1];
  for (size_t to = 0; to < result.size(); to += size) {
    int64_t from = 0;
    for (size_t axis = 0; axis < rank; axis++)
      from += index[axis] * strides[axis];
    std::memcpy(&result[to], &array.data[static_cast<size_t>(from) * size], size);
    for (size_t axis = rank; axis-- > 0;) {
      if (++index[axis] < array.shape[axis])
        break;
      index[axis] = 0;
    }
  }
  return result;
}

} // namespace

size_t sizeOf(NpType type) { return rowOf(type).size; }

const char *nameOf(NpType type) { return rowOf(type).name; }

NpArray parseNpy(const std::string &name, const Bytes &bytes) {
  std::string header;
  size_t begin = splitHeader(name, bytes, header);
  HeaderParser parser(name, header);
  parser.parse();
  char order = parser.descr.empty() ? '?' : parser.descr[0];
  bool hasOrder = order == '<' || order == '>' || order == '|' || order == '=';
  std::string kind = hasOrder ? parser.descr.substr(1) : parser.descr;
  bool isBool = kind == "b1";
  const TypeRow *row = nullptr;
  for (const TypeRow &candidate : kTypes)
    if (kind == candidate.descr)
      row = &candidate;
  if (!row && !isBool)
    reject(name, "expected element type f2, f4, f8, i4, i8, c8, c16, b1, u2 or V2, got '" +
                     parser.descr + "'");
  size_t size = isBool ? 1 : row->size;
  int64_t wanted = static_cast<int64_t>(size);
  for (int64_t extent : parser.shape)
    if (__builtin_mul_overflow(wanted, extent, &wanted))
      reject(name, "its size is too large");
  if (static_cast<uint64_t>(wanted) != bytes.size() - begin)
    reject(name, "expected " + std::to_string(wanted) + " bytes of data, got " +
                     std::to_string(bytes.size() - begin));
  NpArray array;
  array.name = name;
  array.shape = parser.shape;
  array.data.assign(bytes.begin() + static_cast<long>(begin), bytes.end());
  if (order == '>' && !isBool)
    swapBytes(array.data, row->scalar);
  if (parser.isFortran && array.shape.size() > 1)
    array.data = toCOrder(array, size);
  array.type = isBool ? NpType::I32 : row->type;
  if (isBool) {
    Bytes wide(array.data.size() * 4, 0);
    for (size_t i = 0; i < array.data.size(); i++)
      wide[4 * i] = array.data[i] != 0;
    array.data = std::move(wide);
  }
  return array;
}

std::string npyHeader(const NpArray &array) {
  std::string shape;
  for (int64_t extent : array.shape)
    shape += std::to_string(extent) + ", ";
  if (array.shape.size() > 1)
    shape.resize(shape.size() - 2);
  else if (array.shape.size() == 1)
    shape.resize(shape.size() - 1); // "(3,)"
  const TypeRow &row = rowOf(array.type);
  std::string order = array.type == NpType::BF16 ? "|" : "<";
  std::string text = "{'descr': '" + order + row.descr + "', 'fortran_order': False, 'shape': (" +
                     shape + "), }";
  text.resize((text.size() + 11 + 63) / 64 * 64 - 11, ' ');
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 0xff);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

} // namespace mixir::tools
