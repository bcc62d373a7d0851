#include "test/ways/Sequences.h"

#include "tools/Convert.h"
#include "tools/Generate.h"
#include "tools/Verify.h"

#include <cmath>

namespace mixir::ways {

using namespace tools;
using frontend::OperandInfo;

Sequences::Sequences(Mixer &mixer, int64_t count, int64_t longest) : mixer(mixer), longest(longest) {
  Extents all = mixer.extents;
  all[mixer.batch()] = count;
  all[mixer.along()] = longest;
  Extents bound = bindExtents(mixer.program->signature, {}, all);
  ReferenceCase made = makeReference(mixer.session, *mixer.program, bound, mixer.random());
  for (NpArray &array : made.inputs)
    in[array.name] = std::move(array);
  whole = mixer.call(in, 2);
  for (const auto &[name, array] : whole) {
    double most = 0;
    for (double number : toInterpreter(array).data)
      most = std::max(most, std::fabs(number));
    largest[name] = most;
  }
}

const Arrays &Sequences::alone(int64_t entry, int64_t length) {
  Arrays &out = calls[{entry, length}];
  if (!out.empty())
    return out;
  out = mixer.call(mixer.steps(in, entry, 0, length));
  for (const OperandInfo &info : mixer.signature.results)
    if (mixer.whyNotCut.empty() || length == longest) {
      NpArray expected = part(whole.at(info.name), mixer.batchAxis(info), entry, entry + 1);
      if (mixer.alongAxis(info) >= 0)
        expected = mixer.stepsOf(expected, info, 0, length);
      else if (length != longest)
        continue;
      check(info.name, out.at(info.name), expected, "alone and with others");
    }
  return out;
}

void Sequences::check(const std::string &name, const NpArray &got, const NpArray &expected, const std::string &what) const {
  expectNear(got, expected, largest.at(name), what);
}

} // namespace mixir::ways
