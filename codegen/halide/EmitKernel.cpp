// Stages in order, then the pipeline of everything that leaves the tile.
#include "codegen/halide/EmitKernel.h"

#include "codegen/halide/EmitRecur.h"
#include "codegen/halide/GuardExponents.h"
#include "codegen/halide/KeepInRegisters.h"
#include "codegen/halide/PrefetchRows.h"

using namespace mlir;
using Halide::Expr;

namespace mixir::codegen {

namespace {

/// Translates the body of one kernel, operation by operation.
class KernelEmitter {
public:
  KernelEmitter(kernel::FuncOp func, MathMode math, int vectorWidth)
      : context(func, math), vectorWidth(vectorWidth) {}

  EmittedKernel emit(StringRef symbol, const Halide::Target &target);

private:
  Halide::Func defineStage(kernel::StageOp stage, const std::vector<std::string> &dims, bool isOutput);
  void combine(Halide::Func f, kernel::StageOp stage, const std::vector<Halide::Var> &vars, Scope scope);
  int lanesOfSum(int64_t extent) const;
  void combineInLanes(Halide::Func f, kernel::StageOp stage, const std::vector<Halide::Var> &vars, Scope scope);
  std::vector<Halide::Var> keptVars(const std::vector<std::string> &dims);
  Expr stageValue(kernel::StageOp stage, Scope &scope);
  void emitStage(kernel::StageOp stage);
  void emitOutput(kernel::StageOp stage);
  void vectorize(Halide::Func f, const std::vector<std::string> &dims, std::optional<StringRef> dim, bool isOutput);
  void vectorize(Halide::Func f, Halide::Var first, const std::vector<Halide::Var> &vars, int width,
                 Halide::TailStrategy tail);
  void placeReduction(Halide::Func value, Halide::Func out, bool inLanes);
  void findHalos();

