#include "test/ways/Parts.h"

#include "test/numeric/DerivedFile.h"
#include "tools/Convert.h"
#include "tools/Derive.h"
#include "tools/ToolErrors.h"

#include "gtest/gtest.h"

#include <cmath>
#include <set>

namespace mixir::ways {

using namespace tools;
using frontend::OperandInfo;

namespace {

std::string withoutEnd(const std::string &name, size_t letters) { return name.substr(0, name.size() - letters); }

/// The dimensions of an operand from slow to fast, merged axes taken apart.
std::vector<std::string> dimsOf(const frontend::Signature &signature, const OperandInfo &info) {
  std::vector<std::string> dims;
  for (const auto &axis : info.axes)
    for (unsigned dim : axis)
      dims.push_back(signature.dims[dim].name);
  return dims;
}

/// Moves the dimensions of an array: `from` and `to` are the same ones from slow to fast.
NpArray arranged(const NpArray &array, const std::vector<std::string> &from, const std::vector<std::string> &to,
                 const std::map<std::string, int64_t> &extents) {
  NpArray out = array;
  out.shape.clear();
  size_t count = 1, bytes = sizeOf(array.type);
  for (const std::string &dim : to) {
    out.shape.push_back(extents.at(dim));
    count *= static_cast<size_t>(extents.at(dim));
  }
  for (size_t i = 0; i < count; i++) {
    std::map<std::string, size_t> at;
    size_t rest = i, source = 0;
    for (size_t d = to.size(); d-- > 0; rest /= static_cast<size_t>(extents.at(to[d])))
      at[to[d]] = rest % static_cast<size_t>(extents.at(to[d]));
    for (const std::string &dim : from)
      source = source * static_cast<size_t>(extents.at(dim)) + at.at(dim);
    std::memcpy(out.data.data() + i * bytes, array.data.data() + source * bytes, bytes);
  }
  return out;
}

const OperandInfo *find(const std::vector<OperandInfo> &list, const std::string &name) {
  for (const OperandInfo &info : list)
    if (info.name == name)
      return &info;
  return nullptr;
}

} // namespace

Parts::Parts(Mixer &mixer) : mixer(mixer) {
  testing::internal::CaptureStderr();
  std::string text;
  try {
    text = derivePartial(mixer.session, *mixer.fixed);
  } catch (const AlreadyReported &) {
  } catch (...) {
    testing::internal::GetCapturedStderr();
    throw;
  }
  reason = testing::internal::GetCapturedStderr();
  if (text.empty())
    return;
  // Of each file one mixer with the same results: what else such mixers compute is not about parts.
  static auto &seen = *new std::set<std::tuple<std::string, std::string, uint64_t>>;
  if (!seen.insert({mixer.file, text.substr(text.find("return")), mixer.seed}).second) {
    reason = "another mixer of its file has such parts";
    return;
  }
  partials = compile(text);
  bool isHandedOn = false; // a state whose value after the first part is known
  for (const OperandInfo &info : partials.program->signature.results)
    isHandedOn |= llvm::StringRef(info.name).ends_with("_E") && find(mixer.signature.results, withoutEnd(info.name, 2) + "_last");
  if (!isHandedOn) {
    reason = "no state of its is a result";
    return;
  }
  composition = compile(deriveComposition(mixer.session, *mixer.fixed));
}

Parts::Derived Parts::compile(const std::string &text) {
  numeric::DerivedFile file(text);
  Derived derived;
  derived.session = std::make_unique<Session>(file.path);
  derived.program = derived.session->analyse({derived.session->defaultMixer(""), {}, {}});
  derived.compiled = ways::compile(mixer.context, *derived.session, *derived.program);
  return derived;
}

Arrays Parts::partial(const Arrays &in) {
  Arrays used;
  for (const OperandInfo &info : partials.program->signature.operands)
    used[info.name] = in.at(info.name);
  return mixer.call(*partials.compiled, used, 2);
}

Arrays Parts::compose(const Arrays &first, const Arrays &second) {
  Arrays in;
  for (const OperandInfo &info : composition.program->signature.operands) {
    NpArray array = (info.name.back() == '1' ? first : second).at(withoutEnd(info.name, 1));
    array.name = info.name;
    in[info.name] = std::move(array);
  }
  return mixer.call(*composition.compiled, in, 2);
}

Arrays Parts::known(const Arrays &results) {
  const frontend::Signature &signature = partials.program->signature;
  Extents extents = mixer.sizes;
  for (const OperandInfo &info : mixer.signature.results)
    if (mixer.batchAxis(info) >= 0)
      extents[mixer.batch()] = results.at(info.name).shape[mixer.batchAxis(info)];
  for (const frontend::DimInfo &dim : signature.dims)
    if (dim.name.back() == '_')
      extents[dim.name] = extents.at(withoutEnd(dim.name, 1));
  Arrays out;
  for (const OperandInfo &info : signature.results) {
    std::vector<std::string> dims = dimsOf(signature, info);
    std::string state = withoutEnd(info.name, 2);
    const OperandInfo *last = find(mixer.signature.results, state + "_last");
    NpArray array;
    if (last && info.name == state + "_E") {
      array = arranged(results.at(last->name), dimsOf(mixer.signature, *last), dims, extents);
    } else { // what comes after does not hang on what was before; or the state is none that calls hand on
      array.type = info.dtype == frontend::StoredType::C64 ? NpType::C64 : NpType::F32;
      size_t count = 1;
      for (const std::string &dim : dims) {
        array.shape.push_back(extents.at(dim));
        count *= static_cast<size_t>(extents.at(dim));
      }
      array.data.assign(count * sizeOf(array.type), 0);
    }
    array.name = info.name;
    out[info.name] = std::move(array);
  }
  return out;
}

void checkParts(Sequences &sequences, Parts &parts) {
  Mixer &mixer = sequences.mixer;
  // Not many steps: M is a product of all of them, each complex factor rounded by up to 2e-7 of it.
  constexpr int64_t kSteps = 20;
  int64_t first = 1 + static_cast<int64_t>(mixer.random() % 9), second = first + 1 + static_cast<int64_t>(mixer.random() % (kSteps - 1 - first));
  auto partOf = [&](int64_t begin, int64_t end) { return mixer.steps(sequences.in, begin, end); };
  Arrays start = parts.known(mixer.call(partOf(0, first), 2));
  Arrays middle = parts.partial(partOf(first, second)), end = parts.partial(partOf(second, kSteps));
  Arrays whole = mixer.call(partOf(0, kSteps), 2), expected = parts.known(whole);
  Arrays oneByOne = parts.compose(parts.compose(start, middle), end);
  Arrays together = parts.compose(start, parts.compose(middle, end));
  for (const StateNames &state : mixer.states) {
    std::string name = withoutEnd(state.first, 1) + "_E";
    if (!expected.count(name))
      continue;
    std::string where = "from parts cut at " + std::to_string(first) + " and " + std::to_string(second);
    double largest = 0;
    for (double number : toInterpreter(expected.at(name)).data)
      largest = std::max(largest, std::fabs(number));
    for (const Arrays *got : {&oneByOne, &together})
      expectNear(got->at(name), expected.at(name), largest, where);
  }
}

} // namespace mixir::ways
