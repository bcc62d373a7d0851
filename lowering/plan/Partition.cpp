// Every recurrence is a kernel with the pointwise work before and after it;
// what cannot be computed block by block there is a kernel of its own.
#include "lowering/plan/Partition.h"

#include "lowering/Build.h"
#include "lowering/Remarks.h"

using namespace mlir;

namespace mixir::lowering {

bool KernelPlan::cuts(StringRef dim) {
  return dim == lane || dim == walked || llvm::is_contained(parallel, dim) || (recurrence && recurrence.getDim() == dim);
}

bool KernelPlan::makes(Value value) const {
  return !isCopy && (target == value || llvm::is_contained(made, value) || (recurrence && recurrence == value.getDefiningOp()));
}

bool isLastState(Value value) {
  if (!value.hasOneUse())
    return false; // the runtime writes a state to one place
  if (auto complex = value.getDefiningOp<mixer::ComplexOp>())
    return isLastState(complex.getRe()) && isLastState(complex.getIm());
  auto r = recurrenceOf(value);
  return r && cast<OpResult>(value).getResultNumber() >= r.getNumStepValues();
}

namespace {

/// Whether computing `value` in place would need a reduction.
bool holdsReduction(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || isa<mixer::RecurrenceOp, mixer::RenameOp, mixer::SplitOp, mixer::MergeOp, mixer::VisitOp, mixer::PlaceOp>(op)) // these are in memory
    return false;
  return isa<mixer::ReduceOp>(op) || llvm::any_of(op->getOperands(), holdsReduction);
}

/// Whether `op` reads its operand at other places than its own.
bool readsElsewhere(Operation *op) {
  return isMove(op) || isa<mixer::SplitOp, mixer::MergeOp, mixer::VisitOp, mixer::PlaceOp>(op);
}

/// Whether `op` reads its operands at other coordinates of `dim` than its own, or at all of them.
bool readsElsewhereAlong(Operation *op, StringRef dim) {
  if (auto reduce = dyn_cast<mixer::ReduceOp>(op))
    return llvm::is_contained(dimsOf(reduce.getDims()), dim);
  if (auto conv = dyn_cast<mixer::ConvOp>(op))
    return conv.getAlong() == dim;
  if (auto tail = dyn_cast<mixer::TailOp>(op))
    return tail.getAlong() == dim;
  if (auto shift = dyn_cast<mixer::ShiftOp>(op))
    return shift.getDim() == dim;
  auto gather = dyn_cast<mixer::GatherOp>(op);
  return gather && gather.getDim() == dim;
}

/// What a kernel computes of `value`: its step, where it is put at the places of a route.
Value steppedValue(Value value) {
  auto place = value.getDefiningOp<mixer::PlaceOp>();
  return place ? place.getInput() : value;
}

/// Dimensions of the table of a place, if it has one, that `value`, which it puts there, lacks.
DimList tableDims(Value value) {
  DimList dims;
  auto place = value.getDefiningOp<mixer::PlaceOp>();
  if (place && place.getTable())
    for (StringRef d : dimsOf(place.getTable()))
      if (!llvm::is_contained(dimsOf(place.getInput()), d))
        dims.push_back(d);
  return dims;
}

/// Whether `tensor` is stored as f32, or as pairs of them.
bool isF32(mixer::OperandAttr tensor) {
  auto complex = dyn_cast<ComplexType>(tensor.getDtype());
  return complex || tensor.getDtype().isF32();
}

/// What `value` renames, or `value` itself.
Value renamedValue(Value value) {
  while (auto rename = value.getDefiningOp<mixer::RenameOp>())
    value = rename.getInput();
  return value;
}

} // namespace

