// See GuardExponents.h. Magnitudes are compared as the bits of floats: in that order a NaN is larger than
// every number, so whatever has one takes the steps with limits.
#include "codegen/halide/GuardExponents.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SaveAndRestore.h"

#include <map>
#include <set>

using Halide::Expr;
using namespace Halide::Internal;

namespace mixir::codegen {

namespace {
constexpr float kLimit = 120.0f; // 2^-120 leaves room for the products on the way
constexpr int kFewestSteps = 8;  // fewer do not pay for the bound
constexpr int kFewestPowers = 4; // of one load that differs from power to power
constexpr uint32_t kMagnitude = 0x7fffffff;

bool isExp2(const Call *call) { return call->name == "mixir_exp2" || call->name == "mixir_exp2_fast"; }

/// The largest |x| of a load over some of the loops around it.
struct Largest {
  const Load *load; // with its index in terms of the loops
  llvm::SmallVector<const For *> over; // outermost first
  bool isEverywhere;                   // over all loops around the exponent
  std::string name;

  Halide::Type bits() const { return Halide::UInt(32, load->type.lanes()); }
  Expr kept() const {
    return Load::make(bits(), name, place(), Halide::Buffer<>(), Parameter(), const_true(bits().lanes()),
                      ModulusRemainder());
  }
  Stmt keep(const Expr &value) const {
    return Store::make(name, value, place(), Parameter(), const_true(bits().lanes()), ModulusRemainder());
  }

private:
  Expr place() const { return bits().is_vector() ? Ramp::make(Expr(0), Expr(1), bits().lanes()) : Expr(0); }
};

/// Names that are stored to.
class Stored : public IRVisitor {
public:
  std::set<std::string> names;

private:
  using IRVisitor::visit;
  void visit(const Store *op) override {
    names.insert(op->name);
    IRVisitor::visit(op);
  }
};

/// The exponents of a loop over steps for which there is a bound.
class Bounds : public IRVisitor {
public:
  Bounds(const For *steps) : steps(steps) {
    Stored stored;
    steps->body.accept(&stored);
    written = std::move(stored.names);
    steps->accept(this);
    for (const Call *call : unbounded)
      bounded.erase(call);
  }

  /// Whether the bounds take far fewer operations than the powers.
  bool areCheap() const {
    auto isEverywhere = [](const Largest &leaf) { return leaf.isEverywhere; };
    return bounded.size() >= kFewestPowers * std::max<size_t>(1, llvm::count_if(leaves, isEverywhere));
  }

  std::map<const Call *, Expr> bounded; ///< the bound of the argument
  std::vector<Largest> leaves;
  std::vector<Expr> made; ///< keeps the loads of the leaves alive

private:
  using IRVisitor::visit;

  void visit(const For *loop) override {
    loops.push_back(loop);
    IRVisitor::visit(loop);
    loops.pop_back();
  }
  template <typename OpT> void visitLet(const OpT *op) {
    op->value.accept(this);
    auto outer = lets;
    lets[op->name] = op->value.type().is_float() ? op->value : inLoops(op->value);
    op->body.accept(this);
    lets = std::move(outer);
  }
  void visit(const Let *op) override { visitLet(op); }
  void visit(const LetStmt *op) override { visitLet(op); }
  void visit(const IfThenElse *op) override {
    llvm::SaveAndRestore<bool> inside(isConditional, true); // what is not computed may not be there
    IRVisitor::visit(op);
  }
  void visit(const Call *call) override {
    IRVisitor::visit(call);
    if (!isExp2(call))
      return;
    Expr bound = isConditional ? Expr() : boundOf(call->args[0]);
    if (bound.defined())
      bounded[call] = bound;
    else
      unbounded.insert(call);
  }

  /// An integer in terms of the loops and of what is defined around them.
  Expr inLoops(const Expr &e) { return substitute(lets, e); }

  /// A bound of |e|; undefined where none is known.
  Expr boundOf(const Expr &e) {
    if (auto mul = e.as<Mul>())
      return both(mul->a, mul->b, [](Expr a, Expr b) { return a * b; });
    if (auto add = e.as<Add>())
      return both(add->a, add->b, [](Expr a, Expr b) { return a + b; });
    if (auto sub = e.as<Sub>())
      return both(sub->a, sub->b, [](Expr a, Expr b) { return a + b; });
    if (auto broadcast = e.as<Broadcast>()) {
      Expr value = boundOf(broadcast->value);
      return value.defined() ? Broadcast::make(value, broadcast->lanes) : Expr();
    }
    if (auto variable = e.as<Variable>()) {
      auto let = lets.find(variable->name);
      return let != lets.end() ? boundOf(let->second) : Expr();
    }
    if (auto call = e.as<Call>())
      return call->is_intrinsic(Call::strict_float) ? boundOf(call->args[0]) : Expr();
    if (auto number = e.as<FloatImm>())
      return Expr(std::abs(static_cast<float>(number->value)));
    if (auto load = e.as<Load>())
      return largest(load);
    return Expr();
  }

