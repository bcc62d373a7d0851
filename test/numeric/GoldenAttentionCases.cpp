// Golden cases of short convolutions and linear attention.
#include "test/numeric/GoldenTable.h"

using namespace mixir::numeric;
using namespace mixir::numeric::table;

namespace {

//===----------------------------------------------------------------------===//
// Causal convolution
//===----------------------------------------------------------------------===//

const Links kConv = {{"x", "in_x", "bdt->btd"}, {"w", "in_weight", "dw"}, {"b", "in_bias", "d"}};
const Link kConvY = {"y", "out_y", "bdt->btd"};

GoldenCase convCase(std::string name, std::string mixer, Extents extents, Links ins, Links outs) {
  return {"causal_conv1d",
          std::move(name),
          "",
          "causal_conv.mix",
          std::move(mixer),
          std::move(extents),
          join(kConv, ins),
          join({kConvY}, outs),
          {},
          "",
          {}};
}

GoldenCase convPacked(std::string name, Extents extents) {
  GoldenCase c =
      convCase(std::move(name), "causal_conv_silu", std::move(extents),
               {{"x0", "in_initial_states", "sdc"}}, {{"x_last", "out_final_states", "sdc"}});
  c.bordersFrom = "in_cu_seqlens";
  return c;
}

GoldenCase convSteps(std::string name, Extents extents) {
  GoldenCase c = convCase(std::move(name), "causal_conv_silu", std::move(extents),
                          {{"x0", "in_conv_state", "bdc"}}, {{"x_last", "out_states", "Sbdc"}});
  c.borders = kEightSteps;
  c.feeds = {{"x_last", "x0"}};
  return c;
}

//===----------------------------------------------------------------------===//
// Linear attention and its gated kin
//===----------------------------------------------------------------------===//

const Links kQkv = {{"q", "in_q", "bthk"}, {"k", "in_k", "bthk"}, {"v", "in_v", "bthv"}};
const Links kAttnOut = {{"o", "out_o", "bthv"}, {"S_last", "out_final_state", "bhkv"}};
const Link kAttnState = {"S0", "in_initial_state", "bhkv"};

/// What the families of this section have besides q, k and v.
struct AttnFamily {
  std::string family, file, mixer;
  Links gates;
};

GoldenCase attn(const AttnFamily &f, std::string name, Links ins, Links outs = kAttnOut) {
  return {f.family,
          std::move(name),
          "",
          f.file,
          f.mixer,
          {},
          join(join(kQkv, f.gates), ins),
          std::move(outs),
          {},
          "",
          {}};
}

GoldenCase attnPacked(const AttnFamily &f, std::string name, std::vector<int64_t> borders) {
  GoldenCase c = attn(f, std::move(name), {{"S0", "in_initial_state", "shkv"}},
                      {{"o", "out_o", "bthv"}, {"S_last", "out_final_state", "shkv"}});
  c.borders = std::move(borders);
  return c;
}

GoldenCase attnSteps(const AttnFamily &f, std::string name) {
  GoldenCase c = attn(f, std::move(name), {kAttnState},
                      {{"o", "out_o", "bthv"}, {"S_last", "out_states", "Sbhkv"}});
  c.borders = kEightSteps;
  c.feeds = {{"S_last", "S0"}};
  return c;
}

/// The cases that gla and gated_delta_rule both have.
std::vector<GoldenCase> gatedCases(const AttnFamily &f) {
  return {attn(f, "basic", {}),
          attn(f, "state_odd_t", {kAttnState}),
          attnSteps(f, "decode8"),
          attnSteps(f, "decode8_zero_state"),
          attnPacked(f, "packed", {0, 5, 22, 23, 32}),
          attnPacked(f, "packed_chunks", {0, 64, 65, 65, 128, 193}),
          attnPacked(f, "packed_empty", {0, 3, 3, 4, 16, 16, 18}),
          attnPacked(f, "packed_ones", {0, 1, 2, 7, 8})};
}

} // namespace

std::vector<GoldenCase> table::convCases() {
  return {
      convCase("fwd_w4_silu", "causal_conv_silu", {{"W", 4}, {"S", 3}}, {},
               {{"x_last", "out_final_states", "bdc"}}),
      convCase("fwd_w3_initial", "causal_conv", {{"W", 3}, {"S", 2}},
               {{"x0", "in_initial_states", "bdc"}}, {{"x_last", "out_final_states", "bdc"}}),
      convCase("update_step", "causal_conv_silu", {{"W", 4}, {"S", 4}},
               {{"x0", "in_conv_state", "bdc"}}, {{"x_last", "out_conv_state", "bdc"}}),
      convSteps("decode8", {{"W", 4}, {"S", 4}}),
      convSteps("decode8_zero_state", {{"W", 3}, {"S", 2}}),
      convPacked("packed_chunks", {{"W", 4}, {"S", 3}}),
      convPacked("packed_empty", {{"W", 4}, {"S", 3}}),
      convPacked("packed_ones", {{"W", 3}, {"S", 2}}),
      convCase("seqidx", "causal_conv_segments", {{"W", 4}}, {{"seg", "in_seq_idx", "bt"}}, {}),
      convCase("seqidx_padding", "causal_conv_segments", {{"W", 4}}, {{"seg", "in_seq_idx", "bt"}},
               {}),
      {"causal_conv1d",
       "varlen_states",
       "",
       "causal_conv.mix",
       "causal_conv_state",
       {{"S", 3}},
       {{"x", "in_x", "td->1td"}},
       {{"x_last", "out_states", "sdc"}},
       {},
       "in_cu_seqlens",
       {}},
  };
}

std::vector<GoldenCase> table::attnCases() {
  const AttnFamily plain = {"linear_attn", "linear_attention.mix", "linear_attention", {}};
  const AttnFamily normalised = {
      "linear_attn", "linear_attention.mix", "linear_attention_normalised", {}};
  const AttnFamily gla = {"gla", "gla.mix", "gla", {{"gk", "in_gk", "bthk"}}};
  const AttnFamily delta = {"gated_delta_rule",
                            "gated_delta.mix",
                            "gated_delta",
                            {{"g", "in_g", "bth"}, {"beta", "in_beta", "bth"}}};
  const AttnFamily gva = {"gated_delta_rule", "gated_delta.mix", "gated_delta_gva", delta.gates};
  const AttnFamily raw = {"gated_delta_rule",
                          "gated_delta.mix",
                          "gated_delta_raw",
                          {{"a", "in_a", "bth"},
                           {"b", "in_b", "bth"},
                           {"A_log", "in_A_log", "h"},
                           {"dt_bias", "in_dt_bias", "h"}}};
  const Links withZ = join(kAttnOut, {{"z_last", "out_z_state", "b1hk->bhk"}});
  std::vector<GoldenCase> cases = {
      attn(plain, "basic", {}),
      attn(plain, "state_odd_t", {kAttnState}),
      attn(normalised, "basic_normalised", {}, withZ),
      attn(normalised, "state_odd_t_normalised", {kAttnState, {"z0", "in_z_init", "b1hk->bhk"}},
           withZ),
      attn(raw, "raw_gates", {kAttnState}),
      attn(gva, "state_odd_t", {kAttnState}),
  };
  cases.back().variant = "as one value head a key head";
  for (const AttnFamily *f : {&gla, &delta})
    for (GoldenCase &c : gatedCases(*f))
      cases.push_back(std::move(c));
  return cases;
}
