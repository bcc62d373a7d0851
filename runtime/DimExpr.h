// DimExpr.h - the integer expressions of derived dimensions ("W-1", "2*(P+1)").
//
// Parsed once when a program is opened; evaluated per call without allocation.
#ifndef MIXIR_RUNTIME_DIMEXPR_H
#define MIXIR_RUNTIME_DIMEXPR_H

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mixir::runtime {

/// Size of a dimension that nothing has told yet.
constexpr int64_t kUnknownSize = -1;

/// An expression over dimension indices with + - * / and integer constants; / rounds down and wants a positive
/// divisor.
class DimExpr {
public:
  DimExpr() = default;

  /// Parses `text`; `lookup` answers the index of a dimension or -1. Throws std::string with the
  /// reason when the text is no expression.
  static DimExpr parse(std::string_view text, const std::function<int(std::string_view)> &lookup);

  bool empty() const { return code.empty(); }
  /// The dimensions in it, each once.
  const std::vector<int> &dims() const { return used; }
  /// True and `result` set when all dimensions are known in `sizes` and nothing overflows.
  bool evaluate(const int64_t *sizes, int64_t &result) const;
  /// When exactly one dimension is unknown and the expression, without a division, is affine in it: true, with the
  /// dimension and the size that makes the expression `value`. A size that is no integer: false.
  bool invert(const int64_t *sizes, int numDims, int64_t value, int &dim, int64_t &size) const;

private:
  friend class DimExprParser;
  enum class Kind : uint8_t { Constant, Dim, Add, Sub, Mul, Div };
  struct Step {
    Kind kind;
    int64_t value;
  };
  static constexpr int kMaxDepth = 16;
  std::vector<Step> code; // postfix
  std::vector<int> used;
};

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_DIMEXPR_H