Partition::Partition(Facts &facts, bool reduceApart) : facts(facts), reduceApart(reduceApart) {
  Block &body = facts.func.getBody().front();
  for (auto r : body.getOps<mixer::RecurrenceOp>())
    planRecurrence(r);
  for (size_t k = 0, n = kernels.size(); k < n; ++k)
    needAll(k);
  for (unsigned i = 0; i < facts.outputs.size(); ++i)
    placeResult(i);
  // What has become a temporary is read by all kernels that need it, also those looked at before.
  for (size_t before = 0; before != temps.size();) {
    before = temps.size();
    seen.clear();
    for (size_t k = 0; k < kernels.size(); ++k)
      needAll(k);
  }
  addCopies();
  orderKernels();
  if (!reduceApart)
    sharePlaces();
}

/// What a kernel puts at the places of its route lies where it has found, at the same step, what no other one reads:
/// a sum over routes adds up in place.
void Partition::sharePlaces() {
  auto isResult = [&](mixer::OperandAttr tensor) { // and no part of one
    for (unsigned i = 0; i < facts.func.getNumResults(); ++i)
      if (mixer::getResultOperand(facts.func, i) == tensor)
        return true;
    return false;
  };
  auto share = [&](size_t kernel, Value placed, const std::string &name) {
    auto place = placed.getDefiningOp<mixer::PlaceOp>();
    if (!place || !place.getRoute().isBijection())
      return;
    for (auto &[value, own] : temps) {
      auto before = value.getDefiningOp<mixer::PlaceOp>();
      if (!before || value == placed || !value.hasOneUse() || value.getType() != placed.getType())
        continue;
      auto visit = dyn_cast<mixer::VisitOp>(*value.getUsers().begin());
      bool isRead = llvm::is_contained(reads, std::make_pair(Value(value), kernel));
      if (visit && isRead && visit.getDim() == place.getDim() && visit.getRoute() == place.getRoute() && !visit.getTable()) {
        own = name;
        return; // of several, one
      }
    }
  };
  for (size_t k = kernels.size(); k-- > 0;) {
    for (unsigned number : kernels[k].results)
      if (facts.outputs[number].tensor.getDtype().isF32() && isResult(facts.outputs[number].tensor))
        share(k, facts.outputs[number].value, facts.outputs[number].tensor.getName().str());
    for (Value value : kernels[k].made)
      if (auto temp = temps.find(value); temp != temps.end())
        share(k, value, temp->second);
  }
}

/// Each kernel after those whose values it reads; otherwise recurrences in the order of the text, and a map as late as
/// that allows.
void Partition::orderKernels() {
  auto makerOf = [&](Value value) {
    mixer::RecurrenceOp recurrence = recurrenceOf(value);
    return llvm::find_if(kernels, [&](const KernelPlan &k) {
             return recurrence ? k.recurrence == recurrence : k.makes(value);
           }) - kernels.begin();
  };
  SmallVector<char> placed(kernels.size(), 0);
  std::vector<KernelPlan> ordered;
  std::vector<size_t> numbers(kernels.size()); // as they are ordered
  std::function<void(size_t)> place = [&](size_t k) {
    if (std::exchange(placed[k], 1))
      return;
    for (auto &[value, reader] : reads)
      if (reader == k)
        place(makerOf(value));
    numbers[k] = ordered.size();
    ordered.push_back(kernels[k]);
  };
  for (size_t k = 0; k < kernels.size(); ++k)
    place(k);
  kernels = std::move(ordered);
  decltype(reads) renumbered;
  for (auto &[value, reader] : reads)
    renumbered.insert({value, numbers[reader]});
  reads = std::move(renumbered);
}

/// The dimension along which most of the caller's memory is walked without gaps.
void Partition::chooseLane(KernelPlan &kernel, ArrayRef<StringRef> candidates) {
  SmallVector<mixer::OperandAttr> tensors;
  for (BlockArgument arg : facts.func.getArguments())
    tensors.push_back(mixer::getArgOperand(facts.func, arg.getArgNumber()));
  for (const Output &output : facts.outputs)
    tensors.push_back(output.tensor);
  double most = -1;
  for (StringRef dim : candidates) {
    double dense = 0; // numbers in tensors that store this dimension fastest
    for (mixer::OperandAttr tensor : tensors) {
      SmallVector<StringAttr> dims;
      for (auto axis : tensor.getAxes().getAsRange<ArrayAttr>())
        llvm::append_range(dims, axis.getAsRange<StringAttr>());
      if (!dims.empty() && dims.back().getValue() == dim)
        dense += estimatedSize(dims, facts.dims);
    }
    if (dense >= most) {
      most = dense;
      kernel.lane = dim.str();
    }
  }
}

