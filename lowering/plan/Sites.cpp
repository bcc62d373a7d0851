// Scalar code at a site. A value is loaded where it lies in memory, made a
// stage of its own where computing it in place would repeat work, and computed
// in place otherwise.
#include "lowering/plan/KernelBuilder.h"

#include "lowering/Build.h"

using namespace mlir;

namespace mixir::lowering {

namespace {

kernel::BufType bufferType(OpBuilder &b, const DimList &dims, Type element) {
  SmallVector<StringAttr> names;
  for (StringRef d : dims)
    names.push_back(b.getStringAttr(d));
  return kernel::BufType::get(b.getContext(), names, element);
}

Type scalarType(Value value) {
  Type t = cast<mixer::NdType>(value.getType()).getElementType();
  return t;
}

} // namespace

Value asKind(Value value, Type type, OpBuilder &b) {
  if (value.getType() == type)
    return value;
  return arith::BitcastOp::create(b, value.getLoc(), type, value);
}

KernelBuilder::Place KernelBuilder::placeOf(ArrayRef<StringRef> dims, Site &site) {
  Place place;
  SmallVector<NamedAttribute> shifts;
  for (StringRef dim : dims) {
    if (Value at = site.at.lookup(dim)) {
      place.dims.push_back(dim);
      place.coordinates.push_back(at);
    } else if (int64_t by = site.shift.lookup(dim)) {
      shifts.push_back(site.builder.getNamedAttr(dim, site.builder.getI64IntegerAttr(by)));
    }
  }
  if (!shifts.empty())
    place.shift = site.builder.getDictionaryAttr(shifts);
  return place;
}

Value KernelBuilder::load(Value buffer, Site &site, Type type) {
  SmallVector<StringRef> dims;
  for (StringAttr d : cast<kernel::BufType>(buffer.getType()).getDims())
    dims.push_back(d.getValue());
  Place place = placeOf(dims, site);
  return kernel::LoadOp::create(site.builder, buffer.getLoc(), type, buffer, place.shift,
                                site.builder.getStrArrayAttr(place.dims), place.coordinates);
}

/// Where `value` lies when the kernel runs: with the caller, in a temporary, or under another name.
std::optional<Stored> KernelBuilder::memoryOf(Value value) {
  if (auto it = partition.temps.find(value); it != partition.temps.end() && !plan.makes(value))
    return Stored{program.getTensor(it->second), ""};
  if (auto visit = value.getDefiningOp<mixer::VisitOp>()) {
    std::optional<Stored> memory = memoryOf(visit.getInput()), table = visit.getTable() ? memoryOf(visit.getTable()) : Stored();
    if (memory && table)
      memory->tensor = facts.walked(memory->tensor, walkOf(visit, table->tensor));
    return memory;
  }
  auto rename = value.getDefiningOp<mixer::RenameOp>();
  if (!rename)
    return facts.storedOf(value);
  std::optional<Stored> memory = memoryOf(rename.getInput());
  if (memory)
    memory->tensor = facts.renamed(memory->tensor, rename.getFrom(), rename.getTo());
  return memory;
}

Value KernelBuilder::loadStored(Value value, const Stored &stored, Site &site) {
  Type type = stored.tensor.getDtype().isInteger(32) ? Type(site.builder.getI32Type()) : site.builder.getF32Type();
  if (Value rows = rowsOf(value, stored, site, type))
    return load(rows, site, type);
  return load(operand(stored.tensor.getName().getValue(), stored.part), site, type);
}

/// On a GPU: the rows of the tile of an operand that steps read, fetched by all threads together,
/// so that many are on their way at a time. Null where the operand is read directly.
Value KernelBuilder::rowsOf(Value value, const Stored &stored, Site &site, Type type) {
  constexpr int64_t kMostFloats = 1024; // of a step: more would leave room for too few steps
  bool atStep = site.kind == Site::Phase || site.kind == Site::StepStage;
  if (!onGpu() || !atStep || !type.isF32() || !site.shift.empty() || !site.at.empty() ||
      !facts.varies(value, plan.recurrence))
    return {};
  DimList over = localDims(dimsOf(value));
  std::stable_partition(over.begin(), over.end(), [&](StringRef d) { return d != plan.lane; });
  int64_t floats = 1;
  for (StringRef d : over)
    if (d != StringRef(time))
      floats *= d == plan.lane ? laneBlock() : facts.fixedExtent(d);
  if (floats > kMostFloats || floats < 0)
    return {};
  StringRef name = stored.tensor.getName().getValue();
  std::string key = (name + stored.part).str();
  if (Value known = rowStages.lookup(key))
    return known;
  Site rows = openStage(key + "_rows", over, vectorDim(over), kernel::Placement::Tile, site.op, type, Value(), {}, true);
  Value v = load(operand(name, stored.part), rows, type);
  kernel::YieldOp::create(rows.builder, v.getLoc(), v);
  return rowStages[key] = cast<kernel::StageOp>(rows.op).getResult();
}

/// The coordinate along `dim` in the whole dimension, stencil offsets included.
Value KernelBuilder::emitIndex(StringRef dim, Site &site) {
  if (Value at = site.at.lookup(dim))
    return at;
  Location loc = func.getLoc();
  Value index = kernel::IndexOp::create(site.builder, loc, site.builder.getI32Type(), dim);
  if (int64_t by = site.shift.lookup(dim))
    index = arith::AddIOp::create(site.builder, loc, index, buildNumber(site.builder, loc, index.getType(), by));
  return index;
}

/// Zero where the (shifted) coordinate along `dim` lies outside the dimension.
Value KernelBuilder::guardRange(Value value, StringRef dim, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = value.getLoc();
  Value index = emitIndex(dim, site);
  Value zero = buildNumber(b, loc, b.getI32Type(), 0);
  Value size = kernel::SizeOp::create(b, loc, b.getI32Type(), dim);
  Value low = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, index, zero);
  Value high = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index, size);
  Value inside = arith::AndIOp::create(b, loc, low, high);
  return arith::SelectOp::create(b, loc, inside, value, buildNumber(b, loc, value.getType(), 0));
}

