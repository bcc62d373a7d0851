// Array reshuffling, cutting into pieces, and the comparison.
#include "test/numeric/GoldenRunner.h"

#include "test/numeric/GoldenFile.h"

#include "frontend/Frontend.h"
#include "frontend/ImportToMixer.h"
#include "lowering/Registration.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace mixir;
using namespace mixir::numeric;
using interpreter::Array;
using interpreter::Arrays;
using llvm::Error;
using llvm::Expected;

namespace {

Error fail(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

int64_t perElement(const Array &a) { return a.kind == Array::C128 ? 2 : 1; }

/// Entries begin..end of one axis; entries beyond the axis are zero.
Array slice(const Array &a, unsigned axis, int64_t begin, int64_t end) {
  int64_t outer = 1, inner = perElement(a), extent = a.shape[axis];
  for (unsigned i = 0; i < axis; ++i)
    outer *= a.shape[i];
  for (unsigned i = axis + 1; i < a.shape.size(); ++i)
    inner *= a.shape[i];
  std::vector<int64_t> shape = a.shape;
  shape[axis] = end - begin;
  Array out(shape, a.kind);
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t k = begin; k < std::min(end, extent); ++k)
      std::copy_n(a.data.begin() + (o * extent + k) * inner, inner,
                  out.data.begin() + (o * (end - begin) + k - begin) * inner);
  return out;
}

Array dropAxis(Array a, unsigned axis) {
  a.shape.erase(a.shape.begin() + axis);
  return a;
}

/// The last axis as (re, im) pairs.
Array fromPairs(Array a) {
  a.kind = Array::C128;
  a.shape.back() /= 2;
  return a;
}

std::pair<std::string, std::string> splitLayout(const std::string &layout) {
  size_t arrow = layout.find("->");
  if (arrow == std::string::npos)
    return {layout, layout};
  return {layout.substr(0, arrow), layout.substr(arrow + 2)};
}

/// Reorders the axes of `a` as the layout says.
Expected<Array> rearrange(const Array &a, const std::string &layout) {
  auto [from, to] = splitLayout(layout);
  if (from.size() != a.shape.size())
    return fail("layout '" + layout + "' does not fit an array of " + llvm::Twine(a.shape.size()) +
                " axes");
  std::vector<int64_t> shape, stride(from.size()), strides;
  int64_t step = perElement(a);
  for (int i = int(from.size()) - 1; i >= 0; --i) {
    stride[i] = step;
    step *= a.shape[i];
  }
  for (char c : to) {
    size_t i = c == '1' ? std::string::npos : from.find(c);
    if (c != '1' && i == std::string::npos)
      return fail("layout '" + layout + "' has an unknown axis");
    shape.push_back(c == '1' ? 1 : a.shape[i]);
    strides.push_back(c == '1' ? 0 : stride[i]);
  }
  Array out(shape, a.kind);
  std::vector<int64_t> at(shape.size(), 0);
  for (int64_t n = 0, count = out.size(); n < count; ++n) {
    int64_t offset = 0, rest = n;
    for (int i = int(shape.size()) - 1; i >= 0; --i) {
      offset += rest % shape[i] * strides[i];
      rest /= shape[i];
    }
    std::copy_n(a.data.begin() + offset, perElement(a), out.data.begin() + n * perElement(a));
  }
  return out;
}

/// Arrays of one shape side by side along a new axis.
Expected<Array> stack(const std::vector<Array> &parts, unsigned along) {
  std::vector<int64_t> shape = parts[0].shape;
  int64_t inner = perElement(parts[0]);
  for (size_t i = along; i < shape.size(); ++i)
    inner *= shape[i];
  shape.insert(shape.begin() + along, int64_t(parts.size()));
  Array out(shape, parts[0].kind);
  for (size_t k = 0; k < parts.size(); ++k) {
    if (parts[k].shape != parts[0].shape || parts[k].kind != parts[0].kind)
      return fail("the arrays of a stack differ in shape");
    for (size_t from = 0; from < parts[k].data.size(); from += inner)
      std::copy_n(parts[k].data.begin() + from, inner,
                  out.data.begin() + from * parts.size() + k * inner);
  }
  return out;
}

/// The golden array of a link in the mixer's axis order.
Expected<Array> load(const Link &link, const Arrays &golden) {
  if (!link.stack.empty()) {
    std::vector<Array> parts;
    for (const Link &part : link.stack) {
      Expected<Array> a = load(part, golden);
      if (!a)
        return a;
      parts.push_back(std::move(*a));
    }
    return stack(parts, link.along);
  }
  bool zero = link.array.rfind("0*", 0) == 0;
  auto it = golden.find(zero ? link.array.substr(2) : link.array);
  if (it == golden.end())
    return fail("no golden array '" + link.array + "'");
  Array a = zero ? Array(it->second.shape, it->second.kind) : it->second;
  if (link.cutAxis >= 0)
    a = slice(a, link.cutAxis, link.cutBegin, link.cutEnd);
  if (link.pairs)
    a = fromPairs(a);
  return rearrange(a, link.layout);
}

size_t axisOf(const Link &link, char letter) {
  return splitLayout(link.layout).second.find(letter);
}

/// The nearest bf16 number, of two equally near ones the even one.
double roundToHalf(double value) {
  auto narrow = static_cast<float>(value);
  uint32_t bits = 0;
  std::memcpy(&bits, &narrow, sizeof bits);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000;
  std::memcpy(&narrow, &bits, sizeof bits);
  return narrow;
}

struct Runner {
  const GoldenCase &c;
  const Engine &engine;
  Arrays golden;
  Call call;
  Call reference; ///< of an engine with 16-bit operands: the interpreter
  std::vector<int64_t> borders;
  std::map<std::string, Array> fed; ///< operands that the piece before has left
  Outcome outcome;
  int64_t compared = 0; ///< numbers

