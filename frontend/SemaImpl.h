// The checker's state, shared by its files: header and results (Sema.cpp), statements and scans
// (SemaStmts.cpp), names and operators (SemaExpr.cpp), built-in functions (SemaCalls.cpp), the
// language's own functions (SemaFns.cpp).
#ifndef MIXIR_FRONTEND_SEMAIMPL_H
#define MIXIR_FRONTEND_SEMAIMPL_H

#include "frontend/Frontend.h"
#include "frontend/Imports.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

namespace mixir::frontend {

/// What a visible name stands for.
struct Symbol {
  enum Kind : uint8_t { Dim, Operand, Value, State, Param, Broken } kind = Broken;
  Range range;
  unsigned index = 0; ///< of a dimension, operand or parameter
  const typed::Value *value = nullptr;
  const typed::State *state = nullptr;
};

/// A name that some statement of the body defines, known before the statement is reached.
struct Definition {
  Range range;
  const ast::Expr *expr = nullptr;
  bool isState = false;
};

/// What names mean in one body: a mixer's or a function's.
struct Scope {
  llvm::StringMap<Symbol> symbols;
  llvm::StringMap<Definition> definitions;
  llvm::StringRef defining;          ///< name whose definition is being checked
  typed::Scan *scan = nullptr;       ///< scan around the statement
  typed::Scan *startOf = nullptr;    ///< scan of which a start value is being checked
  typed::Function *function = nullptr;
  std::vector<unsigned> given;       ///< operands known to be supplied here
};

/// Largest extent of a dimension.
constexpr int64_t maxExtent = 2147483647;

class Sema;

/// A function of the language that is not written in it.
struct Builtin {
  llvm::StringRef name;
  unsigned minArgs, maxArgs;
  const typed::Expr *(Sema::*check)(const ast::Expr &call, const Builtin &builtin);
  bool takesComplex;
  bool isMixerOnly; ///< not in a function
  bool hasKeywords;
  llvm::StringRef usage;
};

/// Checks one mixer. Functions return null after a reported error; a null operand is passed on
/// silently.
class Sema {
public:
  Sema(const SourceManager &sources, const Options &options, Diagnostics &diags, FnTable &table)
      : sources(sources), options(options), diags(diags), table(table) {}

  std::unique_ptr<Program> run(const ast::Mixer &mixer);

  /// Names, recursion and forbidden calls of all functions, called or not.
  static void checkFns(FnTable &table, Diagnostics &diags);
  /// All built-in functions, by name.
  static llvm::ArrayRef<Builtin> builtins();
  /// Built-in of a name, or null.
  static const Builtin *findBuiltin(llvm::StringRef name);
  /// Names of all built-in functions.
  static std::vector<llvm::StringRef> builtinNames();

private:
  using Expr = const typed::Expr;

  // Sema.cpp: header, operands, results.
  void checkHeader(const ast::Mixer &mixer);
  void checkDim(const ast::DimDecl &decl);

  // Routes (SemaRoutes.cpp).
  void checkRoutes(const ast::RoutesDecl &decl);
  std::optional<RouteInfo> checkRoute(const ast::Route &route);
  std::optional<RouteInfo> checkSchedule(const ast::Route &route);
  const ast::Route &chosen(const ast::Route &route);
  std::optional<DigitInfo> checkDigit(const ast::RouteDigit &digit);
  std::optional<int64_t> digitNumber(const ast::Expr *expr, int64_t least, int64_t absent);
  bool checkLeg(const LegInfo &leg, const ast::RouteLeg &written, DimSet axes);
  bool checkTable(const ast::Route &written, typed::Scan &scan);
  bool checkWalk(const ast::Route &route, const ast::Name &along, typed::Scan &scan);
  bool checkStructure(const ast::Stmt &stmt, typed::Scan &scan);
  bool checkParent(const ast::Stmt &stmt, typed::Scan &scan);
  std::string stepsText(const RouteInfo &route) const;
  std::optional<int64_t> evalDim(const ast::Expr &expr, bool &isDerived, bool &ok);
  void checkSettings(const ast::Mixer &mixer);
  void checkOperands(const ast::Mixer &mixer);
  void checkOperand(const ast::OperandDecl &decl, const ast::Name &name);
  bool checkStoredType(const ast::TypeExpr &type, OperandInfo &out);
  bool checkDefault(const ast::OperandDecl &decl, OperandInfo &out);
  void checkResults(const ast::Mixer &mixer);
  void checkResult(const ast::Result &result);
  bool checkResultAxes(const ast::Result &result, Expr &value, OperandInfo &out);
  Expr *toStored(Expr *value, StoredType type, Range range);
  void checkExtents(const ast::Mixer &mixer);
  DimSet knownDims(bool suppliedOnly) const;