/// Those of `dims` that may have coordinates for several lanes, if any do.
DimList Partition::withoutShort(const DimList &dims) {
  constexpr int64_t kFewest = 4;
  DimList enough;
  for (StringRef d : dims)
    if (int64_t extent = facts.fixedExtent(d); extent < 0 || extent >= kFewest)
      enough.push_back(d);
  return enough.empty() ? dims : enough;
}

/// Whether places of a route differ along `dim`, so that no vector lies along it on a CPU.
bool Partition::isTableDim(StringRef dim) {
  bool any = false;
  facts.func.walk([&](Operation *op) {
    Value table;
    if (auto visit = dyn_cast<mixer::VisitOp>(op))
      table = visit.getTable();
    if (auto place = dyn_cast<mixer::PlaceOp>(op))
      table = place.getTable();
    any |= table && cast<mixer::NdType>(table.getType()).hasDim(dim);
  });
  return any;
}

void Partition::planRecurrence(mixer::RecurrenceOp recurrence) {
  KernelPlan kernel;
  kernel.recurrence = recurrence;
  llvm::SmallSetVector<StringRef, 8> all, reduced, inStates;
  for (BlockArgument v : recurrence.getBody().front().getArguments()) {
    if (v.use_empty() && v.getArgNumber() >= recurrence.getNumStates())
      continue;
    auto d = dimsOf(v);
    all.insert(d.begin(), d.end());
  }
  for (unsigned i = 0; i < recurrence.getNumStates(); ++i) {
    auto d = dimsOf(recurrence.getBody().front().getArgument(i));
    inStates.insert(d.begin(), d.end());
  }
  recurrence.getBody().walk([&](Operation *op) {
    for (Value v : op->getResults()) {
      auto d = dimsOf(v);
      all.insert(d.begin(), d.end());
    }
    if (auto reduce = dyn_cast<mixer::ReduceOp>(op)) {
      auto d = dimsOf(reduce.getDims());
      reduced.insert(d.begin(), d.end());
    }
    // Read at other coordinates, it cannot be cut either.
    if (auto rename = dyn_cast<mixer::RenameOp>(op)) {
      reduced.insert(rename.getFrom());
      reduced.insert(rename.getTo());
    }
    if (auto shift = dyn_cast<mixer::ShiftOp>(op))
      reduced.insert(shift.getDim());
    if (auto gather = dyn_cast<mixer::GatherOp>(op))
      reduced.insert(gather.getDim());
  });
  DimList candidates;
  for (mixer::DimAttr d : facts.dims) {
    StringRef dim = d.getName().getValue();
    if (inStates.contains(dim) && !reduced.contains(dim) && !isTableDim(dim))
      candidates.push_back(dim);
  }
  // What has no lanes is kept for every coordinate, for which a block of a GPU has less room.
  chooseLane(kernel, reduceApart ? candidates : withoutShort(candidates));
  for (mixer::DimAttr d : facts.dims) {
    StringRef dim = d.getName().getValue();
    if (dim == kernel.lane || !all.contains(dim))
      continue;
    // Only dimensions of the states can be tasks: others would repeat the walk.
    (reduced.contains(dim) || !inStates.contains(dim) ? kernel.inner : kernel.parallel).push_back(dim);
  }
  if (kernel.lane.empty())
    remarkMissed(recurrence, stage::kPlan, "PlanKernels", "lanes")
        << "no dimension of the states is free of reductions: computed one number at a time";
  else
    remarkPassed(recurrence, stage::kPlan, "PlanKernels", "lanes")
        << "dimension '" + kernel.lane + "' in vector lanes";
  kernels.push_back(kernel);
}

