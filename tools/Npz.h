// Npz.h - arrays in NumPy's .npz files, for the tools.
//
// Reads what numpy.savez and savez_compressed write and writes what numpy.load reads. Files come
// from users, so everything in them is checked and every mistake is one clear NpzError.
#ifndef MIXIR_TOOLS_NPZ_H
#define MIXIR_TOOLS_NPZ_H

#include "tools/LargePages.h"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace mixir::tools {

/// What went wrong, naming the file and the array.
class NpzError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Element types. RawBits16 is what NumPy calls u2: bfloat16 bits where a bf16 is wanted.
enum class NpType { F16, F32, F64, BF16, I32, I64, C64, C128, RawBits16 };

/// Bytes of one element.
size_t sizeOf(NpType type);
/// "f32", "c128", ...
const char *nameOf(NpType type);

/// The numbers of an array.
using Bytes = std::vector<char, LargePages<char>>;

/// An array in C order and native byte order.
struct NpArray {
  std::string name;
  NpType type = NpType::F32;
  std::vector<int64_t> shape;
  Bytes data;
};

/// Most bytes that a file may hold unless the caller says otherwise.
constexpr int64_t kMaxNpzBytes = int64_t(1) << 36;

/// Reads all arrays of a file, in the order of the file. Booleans become I32. Throws NpzError.
std::vector<NpArray> readNpz(const std::string &path, int64_t maxBytes = kMaxNpzBytes);

/// Writes arrays, without compression. The file appears whole or not at all. Throws NpzError.
void writeNpz(const std::string &path, const std::vector<NpArray> &arrays);

/// Parses the bytes of one .npy file; `name` is for messages and becomes the array's name.
NpArray parseNpy(const std::string &name, const Bytes &bytes);
/// The header of the .npy file of an array, up to where its data begins.
std::string npyHeader(const NpArray &array);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_NPZ_H
