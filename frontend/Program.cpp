// Spellings of types, and the readable dump of a checked program.
#include "frontend/Program.h"

#include "frontend/Routes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mixir::frontend;
using namespace mixir::frontend::typed;

static const llvm::StringRef elementSpellings[] = {"f32", "c64", "i32", "bool"};

static const struct {
  llvm::StringRef text;
  Element element;
} storedTypes[] = {{"f32", Element::F32},
                   {"f16", Element::F32},
                   {"bf16", Element::F32},
                   {"c64", Element::C64},
                   {"i32", Element::I32}};

llvm::StringRef mixir::frontend::spelling(Element element) {
  return elementSpellings[static_cast<unsigned>(element)];
}

llvm::StringRef mixir::frontend::spelling(StoredType type) {
  return storedTypes[static_cast<unsigned>(type)].text;
}

std::optional<StoredType> mixir::frontend::parseStoredType(llvm::StringRef text) {
  for (unsigned i = 0; i < std::size(storedTypes); ++i)
    if (storedTypes[i].text == text)
      return static_cast<StoredType>(i);
  return std::nullopt;
}

Element mixir::frontend::elementOf(StoredType type) {
  return storedTypes[static_cast<unsigned>(type)].element;
}

DimSet RouteInfo::axes() const {
  DimSet all;
  for (const LegInfo &leg : legs)
    for (const DigitInfo &digit : leg.digits)
      all |= DimSet::of(digit.axis);
  return all;
}

bool RouteInfo::isPlain() const {
  if (isTable || legs.size() != 1 || legs[0].digits.size() != 1 || legs[0].isReversed)
    return false;
  const DigitInfo &digit = legs[0].digits[0];
  return digit.div == 1 && digit.mod == 0 && digit.at < 0 && !digit.isSnake;
}

bool RouteInfo::mayHaveGhosts() const {
  auto isWhole = [](const DigitInfo &digit) { return digit.div == 1 && digit.mod == 0 && digit.at < 0; };
  return isTable || !llvm::all_of(legs, [&](const LegInfo &leg) { return llvm::all_of(leg.digits, isWhole); });
}

void RouteInfo::reverse() {
  if (isPlain()) {
    legs[0].digits[0].isReversed = !legs[0].digits[0].isReversed;
    return;
  }
  std::reverse(legs.begin(), legs.end());
  for (LegInfo &leg : legs)
    leg.isReversed = !leg.isReversed;
}

DimSet OperandInfo::dimSet() const {
  DimSet set;
  for (const std::vector<unsigned> &axis : axes)
    for (unsigned dim : axis)
      set |= DimSet::of(dim);
  return set;
}

std::string mixir::frontend::dimsText(const Signature &signature, DimSet dims) {
  std::string text = "[";
  for (unsigned dim : dims.members())
    text += (text.size() > 1 ? ", " : "") + signature.dims[dim].name;
  return text + "]";
}

std::string mixir::frontend::typeText(const Signature &signature, ValueType type) {
  return spelling(type.element).str() + dimsText(signature, type.dims);
}

namespace {

const std::pair<llvm::StringRef, llvm::StringRef> infixSpellings[] = {
    {"add", "+"}, {"sub", "-"}, {"mul", "*"}, {"div", "/"},  {"pow", "**"}, {"and", "and"},
    {"or", "or"}, {"lt", "<"},  {"le", "<="}, {"gt", ">"},   {"ge", ">="},  {"eq", "=="},
    {"ne", "!="}};

/// Writes a program, one statement a line.
class Printer {
public:
  Printer(llvm::raw_ostream &os, const Program &program)
      : os(os), program(program), signature(program.signature) {}

  void run() {
    os << "mixer " << signature.name << "\n";
    for (const DimInfo &dim : signature.dims)
      printDim(dim);
    for (const OperandInfo &operand : signature.operands)
      printOperand(operand);
    for (const Function *function : program.calledFunctions)
      printFunction(*function);
    for (const Stmt &stmt : program.body)
      printStmt(stmt, 2);
    for (auto [result, expr] : llvm::zip(signature.results, program.results)) {
      printOperand(result, /*newLine=*/false);
      os << " = " << text(expr) << "\n";
    }
  }

private:
  void printDim(const DimInfo &dim) {
    os << "  dim " << dim.name;
    if (dim.extent)
      os << " = " << *dim.extent;
    else if (!dim.expr.empty())
      os << " = " << dim.expr;
    os << (dim.isUsed ? "" : " unused") << "\n";
  }

  void printOperand(const OperandInfo &operand, bool newLine = true) {
    static const char *const roles[] = {"in", "param", "out"};
    os << "  " << roles[static_cast<unsigned>(operand.role)] << " " << operand.name << " : "
       << spelling(operand.dtype) << "[";
    llvm::interleaveComma(operand.axes, os, [&](const std::vector<unsigned> &axis) {
      os << (axis.size() > 1 ? "(" : "");
      llvm::interleave(axis, os, [&](unsigned dim) { os << signature.dims[dim].name; }, " ");
      os << (axis.size() > 1 ? ")" : "");
    });
    os << "]";
    if (operand.optionality == Optionality::MayBeMissing)
      os << " = none";
    else if (operand.optionality == Optionality::HasDefault)
      os << " = " << number(operand.defaultValue);
    os << (operand.isOmitted ? " omitted" : "") << (newLine ? "\n" : "");
  }

