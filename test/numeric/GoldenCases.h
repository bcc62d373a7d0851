// How each golden case is said in the language: which mixer, which arrays are which operands, and
// how a case of many calls (decode steps, packed segments) is cut. The cases stand in cases/*.json,
// one file for each .mix file; cases/README.md has the format.
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace mixir::numeric {

/// One operand or result of the mixer and the golden array it stands for.
struct Link {
  std::string name;  ///< of the operand or result
  std::string array; ///< in the golden file; "=0.05" is that number, "0*x" zeros as large as x
  /// Axes of the golden array, "->" and the axes of the mixer, a letter each. `1` is an axis of one
  /// that only one side has. `t` is cut into the pieces of the case; of `s` a piece takes the entry
  /// of its number and keeps the axis, of `S` it takes it and drops the axis.
  std::string layout;
  /// Only entries begin..end of axis `axis` of the golden array.
  int cutAxis = -1;
  int64_t cutBegin = 0, cutEnd = 0;
  bool pairs = false; ///< the last axis of the golden array interleaves real and imaginary parts
  std::vector<Link> stack; ///< of an operand, instead of `array`: these along a new axis `along`
  unsigned along = 0;
  int64_t at =
      -1; ///< a result with `t`: its first time; without `t` and `s`: the piece it is after
};

struct GoldenCase {
  std::string family, name;
  std::string variant; ///< why the golden case is here once more, or empty
  std::string file, mixer;
  std::map<std::string, int64_t> extents; ///< dimensions fixed at compile time
  std::vector<Link> ins, outs;
  std::vector<int64_t> borders; ///< of the pieces along `t`; empty: one piece
  std::string bordersFrom;      ///< array with the borders instead
  std::vector<std::pair<std::string, std::string>> feeds; ///< result -> operand of the next piece
};

/// The name of a case in test output.
inline std::ostream &operator<<(std::ostream &os, const GoldenCase &c) {
  return os << c.family << "/" << c.name << (c.variant.empty() ? "" : " ") << c.variant;
}

/// A golden case that the language cannot say, and why.
struct UnexpressedCase {
  std::string family, name, reason;
};

/// What the files of cases say.
struct GoldenTable {
  std::vector<GoldenCase> cases; ///< by file, in the order of the file
  std::vector<UnexpressedCase> unexpressed;
  /// What is wrong with the files: place and message. Cases with a mistake are not in `cases`.
  std::vector<std::string> problems;
};

/// The table of all .json files in `casesFolder`, for the mixers of `mixersFolder`.
GoldenTable readGoldenTable(const std::string &casesFolder, const std::string &mixersFolder);

/// What `table` misses of the families it mentions, or has beyond the manifest of `goldenFolder`.
std::vector<std::string> manifestProblems(const GoldenTable &table,
                                          const std::string &goldenFolder);

/// The table of this source tree, read once.
const GoldenTable &goldenTable();

} // namespace mixir::numeric