void Partition::planMap(Value target, std::optional<unsigned> result) {
  for (KernelPlan &k : kernels)
    if (!k.recurrence && k.target == target) {
      if (result)
        k.results.push_back(*result);
      return;
    }
  KernelPlan kernel;
  kernel.target = target;
  if (result)
    kernel.results.push_back(*result);
  DimList dims = dimsOf(steppedValue(target));
  dims.append(tableDims(target)); // the same value, put at other places
  kernel.walked = walkedBy(steppedValue(target), target);
  if (target.getDefiningOp<mixer::PlaceOp>())
    kernel.walked = target.getDefiningOp<mixer::PlaceOp>().getDim().str();
  llvm::erase(dims, StringRef(kernel.walked));
  DimList stored = dims;
  if (result && steppedValue(target) == target) {
    stored.clear();
    for (auto axis : facts.outputs[*result].tensor.getAxes().getAsRange<ArrayAttr>())
      for (auto d : axis.getAsRange<StringAttr>())
        stored.push_back(d.getValue());
  }
  if (mixer::ConvOp conv = facts.longConvolution(target); conv && !reduceApart) {
    planConvolution(kernel, conv, stored);
    kernels.push_back(kernel);
    needAll(kernels.size() - 1);
    return;
  }
  // The fastest stored dimension lies in lanes, unless a stencil runs along it; none where a sum has them.
  bool isSum = !reduceApart && !facts.sumLanes(target, dims).empty();
  DimList candidates;
  for (StringRef d : isSum ? DimList() : llvm::reverse(stored)) {
    bool stencil = isShifted(d) || d == StringRef(kernel.walked) || (!kernel.walked.empty() && isTableDim(d));
    facts.func.walk([&](mixer::ConvOp conv) { stencil |= conv.getAlong() == d; });
    if (!stencil)
      candidates.push_back(d);
  }
  candidates = withoutShort(candidates);
  if (!candidates.empty())
    kernel.lane = candidates.front().str();
  // Threads of a GPU read any coordinates, but those beside each other should find dense rows.
  if (reduceApart && !stored.empty() && kernel.lane == stored.front())
    kernel.lane = stored.back().str();
  for (StringRef d : dims)
    if (d != kernel.lane && !isShifted(d))
      kernel.parallel.push_back(d);
  // The last one is cut into blocks of several coordinates, so that a stencil finds its neighbours.
  facts.func.walk([&](mixer::ConvOp conv) {
    auto *along = llvm::find(kernel.parallel, conv.getAlong());
    if (along != kernel.parallel.end())
      std::rotate(along, along + 1, kernel.parallel.end());
  });
  kernels.push_back(kernel);
  needAll(kernels.size() - 1);
}

/// The steps of routes along which a map computes `value`, which needs values of other places; or empty.
std::string Partition::walkedBy(Value value, Value target) {
  Operation *op = value.getDefiningOp();
  if (auto rename = dyn_cast_or_null<mixer::RenameOp>(op); rename && rename.getInput().getDefiningOp<mixer::VisitOp>())
    return walkedBy(rename.getInput(), target);
  if (!op || isa<mixer::RecurrenceOp, mixer::PlaceOp, mixer::RenameOp>(op) || (value != target && temps.count(value)))
    return "";
  if (auto visit = dyn_cast<mixer::VisitOp>(op))
    return visit.getDim().str();
  for (Value v : op->getOperands())
    if (std::string walked = walkedBy(v, target); !walked.empty() && !readsElsewhereAlong(op, walked))
      return walked;
  return "";
}

