// The places that the routes of a mixer visit, as numbers: what `routes` prints and `draw` draws.
#ifndef MIXIR_TOOLS_ROUTETABLES_H
#define MIXIR_TOOLS_ROUTETABLES_H

#include "tools/Bind.h"
#include "tools/Session.h"

namespace mixir::tools {

/// One route on a grid of known extents. Places are numbered as the axes follow each other in the header, the last
/// one fastest.
struct RouteTable {
  std::string use;                 ///< what goes along it: "scan", or "value" outside scans
  std::string scan;                ///< what is scanned: the dimension of routes, or the route
  std::string text;                ///< the route
  std::vector<std::string> axes;   ///< in the order of the header
  std::vector<int64_t> extents;    ///< of the axes
  bool isKnown = true;             ///< false for a table that a call gives
  std::vector<int64_t> places;     ///< step by step; -1: a ghost
  std::vector<int64_t> missed, repeated; ///< places visited never, and more than once
};

/// The routes of all scans of a mixer, then of its values along routes, tables that are computed from sizes included. Throws UserError where an axis
/// has no extent.
std::vector<RouteTable> routeTables(Session &session, const MixerChoice &choice);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_ROUTETABLES_H