Value KernelBuilder::emitConv(mixer::ConvOp conv, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = conv.getLoc();
  int64_t taps = facts.fixedExtent(conv.getTaps());
  int64_t back = conv.getPad() == mixer::PadKind::Same ? (taps - 1) / 2 : taps - 1;
  int64_t towards = conv.getPad() == mixer::PadKind::Anticausal ? -1 : 1;
  bool stored = facts.isStored(conv.getInput());
  StringRef along = conv.getAlong();
  auto outerShift = site.shift;
  auto outerAt = site.at;
  auto outerDone = site.done;
  Value sum;
  for (int64_t j = 0; j < taps; ++j) {
    site.shift = outerShift;
    site.at = outerAt;
    site.done.clear();
    site.at[conv.getTaps()] = buildNumber(b, loc, b.getI32Type(), j);
    Value w = emit(conv.getWeight(), site);
    site.at.erase(conv.getTaps());
    site.shift[along] += towards * (j - back);
    Value x = emit(conv.getInput(), site);
    if (!stored && site.shift.lookup(along) != 0)
      x = guardRange(x, along, site);
    if (conv.getInit() && j < back) {
      // Where t - (W-1) + j < 0 the sample is number S + that of the history; the
      // stored side reads zero there, and the history reads zero elsewhere.
      Value index = emitIndex(along, site);
      StringRef history = *conv.getHistory();
      Value size = kernel::SizeOp::create(b, loc, b.getI32Type(), history);
      site.shift = outerShift;
      site.done.clear();
      site.at[history] = arith::AddIOp::create(b, loc, index, size);
      Value h = emit(conv.getInit(), site);
      x = arith::AddFOp::create(b, loc, x, facts.isStored(conv.getInit()) ? h : guardRange(h, history, site));
    }
    Value product = arith::MulFOp::create(b, loc, w, x);
    sum = sum ? Value(arith::AddFOp::create(b, loc, sum, product)) : product;
  }
  site.shift = outerShift;
  site.at = outerAt;
  site.done = outerDone;
  return sum;
}

