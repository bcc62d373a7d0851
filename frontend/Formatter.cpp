// Layout of programs. Comments are not in the tree: they are merged in by position. A comment
// behind a statement stays behind it, one on its own line stays above what follows, one inside an
// expression moves above the statement.
#include "frontend/Formatter.h"
#include "frontend/Frontend.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mixir::frontend;
using namespace mixir::frontend::ast;

static constexpr size_t maxColumns = 100;

static std::string joinNames(const std::vector<Name> &names, const char *separator = ", ") {
  return llvm::join(llvm::map_range(names, [](const Name &name) { return name.text; }), separator);
}

static std::string digitText(const RouteDigit &digit) {
  std::string text = digit.isReversed ? "~" : "";
  if (digit.skew.text.empty())
    text += digit.axis.text;
  else
    text += "skew(" + digit.axis.text + ", " + (digit.isSkewBack ? "~" : "") + digit.skew.text + ")";
  if (digit.divisor)
    text += " / " + formatExpr(*digit.divisor);
  if (digit.modulus)
    text += " % " + formatExpr(*digit.modulus);
  if (digit.at)
    text += " = " + formatExpr(*digit.at);
  return text + (digit.isSnake ? "^" : "");
}

static std::string legText(const RouteLeg &leg) {
  std::vector<std::string> digits;
  for (const RouteDigit &digit : leg.digits)
    digits.push_back(digitText(digit));
  std::string text = llvm::join(digits, " > ");
  return leg.isReversed ? "~(" + text + ")" : text;
}

static std::string routeText(const Route &route) {
  if (route.layer) {
    std::string text = "schedule(" + formatExpr(*route.layer);
    for (const Route &choice : route.choices)
      text += ", " + routeText(choice);
    return text + ")";
  }
  std::vector<std::string> legs;
  for (const RouteLeg &leg : route.legs)
    legs.push_back(legText(leg));
  if (route.table)
    return "table(" + formatExpr(*route.table) + ", " + legs[0] + ")";
  const char *how = route.restarts ? "restart(" : "concat(";
  return legs.size() == 1 ? legs[0] : how + llvm::join(legs, ", ") + ")";
}

/// The arguments of a call in the order in which they are written.
static std::vector<std::string> argumentTexts(const Expr &call) {
  std::vector<std::string> texts;
  for (const ExprPtr &arg : call.args)
    texts.push_back(formatExpr(*arg));
  for (const Route &route : call.route)
    texts.push_back(routeText(route));
  for (const KeywordArg &arg : call.keywords)
    texts.push_back(arg.key.text + " = " + formatExpr(*arg.value));
  return texts;
}

static std::string callText(const Expr &call) {
  std::vector<std::string> parts = argumentTexts(call);
  std::string text = call.name.text + "(" + llvm::join(parts, ", ");
  if (call.hasBar)
    text += (parts.empty() ? "| " : " | ") + joinNames(call.dims);
  return text + ")";
}

std::string mixir::frontend::formatExpr(const Expr &expr) {
  switch (expr.kind) {
  case ExprKind::Number:
  case ExprKind::Name:
    return expr.name.text;
  case ExprKind::Paren:
    return "(" + formatExpr(*expr.args[0]) + ")";
  case ExprKind::Unary:
    return opInfo(expr.op).spelling + formatExpr(*expr.args[0]);
  case ExprKind::Binary:
    return formatExpr(*expr.args[0]) + " " + opInfo(expr.op).spelling + " " +
           formatExpr(*expr.args[1]);
  case ExprKind::Reduce:
    return expr.name.text + "[" + joinNames(expr.dims) + "](" + formatExpr(*expr.args[0]) + ")";
  case ExprKind::Rename:
    return formatExpr(*expr.args[0]) + "@" + expr.dims[0].text;
  case ExprKind::Call:
    return callText(expr);
  }
  return "";
}

namespace {

std::string typeText(const TypeExpr &type) {
  std::vector<std::string> axes;
  for (const Axis &axis : type.axes)
    axes.push_back(axis.dims.size() == 1 ? axis.dims[0].text
                                         : "(" + joinNames(axis.dims, " ") + ")");
  return (type.dtype ? type.dtype->text : "") + "[" + llvm::join(axes, ", ") + "]";
}

class Formatter {
public:
  Formatter(const SourceManager &sources, const File &file)
      : file(file), source(sources.text(file.id)) {}

