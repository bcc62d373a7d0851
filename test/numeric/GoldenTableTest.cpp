// What the reader of golden cases says about mistakes.
#include "test/numeric/GoldenCases.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include "gtest/gtest.h"

using namespace mixir::numeric;

namespace {

class GoldenFiles : public ::testing::Test {
protected:
  void SetUp() override {
    llvm::SmallString<128> path;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("mixir-golden", path));
    folder = std::string(path);
    write("decay.mix", "mixer decay(B, T, D)\n"
                       "  in x  : [B, T, D]\n"
                       "  in g  : [B, T, D]\n"
                       "  in h0 : [B, D] = 0\n"
                       "{\n"
                       "  scan T {\n"
                       "    state h : [D] init h0\n"
                       "    h := exp(g) * h + x\n"
                       "    y  = h\n"
                       "  }\n"
                       "  return y = y, h_last = final(h)\n"
                       "}\n");
    write("MANIFEST.json", R"({"cases": [{"family": "f", "case": "a"}, {"family": "f", "case": "b"},
                                         {"family": "other", "case": "a"}]})");
  }

  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  void write(const std::string &name, const std::string &text) {
    std::error_code error;
    llvm::raw_fd_ostream os(folder + "/" + name, error);
    ASSERT_FALSE(error);
    os << text;
  }

  GoldenTable read(const std::string &cases, const std::string &rest = "") {
    EXPECT_FALSE(llvm::sys::fs::create_directories(folder + "/cases"));
    write("cases/decay.json",
          R"({"file": "decay.mix", "groups": {"layer": {"in": {"x": "in_x btd", "g": "in_g btd"},
              "out": {"y": "out_y btd"}, "borders": [0, 2, 5]}}, "cases": [)" +
              cases + "]" + rest + "}");
    return readGoldenTable(folder + "/cases", folder);
  }

  /// The only problem of a table with these cases.
  std::string problem(const std::string &cases, const std::string &rest = "") {
    GoldenTable table = read(cases, rest);
    EXPECT_EQ(table.problems.size(), 1u);
    return table.problems.empty() ? "" : table.problems.front();
  }

  std::string folder;
};

/// A case of family f that uses the group, and more.
std::string use(const std::string &more = "") {
  return R"({"golden": "f/a", "mixer": "decay", "use": ["layer"])" + more + "}";
}

TEST_F(GoldenFiles, ReadsAStack) {
  GoldenTable table = read(use(
      R"(, "in": {"x": {"stack": ["in_a td", {"array": "in_b", "layout": "dt->td"}], "along": 0}})"));
  ASSERT_EQ(table.cases.size(), 1u);
  const Link &x = table.cases[0].ins[1];
  EXPECT_EQ(x.name, "x");
  EXPECT_EQ(x.layout, "|td");
  ASSERT_EQ(x.stack.size(), 2u);
  EXPECT_EQ(x.stack[1].array, "in_b");
}

