// Arrays of calls: parts of them, and memory that nothing may be written beside.
#pragma once

#include "test/ways/Backend.h"
#include "tools/Npz.h"

#include <cstring>
#include <map>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace mixir::ways {

using tools::NpArray;
using Arrays = std::map<std::string, NpArray>;

/// Zeros, like `array` but for the extent of one axis.
NpArray resized(const NpArray &array, size_t axis, int64_t extent);
/// Copies `count` coordinates of an axis from one array into another.
void copyPart(NpArray &to, int64_t toBegin, const NpArray &from, int64_t fromBegin, size_t axis, int64_t count);
/// Coordinates begin .. end-1 of an axis.
NpArray part(const NpArray &array, size_t axis, int64_t begin, int64_t end);
void append(NpArray &to, const NpArray &more, size_t axis);
/// `largest` is the size of the numbers of the result; the difference may be kTolerance of it.
void expectNear(const NpArray &got, const NpArray &expected, double largest, const std::string &what);

/// Memory that ends where the page after it cannot be touched.
class Guarded {
public:
  explicit Guarded(const NpArray &array) : array(array) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), bytes = array.data.size();
    mapped = (bytes + page - 1) / page * page + page;
    block = static_cast<char *>(
        mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(block + mapped - page, page, PROT_NONE);
    data = block + mapped - page - bytes;
    std::memcpy(data, array.data.data(), bytes);
  }
  ~Guarded() { munmap(block, mapped); }
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;

  mixir_tensor tensor() const {
    mixir_dtype dtype = array.type == tools::NpType::C64   ? MIXIR_C64
                        : array.type == tools::NpType::I32 ? MIXIR_I32
                                                    : MIXIR_F32;
    mixir_tensor view = mixir_tensor_dense(data, dtype, static_cast<int32_t>(array.shape.size()),
                                           array.shape.data());
    view.device = deviceOfTensors();
    return view;
  }
  NpArray contents() const {
    NpArray out = array;
    std::memcpy(out.data.data(), data, out.data.size());
    return out;
  }

private:
  NpArray array;
  char *block, *data;
  size_t mapped;
};

} // namespace mixir::ways
