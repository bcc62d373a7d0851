// Pointwise operations: one inner loop for every function of one, two or three
// values, chosen when the operation is analysed.
#include "dialect/interpreter/Evaluator.h"

#include <cmath>

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;
using mixer::BinaryKind;
using mixer::CompareKind;
using mixer::UnaryKind;

namespace {

using Step = std::function<void()>;

template <typename To, typename From, typename F> Step map1(Slot *to, Slot *a, F f) {
  auto nest = makeNest<2>(to->dims, to->extents, {to, a});
  return [=] {
    nest.run([&](int64_t n, auto off, auto st) {
      To *o = to->at<To>(off[0]);
      const From *x = a->at<From>(off[1]);
      for (int64_t i = 0; i < n; ++i)
        o[i * st[0]] = f(x[i * st[1]]);
    });
  };
}

template <typename To, typename From, typename F> Step map2(Slot *to, Slot *a, Slot *b, F f) {
  auto nest = makeNest<3>(to->dims, to->extents, {to, a, b});
  return [=] {
    nest.run([&](int64_t n, auto off, auto st) {
      To *o = to->at<To>(off[0]);
      const From *x = a->at<From>(off[1]);
      const From *y = b->at<From>(off[2]);
      if (st[0] == 1 && st[1] == 1 && st[2] == 1)
        for (int64_t i = 0; i < n; ++i)
          o[i] = f(x[i], y[i]);
      else if (st[0] == 1 && st[1] == 1 && st[2] == 0)
        for (int64_t i = 0; i < n; ++i)
          o[i] = f(x[i], *y);
      else if (st[0] == 1 && st[1] == 0 && st[2] == 1)
        for (int64_t i = 0; i < n; ++i)
          o[i] = f(*x, y[i]);
      else
        for (int64_t i = 0; i < n; ++i)
          o[i * st[0]] = f(x[i * st[1]], y[i * st[2]]);
    });
  };
}

template <typename T> Step choose(Slot *to, Slot *condition, Slot *a, Slot *b) {
  auto nest = makeNest<4>(to->dims, to->extents, {to, condition, a, b});
  return [=] {
    nest.run([&](int64_t n, auto off, auto st) {
      T *o = to->at<T>(off[0]);
      const double *c = condition->at<double>(off[1]);
      const T *x = a->at<T>(off[2]);
      const T *y = b->at<T>(off[3]);
      for (int64_t i = 0; i < n; ++i)
        o[i * st[0]] = c[i * st[1]] != 0 ? x[i * st[2]] : y[i * st[3]];
    });
  };
}

Step complexUnary(UnaryKind kind, Slot *to, Slot *a) {
  switch (kind) {
  case UnaryKind::Re:
    return map1<double, Complex>(to, a, [](Complex v) { return v.real(); });
  case UnaryKind::Im:
    return map1<double, Complex>(to, a, [](Complex v) { return v.imag(); });
  case UnaryKind::Abs:
    return map1<double, Complex>(to, a, [](Complex v) { return std::abs(v); });
  case UnaryKind::Neg:
    return map1<Complex, Complex>(to, a, [](Complex v) { return -v; });
  case UnaryKind::Conj:
    return map1<Complex, Complex>(to, a, [](Complex v) { return std::conj(v); });
  case UnaryKind::Exp:
    return map1<Complex, Complex>(to, a, [](Complex v) { return std::exp(v); });
  default:
    return {};
  }
}

/// 1 / (1 + exp(-v)) without overflow on either side.
double sigmoid(double v) {
  double e = std::exp(-std::fabs(v));
  return v >= 0 ? 1 / (1 + e) : e / (1 + e);
}

Step realUnary(UnaryKind kind, Slot *to, Slot *a) {
  auto with = [&](auto f) { return map1<double, double>(to, a, f); };
  switch (kind) {
  case UnaryKind::Neg:
    return with([](double v) { return -v; });
  case UnaryKind::Exp:
    return with([](double v) { return std::exp(v); });
  case UnaryKind::Exp2:
    return with([](double v) { return std::exp2(v); });
  case UnaryKind::Log:
    return with([](double v) { return std::log(v); });
  case UnaryKind::Log1p:
    return with([](double v) { return std::log1p(v); });
  case UnaryKind::Sqrt:
    return with([](double v) { return std::sqrt(v); });
  case UnaryKind::Rsqrt:
    return with([](double v) { return 1 / std::sqrt(v); });
  case UnaryKind::Abs:
    return with([](double v) { return std::fabs(v); });
  case UnaryKind::Sin:
    return with([](double v) { return std::sin(v); });
  case UnaryKind::Cos:
    return with([](double v) { return std::cos(v); });
  case UnaryKind::Tanh:
    return with([](double v) { return std::tanh(v); });
  case UnaryKind::Sigmoid:
    return with(sigmoid);
  case UnaryKind::Erf:
    return with([](double v) { return std::erf(v); });
  case UnaryKind::Floor:
    return with([](double v) { return std::floor(v); });
  case UnaryKind::Not:
    return with([](double v) { return v == 0 ? 1.0 : 0.0; });
  case UnaryKind::Conj:
    return with([](double v) { return v; });
  default:
    return {};
  }
}

Step complexBinary(BinaryKind kind, Slot *to, Slot *a, Slot *b) {
  auto with = [&](auto f) { return map2<Complex, Complex>(to, a, b, f); };
  switch (kind) {
  case BinaryKind::Add:
    return with([](Complex x, Complex y) { return x + y; });
  case BinaryKind::Sub:
    return with([](Complex x, Complex y) { return x - y; });
  case BinaryKind::Mul:
    return with([](Complex x, Complex y) {
      return Complex(x.real() * y.real() - x.imag() * y.imag(),
                     x.real() * y.imag() + x.imag() * y.real());
    });
  case BinaryKind::Div:
    return with([](Complex x, Complex y) { return x / y; });
  default:
    return {};
  }
}

/// 32-bit integers wrap around.
double wrap(int64_t v) { return double(int32_t(uint32_t(uint64_t(v)))); }

Step integerBinary(BinaryKind kind, Slot *to, Slot *a, Slot *b) {
  auto with = [&](auto f) { return map2<double, double>(to, a, b, f); };
  switch (kind) {
  case BinaryKind::Add:
    return with([](double x, double y) { return wrap(int64_t(x) + int64_t(y)); });
  case BinaryKind::Sub:
    return with([](double x, double y) { return wrap(int64_t(x) - int64_t(y)); });
  case BinaryKind::Mul:
    return with([](double x, double y) { return wrap(int64_t(x) * int64_t(y)); });
  case BinaryKind::Mod:
    return with([](double x, double y) { return y > 0 ? x - y * std::floor(x / y) : 0.0; });
  case BinaryKind::Quot:
    return with([](double x, double y) { return y > 0 ? std::floor(x / y) : 0.0; });
  default:
    return {};
  }
}

/// A NaN on either side stays a NaN.
double lesser(double x, double y) { return std::isnan(x) || x < y ? x : y; }
double greater(double x, double y) { return std::isnan(x) || x > y ? x : y; }

Step realBinary(BinaryKind kind, Slot *to, Slot *a, Slot *b) {
  auto with = [&](auto f) { return map2<double, double>(to, a, b, f); };
  switch (kind) {
  case BinaryKind::Add:
    return with([](double x, double y) { return x + y; });
  case BinaryKind::Sub:
    return with([](double x, double y) { return x - y; });
  case BinaryKind::Mul:
    return with([](double x, double y) { return x * y; });
  case BinaryKind::Div:
    return with([](double x, double y) { return x / y; });
  case BinaryKind::Pow:
    return with([](double x, double y) { return std::pow(x, y); });
  case BinaryKind::Min:
    return with([](double x, double y) { return lesser(x, y); });
  case BinaryKind::Max:
    return with([](double x, double y) { return greater(x, y); });
  case BinaryKind::And:
    return with([](double x, double y) { return x != 0 && y != 0 ? 1.0 : 0.0; });
  case BinaryKind::Or:
    return with([](double x, double y) { return x != 0 || y != 0 ? 1.0 : 0.0; });
  case BinaryKind::Mod:
  case BinaryKind::Quot:
    break; // of integers only
  }
  return {};
}

Step binary(BinaryKind kind, Slot *to, Slot *a, Slot *b) {
  if (to->complex)
    return complexBinary(kind, to, a, b);
  Step step = to->integer ? integerBinary(kind, to, a, b) : Step();
  return step ? step : realBinary(kind, to, a, b);
}

Step compare(CompareKind kind, Slot *to, Slot *a, Slot *b) {
  auto with = [&](auto f) {
    return map2<double, double>(to, a, b, [f](double x, double y) { return f(x, y) ? 1.0 : 0.0; });
  };
  switch (kind) {
  case CompareKind::Lt:
    return with([](double x, double y) { return x < y; });
  case CompareKind::Le:
    return with([](double x, double y) { return x <= y; });
  case CompareKind::Gt:
    return with([](double x, double y) { return x > y; });
  case CompareKind::Ge:
    return with([](double x, double y) { return x >= y; });
  case CompareKind::Eq:
    return with([](double x, double y) { return x == y; });
  case CompareKind::Ne:
    return with([](double x, double y) { return x != y; });
  }
  return {};
}

/// 0 .. extent-1 along the only dimension.
void fillIndex(Slot *to) {
  for (int64_t i = 0; i < to->size(); ++i)
    to->data[i] = double(i);
}

} // namespace