/// One term of a convolution with open taps: a tap times the sample it meets. The site's domain has the taps.
Value KernelBuilder::emitTap(mixer::ConvOp conv, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = conv.getLoc();
  Type i32 = b.getI32Type();
  Value w = emit(conv.getWeight(), site);
  Value back = kernel::SizeOp::create(b, loc, i32, conv.getTaps());
  back = arith::SubIOp::create(b, loc, back, buildNumber(b, loc, i32, 1));
  if (conv.getPad() == mixer::PadKind::Same)
    back = arith::DivUIOp::create(b, loc, back, buildNumber(b, loc, i32, 2)); // back is not negative
  Value offset = arith::SubIOp::create(b, loc, emitIndex(conv.getTaps(), site), back);
  Value at = arith::AddIOp::create(b, loc, emitIndex(conv.getAlong(), site), offset);
  auto outerAt = site.at;
  auto outerDone = site.done;
  site.done.clear();
  site.at[conv.getAlong()] = at;
  Value x = emit(conv.getInput(), site); // in memory, where it is zero outside
  site.at = outerAt;
  site.done = outerDone;
  return arith::MulFOp::create(b, loc, w, x);
}

KernelBuilder::Gather KernelBuilder::gatherOf(Value value) {
  MLIRContext *context = value.getContext();
  if (mixer::ConvOp conv = facts.longConvolution(value))
    return {kernel::CombineAttr::get(context, kernel::Combine::Sum), builder.getStrArrayAttr({conv.getTaps()})};
  auto reduce = value.getDefiningOp<mixer::ReduceOp>();
  if (!reduce)
    return {};
  auto kind = reduce.getKind() == mixer::ReduceKind::Sum   ? kernel::Combine::Sum
              : reduce.getKind() == mixer::ReduceKind::Max ? kernel::Combine::Max
                                                           : kernel::Combine::Min;
  return {kernel::CombineAttr::get(context, kind), reduce.getDims()};
}

Value KernelBuilder::emitGathered(Value value, Site &site) {
  if (auto reduce = value.getDefiningOp<mixer::ReduceOp>())
    return emit(reduce.getInput(), site);
  return emitTap(value.getDefiningOp<mixer::ConvOp>(), site);
}

Value KernelBuilder::emitTail(mixer::TailOp tail, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = tail.getLoc();
  Type i32 = b.getI32Type();
  StringRef along = tail.getAlong(), into = tail.getInto();
  // Sample number size(along) - size(into) + s; below zero it comes from the history.
  Value s = emitIndex(into, site);
  Value length = kernel::SizeOp::create(b, loc, i32, along);
  Value keep = kernel::SizeOp::create(b, loc, i32, into);
  Value from = arith::AddIOp::create(b, loc, arith::SubIOp::create(b, loc, length, keep), s);
  auto outerAt = site.at;
  auto outerDone = site.done;
  site.done.clear();
  site.at[along] = from;
  Value x = emit(tail.getInput(), site);
  if (!facts.isStored(tail.getInput()))
    x = guardRange(x, along, site);
  site.at = outerAt;
  if (tail.getInit()) {
    site.done.clear();
    site.at[into] = arith::AddIOp::create(b, loc, from, keep);
    Value h = emit(tail.getInit(), site);
    if (!facts.isStored(tail.getInit()))
      h = guardRange(h, into, site);
    x = arith::AddFOp::create(b, loc, x, h);
    site.at = outerAt;
  }
  site.done = outerDone;
  return x;
}

/// The operand of a rename, shift or gather, at the coordinates that the current ones stand for.
Value KernelBuilder::emitMove(Operation *move, Site &site) {
  OpBuilder &b = site.builder;
  Value input = move->getOperand(0);
  auto gather = dyn_cast<mixer::GatherOp>(move);
  Value index = gather ? emit(gather.getIndex(), site) : Value();
  Site outer = site;
  site.done.clear();
  site.isMoved = true;
  if (gather) {
    site.at[gather.getDim()] = index;
    site.shift.erase(gather.getDim());
  }
  if (auto rename = dyn_cast<mixer::RenameOp>(move)) {
    site.at[rename.getFrom()] = emitIndex(rename.getTo(), site);
    site.shift.erase(rename.getFrom());
  }
  auto shift = dyn_cast<mixer::ShiftOp>(move);
  if (shift) {
    int64_t steps = static_cast<int64_t>(shift.getSteps());
    Value at = site.at.lookup(shift.getDim());
    if (at)
      site.at[shift.getDim()] =
          arith::SubIOp::create(b, move->getLoc(), at, buildNumber(b, move->getLoc(), at.getType(), steps));
    else
      site.shift[shift.getDim()] -= steps;
  }
  Value v = emit(input, site);
  bool isGuarded = isa<BlockArgument>(input) ? facts.usesState(input) : facts.isStored(input);
  if (!isGuarded && (shift || gather))
    v = guardRange(v, shift ? shift.getDim() : gather.getDim(), site);
  site.shift = outer.shift;
  site.at = outer.at;
  site.done = outer.done;
  site.isMoved = outer.isMoved;
  return v;
}

