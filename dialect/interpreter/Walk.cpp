// Scans and recurrences: the body is analysed once and run once a step on views
// of the step's slices; `prev` keeps a ring of earlier values.
#include "dialect/interpreter/Evaluator.h"

#include <algorithm>

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;
using mixer::NdType;

namespace {

/// A slot that shows one position at a time of another one along a dimension.
struct SliceView {
  Slot *whole;
  Slot *slice;
  int64_t stride; ///< in elements of `whole`

  void moveTo(int64_t position) const {
    slice->data = whole->data + position * stride * (whole->complex ? 2 : 1);
  }
};

SliceView makeView(Slot *whole, Slot *slice, mlir::StringAttr dim) {
  for (unsigned i = 0; i < slice->dims.size(); ++i)
    slice->strides[i] = whole->strideOf(slice->dims[i]);
  return {whole, slice, whole->strideOf(dim)};
}

std::function<void()> exchange(Slot *a, Slot *b) {
  return [=] {
    std::swap(a->storage, b->storage);
    std::swap(a->data, b->data);
  };
}

} // namespace

Error Evaluator::compilePrev(mixer::PrevOp op, Program &program) {
  Slot *in = find(op.getInput()), *out = define(op.getResult());
  int64_t steps = op.getSteps();
  struct Ring {
    std::vector<Slot *> past;
    std::vector<std::function<void()>> save, load;
    int64_t time = 0;
  };
  auto ring = std::make_shared<Ring>();
  for (int64_t i = 0; i < steps; ++i) {
    ring->past.push_back(makeSlot(op.getType()));
    ring->save.push_back(copyInto(ring->past.back(), in));
    ring->load.push_back(copyInto(out, ring->past.back()));
  }
  program.resets.push_back([=] {
    ring->time = 0;
    for (Slot *p : ring->past)
      std::fill(p->storage.begin(), p->storage.end(), 0.0);
  });
  program.steps.push_back([=] {
    int64_t at = ring->time++ % steps;
    ring->load[at](); // what was there `steps` steps ago, or zero
    ring->save[at]();
  });
  return Error::success();
}

/// S' = D*S + sum_m b_m * sum_contract_m(a_m * R) + W for every affine state, null for the others.
Error Evaluator::compileTerms(mixer::RecurrenceOp op, llvm::ArrayRef<Slot *> states,
                              llvm::ArrayRef<Slot *> slices, Program &program,
                              llvm::SmallVectorImpl<Slot *> &advanced) {
  mlir::Block &block = op.getTerms().front();
  for (auto [arg, slice] : llvm::zip(block.getArguments(), slices))
    alias(arg, slice);
  if (Error e = compileBlock(block, program))
    return e;
  auto values = llvm::cast<mixer::YieldOp>(block.getTerminator()).getValues();
  unsigned next = 0;
  auto take = [&] { return find(values[next++]); };
  auto nest = [](Slot *to, Slot *a, Slot *b, llvm::ArrayRef<mlir::StringAttr> domain,
                 llvm::ArrayRef<int64_t> extents) {
    return makeNest<3>(domain, extents, {to, a, b});
  };
  auto &steps = program.steps;
  for (auto [i, form] : llvm::enumerate(op.getForms().getAsRange<mixer::FormAttr>())) {
    if (!form.isAffine()) {
      advanced.push_back(nullptr);
      continue;
    }
    auto type = llvm::cast<NdType>(op.getBody().front().getArgument(i).getType());
    Slot *state = states[i], *sum = makeSlot(type), *decayed = state;
    bool complex = type.isComplex();
    // to += a * b over `domain`, or to = ... where `fresh`
    auto product = [&](Slot *to, Slot *a, Slot *b, Dims domain, bool fresh) {
      Extents extents;
      for (mlir::StringAttr d : domain)
        extents.push_back(extent(d));
      auto loops = nest(to, a, b, domain, extents);
      auto body = [=](auto zero) {
        using T = decltype(zero);
        if (fresh)
          std::fill_n(to->at<T>(), to->size(), zero);
        auto load = [](const Slot *s, int64_t at) { // a real factor of a complex state
          if constexpr (std::is_same_v<T, Complex>)
            return s->complex ? *s->at<Complex>(at) : Complex(*s->at<double>(at));
          else
            return *s->at<double>(at);
        };
        loops.run([&](int64_t n, auto off, auto st) {
          for (int64_t k = 0; k < n; ++k)
            *to->at<T>(off[0] + k * st[0]) +=
                load(a, off[1] + k * st[1]) * load(b, off[2] + k * st[2]);
        });
      };
      steps.push_back([=] { complex ? body(Complex(0)) : body(0.0); });
    };
    auto joined = [&](const Slot *a, const Slot *b) {
      Dims dims(a->dims);
      for (mlir::StringAttr d : b->dims)
        if (!llvm::is_contained(dims, d))
          dims.push_back(d);
      return dims;
    };
    if (form.hasDecay()) {
      decayed = makeSlot(type);
      product(decayed, state, take(), joined(state, state), true);
    }
    steps.push_back(copyInto(sum, decayed));
    Slot *read = form.getReads() == mixer::ReadKind::Decayed ? decayed : state;
    for (auto contract : form.getContract().getAsRange<mlir::ArrayAttr>()) {
      Slot *a = take(), *b = take();
      Dims domain = joined(a, read), kept;
      for (mlir::StringAttr d : domain)
        if (llvm::none_of(contract.getAsRange<mlir::StringAttr>(),
                          [&](mlir::StringAttr c) { return c.getValue() == d.getValue(); }))
          kept.push_back(d);
      Slot *inner = makeSlot(NdType::get(op.getContext(), llvm::ArrayRef<mlir::StringAttr>(kept),
                                         type.getElementType()));
      product(inner, a, read, domain, true);
      product(sum, b, inner, joined(sum, inner), false);
    }
    if (form.getWrite()) {
      Slot *one = makeSlot(
          NdType::get(op.getContext(), llvm::ArrayRef<mlir::StringAttr>(), type.getElementType()));
      one->data[0] = 1;
      product(sum, one, take(), joined(sum, sum), false);
    }
    advanced.push_back(sum);
  }
  return Error::success();
}

