// Checked program -> mixer dialect.
//
// Note: broadcast constants. An omitted operand is a number over its declared dimensions, while a
// constant of the dialect has none. So the value built for an expression may lack dimensions of
// the expression's type; they are added where an operation needs them (states, results, stencils,
// calls) and counted where a reduction would have removed them.
#include "frontend/ImportToMixer.h"

#include "frontend/Routes.h"

#include "dialect/mixer/MixerDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mixir::frontend;
namespace mixer = mixir::mixer;
using mixer::NdType;
using typed::ExprKind;

namespace {

/// A whole-sequence value of which a scan sees one step: an operand, a value or a position.
using StepSource = std::pair<const void *, unsigned>;

/// The number of the step itself, its number in its leg, and whether it is at a place.
constexpr StepSource kStepNumber = {nullptr, ~0u}, kLegStep = {nullptr, ~0u - 1}, kIsPlace = {nullptr, ~0u - 2};

StepSource stepSource(const typed::Expr &expr) {
  if (expr.kind == ExprKind::Value)
    return {expr.value, 0};
  if (expr.kind == ExprKind::Ghost)
    return kIsPlace;
  return {nullptr, (expr.kind == ExprKind::Index ? 1u << 31 : 0u) |
                       (expr.kind == ExprKind::Index ? expr.dim : expr.index)};
}

/// Calls `visit` on an expression and all its parts.
template <typename Fn> void forEachExpr(const typed::Expr &expr, Fn visit) {
  visit(expr);
  for (const typed::Expr *arg : expr.args)
    forEachExpr(*arg, visit);
  if (expr.scan) // a value along routes
    for (const typed::Expr *table : expr.scan->tables)
      if (table)
        forEachExpr(*table, visit);
}

/// Calls `visit(expr, scan)` on all expressions of a body with the scan around them.
template <typename Fn>
void forEachExpr(const std::vector<typed::Stmt> &body, const typed::Scan *scan, Fn visit) {
  for (const typed::Stmt &stmt : body) {
    auto inside = [&](const typed::Expr &expr) { visit(expr, scan); };
    if (stmt.kind == typed::StmtKind::Define)
      forEachExpr(*stmt.value->expr, inside);
    if (stmt.kind == typed::StmtKind::Update)
      forEachExpr(*stmt.expr, inside);
    if (stmt.kind != typed::StmtKind::Scan)
      continue;
    for (const typed::State *state : stmt.scan->states)
      if (state->init)
        forEachExpr(*state->init, inside);
    for (const typed::Expr *table : stmt.scan->tables)
      if (table)
        forEachExpr(*table, inside);
    if (stmt.scan->parent)
      forEachExpr(*stmt.scan->parent, [&](const typed::Expr &expr) { visit(expr, stmt.scan); });
    forEachExpr(stmt.scan->body, stmt.scan, visit);
  }
}

class Importer {
public:
  Importer(const Program &program, const SourceManager &sources, mlir::MLIRContext *context)
      : program(program), signature(program.signature), sources(sources), context(context),
        builder(context) {
    context->loadDialect<mixer::MixerDialect, mlir::func::FuncDialect>();
    for (const DimInfo &dim : signature.dims)
      dimNames.push_back(builder.getStringAttr(dim.name));
  }

  mlir::OwningOpRef<mlir::ModuleOp> run() {
    mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(builder.getUnknownLoc());
    for (const typed::Function *function : program.calledFunctions)
      importFunction(*function, *module);
    importMixer(*module);
    return mlir::succeeded(mlir::verify(*module)) ? std::move(module) : nullptr;
  }

private:
  //===--- Types and attributes -------------------------------------------===//

  mlir::Type elementType(Element element) {
    switch (element) {
    case Element::F32:
      return builder.getF32Type();
    case Element::C64:
      return mlir::ComplexType::get(builder.getF32Type());
    case Element::I32:
      return builder.getI32Type();
    case Element::Bool:
      return builder.getI1Type();
    }
    return {};
  }

  mlir::Type storedType(StoredType type) {
    if (type == StoredType::F16)
      return builder.getF16Type();
    if (type == StoredType::BF16)
      return builder.getBF16Type();
    return elementType(elementOf(type));
  }

  NdType type(Element element, DimSet dims) {
    llvm::SmallVector<mlir::StringAttr> names;
    for (unsigned dim : inOrder(dims))
      names.push_back(dimNames[dim]);
    return NdType::get(context, names, elementType(element));
  }
  /// In the order of the header; the steps of routes stand where their first axis does.
  std::vector<unsigned> inOrder(DimSet dims) {
    std::vector<unsigned> members = dims.members();
    llvm::stable_sort(members, [&](unsigned a, unsigned b) { return placeOf(a) < placeOf(b); });
    return members;
  }
  unsigned placeOf(unsigned dim) { return dim < signature.dims.size() ? dim : stepPlaces[dim - signature.dims.size()]; }
  NdType type(ValueType value) { return type(value.element, value.dims); }
  NdType scalar(Element element) { return type(element, {}); }

  /// Dimensions that a built value really has.
  DimSet dimsOf(mlir::Value value) {
    DimSet dims;
    for (mlir::StringAttr name : llvm::cast<NdType>(value.getType()).getDims())
      dims |= DimSet::of(static_cast<unsigned>(llvm::find(dimNames, name) - dimNames.begin()));
    return dims;
  }

  mlir::Location location(Range range) {
    if (!range.isValid())
      return builder.getUnknownLoc();
    LineColumn place = sources.position(range.file, range.begin);
    return mlir::FileLineColLoc::get(context, sources.name(range.file), place.line, place.column);
  }

