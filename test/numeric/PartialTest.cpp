// What `mixir derive` makes of mixers, in float64: parts of a sequence computed without knowing each other, and put
// together, end in the same state as the whole; and they are what the golden tensors say.
#include "dialect/interpreter/Interpreter.h"
#include "test/numeric/DerivedFile.h"
#include "test/numeric/GoldenFile.h"
#include "tools/Convert.h"
#include "tools/Derive.h"
#include "tools/Generate.h"
#include "tools/Specialise.h"
#include "tools/ToolErrors.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

using namespace mixir;
using namespace mixir::tools;
using interpreter::Array;
using interpreter::Arrays;

namespace {

using Names = std::vector<std::string>;

constexpr double kTolerance = 1e-11; // of the largest number

/// The dimensions of an operand from slow to fast, merged axes taken apart.
Names dimsOf(const frontend::Signature &signature, const frontend::OperandInfo &info) {
  Names dims;
  for (const auto &axis : info.axes)
    for (unsigned dim : axis)
      dims.push_back(signature.dims[dim].name);
  return dims;
}

const frontend::OperandInfo *find(const std::vector<frontend::OperandInfo> &list, const std::string &name) {
  auto found = std::find_if(list.begin(), list.end(), [&](auto &info) { return info.name == name; });
  return found == list.end() ? nullptr : &*found;
}

Arrays run(Session &session, const frontend::Program &program, const Arrays &inputs, const Extents &extents) {
  auto module = session.import(program);
  interpreter::Options options;
  options.dims.insert(extents.begin(), extents.end());
  Arrays used;
  for (const frontend::OperandInfo &info : program.signature.operands)
    if (!info.isOmitted)
      used[info.name] = inputs.at(info.name);
  auto results = interpreter::interpret(mixerOf(*module), used, options);
  if (!results)
    throw std::runtime_error(llvm::toString(results.takeError()));
  return *results;
}

/// Steps begin .. end-1 of all operands.
Arrays steps(const frontend::Signature &signature, const Arrays &inputs, const std::string &along, int64_t begin,
             int64_t end) {
  Arrays out;
  for (const frontend::OperandInfo &info : signature.operands) {
    const Array &whole = inputs.at(info.name);
    std::vector<int64_t> shape = whole.shape;
    int64_t inner = whole.kind == Array::C128 ? 2 : 1, outer = 1, extent = 0;
    for (size_t axis = info.axes.size(); axis-- > 0;) {
      bool isAlong = info.axes[axis].size() == 1 && signature.dims[info.axes[axis][0]].name == along;
      if (isAlong) {
        extent = shape[axis];
        shape[axis] = end - begin;
        for (size_t i = 0; i < axis; i++)
          outer *= shape[i];
        break;
      }
      inner *= shape[axis];
    }
    Array piece(shape, whole.kind);
    if (extent == 0)
      piece.data = whole.data;
    else
      for (int64_t o = 0; o < outer; o++)
        std::copy_n(whole.data.begin() + (o * extent + begin) * inner, (end - begin) * inner,
                    piece.data.begin() + o * (end - begin) * inner);
    if (info.dtype == frontend::StoredType::I32 && info.axes.size() == 1 && info.name.back() == '0')
      for (double &number : piece.data) // of the first step
        number += static_cast<double>(begin);
    out[info.name] = std::move(piece);
  }
  return out;
}

/// A derived program.
struct Derived {
  std::unique_ptr<Session> session;
  std::unique_ptr<frontend::Program> program;

  Derived() = default;
  explicit Derived(const std::string &text) {
    numeric::DerivedFile file(text);
    session = std::make_unique<Session>(file.path);
    program = session->analyse({session->defaultMixer(""), {}, {}});
  }
  Arrays operator()(const Arrays &inputs, const Extents &extents) const { return run(*session, *program, inputs, extents); }
};

/// The two programs that follow from a mixer.
struct Parts {
  Derived partial, composition;
  std::string reason; ///< why there are none; empty: there are

  Parts(Session &session, const frontend::Program &program) {
    std::string text;
    testing::internal::CaptureStderr();
    try {
      text = derivePartial(session, program);
    } catch (const AlreadyReported &) {
    } catch (...) {
      testing::internal::GetCapturedStderr();
      throw;
    }
    reason = testing::internal::GetCapturedStderr();
    if (text.empty())
      return;
    partial = Derived(text);
    composition = Derived(deriveComposition(session, program));
  }

