#include "test/ways/Arrays.h"

#include "tools/Convert.h"

#include "gtest/gtest.h"

#include <cmath>

namespace mixir::ways {

namespace {

/// Of the largest number of a result.
constexpr double kTolerance = 1e-5;

/// Bytes before and within one coordinate of an axis: [outer][extent][inner].
struct Cut {
  int64_t outer = 1, extent, inner;
  Cut(const NpArray &array, size_t axis)
      : extent(array.shape[axis]), inner(static_cast<int64_t>(sizeOf(array.type))) {
    for (size_t i = 0; i < array.shape.size(); i++)
      (i < axis ? outer : i > axis ? inner : extent) *= i == axis ? 1 : array.shape[i];
  }
};

} // namespace

NpArray resized(const NpArray &array, size_t axis, int64_t extent) {
  NpArray out = array;
  out.shape[axis] = extent;
  Cut cut(array, axis);
  out.data.assign(static_cast<size_t>(cut.outer * extent * cut.inner), 0);
  return out;
}

void copyPart(NpArray &to, int64_t toBegin, const NpArray &from, int64_t fromBegin, size_t axis,
              int64_t count) {
  Cut target(to, axis), source(from, axis);
  for (int64_t i = 0; i < source.outer; i++)
    std::memcpy(to.data.data() + (i * target.extent + toBegin) * target.inner,
                from.data.data() + (i * source.extent + fromBegin) * source.inner,
                static_cast<size_t>(count * source.inner));
}

NpArray part(const NpArray &array, size_t axis, int64_t begin, int64_t end) {
  NpArray out = resized(array, axis, end - begin);
  copyPart(out, 0, array, begin, axis, end - begin);
  return out;
}

void append(NpArray &to, const NpArray &more, size_t axis) {
  NpArray out = resized(to, axis, to.shape[axis] + more.shape[axis]);
  copyPart(out, 0, to, 0, axis, to.shape[axis]);
  copyPart(out, to.shape[axis], more, 0, axis, more.shape[axis]);
  to = std::move(out);
}

void expectNear(const NpArray &got, const NpArray &expected, double largest,
                const std::string &what) {
  ASSERT_EQ(got.shape, expected.shape) << what;
  interpreter::Array a = tools::toInterpreter(got), b = tools::toInterpreter(expected);
  double worst = 0;
  for (size_t i = 0; i < a.data.size(); i++) {
    double distance = std::fabs(a.data[i] - b.data[i]);
    worst = a.data[i] == b.data[i] ? worst : std::isnan(distance) ? INFINITY : std::max(worst, distance);
  }
  EXPECT_LE(worst, kTolerance * largest) << what << ": " << got.name;
}

} // namespace mixir::ways
