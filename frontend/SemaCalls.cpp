// Built-in functions: one table row each, one small function per group.
#include "frontend/SemaImpl.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mixir::frontend;
using typed::ExprKind;
using AstKind = ast::ExprKind;
using Result = const typed::Expr *;

/// Longest delay of prev and largest shift, in steps.
static constexpr int64_t maxDelay = 4096;

llvm::ArrayRef<Builtin> Sema::builtins() {
  // name, fewest and most arguments, checker, complex allowed, mixer only, keywords, usage
  static const Builtin table[] = {
      {"abs", 1, 1, &Sema::checkPointwise, true, false, false, "abs(x)"},
      {"clamp", 3, 3, &Sema::checkClamp, false, false, false, "clamp(x, low, high)"},
      {"conj", 1, 1, &Sema::checkPart, true, false, false, "conj(z)"},
      {"conv", 2, 2, &Sema::checkConv, false, false, true,
       "conv(x, w, along = L, pad = causal | anticausal | same [, init = x0])"},
      {"cos", 1, 1, &Sema::checkPointwise, false, false, false, "cos(x)"},
      {"cplx", 2, 2, &Sema::checkComplex, false, false, false, "cplx(re, im)"},
      {"erf", 1, 1, &Sema::checkPointwise, false, false, false, "erf(x)"},
      {"exp", 1, 1, &Sema::checkPointwise, true, false, false, "exp(x)"},
      {"final", 1, 1, &Sema::checkFinal, true, true, false, "final(state)"},
      {"floor", 1, 1, &Sema::checkPointwise, false, false, false, "floor(x)"},
      {"gather", 2, 2, &Sema::checkGather, true, false, true, "gather(x, index, along = N)"},
      {"ghost", 0, 0, &Sema::checkGhost, true, true, false, "ghost()"},
      {"given", 1, 1, &Sema::checkGiven, true, true, false, "given(operand)"},
      {"im", 1, 1, &Sema::checkPart, true, false, false, "im(z)"},
      {"index", 1, 1, &Sema::checkIndex, true, false, false, "index(L)"},
      {"left", 1, 1, &Sema::checkNeighbour, true, true, false, "left(state)"},
      {"log", 1, 1, &Sema::checkPointwise, false, false, false, "log(x)"},
      {"log1p", 1, 1, &Sema::checkPointwise, false, false, false, "log1p(x)"},
      {"max", 2, 2, &Sema::checkMinMax, false, false, false, "max(a, b)"},
      {"min", 2, 2, &Sema::checkMinMax, false, false, false, "min(a, b)"},
      {"mod", 2, 2, &Sema::checkMod, false, false, false, "mod(a, b)"},
      {"place", 1, 1, &Sema::checkVisit, true, true, true, "place(y, H > W, along = T)"},
      {"prev", 1, 2, &Sema::checkPrev, true, true, false, "prev(x [, steps])"},
      {"quot", 2, 2, &Sema::checkMod, false, false, false, "quot(a, b)"},
      {"re", 1, 1, &Sema::checkPart, true, false, false, "re(z)"},
      {"recall", 2, 2, &Sema::checkRecall, true, true, false, "recall(state, step)"},
      {"rsqrt", 1, 1, &Sema::checkPointwise, false, false, false, "rsqrt(x)"},
      {"select", 3, 3, &Sema::checkSelect, true, false, false, "select(condition, a, b)"},
      {"shift", 2, 2, &Sema::checkShift, true, false, true, "shift(x, steps, along = N)"},
      {"sigmoid", 1, 1, &Sema::checkPointwise, false, false, false, "sigmoid(x)"},
      {"sin", 1, 1, &Sema::checkPointwise, false, false, false, "sin(x)"},
      {"sqrt", 1, 1, &Sema::checkPointwise, false, false, false, "sqrt(x)"},
      {"tail", 2, 2, &Sema::checkTail, true, false, true, "tail(x, S, along = L [, init = x0])"},
      {"tanh", 1, 1, &Sema::checkPointwise, false, false, false, "tanh(x)"},
      {"up", 1, 1, &Sema::checkNeighbour, true, true, false, "up(state)"},
      {"visit", 1, 1, &Sema::checkVisit, true, true, true, "visit(x, H > W, along = T)"},
  };
  return table;
}

