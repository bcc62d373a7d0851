// Mixers that no golden case covers, against the ones that are covered and plain loops.
#include "test/numeric/GoldenRunner.h"
#include "test/numeric/InterpreterTesting.h"

#include <complex>

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

double sigmoid(double v) { return 1 / (1 + std::exp(-v)); }

/// Entries begin..end of axis 1.
Array part(const Array &a, int64_t begin, int64_t end) {
  std::vector<int64_t> shape = a.shape;
  shape[1] = end - begin;
  Array out(shape, a.kind);
  int64_t inner = a.size() / (a.shape[0] * a.shape[1]);
  for (int64_t o = 0; o < shape[0]; ++o)
    std::copy_n(a.data.begin() + (o * a.shape[1] + begin) * inner, shape[1] * inner,
                out.data.begin() + o * shape[1] * inner);
  return out;
}

/// Calls with the first `cut` steps and with the rest, which takes over the state, against one
/// call.
void checkSplit(const std::string &file, const std::string &mixer, std::set<std::string> omitted,
                const Arrays &in, const std::set<std::string> &perStep, int64_t cut,
                const Arrays &later = {}) {
  std::set<std::string> none = omitted;
  none.insert("S0");
  Arrays whole = call(file, mixer, {}, none, in);
  Arrays first = in, rest = in;
  for (const std::string &name : perStep) {
    first[name] = part(in.at(name), 0, cut);
    rest[name] = part(in.at(name), cut, in.at(name).shape[1]);
  }
  Arrays a = call(file, mixer, {}, none, first);
  rest["S0"] = a.at("S_last");
  for (auto &[name, value] : later) {
    rest[name] = value;
    omitted.erase(name);
  }
  Arrays b = call(file, mixer, {}, omitted, rest);
  expectNear(a.at("o"), part(whole.at("o"), 0, cut).data);
  expectNear(b.at("o"), part(whole.at("o"), cut, whole.at("o").shape[1]).data);
  expectNear(b.at("S_last"), whole.at("S_last").data);
}

TEST(Mixers, GatesOfRwkv7) {
  const int64_t B = 2, T = 5, H = 2, K = 3;
  Array k = numbers({B, T, H, K}, 2), w = numbers({B, T, H, K}, 3), gate = numbers({B, T, H, K}, 4);
  Array kk = numbers({H, K}, 5), ka = numbers({H, K}, 6);
  Arrays raw = {{"r", numbers({B, T, H, K}, 1)}, {"k", k},    {"w", w},   {"a", gate},
                {"v", numbers({B, T, H, 4}, 7)}, {"k_k", kk}, {"k_a", ka}};
  Array a = k, b = k, kw = k, gk = w;
  for (int64_t n = 0; n < k.size(); n += K) {
    double norm = 1e-6;
    for (int64_t i = 0; i < K; ++i)
      norm += std::pow(k.data[n + i] * kk.data[(n + i) % (H * K)], 2);
    for (int64_t i = n; i < n + K; ++i) {
      double key = k.data[i] * kk.data[i % (H * K)] / std::sqrt(norm), on = sigmoid(gate.data[i]);
      a.data[i] = -key;
      b.data[i] = key * on;
      kw.data[i] = k.data[i] * (1 + (on - 1) * ka.data[i % (H * K)]);
      gk.data[i] = -0.6065306597126334 * sigmoid(w.data[i]);
    }
  }
  Arrays layer = call("dplr.mix", "rwkv7", {}, {"S0"}, raw);
  Arrays rule = call("dplr.mix", "dplr", {}, {"S0"},
                     {{"q", raw["r"]}, {"k", kw}, {"v", raw["v"]}, {"a", a}, {"b", b}, {"gk", gk}});
  for (double &o : rule.at("o").data)
    o *= std::sqrt(double(K)); // rwkv7 does not scale
  expectNear(layer.at("o"), rule.at("o").data);
  expectNear(layer.at("S_last"), rule.at("S_last").data);
}

