// See PrintMixer.h. Every value gets a name; inside a scan the name of a whole sequence is its
// current step, as the language has it.
#include "lowering/text/PrintMixer.h"

#include "lowering/Build.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {

namespace {

std::string dtypeText(Type type) {
  if (isa<ComplexType>(type))
    return "c64";
  return type.isInteger(32) ? "i32" : type.isF16() ? "f16" : type.isBF16() ? "bf16" : "";
}

std::string listText(ArrayRef<StringAttr> names) {
  std::string text;
  for (StringAttr name : names)
    text += (text.empty() ? "" : ", ") + name.str();
  return text;
}

std::string storedText(OperandAttr operand) {
  std::string text = dtypeText(operand.getDtype()) + "[";
  for (auto [i, axis] : llvm::enumerate(operand.getAxes().getAsRange<ArrayAttr>())) {
    std::string dims;
    for (auto d : axis.getAsRange<StringAttr>())
      dims += (dims.empty() ? "" : " ") + d.str();
    text += (i ? ", " : "") + (axis.size() > 1 ? "(" + dims + ")" : dims);
  }
  return text + "]";
}

std::string numberText(double value, Type element) {
  char shortest[32];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(shortest, sizeof shortest, "%.*g", digits, value);
    if (std::strtod(shortest, nullptr) == value)
      break;
  }
  std::string text = shortest;
  bool isWhole = text.find_first_not_of("-0123456789") == std::string::npos;
  return element.isInteger(32) || !isWhole ? text : text + ".0";
}

class MixerPrinter {
public:
  explicit MixerPrinter(func::FuncOp func) : func(func) {}

  FailureOr<std::string> run() {
    for (DimAttr dim : mixer::getDims(func))
      taken.insert(dim.getName().getValue());
    text += "mixer " + func.getName().str() + "(";
    for (auto [i, dim] : llvm::enumerate(mixer::getDims(func)))
      text += (i ? ", " : "") + dim.getName().str() + extentText(dim);
    text += ")\n";
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      OperandAttr operand = mixer::getArgOperand(func, i);
      names[func.getArgument(i)] = operand.getName().str();
      taken.insert(operand.getName().getValue());
      text += "  " + stringifyRole(operand.getRole()).str() + " " + operand.getName().str() + " : " + storedText(operand) + "\n";
    }
    text += "{\n";
    Block &body = func.getBody().front();
    if (failed(printBlock(body)))
      return failure();
    text += "return ";
    for (auto [i, value] : llvm::enumerate(body.getTerminator()->getOperands())) {
      OperandAttr result = mixer::getResultOperand(func, i);
      text += (i ? ", " : "") + result.getName().str() + " : " + storedText(result) + " = " + names[value];
    }
    return text + "\n}\n";
  }