  mlir::Attribute operandAttr(const OperandInfo &operand) {
    static const mixer::Role roles[] = {mixer::Role::In, mixer::Role::Param, mixer::Role::Out};
    llvm::SmallVector<mlir::Attribute> axes;
    for (const std::vector<unsigned> &axis : operand.axes) {
      llvm::SmallVector<mlir::Attribute> names;
      for (unsigned dim : axis)
        names.push_back(dimNames[dim]);
      axes.push_back(builder.getArrayAttr(names));
    }
    return mixer::OperandAttr::get(context, builder.getStringAttr(operand.name),
                                   roles[static_cast<unsigned>(operand.role)],
                                   storedType(operand.dtype), builder.getArrayAttr(axes),
                                   operand.table && operand.table->isTree() ? dimNames[operand.table->along]
                                                                            : mlir::StringAttr());
  }

  mlir::ArrayAttr dimsAttr() {
    llvm::SmallVector<mlir::Attribute> dims;
    DimSet all;
    for (unsigned dim = 0; dim < dimNames.size(); ++dim)
      all |= DimSet::of(dim);
    for (unsigned number : inOrder(all)) {
      if (number >= signature.dims.size()) {
        dims.push_back(stepDims[number - signature.dims.size()]);
        continue;
      }
      const DimInfo &dim = signature.dims[number];
      if (dim.isUsed)
        dims.push_back(mixer::DimAttr::get(
            context, dimNames[number], dim.extent.value_or(-1),
            dim.extent || dim.expr.empty() ? mlir::StringAttr() : builder.getStringAttr(dim.expr)));
    }
    return builder.getArrayAttr(dims);
  }

  //===--- Functions -------------------------------------------------------===//

  void importFunction(const typed::Function &function, mlir::ModuleOp module) {
    builder.setInsertionPointToEnd(module.getBody());
    llvm::SmallVector<mlir::Type> params;
    for (const auto &param : function.params)
      params.push_back(type(param.second));
    auto op = mlir::func::FuncOp::create(
        builder, location(function.range), "fn." + function.uniqueName,
        builder.getFunctionType(params, type(function.result->type)));
    op.setPrivate();
    functions[&function] = op;
    mlir::Block *entry = op.addEntryBlock();
    builder.setInsertionPointToEnd(entry);
    arguments.assign(entry->args_begin(), entry->args_end());
    values.clear();
    for (const typed::Value *value : function.values)
      values[value] = emit(*value->expr);
    mlir::Value result = emitFull(*function.result);
    mlir::func::ReturnOp::create(builder, location(function.result->range), result);
  }

  void importMixer(mlir::ModuleOp module) {
    builder.setInsertionPointToEnd(module.getBody());
    llvm::SmallVector<mlir::Type> params, results;
    for (const OperandInfo &operand : signature.operands)
      if (!operand.isOmitted)
        params.push_back(type(elementOf(operand.dtype), operand.dimSet()));
    for (const typed::Expr *result : program.results)
      results.push_back(type(result->type));
    Range place = signature.results.empty() ? Range() : signature.results[0].range;
    auto op = mlir::func::FuncOp::create(
        builder, location(signature.dims.empty() ? place : signature.dims[0].range),
        signature.name, builder.getFunctionType(params, results));
    mlir::Block *entry = op.addEntryBlock();
    builder.setInsertionPointToEnd(entry);
    arguments.clear();
    values.clear();
    unsigned next = 0;
    for (const OperandInfo &operand : signature.operands) {
      arguments.push_back(operand.isOmitted ? mlir::Value() : entry->getArgument(next));
      if (operand.isOmitted)
        continue;
      entry->getArgument(next).setLoc(location(operand.range));
      op.setArgAttr(next++, mixer::kOperandAttr, operandAttr(operand));
    }
    for (auto [index, result] : llvm::enumerate(signature.results))
      op.setResultAttr(static_cast<unsigned>(index), mixer::kOperandAttr, operandAttr(result));
    collectEscaping();
    importBody(program.body);
    llvm::SmallVector<mlir::Value> returned;
    for (const typed::Expr *result : program.results)
      returned.push_back(emitFull(*result));
    mlir::func::ReturnOp::create(builder, location(place), returned);
    op->setAttr(mixer::kDimsAttr, dimsAttr()); // with the steps of routes
  }

  /// Finds the values of scans that are used outside their scan.
  void collectEscaping() {
    auto visit = [&](const typed::Expr &expr, const typed::Scan *scan) {
      if (expr.kind == ExprKind::Value && expr.value->scan && expr.value->scan != scan)
        escaping.insert(expr.value);
    };
    forEachExpr(program.body, nullptr, visit);
    for (const typed::Expr *result : program.results)
      forEachExpr(*result, [&](const typed::Expr &expr) { visit(expr, nullptr); });
  }

  void importBody(const std::vector<typed::Stmt> &body) {
    for (const typed::Stmt &stmt : body) {
      if (stmt.kind == typed::StmtKind::Define)
        values[stmt.value] = emit(*stmt.value->expr);
      else if (stmt.kind == typed::StmtKind::Update)
        states[stmt.state] =
            broadcast(emit(*stmt.expr), stmt.state->type.dims, stmt.expr->range);
      else
        importScan(*stmt.scan);
    }
  }

  //===--- Scans -------------------------------------------------------------===//

