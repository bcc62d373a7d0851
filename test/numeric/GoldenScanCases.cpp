// Golden cases of selective scans and state space duality.
#include "test/numeric/GoldenTable.h"

using namespace mixir::numeric;
using namespace mixir::numeric::table;

namespace {

//===----------------------------------------------------------------------===//
// Selective scan
//===----------------------------------------------------------------------===//

const Links kScan = {{"u", "in_u", "bdt->btd"},
                     {"delta", "in_delta", "bdt->btd"},
                     {"A", "in_A", "dn"},
                     {"skip", "in_D", "d"},
                     {"bias", "in_delta_bias", "d"}};
const Link kScanGate = {"z", "in_z", "bdt->btd"};
const Links kScanOut = {{"y", "out_y", "bdt->btd"}, {"h_last", "out_last_state", "bdn"}};

GoldenCase scanCase(std::string name, std::string mixer, Extents extents, Links ins) {
  return {"mamba",
          std::move(name),
          "",
          "selective_scan.mix",
          std::move(mixer),
          std::move(extents),
          join(kScan, ins),
          kScanOut,
          {},
          "",
          {}};
}

const Links kScanSteps = {
    {"u", "in_x", "btd"},  {"delta", "in_dt", "btd"},   {"A", "in_A", "dn"},
    {"Bt", "in_B", "btn"}, {"Ct", "in_C", "btn"},       {"skip", "in_D", "d"},
    {"z", "in_z", "btd"},  {"bias", "in_dt_bias", "d"}, {"h0", "in_state", "bdn"}};

GoldenCase scanSteps(std::string name, Extents extents) {
  return {"mamba_decode",
          std::move(name),
          "",
          "selective_scan.mix",
          "selective_scan",
          std::move(extents),
          kScanSteps,
          {{"y", "out_y", "btd"}, {"h_last", "out_states", "Sbdn"}},
          kEightSteps,
          "",
          {{"h_last", "h0"}}};
}

const Links kBlockIns = {cut({"x", "in_xz", "bdt->btd"}, 1, 0, 8),
                         cut({"z", "in_xz", "bdt->btd"}, 1, 8, 16),
                         {"conv_w", "in_conv1d_weight", "d1w->dw"},
                         {"conv_b", "in_conv1d_bias", "d"},
                         cut({"w_dt", "in_x_proj_weight", "qd"}, 0, 0, 2),
                         cut({"w_b", "in_x_proj_weight", "nd"}, 0, 2, 6),
                         cut({"w_c", "in_x_proj_weight", "nd"}, 0, 6, 10),
                         {"w_step", "in_delta_proj_weight", "dq"},
                         {"w_out", "in_out_proj_weight", "ed"},
                         {"A", "in_A", "dn"},
                         {"skip", "in_D", "d"},
                         {"bias", "in_delta_bias", "d"}};

const Links kHeadsIns = {
    {"u", "in_x", "bhp->b1hp"},  {"delta", "in_dt", "bhp->b1hp"}, {"A", "in_A", "hpn"},
    {"Bt", "in_B", "bgn->b1gn"}, {"Ct", "in_C", "bgn->b1gn"},     {"skip", "in_D", "hp"},
    {"z", "in_z", "bhp->b1hp"},  {"bias", "in_dt_bias", "hp"},    {"h0", "in_state", "bhpn"}};

const Links kFlatIns = {
    {"u", "in_x", "bd->b1d"},  {"delta", "in_dt", "bd->b1d"}, {"A", "in_A", "dn"},
    {"Bt", "in_B", "bn->b1n"}, {"Ct", "in_C", "bn->b1n"},     {"skip", "in_D", "d"},
    {"z", "in_z", "bd->b1d"},  {"bias", "in_dt_bias", "d"},   {"h0", "in_state", "bdn"}};

const Links kTiedIns = {
    {"x", "in_x", "bhp->b1hp"},  {"delta", "in_dt", "bh->b1h"}, {"A", "in_A", "h"},
    {"Bt", "in_B", "bgn->b1gn"}, {"Ct", "in_C", "bgn->b1gn"},   {"skip", "in_D", "h"},
    {"z", "in_z", "bhp->b1hp"},  {"bias", "in_dt_bias", "h"},   {"S0", "in_state", "bhpn"}};

//===----------------------------------------------------------------------===//
// State space duality
//===----------------------------------------------------------------------===//

const Links kSsd = {
    {"x", "in_x", "bthp"}, {"A", "in_A", "h"}, {"Bt", "in_B", "btgn"}, {"Ct", "in_C", "btgn"}};
const Links kSsdRaw = {{"delta", "in_dt", "bth"}, {"bias", "in_dt_bias", "h"}};
const Link kSsdFinal = {"dt", "in_dt", "bth"}, kSsdSkip = {"skip", "in_D", "h"};
const Links kSsdOut = {{"y", "out_y", "bthp"}, {"S_last", "out_final_states", "bhpn"}};

GoldenCase ssdCase(std::string name, std::string mixer, Extents extents, Links ins,
                   Links outs = kSsdOut) {
  return {"mamba2",
          std::move(name),
          "",
          "ssd.mix",
          std::move(mixer),
          std::move(extents),
          join(kSsd, ins),
          std::move(outs),
          {},
          "",
          {}};
}

GoldenCase ssdPacked(std::string name, Extents extents) {
  GoldenCase c = ssdCase(std::move(name), "ssd_final_dt", std::move(extents),
                         {kSsdFinal, kSsdSkip, {"S0", "in_initial_states", "shpn"}},
                         {{"y", "out_y", "bthp"}, {"S_last", "out_varlen_states", "shpn"}});
  c.bordersFrom = "in_cu_seqlens";
  return c;
}

GoldenCase ssdSteps(std::string name, Extents extents, Links ins) {
  GoldenCase c = ssdCase(std::move(name), "ssd", std::move(extents),
                         join(join(kSsdRaw, {kSsdSkip, {"S0", "in_state", "bhpn"}}), ins),
                         {{"y", "out_y", "bthp"}, {"S_last", "out_states", "Sbhpn"}});
  c.borders = kEightSteps;
  c.feeds = {{"S_last", "S0"}};
  return c;
}

const Links kSsdBlockIns = {cut({"z", "in_zxbcdt", "btd"}, 2, 0, 12),
                            cut({"x", "in_zxbcdt", "btd"}, 2, 12, 24),
                            cut({"Bx", "in_zxbcdt", "btn"}, 2, 24, 30),
                            cut({"Cx", "in_zxbcdt", "btn"}, 2, 30, 36),
                            cut({"delta", "in_zxbcdt", "bth"}, 2, 36, 39),
                            cut({"wx", "in_conv1d_weight", "dw"}, 0, 0, 12),
                            cut({"wb", "in_conv1d_weight", "nw"}, 0, 12, 18),
                            cut({"wc", "in_conv1d_weight", "nw"}, 0, 18, 24),
                            cut({"bx", "in_conv1d_bias", "d"}, 0, 0, 12),
                            cut({"bb", "in_conv1d_bias", "n"}, 0, 12, 18),
                            cut({"bc", "in_conv1d_bias", "n"}, 0, 18, 24),
                            {"A", "in_A", "h"},
                            {"skip", "in_D", "h"},
                            {"bias", "in_dt_bias", "h"},
                            {"norm_w", "in_rmsnorm_weight", "d"},
                            {"w_out", "in_outproj_weight", "ed"}};

} // namespace

