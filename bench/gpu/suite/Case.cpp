// See Case.h.
#include "bench/gpu/suite/Case.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

using namespace mixir;
using namespace mixir::gpu_suite;

namespace {

std::ifstream openFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error("cannot read '" + path + "'");
  return file;
}

Fill readFill(std::istream &words) {
  Fill fill;
  words >> fill.name >> fill.low >> fill.high;
  for (int64_t extent; words >> extent;)
    fill.shape.push_back(extent);
  return fill;
}

/// One line of a case.txt.
void readLine(const std::string &line, const std::string &folder, Case &c) {
  std::istringstream words(line);
  std::string what, name, file;
  words >> what;
  Call *call = c.calls.empty() ? nullptr : &c.calls.back();
  if (what == "case") {
    c.name = line.substr(5);
  } else if (what == "mixer") {
    words >> c.mixer;
  } else if (what == "tolerance") {
    words >> c.tolerance;
  } else if (what == "scale") {
    words >> name;
    words >> c.scales[name];
  } else if (what == "dim") {
    words >> name;
    words >> c.dims[name];
  } else if (what == "bytes" || what == "exps" || what == "flops") {
    words >> c.work[what];
  } else if (what == "call") {
    c.calls.emplace_back();
    words >> c.calls.back().program;
  } else if (call && what == "fill") {
    call->fills.push_back(readFill(words));
  } else if (call && what == "feed") {
    words >> name >> file;
    call->feeds.push_back({name, file});
  } else if (call && (what == "in" || what == "out")) {
    words >> name >> file;
    (what == "in" ? call->ins : call->outs).push_back({name, folder + "/" + file});
  } else {
    throw std::runtime_error("'" + folder + "/case.txt': unknown line '" + line + "'");
  }
}

} // namespace

std::vector<Case> gpu_suite::readCases(const std::string &folder,
                                       const std::vector<std::string> &parts) {
  std::vector<std::string> folders;
  if (std::filesystem::is_directory(folder))
    for (const auto &entry : std::filesystem::directory_iterator(folder))
      if (std::filesystem::exists(entry.path() / "case.txt")) // else it was not prepared to the end
        folders.push_back(entry.path().string());
  std::sort(folders.begin(), folders.end());
  std::vector<Case> cases;
  for (const std::string &path : folders) {
    std::ifstream file = openFile(path + "/case.txt");
    Case c;
    for (std::string line; std::getline(file, line);)
      readLine(line, path, c);
    bool isWanted = parts.empty();
    for (const std::string &part : parts)
      isWanted |= c.name.find(part) != std::string::npos;
    if (isWanted)
      cases.push_back(std::move(c));
  }
  return cases;
}

SuiteFacts gpu_suite::readFacts(const std::string &suite) {
  std::ifstream file = openFile(suite + "/suite.txt");
  SuiteFacts facts;
  std::string what, value, arch;
  while (file >> what >> value)
    if (what == "mixir")
      facts.mixir = value;
    else if (what == "nvrtc")
      facts.nvrtc = value;
    else if (what == "arch")
      arch = value;
    else if (what == "exps_per_clock")
      facts.expsPerClock[arch] = std::stod(value);
  return facts;
}

tools::Bytes gpu_suite::readBytes(const std::string &path) {
  std::ifstream file = openFile(path);
  std::ostringstream text;
  text << file.rdbuf();
  std::string bytes = text.str();
  return tools::Bytes(bytes.begin(), bytes.end());
}

std::string gpu_suite::jsonText(const std::string &text) {
  std::string result = "\"";
  for (char c : text)
    if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else
      result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return result + "\"";
}