/// The input at the place that piece and place in it are; zero behind the end.
Value KernelBuilder::emitSplit(mixer::SplitOp split, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = split.getLoc();
  StringRef dim = split.getDim();
  auto outerAt = site.at;
  auto outerDone = site.done;
  Value size = buildNumber(b, loc, b.getI32Type(), facts.fixedExtent(split.getInner()));
  Value first = arith::MulIOp::create(b, loc, emitIndex(split.getOuter(), site), size);
  Value at = arith::AddIOp::create(b, loc, first, emitIndex(split.getInner(), site));
  if (split.getReverse())
    at = arith::SubIOp::create(b, loc, lastOf(dim, site, loc), at);
  site.done.clear();
  site.at[dim] = at;
  Value v = emit(split.getInput(), site); // in memory, which reads as zero outside
  site.at = outerAt;
  site.done = outerDone;
  return v;
}

Value KernelBuilder::emitMerge(mixer::MergeOp merge, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = merge.getLoc();
  auto outerAt = site.at;
  auto outerDone = site.done;
  Value size = buildNumber(b, loc, b.getI32Type(), facts.fixedExtent(merge.getInner()));
  Value at = emitIndex(merge.getDim(), site);
  if (merge.getReverse())
    at = arith::SubIOp::create(b, loc, lastOf(merge.getDim(), site, loc), at);
  site.done.clear();
  site.at[merge.getOuter()] = arith::DivUIOp::create(b, loc, at, size);
  site.at[merge.getInner()] = arith::RemUIOp::create(b, loc, at, size);
  Value v = emit(merge.getInput(), site);
  site.at = outerAt;
  site.done = outerDone;
  return v;
}

/// The last coordinate of the whole dimension.
Value KernelBuilder::lastOf(StringRef dim, Site &site, Location loc) {
  OpBuilder &b = site.builder;
  Value size = kernel::SizeOp::create(b, loc, b.getI32Type(), dim);
  return arith::SubIOp::create(b, loc, size, buildNumber(b, loc, b.getI32Type(), 1));
}

Value KernelBuilder::emitPick(mixer::PickOp pick, Site &site) {
  auto outerAt = site.at;
  auto outerDone = site.done;
  site.done.clear();
  site.at[pick.getDim()] = buildNumber(site.builder, pick.getLoc(), site.builder.getI32Type(), pick.getAt());
  Value v = emit(pick.getInput(), site);
  site.at = outerAt;
  site.done = outerDone;
  return v;
}

/// What the accumulator of the state was at the step; steps of a walk from the end have their coordinates from there.
Value KernelBuilder::emitRecall(mixer::RecallOp recall, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = recall.getLoc();
  Value step = emit(recall.getStep(), site);
  if (plan.recurrence.getReverse())
    step = arith::SubIOp::create(b, loc, lastOf(time, site, loc), step);
  Place place = placeOf(localDims(dimsOf(recall.getState())), site);
  return kernel::AccOp::create(b, loc, b.getF32Type(), recalled[cast<BlockArgument>(recall.getState()).getArgNumber()],
                               step, place.shift, b.getStrArrayAttr(place.dims), place.coordinates);
}

/// The part whose number is the current coordinate.
Value KernelBuilder::emitStack(mixer::StackOp stack, Site &site) {
  OpBuilder &b = site.builder;
  Location loc = stack.getLoc();
  Value index = emitIndex(stack.getDim(), site), chosen;
  for (auto [i, part] : llvm::enumerate(stack.getParts())) {
    Value v = emit(part, site);
    if (chosen) {
      Value number = buildNumber(b, loc, b.getI32Type(), i);
      Value isThis = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, index, number);
      v = arith::SelectOp::create(b, loc, isThis, v, chosen);
    }
    chosen = v;
  }
  return chosen;
}