  size_t numPieces() const { return borders.empty() ? 1 : borders.size() - 1; }

  Expected<Array> operand(const Link &link, size_t piece) {
    auto it = fed.find(link.name);
    if (it != fed.end())
      return it->second;
    if (link.array[0] == '=') {
      Array number;
      number.data = {std::strtod(link.array.c_str() + 1, nullptr)};
      return number;
    }
    Expected<Array> a = load(link, golden);
    if (!a)
      return a;
    size_t t = axisOf(link, 't'), s = axisOf(link, 's');
    if (t != std::string::npos && !borders.empty())
      return slice(*a, t, borders[piece], borders[piece + 1]);
    if (s != std::string::npos)
      return slice(*a, s, piece, piece + 1);
    return a;
  }

  /// The part of a golden result that this piece must produce; nothing if it is another one's.
  Expected<bool> expectedPart(const Link &link, size_t piece, Array &part) {
    Expected<Array> a = load(link, golden);
    if (!a)
      return a.takeError();
    size_t t = axisOf(link, 't'), s = axisOf(link, 's'), drop = axisOf(link, 'S');
    if (t != std::string::npos) {
      int64_t shift = std::max<int64_t>(link.at, 0), length = a->shape[t];
      int64_t begin = borders.empty() ? 0 : borders[piece] - shift;
      int64_t end = borders.empty() ? length : borders[piece + 1] - shift;
      if (begin < 0 || end > length)
        return false;
      part = slice(*a, t, begin, end);
    } else if (s != std::string::npos) {
      part = slice(*a, s, piece, piece + 1);
    } else if (drop != std::string::npos) {
      part = dropAxis(slice(*a, drop, piece, piece + 1), drop);
    } else {
      part = *a;
      return piece == (link.at >= 0 ? size_t(link.at) : numPieces() - 1);
    }
    return true;
  }

  void note(const std::string &problem) {
    if (outcome.problem.empty())
      outcome.problem = problem;
  }

  void compare(const Link &link, const Array &got, const Array &want, double scale) {
    if (got.shape != want.shape || perElement(got) != perElement(want))
      return note("result '" + link.name + "' has another shape than '" + link.array + "'");
    for (size_t i = 0; i < want.data.size(); ++i) {
      double error = std::fabs(got.data[i] - want.data[i]),
             ratio = scale > 0 ? error / scale : error;
      if (!(ratio <= outcome.worstRatio))
        outcome.worstRatio = ratio;
      if (!(ratio <= engine.tolerance))
        return note("result '" + link.name + "', number " + std::to_string(i) + ": expected " +
                    std::to_string(want.data[i]) + ", got " + std::to_string(got.data[i]) +
                    " (off by " + std::to_string(ratio / engine.tolerance) + " tolerances)");
    }
  }

  /// The largest number of a whole golden result.
  double scaleOf(const Link &link) const {
    double scale = 0;
    auto it = golden.find(link.array);
    if (it != golden.end())
      for (double v : it->second.data)
        scale = std::max(scale, std::fabs(v));
    return scale;
  }