TEST(Mixers, BoundedGateOfKda) {
  const int64_t B = 1, T = 6, H = 2, K = 3;
  Array f = numbers({B, T, H, K}, 4), b = numbers({B, T, H}, 5);
  Arrays raw = {{"q", numbers({B, T, H, K}, 1)},
                {"k", numbers({B, T, H, K}, 2)},
                {"v", numbers({B, T, H, 4}, 3)},
                {"f", f},
                {"b", b},
                {"A_log", numbers({H}, 6)},
                {"dt_bias", numbers({H * K}, 7)},
                {"lower", array({}, {-5})}};
  Arrays done = {
      {"q", raw["q"]}, {"k", raw["k"]}, {"v", raw["v"]}, {"g", f}, {"beta", mapped(b, sigmoid)}};
  for (const char *name : {"q", "k"})
    for (int64_t n = 0; n < done[name].size(); n += K) {
      double norm = 1e-6;
      for (int64_t i = n; i < n + K; ++i)
        norm += done[name].data[i] * done[name].data[i];
      for (int64_t i = n; i < n + K; ++i)
        done[name].data[i] /= std::sqrt(norm);
    }
  for (int64_t i = 0; i < f.size(); ++i)
    done["g"].data[i] = -5 * sigmoid(std::exp(raw["A_log"].data[i / K % H]) *
                                     (f.data[i] + raw["dt_bias"].data[i % (H * K)]));
  Arrays out = call("kda.mix", "kda_raw", {}, {"S0"}, raw);
  Arrays plain = call("kda.mix", "kda", {}, {"S0"}, done);
  expectNear(out.at("o"), plain.at("o").data);
  expectNear(out.at("S_last"), plain.at("S_last").data);
}

TEST(Mixers, EqualEraseAndWriteGates) {
  Arrays in = {{"q", numbers({2, 5, 2, 3}, 1)},
               {"k", numbers({2, 5, 2, 3}, 2)},
               {"v", numbers({2, 5, 2, 4}, 3)},
               {"g", mapped(numbers({2, 5, 2, 3}, 4), decay)},
               {"beta", numbers({2, 5, 2}, 5)}};
  Arrays one = call("kda.mix", "kda", {}, {"S0"}, in);
  Array beta = in["beta"];
  beta.shape.push_back(1);
  in.erase("beta");
  in["b"] = repeated(beta, 3, 3);
  in["w"] = repeated(beta, 3, 4);
  Arrays two = call("kda.mix", "gdn2", {}, {"S0"}, in);
  expectNear(two.at("o"), one.at("o").data);
  expectNear(two.at("S_last"), one.at("S_last").data);
}

TEST(Mixers, LogLinearGoesOn) {
  const int64_t T = 13;
  Arrays in = {{"q", numbers({2, T, 2, 3}, 1)},
               {"k", numbers({2, T, 2, 3}, 2)},
               {"v", numbers({2, T, 2, 4}, 3)},
               {"g", mapped(numbers({2, T, 2}, 4), decay)},
               {"lambda", numbers({2, T, 2, 5}, 5)}};
  for (int64_t cut : {1, 4, 7})
    checkSplit("log_linear.mix", "log_linear", {"t0"}, in, {"q", "k", "v", "g", "lambda"}, cut,
               {{"t0", array({2}, {double(cut), double(cut)}, Array::I32)}});
}

TEST(Mixers, LightningGoesOn) {
  Arrays in = {{"q", numbers({2, 7, 2, 3}, 1)},
               {"k", numbers({2, 7, 2, 3}, 2)},
               {"v", numbers({2, 7, 2, 4}, 3)},
               {"slope", array({2}, {0.5, 0.0625})}};
  checkSplit("retention.mix", "lightning_attention", {}, in, {"q", "k", "v"}, 3);
  in.erase("slope");
  checkSplit("retention.mix", "retention", {}, in, {"q", "k", "v"}, 3);
}

