// What the interpreter's tests share: mixers from MLIR text, arrays from numbers.
#pragma once

#include "dialect/interpreter/Interpreter.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <cmath>
#include <complex>
#include <limits>

namespace mixir::interpreter::testing {

inline Array array(std::vector<int64_t> shape, std::vector<double> data,
                   Array::Kind kind = Array::F64) {
  Array a;
  a.shape = std::move(shape);
  a.kind = kind;
  a.data = std::move(data);
  return a;
}

/// Different small numbers, the same on every run.
inline Array numbers(std::vector<int64_t> shape, unsigned seed, Array::Kind kind = Array::F64) {
  Array a(std::move(shape), kind);
  for (size_t i = 0; i < a.data.size(); ++i)
    a.data[i] = std::sin(0.7 * double(i + 1) + 1.3 * seed);
  return a;
}

/// A module parsed from text; its first mixer.
struct Parsed {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  explicit Parsed(llvm::StringRef text) {
    context.loadDialect<mixer::MixerDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module);
  }
  mlir::func::FuncOp mixer() {
    for (auto f : module->getOps<mlir::func::FuncOp>())
      if (mixer::isMixer(f))
        return f;
    return {};
  }
};

/// Runs the only mixer of `text`; an error ends up in `error`.
inline Arrays run(llvm::StringRef text, const Arrays &inputs, Options options = {},
                  std::string *error = nullptr) {
  Parsed parsed(text);
  llvm::Expected<Arrays> out = interpret(parsed.mixer(), inputs, options);
  if (out)
    return *out;
  std::string message = llvm::toString(out.takeError());
  if (error)
    *error = message;
  else
    ADD_FAILURE() << message;
  return {};
}

inline void expectNear(const Array &got, const std::vector<double> &expected,
                       double tolerance = 1e-13) {
  ASSERT_EQ(got.data.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(got.data[i])) << "at " << i;
    else if (std::isinf(expected[i]))
      EXPECT_EQ(got.data[i], expected[i]) << "at " << i;
    else
      EXPECT_NEAR(got.data[i], expected[i], tolerance) << "at " << i;
}

} // namespace mixir::interpreter::testing