  std::string run() {
    const Item *previous = nullptr;
    for (const Item &item : file.items) {
      bool isShort = isOneLine(item);
      bool isLoose = previous && isShort && isOneLine(*previous) && previous->kind == item.kind;
      emitItem(item, /*force=*/previous && !isLoose);
      previous = &item;
    }
    emitComments(static_cast<uint32_t>(source.size()), 0, false);
    return std::move(out);
  }

private:
  bool isOneLine(const Item &item) const {
    return item.kind == Item::Import || (item.kind == Item::Fn && !file.fns[item.index].isBlock);
  }

  void emitItem(const Item &item, bool force) {
    if (item.kind == Item::Import) {
      const Import &import = file.imports[item.index];
      emit(import.range, 0, "import \"" + import.path.text + "\"", force);
    } else if (item.kind == Item::Fn) {
      emitFn(file.fns[item.index], force);
    } else {
      emitMixer(file.mixers[item.index], force);
    }
  }

  void emitFn(const Fn &fn, bool force) {
    std::string head = "fn " + fn.name.text + "(" + joinNames(fn.params);
    if (!fn.dims.empty())
      head += (fn.params.empty() ? "| " : " | ") + joinNames(fn.dims);
    head += ")";
    if (!fn.isBlock)
      return emit(fn.range, 0, wrap(head + " = ", *fn.result, 0), force);
    emit(head_(fn.range, fn.open), 0, head + " {", force);
    isBlockStart = true;
    emitBody(fn.body, 2);
    emit(Range::join(fn.returnKeyword, fn.result->range), 2, wrap("return ", *fn.result, 2));
    emitClose(fn.close, 0);
  }

  void emitMixer(const Mixer &mixer, bool force) {
    std::vector<std::string> dims;
    for (const DimDecl &dim : mixer.dims)
      dims.push_back(dim.name.text + (dim.value ? " = " + formatExpr(*dim.value) : ""));
    const DimDecl &last = mixer.dims.back();
    emit(Range::join(mixer.range, last.value ? last.value->range : last.name.range), 0,
         "mixer " + mixer.name.text + "(" + llvm::join(dims, ", ") + ")", force);
    size_t width = 0;
    bool hasParam = false;
    for (const OperandDecl &decl : mixer.operands) {
      hasParam |= decl.role == Role::Param;
      if (joinNames(decl.names).size() <= 48)
        width = std::max(width, joinNames(decl.names).size());
    }
    isBlockStart = true;
    auto nextRoutes = mixer.routes.begin();
    for (size_t i = 0; i <= mixer.operands.size(); ++i) {
      for (; nextRoutes != mixer.routes.end() && nextRoutes->numOperandsBefore == i; ++nextRoutes)
        emitRoutes(*nextRoutes);
      if (i < mixer.operands.size())
        emitOperand(mixer.operands[i], width, hasParam ? "in    " : "in ");
    }
    isBlockStart = true;
    emit(mixer.open, 0, "{");
    isBlockStart = true;
    emitBody(mixer.body, 2);
    emitResults(mixer);
    emitClose(mixer.close, 0);
  }

  static std::string structureText(const Stmt &stmt) {
    if (stmt.structure == Structure::Path)
      return routeText(stmt.route);
    if (stmt.structure == Structure::Tree)
      return "tree(" + formatExpr(*stmt.parent) + ", " + routeText(stmt.route) + ")";
    std::vector<std::string> axes;
    for (const RouteDigit &digit : stmt.route.legs[0].digits)
      axes.push_back(digitText(digit));
    return "grid(" + llvm::join(axes, ", ") + ")";
  }

  static std::string alongText(const Name &along) { return along.text.empty() ? "" : " along " + along.text; }

  void emitRoutes(const RoutesDecl &decl) {
    std::string text;
    for (const Route &route : decl.routes)
      text += (text.empty() ? "" : ", ") + routeText(route);
    emit(decl.range, 2, "routes " + decl.name.text + " = { " + text + " }" + alongText(decl.along));
  }