Error Evaluator::compilePointwise(mlir::Operation *op, Program &program, bool &known) {
  auto add = [&](Step step) -> Error {
    if (!step)
      return makeError("operation '" + op->getName().getStringRef() +
                       "' is not defined on its element type");
    program.steps.push_back(std::move(step));
    return Error::success();
  };
  if (auto o = llvm::dyn_cast<mixer::ConstantOp>(op)) {
    Slot *to = define(o.getResult());
    to->data[0] = o.getValue().convertToDouble();
    if (to->complex)
      to->data[1] = o.getIm().convertToDouble();
    return Error::success();
  }
  if (auto o = llvm::dyn_cast<mixer::DimSizeOp>(op)) {
    int64_t n = extent(mlir::StringAttr::get(op->getContext(), o.getDim()));
    if (n < 0)
      return makeError("dimension '" + o.getDim() + "' has no extent");
    define(o.getResult())->data[0] = double(n);
    return Error::success();
  }
  if (auto o = llvm::dyn_cast<mixer::IndexOp>(op)) {
    fillIndex(define(o.getResult()));
    return Error::success();
  }
  if (auto o = llvm::dyn_cast<mixer::UnaryOp>(op)) {
    Slot *a = find(o.getInput()), *to = define(o.getResult());
    return add(a->complex ? complexUnary(o.getKind(), to, a) : realUnary(o.getKind(), to, a));
  }
  if (auto o = llvm::dyn_cast<mixer::BinaryOp>(op)) {
    Slot *a = find(o.getLhs()), *b = find(o.getRhs());
    return add(binary(o.getKind(), define(o.getResult()), a, b));
  }
  if (auto o = llvm::dyn_cast<mixer::CompareOp>(op)) {
    Slot *a = find(o.getLhs()), *b = find(o.getRhs());
    return add(compare(o.getKind(), define(o.getResult()), a, b));
  }
  if (auto o = llvm::dyn_cast<mixer::SelectOp>(op)) {
    Slot *c = find(o.getCondition()), *a = find(o.getOnTrue()), *b = find(o.getOnFalse());
    Slot *to = define(o.getResult());
    return add(to->complex ? choose<Complex>(to, c, a, b) : choose<double>(to, c, a, b));
  }
  if (auto o = llvm::dyn_cast<mixer::CastOp>(op)) {
    Slot *a = find(o.getInput());
    return add(copyInto(define(o.getResult()), a));
  }
  if (auto o = llvm::dyn_cast<mixer::ComplexOp>(op)) {
    Slot *re = find(o.getRe()), *im = find(o.getIm());
    return add(map2<Complex, double>(define(o.getResult()), re, im,
                                     [](double x, double y) { return Complex(x, y); }));
  }
  known = false;
  return Error::success();
}