const Builtin *Sema::findBuiltin(llvm::StringRef name) {
  const Builtin *found = llvm::lower_bound(
      builtins(), name, [](const Builtin &row, llvm::StringRef key) { return row.name < key; });
  return found != builtins().end() && found->name == name ? found : nullptr;
}

std::vector<llvm::StringRef> Sema::builtinNames() {
  std::vector<llvm::StringRef> names;
  for (const Builtin &row : builtins())
    names.push_back(row.name);
  return names;
}

Result Sema::checkCall(const ast::Expr &call) {
  if (const Builtin *builtin = findBuiltin(call.name.text))
    return checkArguments(call, *builtin) ? (this->*builtin->check)(call, *builtin) : nullptr;
  if (FnEntry *entry = table.find(call.name.text, isInStandard))
    return checkFnCall(call, *entry);
  auto symbol = scope->symbols.find(call.name.text);
  if (symbol != scope->symbols.end() || scope->definitions.count(call.name.text)) {
    error(ErrorCode::undeclared_function, call.name.range,
          "expected a function before '(', got '" + call.name.text +
              "', which is a name of another kind; a product is written with '*'");
    return nullptr;
  }
  std::vector<llvm::StringRef> names = builtinNames();
  for (const auto &entry : table.fns)
    names.push_back(entry.first());
  for (const auto &entry : table.standard)
    names.push_back(entry.first());
  llvm::sort(names);
  bool isReduction = call.name.text == "sum" || call.name.text == "mean";
  error(ErrorCode::undeclared_function, call.name.range,
        "expected a function, got '" + call.name.text + "'" +
            (isReduction ? "; a reduction names its dimensions, as in " + call.name.text + "[N](x)"
                         : didYouMean(call.name.text, names)));
  return nullptr;
}

/// Number of arguments, keywords and dimensions of a call.
bool Sema::checkArguments(const ast::Expr &call, const Builtin &builtin) {
  auto fail = [&](Range range, const llvm::Twine &message) {
    error(ErrorCode::wrong_arguments, range, message);
    return false;
  };
  if (scope->function && builtin.isMixerOnly)
    return fail(call.name.range, "expected '" + builtin.name + "' in a mixer, got it in a function");
  if (call.args.size() < builtin.minArgs || call.args.size() > builtin.maxArgs)
    return fail(call.range, "expected " + builtin.usage + ", got " +
                                llvm::Twine(call.args.size()) + " arguments");
  if (call.hasBar)
    return fail(call.dims[0].range,
                "expected " + builtin.usage + ", got dimensions behind '|'");
  static const llvm::StringRef keys[] = {"along", "init", "pad"};
  for (const ast::KeywordArg &arg : call.keywords) {
    bool isKnown = builtin.hasKeywords && llvm::is_contained(keys, arg.key.text) &&
                   builtin.usage.contains(arg.key.text + " =");
    if (!isKnown)
      return fail(arg.key.range, "expected " + builtin.usage + ", got an argument '" +
                                     arg.key.text + "'" +
                                     (builtin.hasKeywords ? didYouMean(arg.key.text, keys) : ""));
    if (keyword(call, arg.key.text) != arg.value.get())
      return fail(arg.key.range, "expected each argument once, got '" + arg.key.text + "' twice");
  }
  return true;
}

const ast::Expr *Sema::keyword(const ast::Expr &call, llvm::StringRef key) const {
  for (const ast::KeywordArg &arg : call.keywords)
    if (arg.key.text == key)
      return arg.value.get();
  return nullptr;
}

