// Specialise.cpp - see Specialise.h.
#include "tools/Specialise.h"

namespace mixir::tools {

using frontend::DimInfo;
using frontend::DimSet;
using frontend::Program;
using namespace frontend::typed;

namespace {

/// Extent that `explain` and its like assume where nobody said one.
constexpr int64_t kAssumedExtent = 64;

/// All dimensions of an expression and of what it computes on the way, and those that a step needs
/// whole.
void collectDims(const Expr *expr, DimSet &all, DimSet &reduced) {
  all |= expr->type.dims;
  if (expr->kind == ExprKind::Reduce)
    reduced |= expr->dims;
  if (expr->kind == ExprKind::Rename)
    reduced |= DimSet::of(expr->dim) | DimSet::of(expr->dim2);
  if (expr->kind == ExprKind::Shift)
    reduced |= DimSet::of(expr->dim);
  for (const Expr *arg : expr->args)
    collectDims(arg, all, reduced);
  if (expr->kind == ExprKind::Call) {
    for (const Value *value : expr->function->values)
      collectDims(value->expr, all, reduced);
    collectDims(expr->function->result, all, reduced);
  }
}

void collectScan(const Scan &scan, DimUses &uses) {
  uses.walked |= scan.axes;
  DimSet all, reduced;
  for (const Stmt &stmt : scan.body)
    if (stmt.expr)
      collectDims(stmt.expr, all, reduced);
    else if (stmt.value && stmt.value->expr)
      collectDims(stmt.value->expr, all, reduced);
  uses.needed |= reduced;
  for (const State *state : scan.states)
    uses.needed |= all - state->type.dims;
}

/// Dimensions that a supplied operand tells, directly or as the only unknown of a merged axis.
DimSet toldDims(const Program &program) {
  DimSet told;
  for (const auto &operand : program.signature.operands)
    if (!operand.isOmitted)
      for (const std::vector<unsigned> &axis : operand.axes)
        if (axis.size() == 1)
          told |= DimSet::of(axis[0]);
  return told;
}

} // namespace

DimUses usesOf(const Program &program) {
  DimUses uses;
  for (const Expr &expr : program.exprs) {
    if (expr.kind != ExprKind::Conv && expr.kind != ExprKind::Tail)
      continue;
    uses.walked |= DimSet::of(expr.dim);
    uses.needed |= DimSet::of(expr.dim2);
    if (expr.kind == ExprKind::Conv && expr.args.size() > 2)
      uses.needed |= DimSet::of(expr.dim3);
  }
  for (const Scan &scan : program.scans)
    collectScan(scan, uses);
  for (const Scan &walk : program.walks)
    uses.walked |= walk.axes | DimSet::of(*walk.along);
  uses.needed = uses.needed - uses.walked;
  for (unsigned i = static_cast<unsigned>(program.signature.dims.size()); i-- > 0;)
    if (auto source = program.signature.dims[i].copyOf; source && uses.needed.contains(i))
      uses.needed |= DimSet::of(*source); // a copy has the extent of what it copies
  return uses;
}

DimSet gridAxes(const Program &program) {
  DimSet axes;
  for (const Scan &scan : program.scans)
    if (scan.axes.size() > 1)
      axes |= scan.axes;
  return axes;
}

Extents extentsToFix(const Program &program, const Extents &extents, const Extents &set) {
  DimUses uses = usesOf(program);
  DimSet told = toldDims(program);
  Extents fixed = set;
  for (unsigned i = 0; i < program.signature.dims.size(); i++) {
    const DimInfo &dim = program.signature.dims[i];
    auto extent = extents.find(dim.name);
    int64_t value = extent == extents.end() ? 1 : extent->second; // unused ones get any number
    bool isOpen = uses.walked.contains(i) || i == 0 || value >= kLargeExtent;
    if (!dim.isSettable() || value < 1)
      continue;
    bool hasDefault = dim.extent && dim.isDefault;
    if (uses.needed.contains(i) || !told.contains(i) || !isOpen || hasDefault)
      fixed[dim.name] = value;
  }
  return fixed;
}

Extents assumedExtents(const Program &program, const Extents &set,
                       std::vector<std::string> &assumed) {
  DimUses uses = usesOf(program);
  Extents fixed = set;
  for (unsigned i = 0; i < program.signature.dims.size(); i++) {
    const DimInfo &dim = program.signature.dims[i];
    if (!uses.needed.contains(i) || dim.extent || !dim.isSettable() || set.count(dim.name))
      continue;
    fixed[dim.name] = kAssumedExtent;
    assumed.push_back(dim.name);
  }
  return fixed;
}

} // namespace mixir::tools