  void emitOperand(const OperandDecl &decl, size_t width, const char *in) {
    std::string names = joinNames(decl.names);
    names.resize(std::max(width, names.size()), ' ');
    std::string text =
        (decl.role == Role::In ? in : "param ") + names + " : " + typeText(decl.type);
    if (decl.defaultKind == DefaultKind::None)
      text += " = none";
    else if (decl.defaultValue)
      text += " = " + formatExpr(*decl.defaultValue);
    emit(decl.range, 2, text);
  }

  /// Definitions and updates that stand together have their '=' in one column.
  void emitBody(const std::vector<Stmt> &body, unsigned indent) {
    auto lhsWidth = [](const Stmt &stmt) {
      return stmt.name.text.size() + (stmt.kind == StmtKind::Update ? 1 : 0);
    };
    auto isEquation = [](const Stmt &stmt) {
      return stmt.kind == StmtKind::Define || stmt.kind == StmtKind::Update;
    };
    for (size_t i = 0; i < body.size();) {
      size_t end = i, width = 0;
      while (end < body.size() && isEquation(body[end]) &&
             (end == i || !isApart(body[end - 1].range, body[end].range)))
        width = std::max(width, lhsWidth(body[end++]));
      for (; i < end; ++i)
        emitEquation(body[i], width, indent);
      if (i < body.size() && !isEquation(body[i]))
        emitStmt(body[i++], indent);
    }
  }

  /// Whether an empty line stands between two constructs.
  bool isApart(Range first, Range second) const {
    llvm::StringRef between = source.slice(first.end, second.begin);
    for (llvm::StringRef rest = between; !rest.empty();) {
      auto [line, next] = rest.split('\n');
      if (next.ltrim(" \t\r").starts_with("\n"))
        return true;
      rest = next;
    }
    return false;
  }

  void emitEquation(const Stmt &stmt, size_t width, unsigned indent) {
    bool isUpdate = stmt.kind == StmtKind::Update;
    std::string padding(width - stmt.name.text.size() - isUpdate, ' ');
    std::string head = stmt.name.text + padding + (isUpdate ? " := " : " = ");
    emit(stmt.range, indent, wrap(head, *stmt.expr, indent));
  }

  void emitStmt(const Stmt &stmt, unsigned indent) {
    switch (stmt.kind) {
    case StmtKind::Define:
    case StmtKind::Update:
      return;
    case StmtKind::State: {
      std::string head = "state " + stmt.name.text + " : " + typeText(stmt.type);
      return emit(stmt.range, indent,
                  stmt.expr ? wrap(head + " init ", *stmt.expr, indent) : head);
    }
    case StmtKind::Scan:
      break;
    }
    emit(Range::join(stmt.range, stmt.along.text.empty() ? stmt.route.range : stmt.along.range), indent,
         "scan " + structureText(stmt) + alongText(stmt.along) + " {");
    isBlockStart = true;
    emitBody(stmt.body, indent + 2);
    emitClose(stmt.close, indent);
  }

  /// Several results go on one line if they fit and have no types.
  void emitResults(const Mixer &mixer) {
    std::string text = "return ";
    size_t width = 0;
    bool isBroken = false;
    for (const Result &result : mixer.results) {
      text += (text.size() > 7 ? ", " : "") + resultText(result, 0, 2);
      width = std::max(width, result.name.text.size());
      isBroken |= result.type.has_value();
    }
    isBroken |= text.size() + 2 > maxColumns || text.find('\n') != std::string::npos;
    if (isBroken) {
      if (mixer.results.size() == 1)
        width = 0;
      std::vector<std::string> parts;
      for (const Result &result : mixer.results)
        parts.push_back(resultText(result, width, 9));
      text = "return " + llvm::join(parts, ",\n         ");
    }
    emit(Range::join(mixer.returnKeyword, mixer.results.back().range), 2, text);
  }

  std::string resultText(const Result &result, size_t width, unsigned indent) {
    std::string head = result.name.text;
    head.resize(std::max(width, head.size()), ' ');
    if (result.type)
      head += " : " + typeText(*result.type);
    return wrap(result.name.text.empty() ? "" : head + " = ", *result.expr, indent);
  }

  void emitClose(Range close, unsigned indent) {
    emitComments(close.begin, indent + 2, false);
    isBlockStart = true; // no blank line above a closing brace
    emit(close, indent, "}");
  }

