// What code generation hands to the linker, the manifest writer and the
// runtime: one entry point per kernel with the description of its arguments.
#pragma once

#include "dialect/kernel/KernelDialect.h"

#include <map>
#include <string>
#include <vector>

namespace mixir::codegen {

/// A scalar argument of an entry: the size of a dimension, or the start or
/// extent of the current block of it.
struct EntryScalar {
  std::string kind, dim;
};

/// A buffer argument of an entry, dimensions from the fastest stored one up.
struct EntryArg {
  std::string ref, part;
  bool write = false;
  std::vector<std::string> dims;
  /// How far a tile reads before its start and beyond its end, by dimension.
  std::map<std::string, std::pair<int64_t, int64_t>> halo;
};

/// One kernel as an entry point. Arguments arrive in this order: scalars,
/// reads, pasts, writes, the work space, what is added to the pasts.
struct Entry {
  std::string symbol;
  std::vector<EntryScalar> scalars;
  std::vector<EntryArg> args;
  kernel::FuncOp func;
  kernel::RecurOp recur; // null without a recurrence
  /// Rows of lanes in the work space of a recurrence, and the first row of each carried state.
  int64_t workRows = 0;
  std::vector<int64_t> stateRows = {};
  /// What the entry calls with its arguments and these numbers, where no code is generated for it.
  std::string callee = {};
  std::vector<int32_t> constants = {};
};

} // namespace mixir::codegen
