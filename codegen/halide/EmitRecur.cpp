// See EmitRecur.h. The idiom (state and outputs in one function, multi-value
// scatter) is the one that Halide schedules well; a consumer cannot be fused
// into the reduction loop of its producer otherwise.
#include "codegen/halide/EmitRecur.h"

#include <algorithm>

using namespace mlir;
using Halide::Expr;
using Halide::RVar;

namespace mixir::codegen {

namespace {
constexpr int kAlignment = 128; // of the runtime's frames

/// The name of a state or accumulator without the dots that Halide keeps for itself.
template <typename AttrT> std::string plainName(AttrT attr) {
  std::string name = attr.getName().str();
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}
} // namespace

RecurEmitter::Slot RecurEmitter::makeSlot(ArrayAttr dims, bool kept, int64_t &next) {
  Slot slot;
  slot.base = next;
  slot.kept = kept;
  for (StringRef d : kernel::strings(dims))
    if (d != context.laneDim() && context.isLocal(d)) {
      slot.inner.push_back(d.str());
      slot.rows *= context.fixedExtent(d);
    }
  next += slot.rows * (kept ? context.func.getLoop(time).getBlock() : 1);
  return slot;
}

RecurEmitter::RecurEmitter(KernelContext &context, kernel::RecurOp op)
    : context(context), op(op), time(op.getTime().str()), work("work"), laneVar(varOf(kLane)), rowVar("row"),
      groupVar(varOf(kGroup)) {
  reverse = context.func.getLoop(time).getKind() == kernel::LoopKind::SerialReverse;
  lanes = context.lanes();
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>())
    states[carry.getName().getValue()] = makeSlot(carry.getDims(), false, rows);
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>())
    accs[acc.getName().getValue()] = makeSlot(acc.getDims(), acc.getKept(), rows);

  unsigned i = 0;
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>())
    if (acc.getKept()) {
      Slot slot = accs[acc.getName().getValue()];
      context.readers[op.getResult(i++)] = [this, slot](const llvm::StringMap<Expr> &at) {
        auto orFirst = [](Expr e) { return e.defined() ? e : Expr(0); }; // the only one, or any of equal ones
        return workAt(orFirst(at.lookup(kLane)), row(slot, at, orFirst(at.lookup(time))), orFirst(at.lookup(kGroup)));
      };
    }
}

Halide::FuncRef RecurEmitter::workAt(Expr row) {
  return context.isGrouped() ? work(laneVar, row, groupVar) : work(laneVar, row);
}

Expr RecurEmitter::workAt(Expr lane, Expr row, Expr group) {
  return context.isGrouped() ? work(lane, row, group) : work(lane, row);
}

/// The coordinate of the lane in the buffers of carries, which have all groups of a tile.
Expr RecurEmitter::laneOfTile() {
  return context.isGrouped() ? groupVar * static_cast<int32_t>(lanes) + laneVar : Expr(laneVar);
}

Expr RecurEmitter::row(const Slot &slot, const llvm::StringMap<Expr> &at, Expr t) {
  Expr r = 0;
  for (const std::string &d : slot.inner)
    r = r * static_cast<int32_t>(context.fixedExtent(d)) + at.lookup(d);
  r = static_cast<int32_t>(slot.base) + r;
  return slot.kept ? r + static_cast<int32_t>(slot.rows) * t : r;
}

Scope RecurEmitter::phaseScope() {
  Scope s = context.scope();
  s.point[time] = timeAt;
  context.setLane(s, laneVar, groupVar);
  for (auto &entry : innerVars)
    s.point[entry.getKey()] = entry.getValue();
  s.state = [this](kernel::StateOp op, Scope &scope) {
    auto place = context.place(op.getShift(), op.getCoordDims(), op.getCoords(), scope);
    return place.guard(workAt(row(states[op.getName()], place.at, timeAt)));
  };
  s.acc = [this](kernel::AccOp op, Scope &scope) {
    if (op.getTime())
      return recalled(op, scope);
    auto place = context.place(op.getShift(), op.getCoordDims(), op.getCoords(), scope);
    return place.guard(workAt(row(accs[op.getName()], place.at, timeAt)));
  };
  return s;
}