  /// The whole sequence behind a per-step expression.
  mlir::Value wholeOf(const typed::Expr &expr, const typed::Scan &scan) {
    if (expr.kind == ExprKind::Operand)
      return arguments[expr.index];
    if (expr.kind == ExprKind::Value)
      return values.lookup(expr.value);
    mlir::Location loc = location(expr.range);
    if (expr.kind == ExprKind::Ghost)
      return broadcast(constant(1, Element::I32, loc), DimSet::of(scan.axes.members().front()), expr.range);
    return scan.isPlain() ? stepNumbers(scan, loc) : position(expr.dim, loc);
  }

  mlir::Value position(unsigned dim, mlir::Location loc) {
    return mixer::IndexOp::create(builder, loc, type(Element::I32, DimSet::of(dim)),
                                  dimNames[dim]);
  }

  /// Of each route of a scan of one axis.
  static std::vector<bool> isReversed(const typed::Scan &scan) {
    std::vector<bool> reversed;
    for (const RouteInfo &route : scan.walks)
      reversed.push_back(route.legs[0].digits[0].isReversed);
    return reversed;
  }

  /// Where, along the dimension of routes, it is this one.
  mlir::Value isRoute(const typed::Scan &scan, size_t number, mlir::Location loc) {
    return mixer::CompareOp::create(builder, loc, type(Element::Bool, DimSet::of(*scan.routes)), mixer::CompareKind::Eq,
                                    position(*scan.routes, loc), constant(static_cast<double>(number), Element::I32, loc));
  }

  /// The number of the step that is at each place of the walked axis, for each route.
  mlir::Value stepNumbers(const typed::Scan &scan, mlir::Location loc) {
    unsigned dim = scan.axes.members().front();
    std::vector<bool> reversed = isReversed(scan);
    mlir::Value forward = position(dim, loc);
    if (!llvm::is_contained(reversed, true))
      return forward;
    mlir::Value size =
        mixer::DimSizeOp::create(builder, loc, scalar(Element::I32), dimNames[dim]);
    mlir::Value last =
        binary(mixer::BinaryKind::Sub, size, constant(1, Element::I32, loc), loc);
    mlir::Value backward = binary(mixer::BinaryKind::Sub, last, forward, loc);
    if (!llvm::is_contained(reversed, false))
      return backward;
    mlir::Value steps = forward;
    for (auto [route, isBackward] : llvm::enumerate(reversed)) {
      if (!isBackward)
        continue;
      mlir::Value isThis = isRoute(scan, route, loc);
      steps = mixer::SelectOp::create(
          builder, loc,
          type(Element::I32, DimSet::of(dim) | DimSet::of(*scan.routes)), isThis, backward,
          steps);
    }
    return steps;
  }

  /// What a scan takes from outside, and its body while that is being built.
  struct ScanFrame {
    unsigned dim = 0; ///< the walked axis, or the dimension of steps
    llvm::DenseMap<size_t, mlir::Value> tables; ///< of routes
    llvm::SmallVector<mlir::Value> inits, ins;
    llvm::SmallVector<mlir::Attribute> stateNames;
    llvm::SmallVector<mlir::Type> argTypes;
    llvm::SmallVector<mlir::Location> argPlaces;
    llvm::SmallVector<StepSource> sliced; ///< of `ins`
    llvm::DenseMap<StepSource, mlir::Value> steps;
    llvm::SmallVector<const typed::Value *> yielded;
    mlir::Region body;
  };

  void importScan(const typed::Scan &scan) {
    ScanFrame frame;
    frame.dim = scan.isPlain() ? scan.axes.members().front() : addSteps(scan);
    addStates(scan, frame);
    addStepInputs(scan, frame);
    importScanBody(scan, frame);
    llvm::SmallVector<mlir::Type> resultTypes;
    for (const typed::Value *value : frame.yielded) {
      DimSet step = dimsOf(values.lookup(value));
      resultTypes.push_back(type(value->type.element, scan.isPlain() ? scan.whole(step) : step | DimSet::of(frame.dim)));
    }
    for (const typed::State *state : scan.states)
      resultTypes.push_back(type(state->type));
    bool isOne = scan.isPlain() && !scan.routes;
    auto op = mixer::ScanOp::create(
        builder, location(scan.range), resultTypes, dimNames[frame.dim],
        isOne && isReversed(scan).front() ? builder.getUnitAttr() : mlir::UnitAttr(),
        routesAttr(scan), builder.getArrayAttr(frame.stateNames), frame.inits, frame.ins);
    op.getBody().takeBody(frame.body);
    unsigned next = 0;
    for (const typed::Value *value : frame.yielded) {
      mlir::Value whole = op.getResult(next++);
      values[value] = scan.isPlain() ? whole : placed(scan, whole, frame, location(value->range));
    }
    for (const typed::State *state : scan.states)
      finals[state] = op.getResult(next++);
  }

  mixer::RoutesAttr routesAttr(const typed::Scan &scan) {
    if (!scan.routes || !scan.isPlain())
      return {};
    std::vector<bool> reversed = isReversed(scan);
    llvm::SmallVector<bool> list(reversed.begin(), reversed.end());
    return mixer::RoutesAttr::get(context, dimNames[*scan.routes], builder.getDenseBoolArrayAttr(list));
  }

  //===--- Routes ------------------------------------------------------------===//

