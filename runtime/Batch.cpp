// Batch.cpp - see Batch.h. One small function per rule, from the description itself to what the
// kernels of the program make of it.
#include "Batch.h"

#include "Failure.h"
#include "Staging.h"

#include <algorithm>

using namespace mixir::runtime;

namespace {

class BatchChecker {
public:
  BatchChecker(const Manifest &manifest, const std::vector<char> &needed, const mixir_batch &given,
               const mixir_tensor *tensors, BatchBinding &batch)
      : manifest(manifest), needed(needed), given(given), tensors(tensors), batch(batch) {}

  void run() {
    readDims();
    readDevice();
    readOffsets();
    if (given.num_indexed < 0 || (given.num_indexed && !given.indexed))
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected ", std::max(given.num_indexed, 0),
           " names of indexed operands, got ",
           given.num_indexed < 0 ? std::to_string(given.num_indexed) : "a null pointer");
    if (!batch.isPacked() && !given.rows && !given.num_indexed)
      return checkPlainCount();
    if (manifest.device == MIXIR_CUDA)
      checkCompiledFor();
    batch.dim = dim;
    batch.rows = given.rows;
    placeTensors();
    checkDerived();
    batch.logical.assign(tensors, tensors + manifest.numOperands);
    for (int i = 0; i < manifest.numOperands; i++)
      checkExtents(i);
    if (!batch.isOnDevice)
      checkRows();
    for (const KernelSpec &kernel : manifest.kernels)
      checkKernel(kernel);
  }

private:
  // ---- The description itself ----------------------------------------------------------------

  int findDim(const char *name) const {
    for (size_t i = 0; i < manifest.dims.size(); i++)
      if (manifest.dims[i].name == name)
        return static_cast<int>(i);
    fail(MIXIR_ERROR_NAME, "batch: program '", manifest.name, "' has no dimension '", name, "'");
  }

