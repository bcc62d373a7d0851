// The driver: binds operands to slots, runs the function's operations in order,
// and stores the results in their stored axes.
#include "dialect/interpreter/Evaluator.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cassert>

using namespace mixir;
using namespace mixir::interpreter;
using llvm::Error;
using llvm::Expected;
using mixer::NdType;

Array::Array(std::vector<int64_t> extents, Kind kind) : shape(std::move(extents)), kind(kind) {
  data.assign(size_t(size() * (kind == C128 ? 2 : 1)), 0.0);
}

int64_t Array::size() const {
  int64_t n = 1;
  for (int64_t e : shape)
    n *= e;
  return n;
}

Error interpreter::makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

int64_t Evaluator::extent(mlir::StringAttr dim) const {
  auto it = dims.find(dim.str());
  return it != dims.end() ? it->second : -1;
}

Slot *Evaluator::newSlot(llvm::ArrayRef<mlir::StringAttr> names, mlir::Type element) {
  Slot *slot = newSlot(names);
  slot->complex = llvm::isa<mlir::ComplexType>(element);
  slot->integer = element.isInteger(32);
  return slot;
}

Slot *Evaluator::newSlot(llvm::ArrayRef<mlir::StringAttr> names) {
  pool.emplace_back();
  Slot *slot = &pool.back();
  slot->dims.assign(names.begin(), names.end());
  for (mlir::StringAttr d : names)
    slot->extents.push_back(std::max<int64_t>(extent(d), 0));
  slot->strides.assign(names.size(), 1);
  for (int i = int(names.size()) - 2; i >= 0; --i)
    slot->strides[i] = slot->strides[i + 1] * std::max<int64_t>(slot->extents[i + 1], 1);
  return slot;
}

Slot *Evaluator::makeSlot(NdType type) {
  Slot *slot = newSlot(type.getDims(), type.getElementType());
  slot->storage.assign(size_t(slot->size()) * (slot->complex ? 2 : 1), 0.0);
  slot->data = slot->storage.data();
  return slot;
}

Slot *Evaluator::define(mlir::Value value) {
  return slots[value] = makeSlot(llvm::cast<NdType>(value.getType()));
}

Slot *Evaluator::defineView(mlir::Value value) {
  auto type = llvm::cast<NdType>(value.getType());
  return slots[value] = newSlot(type.getDims(), type.getElementType());
}

void Evaluator::release(mlir::Value value) {
  if (Slot *slot = slots.lookup(value))
    std::vector<double>().swap(slot->storage);
}

template <typename To, typename From>
static std::function<void()> copyAs(Slot *to, const Slot *from) {
  auto nest = makeNest<2>(to->dims, to->extents, {to, from});
  return [=] {
    nest.run([&](int64_t n, auto off, auto st) {
      To *out = to->at<To>(off[0]);
      const From *in = from->at<From>(off[1]);
      for (int64_t i = 0; i < n; ++i)
        out[i * st[0]] = in[i * st[1]];
    });
  };
}