/// What the accumulator was at another step: of this tile from `work`, of tiles before from its past.
Expr RecurEmitter::recalled(kernel::AccOp acc, Scope &scope) {
  auto place = context.place(acc.getShift(), acc.getCoordDims(), acc.getCoords(), scope);
  const Slot &slot = accs[acc.getName()];
  Expr step = emitScalar(acc.getTime(), scope), first = context.start(time), extent = context.extent(time);
  Expr last = context.size(time) - 1, local = step - first, now = first + timeAt;
  Expr isInTile = reverse ? local < extent : local >= 0;
  Expr isWalked = reverse ? step <= last && step > now : step >= 0 && step < now;
  Expr inTile = workAt(row(slot, place.at, Halide::clamp(local, 0, extent - 1)));
  Slot inRow = slot;
  inRow.base = 0;
  Expr before = pasts[acc.getName()](laneOfTile(), row(inRow, place.at, Halide::clamp(step, 0, last)));
  return place.guard(Halide::select(isWalked, Halide::select(isInTile, inTile, before), 0.0f));
}

/// The work space as the caller hands it over, with the states in it, and the pasts.
void RecurEmitter::defineInputs() {
  workAt(rowVar) = Halide::undef<float>();
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>()) {
    if (!op.isRecalled(acc.getName().getValue()))
      continue;
    Halide::ImageParam past(Halide::Float(32), 2, plainName(acc) + "_past");
    if (!context.isGrouped()) {
      past.dim(0).set_bounds(0, static_cast<int32_t>(lanes));
      past.dim(1).set_stride(static_cast<int32_t>(lanes));
    }
    pasts[acc.getName().getValue()] = past;
    pastInputs.push_back(past);
  }
}

/// What the accumulator holds after this value: combined with what it held,
/// or the value alone at the first point of what is reduced.
Expr RecurEmitter::combined(kernel::AccAttr acc, kernel::PhaseOp phase, Expr at, Expr value) {
  if (acc.getCombine() == kernel::Combine::Store)
    return value;
  Expr first;
  for (StringRef d : kernel::strings(phase.getOver()))
    if (!llvm::is_contained(kernel::strings(acc.getDims()), d)) {
      Expr zero = innerVars.lookup(d) == 0;
      first = first.defined() ? first && zero : zero;
    }
  if (!first.defined())
    return value;
  Expr held = workAt(at);
  switch (acc.getCombine()) {
  case kernel::Combine::Sum:
    return Halide::select(first, 0.0f, held) + value;
  case kernel::Combine::Max:
    return Halide::select(first, value, Halide::max(held, value));
  default:
    return Halide::select(first, value, Halide::min(held, value));
  }
}

std::vector<RecurEmitter::Write> RecurEmitter::phaseWrites(kernel::PhaseOp phase, Scope &scope) {
  std::vector<Write> writes;
  for (Operation &o : phase.getBody().front()) {
    if (auto set = dyn_cast<kernel::SetStateOp>(o)) {
      writes.emplace_back(row(states[set.getName()], scope.point, timeAt), emitScalar(set.getValue(), scope));
    } else if (auto gather = dyn_cast<kernel::AccumulateOp>(o)) {
      Expr at = row(accs[gather.getName()], scope.point, timeAt);
      writes.emplace_back(at, combined(op.getAcc(gather.getName()), phase, at, emitScalar(gather.getValue(), scope)));
    }
  }
  return writes;
}

