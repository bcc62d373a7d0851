// The table of golden cases, put together, and what is not in it.
#include "test/numeric/GoldenTable.h"

using namespace mixir::numeric;

const std::vector<GoldenCase> &mixir::numeric::goldenCases() {
  static const std::vector<GoldenCase> all = [] {
    std::vector<GoldenCase> list;
    for (auto *part : {table::scanCases, table::ssdCases, table::convCases, table::attnCases})
      for (GoldenCase &c : part())
        list.push_back(std::move(c));
    return list;
  }();
  return all;
}

const std::vector<UnexpressedCase> &mixir::numeric::unexpressedCases() {
  static const std::vector<UnexpressedCase> all = {
      {"causal_conv1d", "update_circular",
       "the state is a ring buffer written at a position that a tensor gives: no gather along a "
       "stored axis"},
  };
  return all;
}
