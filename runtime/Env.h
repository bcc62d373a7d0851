// Env.h - the environment variables that Mixir reads, as typed values.
//
// The table is Env.def; the one call of getenv is in Env.cpp. Values are read once per process.
#ifndef MIXIR_RUNTIME_ENV_H
#define MIXIR_RUNTIME_ENV_H

#include "mixir/mixir.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mixir::runtime {

/// Types of the table.
struct EnvType {
  using Text = std::string;
  using Bytes = int64_t; ///< with an optional suffix K, M, G or T
  using Count = int64_t;
};

/// The values, and a note for each variable whose text was not understood (its default is used).
struct EnvValues {
#define MIXIR_ENV(field, type, name, fallback, sentence) EnvType::type field;
#include "Env.def"
  std::vector<std::string> notes;
};

/// One row of the table as text, for help and docs.
struct EnvRow {
  const char *name, *type, *fallback, *sentence;
};

/// Reads the environment anew.
MIXIR_API EnvValues readEnv();
/// The environment as it was at the first call.
MIXIR_API const EnvValues &env();
/// The table.
MIXIR_API const std::vector<EnvRow> &envTable();

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_ENV_H
