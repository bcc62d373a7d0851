// Registration of the `kernel` dialect, its buffer type's syntax, and look-ups.
#include "dialect/kernel/KernelDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mixir::kernel;

#include "dialect/kernel/KernelDialect.cpp.inc"
#include "dialect/kernel/KernelEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/kernel/KernelTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/kernel/KernelAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialect/kernel/KernelOps.cpp.inc"

void KernelDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/kernel/KernelTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/kernel/KernelAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/kernel/KernelOps.cpp.inc"
      >();
}

bool BufType::hasDim(StringRef name) const {
  return llvm::any_of(getDims(), [&](StringAttr d) { return d.getValue() == name; });
}

Type BufType::parse(AsmParser &parser) {
  SmallVector<StringAttr> dims;
  Type element;
  auto parseDim = [&]() -> ParseResult {
    StringRef name;
    if (parser.parseKeyword(&name))
      return failure();
    dims.push_back(StringAttr::get(parser.getContext(), name));
    return success();
  };
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseDim) ||
      parser.parseComma() || parser.parseType(element) || parser.parseGreater())
    return {};
  return get(parser.getContext(), dims, element);
}

void BufType::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getDims(), printer, [&](StringAttr d) { printer << d.getValue(); });
  printer << "], " << getElementType() << ">";
}

SmallVector<LoopAttr> FuncOp::getParallelLoops() {
  SmallVector<LoopAttr> loops;
  for (LoopAttr loop : getLoops().getAsRange<LoopAttr>())
    if (loop.getKind() == LoopKind::Parallel)
      loops.push_back(loop);
  return loops;
}

LoopAttr FuncOp::getLoop(StringRef dim) {
  for (LoopAttr loop : getLoops().getAsRange<LoopAttr>())
    if (loop.getDim().getValue() == dim)
      return loop;
  return {};
}

LoopAttr FuncOp::getLaneLoop() {
  for (LoopAttr loop : getLoops().getAsRange<LoopAttr>())
    if (loop.getLanes() && loop.getKind() == LoopKind::Parallel)
      return loop;
  return {};
}

StringRef FuncOp::getLaneDim() {
  LoopAttr loop = getLaneLoop();
  return loop ? loop.getDim().getValue() : StringRef();
}

LoopAttr FuncOp::getSerialLoop() {
  for (LoopAttr loop : getLoops().getAsRange<LoopAttr>())
    if (loop.getKind() == LoopKind::Serial || loop.getKind() == LoopKind::SerialReverse)
      return loop;
  return {};
}

LoopAttr FuncOp::getSpreadLoop() {
  for (LoopAttr loop : getLoops().getAsRange<LoopAttr>())
    if (loop.getKind() == LoopKind::Spread)
      return loop;
  return {};
}

AccAttr RecurOp::getAcc(StringRef name) {
  for (AccAttr acc : getAccs().getAsRange<AccAttr>())
    if (acc.getName().getValue() == name)
      return acc;
  return {};
}

CarryAttr RecurOp::getCarry(StringRef name) {
  for (CarryAttr carry : getCarries().getAsRange<CarryAttr>())
    if (carry.getName().getValue() == name)
      return carry;
  return {};
}

bool RecurOp::isRecalled(StringRef name) {
  return walk([&](AccOp acc) {
           return acc.getTime() && acc.getName() == name ? WalkResult::interrupt() : WalkResult::advance();
         }).wasInterrupted();
}

namespace mixir::kernel {

SmallVector<StringRef> strings(ArrayAttr attr) {
  SmallVector<StringRef> out;
  if (attr)
    for (auto s : attr.getAsRange<StringAttr>())
      out.push_back(s.getValue());
  return out;
}

bool isInside(Value coordinate, StringRef dim) {
  Operation *op = coordinate.getDefiningOp();
  auto extent = [&](StringRef name) -> int64_t {
    for (auto d : op->getParentOfType<ProgramOp>().getDims().getAsRange<mixer::DimAttr>())
      if (d.getName().getValue() == name)
        return d.getExtent();
    return -1;
  };
  APInt number;
  if (matchPattern(coordinate, m_ConstantInt(&number)))
    return number.getSExtValue() >= 0 && number.getSExtValue() < extent(dim);
  auto index = dyn_cast<IndexOp>(op);
  return index && extent(dim) >= 0 && extent(dim) == extent(index.getDim());
}

} // namespace mixir::kernel
