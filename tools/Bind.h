// Arrays against a mixer's declaration: which optional operands are supplied, what every dimension
// is, and a clear message for everything that does not fit.
#ifndef MIXIR_TOOLS_BIND_H
#define MIXIR_TOOLS_BIND_H

#include "frontend/Program.h"
#include "tools/Npz.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mixir::tools {

/// Extents by dimension name.
using Extents = std::map<std::string, int64_t>;
/// Shapes by operand name.
using Shapes = std::map<std::string, std::vector<int64_t>>;

/// The optional operands without an array. Throws UserError for a missing, extra or repeated array,
/// and for one of the wrong rank or element type.
std::set<std::string> checkArrays(const frontend::Signature &signature,
                                  const std::vector<NpArray> &arrays);

/// What the shapes and the extents `set` tell. Defaults count where nothing else tells; derived
/// dimensions follow. Throws UserError where two disagree or a used dimension stays unknown.
Extents bindExtents(const frontend::Signature &signature, const Shapes &shapes,
                    const Extents &set);

/// How the entries of a table of a route or tree lie in its array: rows along the steps, `inner` entries apart.
struct TableLayout {
  TableLayout(const frontend::Signature &signature, const frontend::OperandInfo &operand,
              const std::vector<int64_t> &shape, const Extents &extents);

  /// The number of the entry of a row at a step.
  int64_t entryAt(int64_t row, int64_t step) const { return (row / inner * steps + step) * inner + row % inner; }

  int64_t places = 1; ///< of the axes of the route; 1 of a tree
  int64_t steps = 1, inner = 1, rows = 1;
};

/// Checks what tables of routes and trees hold, as the runtime does for compiled programs: places of the axes, each at
/// most once, or steps before their own; -1 for none. Throws UserError.
void checkTables(const frontend::Signature &signature, const std::vector<NpArray> &arrays, const Extents &extents);

/// The shape of an operand; all its dimensions must be known.
std::vector<int64_t> shapeOf(const frontend::Signature &signature,
                             const frontend::OperandInfo &operand, const Extents &extents);
/// "[B, L, (G R)]".
std::string axesText(const frontend::Signature &signature, const frontend::OperandInfo &operand);
/// "B=1, L=512".
std::string extentsText(const frontend::Signature &signature, const Extents &extents);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_BIND_H
