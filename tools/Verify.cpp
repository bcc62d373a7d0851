// Verify.cpp - see Verify.h.
#include "tools/Verify.h"

#include "tools/ToolErrors.h"

#include <cmath>

namespace mixir::tools {

using frontend::StoredType;

namespace {

/// Rounding error of storing a number.
double roundingOf(StoredType type) {
  switch (type) {
  case StoredType::F16:
    return 0x1p-11;
  case StoredType::BF16:
    return 0x1p-8;
  default:
    return 0;
  }
}

double largestOf(const interpreter::Array &array) {
  double largest = 0;
  for (double number : array.data)
    if (std::isfinite(number))
      largest = std::max(largest, std::fabs(number));
  return largest;
}

/// Distance of two numbers; equal infinities and NaNs are no distance.
double distanceOf(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return 0;
  double distance = std::fabs(a - b);
  return std::isnan(distance) ? INFINITY : distance;
}

double errorOf(const interpreter::Array &result, const interpreter::Array &reference) {
  if (result.shape != reference.shape || result.data.size() != reference.data.size())
    return INFINITY;
  double worst = 0, largest = largestOf(reference);
  for (size_t i = 0; i < result.data.size(); i++)
    worst = std::max(worst, distanceOf(result.data[i], reference.data[i]));
  return largest > 0 ? worst / largest : worst;
}

/// Most that results may move, relative to the largest, when inputs move by a rounding of f32: about
/// twenty times as much. Beyond, the numbers are a matter of luck on every target.
constexpr double kLargestMove = 1.2e-6;

/// Inputs up or down by 2^-24 of themselves, in one of several patterns.
interpreter::Arrays moved(interpreter::Arrays arrays, size_t pattern) {
  for (auto &[name, array] : arrays)
    if (array.kind != interpreter::Array::I32)
      for (size_t i = 0; i < array.data.size(); i++)
        array.data[i] *= (i + pattern) * 7 % 5 < 2 ? 1 + 0x1p-24 : 1 - 0x1p-24;
  return arrays;
}

bool staysSmall(const interpreter::Arrays &results) {
  for (const auto &[name, array] : results)
    for (double number : array.data)
      if (!(std::fabs(number) <= kLargestResult))
        return false;
  return true;
}

} // namespace

double toleranceOf(const ProgramArguments &arguments) {
  return arguments.math == "fast" ? 1e-4 : 1e-5;
}

Comparison compareResults(const frontend::Signature &signature, const std::vector<NpArray> &results,
                          const interpreter::Arrays &reference, double tolerance) {
  Comparison comparison;
  for (const frontend::OperandInfo &info : signature.results) {
    auto expected = reference.find(info.name);
    double error = INFINITY;
    for (const NpArray &array : results)
      if (array.name == info.name && expected != reference.end())
        error = errorOf(toInterpreter(array), expected->second);
    comparison.isWithin &= error <= tolerance + roundingOf(info.dtype);
    if (error >= comparison.error) {
      comparison.error = error;
      comparison.result = info.name;
    }
  }
  return comparison;
}

namespace {

/// The interpreter on one module, for several inputs.
class Reference {
public:
  Reference(Session &session, const frontend::Program &program, const Extents &extents)
      : module(session.import(program)) {
    options.dims = extents;
  }
  interpreter::Arrays run(const interpreter::Arrays &inputs) {
    auto results = interpreter::interpret(mixerOf(*module), inputs, options);
    if (!results)
      throw UserError(ToolCode::bad_arrays, llvm::toString(results.takeError()));
    return std::move(*results);
  }

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  interpreter::Options options;
};

bool isWellConditioned(Reference &reference, const interpreter::Arrays &inputs,
                       const interpreter::Arrays &results) {
  constexpr size_t kPatterns = 3; // one alone may leave a difference of close numbers as it is
  for (size_t pattern = 0; pattern < kPatterns; pattern++)
    for (const auto &[name, array] : reference.run(moved(inputs, pattern)))
      if (!(errorOf(array, results.at(name)) <= kLargestMove))
        return false;
  return true;
}

} // namespace

interpreter::Arrays runInterpreter(Session &session, const frontend::Program &program,
                                   const std::vector<NpArray> &arrays, const Extents &extents) {
  checkTables(program.signature, arrays, extents);
  return Reference(session, program, extents).run(toInterpreter(arrays));
}

ReferenceCase makeReference(Session &session, const frontend::Program &program,
                            const Extents &extents, uint64_t seed) {
  Reference reference(session, program, extents);
  ReferenceCase made;
  for (const InputRange &range : inputRanges()) {
    made.range = range;
    made.inputs = generateInputs(program.signature, extents, range, seed);
    interpreter::Arrays inputs = toInterpreter(made.inputs);
    made.results = reference.run(inputs);
    if (staysSmall(made.results) && isWellConditioned(reference, inputs, made.results))
      break;
  }
  return made;
}

} // namespace mixir::tools
