// The checked program: every name resolved, every expression with its element type and named
// dimensions. It holds copies of all it needs (no pointer into a tree of the text) and knows
// nothing of MLIR, so the signature of a mixer can be read without it.
#ifndef MIXIR_FRONTEND_PROGRAM_H
#define MIXIR_FRONTEND_PROGRAM_H

#include "frontend/SourceFile.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mixir::frontend {

/// Set of dimensions of one mixer, by position in its header.
class DimSet {
public:
  /// Most dimensions a mixer may have.
  static constexpr unsigned maxDims = 64;

  DimSet() = default;
  static DimSet of(unsigned dim) { return DimSet(uint64_t(1) << dim); }
  bool contains(unsigned dim) const { return bits >> dim & 1; }
  bool contains(DimSet other) const { return (other.bits & ~bits) == 0; }
  bool empty() const { return bits == 0; }
  unsigned size() const { return static_cast<unsigned>(__builtin_popcountll(bits)); }
  /// Members in header order.
  std::vector<unsigned> members() const {
    std::vector<unsigned> list;
    for (uint64_t rest = bits; rest; rest &= rest - 1)
      list.push_back(static_cast<unsigned>(__builtin_ctzll(rest)));
    return list;
  }
  DimSet operator|(DimSet other) const { return DimSet(bits | other.bits); }
  DimSet operator-(DimSet other) const { return DimSet(bits & ~other.bits); }
  DimSet operator&(DimSet other) const { return DimSet(bits & other.bits); }
  DimSet &operator|=(DimSet other) { return *this = *this | other; }
  bool operator==(DimSet other) const { return bits == other.bits; }
  bool operator!=(DimSet other) const { return bits != other.bits; }
  bool operator<(DimSet other) const { return bits < other.bits; }

private:
  explicit DimSet(uint64_t bits) : bits(bits) {}
  uint64_t bits = 0;
};

/// Element type of a value while computing.
enum class Element : uint8_t { F32, C64, I32, Bool };
/// Element type of an operand or result in memory.
enum class StoredType : uint8_t { F32, F16, BF16, C64, I32 };

/// Spelling in the language: f32, c64, i32, bool.
llvm::StringRef spelling(Element element);
/// Spelling in the language: f32, f16, bf16, c64, i32.
llvm::StringRef spelling(StoredType type);
/// Stored type of a spelling, if it is one.
std::optional<StoredType> parseStoredType(llvm::StringRef text);
/// Element type a stored value is computed with (f16 and bf16 are read as f32).
Element elementOf(StoredType type);

/// Element type and dimensions of a value.
struct ValueType {
  Element element = Element::F32;
  DimSet dims;
  bool operator==(const ValueType &other) const {
    return element == other.element && dims == other.dims;
  }
};

/// A digit of the step counter of a route: what is left of the coordinate along `axis` when it is
/// divided by `div` and taken modulo `mod` (0: all that is left).
struct DigitInfo {
  unsigned axis = 0;
  int64_t div = 1, mod = 0;
  int64_t at = -1; ///< a value that it keeps; -1: none
  bool isReversed = false;
  bool isSnake = false;         ///< turns round at every odd step of the next slower digit
  std::optional<unsigned> skew; ///< axis whose coordinate moves it on, round its end
  bool isSkewBack = false;
};

/// Digits from slow to fast.
struct LegInfo {
  std::vector<DigitInfo> digits;
  bool isReversed = false; ///< walked from the last step
};

/// An order of the places of a grid: legs one after the other, or a table of places.
struct RouteInfo {
  std::vector<LegInfo> legs; ///< of a table: the one whose steps number the places
  bool isTable = false;
  bool restarts = false; ///< every leg begins with the start values of the states

  DimSet axes() const;
  /// Whether a step may be at no place.
  bool mayHaveGhosts() const;
  /// Whether it is a whole axis, forwards or backwards.
  bool isPlain() const;
  /// The same places from the last step to the first.
  void reverse();
};

/// A dimension of the mixer.
struct DimInfo {
  std::string name;
  Range range;
  std::optional<int64_t> extent; ///< known at compile time
  std::string expr;              ///< text over earlier dimensions if it is derived, else empty
  std::optional<unsigned> copyOf; ///< the earlier dimension that it is another name of
  std::vector<RouteInfo> routes; ///< if its entries are routes; all walk the same axes
  std::optional<unsigned> along; ///< the dimension of their steps
  bool isDefault = false;        ///< the extent is the header's and was not set
  bool isUsed = true;            ///< false if only omitted operands have it

