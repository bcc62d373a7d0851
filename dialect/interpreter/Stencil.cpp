// What is read at other coordinates: short convolutions along a stored axis, the samples a later call
// needs, renamed and shifted dimensions, computed coordinates.
#include "dialect/interpreter/Evaluator.h"

#include <algorithm>

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;

namespace {

/// A stretch of an axis in three slots: `count` positions from `outAt`, `inAt`, `weightAt` on.
struct Stretch {
  int64_t count, outAt, inAt, weightAt;
};

template <typename T, typename F>
std::function<void()> addStretch(Slot *out, mlir::StringAttr along, Slot *in, int64_t inStride,
                                 Slot *weight, int64_t weightOffset, Stretch s, F f) {
  Nest<3> nest;
  int64_t outStride = out->strideOf(along), weightStride = weight->strideOf(along);
  for (auto [dim, extent] : llvm::zip(out->dims, out->extents)) {
    if (dim == along)
      nest.addLoop(s.count, {outStride, inStride, weightStride});
    else
      nest.addLoop(extent, {out->strideOf(dim), in->strideOf(dim), weight->strideOf(dim)});
  }
  int64_t base[3] = {s.outAt * outStride, s.inAt * inStride,
                     s.weightAt * weightStride + weightOffset};
  return [=] {
    nest.run([&](int64_t n, auto off, auto st) {
      T *o = out->at<T>(off[0] + base[0]);
      const T *x = in->at<T>(off[1] + base[1]);
      const T *w = weight->at<T>(off[2] + base[2]);
      for (int64_t i = 0; i < n; ++i)
        f(o[i * st[0]], x[i * st[1]], w[i * st[2]]);
    });
  };
}

struct MultiplyAdd {
  template <typename T> void operator()(T &out, const T &x, const T &w) const { out += x * w; }
};

struct Assign {
  template <typename T> void operator()(T &out, const T &x, const T &) const { out = x; }
};

template <typename T>
void compileConvAs(Slot *out, Slot *in, Slot *weight, Slot *init, mlir::StringAttr along,
                   mlir::StringAttr taps, mlir::StringAttr history, int64_t length, int64_t width,
                   int64_t historyLength, mixer::PadKind pad, Program &program) {
  program.steps.push_back([=] { std::fill_n(out->at<T>(), out->size(), T(0)); });
  int64_t lead = pad == mixer::PadKind::Same ? (width - 1) / 2 : width - 1;
  for (int64_t j = 0; j < width; ++j) {
    int64_t shift = pad == mixer::PadKind::Anticausal ? lead - j : j - lead; // y[t] += w[j] x[t + shift]
    int64_t tap = j * weight->strideOf(taps);
    int64_t begin = std::max<int64_t>(0, -shift), end = std::min(length, length - shift);
    if (begin < end)
      program.steps.push_back(addStretch<T>(out, along, in, in->strideOf(along), weight, tap,
                                            {end - begin, begin, begin + shift, begin},
                                            MultiplyAdd()));
    if (!init)
      continue;
    // sample -1 is the last of the history
    begin = std::max<int64_t>(0, -shift - historyLength);
    end = std::min(length, -shift);
    if (begin < end)
      program.steps.push_back(
          addStretch<T>(out, along, init, init->strideOf(history), weight, tap,
                        {end - begin, begin, begin + shift + historyLength, begin}, MultiplyAdd()));
  }
}

} // namespace

Error Evaluator::compileConv(mixer::ConvOp op, Program &program) {
  auto name = [&](llvm::StringRef s) { return mlir::StringAttr::get(op.getContext(), s); };
  Slot *in = find(op.getInput()), *weight = find(op.getWeight());
  Slot *init = op.getInit() ? find(op.getInit()) : nullptr;
  Slot *out = define(op.getResult());
  if (in->complex != out->complex || weight->complex != out->complex ||
      (init && init->complex != out->complex))
    return makeError("operation 'mixer.conv': expected operands of one element type");
  mlir::StringAttr along = name(op.getAlong()), taps = name(op.getTaps());
  mlir::StringAttr history = init ? name(*op.getHistory()) : mlir::StringAttr();
  if (op.getPad() == mixer::PadKind::Same && extent(taps) % 2 == 0)
    return makeError(
        "operation 'mixer.conv': expected an odd number of taps with pad = same, got " +
        llvm::Twine(extent(taps)));
  auto compile = out->complex ? compileConvAs<Complex> : compileConvAs<double>;
  compile(out, in, weight, init, along, taps, history, extent(along), extent(taps),
          init ? extent(history) : 0, op.getPad(), program);
  return Error::success();
}

Error Evaluator::compileTail(mixer::TailOp op, Program &program) {
  auto name = [&](llvm::StringRef s) { return mlir::StringAttr::get(op.getContext(), s); };
  Slot *in = find(op.getInput()), *init = op.getInit() ? find(op.getInit()) : nullptr;
  Slot *out = define(op.getResult());
  mlir::StringAttr along = name(op.getAlong()), into = name(op.getInto());
  int64_t length = extent(along), kept = extent(into);
  auto copy = [&](Slot *from, int64_t stride, Stretch s) {
    if (s.count <= 0)
      return;
    program.steps.push_back(
        out->complex ? addStretch<Complex>(out, into, from, stride, from, 0, s, Assign())
                     : addStretch<double>(out, into, from, stride, from, 0, s, Assign()));
  };
  // earlier samples and the axis joined: the last `kept` of them
  int64_t old = std::max<int64_t>(0, kept - length);
  program.steps.push_back(
      [=] { std::fill_n(out->data, out->size() * (out->complex ? 2 : 1), 0.0); });
  if (init)
    copy(init, init->strideOf(into), {old, 0, length, 0});
  copy(in, in->strideOf(along), {kept - old, old, length - (kept - old), 0});
  return Error::success();
}

