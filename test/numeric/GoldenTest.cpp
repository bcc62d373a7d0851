// Every golden case of the table, with every engine of the program.
#include "test/numeric/GoldenRunner.h"

#include "gtest/gtest.h"

using namespace mixir::numeric;

namespace {

std::string testName(const GoldenCase &c) {
  std::string name = c.family + "_" + c.name + (c.variant.empty() ? "" : "_" + c.variant);
  for (char &ch : name)
    if (!std::isalnum(static_cast<unsigned char>(ch)))
      ch = '_';
  return name;
}

class Golden : public ::testing::TestWithParam<std::tuple<Engine, GoldenCase>> {};

TEST_P(Golden, Matches) {
  std::string folder = goldenFolder();
  if (folder.empty())
    GTEST_SKIP() << "no golden tensors: set MIXIR_GOLDEN_DIR";
  const auto &[engine, c] = GetParam();
  Outcome outcome = runGoldenCase(c, engine, folder, MIXIR_MIXERS_DIR);
  EXPECT_EQ(outcome.problem, "");
  std::printf("%-12s %-60s %.1e\n", engine.name.c_str(), testName(c).c_str(), outcome.worstRatio);
}

INSTANTIATE_TEST_SUITE_P(Table, Golden,
                         ::testing::Combine(::testing::ValuesIn(engines()),
                                            ::testing::ValuesIn(goldenTable().cases)),
                         [](const auto &info) {
                           return std::get<0>(info.param).name + "_" +
                                  testName(std::get<1>(info.param));
                         });

std::string joined(const std::vector<std::string> &lines) {
  std::string text;
  for (const std::string &line : lines)
    text += line + "\n";
  return text;
}

TEST(GoldenTable, IsSound) {
  EXPECT_EQ(joined(goldenTable().problems), "");
  EXPECT_FALSE(goldenTable().cases.empty());
}

TEST(GoldenTable, SaysWhatIsNotExpressed) {
  for (const UnexpressedCase &c : goldenTable().unexpressed)
    std::printf("not expressed: %s/%s: %s\n", c.family.c_str(), c.name.c_str(), c.reason.c_str());
  if (goldenFolder().empty())
    GTEST_SKIP() << "no golden tensors: set MIXIR_GOLDEN_DIR";
  EXPECT_EQ(joined(manifestProblems(goldenTable(), goldenFolder())), "");
}

} // namespace
