// The step of a recurrence as phases. A sink is something a phase fills: a new
// state or an accumulator. A reduction of a state-dependent value ends a
// phase, because what reads it must wait for the whole loop; so does a value
// read at other coordinates, because a state is set in place.
#include "lowering/plan/KernelBuilder.h"

#include "lowering/Build.h"

using namespace mlir;

namespace mixir::lowering {

KernelBuilder::Sink &KernelBuilder::accumulatorFor(Value value, bool kept) {
  if (auto it = accumulators.find(value); it != accumulators.end()) {
    sinks[it->second].kept |= kept;
    return sinks[it->second];
  }
  Sink sink;
  sink.kind = Sink::Accumulate;
  sink.kept = kept;
  sink.value = value;
  sink.dims = localDims(dimsOf(value));
  if (auto reduce = value.getDefiningOp<mixer::ReduceOp>()) {
    sink.value = reduce.getInput();
    sink.combine = reduce.getKind() == mixer::ReduceKind::Sum   ? kernel::Combine::Sum
                   : reduce.getKind() == mixer::ReduceKind::Max ? kernel::Combine::Max
                                                                : kernel::Combine::Min;
  }
  if (Operation *op = value.getDefiningOp(); isMove(op)) {
    sink.move = op;
    sink.value = op->getOperand(0);
  }
  sink.name = nameFor(value);
  SmallVector<Value> computed = valuesOf(sink);
  for (Value v : computed)
    sink.level = std::max(sink.level, facts.level(v));
  accumulators[value] = sinks.size();
  sinks.push_back(sink);
  for (Value v : computed)
    neededAccumulators(v, false);
  return sinks[accumulators[value]];
}

/// What the phase of a sink computes: what it keeps, and where that is read.
SmallVector<Value> KernelBuilder::valuesOf(const Sink &sink) {
  return sink.move ? SmallVector<Value>(sink.move->getOperands()) : SmallVector<Value>{sink.value};
}

/// The accumulators that computing `value` reads. With `kept` the value is
/// wanted after the walk, so that what uses a state at its own point is stored.
void KernelBuilder::neededAccumulators(Value value, bool kept) {
  Operation *op = value.getDefiningOp();
  if (!facts.usesState(value))
    return;
  if ((op && isa<mixer::ReduceOp>(op)) || isMove(op) || (kept && facts.usesStateHere(value))) {
    accumulatorFor(value, kept);
    return;
  }
  if (op)
    for (Value v : op->getOperands())
      neededAccumulators(v, kept);
}

void KernelBuilder::collectSinks() {
  mixer::RecurrenceOp r = plan.recurrence;
  auto yield = cast<mixer::YieldOp>(r.getBody().front().getTerminator());
  for (unsigned i = 0; i < r.getNumStates(); ++i) {
    Sink sink;
    sink.kind = Sink::SetState;
    sink.state = static_cast<int>(i);
    sink.value = yield.getValues()[i];
    sink.name = cast<StringAttr>(r.getStates()[i]).getValue().str();
    sink.dims = localDims(dimsOf(r.getBody().front().getArgument(i)));
    sink.level = facts.level(sink.value);
    usedNames.insert(sink.name);
    sinks.push_back(sink);
  }
  for (unsigned i = 0; i < r.getNumStates(); ++i)
    neededAccumulators(yield.getValues()[i], false);
  for (unsigned i = 0; i < r.getNumStepValues(); ++i)
    if (!r.getResult(i).use_empty())
      neededAccumulators(yield.getValues()[r.getNumStates() + i], true);
  for (unsigned i = 0; i < r.getNumStates(); ++i)
    if (isRecalled(r, i)) {
      Sink &sink = accumulatorFor(yield.getValues()[i], !onGpu());
      recalled[i] = sink.name;
      if (auto past = plan.pasts.find(i); past != plan.pasts.end())
        sink.past = past->second.getName();
    }
  for (Sink &s : sinks) {
    DimList loop = s.kind == Sink::SetState || s.move ? s.dims : localDims(dimsOf(s.value));
    for (StringRef d : loop)
      if (d != StringRef(plan.lane))
        s.over.push_back(d);
  }
}

/// Sinks of one level and loop share a phase. A state is set no earlier than
/// the last phase that reads its old value, and after those that read it at
/// other coordinates.
void KernelBuilder::orderPhases() {
  std::vector<unsigned> order(sinks.size());
  for (unsigned i = 0; i < order.size(); ++i)
    order[i] = i;
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    return std::make_pair(sinks[a].level, -static_cast<int>(sinks[a].over.size())) <
           std::make_pair(sinks[b].level, -static_cast<int>(sinks[b].over.size()));
  });
  for (unsigned s : order) {
    if (phases.empty() || sinks[phases.back()[0]].level != sinks[s].level || sinks[phases.back()[0]].over != sinks[s].over)
      phases.emplace_back();
    phases.back().push_back(s);
  }
  bool moved = true;
  while (moved) {
    moved = false;
    for (unsigned s = 0; s < sinks.size() && !moved; ++s) {
      if (sinks[s].kind != Sink::SetState)
        continue;
      size_t mine = 0, first = 0; // where it is, and the first phase where it may be
      for (size_t p = 0; p < phases.size(); ++p)
        for (unsigned other : phases[p]) {
          if (other == s)
            mine = p;
          if (llvm::any_of(valuesOf(sinks[other]), [&](Value v) { return facts.statesReadHere(v).contains(sinks[s].state); }))
            first = std::max(first, p + (sinks[other].move != nullptr));
        }
      if (mine >= first)
        continue;
      llvm::erase(phases[mine], s);
      if (first < phases.size() && sinks[phases[first][0]].over == sinks[s].over)
        phases[first].push_back(s);
      else
        phases.insert(phases.begin() + std::min(first + 1, phases.size()), std::vector<unsigned>{s});
      llvm::erase_if(phases, [](auto &p) { return p.empty(); });
      moved = true;
    }
  }
}

