// Reductions over named dimensions.
#include "dialect/interpreter/Evaluator.h"

#include <cmath>
#include <limits>

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;
using mixer::ReduceKind;

namespace {

template <typename T, typename F> std::function<void()> fold(Slot *to, Slot *from, T start, F f) {
  auto nest = makeNest<2>(from->dims, from->extents, {to, from});
  return [=] {
    std::fill_n(to->at<T>(), to->size(), start);
    nest.run([&](int64_t n, auto off, auto st) {
      T *out = to->at<T>(off[0]);
      const T *in = from->at<T>(off[1]);
      if (st[0] == 0) {
        T acc = *out;
        for (int64_t i = 0; i < n; ++i)
          acc = f(acc, in[i * st[1]]);
        *out = acc;
        return;
      }
      for (int64_t i = 0; i < n; ++i)
        out[i * st[0]] = f(out[i * st[0]], in[i * st[1]]);
    });
  };
}

template <typename T> std::function<void()> divide(Slot *to, double count) {
  return [=] {
    T *out = to->at<T>();
    for (int64_t i = 0; i < to->size(); ++i)
      out[i] = out[i] / count;
  };
}

/// The value of a maximum over nothing.
double lowest(const Slot *slot) {
  return slot->integer ? double(std::numeric_limits<int32_t>::min())
                       : -std::numeric_limits<double>::infinity();
}

} // namespace

Error Evaluator::compileReduce(mixer::ReduceOp op, Program &program) {
  Slot *from = find(op.getInput()), *to = define(op.getResult());
  ReduceKind kind = op.getKind();
  bool sums = kind == ReduceKind::Sum || kind == ReduceKind::Mean;
  if (from->complex && !sums)
    return makeError(
        "operation 'mixer.reduce' is not defined on complex numbers but for sum and mean");
  double count = 1;
  for (auto d : op.getDims().getAsRange<mlir::StringAttr>())
    count *= double(extent(mlir::StringAttr::get(op.getContext(), d.getValue())));
  auto add = [](auto x, auto y) { return x + y; };
  auto &steps = program.steps;
  if (sums && from->complex)
    steps.push_back(fold<Complex>(to, from, Complex(0), add));
  else if (sums)
    steps.push_back(fold<double>(to, from, 0.0, add));
  else if (kind == ReduceKind::Max)
    steps.push_back(fold<double>(
        to, from, lowest(to), [](double x, double y) { return std::isnan(x) || x > y ? x : y; }));
  else
    steps.push_back(fold<double>(
        to, from, to->integer ? double(std::numeric_limits<int32_t>::max()) : -lowest(to),
        [](double x, double y) { return std::isnan(x) || x < y ? x : y; }));
  if (kind == ReduceKind::Mean)
    steps.push_back(from->complex ? divide<Complex>(to, count) : divide<double>(to, count));
  return Error::success();
}