  template <typename Combine> Expr both(const Expr &a, const Expr &b, Combine combine) {
    Expr boundA = boundOf(a);
    Expr boundB = boundA.defined() ? boundOf(b) : Expr();
    return boundB.defined() ? combine(boundA, boundB) : Expr();
  }

  Expr largest(const Load *load) {
    bool isPlain = load->type.element_of() == Halide::Float(32) && is_const_one(load->predicate);
    if (!isPlain || written.count(load->name))
      return Expr();
    Expr index = inLoops(load->index);
    llvm::SmallVector<const For *> over;
    for (const For *loop : loops)
      if (expr_uses_var(index, loop->name))
        over.push_back(loop);
    bool isBox = llvm::all_of(over, [&](const For *loop) {
      return llvm::none_of(loops, [&](const For *around) {
        return expr_uses_var(inLoops(loop->min), around->name) || expr_uses_var(inLoops(loop->extent), around->name);
      });
    });
    if (!isBox)
      return Expr();
    Expr whole = Load::make(load->type, load->name, index, load->image, load->param, load->predicate, load->alignment);
    auto same = llvm::find_if(leaves, [&](const Largest &known) { return equal(known.load, whole); });
    if (same == leaves.end()) {
      made.push_back(whole);
      leaves.push_back({whole.as<Load>(), over, over.size() == loops.size(), steps->name + ".largest" + std::to_string(leaves.size())});
      same = std::prev(leaves.end());
    }
    return Halide::reinterpret(load->type, same->kept());
  }

  const For *steps;
  std::vector<const For *> loops;
  std::map<std::string, Expr> lets;
  std::set<std::string> written;
  std::set<const Call *> unbounded;
  bool isConditional = false;
};

/// The loops that find a leaf, where `isWorthIt`.
Stmt search(const Largest &leaf, const Expr &isWorthIt) {
  Expr magnitude = Halide::reinterpret(leaf.bits(), Expr(leaf.load)) & make_const(leaf.bits(), kMagnitude);
  Stmt found = leaf.keep(Max::make(leaf.kept(), magnitude));
  for (const For *loop : llvm::reverse(leaf.over)) {
    std::string name = leaf.name + "." + loop->name;
    found = For::make(name, loop->min, Halide::select(isWorthIt, loop->extent, 0), ForType::Serial, loop->device_api,
                      substitute(loop->name, Variable::make(Halide::Int(32), name), found));
  }
  return Block::make(leaf.keep(make_zero(leaf.bits())), found);
}

/// The steps with exp2 that knows no limits.
class Unlimited : public IRMutator {
public:
  explicit Unlimited(const std::map<const Call *, Expr> &bounded) : bounded(bounded) {}

private:
  using IRMutator::visit;
  Expr visit(const Call *call) override {
    if (!bounded.count(call))
      return IRMutator::visit(call);
    return Call::make(call->type, call->name + "_bounded", {mutate(call->args[0])}, call->call_type);
  }

  const std::map<const Call *, Expr> &bounded;
};

} // namespace

Stmt GuardExponents::visit(const For *loop) {
  llvm::StringRef name(loop->name);
  if (!name.starts_with(loopPrefix) || !name.ends_with(loopSuffix))
    return IRMutator::visit(loop);
  Bounds bounds(loop);
  if (!bounds.areCheap())
    return loop;
  Expr isWorthIt = loop->extent >= kFewestSteps, largest;
  for (auto &[call, bound] : bounds.bounded) {
    Expr bits = Halide::reinterpret(Halide::UInt(32, bound.type().lanes()), Halide::strict_float(bound));
    if (bits.type().is_vector())
      bits = VectorReduce::make(VectorReduce::Max, bits, 1);
    largest = largest.defined() ? Max::make(largest, bits) : bits;
  }
  Expr limit = Halide::reinterpret(Halide::UInt(32), Expr(kLimit));
  Stmt guarded = IfThenElse::make(isWorthIt && largest <= limit, Unlimited(bounds.bounded).mutate(Stmt(loop)), loop);
  std::vector<Stmt> all;
  for (const Largest &leaf : bounds.leaves)
    all.push_back(search(leaf, isWorthIt));
  all.push_back(guarded);
  Stmt body = Block::make(all);
  for (const Largest &leaf : bounds.leaves)
    body = Allocate::make(leaf.name, Halide::UInt(32), Halide::MemoryType::Stack, {Expr(leaf.bits().lanes())},
                          const_true(), body);
  return body;
}

} // namespace mixir::codegen