  // SemaStmts.cpp.
  void collectDefinitions(const std::vector<ast::Stmt> &body);
  void checkBody(const std::vector<ast::Stmt> &body, std::vector<typed::Stmt> &out);
  void checkDefine(const ast::Stmt &stmt, std::vector<typed::Stmt> &out);
  void checkUpdate(const ast::Stmt &stmt, std::vector<typed::Stmt> &out);
  void checkState(const ast::Stmt &stmt);
  Expr *checkStart(const ast::Stmt &stmt, typed::State &state);
  void checkScan(const ast::Stmt &stmt, std::vector<typed::Stmt> &out);
  void checkScanBody(const ast::Stmt &stmt, typed::Scan &scan);
  void nameStates(typed::Scan &scan);
  void checkUpdates(const ast::Stmt &stmt);
  bool declare(const ast::Name &name, Symbol symbol);

  // SemaExpr.cpp.
  Expr *check(const ast::Expr &expr);
  Expr *checkName(const ast::Name &name);
  Expr *reportUnknown(const ast::Name &name);
  bool dependsOn(llvm::StringRef from, llvm::StringRef target) const;
  Expr *checkOperandUse(unsigned index, Range range);
  Expr *checkValueUse(const typed::Value *value, Range range);
  Expr *checkStateUse(const typed::State *state, Range range);
  Expr *checkUnary(const ast::Expr &expr);
  Expr *checkBinary(const ast::Expr &expr);
  Expr *checkLogical(const ast::Expr &expr);
  Expr *checkComparison(const ast::Expr &expr, Expr *left, Expr *right);
  Expr *checkPower(Expr *base, Expr *exponent, Range range);
  Expr *checkReduce(const ast::Expr &expr);
  Expr *checkRename(const ast::Expr &expr);
  std::optional<unsigned> dimension(const ast::Name &name);
  std::vector<unsigned> givenIf(const ast::Expr &condition, bool isTrue) const;
  template <typename Fn> auto withGiven(std::vector<unsigned> facts, Fn body) {
    size_t before = scope->given.size();
    scope->given.insert(scope->given.end(), facts.begin(), facts.end());
    auto result = body();
    scope->given.resize(before);
    return result;
  }

  // SemaCalls.cpp: one function per group of built-ins.
  Expr *checkCall(const ast::Expr &call);
  bool checkArguments(const ast::Expr &call, const Builtin &builtin);
  Expr *checkPointwise(const ast::Expr &call, const Builtin &builtin);
  Expr *checkPart(const ast::Expr &call, const Builtin &builtin);
  Expr *checkMinMax(const ast::Expr &call, const Builtin &builtin);
  Expr *checkClamp(const ast::Expr &call, const Builtin &builtin);
  Expr *checkSelect(const ast::Expr &call, const Builtin &builtin);
  template <typename Fn> Element elementWith(Expr *taken, Fn checkOther);
  Expr *checkComplex(const ast::Expr &call, const Builtin &builtin);
  Expr *checkIndex(const ast::Expr &call, const Builtin &builtin);
  Expr *checkGiven(const ast::Expr &call, const Builtin &builtin);
  Expr *checkPrev(const ast::Expr &call, const Builtin &builtin);
  Expr *checkGhost(const ast::Expr &call, const Builtin &builtin);
  Expr *checkRecall(const ast::Expr &call, const Builtin &builtin);
  Expr *checkNeighbour(const ast::Expr &call, const Builtin &builtin);
  const typed::State *scannedState(const ast::Expr &call, const Builtin &builtin);
  Expr *checkFinal(const ast::Expr &call, const Builtin &builtin);
  Expr *checkConv(const ast::Expr &call, const Builtin &builtin);
  bool checkConvInit(const ast::Expr &init, typed::Expr &conv);
  Expr *checkTail(const ast::Expr &call, const Builtin &builtin);
  Expr *checkShift(const ast::Expr &call, const Builtin &builtin);
  Expr *checkGather(const ast::Expr &call, const Builtin &builtin);
  Expr *checkMod(const ast::Expr &call, const Builtin &builtin);
  Expr *checkVisit(const ast::Expr &call, const Builtin &builtin);
  const ast::Expr *keyword(const ast::Expr &call, llvm::StringRef key) const;
  std::optional<unsigned> dimensionArg(const ast::Expr &arg);
  std::optional<unsigned> alongArg(const ast::Expr &call, const Builtin &builtin, Expr &input);
  bool isOmittedZero(const ast::Expr &expr) const;

