// Scans and recurrences: the body is analysed once and run once a step on views
// of the step's slices; `prev` keeps a ring of earlier values.
#include "dialect/interpreter/Evaluator.h"

#include <algorithm>

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;
using mixer::NdType;

namespace {

/// A view that moves along the walked axis of one route.
struct Follower {
  View view;
  int64_t start, stride; ///< in elements of the whole sequence
  bool isReversed;

  void moveTo(int64_t step, int64_t length) const {
    view.moveTo(start + (isReversed ? length - 1 - step : step) * stride);
  }
};

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

Error Evaluator::compileRecall(mixer::RecallOp op, Program &program) {
  Slot *state = find(op.getState()), *step = find(op.getStep()), *out = define(op.getResult());
  Nest<3> nest;
  for (auto [d, n] : llvm::zip(out->dims, out->extents))
    nest.addLoop(n, {out->strideOf(d), state->strideOf(d), step->strideOf(d)});
  struct History {
    bool isFirst = true;
    std::vector<std::vector<double>> after; ///< the state after each step so far
  };
  auto history = std::make_shared<History>();
  program.resets.push_back([=] { *history = {}; });
  int64_t parts = state->complex ? 2 : 1;
  program.steps.push_back([=] {
    if (!std::exchange(history->isFirst, false)) // before a step it is what it was after the last one
      history->after.emplace_back(state->data, state->data + state->size() * parts);
    nest.run([&](int64_t n, auto off, auto st) {
      for (int64_t k = 0; k < n; ++k) {
        auto at = static_cast<int64_t>(*step->at<double>(off[2] + k * st[2]));
        bool isWalked = at >= 0 && at < static_cast<int64_t>(history->after.size());
        for (int64_t part = 0; part < parts; ++part)
          out->data[(off[0] + k * st[0]) * parts + part] =
              isWalked ? history->after[static_cast<size_t>(at)][static_cast<size_t>((off[1] + k * st[1]) * parts + part)] : 0.0;
      }
    });
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
    Slot *inPlace = form.getReads() == mixer::ReadKind::Decayed ? decayed : state;
    for (auto [term, contract] : llvm::enumerate(form.getContract().getAsRange<mlir::ArrayAttr>())) {
      Slot *a = take(), *b = take(), *read = readAt(inPlace, form.getAt(), term, steps);
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

/// What term number `term` reads: `state`, or a copy at the coordinates that the form gives.
Slot *Evaluator::readAt(Slot *state, mlir::ArrayAttr at, unsigned term,
                        std::vector<std::function<void()>> &steps) {
  auto where = at ? llvm::cast<mlir::DictionaryAttr>(at[term]) : mlir::DictionaryAttr();
  if (!where || where.empty())
    return state;
  Dims dims = state->dims;
  std::vector<Move> moves;
  for (mlir::NamedAttribute entry : where) {
    auto to = llvm::cast<mlir::ArrayAttr>(entry.getValue());
    auto name = [&](llvm::StringRef s) { return mlir::StringAttr::get(at.getContext(), s); };
    moves.push_back({name(entry.getName().getValue()), name(llvm::cast<mlir::StringAttr>(to[0]).getValue()),
                     llvm::cast<mlir::IntegerAttr>(to[1]).getInt()});
    std::replace(dims.begin(), dims.end(), moves.back().from, moves.back().to);
  }
  mlir::Type element = mlir::Float32Type::get(at.getContext());
  Slot *moved = makeSlot(NdType::get(at.getContext(), llvm::ArrayRef<mlir::StringAttr>(dims),
                                     state->complex ? mlir::ComplexType::get(element) : element));
  steps.push_back(moveInto(moved, state, moves));
  return moved;
}

static mixer::RoutesAttr routesOf(mixer::ScanOp op) { return op.getRoutesAttr(); }
static mixer::RoutesAttr routesOf(mixer::RecurrenceOp) { return {}; }

View Evaluator::makeView(Slot *whole, llvm::ArrayRef<mlir::StringAttr> dims) {
  Slot *part = newSlot(dims);
  part->complex = whole->complex;
  part->integer = whole->integer;
  for (unsigned i = 0; i < part->dims.size(); ++i)
    part->strides[i] = whole->strideOf(part->dims[i]);
  return {whole, part};
}

template <typename OpT> Error Evaluator::compileWalk(OpT op, Program &program) {
  mlir::StringAttr dim = mlir::StringAttr::get(op.getContext(), op.getDim());
  int64_t length = extent(dim);
  if (length < 0)
    return makeError("dimension '" + op.getDim() + "' has no extent");
  unsigned numStates = op.getNumStates(), numSteps = op.getNumStepValues();
  mlir::Block &block = op.getBody().front();
  auto body = std::make_shared<Program>();

  // one route, or those of a dimension
  mixer::RoutesAttr routes = routesOf(op);
  llvm::SmallVector<bool> isReversed = {op.getReverse()};
  mlir::StringAttr routeDim;
  if (routes) {
    isReversed.assign(routes.getReversed().begin(), routes.getReversed().end());
    routeDim = routes.getDim();
  }
  auto withoutRoutes = [&](const Dims &dims) {
    Dims rest;
    llvm::copy_if(dims, std::back_inserter(rest), [&](mlir::StringAttr d) { return d != routeDim; });
    return rest;
  };

  llvm::SmallVector<Slot *> states, nexts, slices;
  std::vector<Follower> followers;
  std::vector<std::function<void()>> starts, gathers, keeps, swaps, ends;
  for (unsigned i = 0; i < numStates; ++i) {
    states.push_back(define(block.getArgument(i)));
    nexts.push_back(makeSlot(llvm::cast<NdType>(block.getArgument(i).getType())));
    starts.push_back(copyInto(states[i], find(op.getInits()[i])));
  }
  for (auto [i, in] : llvm::enumerate(op.getIns())) {
    mlir::Value arg = block.getArgument(numStates + i);
    Slot *whole = find(in);
    if (!routes) {
      View view = makeView(whole, llvm::cast<NdType>(arg.getType()).getDims());
      alias(arg, view.part);
      slices.push_back(view.part);
      followers.push_back({view, 0, whole->strideOf(dim), isReversed[0]});
      continue;
    }
    Slot *slice = define(arg);
    slices.push_back(slice);
    for (auto [route, reversed] : llvm::enumerate(isReversed)) {
      View from = makeView(whole, withoutRoutes(slice->dims));
      View to = makeView(slice, withoutRoutes(slice->dims));
      to.moveTo(static_cast<int64_t>(route) * slice->strideOf(routeDim));
      followers.push_back({from, static_cast<int64_t>(route) * whole->strideOf(routeDim),
                           whole->strideOf(dim), reversed});
      gathers.push_back(copyInto(to.part, from.part));
    }
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
    for (auto [route, reversed] : llvm::enumerate(isReversed)) {
      View entry = makeView(from, withoutRoutes(from->dims));
      Follower place{makeView(whole, withoutRoutes(from->dims)),
                     static_cast<int64_t>(route) * whole->strideOf(routeDim), whole->strideOf(dim),
                     reversed};
      int64_t offset = static_cast<int64_t>(route) * from->strideOf(routeDim);
      followers.push_back(place);
      keeps.push_back([=] { entry.moveTo(offset); });
      keeps.push_back(copyInto(place.view.part, entry.part));
    }
  }
  for (unsigned i = 0; i < numStates; ++i)
    ends.push_back(copyInto(define(op.getResult(numSteps + i)), states[i]));

  program.steps.push_back([=] {
    auto all = [](auto &list) {
      for (auto &f : list)
        f();
    };
    body->reset();
    all(starts);
    for (int64_t step = 0; step < length; ++step) {
      for (const Follower &f : followers)
        f.moveTo(step, length);
      all(gathers);
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

Error Evaluator::compilePick(mixer::PickOp op, Program &program) {
  Slot *whole = find(op.getInput()), *to = define(op.getResult());
  View entry = makeView(whole, to->dims);
  int64_t offset = static_cast<int64_t>(op.getAt()) *
                   whole->strideOf(mlir::StringAttr::get(op.getContext(), op.getDim()));
  program.steps.push_back([=] { entry.moveTo(offset); });
  program.steps.push_back(copyInto(to, entry.part));
  return Error::success();
}

Error Evaluator::compileStack(mixer::StackOp op, Program &program) {
  Slot *whole = define(op.getResult());
  auto dim = mlir::StringAttr::get(op.getContext(), op.getDim());
  Dims rest;
  llvm::copy_if(whole->dims, std::back_inserter(rest), [&](mlir::StringAttr d) { return d != dim; });
  for (auto [i, part] : llvm::enumerate(op.getParts())) {
    View entry = makeView(whole, rest);
    entry.moveTo(static_cast<int64_t>(i) * whole->strideOf(dim));
    program.steps.push_back(copyInto(entry.part, find(part)));
  }
  return Error::success();
}
