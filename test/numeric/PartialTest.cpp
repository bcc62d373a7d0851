// The partial of every mixer that has one, in float64: a sequence cut in two, the second piece
// computed without knowing the first, and put together, ends in the same state as the whole.
#include "dialect/interpreter/Interpreter.h"
#include "tools/Convert.h"
#include "tools/Derive.h"
#include "tools/Generate.h"
#include "tools/Specialise.h"
#include "tools/ToolErrors.h"


#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace mixir;
using namespace mixir::tools;
using interpreter::Array;
using interpreter::Arrays;

namespace {

constexpr int64_t kSteps = 9, kBorder = 4; // a whole sequence, and where it is cut

/// The dimensions of an operand from slow to fast, merged axes taken apart.
std::vector<std::string> dimsOf(const frontend::Signature &signature,
                                const frontend::OperandInfo &info) {
  std::vector<std::string> dims;
  for (const auto &axis : info.axes)
    for (unsigned dim : axis)
      dims.push_back(signature.dims[dim].name);
  return dims;
}

const frontend::OperandInfo *find(const std::vector<frontend::OperandInfo> &list,
                                  const std::string &name) {
  auto found = std::find_if(list.begin(), list.end(), [&](auto &info) { return info.name == name; });
  return found == list.end() ? nullptr : &*found;
}

Arrays run(Session &session, const frontend::Program &program, const Arrays &inputs,
           const Extents &extents) {
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
Arrays steps(const frontend::Signature &signature, const Arrays &inputs, const std::string &along,
             int64_t begin, int64_t end) {
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
    out[info.name] = std::move(piece);
  }
  return out;
}

/// M S + E over the dimensions of E; M may have fewer, and `mixed`_ besides.
struct Composer {
  const Extents &extents;
  using Names = std::vector<std::string>;

  size_t place(const Names &dims, const std::map<std::string, int64_t> &at) const {
    size_t index = 0;
    for (const std::string &dim : dims)
      index = index * static_cast<size_t>(extents.at(dim)) + static_cast<size_t>(at.at(dim));
    return index;
  }

  std::complex<double> number(const Array &array, size_t i) const {
    return array.kind == Array::C128 ? std::complex<double>(array.data[2 * i], array.data[2 * i + 1])
                                     : array.data[i];
  }

  std::complex<double> end(const Names &dims, const Array &E, const Names *mDims, const Array *M,
                           const Names &sDims, const Array &S,
                           std::map<std::string, int64_t> at) const {
    std::complex<double> sum = number(E, place(dims, at));
    std::string mixed;
    if (mDims)
      for (const std::string &dim : *mDims)
        if (dim.back() == '_')
          mixed = dim.substr(0, dim.size() - 1);
    if (mixed.empty())
      return sum + (M ? number(*M, place(*mDims, at)) : 1.0) * number(S, place(sDims, at));
    std::map<std::string, int64_t> from = at;
    for (int64_t j = 0; j < extents.at(mixed); j++) {
      at[mixed + "_"] = from[mixed] = j;
      sum += number(*M, place(*mDims, at)) * number(S, place(sDims, from));
    }
    return sum;
  }
};

/// A file of the derived text, for as long as the object lives.
struct TextFile {
  std::string path;
  explicit TextFile(const std::string &text)
      : path((std::filesystem::temp_directory_path() / ("partial-" + std::to_string(getpid()) + ".mix"))
                 .string()) {
    std::ofstream(path) << text;
  }
  ~TextFile() { std::filesystem::remove(path); }
};

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

TEST_P(Partial, PutsPiecesTogether) {
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

  std::string text;
  ::testing::internal::CaptureStderr();
  try {
    text = derivePartial(session, *program);
  } catch (const AlreadyReported &) {
  } catch (...) {
    ::testing::internal::GetCapturedStderr();
    throw;
  }
  std::string why = ::testing::internal::GetCapturedStderr();
  if (text.empty()) {
    EXPECT_NE(why.find("expected "), std::string::npos) << why;
    GTEST_SKIP() << why;
  }
  TextFile file(text);
  Session derivedSession(file.path);
  auto derived = derivedSession.analyse({"", {}, {}});

  for (const frontend::DimInfo &dim : derived->signature.dims)
    if (dim.name.back() == '_' && !extents.count(dim.name))
      extents[dim.name] = extents.at(dim.name.substr(0, dim.name.size() - 1));
  for (const frontend::DimInfo &dim : signature.dims)
    if (!extents.count(dim.name) && dim.extent)
      extents[dim.name] = *dim.extent;
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
  Extents ofWhole = extents, ofFirst = extents, ofSecond = extents;
  ofFirst[along] = kBorder;
  ofSecond[along] = kSteps - kBorder;
  Arrays whole = run(session, *program, inputs, ofWhole);
  Arrays first = run(session, *program, steps(signature, inputs, along, 0, kBorder), ofFirst);
  Arrays second = run(derivedSession, *derived, steps(signature, inputs, along, kBorder, kSteps), ofSecond);

  unsigned compared = 0;
  for (const frontend::OperandInfo &E : derived->signature.results) {
    if (E.name.size() < 3 || E.name.substr(E.name.size() - 2) != "_E")
      continue;
    std::string state = E.name.substr(0, E.name.size() - 2);
    const frontend::OperandInfo *last = find(signature.results, state + "_last");
    if (!last || !find(signature.operands, state + "0"))
      continue;
    const frontend::OperandInfo *M = find(derived->signature.results, state + "_M");
    std::vector<std::string> dims = dimsOf(derived->signature, E), lastDims = dimsOf(signature, *last), mDims;
    if (M)
      mDims = dimsOf(derived->signature, *M);
    Composer composer{extents};
    std::map<std::string, int64_t> at;
    size_t size = 1;
    for (const std::string &dim : lastDims)
      size *= static_cast<size_t>(extents.at(dim));
    for (size_t i = 0; i < size; i++) {
      size_t rest = i;
      for (size_t d = lastDims.size(); d-- > 0;) {
        at[lastDims[d]] = static_cast<int64_t>(rest) % extents.at(lastDims[d]);
        rest /= static_cast<size_t>(extents.at(lastDims[d]));
      }
      std::complex<double> expected = composer.number(whole.at(last->name), composer.place(lastDims, at));
      std::complex<double> got =
          composer.end(dims, second.at(E.name), M ? &mDims : nullptr, M ? &second.at(M->name) : nullptr,
                       lastDims, first.at(last->name), at);
      ASSERT_NEAR(std::abs(got - expected), 0, 1e-11 * std::max(1.0, std::abs(expected))) << state;
      compared++;
    }
  }
  if (compared == 0)
    GTEST_SKIP() << "no state has an operand and a result";
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

} // namespace