  /// A dimension for the steps of the routes of a scan.
  unsigned addSteps(const typed::Scan &scan) {
    std::string name = scan.routes ? dimNames[*scan.routes].str() + "_steps" : "steps";
    while (llvm::any_of(dimNames, [&](mlir::StringAttr other) { return other.getValue() == name; }))
      name += "_";
    std::string expr = scan.along ? dimNames[*scan.along].str() : routeAttr(signature, scan.walks.front(), context).getSteps();
    std::optional<int64_t> extent = scan.along ? signature.dims[*scan.along].extent : numSteps(scan.walks.front());
    dimNames.push_back(builder.getStringAttr(name));
    stepPlaces.push_back(std::max(scan.axes.members().back(), scan.along.value_or(0)));
    stepDims.push_back(mixer::DimAttr::get(context, dimNames.back(), extent.value_or(-1),
                                           extent ? mlir::StringAttr() : builder.getStringAttr(expr)));
    return static_cast<unsigned>(dimNames.size() - 1);
  }

  /// The number of steps if all axes have a known extent.
  std::optional<int64_t> numSteps(const RouteInfo &route) {
    int64_t all = 0;
    for (const LegInfo &leg : route.legs) {
      int64_t count = 1;
      for (const DigitInfo &digit : leg.digits) {
        std::optional<int64_t> extent = signature.dims[digit.axis].extent;
        if (digit.at < 0 && !digit.mod && !extent)
          return std::nullopt;
        if (digit.at < 0)
          count *= digit.mod ? digit.mod : (*extent + digit.div - 1) / digit.div;
      }
      all += count;
    }
    return all;
  }

  /// The value along the dimension of steps instead of that of a table.
  mlir::Value overSteps(const typed::Scan &scan, mlir::Value value, unsigned steps, mlir::Location loc) {
    if (!scan.along || steps == *scan.along || !dimsOf(value).contains(*scan.along))
      return value;
    DimSet dims = (dimsOf(value) - DimSet::of(*scan.along)) | DimSet::of(steps);
    return mixer::RenameOp::create(builder, loc, type(elementOfType(llvm::cast<NdType>(value.getType())), dims),
                                   dimNames[*scan.along], dimNames[steps], value);
  }

  /// What `make` makes of the value for each route, put together.
  template <typename Fn>
  mlir::Value forEachRoute(const typed::Scan &scan, mlir::Value value, ScanFrame &frame, mlir::Location loc, Fn make) {
    llvm::SmallVector<mlir::Value> parts;
    Element element = elementOfType(llvm::cast<NdType>(value.getType()));
    for (auto [number, route] : llvm::enumerate(scan.walks)) {
      mlir::Value part = value;
      if (scan.routes && dimsOf(value).contains(*scan.routes))
        part = mixer::PickOp::create(builder, loc, type(element, dimsOf(value) - DimSet::of(*scan.routes)),
                                     dimNames[*scan.routes], builder.getI64IntegerAttr(static_cast<int64_t>(number)), value);
      mlir::Value table;
      if (const typed::Expr *expr = scan.tables[number]) {
        mlir::Value &known = frame.tables[number];
        if (!known)
          known = overSteps(scan, broadcast(emit(*expr), DimSet::of(*scan.along), expr->range), frame.dim, loc);
        table = known;
      }
      parts.push_back(make(part, routeAttr(signature, route, context), table, table ? dimsOf(table) : DimSet()));
    }
    if (!scan.routes)
      return parts.front();
    DimSet dims = DimSet::of(*scan.routes);
    for (mlir::Value part : parts)
      dims |= dimsOf(part);
    for (mlir::Value &part : parts) // those of a table may have more than those without one
      part = broadcast(part, dims - DimSet::of(*scan.routes), scan.range);
    return mixer::StackOp::create(builder, loc, type(element, dims), dimNames[*scan.routes], parts);
  }

  mlir::Value visited(const typed::Scan &scan, mlir::Value value, ScanFrame &frame, mlir::Location loc) {
    value = overSteps(scan, value, frame.dim, loc);
    if ((dimsOf(value) & scan.axes).empty())
      return value;
    Element element = elementOfType(llvm::cast<NdType>(value.getType()));
    return forEachRoute(scan, value, frame, loc, [&](mlir::Value part, mixer::RouteAttr route, mlir::Value table, DimSet more) {
      DimSet dims = (dimsOf(part) - scan.axes) | DimSet::of(frame.dim) | more;
      return mixer::VisitOp::create(builder, loc, type(element, dims), dimNames[frame.dim], route, part, table);
    });
  }

  mlir::Value placed(const typed::Scan &scan, mlir::Value value, ScanFrame &frame, mlir::Location loc) {
    Element element = elementOfType(llvm::cast<NdType>(value.getType()));
    return forEachRoute(scan, value, frame, loc, [&](mlir::Value part, mixer::RouteAttr route, mlir::Value table, DimSet more) {
      DimSet dims = ((dimsOf(part) | more) - DimSet::of(frame.dim)) | scan.axes;
      return mixer::PlaceOp::create(builder, loc, type(element, dims), dimNames[frame.dim], route, part, table);
    });
  }

  mlir::Value emitVisit(const typed::Expr &expr, mlir::Location loc) {
    ScanFrame frame;
    frame.dim = *expr.scan->along;
    mlir::Value value = emitFull(*expr.args[0]);
    return expr.kind == ExprKind::Visit ? visited(*expr.scan, value, frame, loc) : placed(*expr.scan, value, frame, loc);
  }

