// DimSolver.cpp - see DimSolver.h.
#include "DimSolver.h"

#include "Failure.h"

using namespace mixir::runtime;

void DimSolver::solve(int numTensors, const int64_t *known) {
  count = numTensors;
  int numDims = static_cast<int>(manifest.dims.size());
  for (int dim = 0; dim < numDims; dim++) {
    sizes[dim] = manifest.dims[dim].fixed;
    if (known && known[dim] >= 0 && sizes[dim] == kUnknownSize)
      sizes[dim] = known[dim];
  }
  bool hasMerged = false;
  for (int tensor = 0; tensor < count; tensor++)
    for (size_t axis = 0; axis < manifest.tensors[tensor].axes.size(); axis++) {
      if (manifest.tensors[tensor].axes[axis].size() == 1)
        takePlainAxis(tensor, static_cast<int>(axis));
      else
        hasMerged = true;
    }
  for (bool changed = true; changed;) {
    changed = false;
    for (int dim = 0; dim < numDims; dim++)
      changed |= !manifest.dims[dim].expr.empty() && takeExpr(dim);
    for (int tensor = 0; hasMerged && tensor < count; tensor++)
      for (size_t axis = 0; axis < manifest.tensors[tensor].axes.size(); axis++)
        if (manifest.tensors[tensor].axes[axis].size() > 1)
          changed |= takeMergedAxis(tensor, static_cast<int>(axis));
  }
  for (int dim = 0; dim < numDims; dim++)
    checkExpr(dim);
  for (int tensor = 0; hasMerged && tensor < count; tensor++)
    for (size_t axis = 0; axis < manifest.tensors[tensor].axes.size(); axis++)
      if (manifest.tensors[tensor].axes[axis].size() > 1)
        checkMergedAxis(tensor, static_cast<int>(axis));
}

void DimSolver::takePlainAxis(int tensor, int axis) {
  int dim = manifest.tensors[tensor].axes[axis][0];
  int64_t found = extent(tensor, axis);
  if (found > INT32_MAX)
    fail(MIXIR_ERROR_EXTENT, "tensor '", manifest.tensors[tensor].name, "' axis ", axis, " (",
         manifest.dims[dim].name, "): expected an extent of at most 2147483647, got ", found);
  if (sizes[dim] == kUnknownSize)
    sizes[dim] = found;
  else if (sizes[dim] != found)
    disagree(tensor, axis, sizes[dim], dim);
}

/// Where the size of `dim` came from, for a message about (tensor, axis).
std::string DimSolver::originOf(int dim, int tensor, int axis) const {
  if (manifest.dims[dim].fixed != kUnknownSize)
    return ", fixed when the program was compiled";
  for (int other = 0; other < count; other++)
    for (size_t at = 0; at < manifest.tensors[other].axes.size(); at++) {
      const AxisSpec &axisSpec = manifest.tensors[other].axes[at];
      bool isSelf = other == tensor && static_cast<int>(at) == axis;
      if (!isSelf && axisSpec.size() == 1 && axisSpec[0] == dim &&
          extent(other, static_cast<int>(at)) == sizes[dim])
        return ", as in '" + manifest.tensors[other].name + "'";
    }
  if (!manifest.dims[dim].expr.empty())
    return ", which is " + manifest.dims[dim].exprText;
  return "";
}

void DimSolver::disagree(int tensor, int axis, int64_t expected, int dim) const {
  fail(MIXIR_ERROR_SHAPE, "tensor '", manifest.tensors[tensor].name, "' axis ", axis, " (",
       axisText(manifest, manifest.tensors[tensor].axes[axis]), "): expected ", expected,
       originOf(dim, tensor, axis), ", got ", extent(tensor, axis));
}

