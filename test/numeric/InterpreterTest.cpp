// Pointwise operations, reductions, stencils, operands and their dimensions, against plain loops.
#include "test/numeric/InterpreterTesting.h"

using namespace mixir::interpreter;
using namespace mixir::interpreter::testing;

namespace {

const double kNaN = std::numeric_limits<double>::quiet_NaN();
const double kInf = std::numeric_limits<double>::infinity();

/// A mixer of one operation on x : [L], y : [L] -> out : [L].
std::string pointwise(const std::string &body) {
  return R"(
func.func @m(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>},
             %y: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"y", in, f32, [["L"]]>})
    -> (!mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">]} {
)" + body +
         "  return %r : !mixer.nd<[L], f32>\n}\n";
}

struct UnaryCase {
  const char *kind;
  double (*f)(double);
};

TEST(Interpreter, Unary) {
  const UnaryCase cases[] = {
      {"neg", [](double v) { return -v; }},
      {"exp", [](double v) { return std::exp(v); }},
      {"exp2", [](double v) { return std::exp2(v); }},
      {"log", [](double v) { return std::log(v); }},
      {"log1p", [](double v) { return std::log1p(v); }},
      {"sqrt", [](double v) { return std::sqrt(v); }},
      {"rsqrt", [](double v) { return 1 / std::sqrt(v); }},
      {"abs", [](double v) { return std::fabs(v); }},
      {"sin", [](double v) { return std::sin(v); }},
      {"cos", [](double v) { return std::cos(v); }},
      {"tanh", [](double v) { return std::tanh(v); }},
      {"sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"floor", [](double v) { return std::floor(v); }},
      {"erf", [](double v) { return std::erf(v); }},
  };
  std::vector<double> x = {0.25, 1, 2.5, 7};
  for (const UnaryCase &c : cases) {
    SCOPED_TRACE(c.kind);
    std::string text = pointwise(std::string("  %r = mixer.unary ") + c.kind +
                                 " %x : !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>\n");
    std::vector<double> expected;
    for (double v : x)
      expected.push_back(c.f(v));
    expectNear(run(text, {{"x", array({4}, x)}, {"y", array({4}, x)}}).at("out"), expected);
  }
}

TEST(Interpreter, SigmoidDoesNotOverflow) {
  std::string text =
      pointwise("  %r = mixer.unary sigmoid %x : !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>\n");
  expectNear(run(text, {{"x", array({2}, {-1000, 1000})}, {"y", Array({2})}}).at("out"), {0, 1});
}

struct BinaryCase {
  const char *kind;
  double (*f)(double, double);
};

TEST(Interpreter, Binary) {
  const BinaryCase cases[] = {
      {"add", [](double a, double b) { return a + b; }},
      {"sub", [](double a, double b) { return a - b; }},
      {"mul", [](double a, double b) { return a * b; }},
      {"div", [](double a, double b) { return a / b; }},
      {"pow", [](double a, double b) { return std::pow(a, b); }},
      {"min", [](double a, double b) { return a < b ? a : b; }},
      {"max", [](double a, double b) { return a > b ? a : b; }},
  };
  std::vector<double> x = {0.25, 1, 2.5, 7}, y = {3, -1, 2.5, 0.5};
  for (const BinaryCase &c : cases) {
    SCOPED_TRACE(c.kind);
    std::string text =
        pointwise(std::string("  %r = mixer.binary ") + c.kind +
                  " %x, %y : !mixer.nd<[L], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>\n");
    std::vector<double> expected;
    for (size_t i = 0; i < x.size(); ++i)
      expected.push_back(c.f(x[i], y[i]));
    expectNear(run(text, {{"x", array({4}, x)}, {"y", array({4}, y)}}).at("out"), expected);
  }
}

TEST(Interpreter, SelectTakesNothingFromTheOtherSide) {
  std::string text = pointwise(R"(
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %c = mixer.compare gt %x, %z : !mixer.nd<[L], f32>, !mixer.nd<[], f32> -> !mixer.nd<[L], i1>
  %l = mixer.unary log %x : !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
  %r = mixer.select %c, %l, %y : !mixer.nd<[L], i1>, !mixer.nd<[L], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
)");
  expectNear(run(text, {{"x", array({3}, {-1, 1, 0})}, {"y", array({3}, {5, kNaN, 6})}}).at("out"),
             {5, 0, 6});
}

const char *kBroadcast = R"(
func.func @m(%a: !mixer.nd<[G, R, P], f32> {mixer.operand = #mixer.operand<"a", in, f32, [["G", "R"], ["P"]]>},
             %b: !mixer.nd<[G], f32> {mixer.operand = #mixer.operand<"b", param, f32, [["G"]]>})
    -> (!mixer.nd<[G, R, P], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["P"], ["G", "R"]]>})
    attributes {mixer.dims = [#mixer.dim<"G">, #mixer.dim<"R">, #mixer.dim<"P">]} {
  %r = mixer.binary mul %b, %a : !mixer.nd<[G], f32>, !mixer.nd<[G, R, P], f32> -> !mixer.nd<[G, R, P], f32>
  return %r : !mixer.nd<[G, R, P], f32>
}
)";

TEST(Interpreter, MergedAxesAndOtherAxisOrder) {
  Array a = numbers({6, 4}, 1), b = array({2}, {2, 3});
  Arrays out = run(kBroadcast, {{"a", a}, {"b", b}});
  std::vector<double> expected(24);
  for (int h = 0; h < 6; ++h)
    for (int p = 0; p < 4; ++p)
      expected[p * 6 + h] = a.data[h * 4 + p] * b.data[h / 3];
  EXPECT_EQ(out.at("out").shape, (std::vector<int64_t>{4, 6}));
  expectNear(out.at("out"), expected);
}

TEST(Interpreter, NamesWhatDoesNotFit) {
  std::string error;
  run(kBroadcast, {{"a", Array({7, 4})}, {"b", Array({2})}}, {}, &error);
  EXPECT_EQ(error, "operand 'a', axis 0 (G R): expected a multiple of 2, got 7");
  run(kBroadcast, {{"a", Array({6})}, {"b", Array({2})}}, {}, &error);
  EXPECT_EQ(error, "operand 'a': expected 2 axes, got 1");
  run(kBroadcast, {{"a", Array({6, 4})}}, {}, &error);
  EXPECT_EQ(error, "operand 'b' is not given");
  run(kBroadcast, {{"a", Array({6, 4})}, {"b", Array({2})}, {"c", Array({2})}}, {}, &error);
  EXPECT_EQ(error, "mixer 'm' has no operand 'c'");
  std::string two = pointwise("  %r = mixer.binary add %x, %y : !mixer.nd<[L], f32>, "
                              "!mixer.nd<[L], f32> -> !mixer.nd<[L], f32>\n");
  run(two, {{"x", Array({3})}, {"y", Array({4})}}, {}, &error);
  EXPECT_EQ(error, "operand 'y', axis 0 (L): expected extent 3 (as in 'x'), got 4");
}

TEST(Interpreter, DerivedDimensions) {
  const char *text = R"mlir(
func.func @m(%x: !mixer.nd<[S], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["S"]]>},
             %w: !mixer.nd<[W], f32> {mixer.operand = #mixer.operand<"w", in, f32, [["W"]]>})
    -> (!mixer.nd<[], f32> {mixer.operand = #mixer.operand<"out", out, f32, []>})
    attributes {mixer.dims = [#mixer.dim<"W">, #mixer.dim<"S" = "2 * (W - 1)">]} {
  %r = mixer.reduce sum ["S"] %x : !mixer.nd<[S], f32> -> !mixer.nd<[], f32>
  return %r : !mixer.nd<[], f32>
}
)mlir";
  expectNear(run(text, {{"x", array({4}, {1, 2, 3, 4})}, {"w", Array({3})}}).at("out"), {10});
  std::string error;
  run(text, {{"x", Array({5})}, {"w", Array({3})}}, {}, &error);
  EXPECT_EQ(error, "operand 'x', axis 0 (S): expected extent 4, got 5");
}

/// out : [L] = reduce kind [K] x, x : [L, K].
std::string reduction(const std::string &kind) {
  return R"(
func.func @m(%x: !mixer.nd<[L, K], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"], ["K"]]>})
    -> (!mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"K">]} {
  %r = mixer.reduce )" +
         kind + R"( ["K"] %x : !mixer.nd<[L, K], f32> -> !mixer.nd<[L], f32>
  return %r : !mixer.nd<[L], f32>
})";
}

TEST(Interpreter, Reductions) {
  Arrays in = {{"x", array({2, 3}, {1, 5, -2, 0.5, 0.25, 9})}};
  expectNear(run(reduction("sum"), in).at("out"), {4, 9.75});
  expectNear(run(reduction("mean"), in).at("out"), {4.0 / 3, 3.25});
  expectNear(run(reduction("max"), in).at("out"), {5, 9});
  expectNear(run(reduction("min"), in).at("out"), {-2, 0.25});
}

TEST(Interpreter, ReductionsOverNothing) {
  Arrays in = {{"x", Array({2, 0})}};
  expectNear(run(reduction("sum"), in).at("out"), {0, 0});
  expectNear(run(reduction("mean"), in).at("out"), {kNaN, kNaN});
  expectNear(run(reduction("max"), in).at("out"), {-kInf, -kInf});
  expectNear(run(reduction("min"), in).at("out"), {kInf, kInf});
}

TEST(Interpreter, ComplexArithmetic) {
  const char *text = R"(
func.func @m(%a: !mixer.nd<[N], complex<f32>> {mixer.operand = #mixer.operand<"a", in, complex<f32>, [["N"]]>},
             %t: !mixer.nd<[], f32> {mixer.operand = #mixer.operand<"t", in, f32, []>})
    -> (!mixer.nd<[N], complex<f32>> {mixer.operand = #mixer.operand<"out", out, complex<f32>, [["N"]]>},
        !mixer.nd<[], f32> {mixer.operand = #mixer.operand<"twice", out, f32, []>})
    attributes {mixer.dims = [#mixer.dim<"N">]} {
  %tc = mixer.cast %t : !mixer.nd<[], f32> -> !mixer.nd<[], complex<f32>>
  %p = mixer.binary mul %a, %tc : !mixer.nd<[N], complex<f32>>, !mixer.nd<[], complex<f32>> -> !mixer.nd<[N], complex<f32>>
  %e = mixer.unary exp %p : !mixer.nd<[N], complex<f32>> -> !mixer.nd<[N], complex<f32>>
  %q = mixer.binary div %e, %a : !mixer.nd<[N], complex<f32>>, !mixer.nd<[N], complex<f32>> -> !mixer.nd<[N], complex<f32>>
  %c = mixer.unary conj %q : !mixer.nd<[N], complex<f32>> -> !mixer.nd<[N], complex<f32>>
  %s = mixer.reduce sum ["N"] %c : !mixer.nd<[N], complex<f32>> -> !mixer.nd<[], complex<f32>>
  %r = mixer.unary re %s : !mixer.nd<[], complex<f32>> -> !mixer.nd<[], f32>
  return %c, %r : !mixer.nd<[N], complex<f32>>, !mixer.nd<[], f32>
}
)";
  Array a = array({2}, {-0.5, 2, -1, -0.25}, Array::C128);
  Arrays out = run(text, {{"a", a}, {"t", array({}, {0.3})}});
  std::vector<double> expected;
  double sum = 0;
  for (int i = 0; i < 2; ++i) {
    std::complex<double> v(a.data[2 * i], a.data[2 * i + 1]), c = std::conj(std::exp(v * 0.3) / v);
    expected.insert(expected.end(), {c.real(), c.imag()});
    sum += c.real();
  }
  expectNear(out.at("out"), expected);
  expectNear(out.at("twice"), {sum});
}

TEST(Interpreter, IntegersWrap) {
  const char *text = R"(
func.func @m(%a: !mixer.nd<[N], i32> {mixer.operand = #mixer.operand<"a", in, i32, [["N"]]>})
    -> (!mixer.nd<[N], i32> {mixer.operand = #mixer.operand<"out", out, i32, [["N"]]>})
    attributes {mixer.dims = [#mixer.dim<"N">]} {
  %i = mixer.index "N" : !mixer.nd<[N], i32>
  %n = mixer.dim_size "N" : !mixer.nd<[], i32>
  %p = mixer.binary mul %a, %n : !mixer.nd<[N], i32>, !mixer.nd<[], i32> -> !mixer.nd<[N], i32>
  %r = mixer.binary add %p, %i : !mixer.nd<[N], i32>, !mixer.nd<[N], i32> -> !mixer.nd<[N], i32>
  return %r : !mixer.nd<[N], i32>
}
)";
  Arrays out = run(text, {{"a", array({2}, {2147483647, -3}, Array::I32)}});
  EXPECT_EQ(out.at("out").kind, Array::I32);
  expectNear(out.at("out"), {-2, -5});
}

TEST(Interpreter, RenamesAndShifts) {
  const char *text = R"(
func.func @m(%x: !mixer.nd<[N], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["N"]]>},
             %z: !mixer.nd<[N], complex<f32>> {mixer.operand = #mixer.operand<"z", in, complex<f32>, [["N"]]>})
    -> (!mixer.nd<[N, M], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["N"], ["M"]]>},
        !mixer.nd<[N], f32> {mixer.operand = #mixer.operand<"up", out, f32, [["N"]]>},
        !mixer.nd<[N], complex<f32>> {mixer.operand = #mixer.operand<"down", out, complex<f32>, [["N"]]>},
        !mixer.nd<[N], f32> {mixer.operand = #mixer.operand<"far", out, f32, [["N"]]>})
    attributes {mixer.dims = [#mixer.dim<"N">, #mixer.dim<"M" = "N">]} {
  %y = mixer.rename "N" to "M" %x : !mixer.nd<[N], f32> -> !mixer.nd<[M], f32>
  %o = mixer.binary sub %x, %y : !mixer.nd<[N], f32>, !mixer.nd<[M], f32> -> !mixer.nd<[N, M], f32>
  %u = mixer.shift "N" by 2 %x : !mixer.nd<[N], f32>
  %d = mixer.shift "N" by -1 %z : !mixer.nd<[N], complex<f32>>
  %f = mixer.shift "N" by 9 %x : !mixer.nd<[N], f32>
  return %o, %u, %d, %f : !mixer.nd<[N, M], f32>, !mixer.nd<[N], f32>, !mixer.nd<[N], complex<f32>>, !mixer.nd<[N], f32>
}
)";
  Array z = array({3}, {1, 2, 3, 4, 5, 6}, Array::C128);
  Arrays out = run(text, {{"x", array({3}, {1, 4, 6})}, {"z", z}});
  expectNear(out.at("out"), {0, -3, -5, 3, 0, -2, 5, 2, 0});
  expectNear(out.at("up"), {0, 0, 1});
  expectNear(out.at("down"), {3, 4, 5, 6, 0, 0});
  expectNear(out.at("far"), {0, 0, 0});
}

TEST(Interpreter, Gathers) {
  const char *text = R"(
func.func @m(%x: !mixer.nd<[D, N], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["D"], ["N"]]>},
             %z: !mixer.nd<[N], complex<f32>> {mixer.operand = #mixer.operand<"z", in, complex<f32>, [["N"]]>},
             %i: !mixer.nd<[D, L], i32> {mixer.operand = #mixer.operand<"i", in, i32, [["D"], ["L"]]>},
             %p: !mixer.nd<[N], i32> {mixer.operand = #mixer.operand<"p", in, i32, [["N"]]>})
    -> (!mixer.nd<[D, L], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["D"], ["L"]]>},
        !mixer.nd<[D, N], f32> {mixer.operand = #mixer.operand<"moved", out, f32, [["D"], ["N"]]>},
        !mixer.nd<[D, L], complex<f32>> {mixer.operand = #mixer.operand<"pairs", out, complex<f32>, [["D"], ["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"D">, #mixer.dim<"N">, #mixer.dim<"L">]} {
  %o = mixer.gather "N" %x at %i : !mixer.nd<[D, N], f32>, !mixer.nd<[D, L], i32> -> !mixer.nd<[D, L], f32>
  %m = mixer.gather "N" %x at %p : !mixer.nd<[D, N], f32>, !mixer.nd<[N], i32> -> !mixer.nd<[D, N], f32>
  %c = mixer.gather "N" %z at %i : !mixer.nd<[N], complex<f32>>, !mixer.nd<[D, L], i32> -> !mixer.nd<[D, L], complex<f32>>
  return %o, %m, %c : !mixer.nd<[D, L], f32>, !mixer.nd<[D, N], f32>, !mixer.nd<[D, L], complex<f32>>
}
)";
  Arrays out = run(text, {{"x", array({2, 3}, {1, 2, 3, 4, 5, 6})},
                          {"z", array({3}, {1, -1, 2, -2, 3, -3}, Array::C128)},
                          {"i", array({2, 2}, {2, -1, 0, 3}, Array::I32)},
                          {"p", array({3}, {1, 2, 0}, Array::I32)}});
  expectNear(out.at("out"), {3, 0, 4, 0});
  expectNear(out.at("moved"), {2, 3, 1, 5, 6, 4});
  expectNear(out.at("pairs"), {3, -3, 0, 0, 1, -1, 0, 0});
}

TEST(Interpreter, Mod) {
  const char *text = R"(
func.func @m(%a: !mixer.nd<[N], i32> {mixer.operand = #mixer.operand<"a", in, i32, [["N"]]>},
             %b: !mixer.nd<[N], i32> {mixer.operand = #mixer.operand<"b", in, i32, [["N"]]>})
    -> (!mixer.nd<[N], i32> {mixer.operand = #mixer.operand<"out", out, i32, [["N"]]>})
    attributes {mixer.dims = [#mixer.dim<"N">]} {
  %r = mixer.binary mod %a, %b : !mixer.nd<[N], i32>, !mixer.nd<[N], i32> -> !mixer.nd<[N], i32>
  return %r : !mixer.nd<[N], i32>
}
)";
  Arrays out = run(text, {{"a", array({6}, {7, -7, 6, 5, 5, -2147483648.0}, Array::I32)},
                          {"b", array({6}, {3, 3, 3, 0, -2, 2147483647}, Array::I32)}});
  expectNear(out.at("out"), {1, 2, 0, 0, 0, 2147483646});
}

/// y = conv(x, w), x : [B, L], w : [W], and with init : [B, S].
std::string stencil(const std::string &pad, bool init) {
  std::string extra =
      init
          ? R"(, %h: !mixer.nd<[B, S], f32> {mixer.operand = #mixer.operand<"h", in, f32, [["B"], ["S"]]>})"
          : "";
  return R"(
func.func @m(%x: !mixer.nd<[B, L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["B"], ["L"]]>},
             %w: !mixer.nd<[W], f32> {mixer.operand = #mixer.operand<"w", in, f32, [["W"]]>})" +
         extra + R"()
    -> (!mixer.nd<[B, L], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["B"], ["L"]]>},
        !mixer.nd<[B, S], f32> {mixer.operand = #mixer.operand<"tail", out, f32, [["B"], ["S"]]>})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"L">, #mixer.dim<"W">, #mixer.dim<"S">]} {
  %r = mixer.conv )" +
         pad + R"( along "L" taps "W" %x, %w)" + (init ? R"( init %h history "S")" : "") +
         " : !mixer.nd<[B, L], f32>, !mixer.nd<[W], f32>" +
         (init ? ", !mixer.nd<[B, S], f32>" : "") +
         R"( -> !mixer.nd<[B, L], f32>
  %t = mixer.tail along "L" into "S" %x)" +
         (init ? " init %h" : "") + " : !mixer.nd<[B, L], f32>" +
         (init ? ", !mixer.nd<[B, S], f32>" : "") + R"( -> !mixer.nd<[B, S], f32>
  return %r, %t : !mixer.nd<[B, L], f32>, !mixer.nd<[B, S], f32>
})";
}

void checkStencil(const std::string &pad, bool init, int64_t L, int64_t W, int64_t S) {
  SCOPED_TRACE(std::to_string(L) + " " + std::to_string(W) + " " + std::to_string(S) + " " + pad);
  Array x = numbers({2, L}, 1), w = numbers({W}, 2), h = numbers({2, S}, 3);
  auto sample = [&](int64_t b, int64_t t) {
    if (t >= L || t < -S || (t < 0 && !init))
      return 0.0;
    return t >= 0 ? x.data[b * L + t] : h.data[b * S + S + t];
  };
  std::vector<double> y, tail;
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t t = 0; t < L; ++t) {
      double acc = 0;
      for (int64_t j = 0; j < W; ++j)
        acc += w.data[j] * sample(b, pad == "anticausal" ? t + (W - 1) - j : t + j - (pad == "causal" ? W - 1 : (W - 1) / 2));
      y.push_back(acc);
    }
    for (int64_t s = 0; s < S; ++s)
      tail.push_back(sample(b, L - S + s));
  }
  Arrays in = {{"x", x}, {"w", w}};
  if (init)
    in["h"] = h;
  Options options;
  options.dims = {{"S", S}};
  Arrays out = run(stencil(pad, init), in, options);
  expectNear(out.at("out"), y);
  expectNear(out.at("tail"), tail);
}

TEST(Interpreter, Stencils) {
  for (int64_t L : {0, 1, 2, 7})
    for (int64_t S : {0, 3, 5}) {
      checkStencil("causal", false, L, 4, S);
      checkStencil("causal", true, L, 4, S);
      checkStencil("causal", true, L, 1, S);
      checkStencil("same", false, L, 3, S);
      checkStencil("same", false, L, 5, S);
      checkStencil("anticausal", false, L, 4, S);
      checkStencil("anticausal", false, L, 1, S);
    }
}

TEST(Interpreter, SameNeedsOddTaps) {
  std::string error;
  Options options;
  options.dims = {{"S", 1}};
  run(stencil("same", false), {{"x", Array({1, 3})}, {"w", Array({4})}}, options, &error);
  EXPECT_EQ(error, "operation 'mixer.conv': expected an odd number of taps with pad = same, got 4");
}

TEST(Interpreter, CallsOfHelpers) {
  std::string text = R"(
func.func private @square(%v: !mixer.nd<[L], f32>) -> !mixer.nd<[L], f32> {
  %n = mixer.dim_size "L" : !mixer.nd<[], i32>
  %f = mixer.cast %n : !mixer.nd<[], i32> -> !mixer.nd<[], f32>
  %s = mixer.binary mul %v, %v : !mixer.nd<[L], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
  %r = mixer.binary add %s, %f : !mixer.nd<[L], f32>, !mixer.nd<[], f32> -> !mixer.nd<[L], f32>
  return %r : !mixer.nd<[L], f32>
}
)" + pointwise(R"(
  %a = func.call @square(%x) : (!mixer.nd<[L], f32>) -> !mixer.nd<[L], f32>
  %b = func.call @square(%a) : (!mixer.nd<[L], f32>) -> !mixer.nd<[L], f32>
  %r = mixer.binary add %b, %a : !mixer.nd<[L], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
)");
  expectNear(run(text, {{"x", array({2}, {1, 2})}, {"y", Array({2})}}).at("out"),
             {9 + 2 + 3, 36 + 2 + 6});
}

} // namespace