  KernelContext context;
  int vectorWidth;
  std::unique_ptr<RecurEmitter> recur;
  std::vector<Halide::Func> stepStages, outputs;
  std::vector<EntryArg> writes;
};

std::vector<Halide::Var> varsOf(const std::vector<std::string> &dims) {
  std::vector<Halide::Var> vars;
  for (const std::string &d : dims)
    vars.push_back(varOf(d));
  return vars;
}

Value yieldedBy(kernel::StageOp stage) {
  return cast<kernel::YieldOp>(stage.getBody().front().getTerminator()).getValue();
}

/// Whether lanes combine shares of every point.
bool combinesInLanes(kernel::StageOp stage) {
  return stage.getCombine() && stage.getVector() && llvm::is_contained(kernel::strings(*stage.getReducing()), *stage.getVector());
}

/// The stage as a function: over its dimensions if it is an output, else over `keptVars`.
Halide::Func KernelEmitter::defineStage(kernel::StageOp stage, const std::vector<std::string> &dims, bool isOutput) {
  Halide::Func f(stage.getName().str());
  Scope scope = context.scope();
  for (const std::string &d : dims)
    scope.point[d] = varOf(d);
  if (llvm::is_contained(dims, context.laneDim())) {
    if (isOutput)
      context.setLaneCoordinate(scope, varOf(context.laneDim()));
    else
      context.setLane(scope, varOf(kLane), varOf(kGroup));
  }
  std::vector<Halide::Var> vars = isOutput ? varsOf(dims) : keptVars(dims);
  if (!stage.getCombine()) {
    f(vars) = emitScalar(yieldedBy(stage), scope);
    return f;
  }
  if (combinesInLanes(stage))
    combineInLanes(f, stage, vars, scope);
  else
    combine(f, stage, vars, scope);
  return f;
}

/// What a combination of nothing is.
Expr startOf(kernel::Combine how, Halide::Type type) {
  Expr inf = Halide::reinterpret<float>(Expr(0x7f800000));
  switch (how) {
  case kernel::Combine::Max:
    return type.is_float() ? -inf : type.min();
  case kernel::Combine::Min:
    return type.is_float() ? inf : type.max();
  default:
    return Halide::cast(type, 0);
  }
}

Expr combined(kernel::Combine how, const Expr &a, const Expr &b) {
  switch (how) {
  case kernel::Combine::Max:
    return Halide::max(a, b);
  case kernel::Combine::Min:
    return Halide::min(a, b);
  default:
    return a + b;
  }
}

/// Every point by itself.
void KernelEmitter::combine(Halide::Func f, kernel::StageOp stage, const std::vector<Halide::Var> &vars, Scope scope) {
  Halide::Region ranges;
  auto reducing = kernel::strings(*stage.getReducing());
  for (StringRef d : reducing)
    ranges.emplace_back(0, context.extent(d));
  Halide::RDom r(ranges, "reduce");
  for (auto [i, d] : llvm::enumerate(reducing)) {
    scope.point[d] = r[static_cast<int>(i)];
    if (d == context.laneDim())
      context.setLaneCoordinate(scope, r[static_cast<int>(i)]);
  }
  Expr v = emitScalar(yieldedBy(stage), scope);
  f(vars) = startOf(*stage.getCombine(), v.type());
  f(vars) = combined(*stage.getCombine(), f(vars), v);
}

/// Lanes that share a dimension of `extent` coordinates, or an unknown number: two vectors, for two chains, or fewer where
/// nothing is left then.
int KernelEmitter::lanesOfSum(int64_t extent) const {
  constexpr int kFewest = 8;
  int most = 2 * vectorWidth;
  if (extent < 0)
    return most;
  for (int lanes = most; lanes >= kFewest; lanes /= 2)
    if (extent % lanes == 0)
      return lanes;
  return static_cast<int>(std::min<int64_t>(most, llvm::bit_floor(static_cast<uint64_t>(extent))));
}

/// Along the dimension in lanes every lane combines its share first; what is left at its end comes one by one.
void KernelEmitter::combineInLanes(Halide::Func f, kernel::StageOp stage, const std::vector<Halide::Var> &vars,
                                   Scope scope) {
  StringRef along = *stage.getVector();
  auto reducing = kernel::strings(*stage.getReducing());
  int64_t fixed = context.fixedExtent(along);
  int width = lanesOfSum(fixed);
  Expr whole = context.extent(along) / width;
  auto domain = [&](const Expr &first, const Expr &count, const char *name) {
    Halide::Region ranges;
    for (StringRef d : reducing)
      ranges.emplace_back(d == along ? first : Expr(0), d == along ? count : context.extent(d));
    return Halide::RDom(ranges, name);
  };
  auto valueAt = [&](const Halide::RDom &r, const Expr &scale, const Expr &lane) {
    Scope at = scope;
    for (auto [i, d] : llvm::enumerate(reducing)) {
      Expr coordinate = r[static_cast<int>(i)];
      if (d == along)
        coordinate = coordinate * scale + lane;
      at.point[d] = coordinate;
      if (d == context.laneDim())
        context.setLaneCoordinate(at, coordinate);
    }
    return emitScalar(yieldedBy(stage), at);
  };
  kernel::Combine how = *stage.getCombine();
  Halide::Var lane("share");
  std::vector<Halide::Var> shareVars = {lane};
  shareVars.insert(shareVars.end(), vars.begin(), vars.end());
  Halide::Func shares(stage.getName().str() + "_shares");
  Expr v = valueAt(domain(0, whole, "reduce"), width, lane);
  shares(shareVars) = startOf(how, v.type());
  shares(shareVars) = combined(how, shares(shareVars), v);
  shares.bound(lane, 0, width).vectorize(lane).update().vectorize(lane);

  Halide::RDom lanes(0, width, "lanes");
  std::vector<Expr> ofLane = {lanes};
  ofLane.insert(ofLane.end(), vars.begin(), vars.end());
  f(vars) = startOf(how, v.type());
  f(vars) = combined(how, f(vars), shares(ofLane));
  f.update(0).atomic().vectorize(lanes);
  if (fixed < 0 || fixed % width != 0) { // what is left
    Halide::RDom rest = domain(whole * width, context.extent(along) - whole * width, "rest");
    f(vars) = combined(how, f(vars), valueAt(rest, 1, 0));
    f.update(1).unscheduled();
  }
  vars.empty() ? shares.compute_root() : shares.compute_at(f, vars.front());
}

/// Tells Halide that the updates are meant to run as they stand.
void leaveUpdates(Halide::Func f) {
  for (int i = 0; i < f.num_update_definitions(); ++i)
    f.update(i).unscheduled();
}

/// The variables of what a tile keeps: the place in its group for the lane dimension, the group last.
std::vector<Halide::Var> KernelEmitter::keptVars(const std::vector<std::string> &dims) {
  std::vector<Halide::Var> vars;
  for (const std::string &d : dims)
    vars.push_back(varOf(d == context.laneDim() ? StringRef(kLane) : StringRef(d)));
  if (context.isGrouped() && llvm::is_contained(dims, context.laneDim()))
    vars.push_back(varOf(kGroup));
  return vars;
}

/// Puts `first` (the vectorised variable), then the groups of lanes innermost: a row is walked whole.
void KernelEmitter::vectorize(Halide::Func f, Halide::Var first, const std::vector<Halide::Var> &vars, int width,
                              Halide::TailStrategy tail) {
  std::vector<Halide::VarOrRVar> order = {first};
  auto isGroup = [](const Halide::Var &v) { return v.name() == kGroup; };
  for (bool groups : {true, false})
    for (const Halide::Var &v : vars)
      if (v.name() != first.name() && isGroup(v) == groups)
        order.push_back(v);
  f.reorder(order);
  auto apply = [&](Halide::Stage s) { s.vectorize(first, width, tail); };
  apply(f);
  for (int i = 0; i < f.num_update_definitions(); ++i)
    apply(f.update(i));
}

void KernelEmitter::vectorize(Halide::Func f, const std::vector<std::string> &dims, std::optional<StringRef> dim,
                              bool isOutput) {
  if (!dim || !llvm::is_contained(dims, dim->str()) || context.fixedExtent(*dim) == 1)
    return leaveUpdates(f);
  std::vector<Halide::Var> vars = isOutput ? varsOf(dims) : keptVars(dims);
  if (*dim == context.laneDim()) {
    Halide::Var lane = varOf(kLane);
    if (isOutput) { // the tile's buffers hold whole groups of lanes
      Halide::Var group = varOf(kGroup);
      auto split = [&](Halide::Stage s) {
        s.split(varOf(*dim), group, lane, static_cast<int>(context.lanes()), Halide::TailStrategy::RoundUp);
      };
      split(f);
      for (int i = 0; i < f.num_update_definitions(); ++i)
        split(f.update(i));
      llvm::erase_if(vars, [&](const Halide::Var &v) { return v.name() == *dim; });
      vars.push_back(group);
    }
    return vectorize(f, lane, vars, static_cast<int>(context.lanes()), Halide::TailStrategy::RoundUp);
  }
  int64_t fixed = context.fixedExtent(*dim);
  bool even = fixed > 0 && fixed % vectorWidth == 0;
  int width = fixed > 0 && fixed <= 16 * vectorWidth ? static_cast<int>(fixed) : vectorWidth;
  vectorize(f, varOf(*dim), vars, width,
            even || width == fixed ? Halide::TailStrategy::RoundUp : Halide::TailStrategy::GuardWithIf);
}

void KernelEmitter::emitStage(kernel::StageOp stage) {
  bool atStep = stage.getPlacement() == kernel::Placement::Step;
  std::vector<std::string> dims;
  for (StringRef d : kernel::strings(stage.getOver()))
    if (context.isLocal(d))
      dims.push_back(d.str());
  // The vectorised dimension is stored densely, whatever the domain's order.
  if (stage.getVector())
    llvm::stable_sort(dims, [&](const std::string &a, const std::string &b) {
      return a == *stage.getVector() && b != *stage.getVector();
    });
  kernel::LoopAttr serial = context.func.getSerialLoop();
  if (atStep)
    dims.push_back(serial.getDim().getValue().str());
  Halide::Func f = defineStage(stage, dims, false);
  for (const std::string &d : dims)
    if (d == context.laneDim())
      f.bound(varOf(kLane), 0, static_cast<int32_t>(context.lanes()));
    else if (int64_t fixed = context.fixedExtent(d); fixed >= 0)
      f.bound(varOf(d), 0, static_cast<int32_t>(fixed));
  if (!combinesInLanes(stage))
    vectorize(f, dims, stage.getVector(), false);
  if (atStep) {
    stepStages.push_back(f);
  } else {
    f.compute_root();
  }
  context.readers[stage.getResult()] = [f, vars = keptVars(dims)](const llvm::StringMap<Expr> &at) {
    std::vector<Expr> coordinates;
    for (const Halide::Var &v : vars)
      coordinates.push_back(at.lookup(v.name()));
    return Expr(f(coordinates));
  };
}

void KernelEmitter::emitOutput(kernel::StageOp stage) {
  auto target = stage.getInto().getDefiningOp<kernel::OperandOp>();
  EntryArg arg{target.getRef().str(), target.getPart().str(), true, context.storedDims(target.getRef()), {}};
  mlir::Type type = context.storedType(target.getRef());
  Halide::Func value = defineStage(stage, arg.dims, true);
  Halide::Func out(arg.ref + arg.part + "_out");
  std::vector<Halide::Var> vars = varsOf(arg.dims);
  std::vector<Expr> coordinates(vars.begin(), vars.end());
  out(vars) = toStorage(value(coordinates), type);
  for (auto [i, d] : llvm::enumerate(arg.dims)) {
    auto dim = out.output_buffer().dim(static_cast<int>(i));
    if (i == 0 && d != context.laneDim())
      dim.set_stride(Expr());
    if (int64_t fixed = context.fixedExtent(d); fixed >= 0) {
      dim.set_bounds(0, static_cast<int32_t>(fixed));
      out.bound(varOf(d), 0, static_cast<int32_t>(fixed));
    } else {
      dim.set_min(0);
    }
  }
  vectorize(out, arg.dims, stage.getVector(), true);
  if (combinesInLanes(stage))
    value.compute_root();
  else if (stage.getCombine()) // a reduction needs a place of its own
    placeReduction(value, out, stage.getVector() == context.laneDim() && llvm::is_contained(arg.dims, context.laneDim()));
  outputs.push_back(out);
  writes.push_back(std::move(arg));
}

/// What `out` stores is gathered in registers, a group of lanes at a time, if it lies in lanes.
void KernelEmitter::placeReduction(Halide::Func value, Halide::Func out, bool inLanes) {
  if (!inLanes || context.fixedExtent(context.laneDim()) == 1) {
    value.compute_root();
    return leaveUpdates(value);
  }
  value.compute_at(out, varOf(kGroup));
  auto apply = [&](Halide::Stage s) {
    s.vectorize(varOf(context.laneDim()), static_cast<int>(context.lanes()), Halide::TailStrategy::RoundUp);
  };
  apply(value);
  for (int i = 0; i < value.num_update_definitions(); ++i)
    apply(value.update(i));
}

/// How far loads with a shift reach beyond a tile.
void KernelEmitter::findHalos() {
  context.func.walk([&](kernel::LoadOp load) {
    auto source = load.getBuffer().getDefiningOp<kernel::OperandOp>();
    std::optional<DictionaryAttr> shift = load.getShift();
    if (!source || !shift)
      return;
    for (EntryArg &arg : context.reads)
      if (arg.ref == source.getRef() && arg.part == source.getPart())
        for (NamedAttribute entry : *shift) {
          int64_t by = cast<IntegerAttr>(entry.getValue()).getInt();
          auto &[before, after] = arg.halo[entry.getName().str()];
          before = std::max(before, -by);
          after = std::max(after, by);
        }
  });
}

/// Whether a step reads what it keeps at other coordinates. The index of such a read may be spelled otherwise
/// than that of the row that a loop hands on, and yet be the same.
bool readsElsewhere(kernel::RecurOp recur) {
  auto isMoved = [](auto op) { return op.getShift() || !op.getCoordDims().empty(); };
  return recur
      .walk([&](Operation *op) {
        auto state = dyn_cast<kernel::StateOp>(op);
        auto acc = dyn_cast<kernel::AccOp>(op);
        return (state && isMoved(state)) || (acc && (isMoved(acc) || acc.getTime())) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

EmittedKernel KernelEmitter::emit(StringRef symbol, const Halide::Target &target) {
  kernel::RecurOp recurOp;
  for (Operation &op : context.func.getBody().front()) {
    if (auto operand = dyn_cast<kernel::OperandOp>(op)) {
      bool isRead = llvm::any_of(operand.getResult().getUsers(), llvm::IsaPred<kernel::LoadOp, kernel::ConvolveOp>);
      if (isRead || operand.getResult().use_empty())
        context.addInput(operand);
    } else if (auto r = dyn_cast<kernel::RecurOp>(op)) {
      recurOp = r;
      recur = std::make_unique<RecurEmitter>(context, r);
      recur->define();
      for (Halide::Func f : stepStages)
        recur->placeAtStep(f);
    } else if (auto stage = dyn_cast<kernel::StageOp>(op)) {
      stage.getInto() ? emitOutput(stage) : emitStage(stage);
    }
  }
  findHalos();

  std::vector<Halide::Argument> arguments = context.scalarArguments;
  for (Halide::ImageParam &p : context.readParams)
    arguments.push_back(p);
  if (recur) {
    for (Halide::ImageParam &p : recur->pastInputs)
      arguments.push_back(p);
    for (Halide::Func f : recur->outputs())
      outputs.push_back(f);
  }
  Halide::Pipeline pipeline(outputs);
  if (recur) {
    pipeline.add_custom_lowering_pass(new PrefetchRows(context, *recur, writes, outputs));
    if (!readsElsewhere(recurOp))
      pipeline.add_custom_lowering_pass(new KeepInRegisters(recur->workName()));
    pipeline.add_custom_lowering_pass(new GuardExponents(*recur));
  }
  EmittedKernel result{{symbol.str(), context.scalars, context.reads, context.func, recurOp},
                       pipeline.compile_to_module(arguments, symbol.str(), target)};
  llvm::append_range(result.entry.args, writes);
  if (recur) {
    result.entry.workRows = recur->workRows();
    result.entry.stateRows = recur->stateRows();
  }
  return result;
}

} // namespace

EmittedKernel emitKernel(kernel::FuncOp func, StringRef symbol, const Halide::Target &target, MathMode math) {
  return KernelEmitter(func, math, target.natural_vector_size<float>()).emit(symbol, target);
}

} // namespace mixir::codegen
