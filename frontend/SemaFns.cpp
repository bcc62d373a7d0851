// Functions written in the language. Names, recursion and forbidden constructs are checked once
// for every function; types and dimensions for each combination of arguments it is called with.
#include "frontend/SemaImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mixir::frontend;
using typed::ExprKind;
using AstKind = ast::ExprKind;
using Result = const typed::Expr *;

/// Deepest chain of calls.
static constexpr size_t maxCallDepth = 64;

//===----------------------------------------------------------------------===//
// Every function, called or not
//===----------------------------------------------------------------------===//

namespace {

/// Checks the names in one function and collects the functions it calls.
class FnNames {
public:
  FnNames(FnTable &table, FnEntry &entry, Diagnostics &diags)
      : table(table), entry(entry), fn(*entry.fn), diags(diags), before(diags.numErrors()) {}

  void run() {
    if (Sema::findBuiltin(fn.name.text))
      diags.error(ErrorCode::redefinition, fn.name.range,
                  "expected a new function name, got the built-in function '" + fn.name.text +
                      "'");
    for (const ast::Name &name : fn.params)
      add(name);
    for (const ast::Name &name : fn.dims) {
      add(name);
      dims.push_back(name.text);
    }
    for (const ast::Stmt &stmt : fn.body)
      later.try_emplace(stmt.name.text, stmt.name.range);
    for (const ast::Stmt &stmt : fn.body) {
      defining = stmt.name.text;
      visit(*stmt.expr);
      add(stmt.name);
    }
    visit(*fn.result);
    entry.isBroken = diags.numErrors() != before;
  }

  std::vector<std::pair<std::string, Range>> callees;

private:
  void add(const ast::Name &name) {
    auto [old, isNew] = known.try_emplace(name.text, name.range);
    if (!isNew)
      diags.error(ErrorCode::redefinition, name.range,
                  "expected a new name, got '" + name.text + "' again")
          .note(old->second, "first defined here");
  }

  void visitName(const ast::Name &name) {
    if (known.count(name.text))
      return;
    auto next = later.find(name.text);
    if (next != later.end() && name.text == defining)
      diags.error(ErrorCode::cyclic_definition, name.range,
                  "expected a value that exists already, got '" + name.text +
                      "' in its own definition");
    else if (next != later.end())
      diags.error(ErrorCode::used_before_definition, name.range,
                  "expected '" + name.text + "' to be defined above its use")
          .note(next->second, "defined here");
    else
      diags.error(ErrorCode::undeclared_name, name.range,
                  "expected a parameter or a local name in function '" + fn.name.text +
                      "', got '" + name.text + "'" + didYouMean(name.text, names()));
  }

  void visitDim(const ast::Name &name) {
    if (llvm::is_contained(dims, name.text))
      return;
    diags.error(ErrorCode::undeclared_dimension, name.range,
                "expected a dimension parameter of function '" + fn.name.text + "', got '" +
                    name.text + "'; dimensions are passed behind '|'" +
                    didYouMean(name.text, dims));
  }

  void visitCall(const ast::Expr &call) {
    const Builtin *builtin = Sema::findBuiltin(call.name.text);
    if (builtin && builtin->isMixerOnly)
      diags.error(ErrorCode::wrong_arguments, call.name.range,
                  "expected '" + call.name.text + "' in a mixer, got it in a function");
    if (!builtin && !table.find(call.name.text, entry.isStandard)) {
      std::vector<llvm::StringRef> candidates = Sema::builtinNames();
      for (const auto &other : table.fns)
        candidates.push_back(other.first());
      llvm::sort(candidates);
      diags.error(ErrorCode::undeclared_function, call.name.range,
                  "expected a function, got '" + call.name.text + "'" +
                      didYouMean(call.name.text, candidates));
    }
    if (!builtin)
      callees.push_back({call.name.text, call.name.range});
    for (const ast::Name &dim : call.dims)
      visitDim(dim);
    for (const ast::KeywordArg &arg : call.keywords)
      if (arg.key.text != "pad")
        visit(*arg.value);
  }

  void visit(const ast::Expr &expr) {
    if (expr.kind == AstKind::Name)
      visitName({expr.name.text, expr.range});
    if (expr.kind == AstKind::Reduce || expr.kind == AstKind::Rename)
      for (const ast::Name &dim : expr.dims)
        visitDim(dim);
    if (expr.kind == AstKind::Call)
      visitCall(expr);
    for (const ast::ExprPtr &arg : expr.args)
      visit(*arg);
  }