  /// Two parts as one.
  Arrays compose(const Arrays &first, const Arrays &second, const Extents &extents) const {
    Arrays in;
    for (const frontend::OperandInfo &info : composition.program->signature.operands) {
      std::string name = info.name.substr(0, info.name.size() - 1);
      in[info.name] = (info.name.back() == '1' ? first : second).at(name);
    }
    return composition(in, extents);
  }

  /// Extents of the dimensions that derived programs have beside the mixer's: K_, and K__ of the composition.
  void extend(Extents &extents) const {
    for (const Derived *derived : {&partial, &composition})
      for (const frontend::DimInfo &dim : derived->program->signature.dims)
        if (dim.name.back() == '_')
          extents[dim.name] = extents.at(dim.name.substr(0, dim.name.find_last_not_of('_') + 1));
  }
};

void expectNear(const Array &got, const Array &expected, const std::string &what) {
  ASSERT_EQ(got.data.size(), expected.data.size()) << what;
  double largest = 0, worst = 0;
  for (size_t i = 0; i < got.data.size(); i++) {
    largest = std::max(largest, std::abs(expected.data[i]));
    worst = std::max(worst, std::abs(got.data[i] - expected.data[i]));
  }
  EXPECT_LE(worst, kTolerance * std::max(1.0, largest)) << what;
}

/// Moves the dimensions of an array: `from` and `to` are the same ones from slow to fast.
Array arranged(const Array &array, const Names &from, const Names &to, const Extents &extents) {
  std::vector<int64_t> shape;
  size_t count = 1, numbers = array.kind == Array::C128 ? 2 : 1;
  for (const std::string &dim : to) {
    shape.push_back(extents.at(dim));
    count *= static_cast<size_t>(extents.at(dim));
  }
  Array out(shape, array.kind);
  for (size_t i = 0; i < count; i++) {
    std::map<std::string, size_t> at;
    size_t rest = i, source = 0;
    for (size_t d = to.size(); d-- > 0; rest /= static_cast<size_t>(extents.at(to[d])))
      at[to[d]] = rest % static_cast<size_t>(extents.at(to[d]));
    for (const std::string &dim : from)
      source = source * static_cast<size_t>(extents.at(dim)) + at.at(dim);
    std::copy_n(array.data.begin() + static_cast<int64_t>(source * numbers), numbers,
                out.data.begin() + static_cast<int64_t>(i * numbers));
  }
  return out;
}

struct Target {
  std::string file, mixer;
  friend std::ostream &operator<<(std::ostream &os, const Target &t) { return os << t.mixer; }
};

std::vector<Target> allMixers() {
  std::vector<Target> targets;
  std::vector<std::filesystem::path> files;
  for (const auto &entry : std::filesystem::directory_iterator(MIXIR_MIXERS_DIR))
    if (entry.path().extension() == ".mix" && entry.path().stem() != "std")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto &file : files) {
    Session session(file.string());
    for (const std::string &mixer : session.mixers(""))
      targets.push_back({file.string(), mixer});
  }
  return targets;
}

class Partial : public ::testing::TestWithParam<Target> {};

