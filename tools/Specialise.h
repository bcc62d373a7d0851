// Which dimensions a just-in-time compilation fixes. This is the one place that decides it; ahead of
// time only what the user sets (or the header says) is fixed.
//
// A fixed dimension makes better code but one program per extent. Fixed are, if not empty:
//   - dimensions that planning needs as numbers: those that a step of a scan loops over (reduced in
//     it, or missing from one of its states), stencil taps and history lengths;
//   - dimensions that no supplied array tells;
//   - all others below kLargeExtent, except the dimensions that are walked or slid along (time) and
//     the first one of the header (batch), which change from call to call.
#ifndef MIXIR_TOOLS_SPECIALISE_H
#define MIXIR_TOOLS_SPECIALISE_H

#include "tools/Bind.h"

namespace mixir::tools {

/// From this extent on a dimension stays open: there is nothing to gain.
constexpr int64_t kLargeExtent = 1024;

/// How a mixer uses its dimensions.
struct DimUses {
  frontend::DimSet walked; ///< scanned, or along a stencil
  frontend::DimSet needed; ///< planning needs a number
};
DimUses usesOf(const frontend::Program &program);

/// The axes of routes over several of them.
frontend::DimSet gridAxes(const frontend::Program &program);

/// The extents to fix. `told` says which dimensions the operands of a call will tell.
Extents extentsToFix(const frontend::Program &program, const Extents &extents, const Extents &set);
/// Extents for the needed dimensions that nobody set, so that a mixer can be looked at without a
/// shape. `assumed` receives their names.
Extents assumedExtents(const frontend::Program &program, const Extents &set,
                       std::vector<std::string> &assumed);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_SPECIALISE_H