  /// Whether the caller may choose the extent.
  bool isSettable() const { return expr.empty() && routes.empty(); }
};

enum class OperandRole : uint8_t { In, Param, Out };
enum class Optionality : uint8_t { Required, MayBeMissing, HasDefault };

/// What an operand that is the table of a route holds: numbers of places of `axes`, one for each step `along`;
/// without axes, the numbers of earlier steps of a tree.
struct TableUse {
  unsigned along = 0;
  DimSet axes;

  bool isTree() const { return axes.empty(); }
};

/// An operand or result as stored: axes from slow to fast, each one or more merged dimensions.
struct OperandInfo {
  std::string name;
  OperandRole role = OperandRole::In;
  StoredType dtype = StoredType::F32;
  std::vector<std::vector<unsigned>> axes; ///< positions in Signature::dims
  Optionality optionality = Optionality::Required;
  double defaultValue = 0; ///< with HasDefault
  bool isOmitted = false;  ///< not supplied in this program
  std::optional<TableUse> table; ///< if it is the table of a route or tree
  Range range;
  DimSet dimSet() const;
};

/// What a caller needs to know of a mixer.
struct Signature {
  std::string name;
  std::vector<DimInfo> dims;
  std::vector<OperandInfo> operands;
  std::vector<OperandInfo> results;
};

namespace typed {

struct Value;
struct State;
struct Function;
struct Scan;

enum class ExprKind : uint8_t {
  Constant, ///< `number`; dims may be non-empty: the number everywhere
  DimSize,  ///< `dim`
  Index,    ///< `dim`; with `isStep` the number of the step of the scan around it
  Operand,  ///< `index` into Signature::operands; with `isStep` its slice of the current step
  Value,    ///< `value`; with `isStep` its slice of the current step
  State,    ///< `state`, as it is at this point of the body
  Param,    ///< `index` of a function's parameter
  Unary,    ///< `op`: neg exp log log1p sqrt rsqrt abs sin cos tanh sigmoid floor erf not re im conj
  Binary,   ///< `op`: add sub mul div mod pow min max and or
  Compare,  ///< `op`: lt le gt ge eq ne
  Select,   ///< condition, value if true, value if false
  Cast,     ///< to the element type of `type`
  Complex,  ///< real and imaginary part
  Reduce,   ///< `op`: sum mean max min; over `dims`
  Conv,     ///< input, weight [, init]; along `dim`, taps `dim2`, history `dim3`, `op`: causal anticausal same
  Tail,     ///< input [, init]; along `dim` into `dim2`
  Rename,   ///< `dim2` instead of `dim`
  Shift,    ///< the value `steps` coordinates lower along `dim`, zero outside
  Gather,   ///< the value at coordinate args[1] of `dim`, zero outside
  Visit,    ///< the value at the places of the routes of `scan`, over its steps
  Place,    ///< at every place of the routes of `scan` the sum of what its steps bring there
  Ghost,    ///< whether the step is at no place
  Prev,     ///< `index` steps earlier
  Recall,   ///< `state` after an earlier step: number args[0], or, by `op`, of the left or upper neighbour
  Final,    ///< last `state` of a finished scan
  Call      ///< `function`
};

/// A checked expression; owned by the program.
struct Expr {
  ExprKind kind;
  ValueType type;
  Range range;
  llvm::StringRef op; ///< static text
  double number = 0;
  bool isStep = false;
  unsigned index = 0;
  unsigned dim = 0, dim2 = 0, dim3 = 0;
  int64_t steps = 0;
  DimSet dims;
  std::vector<const Expr *> args;
  const Value *value = nullptr;
  const State *state = nullptr;
  const Function *function = nullptr;
  const Scan *scan = nullptr;
};

/// A named value. Inside its own scan it has `type`; outside it is a whole sequence (Scan::whole).
struct Value {
  std::string name;
  Range range;
  ValueType type;
  const Expr *expr = nullptr;
  const Scan *scan = nullptr; ///< null if defined outside every scan
};

/// A state of a scan; `type.dims` holds the declared and the gathered dimensions.
struct State {
  std::string name;
  Range range;
  ValueType type;
  DimSet declared;
  const Expr *init = nullptr; ///< evaluated before the scan; null: zero
  const Scan *scan = nullptr;
};

enum class StmtKind : uint8_t { Define, Update, Scan };

/// A statement: definition of `value`, update of `state` with `expr`, or `scan`.
struct Stmt {
  StmtKind kind;
  Range range;
  const Value *value = nullptr;
  const State *state = nullptr;
  const Expr *expr = nullptr;
  const Scan *scan = nullptr;
};

/// A walk on each of its routes at once. A scan of one axis has a single route, one of a dimension of
/// routes as many as its entries.
struct Scan {
  enum Structure : uint8_t { Path, Grid, Tree } structure = Path;
  const Expr *parent = nullptr;   ///< of a tree: the number of the step that this one comes after, or -1
  DimSet axes;                    ///< that the routes walk
  std::optional<unsigned> routes; ///< the dimension of routes
  std::vector<RouteInfo> walks;   ///< each route
  std::vector<const Expr *> tables; ///< of each route that is a table, else null
  std::optional<unsigned> along;  ///< the dimension of the steps
  DimSet tableDims;               ///< other dimensions of tables
  Range range;
  std::vector<const State *> states; ///< in the order of declaration
  std::vector<Stmt> body;