TEST(Mixers, OneMemoryIsTheGatedDeltaRule) {
  Array k = numbers({2, 5, 2, 3}, 2), v = numbers({2, 5, 2, 4}, 3);
  Arrays in = {{"q", numbers({2, 5, 2, 3}, 1)},
               {"k", k},
               {"v", v},
               {"g", mapped(numbers({2, 5, 2}, 4), decay)},
               {"beta", numbers({2, 5, 2}, 5)}};
  Arrays rule = call("gated_delta.mix", "gated_delta", {}, {"S0"}, in);
  // memory 1 of 2 at every step
  for (const char *name : {"k", "v", "g", "beta"}) {
    Array &a = in[name];
    a.shape.insert(a.shape.begin() + 2, 1);
    a = repeated(a, 2, 2);
  }
  in["weights"] = mapped(numbers({2, 5, 1}, 6), [](double) { return 1.0; });
  in["chosen"] = Array({2, 5, 1}, Array::I32);
  for (double &m : in["chosen"].data)
    m = 1;
  Arrays memories = call("mom.mix", "mom", {}, {"S0"}, in);
  expectNear(memories.at("o"), rule.at("o").data);
  const Array &states = memories.at("S_last"); // [B, M, H, K, V]
  const int64_t size = 2 * 3 * 4;
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t i = 0; i < size; ++i) {
      EXPECT_EQ(states.data[b * 2 * size + i], 0);
      EXPECT_NEAR(states.data[(b * 2 + 1) * size + i], rule.at("S_last").data[b * size + i], 1e-13);
    }
}

/// The block of an attention without bias and with projections that pick their part of x, against
/// the attention alone.
void checkAttentionBlock(const std::string &mixer, std::map<std::string, int64_t> extents) {
  const int64_t H = 2, K = 2, V = 3, E = 2 * H * K + H * V;
  auto pick = [&](int64_t rows, int64_t first) {
    Array w({rows, E});
    for (int64_t i = 0; i < rows; ++i)
      w.data[i * E + first + i] = 1;
    return w;
  };
  Array out({H * V, H * V});
  for (int64_t i = 0; i < H * V; ++i)
    out.data[i * H * V + i] = 1;
  Array x = numbers({2, 7, E}, 1), q({2, 7, H, K}), k({2, 7, H, K}), v({2, 7, H, V});
  for (int64_t n = 0; n < 2 * 7; ++n) {
    std::copy_n(x.data.begin() + n * E, H * K, q.data.begin() + n * H * K);
    std::copy_n(x.data.begin() + n * E + H * K, H * K, k.data.begin() + n * H * K);
    std::copy_n(x.data.begin() + n * E + 2 * H * K, H * V, v.data.begin() + n * H * V);
  }
  std::set<std::string> omitted;
  if (mixer == "norm_attention")
    omitted.insert("S0");
  Arrays alone = call("transnormer.mix", mixer, extents, omitted, {{"q", q}, {"k", k}, {"v", v}});
  extents["H"] = H;
  Arrays block = call("transnormer.mix", mixer + "_block", extents, {},
                      {{"x", x},
                       {"w_q", pick(H * K, 0)},
                       {"w_k", pick(H * K, H * K)},
                       {"w_v", pick(H * V, 2 * H * K)},
                       {"b_q", Array({H * K})},
                       {"b_k", Array({H * K})},
                       {"b_v", Array({H * V})},
                       {"w_out", out},
                       {"b_out", Array({H * V})}});
  expectNear(block.at("y"), alone.at("o").data);
}

/// out[b, l, i] = sum_j w[i, j] x[b, l, j] over the last axis, [rows, columns] of w from number `at` on.
Array projected(const Array &w, int64_t at, const Array &x, int64_t rows) {
  int64_t columns = x.shape.back();
  std::vector<int64_t> shape = x.shape;
  shape.back() = rows;
  Array out(shape);
  for (int64_t n = 0; n < x.size() / columns; ++n)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        out.data[n * rows + i] += w.data[at + i * columns + j] * x.data[n * columns + j];
  return out;
}

