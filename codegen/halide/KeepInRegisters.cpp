// See KeepInRegisters.h. Rows of different states and accumulators do not overlap, so two indices
// that are not the same expression are different rows, or one of them varies in the loop.
#include "codegen/halide/KeepInRegisters.h"

#include <algorithm>
#include <set>
#include <vector>

using Halide::Expr;
using namespace Halide::Internal;

namespace mixir::codegen {

namespace {

/// A row that a loop stores to at the same place in every iteration.
struct Row {
  Expr index;
  Halide::Type type;
  std::string name;
};

/// What a loop does with the work space.
class LoopUses : public IRVisitor {
public:
  LoopUses(const std::string &work) : work(work) {}

  bool holdsLoop = false;
  std::vector<Row> stored;
  std::set<std::string> inside; ///< variables that the loop body defines

private:
  using IRVisitor::visit;
  void visit(const For *loop) override { holdsLoop = true; }
  void visit(const Allocate *op) override { holdsLoop = true; }
  void visit(const Let *op) override {
    inside.insert(op->name);
    IRVisitor::visit(op);
  }
  void visit(const LetStmt *op) override {
    inside.insert(op->name);
    IRVisitor::visit(op);
  }
  void visit(const Store *op) override {
    IRVisitor::visit(op);
    if (op->name != work)
      return;
    for (const Row &row : stored)
      if (equal(row.index, op->index))
        return;
    stored.push_back({op->index, op->value.type(), ""});
  }

  const std::string &work;
};

class UsesVariables : public IRVisitor {
public:
  explicit UsesVariables(const std::set<std::string> &names) : names(names) {}
  bool found = false;

private:
  using IRVisitor::visit;
  void visit(const Variable *op) override { found |= names.count(op->name) != 0; }
  void visit(const Load *op) override { found = true; }

  const std::set<std::string> &names;
};

/// Loads and stores of the rows through their own allocations.
class Redirect : public IRMutator {
public:
  Redirect(const std::string &work, const std::vector<Row> &rows) : work(work), rows(rows) {}

private:
  using IRMutator::visit;

  const Row *find(const std::string &name, const Expr &index) {
    if (name == work)
      for (const Row &row : rows)
        if (equal(row.index, index))
          return &row;
    return nullptr;
  }

  Expr visit(const Load *op) override {
    const Row *row = find(op->name, op->index);
    if (!row)
      return IRMutator::visit(op);
    return Load::make(op->type, row->name, place(*row), Halide::Buffer<>(), Parameter(), op->predicate,
                      ModulusRemainder());
  }

  Stmt visit(const Store *op) override {
    const Row *row = find(op->name, op->index);
    if (!row)
      return IRMutator::visit(op);
    return Store::make(row->name, mutate(op->value), place(*row), Parameter(), op->predicate, ModulusRemainder());
  }

public:
  static Expr place(const Row &row) {
    return row.type.is_vector() ? Ramp::make(Expr(0), Expr(1), row.type.lanes()) : Expr(0);
  }

private:
  const std::string &work;
  const std::vector<Row> &rows;
};

} // namespace

Stmt KeepInRegisters::visit(const For *loop) {
  LoopUses uses(work);
  loop->body.accept(&uses);
  if (uses.holdsLoop || loop->for_type != ForType::Serial)
    return IRMutator::visit(loop);
  uses.inside.insert(loop->name);
  std::vector<Row> rows;
  for (Row &row : uses.stored) {
    UsesVariables varies(uses.inside);
    row.index.accept(&varies);
    const Ramp *ramp = row.index.as<Ramp>();
    bool isDense = !row.type.is_vector() || (ramp && is_const_one(ramp->stride));
    if (varies.found || !isDense)
      continue;
    row.name = work + ".row" + std::to_string(count++);
    rows.push_back(row);
  }
  if (rows.empty())
    return loop;
  Stmt body = For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->device_api,
                        Redirect(work, rows).mutate(loop->body));
  for (const Row &row : rows) {
    Expr held = Load::make(row.type, work, row.index, Halide::Buffer<>(), Parameter(),
                           const_true(row.type.lanes()), ModulusRemainder());
    Expr made = Load::make(row.type, row.name, Redirect::place(row), Halide::Buffer<>(), Parameter(),
                           const_true(row.type.lanes()), ModulusRemainder());
    Stmt before = Store::make(row.name, held, Redirect::place(row), Parameter(), const_true(row.type.lanes()),
                              ModulusRemainder());
    Stmt after = Store::make(work, made, row.index, Parameter(), const_true(row.type.lanes()), ModulusRemainder());
    body = Allocate::make(row.name, row.type.element_of(), Halide::MemoryType::Stack, {Expr(row.type.lanes())},
                          const_true(), Block::make({before, body, after}));
  }
  return body;
}

} // namespace mixir::codegen
