// Which shapes are timed, and in which ranges their inputs are made on the GPU machine.
#include "bench/gpu/prepare/Cases.h"

#include "tools/Bind.h"

#include <sstream>

using namespace mixir;
using namespace mixir::gpu_suite;

namespace {

/// Inputs are uniform between the two.
struct Range {
  double low, high;
};
using Ranges = std::map<std::string, Range>;

/// A mixer with a table of shapes.
struct Family {
  const char *file, *mixer, *halfMixer; ///< halfMixer: the one of half.mix
  const char *time;                     ///< the dimension that is walked
  std::set<std::string> omitted;        ///< of the mixer; those of half.mix are there for this only
  const char *initial;                  ///< the initial state, which decode steps are given
  Ranges ranges;                        ///< of all others -1 .. 1
  std::vector<tools::Extents> shapes, steps;
};

/// Decays are in ranges of trained models; keys are short enough for the delta rule to contract.
std::vector<Family> families() {
  tools::Extents heads = {{"H", 16}, {"K", 128}, {"V", 128}};
  auto with = [](tools::Extents extents, int64_t batch, const char *time, int64_t length) {
    extents["B"] = batch;
    extents[time] = length;
    return extents;
  };
  auto attention = [&](const char *file, const char *mixer, const char *half, Ranges ranges) {
    return Family{file,
                  mixer,
                  half,
                  "T",
                  {},
                  "S0",
                  std::move(ranges),
                  {with(heads, 1, "T", 2048), with(heads, 8, "T", 2048)},
                  {with(heads, 1, "T", 1), with(heads, 32, "T", 1)}};
  };
  std::vector<tools::Extents> scans, scanSteps;
  for (int64_t batch : {1, 8})
    for (int64_t channels : {1536, 5120}) {
      for (int64_t length : {2048, 8192})
        scans.push_back({{"B", batch}, {"D", channels}, {"L", length}, {"N", 16}});
      scanSteps.push_back({{"B", batch}, {"D", channels}, {"L", 1}, {"N", 16}});
    }
  tools::Extents ssd = {{"G", 1}, {"R", 24}, {"P", 64}, {"N", 128}};
  return {{"selective_scan.mix",
           "selective_scan",
           "selective_scan_bf16",
           "L",
           {"z"},
           "h0",
           {{"delta", {-4, -1}}, {"A", {-8, -0.5}}, {"bias", {-0.5, 0.5}}},
           scans,
           scanSteps},
          {"ssd.mix",
           "ssd",
           "ssd_bf16",
           "L",
           {"skip_p", "dt_min", "dt_max", "z"},
           "S0",
           {{"delta", {-4, -1}}, {"A", {-8, -0.5}}, {"bias", {-0.5, 0.5}}},
           {with(ssd, 1, "L", 2048), with(ssd, 8, "L", 2048)},
           {with(ssd, 1, "L", 1), with(ssd, 32, "L", 1)}},
          attention("gla.mix", "gla", "gla_bf16", {{"gk", {-0.1, 0}}}),
          attention("gated_delta.mix", "gated_delta", "gated_delta_bf16",
                    {{"k", {-0.1, 0.1}}, {"g", {-0.1, 0}}, {"beta", {0, 1}}}),
          attention("linear_attention.mix", "linear_attention", "linear_attention_bf16",
                    {{"k", {-0.1, 0.1}}})};
}

/// Sizes for a test that has no GPU.
tools::Extents shrunk(tools::Extents extents, const char *time) {
  for (auto &[name, extent] : extents)
    extent = std::min<int64_t>(extent, name == time ? 8 : name == "D" ? 48 : 8);
  return extents;
}

class Writer {
public:
  Writer(Programs &programs, std::string folder, const std::vector<std::string> &parts)
      : programs(programs), folder(std::move(folder)), parts(parts) {}

  void add(const Family &family, bool isHalf, const tools::Extents &extents) {
    bool isStep = extents.at(family.time) == 1;
    std::string path = isHalf ? MIXIR_GPU_BENCH_DIR "/half.mix"
                              : std::string(MIXIR_MIXERS_DIR) + "/" + family.file;
    tools::MixerChoice choice{isHalf ? family.halfMixer : family.mixer, {}, {}};
    if (!isHalf)
      choice.omitted = family.omitted;
    if (!isStep)
      choice.omitted.insert(family.initial);
    std::string name = std::string(family.mixer) + (isHalf ? " bf16" : " f32");
    for (auto &[dim, extent] : extents)
      name += " " + dim + "=" + std::to_string(extent);
    if (!isWanted(name, parts))
      return;
    try {
      write(family, name, path, choice, extents);
      count.written++;
    } catch (const std::exception &e) {
      std::fprintf(stderr, "%s: %s\n", name.c_str(), e.what());
      count.failed++;
    }
  }

  Count count;

private:
  void write(const Family &family, const std::string &name, const std::string &path,
             const tools::MixerChoice &choice, const tools::Extents &extents) {
    tools::Session session(path);
    auto open = session.analyse(choice);
    tools::Extents all = tools::bindExtents(open->signature, {}, extents);
    Emitted emitted = programs.add(session, choice, all);
    std::ostringstream text;
    text << "case " << name << "\nmixer " << family.mixer << "\n";
    for (auto &[dim, extent] : extents)
      text << "dim " << dim << " " << extent << "\n";
    text << "bytes " << emitted.work.bytes << "\nexps " << emitted.work.exps << "\nflops "
         << emitted.work.flops << "\ncall " << emitted.program << "\n";
    for (const frontend::OperandInfo &operand : open->signature.operands) {
      if (operand.isOmitted)
        continue;
      auto given = family.ranges.find(operand.name);
      Range range = given == family.ranges.end() ? Range{-1, 1} : given->second;
      text << "fill " << operand.name << " " << range.low << " " << range.high;
      for (int64_t extent : tools::shapeOf(open->signature, operand, all))
        text << " " << extent;
      text << "\n";
    }
    writeFile(folder + "/" + folderName(name) + "/case.txt", text.str());
  }

  Programs &programs;
  std::string folder;
  const std::vector<std::string> &parts;
};

} // namespace

Count gpu_suite::writeTimingCases(Programs &programs, const std::string &folder,
                                  const std::vector<std::string> &parts, bool isSmall) {
  Writer writer(programs, folder, parts);
  for (const Family &family : families())
    for (bool isHalf : {false, true}) {
      for (const tools::Extents &extents : family.shapes)
        writer.add(family, isHalf, isSmall ? shrunk(extents, family.time) : extents);
      for (const tools::Extents &extents : family.steps)
        writer.add(family, isHalf, isSmall ? shrunk(extents, family.time) : extents);
    }
  return writer.count;
}