/// One direction of a MambaMixer scan over x : [B, L, D], without the gate, by plain loops; `k` of the weights.
Array mixedAlong(const Arrays &in, const Array &x, int64_t k, bool isReverse, int64_t N, int64_t W) {
  const int64_t B = x.shape[0], L = x.shape[1], D = x.shape[2];
  auto of = [&](const char *name, int64_t rows) { return projected(in.at(name), k * rows * D, x, rows); };
  Array v = of("w_in", D), raw = of("w_dt", D), Bt = of("w_b", N), Ct = of("w_c", N), y(x.shape);
  for (int64_t b = 0; b < B; ++b)
    for (int64_t d = 0; d < D; ++d) {
      std::vector<double> h(N);
      for (int64_t step = 0; step < L; ++step) {
        int64_t t = isReverse ? L - 1 - step : step, at = b * L + t;
        double u = 0;
        for (int64_t j = 0; j < W; ++j) { // the last tap meets the current sample
          int64_t from = isReverse ? t + (W - 1 - j) : t - (W - 1 - j);
          if (from >= 0 && from < L)
            u += in.at("conv_w").data[(k * D + d) * W + j] * v.data[(b * L + from) * D + d];
        }
        u = silu(u);
        double dt = softplus(raw.data[at * D + d]);
        for (int64_t n = 0; n < N; ++n) {
          h[n] = std::exp(dt * in.at("A").data[(k * D + d) * N + n]) * h[n] + dt * Bt.data[at * N + n] * u;
          y.data[at * D + d] += Ct.data[at * N + n] * h[n];
        }
      }
    }
  return y;
}

/// [B, L, D] as [B, D, L].
Array transposed(const Array &a) {
  const int64_t B = a.shape[0], L = a.shape[1], D = a.shape[2];
  Array out({B, D, L});
  for (int64_t b = 0; b < B; ++b)
    for (int64_t l = 0; l < L; ++l)
      for (int64_t d = 0; d < D; ++d)
        out.data[(b * D + d) * L + l] = a.data[(b * L + l) * D + d];
  return out;
}

TEST(Mixers, TokensAndChannelsOfMambaMixer) {
  const int64_t L = 6, D = 5, N = 3, W = 3;
  Array x = numbers({2, L, D}, 1);
  for (bool isChannel : {false, true}) {
    const int64_t K = isChannel ? 2 : 1, F = isChannel ? L : D; // F numbers a step
    auto weights = [&](std::vector<int64_t> shape, unsigned seed) {
      if (isChannel)
        shape.insert(shape.begin(), K);
      return numbers(shape, seed);
    };
    Arrays in = {{"x", x},
                 {"w_in", weights({F, F}, 2)},
                 {"w_dt", weights({F, F}, 3)},
                 {"w_b", weights({N, F}, 4)},
                 {"w_c", weights({N, F}, 5)},
                 {"conv_w", weights({F, W}, 6)},
                 {"A", mapped(weights({F, N}, 7), decay)},
                 {"w_gate", numbers({F, F}, 8)}};
    Array steps = isChannel ? transposed(x) : x;
    Array y = mixedAlong(in, steps, 0, false, N, W), gate = projected(in["w_gate"], 0, steps, F);
    Array back = isChannel ? mixedAlong(in, steps, 1, true, N, W) : Array(y.shape);
    for (int64_t i = 0; i < y.size(); ++i)
      y.data[i] = (y.data[i] + back.data[i]) * silu(gate.data[i]);
    Arrays out = call("mambamixer.mix", isChannel ? "mambamixer_channel" : "mambamixer_token",
                      {{"N", N}, {"W", W}}, {}, in);
    expectNear(out.at("y"), (isChannel ? transposed(y) : y).data, 1e-12);
  }
}

