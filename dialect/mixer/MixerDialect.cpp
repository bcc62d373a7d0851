// Registration of the `mixer` dialect, its type's syntax, and the helpers that
// read a mixer's dimensions and operands off its function.
#include "dialect/mixer/MixerDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mixir::mixer;

#include "dialect/mixer/MixerDialect.cpp.inc"
#include "dialect/mixer/MixerEnums.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialect/mixer/MixerTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialect/mixer/MixerAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "dialect/mixer/MixerOps.cpp.inc"

namespace {
/// Every operation of the dialect may be inlined anywhere.
struct MixerInliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final { return true; }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final { return true; }
};
} // namespace

void MixerDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/mixer/MixerTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/mixer/MixerAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/mixer/MixerOps.cpp.inc"
      >();
  addInterfaces<MixerInliner>();
}

//===----------------------------------------------------------------------===//
// Routes
//===----------------------------------------------------------------------===//

bool RouteAttr::isBijection() const {
  return getLegs().size() == 1 && llvm::none_of(getLegs()[0].getDigits(), [](DigitAttr digit) { return digit.isFixed(); });
}

std::string RouteAttr::getSteps() const {
  std::string all;
  for (LegAttr leg : getLegs()) {
    std::string steps;
    for (DigitAttr digit : leg.getDigits()) {
      std::string axis = digit.getAxis().str(), div = std::to_string(digit.getDiv()), count = axis;
      if (digit.isFixed())
        continue;
      if (digit.getMod())
        count = std::to_string(digit.getMod());
      else if (digit.getDiv() > 1)
        count = "((" + axis + " + " + std::to_string(digit.getDiv() - 1) + ") / " + div + ")";
      steps += (steps.empty() ? "" : " * ") + count;
    }
    all += (all.empty() ? "" : " + ") + (steps.empty() ? std::string("1") : steps);
  }
  return all;
}

//===----------------------------------------------------------------------===//
// NdType
//===----------------------------------------------------------------------===//

bool NdType::hasDim(StringRef name) const {
  return llvm::any_of(getDims(), [&](StringAttr d) { return d.getValue() == name; });
}

NdType NdType::withDims(ArrayRef<StringAttr> dims) const {
  return get(getContext(), dims, getElementType());
}

NdType NdType::withElement(Type element) const { return get(getContext(), getDims(), element); }

NdType NdType::dropDim(StringRef name) const {
  SmallVector<StringAttr> kept;
  llvm::copy_if(getDims(), std::back_inserter(kept),
                [&](StringAttr d) { return d.getValue() != name; });
  return withDims(kept);
}

NdType NdType::get(MLIRContext *context, ArrayRef<StringRef> dims, Type elementType) {
  SmallVector<StringAttr> names;
  for (StringRef d : dims)
    names.push_back(StringAttr::get(context, d));
  return Base::get(context, ArrayRef<StringAttr>(names), elementType);
}

Type NdType::parse(AsmParser &parser) {
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
  return parser.getChecked<NdType>(parser.getContext(), ArrayRef<StringAttr>(dims), element);
}

void NdType::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getDims(), printer, [&](StringAttr d) { printer << d.getValue(); });
  printer << "], " << getElementType() << ">";
}

//===----------------------------------------------------------------------===//
// Dimensions and operands of a mixer
//===----------------------------------------------------------------------===//

namespace mixir::mixer {

SmallVector<DimAttr> getDims(Operation *op) {
  auto func = dyn_cast<func::FuncOp>(op);
  if (!func)
    func = op->getParentOfType<func::FuncOp>();
  SmallVector<DimAttr> dims;
  if (auto attr = func ? func->getAttrOfType<ArrayAttr>(kDimsAttr) : ArrayAttr())
    llvm::append_range(dims, attr.getAsRange<DimAttr>());
  return dims;
}

DimAttr getDim(Operation *op, StringRef name) {
  for (DimAttr d : getDims(op))
    if (d.getName().getValue() == name)
      return d;
  return {};
}

OperandAttr getArgOperand(func::FuncOp func, unsigned index) {
  return func.getArgAttrOfType<OperandAttr>(index, kOperandAttr);
}

OperandAttr getResultOperand(func::FuncOp func, unsigned index) {
  return dyn_cast_or_null<OperandAttr>(func.getResultAttr(index, kOperandAttr));
}

bool isMixer(func::FuncOp func) { return func->hasAttr(kDimsAttr); }

NdType stepType(Operation *walk, NdType whole) {
  auto scan = dyn_cast<ScanOp>(walk);
  NdType type = whole.dropDim(scan ? scan.getDim() : cast<RecurrenceOp>(walk).getDim());
  RoutesAttr routes = scan ? scan.getRoutesAttr() : RoutesAttr();
  if (!routes || type.hasDim(routes.getDim().getValue()))
    return type;
  SmallVector<StringAttr> dims(type.getDims());
  dims.push_back(routes.getDim());
  return type.withDims(dims);
}

SmallVector<StringAttr> unionDims(ArrayRef<StringAttr> a, ArrayRef<StringAttr> b,
                                  ArrayRef<DimAttr> order) {
  SmallVector<StringAttr> out;
  for (DimAttr d : order)
    if (llvm::is_contained(a, d.getName()) || llvm::is_contained(b, d.getName()))
      out.push_back(d.getName());
  return out;
}

} // namespace mixir::mixer