  void addStates(const typed::Scan &scan, ScanFrame &frame) {
    for (const typed::State *state : scan.states) {
      mlir::Location place = location(state->range);
      frame.inits.push_back(state->init ? emit(*state->init)
                                        : constant(0, state->type.element, place));
      frame.stateNames.push_back(builder.getStringAttr(state->name));
      frame.argTypes.push_back(type(state->type));
      frame.argPlaces.push_back(place);
    }
  }

  void addStepInputs(const typed::Scan &scan, ScanFrame &frame) {
    auto add = [&](const typed::Expr &expr, const typed::Scan *) {
      if (!expr.isStep || !frame.steps.try_emplace(stepSource(expr)).second)
        return;
      mlir::Value whole = wholeOf(expr, scan);
      if (!scan.isPlain())
        whole = visited(scan, whole, frame, location(expr.range));
      frame.steps[stepSource(expr)] = whole;
      if (!dimsOf(whole).contains(frame.dim))
        return; // a constant: the same at each step
      frame.ins.push_back(whole);
      frame.sliced.push_back(stepSource(expr));
      DimSet step = scan.isPlain() ? scan.step(dimsOf(whole)) : dimsOf(whole) - DimSet::of(frame.dim);
      frame.argTypes.push_back(type(elementOfType(llvm::cast<NdType>(whole.getType())), step));
      frame.argPlaces.push_back(location(expr.range));
    };
    if (scan.parent)
      forEachExpr(*scan.parent, [&](const typed::Expr &expr) { add(expr, &scan); });
    forEachExpr(scan.body, &scan, add);
    mlir::Location loc = location(scan.range);
    if (scan.structure == typed::Scan::Grid)
      addNumber(kStepNumber, position(frame.dim, loc), frame, loc);
    if (scan.restarts())
      addNumber(kLegStep, legSteps(scan, frame, loc), frame, loc);
  }

  /// A number of every step.
  void addNumber(StepSource source, mlir::Value whole, ScanFrame &frame, mlir::Location loc) {
    frame.ins.push_back(whole);
    frame.sliced.push_back(source);
    frame.argTypes.push_back(type(Element::I32, dimsOf(whole) - DimSet::of(frame.dim)));
    frame.argPlaces.push_back(loc);
  }

  //===--- Legs that begin anew -----------------------------------------------===//

  /// How many steps a leg has.
  mlir::Value stepsOf(const LegInfo &leg, mlir::Location loc) {
    mlir::Value all = constant(1, Element::I32, loc);
    for (const DigitInfo &digit : leg.digits) {
      if (digit.at >= 0)
        continue;
      mlir::Value count = constant(static_cast<double>(digit.mod), Element::I32, loc);
      if (!digit.mod) {
        count = mixer::DimSizeOp::create(builder, loc, scalar(Element::I32), dimNames[digit.axis]);
        if (digit.div > 1)
          count = binary(mixer::BinaryKind::Quot,
                         binary(mixer::BinaryKind::Add, count, constant(static_cast<double>(digit.div - 1), Element::I32, loc), loc),
                         constant(static_cast<double>(digit.div), Element::I32, loc), loc);
      }
      all = binary(mixer::BinaryKind::Mul, all, count, loc);
    }
    return all;
  }

  /// The number of every step in its leg, for each route; of a route that hands its states on, in the route.
  mlir::Value legSteps(const typed::Scan &scan, ScanFrame &frame, mlir::Location loc) {
    llvm::SmallVector<mlir::Value> parts;
    for (const RouteInfo &route : scan.walks) {
      mlir::Value step = position(frame.dim, loc), first = constant(0, Element::I32, loc), inLeg = step;
      for (const LegInfo &leg : llvm::ArrayRef(route.legs).drop_back(route.restarts ? 0 : route.legs.size())) {
        mlir::Value isHere = mixer::CompareOp::create(builder, loc, type(Element::Bool, DimSet::of(frame.dim)),
                                                      mixer::CompareKind::Ge, step, first);
        inLeg = mixer::SelectOp::create(builder, loc, type(Element::I32, DimSet::of(frame.dim)), isHere,
                                        binary(mixer::BinaryKind::Sub, step, first, loc), inLeg);
        first = binary(mixer::BinaryKind::Add, first, stepsOf(leg, loc), loc);
      }
      parts.push_back(inLeg);
    }
    if (!scan.routes)
      return parts.front();
    return mixer::StackOp::create(builder, loc, type(Element::I32, DimSet::of(frame.dim) | DimSet::of(*scan.routes)),
                                  dimNames[*scan.routes], parts);
  }

  /// At the first step of a leg the states are as they start.
  void startLegs(const typed::Scan &scan, ScanFrame &frame) {
    legStep = frame.steps.lookup(kLegStep);
    mlir::Location loc = location(scan.range);
    mlir::Value isFirst = mixer::CompareOp::create(builder, loc, type(Element::Bool, dimsOf(legStep)), mixer::CompareKind::Eq,
                                                   legStep, constant(0, Element::I32, loc));
    for (auto [state, init] : llvm::zip(scan.states, frame.inits))
      before[state] = states[state] =
          mixer::SelectOp::create(builder, loc, type(state->type), isFirst, init, states[state]);
  }

  /// An earlier value, if it is of the same leg.
  mlir::Value ofSameLeg(mlir::Value earlier, const typed::Expr &expr, mlir::Location loc) {
    mlir::Value isSame = mixer::CompareOp::create(builder, loc, type(Element::Bool, dimsOf(legStep)), mixer::CompareKind::Ge,
                                                  legStep, constant(expr.index, Element::I32, loc));
    return mixer::SelectOp::create(builder, loc, type(expr.type.element, dimsOf(earlier) | dimsOf(legStep)), isSame, earlier,
                                   constant(0, expr.type.element, loc));
  }