TEST(Mixers, AwakeTokensOfSeqBoat) {
  const int64_t B = 3, L = 9, K = 2, V = 3, S = 2;
  Array q = numbers({B, L, K}, 1), k = numbers({B, L, K}, 2), v = numbers({B, L, V}, 3);
  Array logits = numbers({B, L, 2}, 4);
  for (int64_t l = 0; l < L; ++l) { // nobody is awake in row 1, everybody in row 2
    logits.data[(L + l) * 2] = 1, logits.data[(L + l) * 2 + 1] = l % 2;
    logits.data[(2 * L + l) * 2] = -3;
  }
  std::vector<double> y(B * L * V), active;
  for (int64_t b = 0; b < B; ++b) {
    std::vector<int64_t> awake;
    for (int64_t l = 0; l < L; ++l)
      if (logits.data[(b * L + l) * 2 + 1] > logits.data[(b * L + l) * 2])
        awake.push_back(b * L + l);
    active.push_back(double(awake.size()));
    for (int64_t j = 0; j < int64_t(awake.size()); ++j) {
      double total = 0, weight = sigmoid(logits.data[awake[j] * 2 + 1] - logits.data[awake[j] * 2]);
      std::vector<double> sum(V);
      for (int64_t m = std::max<int64_t>(0, j / S * S - S); m <= j; ++m) {
        double score = 0;
        for (int64_t i = 0; i < K; ++i)
          score += q.data[awake[j] * K + i] * k.data[awake[m] * K + i];
        double e = std::exp(score / std::sqrt(double(K)));
        total += e;
        for (int64_t i = 0; i < V; ++i)
          sum[i] += e * v.data[awake[m] * V + i];
      }
      for (int64_t i = 0; i < V; ++i)
        y[awake[j] * V + i] = weight * sum[i] / total;
    }
  }
  EXPECT_EQ(active, (std::vector<double>{active[0], 0, double(L)}));
  Arrays out = call("seqboat.mix", "seqboat", {{"S", S}, {"C", 2}}, {},
                    {{"logits", logits}, {"q", q}, {"k", k}, {"v", v}});
  expectNear(out.at("y"), y, 1e-12);
  expectNear(out.at("active"), active);
}

TEST(Mixers, KernelOfDss) {
  const int64_t L = 7, D = 2, N = 3;
  Arrays in = {{"u", numbers({1, L, D}, 1)},        {"log_dt", numbers({D}, 2)}, {"log_A_re", numbers({N}, 3)},
               {"A_im", numbers({N}, 4)},           {"skip", numbers({D}, 6)},
               {"Cc", numbers({D, N}, 5, Array::C128)}};
  using C = std::complex<double>;
  std::vector<double> y;
  for (int64_t t = 0; t < L; ++t)
    for (int64_t d = 0; d < D; ++d) {
      double sum = in["skip"].data[d] * in["u"].data[t * D + d];
      for (int64_t n = 0; n < N; ++n) {
        C a(-std::exp(in["log_A_re"].data[n]), in["A_im"].data[n]), dta = std::exp(in["log_dt"].data[d]) * a;
        C x = (std::exp(dta * double(L)) - 1.0) * a;
        C c = C(in["Cc"].data[2 * (d * N + n)], in["Cc"].data[2 * (d * N + n) + 1]) * (std::exp(dta) - 1.0) *
              std::conj(x) / (std::norm(x) + 1e-7);
        for (int64_t s = 0; s <= t; ++s)
          sum += (c * std::exp(dta * double(t - s))).real() * in["u"].data[s * D + d];
      }
      y.push_back(sum);
    }
  expectNear(call("dss.mix", "dss", {{"N", N}}, {}, in).at("y"), y, 1e-12);
}

TEST(Mixers, NormAttention) { checkAttentionBlock("norm_attention", {}); }
TEST(Mixers, DiagAttention) { checkAttentionBlock("diag_attention", {{"W", 3}}); }
TEST(Mixers, DiagAttentionRelu) { checkAttentionBlock("diag_attention_relu", {{"W", 3}}); }

} // namespace