/// A convolution by the runtime: channels in lanes, the sequence whole, and several of the entries that share taps in
/// a task, so that what is made of the taps serves them all.
void Partition::planConvolution(KernelPlan &kernel, mixer::ConvOp conv, const DimList &stored) {
  kernel.convolution = conv;
  DimList tapDims = dimsOf(conv.getWeight());
  auto isChannel = [&](StringRef d) { return llvm::is_contained(tapDims, d); };
  // The fastest stored dimension with enough coordinates, one that tells channels apart if there is one.
  for (bool channels : {true, false})
    for (StringRef d : llvm::reverse(stored)) {
      int64_t extent = facts.fixedExtent(d);
      if (kernel.lane.empty() && d != conv.getAlong() && isChannel(d) == channels && (extent < 0 || extent > 1))
        kernel.lane = d.str();
    }
  for (StringRef d : dimsOf(conv.getResult()))
    if (d != kernel.lane && d != conv.getAlong()) {
      kernel.parallel.push_back(d);
      if (!isChannel(d))
        kernel.entries = d.str();
    }
}

/// A convolution by the runtime writes f32 to one place; what else wants its result is copied from there.
void Partition::addCopies() {
  for (size_t i = 0, n = kernels.size(); i < n; ++i) {
    KernelPlan &kernel = kernels[i];
    if (!kernel.convolution || kernel.results.empty())
      continue;
    Value value = kernel.target;
    bool isPlain = facts.outputs[kernel.results[0]].tensor.getDtype().isF32();
    if (isPlain && kernel.results.size() == 1 && !temps.count(value))
      continue;
    temps.insert({value, "t" + std::to_string(temps.size())});
    KernelPlan copy;
    copy.target = value;
    copy.isCopy = true;
    copy.lane = kernel.lane;
    copy.parallel = kernel.parallel;
    copy.parallel.push_back(kernel.convolution.getAlong());
    copy.results = std::exchange(kernel.results, {});
    reads.insert({value, kernels.size()});
    kernels.push_back(copy);
  }
}

/// Whether a map on a CPU must see all of `dim`: some value is shifted along it.
bool Partition::isShifted(StringRef dim) {
  bool any = false;
  if (!reduceApart) // the coordinates of a GPU are those of the whole dimension
    for (auto shift : facts.func.getBody().front().getOps<mixer::ShiftOp>())
      any |= shift.getDim() == dim;
  return any;
}

/// What is read under another name lies in memory.
void Partition::needStored(Value value, size_t kernel) {
  if (value.getDefiningOp<mixer::VisitOp>())
    needVisit(value, kernel);
  else if (!facts.isStored(value))
    needTemp(value, kernel);
}

/// A kernel that goes along the steps of a route reads the places in their order; any other one reads a copy.
void Partition::needVisit(Value value, size_t kernel) {
  auto visit = value.getDefiningOp<mixer::VisitOp>();
  KernelPlan plan = kernels[kernel];
  bool isAlong = plan.walked == visit.getDim() || (plan.recurrence && plan.recurrence.getDim() == visit.getDim());
  if (!isAlong)
    return needTemp(value, kernel);
  if (!plan.makes(value) && temps.count(value)) {
    reads.insert({value, kernel});
    return;
  }
  for (Value v : visit->getOperands())
    needStored(renamedValue(v), kernel);
}

void Partition::needTemp(Value value, size_t kernel) {
  reads.insert({value, kernel});
  if (temps.count(value))
    return;
  temps[value] = facts.freshName("t" + std::to_string(temps.size()));
  if (!recurrenceOf(value) && !makeByKernel(value))
    planMap(value, std::nullopt);
}

/// Whether a task of the kernel of a recurrence has one entry of the dimensions that a table of places has.
bool Partition::hasTableDims(Value value, KernelPlan &kernel) {
  return llvm::all_of(tableDims(value), [&](StringRef d) { return llvm::is_contained(kernel.parallel, d); });
}

/// Lets the kernel of a recurrence make `value`, if it can be computed there from a step, and where it is put at the
/// places of a route, those are the kernel's.
bool Partition::makeByKernel(Value value) {
  auto place = value.getDefiningOp<mixer::PlaceOp>();
  Value step = steppedValue(value);
  KernelPlan *kernel = lastKernel(step);
  std::string why;
  if (!kernel || (place && (kernel->recurrence.getDim() != place.getDim() || !hasTableDims(value, *kernel))) ||
      !canFuse(step, *kernel, why))
    return false;
  kernel->made.push_back(value);
  size_t index = static_cast<size_t>(kernel - kernels.data());
  need(step, index);
  if (place && place.getTable())
    needStored(renamedValue(place.getTable()), index);
  return true;
}

