// What the suite does.
#pragma once

#include "bench/gpu/suite/Device.h"

namespace mixir::gpu_suite {

struct Options {
  std::string mode, suite, json; ///< json: a file for results, or empty
  std::vector<std::string> parts;
  ImageKind image = ImageKind::Best;
  int samples = 30;
  double secondsPerCase = 5;
};

/// Runs every golden case twice: results within tolerance, the same bits both times, margins
/// untouched. One line each and a count; answers the number of failures.
int checkCases(const Context &context, const Options &options);

/// Times every case. One line each; answers the number of failures.
int timeCases(const Context &context, const Options &options);

} // namespace mixir::gpu_suite