/// Whether `value` cannot be kept in a stage for this site: it is wanted at other coordinates than the
/// current ones, of which a stage holds a tile only.
bool KernelBuilder::isReadElsewhere(Value value, Site &site) {
  if (!site.isMoved)
    return !site.shift.empty() || !site.at.empty();
  return llvm::any_of(dimsOf(value), [&](StringRef d) {
    return (site.at.count(d) || site.shift.lookup(d)) && (!isLocal(d) || plan.cuts(d));
  });
}

/// Whether `value` at this site is better computed once and kept.
bool KernelBuilder::shouldHoist(Value value, Site &site) {
  if (value == site.own || isReadElsewhere(value, site) || facts.usesState(value))
    return false;
  if (isa_and_nonnull<mixer::ReduceOp>(value.getDefiningOp()))
    return true; // a reduction needs a place to gather
  if (!scalarType(value).isF32() || (plan.recurrence && facts.dependsOn(value, plan.recurrence)))
    return false;
  DimList dims = localDims(dimsOf(value));
  auto has = [&](StringRef d) { return llvm::is_contained(dims, d); };
  auto isOpen = [&](StringRef d) { return d != plan.lane && d != StringRef(time) && facts.fixedExtent(d) < 0; };
  if (onGpu() && llvm::any_of(dims, isOpen))
    return false; // a block has no room for it
  // What a sum over pairs asks for again and again lies ready, in the order in which it is read.
  if (isPacked(value, site))
    return true;
  // What is the same at every step is not computed again in a sum of a step.
  if (site.kind == Site::StepStage && plan.recurrence && facts.isCostly(value) && !facts.varies(value, plan.recurrence) &&
      hasRoomFor(dims))
    return true;
  // Work that several stages share is done once.
  if (site.kind != Site::Phase)
    return plan.recurrence && facts.isCostly(value) && !value.hasOneUse() && facts.varies(value, plan.recurrence) &&
           (site.kind == Site::StepStage || isOneRow(value));
  bool lane = has(plan.lane);
  if (facts.isTrivial(value))
    return false;
  if (!facts.varies(value, plan.recurrence) && !dims.empty())
    return true; // the same at every step
  bool repeats = llvm::any_of(site.domain, [&](StringRef d) {
    return d != plan.lane && d != StringRef(time) && !has(d);
  });
  if (repeats)
    return true; // would be computed again at every point of the missing dimension
  return !lane && !dims.empty() && facts.isCostly(value); // would be computed again in every lane
}

/// Whether a value over `dims` may be kept for the whole walk: what has no lanes is shared by a block of a GPU.
bool KernelBuilder::hasRoomFor(const DimList &dims) {
  constexpr int64_t kMostNumbers = 1024;
  int64_t numbers = 1;
  for (StringRef d : dims)
    if (d != plan.lane)
      numbers *= std::max<int64_t>(1, facts.fixedExtent(d));
  return !dims.empty() && (!onGpu() || numbers <= kMostNumbers);
}

/// Whether `site` gathers, on a CPU, and would compute `value`, which is costly, again at every point of a
/// dimension that it lacks.
bool KernelBuilder::isPacked(Value value, Site &site) {
  auto stage = dyn_cast<kernel::StageOp>(site.op);
  if (onGpu() || !stage || !stage.getCombine() || !scalarType(value).isF32() || !facts.isCostly(value) ||
      (plan.recurrence && !facts.varies(value, plan.recurrence)))
    return false;
  DimList dims = localDims(dimsOf(value));
  return llvm::any_of(site.domain, [&](StringRef d) { return d != StringRef(time) && !llvm::is_contained(dims, d); });
}

/// Whether a value has no dimensions in the tile besides lanes and steps. Such
/// a value of every step is made for all steps of the tile at once: a step
/// would wait for the whole latency of its chain.
bool KernelBuilder::isOneRow(Value value) {
  return llvm::all_of(localDims(dimsOf(value)), [&](StringRef d) { return d == plan.lane || d == StringRef(time); });
}