std::vector<GoldenCase> table::scanCases() {
  const Links shared = {{"Bt", "in_B", "bnt->btn"}, {"Ct", "in_C", "bnt->btn"}, kScanGate};
  const Links oneGroup = {{"Bt", "in_B", "bnt->bt1n"}, {"Ct", "in_C", "bnt->bt1n"}, kScanGate};
  const Links groups = {{"Bt", "in_B", "bgnt->btgn"}, {"Ct", "in_C", "bgnt->btgn"}};
  const Links complexPairs = {pairs({"Bt", "in_B", "b1nt->btn"}),
                              pairs({"Ct", "in_C", "b1nt->btn"}), kScanGate};
  const Links constants = {{"Bc", "in_B", "dn"}, {"Cc", "in_C", "dn"}, kScanGate};
  std::vector<GoldenCase> cases = {
      scanCase("full_g1", "selective_scan", {{"N", 8}}, shared),
      scanCase("full_g1", "selective_scan_grouped", {{"N", 8}, {"G", 1}}, oneGroup),
      scanCase("groups2_nogate", "selective_scan_grouped", {{"N", 5}}, groups),
      scanCase("complex_a", "selective_scan_complex", {{"N", 4}}, complexPairs),
      scanCase("constant_bc", "selective_scan_constant", {{"N", 4}}, constants),
      {"mamba",
       "inner",
       "",
       "selective_scan.mix",
       "selective_scan_block",
       {{"N", 4}, {"W", 4}},
       kBlockIns,
       {{"y", "out_y", "bte"}},
       {},
       "",
       {}},
      {"mamba_decode",
       "flat",
       "",
       "selective_scan.mix",
       "selective_scan",
       {{"N", 16}},
       kFlatIns,
       {{"y", "out_y", "bd->b1d"}, {"h_last", "out_state", "bdn"}},
       {},
       "",
       {}},
      {"mamba_decode",
       "heads_g2",
       "",
       "selective_scan.mix",
       "selective_scan_heads",
       {{"N", 5}},
       kHeadsIns,
       {{"y", "out_y", "bhp->b1hp"}, {"h_last", "out_state", "bhpn"}},
       {},
       "",
       {}},
      {"mamba_decode",
       "heads_tied",
       "",
       "ssd.mix",
       "ssd",
       {{"P", 5}, {"N", 6}},
       kTiedIns,
       {{"y", "out_y", "bhp->b1hp"}, {"S_last", "out_state", "bhpn"}},
       {},
       "",
       {}},
      {"mamba_decode",
       "prefill_then_steps",
       "",
       "selective_scan.mix",
       "selective_scan",
       {{"N", 4}},
       join(kScan, join(shared, {{"h0", "0*out_state_end", "bdn"}})),
       {{"y", "out_y_prefill", "bdt->btd"},
        at({"y", "out_y_steps", "bdt->btd"}, 21),
        at({"h_last", "out_state_prefill", "bdn"}, 0),
        {"h_last", "out_state_end", "bdn"}},
       {0, 21, 22, 23, 24, 25, 26, 27},
       "",
       {{"h_last", "h0"}}},
      scanSteps("seq_decode8", {{"N", 4}}),
      scanSteps("seq_decode8_zero_state", {{"N", 5}}),
  };
  cases[1].variant = "as one group";
  return cases;
}