TEST_F(GoldenFiles, ReadsACase) {
  GoldenTable table = read(use(R"(, "variant": "again", "set": {"D": 4}, "borders": "in_cu",
    "in": {"x": {"array": "in_xz", "layout": "bdt->btd", "cut": [1, 0, 4], "pairs": true},
           "h0": "0*out_h bd"},
    "out": {"h_last": [{"array": "out_h", "layout": "bd", "at": 0}, "out_end bd"]},
    "feed": {"h_last": "h0"})"));
  ASSERT_TRUE(table.problems.empty()) << table.problems.front();
  ASSERT_EQ(table.cases.size(), 1u);
  const GoldenCase &c = table.cases[0];
  EXPECT_EQ(c.family + "/" + c.name + " " + c.variant, "f/a again");
  EXPECT_EQ(c.file + " " + c.mixer, "decay.mix decay");
  EXPECT_EQ(c.extents.at("D"), 4);
  EXPECT_EQ(c.bordersFrom, "in_cu");
  EXPECT_TRUE(c.borders.empty());
  EXPECT_EQ(c.feeds[0].first + ">" + c.feeds[0].second, "h_last>h0");
  ASSERT_EQ(c.ins.size(), 3u); // g, h0, x
  EXPECT_EQ(c.ins[1].array, "0*out_h");
  EXPECT_EQ(c.ins[2].array + " " + c.ins[2].layout, "in_xz bdt->btd");
  EXPECT_EQ(c.ins[2].cutAxis, 1);
  EXPECT_EQ(c.ins[2].cutEnd, 4);
  EXPECT_TRUE(c.ins[2].pairs);
  ASSERT_EQ(c.outs.size(), 3u); // h_last twice, y
  EXPECT_EQ(c.outs[0].at, 0);
  EXPECT_EQ(c.outs[1].array, "out_end");
}

TEST_F(GoldenFiles, NamesTheFileTheCaseAndThePlace) {
  EXPECT_EQ(problem(use(R"(, "ins": {})")), "decay.json: f/a: unknown key at case.ins");
  EXPECT_EQ(problem(use(R"(, "in": {"x": 1})")), "decay.json: f/a: expected object at case.in.x");
  EXPECT_EQ(problem(use(R"(, "in": {"x": "in_x b t d"})")),
            "decay.json: f/a: expected \"ARRAY LAYOUT\" at case.in.x");
  EXPECT_EQ(problem(use(R"(, "in": {"x": {"stack": ["a td", "b td"], "along": 3}})")),
            "decay.json: f/a: expected an axis of the stack at case.in.x.along");
  EXPECT_EQ(problem(use(R"(, "out": {"y": {"stack": ["a td", "b td"], "along": 0}})")),
            "decay.json: f/a: expected a link to one array at case.out.y");
  EXPECT_EQ(problem(use(R"(, "in": {"x": {"array": "a", "cut": [1, 2]}})")),
            "decay.json: f/a: expected [axis, begin, end] at case.in.x.cut");
  EXPECT_EQ(problem(use(R"(, "set": {"D": "4"})")),
            "decay.json: f/a: expected integer at case.set.D");
  EXPECT_EQ(problem(use(R"(, "borders": [3, 1])")),
            "decay.json: f/a: expected at least two growing numbers at case.borders");
}

TEST_F(GoldenFiles, HoldsNamesAgainstTheMixer) {
  EXPECT_EQ(problem(use(R"(, "in": {"u": "in_u btd"})")),
            "decay.json: f/a: mixer 'decay' has no operand 'u'");
  EXPECT_EQ(problem(use(R"(, "out": {"z": "out_z btd"})")),
            "decay.json: f/a: mixer 'decay' has no result 'z'");
  EXPECT_EQ(problem(use(R"(, "set": {"N": 4})")),
            "decay.json: f/a: mixer 'decay' has no dimension 'N'");
  EXPECT_EQ(problem(use() + R"(, {"golden": "f/b", "mixer": "scan", "use": ["layer"]})"),
            "decay.json: f/b: 'decay.mix' has no mixer 'scan'");
  EXPECT_EQ(problem(use() + R"(, {"golden": "f/b", "mixer": "decay", "in": {"x": "in_x btd"},
                                  "out": {"y": "out_y btd"}})"),
            "decay.json: f/b: operand 'g' is missing");
  EXPECT_EQ(problem(use() + R"(, {"golden": "f/b", "mixer": "decay", "use": ["packed"]})"),
            "decay.json: f/b: no group 'packed'");
  EXPECT_EQ(problem(""), "decay.json: no case uses group 'layer'");
}

TEST_F(GoldenFiles, HoldsCasesAgainstTheManifest) {
  GoldenTable table = read(use() + R"(, {"golden": "f/c", "mixer": "decay", "use": ["layer"]})");
  EXPECT_EQ(manifestProblems(table, folder),
            (std::vector<std::string>{"f/c is not in the manifest",
                                      "f/b is neither a case nor unexpressed"}));
  table = read(use(), R"(, "unexpressed": {"f/a": "why", "f/b": "why"})");
  EXPECT_EQ(manifestProblems(table, folder),
            std::vector<std::string>{"f/a is a case and unexpressed"});
}

TEST_F(GoldenFiles, FamiliesWithoutAMixer) {
  EXPECT_FALSE(llvm::sys::fs::create_directories(folder + "/cases"));
  write("cases/none.json", R"({"unexpressed": {"other/a": "why"}})");
  GoldenTable table = readGoldenTable(folder + "/cases", folder);
  EXPECT_TRUE(table.problems.empty());
  ASSERT_EQ(table.unexpressed.size(), 1u);
  EXPECT_EQ(table.unexpressed[0].reason, "why");
  EXPECT_TRUE(manifestProblems(table, folder).empty());
}

} // namespace
