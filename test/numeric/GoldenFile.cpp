// From the tools' .npz arrays to the interpreter's.
#include "test/numeric/GoldenFile.h"

#include "tools/Npz.h"

#include <cstring>

using namespace mixir;
using interpreter::Array;
using interpreter::Arrays;
using tools::NpArray;
using tools::NpType;

template <typename T>
static void convert(const NpArray &from, Array &to, Array::Kind kind = Array::F64) {
  to.kind = kind;
  to.data.resize(from.data.size() / sizeof(T));
  for (size_t i = 0; i < to.data.size(); ++i) {
    T v;
    std::memcpy(&v, from.data.data() + i * sizeof(T), sizeof(T));
    to.data[i] = double(v);
  }
}

llvm::Expected<Arrays> numeric::readGolden(const std::string &path) {
  auto fail = [](const std::string &why) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), why);
  };
  Arrays arrays;
  try {
    for (const NpArray &from : tools::readNpz(path)) {
      Array &to = arrays[from.name];
      to.shape = from.shape;
      switch (from.type) {
      case NpType::F64:
        convert<double>(from, to);
        break;
      case NpType::C128:
        convert<double>(from, to, Array::C128);
        break;
      case NpType::I32:
        convert<int32_t>(from, to, Array::I32);
        break;
      case NpType::I64:
        convert<int64_t>(from, to, Array::I32);
        break;
      default:
        return fail("'" + path + "', array '" + from.name + "': unexpected element type " +
                    tools::nameOf(from.type));
      }
    }
  } catch (const tools::NpzError &error) {
    return fail(error.what());
  }
  return arrays;
}