TEST_P(Partial, PutsPartsTogether) {
  constexpr int64_t kSteps = 9, kFirst = 3, kSecond = 7; // of the whole, and where it is cut
  const Target &target = GetParam();
  Session session(target.file);
  auto open = session.analyse({target.mixer, {}, {}});
  std::vector<unsigned> walked = usesOf(*open).walked.members();
  Extents extents;
  int next = 0;
  for (unsigned i = 0; i < open->signature.dims.size(); i++) {
    const frontend::DimInfo &dim = open->signature.dims[i];
    bool isWalked = std::find(walked.begin(), walked.end(), i) != walked.end();
    bool hasSmallDefault = dim.extent && *dim.extent <= 16; // taps: any number would not do
    if (dim.isSettable() && !hasSmallDefault)
      extents[dim.name] = isWalked ? kSteps : 2 + next++ % 3;
  }
  std::string along = walked.empty() ? "" : open->signature.dims[walked[0]].name;
  if (!walked.empty() && !open->signature.dims[walked[0]].isSettable())
    GTEST_SKIP() << "the length of a sequence is that of another dimension";
  Extents fixed = extents;
  fixed.erase(along);
  auto program = session.analyse({target.mixer, fixed, {}});
  const frontend::Signature &signature = program->signature;
  Parts parts(session, *program);
  if (!parts.reason.empty()) {
    EXPECT_NE(parts.reason.find("expected "), std::string::npos) << parts.reason;
    GTEST_SKIP() << parts.reason;
  }
  for (const frontend::DimInfo &dim : signature.dims)
    if (!extents.count(dim.name) && dim.extent)
      extents[dim.name] = *dim.extent;
  parts.extend(extents);
  for (const frontend::OperandInfo &info : signature.operands)
    for (const auto &axis : info.axes)
      for (unsigned dim : axis)
        if (axis.size() > 1 && signature.dims[dim].name == along)
          GTEST_SKIP() << "'" << info.name << "' cannot be cut along a merged axis";
  Arrays inputs;
  try {
    for (const NpArray &array : generateInputs(signature, extents, {-1, 1, -1, -0.05}, 7))
      inputs[array.name] = toInterpreter(array);
  } catch (const std::exception &error) {
    GTEST_SKIP() << error.what();
  }
  auto ofLength = [&](int64_t length) {
    Extents some = extents;
    some[along] = length;
    return some;
  };
  auto partial = [&](int64_t begin, int64_t end) {
    return parts.partial(steps(signature, inputs, along, begin, end), ofLength(end - begin));
  };
  Arrays whole = run(session, *program, inputs, extents);
  Arrays first = run(session, *program, steps(signature, inputs, along, 0, kFirst), ofLength(kFirst));
  Arrays start = partial(0, kFirst), second = partial(kFirst, kSecond), third = partial(kSecond, kSteps);

  // What is known before the second part stands in for what the first part does.
  const frontend::Signature &derived = parts.partial.program->signature;
  std::map<std::string, Array> expected;
  for (const frontend::OperandInfo &E : derived.results) {
    if (!llvm::StringRef(E.name).ends_with("_E"))
      continue;
    std::string state = E.name.substr(0, E.name.size() - 2);
    const frontend::OperandInfo *last = find(signature.results, state + "_last");
    if (!last || !find(signature.operands, state + "0"))
      continue;
    Names from = dimsOf(signature, *last), to = dimsOf(derived, E);
    start[E.name] = arranged(first.at(last->name), from, to, extents);
    expected[E.name] = arranged(whole.at(last->name), from, to, extents);
  }
  if (expected.empty())
    GTEST_SKIP() << "no state has an operand and a result";
  Arrays oneByOne = parts.compose(parts.compose(start, second, extents), third, extents);
  Arrays together = parts.compose(start, parts.compose(second, third, extents), extents);
  for (const auto &[name, array] : expected) {
    expectNear(oneByOne.at(name), array, name + ", one by one");
    expectNear(together.at(name), array, name + ", the last two first");
  }
}

INSTANTIATE_TEST_SUITE_P(Mixers, Partial, ::testing::ValuesIn(allMixers()),
                         [](const auto &info) { return info.param.mixer; });

TEST(Partials, ThereAreSome) {
  // what the families promise: these have pieces that can be put together
  for (const char *name : {"selective_scan", "ssd", "gla", "gated_delta", "dplr", "delta_rule", "hgrn"}) {
    bool found = false;
    for (const Target &target : allMixers())
      if (target.mixer == name) {
        Session session(target.file);
        auto program = session.analyse({name, {}, {}});
        EXPECT_NE(derivePartial(session, *program).find("_E"), std::string::npos) << name;
        found = true;
      }
    EXPECT_TRUE(found) << name;
  }
}

/// A golden case of family `compose`.
struct GoldenParts {
  const char *name, *file, *mixer, *along, *row, *column; ///< row, column: the dimensions of a state
  std::map<std::string, std::string> arrays; ///< of operands, where the golden array has another name
  friend std::ostream &operator<<(std::ostream &os, const GoldenParts &c) { return os << c.name; }
};