std::optional<unsigned> Sema::dimensionArg(const ast::Expr &arg) {
  const ast::Expr &expr = ast::withoutParens(arg);
  if (expr.kind == AstKind::Name)
    return dimension(expr.name);
  error(ErrorCode::wrong_kind_of_name, arg.range,
        "expected the name of a dimension, got '" + sources.text(arg.range).take_front(40) + "'");
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Pointwise functions
//===----------------------------------------------------------------------===//

static llvm::StringRef staticName(const Builtin &builtin) { return builtin.name; }

Result Sema::checkPointwise(const ast::Expr &call, const Builtin &builtin) {
  Expr *arg = check(*call.args[0]);
  if (!arg || !isNumber(arg, "in " + builtin.name))
    return nullptr;
  if (!builtin.takesComplex && !isReal(arg, "in " + builtin.name))
    return nullptr;
  bool isAbs = builtin.name == "abs";
  if (arg->type.element == Element::I32 && !isAbs)
    arg = convert(arg, Element::F32);
  Element element = isAbs && arg->type.element == Element::C64 ? Element::F32 : arg->type.element;
  return unary(staticName(builtin), element, arg, call.range);
}

/// re, im, conj.
Result Sema::checkPart(const ast::Expr &call, const Builtin &builtin) {
  Expr *arg = check(*call.args[0]);
  if (!arg)
    return nullptr;
  if (arg->type.element != Element::C64) {
    error(ErrorCode::wrong_type, arg->range,
          "expected a c64 value in " + builtin.name + ", got " + spelling(arg->type.element));
    return nullptr;
  }
  return unary(staticName(builtin), builtin.name == "conj" ? Element::C64 : Element::F32, arg,
               call.range);
}

Result Sema::checkMinMax(const ast::Expr &call, const Builtin &builtin) {
  Expr *left = check(*call.args[0]), *right = check(*call.args[1]);
  if (!left || !right || !isReal(left, "in " + builtin.name) ||
      !isReal(right, "in " + builtin.name))
    return nullptr;
  unify(left, right);
  return binary(staticName(builtin), left, right, call.range);
}

bool Sema::isWhole(Expr *value, llvm::StringRef where) {
  if (value->type.element == Element::I32)
    return true;
  error(ErrorCode::wrong_type, value->range,
        "expected an i32 value " + where + ", got " + spelling(value->type.element));
  return false;
}

Result Sema::checkMod(const ast::Expr &call, const Builtin &builtin) {
  Expr *left = check(*call.args[0]), *right = check(*call.args[1]);
  std::string where = ("in " + builtin.name).str();
  if (!left || !right || !isWhole(left, where) || !isWhole(right, where))
    return nullptr;
  return binary(staticName(builtin), left, right, call.range);
}

Result Sema::checkClamp(const ast::Expr &call, const Builtin &builtin) {
  Expr *value = check(*call.args[0]), *low = check(*call.args[1]), *high = check(*call.args[2]);
  for (Expr *arg : {value, low, high})
    if (!arg || !isReal(arg, "in clamp"))
      return nullptr;
  unify(value, low);
  unify(value, high);
  unify(value, low);
  return binary("min", binary("max", value, low, call.range), high, call.range);
}

/// Common element type with a branch that is not taken: 0 stays f32 where the operand is missing
/// that would have made it so. Errors of that branch do not count.
template <typename Fn> Element Sema::elementWith(Expr *taken, Fn checkOther) {
  Diagnostics::Suppress quiet(diags);
  llvm::SaveAndRestore probing(isProbing, true);
  llvm::SaveAndRestore keepWeight(scope->function ? scope->function->weight : weight);
  Expr *other = checkOther();
  if (other)
    unify(taken, other);
  return taken->type.element;
}

/// A condition known at compile time leaves the other branch unchecked.
Result Sema::checkSelect(const ast::Expr &call, const Builtin &builtin) {
  Expr *condition = check(*call.args[0]);
  auto branch = [&](bool isTrue) {
    return withGiven(givenIf(*call.args[0], isTrue), [&] {
      Expr *value = check(*call.args[isTrue ? 1 : 2]);
      return value && isNumber(value, "in a branch of select") ? value : nullptr;
    });
  };
  if (auto known = condition ? constantBool(condition) : std::nullopt) {
    Expr *taken = branch(*known);
    return taken ? convert(taken, elementWith(taken, [&] { return branch(!*known); })) : nullptr;
  }
  Expr *onTrue = branch(true), *onFalse = branch(false);
  if (!condition || !onTrue || !onFalse)
    return nullptr;
  if (condition->type.element != Element::Bool) {
    error(ErrorCode::wrong_type, condition->range,
          "expected a bool as condition of select, got " + spelling(condition->type.element) +
              "; compare it with something");
    return nullptr;
  }
  unify(onTrue, onFalse);
  DimSet dims = condition->type.dims | onTrue->type.dims | onFalse->type.dims;
  typed::Expr *result = make(ExprKind::Select, {onTrue->type.element, dims}, call.range);
  result->args = {condition, onTrue, onFalse};
  return result;
}

Result Sema::checkComplex(const ast::Expr &call, const Builtin &builtin) {
  Expr *re = check(*call.args[0]), *im = check(*call.args[1]);
  if (!re || !im || !isReal(re, "in cplx") || !isReal(im, "in cplx"))
    return nullptr;
  typed::Expr *result =
      make(ExprKind::Complex, {Element::C64, re->type.dims | im->type.dims}, call.range);
  result->args = {convert(re, Element::F32), convert(im, Element::F32)};
  return result;
}

//===----------------------------------------------------------------------===//
// Positions, operands and states
//===----------------------------------------------------------------------===//

Result Sema::checkIndex(const ast::Expr &call, const Builtin &builtin) {
  std::optional<unsigned> dim = dimensionArg(*call.args[0]);
  if (!dim)
    return nullptr;
  bool isStep = isScanned(*dim);
  bool isSteps = isStep && (scope->scan->isPlain() || !scope->scan->axes.contains(*dim)); // their number
  DimSet dims = isSteps ? DimSet() : perStep({Element::I32, DimSet::of(*dim)}).dims;
  typed::Expr *result = make(ExprKind::Index, {Element::I32, dims}, call.range);
  result->dim = *dim;
  result->isStep = isStep;
  return result;
}

Result Sema::checkGhost(const ast::Expr &call, const Builtin &builtin) {
  if (!scope->scan || scope->startOf) {
    error(ErrorCode::bad_route, call.range, "expected ghost() inside a scan, got it outside, where there are no steps");
    return nullptr;
  }
  const typed::Scan &scan = *scope->scan;
  if (llvm::none_of(scan.walks, [](const RouteInfo &route) { return route.mayHaveGhosts(); }))
    return constant(false, Element::Bool, call.range);
  typed::Expr *result = make(ExprKind::Ghost, {Element::Bool, perStep({Element::I32, scan.axes}).dims}, call.range);
  result->isStep = true;
  return result;
}

Result Sema::checkGiven(const ast::Expr &call, const Builtin &builtin) {
  const ast::Expr &arg = ast::withoutParens(*call.args[0]);
  auto symbol = scope->symbols.find(arg.name.text);
  if (symbol != scope->symbols.end() && symbol->second.kind == Symbol::Broken)
    return nullptr;
  if (arg.kind != AstKind::Name || symbol == scope->symbols.end() ||
      symbol->second.kind != Symbol::Operand) {
    std::vector<llvm::StringRef> names;
    for (const OperandInfo &operand : signature().operands)
      names.push_back(operand.name);
    error(ErrorCode::bad_given, arg.range,
          "expected the name of an operand in given, got '" +
              sources.text(arg.range).take_front(40) + "'" + didYouMean(arg.name.text, names));
    return nullptr;
  }
  return constant(!signature().operands[symbol->second.index].isOmitted, Element::Bool,
                  call.range);
}

Result Sema::checkPrev(const ast::Expr &call, const Builtin &builtin) {
  if (!scope->scan || scope->startOf) {
    error(ErrorCode::prev_outside_scan, call.range,
          "expected prev inside a scan, got it outside, where nothing is earlier");
    return nullptr;
  }
  if (scope->scan->structure != typed::Scan::Path) {
    error(ErrorCode::bad_structure, call.range,
          "expected a state in a grid or tree, got prev: keep the value in a state, whose old value is that of "
          "the parent, or of left(...) and up(...)");
    return nullptr;
  }
  Expr *arg = check(*call.args[0]);
  std::optional<int64_t> steps = 1;
  if (call.args.size() > 1) {
    Expr *delay = check(*call.args[1]);
    if (!delay)
      return nullptr;
    steps = constantInt(delay);
    if (!steps || *steps < 1 || *steps > maxDelay) {
      error(ErrorCode::expected_constant, delay->range,
            "expected a constant number of steps from 1 to " + llvm::Twine(maxDelay) + ", got " +
                sources.text(delay->range).take_front(40));
      return nullptr;
    }
  }
  if (!arg || !isNumber(arg, "in prev"))
    return nullptr;
  typed::Expr *result = make(ExprKind::Prev, arg->type, call.range);
  result->index = static_cast<unsigned>(*steps);
  result->args = {arg};
  return result;
}

/// The state of the scan around that a call names, or null with an error.
const typed::State *Sema::scannedState(const ast::Expr &call, const Builtin &builtin) {
  const ast::Expr &arg = ast::withoutParens(*call.args[0]);
  auto symbol = scope->symbols.find(arg.name.text);
  bool isName = arg.kind == AstKind::Name && symbol != scope->symbols.end();
  if (isName && symbol->second.kind == Symbol::Broken)
    return nullptr;
  if (isName && symbol->second.kind == Symbol::State && symbol->second.state->scan == scope->scan && !scope->startOf)
    return symbol->second.state;
  error(ErrorCode::bad_structure, arg.range,
        "expected a state of the scan around in " + builtin.name + ", got '" +
            sources.text(arg.range).take_front(40).str() + "'");
  return nullptr;
}

Result Sema::checkRecall(const ast::Expr &call, const Builtin &builtin) {
  const typed::State *state = scannedState(call, builtin);
  Expr *step = check(*call.args[1]);
  if (!state || !step)
    return nullptr;
  if (step->type.element != Element::I32) {
    error(ErrorCode::wrong_type, step->range,
          "expected the number of a step, of i32, in recall, got " + typeText(step));
    return nullptr;
  }
  typed::Expr *result = make(ExprKind::Recall, {state->type.element, state->type.dims | step->type.dims}, call.range);
  result->op = "recall";
  result->state = state;
  result->args = {step};
  return result;
}

/// `left(h)`, `up(h)`: the state at the neighbour one place before along the last, or first, axis.
Result Sema::checkNeighbour(const ast::Expr &call, const Builtin &builtin) {
  const typed::State *state = scannedState(call, builtin);
  if (!state)
    return nullptr;
  if (scope->scan->structure != typed::Scan::Grid) {
    error(ErrorCode::bad_structure, call.range,
          "expected " + builtin.name + " in a grid, as in scan grid(H, W), got it in another scan")
        .note(scope->scan->range, "scanned here");
    return nullptr;
  }
  typed::Expr *result = make(ExprKind::Recall, state->type, call.range);
  result->op = builtin.name;
  result->state = state;
  return result;
}

Result Sema::checkFinal(const ast::Expr &call, const Builtin &builtin) {
  const ast::Expr &arg = ast::withoutParens(*call.args[0]);
  auto symbol = scope->symbols.find(arg.name.text);
  if (symbol != scope->symbols.end() && symbol->second.kind == Symbol::Broken)
    return nullptr;
  bool isState = arg.kind == AstKind::Name && symbol != scope->symbols.end() &&
                 symbol->second.kind == Symbol::State;
  auto later = scope->definitions.find(arg.name.text);
  if (!isState || symbol->second.state->scan == scope->scan) {
    bool isLater = !isState && later != scope->definitions.end() && later->second.isState;
    std::string shown = "'" + sources.text(arg.range).take_front(40).str() + "'";
    Report report =
        error(ErrorCode::final_of_non_state, arg.range,
              "expected a state of a scan above in final, got " + shown +
                  (isState   ? ", whose scan has not ended"
                   : isLater ? ", whose scan stands below"
                             : ", which is no state"));
    if (isState)
      report.note(symbol->second.range, "declared here");
    return nullptr;
  }
  const typed::State *state = symbol->second.state;
  if (state->scan->structure != typed::Scan::Path) {
    error(ErrorCode::bad_structure, call.range,
          "expected a state of a path in final, got '" + state->name +
              "' of a grid or tree, which has many ends; outside, its name is its value after each step")
        .note(state->range, "declared here");
    return nullptr;
  }
  ValueType type = perStep(state->type);
  if (type.dims != state->type.dims) {
    error(ErrorCode::scanned_dimension, call.range,
          "expected a state without the scanned dimension, got final(" + state->name +
              ") of type " + frontend::typeText(signature(), state->type) +
              "; give it a name outside the scan first");
    return nullptr;
  }
  typed::Expr *result = make(ExprKind::Final, type, call.range);
  result->state = state;
  return result;
}

//===----------------------------------------------------------------------===//
// Stencils
//===----------------------------------------------------------------------===//

/// The dimension of `along`, which the input must have.
std::optional<unsigned> Sema::alongArg(const ast::Expr &call, const Builtin &builtin,
                                       Expr &input) {
  const ast::Expr *along = keyword(call, "along");
  if (!along) {
    error(ErrorCode::wrong_arguments, call.range,
          "expected " + builtin.usage + ", got no argument 'along'");
    return std::nullopt;
  }
  std::optional<unsigned> dim = dimensionArg(*along);
  if (!dim || input.type.dims.contains(*dim))
    return dim;
  if (isScanned(*dim))
    error(ErrorCode::scanned_dimension, along->range,
          "expected a dimension other than the scanned " + quoted(*dim) + " in " + builtin.name +
              ", got it inside its scan; call it outside, or use prev")
        .note(scope->scan->range, "scanned here");
  else
    error(ErrorCode::missing_dimension, input.range,
          "expected a value with dimension " + quoted(*dim) + " in " + builtin.name + ", got " +
              typeText(&input));
  return std::nullopt;
}

/// True for an omitted operand whose value is zero: the same as no start samples.
bool Sema::isOmittedZero(const ast::Expr &expr) const {
  auto symbol = scope->symbols.find(ast::withoutParens(expr).name.text);
  if (ast::withoutParens(expr).kind != AstKind::Name || symbol == scope->symbols.end() ||
      symbol->second.kind != Symbol::Operand)
    return false;
  const OperandInfo &operand = signature().operands[symbol->second.index];
  return operand.isOmitted && operand.optionality == Optionality::HasDefault &&
         operand.defaultValue == 0;
}

Result Sema::checkConv(const ast::Expr &call, const Builtin &builtin) {
  Expr *input = check(*call.args[0]), *weight = check(*call.args[1]);
  if (!input || !weight || !isReal(input, "in conv") || !isReal(weight, "in conv"))
    return nullptr;
  std::optional<unsigned> along = alongArg(call, builtin, *input);
  if (!along)
    return nullptr;
  const ast::Expr *pad = keyword(call, "pad");
  static const llvm::StringRef paddings[] = {"causal", "anticausal", "same"};
  const auto *padding = llvm::find(paddings, pad && pad->kind == AstKind::Name ? pad->name.text : "");
  if (padding == std::end(paddings)) {
    error(ErrorCode::wrong_arguments, pad ? pad->range : call.range,
          llvm::Twine("expected pad = causal, anticausal or same in conv, got ") +
              (pad ? "'" + sources.text(pad->range).take_front(40) + "'" : "no argument 'pad'"));
    return nullptr;
  }
  DimSet taps = weight->type.dims - input->type.dims;
  if (taps.size() != 1 || weight->type.dims.contains(*along)) {
    error(ErrorCode::bad_conv_taps, weight->range,
          "expected weights with exactly one dimension that the input lacks, and without " +
              quoted(*along) + ", got " + typeText(weight) + " for an input of " +
              typeText(input));
    return nullptr;
  }
  bool isSame = *padding == "same";
  unsigned tap = taps.members()[0];
  std::optional<int64_t> width = signature().dims[tap].extent;
  if (isSame && width && *width % 2 == 0) {
    error(ErrorCode::bad_conv_taps, weight->range,
          "expected an odd number of taps for pad = same, got " + llvm::Twine(*width));
    return nullptr;
  }
  typed::Expr *result = make(
      ExprKind::Conv, {Element::F32, input->type.dims | (weight->type.dims - taps)}, call.range);
  result->args = {convert(input, Element::F32), convert(weight, Element::F32)};
  result->dim = *along;
  result->dim2 = tap;
  result->op = *padding;
  const ast::Expr *init = keyword(call, "init");
  if (init && *padding != "causal") {
    error(ErrorCode::wrong_arguments, init->range,
          "expected pad = causal with start samples, got pad = " + *padding);
    return nullptr;
  }
  bool hasInit = init && !isOmittedZero(*init);
  return !hasInit || checkConvInit(*init, *result) ? result : nullptr;
}

bool Sema::checkConvInit(const ast::Expr &init, typed::Expr &conv) {
  Expr *samples = check(init);
  if (!samples || !isReal(samples, "as start samples"))
    return false;
  DimSet input = conv.args[0]->type.dims;
  DimSet history = samples->type.dims - input;
  if (history.size() != 1 || samples->type.dims.contains(conv.dim)) {
    error(ErrorCode::bad_samples, init.range,
          "expected start samples with exactly one dimension that the input lacks, and without " +
              quoted(conv.dim) + ", got " + typeText(samples) + " for an input of " +
              typeText(conv.args[0]));
    return false;
  }
  conv.dim3 = history.members()[0];
  auto depth = signature().dims[conv.dim3].extent, width = signature().dims[conv.dim2].extent;
  if (depth && width && *depth < *width - 1) {
    error(ErrorCode::bad_samples, init.range,
          "expected at least " + llvm::Twine(*width - 1) + " start samples for " +
              llvm::Twine(*width) + " taps, got " + llvm::Twine(*depth));
    return false;
  }
  conv.type.dims |= samples->type.dims - history;
  conv.args.push_back(convert(samples, Element::F32));
  return true;
}

Result Sema::checkTail(const ast::Expr &call, const Builtin &builtin) {
  Expr *input = check(*call.args[0]);
  std::optional<unsigned> into = dimensionArg(*call.args[1]);
  if (!input || !into || !isNumber(input, "in tail"))
    return nullptr;
  std::optional<unsigned> along = alongArg(call, builtin, *input);
  if (!along)
    return nullptr;
  if (input->type.dims.contains(*into)) {
    error(ErrorCode::bad_samples, call.args[1]->range,
          "expected a dimension that the value lacks to hold the samples, got " + quoted(*into) +
              " for " + typeText(input));
    return nullptr;
  }
  const ast::Expr *init = keyword(call, "init");
  Expr *samples = nullptr;
  if (init && !isOmittedZero(*init)) {
    samples = check(*init);
    if (!samples || !isNumber(samples, "as start samples"))
      return nullptr;
    if (!samples->type.dims.contains(*into) || samples->type.dims.contains(*along)) {
      error(ErrorCode::bad_samples, init->range,
            "expected start samples with dimension " + quoted(*into) + " and without " +
                quoted(*along) + ", got " + typeText(samples));
      return nullptr;
    }
    unify(input, samples);
  }
  DimSet dims = (input->type.dims - DimSet::of(*along)) | DimSet::of(*into);
  typed::Expr *result = make(
      ExprKind::Tail,
      {input->type.element, dims | (samples ? samples->type.dims : DimSet())}, call.range);
  result->args = {input};
  if (samples)
    result->args.push_back(samples);
  result->dim = *along;
  result->dim2 = *into;
  return result;
}

/// `shift(x, j, along = N)`.
Result Sema::checkShift(const ast::Expr &call, const Builtin &builtin) {
  Expr *input = check(*call.args[0]), *amount = check(*call.args[1]);
  if (!input || !amount || !isNumber(input, "in shift"))
    return nullptr;
  std::optional<int64_t> steps = constantInt(amount);
  if (!steps || std::abs(*steps) > maxDelay) {
    error(ErrorCode::expected_constant, amount->range,
          "expected a constant whole number from -" + llvm::Twine(maxDelay) + " to " +
              llvm::Twine(maxDelay) + " in shift, got " +
              sources.text(amount->range).take_front(40));
    return nullptr;
  }
  std::optional<unsigned> along = alongArg(call, builtin, *input);
  if (!along)
    return nullptr;
  typed::Expr *result = make(ExprKind::Shift, input->type, call.range);
  result->dim = *along;
  result->steps = *steps;
  result->args = {input};
  return *steps == 0 ? input : result;
}

/// `gather(x, index, along = N)`.
Result Sema::checkGather(const ast::Expr &call, const Builtin &builtin) {
  Expr *input = check(*call.args[0]), *index = check(*call.args[1]);
  if (!input || !index || !isNumber(input, "in gather") || !isWhole(index, "as index of gather"))
    return nullptr;
  std::optional<unsigned> along = alongArg(call, builtin, *input);
  if (!along)
    return nullptr;
  DimSet dims = (input->type.dims - DimSet::of(*along)) | index->type.dims;
  typed::Expr *result = make(ExprKind::Gather, {input->type.element, dims}, call.range);
  result->dim = *along;
  result->args = {input, index};
  return result;
}

/// `visit(x, H > W, along = T)`, the value at the place of every step, and `place(y, H > W, along = T)`, at every place
/// the sum of the steps that are there.
Result Sema::checkVisit(const ast::Expr &call, const Builtin &builtin) {
  if (scope->scan) {
    error(ErrorCode::bad_route, call.range,
          "expected " + builtin.name + " outside scans, got it in one; give the value a name before the scan, which sees it "
          "at its steps");
    return nullptr;
  }
  if (call.route.empty()) {
    error(ErrorCode::wrong_arguments, call.range, "expected " + builtin.usage + ", got no route");
    return nullptr;
  }
  Expr *input = check(*call.args[0]);
  if (!input || !isNumber(input, "in " + builtin.name))
    return nullptr;
  ast::Name along;
  if (const ast::Expr *given = keyword(call, "along")) {
    if (!dimensionArg(*given))
      return nullptr;
    along = ast::withoutParens(*given).name;
  }
  typed::Scan walk;
  walk.range = call.range;
  if (!checkWalk(call.route.front(), along, walk))
    return nullptr;
  if (!walk.along) {
    error(ErrorCode::wrong_arguments, call.range,
          "expected " + builtin.usage + " with the dimension of the steps, got no argument 'along'");
    return nullptr;
  }
  if (walk.axes.contains(*walk.along)) {
    error(ErrorCode::bad_route, call.range,
          "expected a dimension for the steps other than the axes of the route, got " + quoted(*walk.along));
    return nullptr;
  }
  DimSet steps = DimSet::of(*walk.along), dims = input->type.dims;
  bool isVisit = builtin.name == "visit";
  DimSet needed = isVisit ? walk.axes : steps, unwanted = isVisit ? steps : walk.axes;
  if ((dims & needed).empty() || !(dims & unwanted).empty()) {
    error(ErrorCode::missing_dimension, input->range,
          "expected a value over " + std::string(isVisit ? "axes of the route" : "the steps") + " " +
              dimsText(signature(), needed) + " and not over " + dimsText(signature(), unwanted) + " in " + builtin.name +
              ", got " + typeText(input));
    return nullptr;
  }
  dims = (dims - needed) | unwanted | walk.tableDims;
  if (walk.routes)
    dims |= DimSet::of(*walk.routes);
  program->walks.push_back(walk);
  typed::Expr *result = make(isVisit ? ExprKind::Visit : ExprKind::Place, {input->type.element, dims}, call.range);
  result->scan = &program->walks.back();
  result->args = {input};
  return result;
}