  Error runPiece(size_t piece) {
    Arrays in;
    for (const Link &link : c.ins) {
      Expected<Array> a = operand(link, piece);
      if (!a)
        return a.takeError();
      in[link.name] = std::move(*a);
    }
    Arrays wanted;
    if (reference) {
      for (auto &[name, array] : in)
        if (array.kind == Array::F64)
          for (double &v : array.data)
            v = roundToHalf(v);
      Expected<Arrays> all = reference(in);
      if (!all)
        return all.takeError();
      wanted = std::move(*all);
    }
    Expected<Arrays> out = call(in);
    if (!out)
      return out.takeError();
    for (const Link &link : c.outs) {
      Array want;
      Expected<bool> due = expectedPart(link, piece, want);
      if (!due)
        return due.takeError();
      if (!out->count(link.name))
        return fail("no result '" + link.name + "'");
      if (!*due)
        continue;
      compare(link, out->at(link.name), reference ? wanted.at(link.name) : want, scaleOf(link));
      compared += want.size();
    }
    for (auto &[result, operand] : c.feeds)
      fed[operand] = out->at(result);
    return Error::success();
  }
};

/// The optional operands of the mixer that no link supplies.
std::set<std::string> omittedOperands(const frontend::ast::File &file, const GoldenCase &c) {
  std::set<std::string> omitted;
  for (const auto &mixer : file.mixers)
    if (mixer.name.text == c.mixer)
      for (const auto &decl : mixer.operands)
        if (decl.defaultKind != frontend::ast::DefaultKind::Required)
          for (const auto &name : decl.names)
            omitted.insert(name.text);
  for (const Link &link : c.ins)
    omitted.erase(link.name);
  return omitted;
}

mlir::DialectRegistry dialects() {
  mlir::DialectRegistry registry;
  lowering::registerAllDialects(registry);
  return registry;
}

/// The mixer of a source in the dialect, kept alive with its context.
struct Imported {
  mlir::MLIRContext context{dialects(), mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

Expected<Call> compileForInterpreter(const MixerSource &source, const Transform &transform,
                                     bool useTerms) {
  auto imported = std::make_shared<Imported>();
  imported->context.loadAllAvailableDialects();
  frontend::SourceManager sources;
  frontend::Diagnostics diags(sources);
  frontend::ast::File file = frontend::parse(sources, source.path, diags);
  frontend::Options options;
  options.mixer = source.mixer;
  options.extents = source.extents;
  options.omitted = source.omitted;
  std::unique_ptr<frontend::Program> program =
      diags.hasErrors() ? nullptr : frontend::analyse(sources, file, options, diags);
  if (program)
    imported->module = frontend::importToMixer(*program, sources, &imported->context);
  if (!imported->module) {
    std::string text;
    llvm::raw_string_ostream os(text);
    diags.print(os);
    return fail("'" + source.path + "' does not compile: " + text);
  }
  if (transform)
    if (Error e = transform(*imported->module))
      return e;
  interpreter::Options how;
  how.useTerms = useTerms;
  for (auto func : imported->module->getOps<mlir::func::FuncOp>())
    if (mixer::isMixer(func))
      return Call([imported, func, how](const Arrays &in) {
        return interpreter::interpret(func, in, how);
      });
  return fail("'" + source.path + "' has no mixer '" + source.mixer + "'");
}

Outcome failed(Error error) { return {llvm::toString(std::move(error)), 0}; }

} // namespace

Engine numeric::interpreterEngine(std::string name, Transform transform, bool useTerms) {
  return {std::move(name), 1e-11, [=](const MixerSource &source) {
            return compileForInterpreter(source, transform, useTerms);
          }};
}

std::string numeric::goldenFolder() {
  const char *set = std::getenv("MIXIR_GOLDEN_DIR");
  std::string folder = set ? set : MIXIR_DEFAULT_GOLDEN_DIR;
  return llvm::sys::fs::is_directory(folder) ? folder : std::string();
}

Outcome numeric::runGoldenCase(const GoldenCase &c, const Engine &engine,
                               const std::string &goldenFolder, const std::string &mixersFolder) {
  Expected<Arrays> golden = readGolden(goldenFolder + "/" + c.family + "/" + c.name + ".npz");
  if (!golden)
    return failed(golden.takeError());
  MixerSource source{mixersFolder + "/" + c.file, c.mixer, c.extents, {}};
  frontend::SourceManager sources;
  frontend::Diagnostics diags(sources);
  source.omitted = omittedOperands(frontend::parse(sources, source.path, diags), c);
  Expected<Call> call = engine.compile(source);
  if (!call)
    return failed(call.takeError());
  Call reference;
  if (engine.isHalf) {
    Expected<Call> interpreted = interpreterEngine().compile(source);
    if (!interpreted)
      return failed(interpreted.takeError());
    reference = std::move(*interpreted);
  }
  Runner runner{c, engine, std::move(*golden), std::move(*call), std::move(reference), c.borders, {}, {}, 0};
  if (!c.bordersFrom.empty())
    for (double b : runner.golden[c.bordersFrom].data)
      runner.borders.push_back(int64_t(b));
  for (size_t piece = 0; piece < runner.numPieces(); ++piece)
    if (Error e = runner.runPiece(piece))
      return failed(std::move(e));
  int64_t all = 0;
  for (const Link &link : c.outs)
    all += runner.golden[link.array].size();
  if (runner.compared != all)
    runner.note("compared " + std::to_string(runner.compared) + " of " + std::to_string(all) +
                " golden numbers");
  return runner.outcome;
}
