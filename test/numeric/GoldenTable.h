// What the parts of the table of golden cases share.
#pragma once

#include "test/numeric/GoldenCases.h"

namespace mixir::numeric::table {

using Links = std::vector<Link>;
using Feeds = std::vector<std::pair<std::string, std::string>>;
using Extents = std::map<std::string, int64_t>;

inline Links join(Links a, const Links &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Link cut(Link link, int axis, int64_t begin, int64_t end) {
  link.cutAxis = axis;
  link.cutBegin = begin;
  link.cutEnd = end;
  return link;
}

inline Link pairs(Link link) {
  link.pairs = true;
  return link;
}

inline Link at(Link link, int64_t at) {
  link.at = at;
  return link;
}

inline const std::vector<int64_t> kEightSteps = {0, 1, 2, 3, 4, 5, 6, 7, 8};

/// The parts of the table.
std::vector<GoldenCase> scanCases();
std::vector<GoldenCase> ssdCases();
std::vector<GoldenCase> convCases();
std::vector<GoldenCase> attnCases();

} // namespace mixir::numeric::table