  void printFunction(const Function &function) {
    os << "  fn " << function.uniqueName << "(";
    llvm::interleaveComma(function.params, os, [&](const auto &param) {
      os << param.first << " : " << typeText(signature, param.second);
    });
    os << ") : " << typeText(signature, function.result->type) << "\n";
    for (const Value *value : function.values)
      printDefinition(*value, 4);
    os << "    return " << text(function.result) << "\n";
  }

  void printDefinition(const Value &value, unsigned indent) {
    os.indent(indent) << value.name << " : " << typeText(signature, value.type) << " = "
                      << text(value.expr) << "\n";
  }

  void printStmt(const Stmt &stmt, unsigned indent) {
    if (stmt.kind == StmtKind::Define)
      return printDefinition(*stmt.value, indent);
    if (stmt.kind == StmtKind::Update) {
      os.indent(indent) << stmt.state->name << " := " << text(stmt.expr) << "\n";
      return;
    }
    const Scan &scan = *stmt.scan;
    std::string route = routesText(scan);
    if (scan.structure == Scan::Grid)
      route = "grid(" + route + ")";
    if (scan.structure == Scan::Tree)
      route = "tree(" + text(scan.parent) + ", " + route + ")";
    os.indent(indent) << "scan " << route << "\n";
    for (const State *state : scan.states) {
      os.indent(indent + 2) << "state " << state->name << " : " << typeText(signature, state->type);
      if (state->init)
        os << " init " << text(state->init);
      os << "\n";
    }
    for (const Stmt &inner : scan.body)
      printStmt(inner, indent + 2);
  }

  std::string routesText(const Scan &scan) const {
    return scan.routes ? dimName(*scan.routes) : routeText(signature, scan.walks.front());
  }

  static std::string number(double value) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%.9g", value);
    return text;
  }

  std::string dimName(unsigned dim) const { return signature.dims[dim].name; }

  std::string list(const Expr *expr) const {
    std::string texts; // no llvm::join: it would compute each text twice
    for (const Expr *arg : expr->args)
      texts += (texts.empty() ? "" : ", ") + text(arg);
    return texts;
  }

  std::string infix(const Expr *expr) const {
    for (auto [op, spelling] : infixSpellings)
      if (op == expr->op)
        return "(" + text(expr->args[0]) + " " + spelling.str() + " " + text(expr->args[1]) + ")";
    return expr->op.str() + "(" + list(expr) + ")";
  }

  std::string text(const Expr *expr) const {
    switch (expr->kind) {
    case ExprKind::Constant:
      return expr->type.element == Element::Bool ? (expr->number != 0 ? "true" : "false")
                                                 : number(expr->number);
    case ExprKind::DimSize:
      return dimName(expr->dim);
    case ExprKind::Index:
      return (expr->isStep ? "step(" : "index(") + dimName(expr->dim) + ")";
    case ExprKind::Operand:
      return signature.operands[expr->index].name;
    case ExprKind::Value:
      return expr->value->name;
    case ExprKind::State:
      return expr->state->name;
    case ExprKind::Param:
      return "$" + std::to_string(expr->index);
    case ExprKind::Binary:
    case ExprKind::Compare:
      return infix(expr);
    case ExprKind::Cast:
      return spelling(expr->type.element).str() + "(" + list(expr) + ")";
    case ExprKind::Select:
      return "select(" + list(expr) + ")";
    case ExprKind::Complex:
      return "cplx(" + list(expr) + ")";
    case ExprKind::Reduce:
      return expr->op.str() + dimsText(signature, expr->dims) + "(" + list(expr) + ")";
    case ExprKind::Conv:
      return "conv(" + list(expr) + ", along = " + dimName(expr->dim) +
             ", taps = " + dimName(expr->dim2) +
             (expr->args.size() > 2 ? ", history = " + dimName(expr->dim3) : "") +
             ", pad = " + expr->op.str() + ")";
    case ExprKind::Tail:
      return "tail(" + list(expr) + ", along = " + dimName(expr->dim) +
             ", into = " + dimName(expr->dim2) + ")";
    case ExprKind::Rename:
      return text(expr->args[0]) + "@" + dimName(expr->dim2);
    case ExprKind::Shift:
      return "shift(" + list(expr) + ", " + std::to_string(expr->steps) +
             ", along = " + dimName(expr->dim) + ")";
    case ExprKind::Gather:
      return "gather(" + list(expr) + ", along = " + dimName(expr->dim) + ")";
    case ExprKind::Visit:
    case ExprKind::Place:
      return (expr->kind == ExprKind::Visit ? "visit(" : "place(") + list(expr) + ", " + routesText(*expr->scan) +
             ", along = " + dimName(*expr->scan->along) + ")";
    case ExprKind::Ghost:
      return "ghost()";
    case ExprKind::Prev:
      return "prev(" + list(expr) + ", " + std::to_string(expr->index) + ")";
    case ExprKind::Recall:
      return expr->op.str() + "(" + expr->state->name + (expr->args.empty() ? "" : ", ") + list(expr) + ")";
    case ExprKind::Final:
      return "final(" + expr->state->name + ")";
    case ExprKind::Call:
      return expr->function->uniqueName + "(" + list(expr) + ")";
    case ExprKind::Unary:
      break;
    }
    return expr->op.str() + "(" + list(expr) + ")";
  }

  llvm::raw_ostream &os;
  const Program &program;
  const Signature &signature;
};

} // namespace

void mixir::frontend::print(llvm::raw_ostream &os, const Program &program) {
  Printer(os, program).run();
}
