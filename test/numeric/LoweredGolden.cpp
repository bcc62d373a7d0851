// The golden cases with the engines that generate no code.
#include "test/numeric/LoweredEngines.h"

std::vector<mixir::numeric::Engine> mixir::numeric::engines() {
  return {interpreterEngine(), normalisedEngine(false), normalisedEngine(true), preparedEngine()};
}
