// DimExprTest.cpp - expressions of derived dimensions.
#include "DimExpr.h"

#include <gtest/gtest.h>

using namespace mixir::runtime;

namespace {

int64_t evaluate(const char *text, int64_t w, int64_t s) {
  DimExpr expr = DimExpr::parse(
      text, [](std::string_view name) { return name == "W" ? 0 : name == "S" ? 1 : -1; });
  int64_t sizes[] = {w, s}, result = -777;
  expr.evaluate(sizes, result);
  return result;
}

TEST(Expressions, followTheRulesOfArithmetic) {
  EXPECT_EQ(evaluate("W-1", 4, 0), 3);
  EXPECT_EQ(evaluate("1+2*3", 0, 0), 7);
  EXPECT_EQ(evaluate("(1+2)*3", 0, 0), 9);
  EXPECT_EQ(evaluate("10-3-2", 0, 0), 5);
  EXPECT_EQ(evaluate(" W * ( S + 1 ) ", 3, 4), 15);
  EXPECT_EQ(evaluate("-W+5", 3, 0), 2);
  EXPECT_EQ(evaluate("(W + 63) / 64", 64, 0), 1);
  EXPECT_EQ(evaluate("(W + 63) / 64", 65, 0), 2);
  EXPECT_EQ(evaluate("(W + 63) / 64 * 64", 1, 0), 64);
  EXPECT_EQ(evaluate("(W - 5) / 4", 4, 0), -1) << "rounds down";
  EXPECT_EQ(evaluate("W / S", 4, 0), -777) << "divided by zero";
  EXPECT_EQ(evaluate("W*S", 3, kUnknownSize), -777);
  EXPECT_EQ(evaluate("W*W*W*W", 2000000000, 0), -777) << "overflow";
}

TEST(Expressions, rejectWhatTheyAreNot) {
  auto lookup = [](std::string_view) { return -1; };
  for (const char *text : {"", "1+", "(1", "1)", "a", "1 2", "99999999999", "*"})
    EXPECT_THROW(DimExpr::parse(text, lookup), std::string) << text;
  EXPECT_THROW(DimExpr::parse(std::string(1000, '('), lookup), std::string);
  EXPECT_THROW(DimExpr::parse(std::string(1000, '-') + "1", lookup), std::string);
}

} // namespace