/// The kernel of the last recurrence that `value` depends on, or null.
KernelPlan *Partition::lastKernel(Value value) {
  KernelPlan *last = nullptr;
  for (KernelPlan &k : kernels)
    if (k.recurrence && facts.dependsOn(value, k.recurrence) &&
        (!last || last->recurrence->isBeforeInBlock(k.recurrence)))
      last = &k;
  return last;
}

/// A dimension of a reduced value of which a block of a GPU would have to keep all coordinates, though
/// their number is not known; empty if there is none.
StringRef Partition::openDim(Value value, KernelPlan &kernel) {
  if (reduceApart && kernel.recurrence)
    for (StringRef d : dimsOf(value))
      if (!kernel.cuts(d) && facts.fixedExtent(d) < 0)
        return d;
  return {};
}

/// Whether `value` is a sum of at least `many`, or of a number that is not known.
bool Partition::isSumOf(int64_t many, Value value) {
  auto reduce = value.getDefiningOp<mixer::ReduceOp>();
  if (!reduce)
    return false;
  int64_t addends = 1;
  for (StringRef d : dimsOf(reduce.getDims())) {
    int64_t extent = facts.fixedExtent(d);
    addends *= extent < 0 ? many : extent;
  }
  return addends >= many;
}

/// Whether `value` is a sum of many, no larger than what a caller gives or gets.
bool Partition::isLargeSum(Value value) {
  constexpr int64_t kMany = 8;
  auto covers = [&](mixer::OperandAttr tensor) {
    DimList dims;
    for (auto axis : tensor.getAxes().getAsRange<ArrayAttr>())
      for (auto d : axis.getAsRange<StringAttr>())
        dims.push_back(d.getValue());
    return llvm::all_of(dimsOf(value), [&](StringRef d) { return llvm::is_contained(dims, d); });
  };
  return isSumOf(kMany, value) && (llvm::any_of(facts.outputs, [&](const Output &o) { return covers(o.tensor); }) ||
                              llvm::any_of(facts.func.getArguments(), [&](BlockArgument arg) {
                                return covers(mixer::getArgOperand(facts.func, arg.getArgNumber()));
                              }));
}

/// Whether `value` is a product with a matrix that the kernel of a recurrence would compute for each block of lanes
/// again, and a map computes with lanes of its own.
bool Partition::isProductApart(Value value, const KernelPlan &plan) {
  constexpr int64_t kMany = 32;
  return !reduceApart && plan.recurrence && isSumOf(kMany, value) && !facts.dependsOn(value, plan.recurrence) &&
         !llvm::is_contained(dimsOf(value), StringRef(plan.lane)) && facts.sumLanes(value, dimsOf(value)).empty();
}

/// What a map sums up lies in memory where it is costly and would be computed again for every block of lanes, or is a
/// large sum itself, which has lanes of its own there.
void Partition::needOnce(Value value, size_t kernel) {
  Operation *op = value.getDefiningOp();
  const std::string &lane = kernels[kernel].lane;
  if (!op || !facts.isCostly(value) || temps.count(value))
    return;
  auto type = cast<mixer::NdType>(value.getType());
  bool isWhole = !isPointwise(op) || (type.getElementType().isF32() && !type.getDims().empty());
  bool isRepeated = isLargeSum(value) || (!lane.empty() && !llvm::is_contained(dimsOf(value), StringRef(lane)));
  if (isRepeated && isWhole)
    needTemp(value, kernel);
  else if (isPointwise(op))
    for (Value v : op->getOperands())
      needOnce(v, kernel);
}

