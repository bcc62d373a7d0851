// Routes of a checked program as text and as attributes of the mixer dialect.
#ifndef MIXIR_FRONTEND_ROUTES_H
#define MIXIR_FRONTEND_ROUTES_H

#include "frontend/Program.h"

#include "dialect/mixer/MixerDialect.h"

namespace mixir::frontend {

/// The route as it is written, with numbers for names: "~H > W^".
std::string routeText(const Signature &signature, const RouteInfo &route);

/// The route in the dialect; the axes are in the order in which they are walked, which numbers the places of a table.
mixer::RouteAttr routeAttr(const Signature &signature, const RouteInfo &route, mlir::MLIRContext *context);

} // namespace mixir::frontend

#endif // MIXIR_FRONTEND_ROUTES_H