bool DimSolver::takeMergedAxis(int tensor, int axis) {
  const AxisSpec &dims = manifest.tensors[tensor].axes[axis];
  int unknown = -1;
  int64_t product = 1;
  for (int dim : dims) {
    if (sizes[dim] == kUnknownSize) {
      if (unknown >= 0)
        return false;
      unknown = dim;
    } else if (__builtin_mul_overflow(product, sizes[dim], &product)) {
      return false; // checkMergedAxis reports it
    }
  }
  if (unknown < 0)
    return false;
  int64_t total = extent(tensor, axis);
  if (product == 0 && total == 0)
    return false; // any size fits; another tensor may tell it
  if (product == 0 || total % product != 0)
    fail(MIXIR_ERROR_DIVISIBILITY, "tensor '", manifest.tensors[tensor].name, "' axis ", axis,
         " (", axisText(manifest, dims), "): expected a multiple of ", product, ", got ", total);
  sizes[unknown] = total / product;
  if (sizes[unknown] > INT32_MAX)
    fail(MIXIR_ERROR_EXTENT, "tensor '", manifest.tensors[tensor].name, "' axis ", axis, " (",
         axisText(manifest, dims), "): expected dimension ", manifest.dims[unknown].name,
         " of at most 2147483647, got ", sizes[unknown]);
  return true;
}

void DimSolver::checkMergedAxis(int tensor, int axis) const {
  const AxisSpec &dims = manifest.tensors[tensor].axes[axis];
  int64_t product = 1;
  bool overflows = false;
  for (int dim : dims) {
    if (sizes[dim] == kUnknownSize)
      return;
    overflows |= __builtin_mul_overflow(product, sizes[dim], &product);
  }
  if (overflows || product != extent(tensor, axis)) {
    std::string factors;
    for (int dim : dims)
      factors += (factors.empty() ? "" : " * ") + std::to_string(sizes[dim]);
    fail(MIXIR_ERROR_SHAPE, "tensor '", manifest.tensors[tensor].name, "' axis ", axis, " (",
         axisText(manifest, dims), "): expected ", factors, ", got ", extent(tensor, axis));
  }
}

bool DimSolver::takeExpr(int dim) {
  const DimSpec &spec = manifest.dims[dim];
  if (sizes[dim] == kUnknownSize)
    return spec.expr.evaluate(sizes, sizes[dim]);
  int solved = -1;
  int64_t size = 0;
  bool isOpen = false;
  for (int used : spec.expr.dims())
    isOpen |= sizes[used] == kUnknownSize;
  if (!isOpen || !spec.expr.invert(sizes, static_cast<int>(manifest.dims.size()), sizes[dim],
                                   solved, size))
    return false;
  sizes[solved] = size;
  return true;
}

void DimSolver::checkExpr(int dim) const {
  const DimSpec &spec = manifest.dims[dim];
  int64_t value = 0;
  if (spec.expr.empty() || sizes[dim] == kUnknownSize || !spec.expr.evaluate(sizes, value))
    return;
  if (value < 0 || value > INT32_MAX)
    fail(MIXIR_ERROR_EXTENT, "dimension ", spec.name, " is ", spec.exprText, " = ", value,
         ", expected a size from 0 to 2147483647");
  if (value == sizes[dim])
    return;
  for (int tensor = 0; tensor < count; tensor++)
    for (size_t axis = 0; axis < manifest.tensors[tensor].axes.size(); axis++) {
      const AxisSpec &axisSpec = manifest.tensors[tensor].axes[axis];
      if (axisSpec.size() == 1 && axisSpec[0] == dim)
        fail(MIXIR_ERROR_SHAPE, "tensor '", manifest.tensors[tensor].name, "' axis ", axis, " (",
             spec.name, "): expected ", value, ", which is ", spec.exprText, ", got ",
             extent(tensor, static_cast<int>(axis)));
    }
  fail(MIXIR_ERROR_SHAPE, "dimension ", spec.name, ": expected ", value, ", which is ",
       spec.exprText, ", got ", sizes[dim]);
}

void DimSolver::requireKnown(const std::vector<char> &needed) const {
  for (size_t dim = 0; dim < manifest.dims.size(); dim++)
    if (needed[dim] && sizes[dim] == kUnknownSize)
      fail(MIXIR_ERROR_UNDETERMINED, "no tensor tells the size of dimension ",
           manifest.dims[dim].name);
}
