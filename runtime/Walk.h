// Walk.h - the order in which a route visits the places of a grid, as stretches along which the place
// moves evenly.
//
// A kernel only knows the steps of a route. Within a stretch the elements that it takes lie one stride
// apart, so the launcher gives it each stretch as a tile, with that stride, and copies nothing; where
// stretches are short, as with tables, it gathers the rows of a tile in scratch.
#ifndef MIXIR_RUNTIME_WALK_H
#define MIXIR_RUNTIME_WALK_H

#include "Manifest.h"

#include <vector>

namespace mixir::runtime {

struct Binding;

/// Most axes that a route may have.
constexpr int kMaxRouteAxes = 8;

/// Steps of a route from `start` on. The coordinates, one per axis, are `at` at the first one and change by
/// `by` from step to step.
struct Stretch {
  int64_t start = 0, length = 0;
  bool isGhost = false; ///< there is no place at these steps
  int64_t at[kMaxRouteAxes] = {}, by[kMaxRouteAxes] = {};
};

/// The stretches of a route that is no table, in the order of its steps. `sizes` are those of all dimensions.
std::vector<Stretch> stretchesOf(const WalkSpec &walk, const int64_t *sizes);

/// The coordinates of place `number`, the last axis fastest; false when it is outside the axes.
bool placeOfNumber(const WalkSpec &walk, const int64_t *sizes, int64_t number, int64_t *at);

/// Checks that a bound table of places has -1, for no place, or places of the axes, each at most once. Throws a
/// Failure (ROUTE).
void checkRouteTable(const Manifest &manifest, const WalkSpec &walk, const Binding &binding);

/// Checks that every entry of a bound table of parents is -1 or the number of a step before its own. Throws a
/// Failure (ROUTE).
void checkParents(const Manifest &manifest, int tensor, const Binding &binding);

/// Makes the part of a tensor that a view goes along zero, where its route may leave places out.
void zeroWalked(const Manifest &manifest, int view, const Binding &binding);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_WALK_H