void RecurEmitter::define() {
  defineInputs();
  SmallVector<kernel::PhaseOp> phases(op.getBody().front().getOps<kernel::PhaseOp>());
  for (kernel::PhaseOp p : phases)
    for (StringRef d : kernel::strings(p.getOver()))
      if (!llvm::is_contained(inner, d.str()))
        inner.push_back(d.str());

  Halide::Region ranges;
  for (auto it = inner.rbegin(); it != inner.rend(); ++it)
    ranges.emplace_back(0, static_cast<int32_t>(context.fixedExtent(*it)));
  ranges.emplace_back(0, static_cast<int32_t>(phases.size()));
  ranges.emplace_back(0, context.extent(time));
  domain = Halide::RDom(ranges, "step");
  int n = static_cast<int>(inner.size());
  for (int i = 0; i < n; ++i)
    innerVars[inner[n - 1 - i]] = domain[i];
  phaseVar = domain[n];
  timeVar = domain[n + 1];
  timeAt = reverse ? context.extent(time) - 1 - timeVar : Expr(timeVar);

  std::vector<std::vector<Write>> writes;
  size_t width = 0;
  for (auto [i, p] : llvm::enumerate(phases)) {
    for (const std::string &d : inner)
      if (!llvm::is_contained(kernel::strings(p.getOver()), d))
        domain.where(phaseVar != static_cast<int32_t>(i) || innerVars[d] == 0);
    Scope scope = phaseScope();
    writes.push_back(phaseWrites(p, scope));
    width = std::max(width, writes.back().size());
  }
  // Every phase scatters equally many values; a short one repeats its last.
  std::vector<Expr> at(width), value(width);
  for (size_t w = 0; w < width; ++w)
    for (size_t i = phases.size(); i-- > 0;) {
      const Write &x = writes[i][std::min(w, writes[i].size() - 1)];
      Expr here = phaseVar == static_cast<int32_t>(i);
      at[w] = at[w].defined() ? Halide::select(here, x.first, at[w]) : x.first;
      value[w] = value[w].defined() ? Halide::select(here, x.second, value[w]) : x.second;
    }
  auto usesTime = [&](const Expr &e) { return Halide::Internal::expr_uses_var(e, timeVar.name()); };
  if (llvm::none_of(at, usesTime) && llvm::none_of(value, usesTime))
    at[0] = Halide::min(at[0], at[0] + timeVar); // the same, but Halide sees that the steps are walked
  if (width == 1)
    workAt(at[0]) = value[0];
  else
    workAt(Halide::scatter(at)) = Halide::gather(value);
  schedule();
}

void RecurEmitter::schedule() {
  int width = static_cast<int>(lanes), height = static_cast<int>(rows);
  work.bound(laneVar, 0, width).bound(rowVar, 0, height);
  work.compute_root();
  auto buffer = work.output_buffer();
  buffer.set_host_alignment(kAlignment);
  buffer.dim(0).set_bounds(0, width);
  buffer.dim(1).set_bounds(0, height).set_stride(width);
  if (context.isGrouped()) {
    work.bound(groupVar, 0, context.groups());
    buffer.dim(2).set_min(0).set_stride(width * height);
  }
  auto update = work.update(0);
  std::vector<Halide::VarOrRVar> order = {laneVar};
  for (int i = 0; i < static_cast<int>(inner.size()) + 2; ++i)
    order.push_back(domain[i]);
  if (context.isGrouped())
    order.push_back(groupVar);
  update.reorder(order);
  update.vectorize(laneVar, width);
  update.unroll(phaseVar);
  if (!inner.empty()) {
    int64_t fastest = context.fixedExtent(inner.back());
    for (int factor : {4, 3, 2})
      if (fastest % factor == 0) {
        update.unroll(innerVars[inner.back()], factor);
        break;
      }
  }
}

void RecurEmitter::placeAtStep(Halide::Func stage) { stage.compute_at(work, timeVar); }

std::vector<int64_t> RecurEmitter::stateRows() {
  std::vector<int64_t> first;
  for (auto carry : op.getCarries().getAsRange<kernel::CarryAttr>())
    first.push_back(states[carry.getName().getValue()].base);
  return first;
}

/// What the steps of the tile add to the past of a recalled accumulator.
Halide::Func RecurEmitter::trail(kernel::AccAttr acc) {
  const Slot &slot = accs[acc.getName().getValue()];
  Halide::Func out(plainName(acc) + "_trail");
  Halide::Var r("r"), lane("lane");
  int32_t n = static_cast<int32_t>(lanes);
  Expr at = static_cast<int32_t>(slot.base) + r;
  out(lane, r) = context.isGrouped() ? workAt(lane % n, at, lane / n) : workAt(lane, at, Expr());
  out.bound(lane, 0, context.groups() * n).bound(r, 0, static_cast<int32_t>(slot.rows) * context.extent(time));
  out.vectorize(lane, n, Halide::TailStrategy::RoundUp);
  out.output_buffer().dim(0).set_min(0);
  out.output_buffer().dim(1).set_min(0);
  if (!context.isGrouped())
    out.output_buffer().dim(1).set_stride(n);
  return out;
}

std::vector<Halide::Func> RecurEmitter::outputs() {
  std::vector<Halide::Func> outputs = {work};
  for (auto acc : op.getAccs().getAsRange<kernel::AccAttr>())
    if (op.isRecalled(acc.getName().getValue()))
      outputs.push_back(trail(acc));
  return outputs;
}

} // namespace mixir::codegen