  void importScanBody(const typed::Scan &scan, ScanFrame &frame) {
    mlir::Block *block = &frame.body.emplaceBlock();
    block->addArguments(frame.argTypes, frame.argPlaces);
    unsigned next = 0;
    for (const typed::State *state : scan.states)
      before[state] = states[state] = block->getArgument(next++);
    for (StepSource source : frame.sliced)
      frame.steps[source] = block->getArgument(next++);
    mlir::OpBuilder::InsertionGuard guard(builder);
    llvm::SaveAndRestore enter(steps, &frame.steps);
    llvm::SaveAndRestore inLegs(legStep, mlir::Value());
    builder.setInsertionPointToEnd(block);
    if (scan.restarts())
      startLegs(scan, frame);
    if (scan.parent)
      startAtParent(scan, frame);
    importBody(scan.body);
    llvm::SmallVector<mlir::Value> newValues;
    for (const typed::State *state : scan.states)
      newValues.push_back(states.lookup(state));
    for (const typed::Stmt &stmt : scan.body)
      if (stmt.kind == typed::StmtKind::Define && escaping.count(stmt.value)) {
        frame.yielded.push_back(stmt.value);
        newValues.push_back(values.lookup(stmt.value));
      }
    mixer::YieldOp::create(builder, location(scan.range), newValues);
  }

  //===--- Structures --------------------------------------------------------===//

  mlir::Value recall(const typed::State *state, mlir::Value step, mlir::Location loc) {
    return mixer::RecallOp::create(builder, loc, type(state->type.element, state->type.dims | dimsOf(step)),
                                   before.lookup(state), step);
  }

  /// In a tree the old value of a state is that after the parent's step; where there is none, its start.
  void startAtParent(const typed::Scan &scan, ScanFrame &frame) {
    mlir::Location loc = location(scan.parent->range);
    mlir::Value parent = emit(*scan.parent), isRoot;
    for (auto [state, init] : llvm::zip(scan.states, frame.inits)) {
      states[state] = recall(state, parent, location(state->range));
      if (!state->init)
        continue; // zero, as what no step has made
      if (!isRoot)
        isRoot = mixer::CompareOp::create(builder, loc, type(Element::Bool, dimsOf(parent)), mixer::CompareKind::Lt,
                                          parent, constant(0, Element::I32, loc));
      states[state] = mixer::SelectOp::create(builder, loc, states[state].getType(), isRoot, init, states[state]);
    }
  }

  /// The extent of the last axis of a grid, that of each route.
  mlir::Value columnsOf(const typed::Scan &scan, mlir::Location loc) {
    mlir::Value columns;
    for (auto [number, route] : llvm::enumerate(scan.walks)) {
      unsigned axis = route.legs[0].digits.back().axis;
      if (columns && axis == scan.walks.front().legs[0].digits.back().axis)
        continue;
      mlir::Value size = mixer::DimSizeOp::create(builder, loc, scalar(Element::I32), dimNames[axis]);
      if (!columns) {
        columns = size;
        continue;
      }
      mlir::Value isThis = isRoute(scan, number, loc);
      columns = mixer::SelectOp::create(builder, loc, type(Element::I32, DimSet::of(*scan.routes)), isThis, size, columns);
    }
    return columns;
  }

  mlir::Value emitRecall(const typed::Expr &expr, mlir::Location loc) {
    const typed::State *state = expr.state;
    if (expr.op == "recall")
      return recall(state, emit(*expr.args[0]), loc);
    mlir::Value step = steps->lookup(kStepNumber), columns = columnsOf(*state->scan, loc);
    if (expr.op == "up") // zero above the first row
      return recall(state, binary(mixer::BinaryKind::Sub, step, columns, loc), loc);
    mlir::Value column = binary(mixer::BinaryKind::Mod, step, columns, loc);
    mlir::Value isInside = mixer::CompareOp::create(builder, loc, type(Element::Bool, dimsOf(column)),
                                                    mixer::CompareKind::Gt, column, constant(0, Element::I32, loc));
    return mixer::SelectOp::create(builder, loc, type(state->type.element, state->type.dims | dimsOf(column)), isInside,
                                   before.lookup(state), constant(0, state->type.element, loc));
  }

  //===--- Expressions ---------------------------------------------------------===//

  mlir::Value constant(double number, Element element, mlir::Location loc) {
    return mixer::ConstantOp::create(builder, loc, scalar(element),
                                     builder.getF64FloatAttr(number),
                                     builder.getF64FloatAttr(0.0));
  }

  mlir::Value binary(mixer::BinaryKind kind, mlir::Value left, mlir::Value right,
                     mlir::Location loc) {
    NdType result = llvm::cast<NdType>(left.getType());
    result = type(elementOfType(result), dimsOf(left) | dimsOf(right));
    return mixer::BinaryOp::create(builder, loc, result, kind, left, right);
  }

  Element elementOfType(NdType type) {
    if (type.isComplex())
      return Element::C64;
    return type.getElementType().isF32() ? Element::F32
           : type.getElementType().isInteger(1) ? Element::Bool
                                                : Element::I32;
  }

  mlir::Value cast(mlir::Value value, Element element, mlir::Location loc) {
    Element from = elementOfType(llvm::cast<NdType>(value.getType()));
    if (from == element)
      return value;
    if (from == Element::I32 && element == Element::C64)
      value = cast(value, Element::F32, loc);
    return mixer::CastOp::create(builder, loc, type(element, dimsOf(value)), value);
  }

