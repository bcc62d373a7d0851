// What `mixir derive` makes of a mixer, compiled: parts of a sequence that know nothing of each other, put together.
#pragma once

#include "test/ways/Sequences.h"

namespace mixir::ways {

class Parts {
public:
  explicit Parts(Mixer &mixer);

  /// What some steps do to the states: S_E and S_M of every state S. `in`: operands of the mixer.
  Arrays partial(const Arrays &in);
  /// What a part and the one behind it do as one.
  Arrays compose(const Arrays &first, const Arrays &second);
  /// The part that stands for known states, of results S_last of a call.
  Arrays known(const Arrays &results);

  std::string reason; ///< why there are none; empty: there are

private:
  struct Derived {
    std::unique_ptr<tools::Session> session;
    std::unique_ptr<frontend::Program> program;
    std::unique_ptr<Program> compiled;
  };
  Derived compile(const std::string &text);

  Mixer &mixer;
  Derived partials, composition;
};

/// Cuts all sequences in three: the first part as usual, the others apart from it and from each other.
void checkParts(Sequences &sequences, Parts &parts);

} // namespace mixir::ways
