#include "frontend/Routes.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mixir::frontend;
namespace mixer = mixir::mixer;

static std::string digitText(const Signature &signature, const DigitInfo &digit) {
  std::string text = digit.isReversed ? "~" : "", name = signature.dims[digit.axis].name;
  text += digit.skew ? "skew(" + name + (digit.isSkewBack ? ", ~" : ", ") + signature.dims[*digit.skew].name + ")" : name;
  if (digit.div > 1)
    text += " / " + std::to_string(digit.div);
  if (digit.mod)
    text += " % " + std::to_string(digit.mod);
  if (digit.at >= 0)
    text += " = " + std::to_string(digit.at);
  return text + (digit.isSnake ? "^" : "");
}

std::string mixir::frontend::routeText(const Signature &signature, const RouteInfo &route) {
  std::string text;
  for (const LegInfo &leg : route.legs) {
    std::string digits;
    for (const DigitInfo &digit : leg.digits)
      digits += (digits.empty() ? "" : " > ") + digitText(signature, digit);
    text += (text.empty() ? "" : ", ") + (leg.isReversed ? "~(" + digits + ")" : digits);
  }
  if (route.isTable)
    return "table over " + text;
  return route.legs.size() == 1 ? text : (route.restarts ? "restart(" : "concat(") + text + ")";
}

mixer::RouteAttr mixir::frontend::routeAttr(const Signature &signature, const RouteInfo &route, mlir::MLIRContext *context) {
  mlir::Builder builder(context);
  auto nameOf = [&](unsigned dim) { return builder.getStringAttr(signature.dims[dim].name); };
  llvm::SmallVector<mlir::Attribute> axes;
  for (const DigitInfo &digit : route.legs[0].digits)
    if (!llvm::is_contained(axes, nameOf(digit.axis)))
      axes.push_back(nameOf(digit.axis));
  llvm::SmallVector<mixer::LegAttr> legs;
  if (!route.isTable)
    for (const LegInfo &leg : route.legs) {
      llvm::SmallVector<mixer::DigitAttr> digits;
      for (const DigitInfo &digit : leg.digits)
        digits.push_back(mixer::DigitAttr::get(context, nameOf(digit.axis), digit.div, digit.mod, digit.at,
                                               digit.isReversed, digit.isSnake,
                                               digit.skew ? nameOf(*digit.skew) : mlir::StringAttr(), digit.isSkewBack));
      legs.push_back(mixer::LegAttr::get(context, digits, leg.isReversed));
    }
  return mixer::RouteAttr::get(context, builder.getArrayAttr(axes), legs);
}