  void readDims() {
    if (!given.dim)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected the name of a dimension, got a null "
                                         "pointer");
    dim = findDim(given.dim);
    if (given.count < 0 || given.count > INT32_MAX)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected a count from 0 to 2147483647, got ",
           given.count);
    batch.count = given.count;
    batch.along = given.along ? findDim(given.along) : -1;
    if (batch.along == dim)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected entries of ", given.dim,
           " packed along another dimension, got ", given.along);
  }

  void readDevice() {
    batch.isOnDevice = given.device == MIXIR_CUDA;
    if (given.device != MIXIR_CPU && given.device != manifest.device)
      fail(MIXIR_ERROR_DEVICE, "batch: expected offsets and rows in memory of the cpu",
           manifest.device == MIXIR_CUDA ? " or cuda" : "", ", got ",
           batch.isOnDevice ? "cuda" : "device " + std::to_string(given.device));
  }

  void readOffsets() {
    if (batch.isPacked() != (given.offsets != nullptr))
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected ",
           batch.isPacked() ? "offsets for sequences packed along "
                            : "no offsets without a dimension to pack along",
           batch.isPacked() ? given.along : "", ", got ",
           batch.isPacked() ? "a null pointer" : "some");
    if (!batch.isPacked())
      return;
    const int64_t *offsets = batch.offsets = given.offsets;
    batch.total = -1;
    if (batch.isOnDevice)
      return;
    if (offsets[0] != 0)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected offsets[0] to be 0, got ", offsets[0]);
    batch.longest = 0;
    for (int64_t i = 0; i < batch.count; i++) {
      if (offsets[i + 1] < offsets[i])
        fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected offsets[", i + 1, "] of at least ",
             offsets[i], ", as offsets[", i, "] is, got ", offsets[i + 1]);
      batch.longest = std::max(batch.longest, offsets[i + 1] - offsets[i]);
    }
    batch.total = offsets[batch.count];
    if (batch.total > INT32_MAX)
      fail(MIXIR_ERROR_EXTENT, "batch: expected offsets of at most 2147483647, got ", batch.total);
  }

  /// Kernels of a GPU find the entries of one dimension only.
  void checkCompiledFor() const {
    auto expect = [&](const std::string &what, int of, int compiled) {
      if (of >= 0 && of != compiled)
        unsupported("program '", manifest.name, "': expected ", compiled < 0 ? "no " : "a ", what,
                    compiled < 0 ? " any dimension" : " " + name(compiled), ", as the program was compiled, got ",
                    name(of));
    };
    expect("batch of", dim, manifest.batchDim);
    expect("batch packed along", batch.along, manifest.batchAlong);
  }

  /// Nothing but a count: the call is an ordinary one.
  void checkPlainCount() const {
    for (int i = 0; i < manifest.numOperands; i++)
      if (int axis = axisOf(i, dim); axis >= 0 && manifest.tensors[i].axes[axis].size() == 1)
        expectExtent(i, axis, batch.count, "the entries of the batch");
  }

  // ---- Tensors -------------------------------------------------------------------------------

  /// The axis of a tensor that has `of`, -1 when there is none.
  int axisOf(int tensor, int of) const {
    const std::vector<AxisSpec> &axes = manifest.tensors[tensor].axes;
    for (size_t axis = 0; axis < axes.size(); axis++)
      if (std::find(axes[axis].begin(), axes[axis].end(), of) != axes[axis].end())
        return static_cast<int>(axis);
    return -1;
  }

  bool isIndexed(const std::string &name) const {
    return std::any_of(given.indexed, given.indexed + given.num_indexed,
                       [&](const char *indexed) { return name == indexed; });
  }

  void placeTensors() {
    batch.places.assign(manifest.tensors.size(), EntryPlace::Number);
    for (int32_t i = 0; i < given.num_indexed; i++)
      checkIndexed(given.indexed[i]);
    for (size_t i = 0; i < manifest.tensors.size(); i++)
      placeTensor(static_cast<int>(i));
  }

  void placeTensor(int index) {
    const TensorSpec &tensor = manifest.tensors[index];
    if (tensor.viewOf >= 0) {
      for (const CoordinateSpec &coordinate : tensor.at)
        if (coordinate.dim == dim || coordinate.dim == batch.along)
          unsupported("tensor '", tensor.name, "': expected all of ", name(coordinate.dim),
                      " for a batch, got a view of one coordinate");
      batch.places[index] = batch.places[tensor.viewOf];
      return;
    }
    bool hasDim = requireFirst(index, dim, true);
    bool hasAlong = batch.isPacked() && requireFirst(index, batch.along, false);
    if (hasAlong && !hasDim)
      unsupported("tensor '", tensor.name, "': expected ", name(batch.along),
                  ", which is packed, together with ", name(dim), ", got ",
                  axesText(manifest, tensor));
    if (hasAlong)
      batch.places[index] = EntryPlace::Token;
    else if (!tensor.isTemp && isIndexed(tensor.name))
      batch.places[index] = EntryPlace::Row;
  }

  /// True when a tensor has `of`; throws when it is not the slowest dimension of its axis, or not the
  /// only one where it has to be alone.
  bool requireFirst(int tensor, int of, bool isAlone) const {
    int axis = axisOf(tensor, of);
    if (axis < 0)
      return false;
    const AxisSpec &dims = manifest.tensors[tensor].axes[axis];
    if (dims[0] != of || (isAlone && dims.size() > 1))
      unsupported("tensor '", manifest.tensors[tensor].name, "' axis ", axis, " (",
                  axisText(manifest, dims), "): expected ", name(of),
                  isAlone ? " on an axis of its own" : " first on its axis", " for a batch");
    return true;
  }

  void checkIndexed(const char *operand) const {
    if (!operand)
      fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected a name of an indexed operand, got a "
                                         "null pointer");
    for (int i = 0; i < manifest.numOperands; i++) {
      const TensorSpec &tensor = manifest.tensors[i];
      if (tensor.name != operand)
        continue;
      if (axisOf(i, dim) < 0 || (batch.isPacked() && axisOf(i, batch.along) >= 0))
        fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected indexed operands that have ", name(dim),
             batch.isPacked() ? " and not " + name(batch.along) : "", ", got '", operand, "' ",
             axesText(manifest, tensor));
      return;
    }
    fail(MIXIR_ERROR_NAME, "batch: program '", manifest.name, "' has no operand '", operand, "'");
  }

  void expectExtent(int tensor, int axis, int64_t expected, const std::string &why) const {
    if (tensors[tensor].shape[axis] != expected)
      fail(MIXIR_ERROR_SHAPE, "tensor '", manifest.tensors[tensor].name, "' axis ", axis, " (",
           axisText(manifest, manifest.tensors[tensor].axes[axis]), "): expected ", expected, ", ",
           why, ", got ", tensors[tensor].shape[axis]);
  }

  /// The extents of the batch in an operand, and the operand with an entry each.
  void checkExtents(int index) {
    int axis = axisOf(index, dim);
    if (axis < 0)
      return;
    batch.logical[index].shape[axis] = batch.count;
    if (batch.places[index] == EntryPlace::Number)
      return expectExtent(index, axis, batch.count, "the entries of the batch");
    if (batch.places[index] == EntryPlace::Row)
      return;
    expectExtent(index, axis, 1, "as the sequences are packed along " + name(batch.along));
    int along = axisOf(index, batch.along);
    if (batch.total >= 0 && manifest.tensors[index].axes[along].size() == 1) // else its size is not known yet
      expectExtent(index, along, batch.total, "the last of the offsets");
  }

  // ---- Rows ----------------------------------------------------------------------------------

  void checkRows() const {
    bool isWritten = false;
    for (int i = 0; i < manifest.numOperands; i++) {
      if (batch.places[i] != EntryPlace::Row)
        continue;
      isWritten |= manifest.tensors[i].role == MIXIR_ROLE_OUT;
      int axis = axisOf(i, dim);
      for (int64_t entry = 0; entry < batch.count; entry++)
        if (batch.row(entry) >= tensors[i].shape[axis])
          fail(MIXIR_ERROR_SHAPE, "tensor '", manifest.tensors[i].name, "' axis ", axis, " (",
               name(dim), "): expected more than ", batch.row(entry), " rows, as entry ", entry,
               " is that row, got ", tensors[i].shape[axis]);
    }
    if (isWritten && batch.rows)
      checkDistinct();
  }

  void checkDistinct() const {
    std::vector<std::pair<int64_t, int64_t>> rows; // with their entries
    rows.reserve(static_cast<size_t>(batch.count));
    for (int64_t entry = 0; entry < batch.count; entry++)
      if (!batch.isSkipped(entry))
        rows.emplace_back(batch.rows[entry], entry);
    std::sort(rows.begin(), rows.end());
    for (size_t i = 1; i < rows.size(); i++)
      if (rows[i].first == rows[i - 1].first)
        fail(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected a row for each entry, as an output is "
             "indexed, got row ", rows[i].first, " for entries ", rows[i - 1].second, " and ",
             rows[i].second);
  }

  // ---- What was compiled ---------------------------------------------------------------------

  /// Lengths differ from sequence to sequence, so nothing may have been made of one length.
  void checkDerived() const {
    if (!batch.isPacked())
      return;
    if (manifest.dims[batch.along].fixed != kUnknownSize || !manifest.dims[batch.along].expr.empty())
      unsupported("program '", manifest.name, "': expected dimension ", name(batch.along),
                  " to be open for packed sequences, got one that ",
                  manifest.dims[batch.along].expr.empty()
                      ? "was fixed when the program was compiled"
                      : "is " + manifest.dims[batch.along].exprText);
    for (const TensorSpec &tensor : manifest.tensors)
      if (tensor.walk && std::find(tensor.walk->axes.begin(), tensor.walk->axes.end(), batch.along) != tensor.walk->axes.end())
        unsupported("program '", manifest.name, "': expected no route over ", name(batch.along), ", which is packed, got one for '",
                    manifest.tensors[tensor.viewOf].name, "'");
    for (size_t i = 0; i < manifest.dims.size(); i++) {
      const std::vector<int> &used = manifest.dims[i].expr.dims();
      if (needed[i] && std::find(used.begin(), used.end(), batch.along) != used.end())
        unsupported("program '", manifest.name, "': expected no dimension that depends on ",
                    name(batch.along), ", which is packed, got ", manifest.dims[i].name, " = ",
                    manifest.dims[i].exprText);
    }
  }

  /// Calls visit(tensor, isWritten) for everything that a kernel reads or writes.
  template <typename Visit>
  static void forEachTensor(const KernelSpec &kernel, const Visit &visit) {
    for (const ArgSpec &arg : kernel.args)
      visit(arg.tensor, arg.isWritten);
    for (const ParamSpec &param : kernel.params)
      if (param.kind == ParamSpec::Data)
        visit(param.tensor, param.isWritten);
    for (const CarrySpec &carry : kernel.carries) {
      if (carry.init.tensor >= 0)
        visit(carry.init.tensor, false);
      if (carry.final.tensor >= 0)
        visit(carry.final.tensor, true);
    }
  }

  void checkKernel(const KernelSpec &kernel) const {
    int loop = kernel.loopOf(dim);
    if (loop < 0)
      return checkWithoutEntries(kernel);
    if (!kernel.loops[loop].isParallel)
      unsupported("kernel '", kernel.name, "': expected entries of ", name(dim),
                  " that do not depend on each other for a batch, got a serial loop over them");
    for (const ArgSpec &arg : kernel.args)
      for (size_t i = 0; i < arg.dims.size(); i++)
        if (arg.dims[i] == dim && (arg.haloLow[i] || arg.haloHigh[i]))
          unsupported("kernel '", kernel.name, "': expected entries of ", name(dim),
                      " that do not depend on each other for a batch, got '",
                      manifest.tensors[arg.tensor].name, "' with the entries beside");
    forEachTensor(kernel, [&](int tensor, bool isWritten) {
      if (isWritten && !manifest.tensors[tensor].hasDim(dim))
        unsupported("tensor '", manifest.tensors[tensor].name, "': expected ", name(dim),
                    " in everything computed from entries of a batch, got ",
                    axesText(manifest, manifest.tensors[tensor]));
    });
  }

  bool seesLength(const KernelSpec &kernel) const {
    bool sees = batch.isPacked() && kernel.loopOf(batch.along) >= 0;
    for (const ScalarSpec &scalar : kernel.scalars)
      sees |= batch.isPacked() && scalar.dim == batch.along;
    for (const ParamSpec &param : kernel.params)
      sees |= batch.isPacked() && param.kind == ParamSpec::Size && param.dim == batch.along;
    return sees;
  }

  /// A kernel that sees no single entry must not see the batch at all.
  void checkWithoutEntries(const KernelSpec &kernel) const {
    forEachTensor(kernel, [&](int tensor, bool) {
      if (manifest.tensors[tensor].hasDim(dim))
        unsupported("kernel '", kernel.name, "': expected a loop over ", name(dim),
                    " for a batch, got all entries of '", manifest.tensors[tensor].name,
                    "' at once");
    });
    if (seesLength(kernel))
      unsupported("kernel '", kernel.name, "': expected a loop over ", name(dim),
                  " in what depends on ", name(batch.along), ", which is packed, got none");
  }

  template <typename... Parts>
  [[noreturn]] static void unsupported(const Parts &...parts) {
    fail(MIXIR_ERROR_UNSUPPORTED, parts...);
  }

  const std::string &name(int of) const { return manifest.dims[of].name; }

  const Manifest &manifest;
  const std::vector<char> &needed;
  const mixir_batch &given;
  const mixir_tensor *tensors;
  BatchBinding &batch;
  int dim = -1;
};

} // namespace