/// Finds what kernel number `kernel` cannot compute in place and must read from memory.
void Partition::need(Value value, size_t kernel) {
  if (!seen.insert({value, kernel}).second)
    return;
  bool own = kernels[kernel].makes(value);
  if (!own && temps.count(value)) {
    reads.insert({value, kernel});
    return;
  }
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<mixer::VisitOp>(op))
    return needVisit(value, kernel);
  if (auto rename = dyn_cast_or_null<mixer::RenameOp>(op); rename && renamedValue(value).getDefiningOp<mixer::VisitOp>())
    return needVisit(renamedValue(value), kernel);
  if (!op || facts.isStored(value))
    return;
  KernelPlan plan = kernels[kernel];
  if (isa<mixer::RecurrenceOp>(op)) {
    if (op != plan.recurrence)
      needTemp(value, kernel);
    return;
  }
  if (isa<mixer::RenameOp>(op)) {
    needStored(renamedValue(value), kernel);
    return;
  }
  if (isa<mixer::SplitOp, mixer::MergeOp>(op)) { // read at other places, which must be in memory
    needStored(op->getOperand(0), kernel);
    return;
  }
  if (isa<mixer::PlaceOp>(op) && !own) { // of a kernel that walks
    needTemp(value, kernel);
    return;
  }
  bool apart = false;
  if (auto shift = dyn_cast<mixer::ShiftOp>(op)) {
    bool isInStep = plan.recurrence && plan.recurrence.getDim() == shift.getDim();
    apart = isInStep ? facts.dependsOn(value, plan.recurrence)
                     : plan.cuts(shift.getDim()) && (plan.recurrence || !reduceApart);
  }
  if (auto reduce = dyn_cast<mixer::ReduceOp>(op))
    apart = !openDim(value, plan).empty() ||
            (reduceApart && !plan.recurrence) || isProductApart(value, plan) ||
            llvm::any_of(dimsOf(reduce.getDims()), [&](StringRef d) { return plan.cuts(d); });
  if (auto reduce = dyn_cast<mixer::ReduceOp>(op); reduce && !apart && !plan.recurrence)
    needOnce(reduce.getInput(), kernel);
  if (auto conv = dyn_cast<mixer::ConvOp>(op))
    apart = conv.getAlong() == plan.lane || (plan.recurrence && facts.dependsOn(value, plan.recurrence)) ||
            facts.longConvolution(value);
  if (auto tail = dyn_cast<mixer::TailOp>(op))
    apart = plan.cuts(tail.getAlong());
  if (apart) {
    needTemp(value, kernel);
    return;
  }
  for (Value v : op->getOperands()) {
    // A stencil reads its input at several places; what gathers, or comes along a route, must be in memory for that.
    bool isStencil = isa<mixer::ConvOp, mixer::TailOp, mixer::ShiftOp>(op);
    std::string walked = walkedBy(v, Value());
    if ((isStencil && holdsReduction(v)) || (!walked.empty() && readsElsewhereAlong(op, walked)))
      needTemp(v, kernel);
    need(v, kernel);
  }
}

/// Everything that kernel number `kernel` computes.
void Partition::needAll(size_t kernel) {
  KernelPlan plan = kernels[kernel];
  for (Value value : plan.made)
    need(steppedValue(value), kernel);
  if (plan.recurrence) {
    needBody(kernel);
    for (unsigned number : plan.results)
      need(steppedValue(facts.outputs[number].value), kernel);
  } else if (mixer::ConvOp conv = facts.longConvolution(plan.target)) {
    for (Value v : {conv.getInput(), conv.getWeight()}) {
      std::optional<Stored> stored = facts.storedOf(renamedValue(v));
      if (!stored || renamedValue(v).getDefiningOp<mixer::VisitOp>() || (plan.convolution && !isF32(stored->tensor)))
        needTemp(renamedValue(v), kernel);
    }
  } else if (isa_and_nonnull<mixer::VisitOp>(plan.target.getDefiningOp())) {
    needVisit(plan.target, kernel);
  } else if (isa_and_nonnull<mixer::RenameOp>(plan.target.getDefiningOp())) {
    needStored(renamedValue(plan.target), kernel);
  } else if (Operation *op = plan.target.getDefiningOp(); op && !isa<mixer::RecurrenceOp>(op)) {
    if (auto reduce = dyn_cast<mixer::ReduceOp>(op))
      needOnce(reduce.getInput(), kernel);
    for (Value v : op->getOperands())
      need(v, kernel);
  } else {
    need(plan.target, kernel);
  }
}