  // SemaFns.cpp.
  Expr *checkFnCall(const ast::Expr &call, FnEntry &entry);
  typed::Function *instantiate(const ast::Fn &fn, const std::vector<Expr *> &args,
                               const std::vector<unsigned> &dims, Range callRange);
  bool checkFnBody(const ast::Fn &fn, typed::Function &out);
  void orderFunctions();

  // Building blocks.
  typed::Expr *make(typed::ExprKind kind, ValueType type, Range range);
  Expr *constant(double number, Element element, Range range);
  Expr *unary(llvm::StringRef op, Element element, Expr *arg, Range range);
  Expr *binary(llvm::StringRef op, Expr *left, Expr *right, Range range);
  Expr *convert(Expr *expr, Element element);
  /// Converts both to their common numeric element (at least `least`).
  void unify(Expr *&left, Expr *&right, Element least = Element::I32);
  bool isNumber(Expr *expr, const llvm::Twine &where);
  bool isReal(Expr *expr, const llvm::Twine &where);
  bool isWhole(Expr *expr, llvm::StringRef where);
  std::optional<bool> constantBool(Expr *expr) const;
  std::optional<int64_t> constantInt(Expr *expr) const;
  ValueType perStep(ValueType type) const {
    if (scope->scan && !scope->startOf)
      type.dims = scope->scan->step(type.dims);
    return type;
  }
  bool isScanned(unsigned dim) const {
    return scope->scan && !scope->startOf &&
           (scope->scan->axes.contains(dim) || scope->scan->along == dim);
  }
  std::string quoted(unsigned dim) const { return "'" + signature().dims[dim].name + "'"; }
  std::string typeText(Expr *expr) const {
    return frontend::typeText(signature(), expr->type);
  }
  const Signature &signature() const { return program->signature; }
  std::vector<llvm::StringRef> visibleNames() const;
  std::vector<llvm::StringRef> visibleDims() const;
  /// Reports an error, with a note for every function call around the place.
  Report error(ErrorCode code, Range range, const llvm::Twine &message);

  const SourceManager &sources;
  const Options &options;
  Diagnostics &diags;
  FnTable &table;
  std::unique_ptr<Program> program;
  Scope mixerScope;
  Scope *scope = &mixerScope;
  bool isInStandard = false; ///< a function of the standard library is being checked
  bool isProbing = false; ///< dimensions of states are still being gathered; errors are dropped
  llvm::StringMap<DimSet> stateDims;
  std::set<const typed::State *> updated; ///< of the scan, by the statements so far
  llvm::DenseMap<const typed::State *, const typed::Value *> stateValues; ///< of grids and trees, after each step
  llvm::DenseMap<unsigned, const ast::RoutesDecl *> routeDecls; ///< by dimension
  std::vector<std::pair<Range, std::string>> calls; ///< calls around the function being checked
  std::map<std::string, typed::Function *> instances;
  std::set<std::string> failedProbes;
  llvm::StringMap<unsigned> numInstances;
  std::vector<std::pair<unsigned, Range>> firstUse; ///< of each dimension in an expression
  DimSet usedDims;
  size_t weight = 0;
};

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_SEMAIMPL_H