class GoldenPartsTest : public testing::TestWithParam<GoldenParts> {};

/// Entry `i` of the first axis.
Array entryOf(const Array &array, size_t i) {
  Array out(std::vector<int64_t>(array.shape.begin() + 1, array.shape.end()), array.kind);
  std::copy_n(array.data.begin() + static_cast<int64_t>(i * out.data.size()), out.data.size(), out.data.begin());
  return out;
}

TEST_P(GoldenPartsTest, AreThePeers) {
  const GoldenParts &c = GetParam();
  const char *folder = std::getenv("MIXIR_GOLDEN_DIR");
  std::string path = std::string(folder ? folder : MIXIR_DEFAULT_GOLDEN_DIR) + "/compose";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << "no golden tensors in " << path;
  for (const char *cut : {"_halves", "_uneven"}) {
    SCOPED_TRACE(cut);
    auto golden = numeric::readGolden(path + "/" + c.name + cut + ".npz");
    ASSERT_TRUE(static_cast<bool>(golden)) << llvm::toString(golden.takeError());
    Session session(std::string(MIXIR_MIXERS_DIR) + "/" + c.file);
    const Array &outside = golden->at("in_initial_state"), &borders = golden->at("in_cu");
    auto program = session.analyse({c.mixer, {{c.row, outside.shape[2]}, {c.column, outside.shape[3]}}, {}});
    Parts parts(session, *program);
    ASSERT_EQ(parts.reason, "");
    // Every operand that the partial has is an array; extents follow from the shapes.
    const frontend::Signature &signature = parts.partial.program->signature;
    Arrays inputs;
    Extents extents;
    for (const frontend::OperandInfo &info : signature.operands) {
      auto renamed = c.arrays.find(info.name);
      Array array = golden->at(renamed == c.arrays.end() ? "in_" + info.name : renamed->second);
      for (size_t axis = 0; axis < info.axes.size(); axis++) { // of merged axes the other one is 1
        for (unsigned dim : info.axes[axis])
          extents.try_emplace(signature.dims[dim].name, info.axes[axis].back() == dim && info.axes[axis].size() > 1 ? 1 : array.shape[axis]);
      }
      inputs[info.name] = std::move(array);
    }
    parts.extend(extents);
    std::vector<Arrays> all;
    for (size_t i = 0; i + 1 < borders.data.size(); i++) {
      auto begin = static_cast<int64_t>(borders.data[i]), end = static_cast<int64_t>(borders.data[i + 1]);
      Extents some = extents;
      some[c.along] = end - begin;
      all.push_back(parts.partial(steps(signature, inputs, c.along, begin, end), some));
      expectNear(all.back().at("S_M"), entryOf(golden->at("out_M_parts"), i), "M of part " + std::to_string(i));
      expectNear(all.back().at("S_E"), entryOf(golden->at("out_S_parts"), i), "S of part " + std::to_string(i));
    }
    Arrays total = parts.compose(all[0], all[1], extents);
    expectNear(total.at("S_M"), golden->at("out_M_total"), "M of both");
    expectNear(total.at("S_E"), golden->at("out_S_total"), "S of both");
    Arrays known = {{"S_M", all[0].at("S_M")}, {"S_E", all[0].at("S_E")}};
    std::fill(known["S_M"].data.begin(), known["S_M"].data.end(), 0.0);
    known["S_E"].data = outside.data;
    expectNear(parts.compose(known, total, extents).at("S_E"), golden->at("out_final_state"), "the last state");
    expectNear(parts.compose(known, all[0], extents).at("S_E"), entryOf(golden->at("out_start_states"), 1), "the state between");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Compose, GoldenPartsTest,
    testing::Values(GoldenParts{"gla", "gla.mix", "gla", "T", "K", "V", {}},
                    GoldenParts{"gated_delta_rule", "gated_delta.mix", "gated_delta", "T", "K", "V", {}},
                    GoldenParts{"dplr", "dplr.mix", "dplr", "T", "K", "V", {}},
                    GoldenParts{"ssd", "ssd.mix", "ssd_final_dt", "L", "P", "N", {{"Bt", "in_B"}, {"Ct", "in_C"}}}),
    [](const auto &info) { return info.param.name; });

} // namespace