std::pair<std::string, std::string> KernelBuilder::initOf(unsigned state) {
  Value init = plan.recurrence.getInits()[state];
  if (constantOf(init) == 0.0)
    return {};
  if (auto it = partition.temps.find(init); it != partition.temps.end())
    return {it->second, ""};
  Stored stored = *facts.storedOf(init);
  return {stored.tensor.getName().str(), stored.part.str()};
}

std::pair<std::string, std::string> KernelBuilder::finalOf(unsigned state) {
  Value last = plan.recurrence.getResult(plan.recurrence.getNumStepValues() + state);
  if (auto it = partition.temps.find(last); it != partition.temps.end())
    return {it->second, ""};
  for (auto [tensor, v] : facts.outputs) {
    std::string name = tensor.getName().str();
    if (v == last)
      return {name, ""};
    if (auto complex = v.getDefiningOp<mixer::ComplexOp>(); complex && isLastState(v)) {
      if (complex.getRe() == last)
        return {name, "re"};
      if (complex.getIm() == last)
        return {name, "im"};
    }
  }
  return {};
}

void KernelBuilder::buildCarries(SmallVector<Attribute> &carries) {
  mixer::RecurrenceOp r = plan.recurrence;
  for (unsigned i = 0; i < r.getNumStates(); ++i) {
    DimList dims;
    for (StringRef d : sinks[i].dims)
      if (d != StringRef(plan.lane))
        dims.push_back(d);
    if (!plan.lane.empty())
      dims.push_back(plan.lane);
    auto [init, initPart] = initOf(i);
    auto [final, finalPart] = finalOf(i);
    auto text = [&](const std::string &s) { return builder.getStringAttr(s); };
    carries.push_back(kernel::CarryAttr::get(builder.getContext(), text(sinks[i].name), builder.getStrArrayAttr(dims),
                                             text(init), text(initPart), text(final), text(finalPart)));
  }
}

KernelBuilder::TileFloats KernelBuilder::tileFloats() {
  int64_t lanes = plan.lane.empty() ? 1 : laneBlock();
  TileFloats floats;
  auto count = [&](ArrayRef<StringRef> dims, bool everyStep, bool isColumn = false) {
    int64_t size = 1;
    for (StringRef d : dims)
      if (d != StringRef(time))
        size *= d == StringRef(plan.lane) ? lanes : std::max<int64_t>(1, facts.fixedExtent(d));
    if (everyStep && isColumn && onGpu() && !llvm::is_contained(dims, StringRef(plan.lane))) // one for each lane
      size *= isAlongTime() || !plan.lane.empty() ? lanes : 32;
    if (everyStep && isAlongTime())
      size |= 1; // rows lie an odd number of floats apart
    (everyStep ? floats.perStep : floats.fixed) += size;
  };
  if (isAlongTime()) // what the warps of a lane make of its states
    floats.fixed += 2 * lanes * stateNumbers("") * sizes.timeThreads / 32;
  // On a GPU what is each thread's own lies in registers.
  for (const Sink &s : sinks)
    if (bool kept = s.kind == Sink::Accumulate && s.kept; kept || !onGpu())
      count(s.dims, kept, kept);
  for (auto stage : func.getBody().front().getOps<kernel::StageOp>()) {
    auto over = kernel::strings(stage.getOver());
    if (stage.getResult() && (stage.getShared() || !onGpu()))
      count(over, llvm::is_contained(over, StringRef(time)));
  }
  return floats;
}

