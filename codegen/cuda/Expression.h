// Scalar bodies (`arith`, `math`, `kernel` operations) as C++ expressions.
#pragma once

#include "dialect/kernel/KernelDialect.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <string>

namespace mixir::codegen {

/// An expression as text, with how tightly its outermost operator binds.
struct Cpp {
  enum Binding { Choice, Logic, Comparison, Sum, Product, Prefix, Atom };
  std::string text;
  Binding binding = Atom;

  /// The text, in parentheses where it binds less tightly than asked.
  std::string in(Binding least) const { return binding < least ? "(" + text + ")" : text; }
};

/// Translates a body. Values used more than once get a name of their own.
class ExpressionPrinter {
public:
  using Statement = std::function<void(const std::string &)>;

  /// How operations that touch storage are answered.
  struct Storage {
    std::function<Cpp(kernel::LoadOp, ExpressionPrinter &)> load;
    std::function<Cpp(kernel::StateOp, ExpressionPrinter &)> state;
    std::function<Cpp(kernel::AccOp, ExpressionPrinter &)> acc;
    std::function<Cpp(llvm::StringRef dim)> index, size;
  };

  /// `statement` takes each line that must come before the expression; `names` counts the names given.
  ExpressionPrinter(const Storage &storage, Statement statement, unsigned &names)
      : storage(storage), statement(std::move(statement)), names(names) {}

  Cpp print(mlir::Value value);
  /// A name that holds the expression.
  std::string named(mlir::Value value);

private:
  Cpp compute(mlir::Operation *op);
  std::string hold(const Cpp &e, mlir::Type type);

  const Storage &storage;
  Statement statement;
  unsigned &names;
  llvm::DenseMap<mlir::Value, Cpp> done;
};

/// What needs no name of its own, because it is one already or a literal.
bool isFree(mlir::Operation *op);

/// A float literal that C++ reads back exactly.
std::string floatLiteral(float value);

} // namespace mixir::codegen