std::function<void()> interpreter::copyInto(Slot *to, const Slot *from) {
  if (!to->complex)
    return copyAs<double, double>(to, from);
  return from->complex ? copyAs<Complex, Complex>(to, from) : copyAs<Complex, double>(to, from);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

Error Evaluator::compileBlock(mlir::Block &block, Program &program) {
  for (mlir::Operation &op : block.without_terminator())
    if (Error e = compile(&op, program))
      return e;
  return Error::success();
}

Error Evaluator::compile(mlir::Operation *op, Program &program) {
  for (mlir::Value result : op->getResults()) {
    auto type = llvm::dyn_cast<NdType>(result.getType());
    if (!type)
      return makeError("operation '" + op->getName().getStringRef() +
                       "' has no meaning in a mixer");
    for (mlir::StringAttr d : type.getDims())
      if (extent(d) < 0)
        return makeError("dimension '" + d.getValue() + "' has no extent");
  }
  bool known = true;
  if (Error e = compilePointwise(op, program, known))
    return e;
  if (known)
    return Error::success();
  using Result = Error;
  if (auto o = llvm::dyn_cast<mixer::ReduceOp>(op))
    return Result(compileReduce(o, program));
  if (auto o = llvm::dyn_cast<mixer::ConvOp>(op))
    return Result(compileConv(o, program));
  if (auto o = llvm::dyn_cast<mixer::TailOp>(op))
    return Result(compileTail(o, program));
  if (auto o = llvm::dyn_cast<mixer::RenameOp>(op))
    return Result(compileRename(o, program));
  if (auto o = llvm::dyn_cast<mixer::ShiftOp>(op))
    return Result(compileShift(o, program));
  if (auto o = llvm::dyn_cast<mixer::SplitOp>(op))
    return Result(compileSplit(o, program));
  if (auto o = llvm::dyn_cast<mixer::MergeOp>(op))
    return Result(compileMerge(o, program));
  if (auto o = llvm::dyn_cast<mixer::GatherOp>(op))
    return Result(compileGather(o, program));
  if (auto o = llvm::dyn_cast<mixer::VisitOp>(op))
    return Result(compileVisit(o, program));
  if (auto o = llvm::dyn_cast<mixer::PlaceOp>(op))
    return Result(compilePlace(o, program));
  if (auto o = llvm::dyn_cast<mixer::PickOp>(op))
    return Result(compilePick(o, program));
  if (auto o = llvm::dyn_cast<mixer::StackOp>(op))
    return Result(compileStack(o, program));
  if (auto o = llvm::dyn_cast<mixer::RecallOp>(op))
    return compileRecall(o, program);
  if (auto o = llvm::dyn_cast<mixer::PrevOp>(op))
    return Result(compilePrev(o, program));
  if (auto o = llvm::dyn_cast<mixer::ScanOp>(op))
    return Result(compileWalk(o, program));
  if (auto o = llvm::dyn_cast<mixer::RecurrenceOp>(op))
    return Result(compileWalk(o, program));
  if (auto o = llvm::dyn_cast<mlir::func::CallOp>(op))
    return Result(compileCall(o, program));
  return makeError("operation '" + op->getName().getStringRef() + "' has no meaning in a mixer");
}

Error Evaluator::compileCall(mlir::func::CallOp op, Program &program) {
  auto callee =
      mlir::SymbolTable::lookupNearestSymbolFrom<mlir::func::FuncOp>(op, op.getCalleeAttr());
  if (!callee || callee.isExternal())
    return makeError("expected a function with a body, got '" + op.getCallee() + "'");
  if (callDepth >= 64)
    return makeError("function '" + op.getCallee() + "' calls itself");
  ++callDepth;
  for (auto [arg, value] : llvm::zip(callee.getArguments(), op.getOperands()))
    alias(arg, find(value));
  if (Error e = compileBlock(callee.getBody().front(), program))
    return e;
  --callDepth;
  for (auto [result, value] :
       llvm::zip(op.getResults(), callee.getBody().front().getTerminator()->getOperands()))
    alias(result, find(value));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Operands and results
//===----------------------------------------------------------------------===//

/// The dimensions of each stored axis of an operand.
static std::vector<Dims> axesOf(mixer::OperandAttr operand) {
  std::vector<Dims> axes;
  for (auto group : operand.getAxes().getAsRange<mlir::ArrayAttr>()) {
    axes.emplace_back();
    for (auto d : group.getAsRange<mlir::StringAttr>())
      axes.back().push_back(mlir::StringAttr::get(d.getContext(), d.getValue()));
  }
  return axes;
}

/// The dimensions of an operand from slow to fast with merged axes taken apart.
static Dims flatDims(mixer::OperandAttr operand) {
  Dims dims;
  for (Dims &axis : axesOf(operand))
    llvm::append_range(dims, axis);
  return dims;
}

/// Points the slot of argument `arg` at the caller's numbers (a copy where the kind differs).
static Error bindOperand(Evaluator &evaluator, mlir::Value arg, mixer::OperandAttr operand,
                         const Array &array) {
  Slot *slot = evaluator.defineView(arg);
  if (array.kind == Array::C128 && !slot->complex)
    return makeError("operand '" + operand.getName().getValue() +
                     "': expected real numbers, got complex ones");
  if (int64_t(array.data.size()) != array.size() * (array.kind == Array::C128 ? 2 : 1))
    return makeError("operand '" + operand.getName().getValue() +
                     "': expected as many numbers as its shape says");
  slot->data = const_cast<double *>(array.data.data());
  if (slot->complex && array.kind != Array::C128) {
    slot->storage.reserve(array.data.size() * 2);
    for (double v : array.data)
      slot->storage.insert(slot->storage.end(), {v, 0.0});
    slot->data = slot->storage.data();
  }
  Dims flat = flatDims(operand);
  int64_t stride = 1;
  for (mlir::StringAttr d : llvm::reverse(flat)) {
    for (unsigned i = 0; i < slot->dims.size(); ++i)
      if (slot->dims[i] == d)
        slot->strides[i] = stride;
    stride *= evaluator.extent(d);
  }
  return Error::success();
}

static Expected<Array> storeResult(Evaluator &evaluator, mlir::Value value,
                                   mixer::OperandAttr operand) {
  Slot *from = evaluator.find(value);
  std::vector<int64_t> shape;
  for (Dims &axis : axesOf(operand)) {
    shape.push_back(1);
    for (mlir::StringAttr d : axis)
      shape.back() *= evaluator.extent(d);
  }
  Dims flat = flatDims(operand);
  for (mlir::StringAttr d : from->dims)
    if (!llvm::is_contained(flat, d))
      return makeError("result '" + operand.getName().getValue() +
                       "': expected an axis for dimension '" + d.getValue() + "'");
  bool complex = llvm::isa<mlir::ComplexType>(operand.getDtype());
  if (from->complex && !complex)
    return makeError("result '" + operand.getName().getValue() +
                     "': expected real numbers, got complex ones");
  Array array(shape, complex                          ? Array::C128
                     : operand.getDtype().isInteger() ? Array::I32
                                                      : Array::F64);
  Slot *to = evaluator.makeSlot(NdType::get(
      value.getContext(), llvm::ArrayRef<mlir::StringAttr>(flat),
      complex ? mlir::Type(mlir::ComplexType::get(mlir::Float32Type::get(value.getContext())))
              : mlir::Type(mlir::Float32Type::get(value.getContext()))));
  copyInto(to, from)();
  array.data = std::move(to->storage);
  return array;
}

/// Whether no operation after `op` in its block needs `value`.
static bool isLastUse(mlir::Value value, mlir::Operation *op) {
  return llvm::all_of(value.getUsers(), [&](mlir::Operation *user) {
    mlir::Operation *top = op->getBlock()->findAncestorOpInBlock(*user);
    return top && (top == op || top->isBeforeInBlock(op));
  });
}

Expected<Arrays> interpreter::interpret(mlir::func::FuncOp func, const Arrays &inputs,
                                        const Options &options) {
  if (!mixer::isMixer(func) || func.isExternal())
    return makeError("expected a mixer, got function '" + func.getName() + "'");
  Shapes shapes;
  for (auto &[name, array] : inputs)
    shapes[name] = array.shape;
  Expected<DimBindings> dims = bindDims(func, shapes, options.dims);
  if (!dims)
    return dims.takeError();
  Evaluator evaluator(*dims, options);
  std::map<std::string, bool> used;
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    mixer::OperandAttr operand = mixer::getArgOperand(func, i);
    used[operand.getName().str()] = true;
    if (Error e = bindOperand(evaluator, func.getArgument(i), operand,
                              inputs.at(operand.getName().str())))
      return e;
  }
  for (auto &[name, array] : inputs)
    if (!used.count(name))
      return makeError("mixer '" + func.getName() + "' has no operand '" + name + "'");

  mlir::Block &body = func.getBody().front();
  for (mlir::Operation &op : body.without_terminator()) {
    Program program;
    if (Error e = evaluator.compile(&op, program))
      return e;
    program.run();
    if (llvm::isa<mlir::func::CallOp>(op))
      continue; // results of a call may be other names of its operands
    for (mlir::Value v : op.getOperands())
      if (v.getDefiningOp() && !llvm::isa<mlir::func::CallOp>(v.getDefiningOp()) &&
          isLastUse(v, &op) && llvm::none_of(v.getUsers(), [](mlir::Operation *u) {
            return llvm::isa<mlir::func::CallOp>(u);
          }))
        evaluator.release(v);
  }
  Arrays results;
  for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands())) {
    mixer::OperandAttr operand = mixer::getResultOperand(func, i);
    Expected<Array> array = storeResult(evaluator, value, operand);
    if (!array)
      return array.takeError();
    results[operand.getName().str()] = std::move(*array);
  }
  return results;
}
