// The cases of a GPU suite. Each is a folder with a case.txt, which says a word and its arguments a
// line (read by suite/Case.cpp and peers.py), and .npy files.
#pragma once

#include "bench/gpu/prepare/Programs.h"

namespace mixir::gpu_suite {

/// What became of the cases of one kind.
struct Count {
  int written = 0, failed = 0;
};

/// Whether a name has one of the parts that were asked for; everything has where none was.
bool isWanted(const std::string &name, const std::vector<std::string> &parts);
/// A name as a folder: letters, digits, '.', '_' and '-'.
std::string folderName(const std::string &name);

/// Every case of the golden table, with inputs and outputs, into `folder`. What fails is printed.
Count writeGoldenCases(Programs &programs, const std::string &folder,
                       const std::vector<std::string> &parts);
/// The cases that are timed: shapes and ranges of inputs. `isSmall`: sizes for a test of the suite.
Count writeTimingCases(Programs &programs, const std::string &folder,
                       const std::vector<std::string> &parts, bool isSmall);

} // namespace mixir::gpu_suite