template <typename T>
static std::function<void()> moveAs(Slot *to, const Slot *from, llvm::ArrayRef<Move> moves) {
  Nest<2> nest;
  int64_t toAt = 0, fromAt = 0;
  for (auto [dim, extent] : llvm::zip(from->dims, from->extents)) {
    Move move{dim, dim};
    for (const Move &m : moves)
      if (m.from == dim)
        move = m;
    int64_t toStride = to->strideOf(move.to), fromStride = from->strideOf(dim);
    nest.addLoop(std::max<int64_t>(0, extent - std::abs(move.steps)), {toStride, fromStride});
    toAt += std::max<int64_t>(0, move.steps) * toStride;
    fromAt += std::max<int64_t>(0, -move.steps) * fromStride;
  }
  return [=] {
    std::fill_n(to->at<T>(), to->size(), T(0));
    nest.run([&](int64_t n, auto off, auto st) {
      T *out = to->at<T>(off[0] + toAt);
      const T *in = from->at<T>(off[1] + fromAt);
      for (int64_t i = 0; i < n; ++i)
        out[i * st[0]] = in[i * st[1]];
    });
  };
}

std::function<void()> interpreter::moveInto(Slot *to, const Slot *from, llvm::ArrayRef<Move> moves) {
  return to->complex ? moveAs<Complex>(to, from, moves) : moveAs<double>(to, from, moves);
}

Error Evaluator::compileRename(mixer::RenameOp op, Program &program) {
  auto name = [&](llvm::StringRef s) { return mlir::StringAttr::get(op.getContext(), s); };
  Slot *in = find(op.getInput());
  program.steps.push_back(moveInto(define(op.getResult()), in, Move{name(op.getFrom()), name(op.getTo())}));
  return Error::success();
}

Error Evaluator::compileShift(mixer::ShiftOp op, Program &program) {
  auto dim = mlir::StringAttr::get(op.getContext(), op.getDim());
  Slot *in = find(op.getInput());
  program.steps.push_back(
      moveInto(define(op.getResult()), in, Move{dim, dim, static_cast<int64_t>(op.getSteps())}));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Pieces
//===----------------------------------------------------------------------===//

/// Copies between a dimension of `whole` and its pieces, one place after the other.
template <typename OpT> Error Evaluator::compilePieces(OpT op, bool isSplit, Program &program) {
  auto name = [&](llvm::StringRef s) { return mlir::StringAttr::get(op.getContext(), s); };
  mlir::StringAttr dim = name(op.getDim()), outer = name(op.getOuter()), inner = name(op.getInner());
  Slot *from = find(op.getInput()), *to = define(op.getResult());
  Slot *whole = isSplit ? from : to, *pieces = isSplit ? to : from;
  Dims rest;
  llvm::copy_if(whole->dims, std::back_inserter(rest), [&](mlir::StringAttr d) { return d != dim; });
  View place = makeView(whole, rest), piece = makeView(pieces, rest);
  int64_t length = extent(dim), size = extent(inner), count = extent(outer);
  if (count * size < length)
    return makeError("dimension '" + op.getDim() + "': expected at most " + llvm::Twine(count * size) +
                     " places in pieces, got " + llvm::Twine(length));
  if (isSplit)
    program.steps.push_back([=] { std::fill(to->storage.begin(), to->storage.end(), 0.0); });
  auto copy = isSplit ? copyInto(piece.part, place.part) : copyInto(place.part, piece.part);
  bool isReversed = op.getReverse();
  int64_t stride = whole->strideOf(dim), outerStride = pieces->strideOf(outer), innerStride = pieces->strideOf(inner);
  program.steps.push_back([=] {
    for (int64_t i = 0; i < length; ++i) {
      place.moveTo((isReversed ? length - 1 - i : i) * stride);
      piece.moveTo(i / size * outerStride + i % size * innerStride);
      copy();
    }
  });
  return Error::success();
}

Error Evaluator::compileSplit(mixer::SplitOp op, Program &program) { return compilePieces(op, true, program); }

Error Evaluator::compileMerge(mixer::MergeOp op, Program &program) { return compilePieces(op, false, program); }

template <typename T>
static std::function<void()> gatherAs(Slot *to, Slot *from, Slot *index, mlir::StringAttr dim, int64_t extent) {
  Nest<3> nest;
  for (auto [d, n] : llvm::zip(to->dims, to->extents))
    nest.addLoop(n, {to->strideOf(d), d == dim ? 0 : from->strideOf(d), index->strideOf(d)});
  int64_t stride = from->strideOf(dim);
  return [=] {
    nest.run([&](int64_t n, auto off, auto st) {
      T *out = to->at<T>(off[0]);
      const T *in = from->at<T>(off[1]);
      const double *at = index->at<double>(off[2]);
      for (int64_t i = 0; i < n; ++i) {
        auto c = static_cast<int64_t>(at[i * st[2]]);
        out[i * st[0]] = c >= 0 && c < extent ? in[i * st[1] + c * stride] : T(0);
      }
    });
  };
}

Error Evaluator::compileGather(mixer::GatherOp op, Program &program) {
  auto dim = mlir::StringAttr::get(op.getContext(), op.getDim());
  Slot *in = find(op.getInput()), *index = find(op.getIndex());
  Slot *out = define(op.getResult());
  program.steps.push_back(out->complex ? gatherAs<Complex>(out, in, index, dim, extent(dim))
                                       : gatherAs<double>(out, in, index, dim, extent(dim)));
  return Error::success();
}
