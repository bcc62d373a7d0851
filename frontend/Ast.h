// The program as written: plain structs with byte ranges, no meaning yet. The formatter and the
// editor support read it as well as the checker, so parentheses and number spellings are kept.
#ifndef MIXIR_FRONTEND_AST_H
#define MIXIR_FRONTEND_AST_H

#include "frontend/Lexer.h"
#include "frontend/SourceFile.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mixir::frontend::ast {

/// A name and where it stands.
struct Name {
  std::string text;
  Range range;
};

/// Operators; the order is that of operatorTable() in Ast.cpp.
enum class Op : uint8_t {
  Or, And, Less, LessEqual, Greater, GreaterEqual, Equal, NotEqual,
  Add, Sub, Mul, Div, Pow, Neg, Not
};

/// Spelling and binding strength (larger binds tighter) of an operator.
struct OpInfo {
  const char *spelling;
  TokenKind token;
  unsigned precedence;
};

/// Spelling and precedence of an operator.
const OpInfo &opInfo(Op op);
/// Binary operator of a token, if it is one.
std::optional<Op> binaryOp(TokenKind token);
/// True for < <= > >= == !=.
bool isComparison(Op op);

enum class ExprKind : uint8_t {
  Number, ///< `value`, `isInteger`; `name` is the spelling
  Name,   ///< `name`
  Paren,  ///< `args[0]`
  Unary,  ///< `op`, `args[0]`
  Binary, ///< `op`, `args[0]`, `args[1]`
  Reduce, ///< `name` (sum, mean, max, min), `dims`, `args[0]`
  Rename, ///< `args[0]`, `dims[0]`: its new dimension
  Call    ///< `name`, `args`, `route` (of visit and place), `keywords`, `dims` (behind the bar)
};

struct Expr;
struct Route;
using ExprPtr = std::unique_ptr<Expr>;

/// A `key = value` argument of a call.
struct KeywordArg {
  Name key;
  ExprPtr value;
};

/// An expression; which fields are used depends on the kind.
struct Expr {
  ExprKind kind = ExprKind::Number;
  Op op = Op::Add;
  bool isInteger = false;
  bool hasBar = false;  ///< the call has a `|`
  unsigned depth = 1;   ///< height of the tree, limited by the parser
  double value = 0;
  Range range;
  Name name;
  std::vector<ExprPtr> args;
  std::vector<Route> route; ///< one, or none
  std::vector<KeywordArg> keywords;
  std::vector<Name> dims;
};

/// One stored axis: one dimension, or several merged ones (slowest first).
struct Axis {
  std::vector<Name> dims;
  Range range;
};

/// `[dtype] [axes]`.
struct TypeExpr {
  std::optional<Name> dtype;
  std::vector<Axis> axes;
  Range range;
};

/// `NAME [= expr]` in the header of a mixer.
struct DimDecl {
  Name name;
  ExprPtr value;
};

/// A digit of a route: an axis, or the part of it that `/` and `%` leave, `= n` fixed; or
/// `skew(axis, by)`. `~` in front counts from the end, `^` behind back and forth.
struct RouteDigit {
  Name axis;
  ExprPtr divisor, modulus, at; ///< numbers or names of dimensions; may be null
  Name skew;                    ///< axis that moves this one on; empty: none
  bool isSkewBack = false;
  bool isReversed = false;
  bool isSnake = false;
  Range range;
};

/// Digits from slow to fast, `H > W`; `~(...)` walks them from the last step.
struct RouteLeg {
  std::vector<RouteDigit> digits;
  bool isReversed = false;
};

/// An order of the places of a grid: one leg, `concat(leg, ...)`,
/// `restart(leg, ...)`, `table(order, leg)`, where the leg numbers the places, or
/// `schedule(layer, route, ...)`, one of several by the number of the layer.
struct Route {
  std::vector<RouteLeg> legs;
  bool restarts = false; ///< every leg begins with the start values of the states
  ExprPtr table; ///< null unless a table
  ExprPtr layer; ///< null unless a schedule
  std::vector<Route> choices; ///< of a schedule
  Range range;

  /// Whether it is an axis, forwards or backwards.
  bool isPlain() const;
};

/// `routes R = { L, ~L } [along T]`: a dimension with one entry for every route.
struct RoutesDecl {
  Name name;
  std::vector<Route> routes;
  Name along; ///< the dimension of their steps; empty: none
  Range range;
  size_t numOperandsBefore = 0; ///< declarations of operands that stand above
};

enum class Role : uint8_t { In, Param };
enum class DefaultKind : uint8_t { Required, None, Constant };

/// `in a, b : type [= default]`.
struct OperandDecl {
  Role role = Role::In;
  std::vector<Name> names;
  TypeExpr type;
  DefaultKind defaultKind = DefaultKind::Required;
  ExprPtr defaultValue; ///< a number, or a negated one
  Range range;
};

enum class StmtKind : uint8_t { Define, Update, Scan, State };

/// What the steps of a scan come after: the step before, the steps of their neighbours in a grid, or the
/// step of their parent in a tree.
enum class Structure : uint8_t { Path, Grid, Tree };

/// A statement; which fields are used depends on the kind.
struct Stmt {
  StmtKind kind = StmtKind::Define;
  Name name;              ///< defined value, updated or declared state, scanned axis or routes
  Route route;            ///< of a scan
  Name along;             ///< the dimension of its steps; empty: none
  Structure structure = Structure::Path; ///< of a scan
  ExprPtr parent;         ///< of a tree: the step that a step comes after
  ExprPtr expr;           ///< value; start value of a state (may be null)
  TypeExpr type;          ///< of a state
  bool isReversed = false;
  std::vector<Stmt> body; ///< of a scan
  Range range;
  Range close;            ///< closing brace of a scan
};

/// `NAME [: type] = expr` behind return; the name is empty for the single unnamed result.
struct Result {
  Name name;
  std::optional<TypeExpr> type;
  ExprPtr expr;
  Range range;
};

struct Mixer {
  Name name;
  std::vector<DimDecl> dims;
  std::vector<OperandDecl> operands;
  std::vector<RoutesDecl> routes;
  std::vector<Stmt> body;
  std::vector<Result> results;
  Range range;
  Range open, returnKeyword, close; ///< body brace, `return`, closing brace
};

struct Fn {
  Name name;
  std::vector<Name> params;
  std::vector<Name> dims; ///< behind the bar
  bool isBlock = false;   ///< `{ ... return e }` rather than `= e`
  std::vector<Stmt> body; ///< definitions only
  ExprPtr result;
  Range range;
  Range open, returnKeyword, close;
};

struct Import {
  Name path; ///< text without the quotes
  Range range;
};

/// Which vector of File an item of the file is in, and where.
struct Item {
  enum Kind : uint8_t { Import, Fn, Mixer } kind;
  size_t index;
};

/// One parsed file.
struct File {
  FileId id = 0;
  std::vector<Import> imports;
  std::vector<Fn> fns;
  std::vector<Mixer> mixers;
  std::vector<Item> items; ///< in the order of the text
  std::vector<Comment> comments;
};

/// Strips parentheses.
const Expr &withoutParens(const Expr &expr);

} // namespace mixir::frontend::ast

#endif // MIXIR_FRONTEND_AST_H
