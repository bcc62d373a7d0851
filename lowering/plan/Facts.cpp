// Dependence questions, each a short memoised recursion over operands.
#include "lowering/plan/Facts.h"

#include "lowering/Build.h"

using namespace mlir;

namespace mixir::lowering {

DimList dimsOf(Value value) {
  DimList out;
  for (StringAttr d : cast<mixer::NdType>(value.getType()).getDims())
    out.push_back(d.getValue());
  return out;
}

DimList dimsOf(ArrayAttr dims) { return kernel::strings(dims); }

mixer::RecurrenceOp recurrenceOf(Value value) {
  return dyn_cast_or_null<mixer::RecurrenceOp>(value.getDefiningOp());
}

std::optional<double> constantOf(Value value) {
  if (auto c = value.getDefiningOp<mixer::ConstantOp>())
    return c.getValue().convertToDouble();
  return std::nullopt;
}

Facts::Facts(func::FuncOp func) : func(func), dims(mixer::getDims(func)) {
  auto ret = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  for (auto [i, value] : llvm::enumerate(ret.getOperands()))
    addOutput(mixer::getResultOperand(func, i), value);
}

/// What is stacked is written piece by piece.
void Facts::addOutput(mixer::OperandAttr tensor, Value value) {
  auto stack = value.getDefiningOp<mixer::StackOp>();
  if (!stack) {
    outputs.push_back({tensor, value});
    return;
  }
  for (auto [i, part] : llvm::enumerate(stack.getParts()))
    addOutput(viewOf(tensor, stack.getDim(), i, {}), part);
}

/// `wanted`, or something close to it that no operand or result is called.
std::string Facts::freshName(std::string wanted) {
  auto isTaken = [&](mixer::OperandAttr tensor) { return tensor && tensor.getName().getValue() == wanted; };
  auto anyTaken = [&] {
    for (unsigned i = 0; i < func.getNumArguments(); ++i)
      if (isTaken(mixer::getArgOperand(func, i)))
        return true;
    for (unsigned i = 0; i < func.getNumResults(); ++i)
      if (isTaken(mixer::getResultOperand(func, i)))
        return true;
    return false;
  };
  while (anyTaken())
    wanted += "_";
  return wanted;
}

Facts::Seen Facts::seenAs(mixer::OperandAttr tensor) {
  for (Attribute a : views)
    if (auto view = cast<kernel::ViewAttr>(a); view.getTensor() == tensor) // a view of a view
      return {view.getOf(), NamedAttrList(view.getAt()), NamedAttrList(view.getAs()), view.getWalk()};
  return {tensor.getName(), {}, {}, {}};
}

mixer::OperandAttr Facts::addView(mixer::OperandAttr tensor, const Seen &seen, ArrayRef<Attribute> axes, StringRef suffix) {
  MLIRContext *context = tensor.getContext();
  std::string name = freshName((tensor.getName().getValue() + "_" + suffix).str());
  for (;; name += "_") {
    auto made = mixer::OperandAttr::get(context, StringAttr::get(context, name), tensor.getRole(), tensor.getDtype(),
                                        ArrayAttr::get(context, axes), StringAttr());
    auto view = kernel::ViewAttr::get(context, made, seen.of, seen.at.getDictionary(context),
                                      seen.as.empty() ? DictionaryAttr() : seen.as.getDictionary(context), seen.walk);
    if (llvm::is_contained(views, Attribute(view)))
      return made;
    auto isTaken = [&](Attribute other) { return cast<kernel::ViewAttr>(other).getTensor().getName() == made.getName(); };
    if (llvm::any_of(views, isTaken))
      continue; // another view of the same tensor
    views.push_back(view);
    return made;
  }
}

/// A view of `tensor` at coordinate `at` of `dim`, or, without one, with `dim` called `as`.
mixer::OperandAttr Facts::viewOf(mixer::OperandAttr tensor, StringRef dim, std::optional<int64_t> at, StringRef as) {
  Builder b(tensor.getContext());
  Seen seen = seenAs(tensor);
  StringRef own = dim; // what the tensor itself calls it
  for (NamedAttribute entry : seen.as)
    if (cast<StringAttr>(entry.getValue()).getValue() == dim)
      own = entry.getName().getValue();
  if (at) {
    seen.as.erase(own);
    seen.at.set(own, b.getI64IntegerAttr(*at));
  } else {
    seen.as.set(own, b.getStringAttr(as));
  }
  SmallVector<Attribute> axes;
  for (auto axis : tensor.getAxes().getAsRange<ArrayAttr>()) {
    SmallVector<Attribute> rest;
    for (auto d : axis.getAsRange<StringAttr>())
      if (d.getValue() != dim)
        rest.push_back(d);
      else if (!at)
        rest.push_back(b.getStringAttr(as));
    if (!rest.empty())
      axes.push_back(b.getArrayAttr(rest));
  }
  return addView(tensor, seen, axes, at ? (dim + Twine(*at)).str() : as.str());
}

mixer::OperandAttr Facts::walked(mixer::OperandAttr tensor, kernel::WalkAttr walk) {
  Builder b(tensor.getContext());
  Seen seen = seenAs(tensor);
  seen.walk = walk;
  SmallVector<Attribute> axes;
  bool isPlaced = false;
  for (auto axis : tensor.getAxes().getAsRange<ArrayAttr>()) {
    SmallVector<Attribute> rest;
    for (auto d : axis.getAsRange<StringAttr>())
      if (!llvm::is_contained(walk.getRoute().getAxes(), Attribute(d)))
        rest.push_back(d);
      else if (!std::exchange(isPlaced, true))
        rest.push_back(walk.getDim());
    if (!rest.empty())
      axes.push_back(b.getArrayAttr(rest));
  }
  return addView(tensor, seen, axes, walk.getDim().getValue());
}

mixer::OperandAttr Facts::renamed(mixer::OperandAttr tensor, StringRef from, StringRef to) {
  return viewOf(tensor, from, std::nullopt, to);
}

namespace {

/// The recurrence whose body `arg` belongs to, or null for a function argument.
mixer::RecurrenceOp ownerOf(BlockArgument arg) {
  return dyn_cast<mixer::RecurrenceOp>(arg.getOwner()->getParentOp());
}

template <typename MapT, typename KeyT, typename F>
auto remember(MapT &map, KeyT key, F compute) {
  auto it = map.find(key);
  if (it != map.end())
    return it->second;
  auto v = compute();
  map[key] = v;
  return v;
}

} // namespace

bool isStateArg(Value value) {
  auto arg = dyn_cast<BlockArgument>(value);
  auto owner = arg ? ownerOf(arg) : nullptr;
  return owner && arg.getParentRegion() == &owner.getBody() && arg.getArgNumber() < owner.getNumStates();
}

bool isRecalled(mixer::RecurrenceOp recurrence, unsigned state) {
  return llvm::any_of(recurrence.getBody().front().getArgument(state).getUsers(), llvm::IsaPred<mixer::RecallOp>);
}

Value slicedValue(Value value) {
  auto arg = dyn_cast<BlockArgument>(value);
  auto owner = arg ? ownerOf(arg) : nullptr;
  if (!owner || isStateArg(value))
    return {};
  unsigned states = arg.getParentRegion() == &owner.getBody() ? owner.getNumStates() : 0;
  return owner.getIns()[arg.getArgNumber() - states];
}

bool Facts::dependsOn(Value value, mixer::RecurrenceOp recurrence) {
  return remember(depends, std::make_pair(value, recurrence.getOperation()), [&] {
    if (Value outer = slicedValue(value))
      return dependsOn(outer, recurrence);
    Operation *op = value.getDefiningOp();
    if (!op)
      return false;
    if (op == recurrence)
      return true;
    bool any = llvm::any_of(op->getOperands(), [&](Value v) { return dependsOn(v, recurrence); });
    for (Region &region : op->getRegions())
      region.walk([&](Operation *inner) {
        any |= llvm::any_of(inner->getOperands(), [&](Value v) { return dependsOn(v, recurrence); });
      });
    return any;
  });
}

bool Facts::usesState(Value value) {
  return remember(state, value, [&] {
    if (isStateArg(value))
      return true;
    Operation *op = value.getDefiningOp();
    return op && !isa<mixer::RecurrenceOp>(op) &&
           llvm::any_of(op->getOperands(), [&](Value v) { return usesState(v); });
  });
}

bool Facts::usesStateHere(Value value) {
  return remember(stateHere, value, [&] {
    if (isStateArg(value))
      return true;
    Operation *op = value.getDefiningOp();
    return op && !isa<mixer::RecurrenceOp, mixer::ReduceOp>(op) && !isMove(op) &&
           llvm::any_of(op->getOperands(), [&](Value v) { return usesStateHere(v); });
  });
}

bool Facts::varies(Value value, mixer::RecurrenceOp recurrence) {
  return remember(varying, std::make_pair(value, recurrence.getOperation()), [&] {
    if (isStateArg(value) || slicedValue(value))
      return true;
    if (cast<mixer::NdType>(value.getType()).hasDim(recurrence.getDim()))
      return true;
    Operation *op = value.getDefiningOp();
    if (!op || op->getParentOp() != recurrence)
      return false;
    return llvm::any_of(op->getOperands(), [&](Value v) { return varies(v, recurrence); });
  });
}

llvm::SmallSetVector<unsigned, 4> Facts::statesReadHere(Value value) {
  llvm::SmallSetVector<unsigned, 4> found;
  llvm::SmallSetVector<Value, 16> work;
  work.insert(value);
  for (size_t i = 0; i < work.size(); ++i) {
    Value v = work[i];
    if (isStateArg(v))
      found.insert(cast<BlockArgument>(v).getArgNumber());
    Operation *op = v.getDefiningOp();
    if (auto recall = dyn_cast_or_null<mixer::RecallOp>(op)) // of an earlier step, not as it is now
      work.insert(recall.getStep());
    else if (op && usesStateHere(v))
      work.insert(op->operand_begin(), op->operand_end());
  }
  return found;
}

unsigned Facts::level(Value value) {
  return remember(levels, value, [&]() -> unsigned {
    Operation *op = value.getDefiningOp();
    if (!op || isa<mixer::RecurrenceOp>(op) || !usesState(value))
      return 0;
    unsigned l = 0;
    for (Value v : op->getOperands())
      l = std::max(l, level(v));
    return l + (isa<mixer::ReduceOp>(op) || isMove(op));
  });
}

bool Facts::isTrivial(Value value) {
  if (Value outer = slicedValue(value))
    return isTrivial(outer);
  Operation *op = value.getDefiningOp();
  if (!op || isa<mixer::ConstantOp, mixer::DimSizeOp, mixer::IndexOp, mixer::RecurrenceOp, mixer::VisitOp>(op))
    return true;
  return isStored(value);
}

bool Facts::isCostly(Value value) {
  return remember(costly, value, [&] {
    if (Value outer = slicedValue(value))
      return isCostly(outer);
    Operation *op = value.getDefiningOp();
    if (!op || isa<mixer::RecurrenceOp, mixer::VisitOp>(op))
      return false;
    if (isa<mixer::ReduceOp, mixer::ConvOp>(op))
      return true;
    if (isa<mixer::SplitOp, mixer::MergeOp>(op)) // coordinates and a comparison at each point
      return true;
    if (auto unary = dyn_cast<mixer::UnaryOp>(op))
      if (unary.getKind() != mixer::UnaryKind::Neg && unary.getKind() != mixer::UnaryKind::Abs && !isTrivial(value))
        return true;
    if (auto binary = dyn_cast<mixer::BinaryOp>(op))
      if (binary.getKind() == mixer::BinaryKind::Div || binary.getKind() == mixer::BinaryKind::Pow)
        return true;
    return llvm::any_of(op->getOperands(), [&](Value v) { return isCostly(v); });
  });
}

StringRef Facts::sumLanes(Value value, ArrayRef<StringRef> over) {
  constexpr int64_t kFewest = 8;
  auto reduce = value.getDefiningOp<mixer::ReduceOp>();
  if (!reduce)
    return {};
  DimList reduced = dimsOf(reduce.getDims()), largest;
  double size = 0;
  llvm::SmallSetVector<Value, 16> work;
  work.insert(reduce.getInput());
  for (size_t i = 0; i < work.size(); ++i) {
    Value v = work[i];
    Value outer = slicedValue(v);
    std::optional<Stored> stored = storedOf(outer ? outer : v);
    Operation *op = v.getDefiningOp();
    if (!stored && (outer || (op && isPointwise(op)))) {
      if (outer)
        work.insert(outer);
      else
        work.insert(op->operand_begin(), op->operand_end());
      continue;
    }
    SmallVector<StringAttr> read;
    if (stored)
      for (auto axis : stored->tensor.getAxes().getAsRange<ArrayAttr>())
        llvm::append_range(read, axis.getAsRange<StringAttr>());
    else
      llvm::append_range(read, cast<mixer::NdType>(v.getType()).getDims());
    double numbers = estimatedSize(read, dims);
    if (read.empty() || numbers < size)
      continue;
    size = numbers;
    largest.clear();
    for (StringAttr d : read)
      largest.push_back(d.getValue());
  }
  if (largest.empty() || !llvm::is_contained(reduced, largest.back()))
    return {};
  int64_t extent = fixedExtent(largest.back());
  bool isOnce = llvm::all_of(over, [&](StringRef d) { return fixedExtent(d) == 1 || llvm::is_contained(largest, d); });
  return isOnce && (extent < 0 || extent >= kFewest) ? largest.back() : StringRef();
}

mixer::ConvOp Facts::longConvolution(Value value) const {
  constexpr int64_t kMostStencilTaps = 32;
  auto conv = value.getDefiningOp<mixer::ConvOp>();
  if (!conv || conv.getInit() || conv.getPad() == mixer::PadKind::Anticausal || cast<mixer::NdType>(conv.getWeight().getType()).hasDim(conv.getAlong()))
    return {};
  int64_t taps = fixedExtent(conv.getTaps());
  return taps < 0 || taps > kMostStencilTaps ? conv : mixer::ConvOp();
}

int64_t Facts::fixedExtent(StringRef dim) const {
  for (mixer::DimAttr d : dims)
    if (d.getName().getValue() == dim)
      return d.getExtent();
  return -1;
}

kernel::WalkAttr walkOf(mixer::VisitOp visit, mixer::OperandAttr table) {
  return kernel::WalkAttr::get(visit.getContext(), visit.getDimAttr(), visit.getRoute(),
                               table ? table.getName() : StringAttr(), false);
}

kernel::WalkAttr walkOf(mixer::PlaceOp place, mixer::OperandAttr table) {
  bool adds = place.getRoute().getLegs().size() > 1; // legs may meet at a place
  return kernel::WalkAttr::get(place.getContext(), place.getDimAttr(), place.getRoute(),
                               table ? table.getName() : StringAttr(), adds);
}

std::optional<Stored> Facts::storedOf(Value value) {
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    if (arg.getOwner()->getParentOp() != func)
      return std::nullopt;
    return Stored{mixer::getArgOperand(func, arg.getArgNumber()), ""};
  }
  if (auto pick = value.getDefiningOp<mixer::PickOp>()) {
    std::optional<Stored> stored = storedOf(pick.getInput());
    if (stored)
      stored->tensor = viewOf(stored->tensor, pick.getDim(), static_cast<int64_t>(pick.getAt()), {});
    return stored;
  }
  if (auto rename = value.getDefiningOp<mixer::RenameOp>()) {
    std::optional<Stored> stored = storedOf(rename.getInput());
    if (stored)
      stored->tensor = renamed(stored->tensor, rename.getFrom(), rename.getTo());
    return stored;
  }
  if (auto visit = value.getDefiningOp<mixer::VisitOp>()) {
    std::optional<Stored> stored = storedOf(visit.getInput()), table = visit.getTable() ? storedOf(visit.getTable()) : Stored();
    if (!stored || !table)
      return std::nullopt;
    stored->tensor = walked(stored->tensor, walkOf(visit, table->tensor));
    return stored;
  }
  auto unary = value.getDefiningOp<mixer::UnaryOp>();
  if (!unary || (unary.getKind() != mixer::UnaryKind::Re && unary.getKind() != mixer::UnaryKind::Im))
    return std::nullopt;
  std::optional<Stored> stored = storedOf(unary.getInput());
  if (stored)
    stored->part = unary.getKind() == mixer::UnaryKind::Re ? "re" : "im";
  return stored;
}

} // namespace mixir::lowering