std::vector<GoldenCase> table::ssdCases() {
  std::vector<GoldenCase> cases = {
      ssdCase("scan_g1", "ssd", {{"P", 8}, {"N", 8}}, join(kSsdRaw, {kSsdSkip})),
      ssdCase("scan_g2_gate_limit", "ssd", {{"P", 6}, {"N", 5}},
              join(kSsdRaw, {{"skip_p", "in_D", "hp"},
                             {"z", "in_z", "bthp"},
                             {"dt_min", "=0.05", ""},
                             {"dt_max", "=0.6", ""}})),
      ssdCase("state_io", "ssd_final_dt", {{"P", 6}, {"N", 5}},
              {kSsdFinal, {"S0", "in_initial_states", "bhpn"}}),
      {"mamba2",
       "block_norm_g1",
       "",
       "ssd.mix",
       "ssd_block",
       {{"P", 4}, {"N", 6}, {"W", 4}, {"G", 1}},
       kSsdBlockIns,
       {{"y", "out_y", "bte"}},
       {},
       "",
       {}},
      ssdSteps("decode8", {{"P", 3}, {"N", 4}}, {}),
      ssdSteps("decode8_zero_state", {{"P", 4}, {"N", 5}}, {{"z", "in_z", "bthp"}}),
      ssdPacked("packed_chunks", {{"P", 4}, {"N", 5}}),
      ssdPacked("packed_empty", {{"P", 3}, {"N", 5}}),
      ssdPacked("packed_ones", {{"P", 4}, {"N", 5}}),
  };
  // the initial state reaches the first segment only
  GoldenCase packed = ssdCase("seq_idx", "ssd_final_dt", {{"P", 5}, {"N", 6}},
                              {kSsdFinal, {"S0", "in_initial_states", "shpn"}},
                              join(kSsdOut, {{"S_last", "out_varlen_states", "shpn"}}));
  packed.bordersFrom = "in_cu_seqlens";
  cases.push_back(packed);
  return cases;
}