  /// The value over (at least) these dimensions.
  mlir::Value broadcast(mlir::Value value, DimSet dims, Range range) {
    mlir::Location loc = location(range);
    Element element = elementOfType(llvm::cast<NdType>(value.getType()));
    for (unsigned dim : (dims - dimsOf(value)).members()) {
      mlir::Value yes = constant(1, Element::Bool, loc), other = position(dim, loc);
      if (element == Element::Bool)
        other = mixer::CompareOp::create(builder, loc, type(Element::Bool, DimSet::of(dim)),
                                         mixer::CompareKind::Eq, other, other);
      else
        other = cast(other, element, loc);
      value = mixer::SelectOp::create(builder, loc,
                                      type(element, dimsOf(value) | DimSet::of(dim)), yes, value,
                                      other);
    }
    return value;
  }

  mlir::Value emitFull(const typed::Expr &expr) {
    return broadcast(emit(expr), expr.type.dims, expr.range);
  }

  mlir::Value emit(const typed::Expr &expr) {
    mlir::Location loc = location(expr.range);
    switch (expr.kind) {
    case ExprKind::Constant:
      return constant(expr.number, expr.type.element, loc);
    case ExprKind::DimSize:
      return mixer::DimSizeOp::create(builder, loc, scalar(Element::I32), dimNames[expr.dim]);
    case ExprKind::Index:
      if (expr.isStep)
        return steps->lookup(stepSource(expr));
      return mixer::IndexOp::create(builder, loc, type(expr.type), dimNames[expr.dim]);
    case ExprKind::Ghost:
      return mixer::CompareOp::create(builder, loc, type(Element::Bool, dimsOf(steps->lookup(kIsPlace))),
                                      mixer::CompareKind::Eq, steps->lookup(kIsPlace), constant(0, Element::I32, loc));
    case ExprKind::Operand:
      return expr.isStep ? steps->lookup(stepSource(expr)) : arguments[expr.index];
    case ExprKind::Value:
      return expr.isStep ? steps->lookup(stepSource(expr)) : values.lookup(expr.value);
    case ExprKind::State:
      return states.lookup(expr.state);
    case ExprKind::Param:
      return arguments[expr.index];
    case ExprKind::Final:
      return finals.lookup(expr.state);
    default:
      return emitOperation(expr, loc);
    }
  }

  mlir::Value emitOperation(const typed::Expr &expr, mlir::Location loc) {
    switch (expr.kind) {
    case ExprKind::Reduce:
      return emitReduce(expr, loc);
    case ExprKind::Conv:
      return emitConv(expr, loc);
    case ExprKind::Tail:
      return emitTail(expr, loc);
    case ExprKind::Rename:
      return emitRename(expr, loc);
    case ExprKind::Shift:
      return emitShift(expr, loc);
    case ExprKind::Gather:
      return emitGather(expr, loc);
    case ExprKind::Visit:
    case ExprKind::Place:
      return emitVisit(expr, loc);
    case ExprKind::Recall:
      return emitRecall(expr, loc);
    case ExprKind::Call:
      return emitCall(expr, loc);
    case ExprKind::Binary:
      if (expr.op == "pow" && expr.type.element == Element::C64)
        return emitComplexPower(expr, loc);
      break;
    default:
      break;
    }
    llvm::SmallVector<mlir::Value, 3> args;
    DimSet dims;
    for (const typed::Expr *arg : expr.args) {
      args.push_back(emit(*arg));
      dims |= dimsOf(args.back());
    }
    mlir::Value result = emitPointwise(expr, args, type(expr.type.element, dims), loc);
    return expr.kind == ExprKind::Prev && legStep ? ofSameLeg(result, expr, loc) : result;
  }

  mlir::Value emitPointwise(const typed::Expr &expr, llvm::ArrayRef<mlir::Value> args,
                            NdType result, mlir::Location loc) {
    switch (expr.kind) {
    case ExprKind::Unary:
      return mixer::UnaryOp::create(builder, loc, result, *mixer::symbolizeUnaryKind(expr.op),
                                    args[0]);
    case ExprKind::Binary:
      return mixer::BinaryOp::create(builder, loc, result, *mixer::symbolizeBinaryKind(expr.op),
                                     args[0], args[1]);
    case ExprKind::Compare:
      return mixer::CompareOp::create(builder, loc, result,
                                      *mixer::symbolizeCompareKind(expr.op), args[0], args[1]);
    case ExprKind::Select:
      return mixer::SelectOp::create(builder, loc, result, args[0], args[1], args[2]);
    case ExprKind::Cast:
      return mixer::CastOp::create(builder, loc, result, args[0]);
    case ExprKind::Complex:
      return mixer::ComplexOp::create(builder, loc, result, args[0], args[1]);
    default:
      return mixer::PrevOp::create(builder, loc, result, args[0],
                                   builder.getI64IntegerAttr(expr.index));
    }
  }

  mlir::Value emitReduce(const typed::Expr &expr, mlir::Location loc) {
    mlir::Value value = emit(*expr.args[0]);
    DimSet present = expr.dims & dimsOf(value), missing = expr.dims - present;
    llvm::SmallVector<mlir::Attribute> names;
    for (unsigned dim : present.members())
      names.push_back(dimNames[dim]);
    if (!names.empty())
      value = mixer::ReduceOp::create(
          builder, loc, type(expr.type.element, dimsOf(value) - present),
          *mixer::symbolizeReduceKind(expr.op), builder.getArrayAttr(names), value);
    if (expr.op != "sum")
      return value;
    for (unsigned dim : missing.members()) {
      mlir::Value size =
          mixer::DimSizeOp::create(builder, loc, scalar(Element::I32), dimNames[dim]);
      value = binary(mixer::BinaryKind::Mul, value, cast(size, expr.type.element, loc), loc);
    }
    return value;
  }