  /// Whether some route begins anew with every leg.
  bool restarts() const {
    for (const RouteInfo &route : walks)
      if (route.restarts)
        return true;
    return false;
  }
  /// Dimensions over which the walk itself differs: those of tables and parents, the routes of a grid, if their
  /// last axes do, and those whose legs begin anew. Every state has them.
  DimSet walkDims() const {
    DimSet dims = parent ? tableDims | parent->type.dims : tableDims;
    if (routes && restarts())
      dims |= DimSet::of(*routes);
    for (const RouteInfo &route : walks)
      if (structure == Grid && route.legs[0].digits.back().axis != walks.front().legs[0].digits.back().axis)
        dims |= DimSet::of(*routes);
    return dims;
  }
  /// Dimensions of a per-step value seen from outside: every route puts it at its own places.
  DimSet whole(DimSet step) const {
    step |= axes | tableDims;
    return routes ? step | DimSet::of(*routes) : step;
  }
  /// Dimensions of one step of a value: where it varies along the walk, routes see different places.
  DimSet step(DimSet whole) const {
    DimSet rest = along ? whole - DimSet::of(*along) : whole;
    if ((rest & axes).empty())
      return rest;
    rest = (rest - axes) | tableDims;
    return routes ? rest | DimSet::of(*routes) : rest;
  }
  /// Whether every route is the same whole axis, forwards or backwards.
  bool isPlain() const {
    if (along)
      return false;
    for (const RouteInfo &route : walks)
      if (!route.isPlain())
        return false;
    return true;
  }
};

/// A function for one combination of argument types and dimensions.
struct Function {
  std::string name;       ///< as written
  std::string uniqueName; ///< different for each instance
  Range range;
  std::vector<std::pair<std::string, ValueType>> params;
  std::vector<const Value *> values; ///< local definitions in order
  const Expr *result = nullptr;
  size_t weight = 1;      ///< expressions after inlining
};

} // namespace typed

/// A checked mixer. Results of the body are in the order of Signature::results.
struct Program {
  Signature signature;
  std::vector<typed::Stmt> body;
  std::vector<const typed::Expr *> results;
  std::vector<const typed::Function *> calledFunctions; ///< callees before their callers
  std::vector<std::string> files; ///< paths of all files read, the main one first

  // Owners of what the statements point to.
  std::deque<typed::Expr> exprs;
  std::deque<typed::Value> values;
  std::deque<typed::State> states;
  std::deque<typed::Scan> scans;
  std::deque<typed::Scan> walks; ///< of values along routes; they have no body
  std::deque<typed::Function> functions;
};

/// "f32[B, L]" for messages and dumps.
std::string typeText(const Signature &signature, ValueType type);
/// "[B, L]" for messages and dumps.
std::string dimsText(const Signature &signature, DimSet dims);
/// Readable form of the whole program, for `--to=typed`.
void print(llvm::raw_ostream &os, const Program &program);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_PROGRAM_H