  std::vector<llvm::StringRef> names() const {
    std::vector<llvm::StringRef> list;
    for (const auto &entry : known)
      list.push_back(entry.first());
    llvm::sort(list);
    return list;
  }

  FnTable &table;
  FnEntry &entry;
  const ast::Fn &fn;
  Diagnostics &diags;
  size_t before;
  llvm::StringMap<Range> known, later;
  std::vector<llvm::StringRef> dims;
  llvm::StringRef defining;
};

using CallGraph = std::map<const FnEntry *, std::vector<std::pair<FnEntry *, Range>>>;

/// Reports a function that can reach itself. Iterative: the graph may be a long chain.
void checkRecursion(const CallGraph &graph, FnEntry &start, Diagnostics &diags) {
  std::vector<std::pair<FnEntry *, Range>> work = graph.at(&start);
  std::set<const FnEntry *> seen;
  while (!work.empty()) {
    auto [entry, range] = work.back();
    work.pop_back();
    if (entry == &start) {
      start.isBroken = true;
      diags.error(ErrorCode::recursive_function, range,
                  "expected a function that does not need itself, got a call that leads back to "
                  "'" + start.fn->name.text + "'; steps are taken by a scan");
      return;
    }
    if (seen.insert(entry).second)
      for (const auto &next : graph.at(entry))
        work.push_back(next);
  }
}

} // namespace

void Sema::checkFns(FnTable &table, Diagnostics &diags) {
  std::vector<FnEntry *> entries;
  for (auto *group : {&table.standard, &table.fns})
    for (auto &entry : *group)
      entries.push_back(&entry.second);
  llvm::sort(entries, [](const FnEntry *a, const FnEntry *b) {
    Range left = a->fn->range, right = b->fn->range;
    return std::tie(left.file, left.begin) < std::tie(right.file, right.begin);
  });
  CallGraph graph;
  for (FnEntry *entry : entries) {
    FnNames names(table, *entry, diags);
    names.run();
    for (const auto &[callee, range] : names.callees)
      if (FnEntry *target = table.find(callee, entry->isStandard))
        graph[entry].push_back({target, range});
    graph[entry];
  }
  for (FnEntry *entry : entries)
    checkRecursion(graph, *entry, diags);
  for (FnEntry *entry : entries) // a caller of a broken function is refused silently as well
    for (const auto &[callee, range] : graph[entry])
      entry->isBroken |= callee->isBroken;
}

//===----------------------------------------------------------------------===//
// One call
//===----------------------------------------------------------------------===//

Result Sema::checkFnCall(const ast::Expr &call, FnEntry &entry) {
  const ast::Fn &fn = *entry.fn;
  std::vector<Expr *> args;
  for (const ast::ExprPtr &arg : call.args)
    args.push_back(check(*arg));
  std::vector<unsigned> dims;
  bool ok = !llvm::is_contained(args, nullptr);
  for (const ast::Name &name : call.dims) {
    std::optional<unsigned> dim = dimension(name);
    ok &= dim.has_value();
    if (dim && isScanned(*dim)) {
      ok = false;
      error(ErrorCode::scanned_dimension, name.range,
            "expected a dimension other than the scanned '" + name.text +
                "', got it inside its scan")
          .note(scope->scan->range, "scanned here");
    }
    dims.push_back(dim.value_or(0));
  }
  if (!call.keywords.empty()) {
    error(ErrorCode::wrong_arguments, call.keywords[0].key.range,
          "expected plain arguments for function '" + fn.name.text + "', got '" +
              call.keywords[0].key.text + " ='")
        .note(fn.name.range, "defined here");
    return nullptr;
  }
  if (call.args.size() != fn.params.size() || call.dims.size() != fn.dims.size()) {
    error(ErrorCode::wrong_arguments, call.range,
          "expected " + llvm::Twine(fn.params.size()) + " arguments and " +
              llvm::Twine(fn.dims.size()) + " dimensions for function '" + fn.name.text +
              "', got " + llvm::Twine(call.args.size()) + " and " +
              llvm::Twine(call.dims.size()))
        .note(fn.name.range, "defined here");
    return nullptr;
  }
  if (!ok || entry.isBroken)
    return nullptr;
  llvm::SaveAndRestore standard(isInStandard, entry.isStandard);
  typed::Function *function = instantiate(fn, args, dims, call.range);
  if (!function)
    return nullptr;
  typed::Expr *result = make(ExprKind::Call, function->result->type, call.range);
  result->function = function;
  result->args.assign(args.begin(), args.end());
  (scope->function ? scope->function->weight : weight) += function->weight;
  return result;
}