  mlir::Value emitComplexPower(const typed::Expr &expr, mlir::Location loc) {
    mlir::Value base = emit(*expr.args[0]);
    int power = static_cast<int>(expr.args[1]->number);
    mlir::Value result;
    for (int i = 0; i < std::abs(power); ++i)
      result = result ? binary(mixer::BinaryKind::Mul, result, base, loc) : base;
    if (power > 0)
      return result;
    mlir::Value one = constant(1, Element::C64, loc);
    return result ? binary(mixer::BinaryKind::Div, one, result, loc) : one;
  }

  mlir::Value emitConv(const typed::Expr &expr, mlir::Location loc) {
    mlir::Value input = emitFull(*expr.args[0]), weight = emitFull(*expr.args[1]);
    mlir::Value init = expr.args.size() > 2 ? emitFull(*expr.args[2]) : mlir::Value();
    return mixer::ConvOp::create(builder, loc, type(expr.type),
                                 *mixer::symbolizePadKind(expr.op), dimNames[expr.dim],
                                 dimNames[expr.dim2], input, weight, init,
                                 init ? dimNames[expr.dim3] : mlir::StringAttr());
  }

  mlir::Value emitTail(const typed::Expr &expr, mlir::Location loc) {
    mlir::Value input = emitFull(*expr.args[0]);
    mlir::Value init = expr.args.size() > 1 ? emitFull(*expr.args[1]) : mlir::Value();
    return mixer::TailOp::create(builder, loc, type(expr.type), dimNames[expr.dim],
                                 dimNames[expr.dim2], input, init);
  }

  /// A value that is the same along the dimension has nothing to rename; a bool travels as a number.
  mlir::Value emitRename(const typed::Expr &expr, mlir::Location loc) {
    mlir::Value value = emit(*expr.args[0]);
    if (!dimsOf(value).contains(expr.dim))
      return value;
    bool isBool = expr.type.element == Element::Bool;
    mlir::Value one = isBool ? constant(1, Element::I32, loc) : mlir::Value();
    if (isBool)
      value = mixer::SelectOp::create(builder, loc, type(Element::I32, dimsOf(value)), value, one,
                                      constant(0, Element::I32, loc));
    DimSet dims = (dimsOf(value) - DimSet::of(expr.dim)) | DimSet::of(expr.dim2);
    value = mixer::RenameOp::create(
        builder, loc, type(isBool ? Element::I32 : expr.type.element, dims), dimNames[expr.dim],
        dimNames[expr.dim2], value);
    return isBool ? mixer::CompareOp::create(builder, loc, type(Element::Bool, dims),
                                             mixer::CompareKind::Eq, value, one)
                        .getResult()
                  : value;
  }

  mlir::Value emitShift(const typed::Expr &expr, mlir::Location loc) {
    mlir::Value value = broadcast(emit(*expr.args[0]), DimSet::of(expr.dim), expr.range);
    return mixer::ShiftOp::create(builder, loc, value.getType(), dimNames[expr.dim],
                                  builder.getI64IntegerAttr(expr.steps), value);
  }

  mlir::Value emitGather(const typed::Expr &expr, mlir::Location loc) {
    mlir::Value value = broadcast(emit(*expr.args[0]), DimSet::of(expr.dim), expr.range);
    mlir::Value index = emit(*expr.args[1]);
    DimSet dims = (dimsOf(value) - DimSet::of(expr.dim)) | dimsOf(index);
    return mixer::GatherOp::create(builder, loc, type(expr.type.element, dims), dimNames[expr.dim], value, index);
  }

  mlir::Value emitCall(const typed::Expr &expr, mlir::Location loc) {
    llvm::SmallVector<mlir::Value> args;
    for (const typed::Expr *arg : expr.args)
      args.push_back(emitFull(*arg));
    return mlir::func::CallOp::create(builder, loc, functions.lookup(expr.function), args)
        .getResult(0);
  }

  const Program &program;
  const Signature &signature;
  const SourceManager &sources;
  mlir::MLIRContext *context;
  mlir::OpBuilder builder;
  std::vector<mlir::StringAttr> dimNames; ///< those of the signature, then those of steps
  llvm::SmallVector<mlir::Attribute> stepDims;
  std::vector<unsigned> stepPlaces; ///< of each of them, the place in the header behind which it stands
  llvm::DenseMap<const typed::Function *, mlir::func::FuncOp> functions;
  std::vector<mlir::Value> arguments; ///< operands of the mixer, or parameters of a function
  llvm::DenseMap<const typed::Value *, mlir::Value> values;
  llvm::DenseMap<const typed::State *, mlir::Value> states, finals, before; ///< now; last; before the step
  mlir::Value legStep; ///< in a scan whose legs begin anew: the number of the step in its leg
  llvm::DenseMap<StepSource, mlir::Value> *steps = nullptr;
  std::set<const typed::Value *> escaping;
};

} // namespace

mlir::OwningOpRef<mlir::ModuleOp>
mixir::frontend::importToMixer(const Program &program, const SourceManager &sources,
                               mlir::MLIRContext *context) {
  return Importer(program, sources, context).run();
}