StringRef KernelBuilder::vectorDim(const DimList &over, Value sum) {
  if (llvm::is_contained(over, StringRef(plan.lane)))
    return plan.lane;
  if (StringRef d = sum && !onGpu() ? facts.sumLanes(sum, over) : StringRef(); !d.empty())
    return d;
  for (StringRef d : llvm::reverse(over))
    if (d != StringRef(time))
      return d;
  return over.empty() ? StringRef() : over.back();
}

std::string KernelBuilder::nameFor(Value value) {
  std::string base = "v";
  if (auto loc = dyn_cast<NameLoc>(value.getLoc()))
    base = loc.getName().str();
  else if (Operation *op = value.getDefiningOp())
    base = isa<mixer::ReduceOp>(op) ? "sum" : "v";
  std::string name = base;
  for (int i = 1; !usedNames.insert(name).second; ++i)
    name = base + std::to_string(i);
  return name;
}

Site KernelBuilder::openStage(StringRef name, DimList over, StringRef vector, kernel::Placement placement, Operation *before,
                              Type type, Value into, const Gather &gather, bool shared) {
  OpBuilder b(before->getContext());
  b.setInsertionPoint(before);
  Location loc = before->getLoc();
  Type result = into ? Type() : Type(bufferType(b, over, type));
  Site site{placement == kernel::Placement::Step ? Site::StepStage : Site::TileStage, nullptr, b, over, {}, {}, {}};
  if (gather.combine)
    for (StringRef d : dimsOf(gather.dims))
      site.domain.push_back(d);
  auto stage = kernel::StageOp::create(b, loc, result ? TypeRange(result) : TypeRange(), name, b.getStrArrayAttr(over),
                                       placement, shared, vector.empty() ? StringAttr() : b.getStringAttr(vector), gather.combine,
                                       gather.dims, into);
  stage.getBody().emplaceBlock();
  site.op = stage;
  site.builder.setInsertionPointToEnd(&stage.getBody().front());
  return site;
}

/// The buffer of the stage that computes `value` for this site.
Value KernelBuilder::stageFor(Value value, Site &site) {
  bool varies = plan.recurrence && facts.varies(value, plan.recurrence);
  bool hasLane = llvm::is_contained(dimsOf(value), StringRef(plan.lane));
  // A chain of one row a step would be waited for on a CPU; a GPU has other threads to run, but what
  // all of them need is computed once.
  bool atStep = varies && site.kind != Site::TileStage && (onGpu() ? hasLane : !isOneRow(value));
  auto key = std::make_pair(value, atStep ? 1 : 0);
  if (Value known = stages.lookup(key))
    return known;
  DimList over = localDims(dimsOf(value));
  if (varies && !atStep && !llvm::is_contained(over, StringRef(time)))
    over.push_back(time);
  if (atStep)
    llvm::erase(over, StringRef(time));
  if (isPacked(value, site)) // densest along what lies in the lanes of its reader
    if (auto vector = cast<kernel::StageOp>(site.op).getVectorAttr(); vector && llvm::is_contained(over, vector.getValue())) {
      llvm::erase(over, vector.getValue());
      over.push_back(vector.getValue());
    }
  Gather gather = isa_and_nonnull<mixer::ReduceOp>(value.getDefiningOp()) ? gatherOf(value) : Gather();
  for (StringRef d : over)
    if (onGpu() && d != plan.lane && d != StringRef(time) && facts.fixedExtent(d) < 0 && unfixed.empty())
      unfixed = d.str();
  // Where time lies across threads, those that share a lane would each keep what all of them need.
  bool shared = onGpu() && !atStep && (varies || (!over.empty() && (!hasLane || isAlongTime())));
  StringRef vector = atStep ? vectorDim(over) : vectorDim(over, value);
  Site inner = openStage(nameFor(value), over, vector, atStep ? kernel::Placement::Step : kernel::Placement::Tile, site.op,
                         scalarType(value), Value(), gather, shared);
  inner.own = value;
  Value v = gather.combine ? emitGathered(value, inner) : compute(value, inner);
  kernel::YieldOp::create(inner.builder, value.getLoc(), v);
  return stages[key] = cast<kernel::StageOp>(inner.op).getResult();
}