/// Steps of a tile: as many as keep the states, the stages and what is
/// gathered for a group of lanes in the first cache; on a GPU, what is shared
/// in shared memory, and 0 if not one step fits.
int64_t KernelBuilder::timeBlock() {
  TileFloats floats = tileFloats();
  if (onGpu()) {
    auto stepsIn = [&](int64_t bytes, int64_t most) {
      int64_t room = (bytes / 4 - floats.fixed) / floats.perStep;
      return room <= 0 ? 0 : std::min<int64_t>(most, llvm::bit_floor(static_cast<uint64_t>(room)));
    };
    int64_t steps = stepsIn(sizes.sharedBytes, 64);
    return steps > 0 ? steps : stepsIn(sizes.mostSharedBytes, 4); // then few, as fewer blocks share an SM
  }
  int64_t room = sizes.cacheBytes * 3 / 4 / 4 - floats.fixed;
  int64_t steps = 16;
  while (steps < 256 && steps * 2 * floats.perStep <= room)
    steps *= 2;
  // Steps that are large themselves, as chunks are.
  while (steps > 1 && steps * floats.perStep > sizes.secondCacheBytes / 2 / 4)
    steps /= 2;
  return steps;
}

/// A new phase of the recurrence. Stages that it asks for go before the whole recurrence.
Site KernelBuilder::phaseSite(const DimList &over) {
  OpBuilder inside = OpBuilder::atBlockEnd(&recur.getBody().front());
  auto phase = kernel::PhaseOp::create(inside, recur.getLoc(), inside.getStrArrayAttr(over));
  phase.getBody().emplaceBlock();
  Site site{Site::Phase, recur, OpBuilder::atBlockEnd(&phase.getBody().front()), over, {}, {}, {}};
  if (!plan.lane.empty())
    site.domain.push_back(plan.lane);
  site.domain.push_back(time);
  return site;
}

/// Where time lies across threads: the steps of the states without the states.
void KernelBuilder::buildAffinePhases() {
  for (const AffineStep &step : steps) {
    Site site = phaseSite(sinks[step.states[0]].over);
    SmallVector<StringRef> names;
    SmallVector<Value> decays, writes;
    auto valueOr = [&](Value value, double number) {
      return value ? emit(value, site) : buildNumber(site.builder, recur.getLoc(), builder.getF32Type(), number);
    };
    for (auto [i, decay, write] : llvm::zip(step.states, step.decay, step.write)) {
      names.push_back(sinks[i].name);
      bool isImaginary = names.size() == 2;
      decays.push_back(valueOr(decay, isImaginary ? 0 : 1));
      writes.push_back(valueOr(write, 0));
    }
    kernel::AffineOp::create(site.builder, recur.getLoc(), site.builder.getStrArrayAttr(names), decays, writes);
  }
}

void KernelBuilder::buildRecur() {
  MLIRContext *context = builder.getContext();
  SmallVector<Attribute> carries, accs;
  buildCarries(carries);
  SmallVector<Type> types;
  SmallVector<Value> keptValues;
  for (unsigned i = 0; i < sinks.size(); ++i) {
    const Sink &s = sinks[i];
    if (s.kind != Sink::Accumulate)
      continue;
    accs.push_back(kernel::AccAttr::get(context, builder.getStringAttr(s.name), s.combine,
                                        builder.getStrArrayAttr(s.dims), s.kept, s.past));
    if (!s.kept)
      continue;
    SmallVector<StringAttr> dims = {builder.getStringAttr(time)};
    for (StringRef d : s.dims)
      dims.push_back(builder.getStringAttr(d));
    types.push_back(kernel::BufType::get(context, dims, builder.getF32Type()));
    keptValues.push_back(llvm::find_if(accumulators, [&](auto &e) { return e.second == i; })->first);
  }
  recur = kernel::RecurOp::create(builder, plan.recurrence.getLoc(), types, "recur", time, builder.getArrayAttr(carries),
                                  builder.getArrayAttr(accs));
  recur.getBody().emplaceBlock();
  buildAffinePhases();
  for (const std::vector<unsigned> &group : phases) {
    Site site = phaseSite(sinks[group[0]].over);
    for (unsigned i : group) {
      const Sink &s = sinks[i];
      Value v = asKind(s.move ? emitMove(s.move, site) : emit(s.value, site), builder.getF32Type(), site.builder);
      if (s.kind == Sink::SetState)
        kernel::SetStateOp::create(site.builder, v.getLoc(), s.name, v);
      else
        kernel::AccumulateOp::create(site.builder, v.getLoc(), s.name, v);
    }
  }
  for (auto [value, buffer] : llvm::zip(keptValues, recur.getResults()))
    kept[value] = buffer;
  builder.setInsertionPointAfter(recur);
}

} // namespace mixir::lowering