template <typename OpT> Error Evaluator::compileWalk(OpT op, Program &program) {
  mlir::StringAttr dim = mlir::StringAttr::get(op.getContext(), op.getDim());
  int64_t length = extent(dim);
  if (length < 0)
    return makeError("dimension '" + op.getDim() + "' has no extent");
  unsigned numStates = op.getNumStates(), numSteps = op.getNumStepValues();
  mlir::Block &block = op.getBody().front();
  auto body = std::make_shared<Program>();

  llvm::SmallVector<Slot *> states, nexts, slices;
  std::vector<SliceView> views;
  std::vector<std::function<void()>> starts, keeps, swaps, ends;
  for (unsigned i = 0; i < numStates; ++i) {
    states.push_back(define(block.getArgument(i)));
    nexts.push_back(makeSlot(llvm::cast<NdType>(block.getArgument(i).getType())));
    starts.push_back(copyInto(states[i], find(op.getInits()[i])));
  }
  for (auto [i, in] : llvm::enumerate(op.getIns())) {
    slices.push_back(defineView(block.getArgument(numStates + i)));
    views.push_back(makeView(find(in), slices.back(), dim));
  }
  if (Error e = compileBlock(block, *body))
    return e;
  auto yields = llvm::cast<mixer::YieldOp>(block.getTerminator()).getValues();

  llvm::SmallVector<Slot *> advanced(numStates, nullptr);
  if constexpr (std::is_same_v<OpT, mixer::RecurrenceOp>)
    if (options.useTerms) {
      advanced.clear();
      if (Error e = compileTerms(op, states, slices, *body, advanced))
        return e;
    }
  for (unsigned i = 0; i < numStates; ++i) {
    keeps.push_back(copyInto(nexts[i], advanced[i] ? advanced[i] : find(yields[i])));
    swaps.push_back(exchange(states[i], nexts[i]));
  }
  // a step value is written through a view of its place in the whole sequence
  for (unsigned i = 0; i < numSteps; ++i) {
    Slot *whole = define(op.getResult(i)), *from = find(yields[numStates + i]);
    Slot *place = newSlot(llvm::cast<NdType>(yields[numStates + i].getType()).getDims(),
                          llvm::cast<NdType>(op.getResult(i).getType()).getElementType());
    views.push_back(makeView(whole, place, dim));
    keeps.push_back(copyInto(place, from));
  }
  for (unsigned i = 0; i < numStates; ++i)
    ends.push_back(copyInto(define(op.getResult(numSteps + i)), states[i]));

  bool reverse = op.getReverse();
  program.steps.push_back([=] {
    auto all = [](auto &list) {
      for (auto &f : list)
        f();
    };
    body->reset();
    all(starts);
    for (int64_t step = 0; step < length; ++step) {
      for (const SliceView &v : views)
        v.moveTo(reverse ? length - 1 - step : step);
      body->run();
      all(keeps);
      all(swaps);
    }
    all(ends);
  });
  return Error::success();
}

template Error Evaluator::compileWalk(mixer::ScanOp, Program &);
template Error Evaluator::compileWalk(mixer::RecurrenceOp, Program &);