Value KernelBuilder::emit(Value value, Site &site) {
  if (Value known = site.done.lookup(value))
    return known;
  Value v = compute(value, site);
  return site.done[value] = v;
}

Value KernelBuilder::compute(Value value, Site &site) {
  OpBuilder &b = site.builder;
  if (!plan.makes(value) && partition.temps.count(value))
    return load(operand(partition.temps[value], ""), site, scalarType(value));
  if (isa_and_nonnull<mixer::RenameOp, mixer::VisitOp>(value.getDefiningOp()))
    if (std::optional<Stored> memory = memoryOf(value))
      return loadStored(value, *memory, site);
  // A value the step gathers: from an earlier phase, or from the whole tile afterwards.
  if (auto it = accumulators.find(value); it != accumulators.end()) {
    if (site.kind == Site::Phase) {
      Operation *gathering = value.getDefiningOp();
      if (isa_and_nonnull<mixer::ReduceOp>(gathering) || isMove(gathering)) {
        const Sink &sink = sinks[it->second];
        Place place = placeOf(sink.dims, site);
        Value held = kernel::AccOp::create(b, value.getLoc(), b.getF32Type(), sink.name, Value(), place.shift,
                                           b.getStrArrayAttr(place.dims), place.coordinates);
        return isMove(gathering) ? asKind(held, scalarType(value), b) : held;
      }
    } else if (Value buffer = kept.lookup(value)) {
      return asKind(load(buffer, site, b.getF32Type()), scalarType(value), b);
    }
  }
  if (shouldHoist(value, site))
    return load(stageFor(value, site), site, scalarType(value));
  if (std::optional<Stored> stored = facts.storedOf(value))
    return loadStored(value, *stored, site);
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    auto owner = cast<mixer::RecurrenceOp>(arg.getOwner()->getParentOp());
    if (isStateArg(arg)) {
      Place place = placeOf(localDims(dimsOf(value)), site);
      Value held = kernel::StateOp::create(b, value.getLoc(), b.getF32Type(),
                                           cast<StringAttr>(owner.getStates()[arg.getArgNumber()]).getValue(),
                                           place.shift, b.getStrArrayAttr(place.dims), place.coordinates);
      return asKind(held, scalarType(value), b);
    }
    return emit(slicedValue(arg), site);
  }
  Operation *op = value.getDefiningOp();
  if (auto r = dyn_cast<mixer::RecurrenceOp>(op)) {
    // A per-step value of this kernel's recurrence: what the body yields, at this step.
    auto yield = cast<mixer::YieldOp>(r.getBody().front().getTerminator());
    return emit(yield.getValues()[r.getNumStates() + cast<OpResult>(value).getResultNumber()], site);
  }
  if (auto c = dyn_cast<mixer::ConstantOp>(op))
    return buildNumber(b, op->getLoc(), scalarType(value), c.getValue().convertToDouble());
  if (auto size = dyn_cast<mixer::DimSizeOp>(op))
    return kernel::SizeOp::create(b, op->getLoc(), b.getI32Type(), size.getDim());
  if (auto index = dyn_cast<mixer::IndexOp>(op))
    return emitIndex(index.getDim(), site);
  if (auto conv = dyn_cast<mixer::ConvOp>(op))
    return emitConv(conv, site);
  if (auto tail = dyn_cast<mixer::TailOp>(op))
    return emitTail(tail, site);
  if (isMove(op))
    return emitMove(op, site);
  if (auto split = dyn_cast<mixer::SplitOp>(op))
    return emitSplit(split, site);
  if (auto merge = dyn_cast<mixer::MergeOp>(op))
    return emitMerge(merge, site);
  if (auto pick = dyn_cast<mixer::PickOp>(op))
    return emitPick(pick, site);
  if (auto stack = dyn_cast<mixer::StackOp>(op))
    return emitStack(stack, site);
  if (auto recall = dyn_cast<mixer::RecallOp>(op))
    return emitRecall(recall, site);
  SmallVector<Value> operands;
  for (Value v : op->getOperands())
    operands.push_back(emit(v, site));
  return buildScalar(b, op, operands);
}

} // namespace mixir::lowering