/// The instance of a function for these argument types; checked at its first use.
typed::Function *Sema::instantiate(const ast::Fn &fn, const std::vector<Expr *> &args,
                                   const std::vector<unsigned> &dims, Range callRange) {
  std::string key = std::to_string(fn.range.file) + ":" + std::to_string(fn.range.begin);
  for (Expr *arg : args) {
    key += "," + spelling(arg->type.element).str();
    for (unsigned dim : arg->type.dims.members())
      key += " " + std::to_string(dim);
  }
  key += "|";
  for (unsigned dim : dims)
    key += std::to_string(dim) + ",";
  auto known = instances.find(key);
  if (known != instances.end())
    return known->second;
  if (isProbing && failedProbes.count(key))
    return nullptr;
  if (calls.size() >= maxCallDepth) {
    error(ErrorCode::too_deep, callRange,
          "expected calls at most " + llvm::Twine(maxCallDepth) + " levels deep, got more");
    return nullptr;
  }
  program->functions.emplace_back();
  typed::Function &out = program->functions.back();
  out.name = fn.name.text;
  out.uniqueName = fn.name.text + "_" + std::to_string(numInstances[fn.name.text]++);
  out.range = fn.name.range;
  Scope inner;
  inner.function = &out;
  for (auto [name, arg] : llvm::zip(fn.params, args)) {
    Symbol symbol{Symbol::Param, name.range, static_cast<unsigned>(out.params.size())};
    inner.symbols.try_emplace(name.text, symbol);
    out.params.push_back({name.text, arg->type});
  }
  for (auto [name, dim] : llvm::zip(fn.dims, dims))
    inner.symbols.try_emplace(name.text, Symbol{Symbol::Dim, name.range, dim});
  llvm::SaveAndRestore<Scope *> enter(scope, &inner);
  calls.push_back({callRange, fn.name.text});
  bool ok = checkFnBody(fn, out);
  calls.pop_back();
  if (ok)
    instances[key] = &out;
  else if (isProbing)
    failedProbes.insert(key);
  else
    instances[key] = nullptr;
  return ok ? &out : nullptr;
}

bool Sema::checkFnBody(const ast::Fn &fn, typed::Function &out) {
  for (const ast::Stmt &stmt : fn.body) {
    Expr *expr = check(*stmt.expr);
    if (!expr)
      return false;
    program->values.push_back({stmt.name.text, stmt.name.range, expr->type, expr, nullptr});
    Symbol symbol{Symbol::Value, stmt.name.range};
    symbol.value = &program->values.back();
    scope->symbols.try_emplace(stmt.name.text, symbol);
    out.values.push_back(symbol.value);
  }
  out.result = check(*fn.result);
  return out.result != nullptr;
}

/// Lists the functions that the program calls, callees first.
void Sema::orderFunctions() {
  std::set<const typed::Function *> seen;
  std::function<void(Expr *)> visit = [&](Expr *expr) {
    for (Expr *arg : expr->args)
      visit(arg);
    if (expr->kind != ExprKind::Call || !seen.insert(expr->function).second)
      return;
    for (const typed::Value *value : expr->function->values)
      visit(value->expr);
    visit(expr->function->result);
    program->calledFunctions.push_back(expr->function);
  };
  std::function<void(const std::vector<typed::Stmt> &)> visitBody =
      [&](const std::vector<typed::Stmt> &body) {
        for (const typed::Stmt &stmt : body) {
          if (stmt.kind == typed::StmtKind::Define)
            visit(stmt.value->expr);
          if (stmt.kind == typed::StmtKind::Update)
            visit(stmt.expr);
          if (stmt.kind != typed::StmtKind::Scan)
            continue;
          for (const typed::State *state : stmt.scan->states)
            if (state->init)
              visit(state->init);
          for (Expr *table : stmt.scan->tables)
            if (table)
              visit(table);
          visitBody(stmt.scan->body);
        }
      };
  visitBody(program->body);
  for (Expr *result : program->results)
    visit(result);
}
