// The files of a GPU suite, as prepare/ writes them.
#pragma once

#include "tools/Npz.h"

#include <map>
#include <string>
#include <vector>

namespace mixir::gpu_suite {

/// An array of a call and where its numbers are.
struct StoredArray {
  std::string name, path;
};
/// An operand that takes a result of the call before.
struct Feed {
  std::string operand, result;
};
/// An operand that is filled with numbers from `low` to `high`.
struct Fill {
  std::string name;
  double low = 0, high = 0;
  std::vector<int64_t> shape;
};

struct Call {
  std::string program;
  std::vector<StoredArray> ins, outs;
  std::vector<Feed> feeds;
  std::vector<Fill> fills;
};

struct Case {
  std::string name, mixer;
  double tolerance = 0;
  std::map<std::string, double> scales; ///< of results: what the tolerance is a part of
  std::map<std::string, double> work;   ///< "bytes", "exps", "flops" of one call
  std::map<std::string, int64_t> dims;
  std::vector<Call> calls;
};

/// All cases of a folder ("check" or "time") of a suite whose names have one of `parts`, in the
/// order of names. Throws std::runtime_error.
std::vector<Case> readCases(const std::string &folder, const std::vector<std::string> &parts);

/// What suite.txt says.
struct SuiteFacts {
  std::string mixir, nvrtc;
  std::map<std::string, double> expsPerClock; ///< by architecture
};
SuiteFacts readFacts(const std::string &suite);

/// The bytes of a file. Throws std::runtime_error.
tools::Bytes readBytes(const std::string &path);

/// A text in the quotes of JSON.
std::string jsonText(const std::string &text);

} // namespace mixir::gpu_suite
