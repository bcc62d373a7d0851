// See PrefetchRows.h. Halide has a directive for this, but in version 14 it keeps lines out of L2 and
// steps wrongly over rows longer than a cache line.
#include "codegen/halide/PrefetchRows.h"

#include "llvm/Support/SaveAndRestore.h"

#include <array>

using Halide::Expr;
using namespace Halide::Internal;

namespace mixir::codegen {

namespace {
constexpr int kLineBytes = 64;
} // namespace

PrefetchRows::PrefetchRows(KernelContext &context, const RecurEmitter &recur, llvm::ArrayRef<EntryArg> writes,
                           llvm::ArrayRef<Halide::Func> outputs)
    : context(context), loopSuffix("." + recur.timeName()), groupName("." + varOf(kGroup).name()),
      workName(recur.workName()), lanes(static_cast<int>(context.lanes())) {
  kernel::LoopAttr serial = context.func.getSerialLoop();
  timeDim = serial.getDim().getValue().str();
  block = static_cast<int>(serial.getBlock());
  reverse = serial.getKind() == kernel::LoopKind::SerialReverse;
  extent = context.extent(timeDim);
  for (auto [arg, image] : llvm::zip(context.reads, context.readParams))
    add(arg, image.name(), 1);
  for (auto [arg, output] : llvm::zip_first(writes, outputs))
    add(arg, output.name(), 0);
}

void PrefetchRows::add(const EntryArg &arg, const std::string &buffer, int tilesAhead) {
  if (context.laneDim().empty() || !arg.part.empty() || arg.dims.size() != 2 || arg.dims[0] != context.laneDim() ||
      arg.dims[1] != timeDim)
    return;
  rows.push_back({buffer, storageType(context.storedType(arg.ref)).bytes(), tilesAhead});
}

Stmt PrefetchRows::fetch(const Rows &r, const Expr &step) {
  auto field = [&](const char *name, int dim) {
    return Variable::make(Halide::Int(32), r.buffer + "." + name + "." + std::to_string(dim));
  };
  Expr at = reverse ? extent - 1 - step : step;
  at += (reverse ? -block : block) * r.tilesAhead;
  Expr lane = group.empty() ? Expr(0) : Variable::make(Halide::Int(32), group) * lanes;
  Expr element = Halide::cast<int64_t>(at - field("min", 1)) * field("stride", 1) + lane - field("min", 0);
  std::vector<Stmt> lines;
  for (int byte = 0; byte < lanes * r.elementBytes; byte += kLineBytes)
    lines.push_back(Evaluate::make(Call::make(
        Halide::Int(32), "mixir_prefetch",
        {Variable::make(Halide::Handle(), r.buffer), element * r.elementBytes + Expr(int64_t(byte))}, Call::Extern)));
  return Block::make(lines);
}

Stmt PrefetchRows::visit(const LetStmt *let) {
  defined.insert(let->name);
  return IRMutator::visit(let);
}

/// Halide drops what it knows of a buffer when it has simplified away all that reads it.
bool PrefetchRows::isUsed(const Rows &r) const {
  return defined.contains(r.buffer) && llvm::all_of(std::array{".min.0", ".min.1", ".stride.1"}, [&](const char *field) {
           return defined.contains(r.buffer + field);
         });
}

Stmt PrefetchRows::visit(const For *loop) {
  llvm::StringRef name(loop->name);
  if (!name.starts_with(workName + ".s"))
    return IRMutator::visit(loop);
  if (name.ends_with(groupName)) {
    llvm::SaveAndRestore<std::string> inside(group, loop->name);
    return IRMutator::visit(loop);
  }
  if (!name.ends_with(loopSuffix))
    return IRMutator::visit(loop);
  std::vector<Stmt> body;
  for (const Rows &r : rows)
    if (isUsed(r))
      body.push_back(fetch(r, Variable::make(Halide::Int(32), loop->name)));
  body.push_back(loop->body);
  return For::make(loop->name, loop->min, loop->extent, loop->for_type, loop->device_api, Block::make(body));
}

} // namespace mixir::codegen
