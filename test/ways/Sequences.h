// Some sequences of a mixer, and what they give alone.
#pragma once

#include "test/ways/Mixer.h"

namespace mixir::ways {

/// Some sequences, what they give alone, and how large the numbers are.
class Sequences {
public:
  Sequences(Mixer &mixer, int64_t count, int64_t longest);

  /// What the first steps of an entry give alone; checked against the whole.
  const Arrays &alone(int64_t entry, int64_t length);
  /// Compares a result with what is expected of it, by the size of its numbers.
  void check(const std::string &name, const NpArray &got, const NpArray &expected, const std::string &what) const;

  Mixer &mixer;
  int64_t longest;
  Arrays in, whole;
  std::map<std::string, double> largest;

private:
  std::map<std::pair<int64_t, int64_t>, Arrays> calls;
};

} // namespace mixir::ways
