// All ways to compute a sequence must give the same, for compiled kernels of every mixer: a whole sequence, cut into
// pieces that hand their states on, step by step in place, packed with other sequences, piece by piece with states in
// rows of a pool, in chunks, and in parts that know nothing of each other and are put together after. Random shapes:
//
//   MIXIR_WAYS_SEED=7 MIXIR_WAYS_SHAPES=3 mixir-ways-test --gtest_filter='*ssd*'
//
// The same on kernels for a GPU: mixir-ways-cuda-test.
#include "test/ways/Parts.h"
#include "test/ways/Serving.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

using namespace mixir;
using namespace mixir::ways;

namespace {

uint64_t numberFromEnv(const char *name, uint64_t fallback) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

uint64_t firstSeed() {
  static const uint64_t seed = numberFromEnv("MIXIR_WAYS_SEED", std::random_device()());
  return seed;
}

struct Named {
  std::string file, mixer;
};
std::ostream &operator<<(std::ostream &os, const Named &named) { return os << named.mixer; }

std::vector<Named> allMixers() {
  std::vector<Named> all;
  for (const auto &entry : std::filesystem::directory_iterator(MIXIR_MIXERS_DIR)) {
    std::ifstream file(entry.path());
    static const std::regex header("^mixer ([A-Za-z_0-9]+)\\(.*");
    std::smatch match;
    for (std::string line; std::getline(file, line);)
      if (std::regex_match(line, match, header))
        all.push_back({entry.path().string(), match[1]});
  }
  std::sort(all.begin(), all.end(), [](auto &a, auto &b) { return a.mixer < b.mixer; });
  return all;
}

class Ways : public testing::TestWithParam<Named> {
protected:
  /// Calls body(sequences) for some shapes.
  template <typename Body>
  void forShapes(const Body &body, bool needsStates) {
    for (uint64_t i = 0; i < numberFromEnv("MIXIR_WAYS_SHAPES", 1); i++) {
      uint64_t seed = firstSeed() + i;
      SCOPED_TRACE("MIXIR_WAYS_SEED=" + std::to_string(seed));
      try {
        Mixer &mixer = mixerOf(GetParam().file, GetParam().mixer, seed);
        std::string reason = mixer.reason;
        if (reason.empty() && needsStates)
          reason = mixer.whyNotCut;
        if (!reason.empty())
          GTEST_SKIP() << reason;
        auto count = 3 + static_cast<int64_t>(mixer.random() % 3);
        Sequences sequences(mixer, count, 20 + static_cast<int64_t>(mixer.random() % (mostSteps() - 20)));
        body(sequences);
      } catch (const std::exception &error) {
        FAIL() << error.what();
      }
    }
  }
};

TEST_P(Ways, AsIfAlone) {
  forShapes(
      [](Sequences &sequences) {
        Mixer &mixer = sequences.mixer;
        const int64_t longest = sequences.longest;
        for (int threads : {1, 2}) {
          std::vector<Piece> pieces = {{0, 0, 1}, {1, 0, longest}, {2, 0, 16}, {0, 0, 17}};
          for (int i = 0; i < 6; i++)
            pieces.push_back({static_cast<int64_t>(mixer.random() % 3), 0,
                              static_cast<int64_t>(mixer.random() % (longest + 1))});
          std::shuffle(pieces.begin(), pieces.end(), mixer.random);
          checkPacked(sequences, pieces, threads);
        }
      },
      false);
}

/// What a sequence without steps gives: its states. Where there are none it gives nothing.
TEST_P(Ways, EmptySequences) {
  forShapes(
      [](Sequences &sequences) {
        checkPacked(sequences, {{0, 0, 0}, {1, 0, 5}, {2, 0, 0}, {0, 0, 0}}, 1);
        checkPacked(sequences, {{1, 0, 0}, {0, 0, 0}}, 2);
        for (const StateNames &state : sequences.mixer.states)
          if (sequences.mixer.whyNotCut.empty())
            sequences.check(state.last, sequences.alone(0, 0).at(state.last),
                            part(sequences.in.at(state.first), 0, 0, 1), "of length 0");
      },
      false);
}

TEST_P(Ways, GoesOn) {
  forShapes(
      [](Sequences &sequences) {
        Mixer &mixer = sequences.mixer;
        int64_t longest = sequences.longest;
        std::vector<int64_t> cuts;
        for (int64_t left = longest; left > 0; left -= cuts.back())
          cuts.push_back(std::min<int64_t>(left, mixer.random() % 24));
        checkPieces(sequences, 0, cuts, false);
        checkPieces(sequences, 1, std::vector<int64_t>(static_cast<size_t>(longest), 1), true);
        checkPool(sequences, {longest, 7, 0}, true);
      },
      true);
}

TEST_P(Ways, InChunks) {
  forShapes(
      [](Sequences &sequences) {
        Mixer &mixer = sequences.mixer;
        Program *chunked = mixer.chunked();
        if (!chunked)
          GTEST_SKIP() << "no recurrence of its own to compute in chunks";
        for (int64_t length : {sequences.longest, int64_t{1}, int64_t{8}, int64_t{17}}) {
          auto entry = static_cast<int64_t>(mixer.random() % 3);
          Arrays got = mixer.call(*chunked, mixer.steps(sequences.in, entry, 0, length), 2);
          for (const auto &[name, expected] : sequences.alone(entry, length))
            sequences.check(name, got.at(name), expected, "in chunks, length " + std::to_string(length));
        }
      },
      false);
}

TEST_P(Ways, FromParts) {
  forShapes(
      [](Sequences &sequences) {
        Parts parts(sequences.mixer);
        if (!parts.reason.empty())
          GTEST_SKIP() << parts.reason;
        checkParts(sequences, parts);
      },
      false);
}

INSTANTIATE_TEST_SUITE_P(All, Ways, testing::ValuesIn(allMixers()),
                         [](const auto &info) { return info.param.mixer; });

} // namespace

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  std::printf("MIXIR_WAYS_SEED=%llu\n", static_cast<unsigned long long>(firstSeed()));
  return RUN_ALL_TESTS();
}