void mixir::runtime::bindBatch(const Manifest &manifest, const std::vector<char> &needed,
                               const mixir_batch &given, const mixir_tensor *tensors,
                               BatchBinding &batch) {
  batch.dim = batch.along = -1;
  batch.offsets = batch.rows = nullptr;
  BatchChecker(manifest, needed, given, tensors, batch).run();
}

void mixir::runtime::zeroSkipped(const Manifest &manifest, const BatchBinding &batch,
                                 const mixir_tensor *tensors) {
  if (!batch.rows)
    return;
  for (int i = 0; i < manifest.numOperands; i++) {
    const TensorSpec &spec = manifest.tensors[i];
    if (spec.role != MIXIR_ROLE_OUT || batch.places[i] == EntryPlace::Row || !spec.hasDim(batch.dim))
      continue;
    auto bytes = static_cast<int64_t>(mixir_dtype_size(spec.dtype));
    bool isPacked = batch.places[i] == EntryPlace::Token;
    for (int64_t entry = 0; entry < batch.count; entry++) {
      if (!batch.isSkipped(entry))
        continue;
      char *data = static_cast<char *>(tensors[i].data);
      CopyDim box[MIXIR_MAX_RANK];
      int numDims = 0;
      for (int axis = 0; axis < tensors[i].ndim; axis++) {
        int64_t stride = tensors[i].strides[axis] * bytes, extent = tensors[i].shape[axis];
        if (isPacked && spec.axes[axis][0] == batch.along) {
          int64_t perToken = batch.total ? extent / batch.total : 0;
          data += batch.token(entry) * perToken * stride;
          extent = batch.length(entry) * perToken;
        } else if (spec.axes[axis][0] == batch.dim) {
          data += isPacked ? 0 : entry * stride;
          extent = 1;
        }
        box[numDims++] = {extent, stride, 0};
      }
      zeroBox(data, box, numDims, static_cast<size_t>(bytes));
    }
  }
}