private:
  std::string extentText(DimAttr dim) {
    if (dim.getExpr())
      return " = " + dim.getExpr().str();
    StringAttr original; // x@J needs the header to say whose copy J is, also where both are fixed
    func.walk([&](RenameOp rename) {
      if (rename.getToAttr() == dim.getName())
        original = rename.getFromAttr();
    });
    if (original)
      return " = " + original.str();
    return dim.isFixed() ? " = " + std::to_string(dim.getExtent()) : "";
  }

  std::string freshName(const std::string &wanted) {
    std::string name = wanted;
    for (int i = 1; !taken.insert(name).second; ++i)
      name = wanted + std::to_string(i);
    return name;
  }

  LogicalResult printBlock(Block &block) {
    for (Operation &op : block.without_terminator()) {
      if (isa<ScanOp, RecurrenceOp>(op)) {
        if (failed(printWalk(&op)))
          return failure();
        continue;
      }
      std::string e = expression(&op);
      if (e.empty())
        return op.emitError("expected an operation that the language has, got '") << op.getName().getStringRef() << "'";
      if (isa<ConstantOp, DimSizeOp>(op)) { // short, and the same wherever it stands
        names[op.getResult(0)] = e[0] == '-' ? "(" + e + ")" : e;
        continue;
      }
      std::string name = freshName("v");
      text += name + " = " + e + "\n";
      names[op.getResult(0)] = name;
    }
    return success();
  }

  LogicalResult printWalk(Operation *op) {
    auto scan = dyn_cast<ScanOp>(op);
    auto recurrence = dyn_cast<RecurrenceOp>(op);
    bool isReversed = scan ? scan.getReverse() : recurrence.getReverse();
    if (scan && scan.getRoutesAttr())
      return op->emitError("expected scans of one route, got several");
    Block &body = (scan ? scan.getBody() : recurrence.getBody()).front();
    ArrayAttr states = scan ? scan.getStates() : recurrence.getStates();
    ValueRange inits = scan ? scan.getInits() : recurrence.getInits();
    ValueRange ins = scan ? scan.getIns() : recurrence.getIns();
    text += "scan " + std::string(isReversed ? "~" : "") + walkDim(op).str() + " {\n";
    SmallVector<std::string> stateNames;
    for (auto [i, state] : llvm::enumerate(states.getAsRange<StringAttr>())) {
      std::string wanted = state.str();
      std::replace(wanted.begin(), wanted.end(), '.', '_');
      stateNames.push_back(freshName(wanted));
      auto type = cast<NdType>(body.getArgument(i).getType());
      names[body.getArgument(i)] = stateNames.back();
      bool isZero = isConstant(inits[i], 0);
      text += "state " + stateNames.back() + " : " + dtypeText(type.getElementType()) + "[" + listText(type.getDims()) +
              "]" + (isZero ? "" : " init " + names[inits[i]]) + "\n";
    }
    for (auto [arg, in] : llvm::zip(body.getArguments().drop_front(states.size()), ins))
      names[arg] = names[in];
    if (failed(printBlock(body)))
      return failure();
    auto yield = cast<YieldOp>(body.getTerminator());
    unsigned numSteps = op->getNumResults() - states.size();
    for (unsigned i = 0; i < numSteps; ++i)
      names[op->getResult(i)] = defined(yield.getValues()[states.size() + i]);
    // All states take their new values at the end, together.
    SmallVector<std::string> news;
    for (size_t i = 0; i < states.size(); ++i)
      news.push_back(defined(yield.getValues()[i]));
    for (size_t i = 0; i < states.size(); ++i)
      text += stateNames[i] + " := " + news[i] + "\n";
    text += "}\n";
    for (size_t i = 0; i < states.size(); ++i)
      names[op->getResult(numSteps + i)] = "final(" + stateNames[i] + ")";
    return success();
  }

  /// A name that a statement of the current scan defines for `value`.
  std::string defined(Value value) {
    if (value.getDefiningOp())
      return names[value];
    std::string name = freshName("v");
    text += name + " = " + names[value] + "\n";
    return name;
  }

  std::string call(StringRef function, ArrayRef<std::string> arguments) {
    return function.str() + "(" + llvm::join(arguments, ", ") + ")";
  }

  /// The operation as an expression of names; empty if the language has none.
  std::string expression(Operation *op) {
    auto name = [&](unsigned i) { return names[op->getOperand(i)]; };
    if (auto c = dyn_cast<ConstantOp>(op)) {
      Type element = elementOf(c.getResult());
      if (element.isInteger(1))
        return c.getValue().isZero() ? "(0 == 1)" : "(0 == 0)";
      std::string re = numberText(c.getValue().convertToDouble(), element);
      return isa<ComplexType>(element) ? call("cplx", {re, numberText(c.getIm().convertToDouble(), element)}) : re;
    }
    if (auto size = dyn_cast<DimSizeOp>(op))
      return size.getDim().str();
    if (auto index = dyn_cast<IndexOp>(op))
      return call("index", {index.getDim().str()});
    if (auto unary = dyn_cast<UnaryOp>(op)) {
      if (unary.getKind() == UnaryKind::Neg)
        return "-" + name(0);
      return unary.getKind() == UnaryKind::Not ? "not " + name(0) : call(stringifyUnaryKind(unary.getKind()), {name(0)});
    }
    if (auto binary = dyn_cast<BinaryOp>(op))
      return binaryText(binary.getKind(), name(0), name(1));
    if (auto compare = dyn_cast<CompareOp>(op)) {
      static const char *const signs[] = {" < ", " <= ", " > ", " >= ", " == ", " != "};
      return name(0) + signs[static_cast<int>(compare.getKind())] + name(1);
    }
    if (isa<SelectOp>(op))
      return call("select", {name(0), name(1), name(2)});
    if (isa<CastOp>(op))
      return isa<ComplexType>(elementOf(op->getResult(0))) ? call("cplx", {name(0), "0"}) : "1.0 * " + name(0);
    if (isa<ComplexOp>(op))
      return call("cplx", {name(0), name(1)});
    if (auto prev = dyn_cast<PrevOp>(op))
      return call("prev", {name(0), std::to_string(prev.getSteps())});
    if (auto reduce = dyn_cast<ReduceOp>(op)) {
      SmallVector<StringAttr> dims(reduce.getDims().getAsRange<StringAttr>());
      return stringifyReduceKind(reduce.getKind()).str() + "[" + listText(dims) + "](" + name(0) + ")";
    }
    if (auto gather = dyn_cast<GatherOp>(op))
      return call("gather", {name(0), name(1), "along = " + gather.getDim().str()});
    if (auto rename = dyn_cast<RenameOp>(op))
      return name(0) + "@" + rename.getTo().str();
    if (auto conv = dyn_cast<ConvOp>(op)) {
      std::string init = conv.getInit() ? ", init = " + names[conv.getInit()] : "";
      return call("conv", {name(0), name(1), "along = " + conv.getAlong().str(),
                           "pad = " + stringifyPadKind(conv.getPad()).str() + init});
    }
    if (auto tail = dyn_cast<TailOp>(op)) {
      std::string init = tail.getInit() ? ", init = " + names[tail.getInit()] : "";
      return call("tail", {name(0), tail.getInto().str(), "along = " + tail.getAlong().str() + init});
    }
    return "";
  }

  std::string binaryText(BinaryKind kind, const std::string &a, const std::string &b) {
    switch (kind) {
    case BinaryKind::Add: return a + " + " + b;
    case BinaryKind::Sub: return a + " - " + b;
    case BinaryKind::Mul: return a + " * " + b;
    case BinaryKind::Div: return a + " / " + b;
    case BinaryKind::Pow: return a + " ** " + b;
    case BinaryKind::And: return a + " and " + b;
    case BinaryKind::Or: return a + " or " + b;
    default: return call(stringifyBinaryKind(kind), {a, b});
    }
  }

  func::FuncOp func;
  std::string text;
  llvm::StringSet<> taken;
  DenseMap<Value, std::string> names;
};

} // namespace

FailureOr<std::string> printMixer(func::FuncOp func) { return MixerPrinter(func).run(); }

} // namespace mixir::lowering
