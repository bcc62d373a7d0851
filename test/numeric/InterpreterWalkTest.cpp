// Scans and recurrences against plain loops.
#include "test/numeric/InterpreterTesting.h"

using namespace mixir::interpreter;
using namespace mixir::interpreter::testing;

namespace {

/// h := a h + x along L, y = h + prev(x, 2); h0 of one number for all d.
std::string linearScan(bool reverse) {
  return R"(
func.func @m(%x: !mixer.nd<[B, L, D], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["B"], ["D"], ["L"]]>},
             %a: !mixer.nd<[D], f32> {mixer.operand = #mixer.operand<"a", param, f32, [["D"]]>},
             %h0: !mixer.nd<[B], f32> {mixer.operand = #mixer.operand<"h0", in, f32, [["B"]]>})
    -> (!mixer.nd<[B, L, D], f32> {mixer.operand = #mixer.operand<"y", out, f32, [["B"], ["L"], ["D"]]>},
        !mixer.nd<[B, D], f32> {mixer.operand = #mixer.operand<"h_last", out, f32, [["B"], ["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"L">, #mixer.dim<"D">]} {
  %y, %hT = mixer.scan "L" )" +
         std::string(reverse ? "reverse " : "") +
         R"(states ["h"] init(%h0 : !mixer.nd<[B], f32>) ins(%x : !mixer.nd<[B, L, D], f32>) {
  ^bb0(%h: !mixer.nd<[B, D], f32>, %xt: !mixer.nd<[B, D], f32>):
    %d = mixer.binary mul %h, %a : !mixer.nd<[B, D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[B, D], f32>
    %n = mixer.binary add %d, %xt : !mixer.nd<[B, D], f32>, !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D], f32>
    %p = mixer.prev %xt by 2 : !mixer.nd<[B, D], f32>
    %v = mixer.binary add %n, %p : !mixer.nd<[B, D], f32>, !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D], f32>
    mixer.yield %n, %v : !mixer.nd<[B, D], f32>, !mixer.nd<[B, D], f32>
  } : !mixer.nd<[B, L, D], f32>, !mixer.nd<[B, D], f32>
  return %y, %hT : !mixer.nd<[B, L, D], f32>, !mixer.nd<[B, D], f32>
})";
}

void checkLinearScan(bool reverse, int64_t L) {
  const int64_t B = 2, D = 3;
  Array x = numbers({B, D, L}, 1), a = numbers({D}, 2), h0 = numbers({B}, 3);
  std::vector<double> y(B * L * D), last(B * D);
  for (int64_t b = 0; b < B; ++b)
    for (int64_t d = 0; d < D; ++d) {
      double h = h0.data[b];
      auto at = [&](int64_t step) {
        return step < 0 ? 0.0 : x.data[(b * D + d) * L + (reverse ? L - 1 - step : step)];
      };
      for (int64_t step = 0; step < L; ++step) {
        h = a.data[d] * h + at(step);
        y[(b * L + (reverse ? L - 1 - step : step)) * D + d] = h + at(step - 2);
      }
      last[b * D + d] = h;
    }
  Arrays out = run(linearScan(reverse), {{"x", x}, {"a", a}, {"h0", h0}});
  expectNear(out.at("y"), y);
  expectNear(out.at("h_last"), last);
}

TEST(InterpreterWalk, Forward) { checkLinearScan(false, 7); }
TEST(InterpreterWalk, Reverse) { checkLinearScan(true, 7); }
TEST(InterpreterWalk, OneStep) { checkLinearScan(false, 1); }
TEST(InterpreterWalk, NoStep) { checkLinearScan(false, 0); }

