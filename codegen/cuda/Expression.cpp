// One table from operation name to its spelling.
#include "codegen/cuda/Expression.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;

namespace mixir::codegen {

namespace {

/// How an operation is spelled: an infix operator, or a function of its operands.
struct Spelling {
  llvm::StringLiteral text;
  Cpp::Binding binding; // Atom: a function call
};

const llvm::StringMap<Spelling> &spellings() {
  static const llvm::StringMap<Spelling> table = {
      {"arith.addf", {"+", Cpp::Sum}},          {"arith.subf", {"-", Cpp::Sum}},
      {"arith.mulf", {"*", Cpp::Product}},      {"arith.divf", {"/", Cpp::Product}},
      {"arith.addi", {"+", Cpp::Sum}},          {"arith.subi", {"-", Cpp::Sum}},
      {"arith.muli", {"*", Cpp::Product}},      {"arith.andi", {"&&", Cpp::Logic}},
      {"arith.divui", {"/", Cpp::Product}},     {"arith.divsi", {"/", Cpp::Product}},
          {"arith.remui", {"%", Cpp::Product}},
      {"arith.remsi", {"%", Cpp::Product}},     {"arith.ori", {"||", Cpp::Logic}},        {"arith.minimumf", {"mixir_min", Cpp::Atom}},
      {"arith.maximumf", {"mixir_max", Cpp::Atom}}, {"arith.minsi", {"min", Cpp::Atom}},
      {"arith.maxsi", {"max", Cpp::Atom}},      {"arith.sitofp", {"float", Cpp::Atom}},
      {"math.exp", {"expf", Cpp::Atom}},        {"math.exp2", {"mixir_exp2", Cpp::Atom}},
      {"math.log", {"logf", Cpp::Atom}},        {"math.log1p", {"log1pf", Cpp::Atom}},
      {"math.sqrt", {"sqrtf", Cpp::Atom}},      {"math.rsqrt", {"rsqrtf", Cpp::Atom}},
      {"math.absf", {"fabsf", Cpp::Atom}},      {"math.absi", {"abs", Cpp::Atom}},
      {"math.sin", {"mixir_sin", Cpp::Atom}},        {"math.cos", {"mixir_cos", Cpp::Atom}},
      {"math.tanh", {"mixir_tanh", Cpp::Atom}},      {"math.floor", {"floorf", Cpp::Atom}},
      {"math.powf", {"mixir_pow", Cpp::Atom}},       {"math.erf", {"mixir_erf", Cpp::Atom}}};
  return table;
}

llvm::StringRef comparison(Operation *op) {
  if (auto f = dyn_cast<arith::CmpFOp>(op)) {
    switch (f.getPredicate()) {
    case arith::CmpFPredicate::OLT: return "<";
    case arith::CmpFPredicate::OLE: return "<=";
    case arith::CmpFPredicate::OGT: return ">";
    case arith::CmpFPredicate::OGE: return ">=";
    case arith::CmpFPredicate::OEQ: return "==";
    default: return "!=";
    }
  }
  switch (cast<arith::CmpIOp>(op).getPredicate()) {
  case arith::CmpIPredicate::slt: return "<";
  case arith::CmpIPredicate::sle: return "<=";
  case arith::CmpIPredicate::sgt: return ">";
  case arith::CmpIPredicate::sge: return ">=";
  case arith::CmpIPredicate::eq: return "==";
  default: return "!=";
  }
}

Cpp constant(arith::ConstantOp op) {
  if (auto f = dyn_cast<FloatAttr>(op.getValue())) {
    auto value = static_cast<float>(f.getValueAsDouble());
    return {floatLiteral(value), std::signbit(value) ? Cpp::Prefix : Cpp::Atom};
  }
  auto i = cast<IntegerAttr>(op.getValue());
  if (i.getType().isInteger(1))
    return {i.getInt() ? "true" : "false"};
  return {std::to_string(i.getInt()), i.getInt() < 0 ? Cpp::Prefix : Cpp::Atom};
}

bool isName(const Cpp &e) {
  return !llvm::isDigit(e.text[0]) && llvm::all_of(e.text, [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

} // namespace

std::string floatLiteral(float value) {
  if (std::isnan(value))
    return "__int_as_float(0x7fc00000)";
  if (std::isinf(value))
    return value > 0 ? "__int_as_float(0x7f800000)" : "-__int_as_float(0x7f800000)";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.9g", static_cast<double>(value));
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return text + "f";
}

std::string ExpressionPrinter::hold(const Cpp &e, Type type) {
  std::string name = "x" + std::to_string(names++);
  const char *kind = type.isInteger(1) ? "bool" : type.isInteger(32) ? "int" : "float";
  statement("const " + std::string(kind) + " " + name + " = " + e.text + ";");
  return name;
}

std::string ExpressionPrinter::named(Value value) {
  Cpp e = print(value);
  return isName(e) ? e.text : hold(e, value.getType());
}

bool isFree(Operation *op) { return isa<arith::ConstantOp, kernel::SizeOp, kernel::IndexOp>(op); }

Cpp ExpressionPrinter::print(Value value) {
  auto known = done.find(value);
  if (known != done.end())
    return known->second;
  Operation *op = value.getDefiningOp();
  Cpp e = compute(op);
  // A state is read before the body sets it, and memory once; what is already a name needs no other.
  bool holds = isa<kernel::StateOp>(op) || (isa<kernel::LoadOp>(op) ? !isName(e) : !isFree(op) && !value.hasOneUse());
  if (holds)
    e = {hold(e, value.getType())};
  return done[value] = e;
}

Cpp ExpressionPrinter::compute(Operation *op) {
  if (auto c = dyn_cast<arith::ConstantOp>(op))
    return constant(c);
  if (auto load = dyn_cast<kernel::LoadOp>(op))
    return storage.load(load, *this);
  if (auto state = dyn_cast<kernel::StateOp>(op))
    return storage.state(state, *this);
  if (auto acc = dyn_cast<kernel::AccOp>(op))
    return storage.acc(acc, *this);
  if (auto index = dyn_cast<kernel::IndexOp>(op))
    return storage.index(index.getDim());
  if (auto size = dyn_cast<kernel::SizeOp>(op))
    return storage.size(size.getDim());
  if (auto log = dyn_cast<math::Log1pOp>(op))
    if (auto exp = log.getOperand().getDefiningOp<math::Exp2Op>()) // log(1 + 2^x) without overflow
      return {"mixir_log1p_exp2(" + print(exp.getOperand()).text + ")"};
  SmallVector<Cpp> operands;
  for (Value v : op->getOperands())
    operands.push_back(print(v));
  if (isa<arith::CmpFOp, arith::CmpIOp>(op))
    return {operands[0].in(Cpp::Sum) + " " + comparison(op).str() + " " + operands[1].in(Cpp::Sum), Cpp::Comparison};
  if (isa<arith::SelectOp>(op))
    return {operands[0].in(Cpp::Logic) + " ? " + operands[1].in(Cpp::Logic) + " : " + operands[2].in(Cpp::Logic), Cpp::Choice};
  if (isa<arith::NegFOp>(op))
    return {"-" + operands[0].in(Cpp::Atom), Cpp::Prefix};
  if (isa<arith::XOrIOp>(op)) // the only use: not
    return {"!" + operands[0].in(Cpp::Atom), Cpp::Prefix};
  if (isa<arith::BitcastOp>(op))
    return {(op->getResult(0).getType().isF32() ? "__int_as_float(" : "__float_as_int(") + operands[0].text + ")"};
  const Spelling &s = spellings().at(op->getName().getStringRef());
  if (s.binding == Cpp::Atom) {
    std::string text = s.text.str() + "(";
    for (auto [i, o] : llvm::enumerate(operands))
      text += (i ? ", " : "") + o.text;
    return {text + ")"};
  }
  // Of equal operators only the left one needs no parentheses.
  auto tighter = static_cast<Cpp::Binding>(s.binding + 1);
  Cpp::Binding left = s.binding == Cpp::Logic ? tighter : s.binding;
  return {operands[0].in(left) + " " + s.text.str() + " " + operands[1].in(tighter), s.binding};
}

} // namespace mixir::codegen
