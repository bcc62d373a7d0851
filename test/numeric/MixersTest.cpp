// Mixers that no golden case covers, against the ones that are covered and plain loops.
#include "test/numeric/GoldenRunner.h"
#include "test/numeric/InterpreterTesting.h"

using namespace mixir::interpreter;
using namespace mixir::interpreter::testing;
using namespace mixir::numeric;

namespace {

Arrays call(const std::string &file, const std::string &mixer,
            std::map<std::string, int64_t> extents, std::set<std::string> omitted,
            const Arrays &in) {
  llvm::Expected<Call> compiled = interpreterEngine().compile(
      {std::string(MIXIR_MIXERS_DIR) + "/" + file, mixer, extents, omitted});
  if (!compiled) {
    ADD_FAILURE() << llvm::toString(compiled.takeError());
    return {};
  }
  llvm::Expected<Arrays> out = (*compiled)(in);
  if (out)
    return *out;
  ADD_FAILURE() << llvm::toString(out.takeError());
  return {};
}

Array mapped(Array a, double (*f)(double)) {
  for (double &v : a.data)
    v = f(v);
  return a;
}

double softplus(double v) { return v > 20 ? v : std::log1p(std::exp(v)); }
double silu(double v) { return v / (1 + std::exp(-v)); }
double decay(double v) { return -0.1 - v * v; }

/// Every entry of axis `axis` `times` times, one after the other.
Array repeated(const Array &a, unsigned axis, int64_t times) {
  std::vector<int64_t> shape = a.shape;
  shape[axis] *= times;
  Array out(shape);
  int64_t inner = 1;
  for (unsigned i = axis + 1; i < shape.size(); ++i)
    inner *= shape[i];
  for (int64_t n = 0; n < out.size(); ++n) {
    int64_t in = n % inner, k = n / inner % shape[axis], outer = n / inner / shape[axis];
    out.data[n] = a.data[(outer * a.shape[axis] + k / times) * inner + in];
  }
  return out;
}

TEST(Mixers, FinalStep) {
  Array delta = numbers({2, 5, 3}, 1);
  Arrays in = {{"u", numbers({2, 5, 3}, 2)},
               {"delta", delta},
               {"A", mapped(numbers({3, 4}, 3), decay)},
               {"Bt", numbers({2, 5, 4}, 4)},
               {"Ct", numbers({2, 5, 4}, 5)},
               {"skip", numbers({3}, 6)},
               {"z", numbers({2, 5, 3}, 7)},
               {"h0", numbers({2, 3, 4}, 8)}};
  Arrays raw = call("selective_scan.mix", "selective_scan", {{"N", 4}}, {"bias"}, in);
  in.erase("delta");
  in["dt"] = mapped(delta, softplus);
  Arrays final = call("selective_scan.mix", "selective_scan_final_dt", {{"N", 4}}, {}, in);
  expectNear(final.at("y"), raw.at("y").data);
  expectNear(final.at("h_last"), raw.at("h_last").data);
}

TEST(Mixers, ConstantCWithVaryingB) {
  Arrays in = {{"u", numbers({1, 6, 3}, 2)},
               {"delta", numbers({1, 6, 3}, 1)},
               {"A", mapped(numbers({3, 2}, 3), decay)},
               {"Bt", numbers({1, 6, 2}, 4)},
               {"Cc", numbers({3, 2}, 5)}};
  Arrays out = call("selective_scan.mix", "selective_scan_constant", {{"N", 2}},
                    {"Bc", "Ct", "skip", "bias", "z", "h0"}, in);
  std::vector<double> y;
  double h[3][2] = {};
  for (int t = 0; t < 6; ++t)
    for (int d = 0; d < 3; ++d) {
      double dt = softplus(in["delta"].data[t * 3 + d]), sum = 0;
      for (int n = 0; n < 2; ++n) {
        h[d][n] = std::exp(dt * in["A"].data[d * 2 + n]) * h[d][n] +
                  dt * in["Bt"].data[t * 2 + n] * in["u"].data[t * 3 + d];
        sum += h[d][n] * in["Cc"].data[d * 2 + n];
      }
      y.push_back(sum);
    }
  expectNear(out.at("y"), y);
}

TEST(Mixers, SharedKeyHeads) {
  Array q = numbers({2, 5, 2, 3}, 1), k = numbers({2, 5, 2, 3}, 2);
  Arrays in = {{"q", q},
               {"k", k},
               {"v", numbers({2, 5, 6, 4}, 3)},
               {"g", mapped(numbers({2, 5, 6}, 4), decay)},
               {"beta", numbers({2, 5, 6}, 5)},
               {"S0", numbers({2, 6, 3, 4}, 6)}};
  Arrays shared = call("gated_delta.mix", "gated_delta_gva", {}, {}, in);
  in["q"] = repeated(q, 2, 3);
  in["k"] = repeated(k, 2, 3);
  Arrays own = call("gated_delta.mix", "gated_delta", {}, {}, in);
  expectNear(shared.at("o"), own.at("o").data);
  expectNear(shared.at("S_last"), own.at("S_last").data);
}

TEST(Mixers, OneDecayPerHead) {
  Array g = mapped(numbers({2, 5, 2}, 4), decay);
  Array wide = g;
  wide.shape.push_back(1);
  Arrays in = {{"q", numbers({2, 5, 2, 3}, 1)},
               {"k", numbers({2, 5, 2, 3}, 2)},
               {"v", numbers({2, 5, 2, 4}, 3)},
               {"g", g}};
  Arrays simple = call("gla.mix", "simple_gla", {}, {"gamma", "S0"}, in);
  in.erase("g");
  in["gk"] = repeated(wide, 3, 3);
  Arrays full = call("gla.mix", "gla", {}, {"S0"}, in);
  expectNear(simple.at("o"), full.at("o").data);
  expectNear(simple.at("S_last"), full.at("S_last").data);
}

/// Root mean square over the last `count` numbers of each run of `count`.
void normalise(std::vector<double> &y, int64_t count) {
  for (size_t at = 0; at < y.size(); at += count) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += y[at + i] * y[at + i];
    for (int64_t i = 0; i < count; ++i)
      y[at + i] /= std::sqrt(sum / count + 1e-5);
  }
}