TEST(InterpreterWalk, StatesChangePlacesTogether) {
  const char *text = R"(
func.func @m(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    -> (!mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"y", out, f32, [["L"]]>},
        !mixer.nd<[], f32> {mixer.operand = #mixer.operand<"p", out, f32, []>},
        !mixer.nd<[], f32> {mixer.operand = #mixer.operand<"q", out, f32, []>})
    attributes {mixer.dims = [#mixer.dim<"L">]} {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %p, %q = mixer.scan "L" states ["p", "q"] init(%z, %z : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%a: !mixer.nd<[], f32>, %b: !mixer.nd<[], f32>, %xt: !mixer.nd<[], f32>):
    mixer.yield %xt, %a, %b : !mixer.nd<[], f32>, !mixer.nd<[], f32>, !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>, !mixer.nd<[], f32>, !mixer.nd<[], f32>
  return %y, %p, %q : !mixer.nd<[L], f32>, !mixer.nd<[], f32>, !mixer.nd<[], f32>
}
)";
  Arrays out = run(text, {{"x", array({4}, {1, 2, 3, 4})}});
  expectNear(out.at("y"), {0, 0, 1, 2});
  expectNear(out.at("p"), {4});
  expectNear(out.at("q"), {3});
}

/// Delta rule: S' = exp(g) S, S := S' + k (beta (v - k . S')), o = q . S.
const char *kDelta = R"(
func.func @m(%k: !mixer.nd<[L, K], f32> {mixer.operand = #mixer.operand<"k", in, f32, [["L"], ["K"]]>},
             %v: !mixer.nd<[L, V], f32> {mixer.operand = #mixer.operand<"v", in, f32, [["L"], ["V"]]>},
             %g: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"g", in, f32, [["L"]]>})
    -> (!mixer.nd<[L, V], f32> {mixer.operand = #mixer.operand<"o", out, f32, [["L"], ["V"]]>},
        !mixer.nd<[K, V], f32> {mixer.operand = #mixer.operand<"S", out, f32, [["K"], ["V"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"K">, #mixer.dim<"V">]} {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %o, %S = mixer.recurrence "L" states ["S"] init(%z : !mixer.nd<[], f32>)
      ins(%k, %v, %g : !mixer.nd<[L, K], f32>, !mixer.nd<[L, V], f32>, !mixer.nd<[L], f32>)
      forms [#mixer.form<"S", decay = scalar, varying = true, reads = decayed, contract = [["K"]], write = true>] {
  ^bb0(%s: !mixer.nd<[K, V], f32>, %kt: !mixer.nd<[K], f32>, %vt: !mixer.nd<[V], f32>, %gt: !mixer.nd<[], f32>):
    %d = mixer.unary exp %gt : !mixer.nd<[], f32> -> !mixer.nd<[], f32>
    %sd = mixer.binary mul %s, %d : !mixer.nd<[K, V], f32>, !mixer.nd<[], f32> -> !mixer.nd<[K, V], f32>
    %p = mixer.binary mul %sd, %kt : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K, V], f32>
    %r = mixer.reduce sum ["K"] %p : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    %u = mixer.binary sub %vt, %r : !mixer.nd<[V], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[V], f32>
    %w = mixer.binary mul %kt, %u : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %n = mixer.binary add %sd, %w : !mixer.nd<[K, V], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    %q = mixer.binary mul %n, %kt : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K, V], f32>
    %y = mixer.reduce sum ["K"] %q : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    mixer.yield %n, %y : !mixer.nd<[K, V], f32>, !mixer.nd<[V], f32>
  } terms {
  ^bb0(%kt: !mixer.nd<[K], f32>, %vt: !mixer.nd<[V], f32>, %gt: !mixer.nd<[], f32>):
    %d = mixer.unary exp %gt : !mixer.nd<[], f32> -> !mixer.nd<[], f32>
    %m = mixer.unary neg %kt : !mixer.nd<[K], f32> -> !mixer.nd<[K], f32>
    %w = mixer.binary mul %kt, %vt : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    mixer.yield %d, %kt, %m, %w : !mixer.nd<[], f32>, !mixer.nd<[K], f32>, !mixer.nd<[K], f32>, !mixer.nd<[K, V], f32>
  } : !mixer.nd<[L, V], f32>, !mixer.nd<[K, V], f32>
  return %o, %S : !mixer.nd<[L, V], f32>, !mixer.nd<[K, V], f32>
}
)";

TEST(InterpreterWalk, CanonicalFormAgreesWithTheBody) {
  const int64_t L = 5, K = 3, V = 2;
  Array k = numbers({L, K}, 1), v = numbers({L, V}, 2), g = numbers({L}, 3);
  std::vector<double> S(K * V), o;
  for (int64_t t = 0; t < L; ++t)
    for (int64_t j = 0; j < V; ++j) {
      double r = 0, y = 0;
      for (int64_t i = 0; i < K; ++i)
        r += (S[i * V + j] *= std::exp(g.data[t])) * k.data[t * K + i];
      for (int64_t i = 0; i < K; ++i)
        y += (S[i * V + j] += k.data[t * K + i] * (v.data[t * V + j] - r)) * k.data[t * K + i];
      o.push_back(y);
    }
  Arrays in = {{"k", k}, {"v", v}, {"g", g}};
  Options terms;
  terms.useTerms = true;
  for (const Options &options : {Options(), terms}) {
    Arrays out = run(kDelta, in, options);
    expectNear(out.at("o"), o);
    expectNear(out.at("S"), S);
  }
}

TEST(InterpreterWalk, SlicesOfOutsideValuesAndHistoryStartAnewInEveryWalk) {
  // an outer walk over B, an inner one over L: y[b, t] = sum_{s <= t} x[b, s] + x[b, t-1]
  const char *text = R"(
func.func @m(%x: !mixer.nd<[B, L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["B"], ["L"]]>})
    -> (!mixer.nd<[B, L], f32> {mixer.operand = #mixer.operand<"y", out, f32, [["B"], ["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"L">]} {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y = mixer.scan "B" states [] init() ins(%x : !mixer.nd<[B, L], f32>) {
  ^bb0(%row: !mixer.nd<[L], f32>):
    %r, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%row : !mixer.nd<[L], f32>) {
    ^bb0(%h: !mixer.nd<[], f32>, %xt: !mixer.nd<[], f32>):
      %n = mixer.binary add %h, %xt : !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
      %p = mixer.prev %xt by 1 : !mixer.nd<[], f32>
      %s = mixer.binary add %n, %p : !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
      mixer.yield %n, %s : !mixer.nd<[], f32>, !mixer.nd<[], f32>
    } : !mixer.nd<[L], f32>, !mixer.nd<[], f32>
    mixer.yield %r : !mixer.nd<[L], f32>
  } : !mixer.nd<[B, L], f32>
  return %y : !mixer.nd<[B, L], f32>
}
)";
  expectNear(run(text, {{"x", array({2, 3}, {1, 2, 3, 10, 20, 30})}}).at("y"),
             {1, 4, 8, 10, 40, 80});
}

} // namespace