  static Range head_(Range all, Range open) { return {all.file, all.begin, open.end}; }

  /// Breaks a long call behind commas, a long chain of one operator level before the operators.
  static std::string wrap(const std::string &head, const Expr &expr, unsigned indent) {
    std::string flat = head + formatExpr(expr);
    if (indent + flat.size() <= maxColumns)
      return flat;
    if (expr.kind == ExprKind::Call && !expr.hasBar)
      return wrapCall(head, expr, indent);
    if (expr.kind != ExprKind::Binary || expr.op == Op::Pow || isComparison(expr.op))
      return flat;
    std::vector<std::string> pieces;
    const Expr *left = &expr;
    unsigned level = opInfo(expr.op).precedence;
    while (left->kind == ExprKind::Binary && opInfo(left->op).precedence == level) {
      pieces.push_back(std::string(opInfo(left->op).spelling) + " " + formatExpr(*left->args[1]));
      left = left->args[0].get();
    }
    std::string text = head + formatExpr(*left);
    size_t column = indent + text.size();
    for (const std::string &piece : llvm::reverse(pieces)) {
      bool breaks = column + 1 + piece.size() > maxColumns;
      text += breaks ? "\n" + std::string(indent + 4, ' ') : " ";
      column = breaks ? indent + 4 : column + 1;
      text += piece;
      column += piece.size();
    }
    return text;
  }

  static std::string wrapCall(const std::string &head, const Expr &call, unsigned indent) {
    std::vector<std::string> pieces = argumentTexts(call);
    std::string text = head + call.name.text + "(";
    size_t start = indent + text.size(), column = start;
    for (auto [index, piece] : llvm::enumerate(pieces)) {
      bool breaks = index != 0 && column + 2 + piece.size() > maxColumns;
      if (index != 0)
        text += breaks ? "\n" + std::string(start, ' ') : " ";
      column = (breaks ? start : column + (index != 0)) + piece.size() + 1;
      text += piece + (index + 1 < pieces.size() ? "," : ")");
    }
    return text;
  }

  /// Writes one construct: comments before and inside it, its text, a comment behind it.
  void emit(Range range, unsigned indent, const std::string &text, bool force = false) {
    force &= !emitComments(range.end, indent, force);
    startPiece(range.begin, force);
    out += std::string(indent, ' ') + text;
    lastEnd = std::max(lastEnd, range.end);
    if (nextComment < file.comments.size()) {
      const Comment &comment = file.comments[nextComment];
      llvm::StringRef between = source.slice(range.end, comment.range.begin);
      if (!comment.ownLine && comment.range.begin >= range.end &&
          between.find_first_not_of(" \t\r,(){") == llvm::StringRef::npos) {
        out += "  " + source.slice(comment.range.begin, comment.range.end).str();
        lastEnd = comment.range.end;
        ++nextComment;
      }
    }
    out += "\n";
  }

  /// Writes the comments that begin before `offset`; true if there was one.
  bool emitComments(uint32_t offset, unsigned indent, bool force) {
    bool any = false;
    for (; nextComment < file.comments.size(); ++nextComment) {
      const Comment &comment = file.comments[nextComment];
      if (comment.range.begin >= offset)
        break;
      startPiece(comment.range.begin, force && !any);
      out += std::string(indent, ' ') +
             source.slice(comment.range.begin, comment.range.end).str() + "\n";
      lastEnd = std::max(lastEnd, comment.range.end);
      any = true;
    }
    return any;
  }

  /// One empty line where the source had some, or where the layout wants one.
  void startPiece(uint32_t begin, bool force) {
    bool hadBlank = begin > lastEnd && source.slice(lastEnd, begin).count('\n') > 1;
    if (!out.empty() && (force || (hadBlank && !isBlockStart)))
      out += "\n";
    isBlockStart = false;
  }

  const File &file;
  llvm::StringRef source;
  std::string out;
  size_t nextComment = 0;
  uint32_t lastEnd = 0;
  bool isBlockStart = true;
};

} // namespace

std::string mixir::frontend::formatFile(const SourceManager &sources, const File &file) {
  return Formatter(sources, file).run();
}