void checkGatedNorm(bool normFirst) {
  const int64_t P = 3, group = 2 * P; // two groups of two heads
  Arrays in = {{"x", numbers({1, 4, 4, P}, 1)},
               {"delta", numbers({1, 4, 4}, 2)},
               {"A", mapped(numbers({4}, 3), decay)},
               {"Bt", numbers({1, 4, 2, 2}, 4)},
               {"Ct", numbers({1, 4, 2, 2}, 5)},
               {"skip", numbers({4}, 6)},
               {"bias", numbers({4}, 7)}};
  Arrays plain =
      call("ssd.mix", "ssd", {{"P", P}, {"N", 2}}, {"skip_p", "dt_min", "dt_max", "z", "S0"}, in);
  in["z"] = numbers({1, 4, 4, P}, 8);
  in["norm_w"] = numbers({4 * P}, 9);
  std::vector<double> y = plain.at("y").data;
  auto gate = [&] {
    for (size_t i = 0; i < y.size(); ++i)
      y[i] *= silu(in["z"].data[i]);
  };
  if (!normFirst)
    gate();
  normalise(y, group);
  for (size_t i = 0; i < y.size(); ++i)
    y[i] *= in["norm_w"].data[i % (4 * P)];
  if (normFirst)
    gate();
  Arrays out = call("ssd.mix", normFirst ? "ssd_norm_before_gate" : "ssd_norm",
                    {{"P", P}, {"N", 2}}, {"S0"}, in);
  expectNear(out.at("y"), y, 1e-12);
}

TEST(Mixers, GateThenNorm) { checkGatedNorm(false); }
TEST(Mixers, NormThenGate) { checkGatedNorm(true); }

} // namespace
