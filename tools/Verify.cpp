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

interpreter::Arrays runInterpreter(Session &session, const frontend::Program &program,
                                   const std::vector<NpArray> &arrays, const Extents &extents) {
  auto module = session.import(program);
  interpreter::Options options;
  options.dims = extents;
  auto results = interpreter::interpret(mixerOf(*module), toInterpreter(arrays), options);
  if (!results)
    throw UserError(ToolCode::bad_arrays, llvm::toString(results.takeError()));
  return std::move(*results);
}

ReferenceCase makeReference(Session &session, const frontend::Program &program,
                            const Extents &extents, uint64_t seed) {
  ReferenceCase reference;
  for (const InputRange &range : inputRanges()) {
    reference.range = range;
    reference.inputs = generateInputs(program.signature, extents, range, seed);
    reference.results = runInterpreter(session, program, reference.inputs, extents);
    if (staysSmall(reference.results))
      break;
  }
  return reference;
}

} // namespace mixir::tools