void Partition::needBody(size_t kernel) {
  mixer::RecurrenceOp r = kernels[kernel].recurrence;
  for (auto [in, arg] : llvm::zip(r.getIns(), r.getBody().front().getArguments().drop_front(r.getNumStates())))
    if (!arg.use_empty())
      need(in, kernel);
  for (Value init : r.getInits())
    if (constantOf(init) != 0.0 && !facts.isStored(init))
      needTemp(init, kernel);
  r->walk([&](Operation *op) {
    for (Value v : op->getOperands())
      if (op != r && !r->isAncestor(v.getParentRegion()->getParentOp()))
        need(v, kernel);
  });
}

/// Whether the walk from `value` back to the kernel's recurrence meets nothing
/// that needs more than one block of it.
bool Partition::canFuse(Value value, KernelPlan &kernel, std::string &why) {
  if (!facts.dependsOn(value, kernel.recurrence))
    return true;
  Operation *op = value.getDefiningOp();
  if (auto r = dyn_cast<mixer::RecurrenceOp>(op)) {
    bool step = cast<OpResult>(value).getResultNumber() < r.getNumStepValues();
    if (r == kernel.recurrence && step)
      return true;
    why = r == kernel.recurrence ? "it uses a last state" : "it depends on a later recurrence";
    return false;
  }
  if (isa<mixer::ReduceOp>(op))
    if (StringRef d = openDim(value, kernel); !d.empty()) {
      why = ("a block keeps it for every '" + d + "', which is not fixed").str();
      return false;
    }
  if (auto reduce = dyn_cast<mixer::ReduceOp>(op))
    for (StringRef d : dimsOf(reduce.getDims()))
      if (kernel.cuts(d)) {
        why = ("it reduces '" + d + "', which is cut into blocks").str();
        return false;
      }
  if (isa<mixer::ConvOp, mixer::TailOp>(op) || readsElsewhere(op)) {
    why = readsElsewhere(op) ? "it reads values of the recurrence at other coordinates"
                     : "it is a stencil over values of the recurrence";
    return false;
  }
  return llvm::all_of(op->getOperands(), [&](Value v) { return canFuse(v, kernel, why); });
}

void Partition::placeResult(unsigned number) {
  auto [tensor, value] = facts.outputs[number];
  if (isLastState(value))
    return; // written by the runtime from the carried state
  StringRef name = tensor.getName().getValue();
  if (KernelPlan *found = lastKernel(value)) {
    std::string why;
    KernelPlan &kernel = *found;
    mixer::RecurrenceOp last = kernel.recurrence;
    size_t index = &kernel - kernels.data();
    auto place = value.getDefiningOp<mixer::PlaceOp>();
    bool isHere = !place || (place.getDim() == last.getDim() && hasTableDims(value, kernel) && (place.getRoute().getLegs().size() <= 1 || isF32(tensor)));
    if (isHere && canFuse(steppedValue(value), kernel, why)) {
      if (place && place.getTable())
        needStored(renamedValue(place.getTable()), index);
      kernel.results.push_back(number);
      remarkPassed(last, stage::kPlan, "PlanKernels", "fusion")
          << ("result '" + name + "' fused into the recurrence over '" + last.getDim() + "'").str();
      need(steppedValue(value), index);
      return;
    }
    if (why.empty())
      why = "its places are those of another route";
    remarkMissed(last, stage::kPlan, "PlanKernels", "fusion")
        << ("result '" + name + "' not fused into the recurrence: " + why).str();
  }
  planMap(value, number);
}

} // namespace mixir::lowering
