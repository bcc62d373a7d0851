// Binding.cpp - see Binding.h. One small function per rule; the order is the order in which a user
// wants to hear of mistakes: count, each tensor by itself, shapes, then pairs.
#include "Binding.h"

#include "Walk.h"

#include "DimSolver.h"
#include "Failure.h"
#include "Memory.h"
#include "Overlap.h"

#include <algorithm>

using namespace mixir::runtime;

namespace {

/// Checks of one tensor against its declaration; no other tensor is looked at.
class TensorChecker {
public:
  TensorChecker(const Manifest &manifest, const TensorSpec &spec, const mixir_tensor &tensor)
      : manifest(manifest), spec(spec), tensor(tensor) {}

  /// Rank, type, device and extents: what the solver relies on.
  void checkForm() const {
    if (tensor.ndim != static_cast<int>(spec.axes.size()))
      reject(MIXIR_ERROR_RANK, "expected ", spec.axes.size(), " axes ", axesText(manifest, spec),
             ", got ", tensor.ndim);
    if (tensor.dtype != spec.dtype)
      reject(MIXIR_ERROR_DTYPE, "expected ", mixir_dtype_name(spec.dtype), ", got ",
             dtypeText(tensor.dtype));
    if (tensor.device != manifest.device)
      reject(MIXIR_ERROR_DEVICE, "expected memory of ", deviceText(manifest.device), ", got ",
             deviceText(tensor.device));
    for (int axis = 0; axis < tensor.ndim; axis++)
      if (tensor.shape[axis] < 0)
        reject(MIXIR_ERROR_EXTENT, "axis ", axis, " (", axisText(manifest, spec.axes[axis]),
               "): expected an extent of 0 or more, got ", tensor.shape[axis]);
  }

  /// Strides and memory. Extents are known to be right.
  void checkMemory() const {
    bool isOutput = spec.role == MIXIR_ROLE_OUT;
    int64_t elements = 1;
    bool isTooLarge = false;
    for (int axis = 0; axis < tensor.ndim; axis++) {
      elements = tensor.shape[axis] == 0 ? 0 : elements;
      if (tensor.strides[axis] < 0)
        reject(MIXIR_ERROR_STRIDE, "axis ", axis, " (", axisText(manifest, spec.axes[axis]),
               "): expected a stride of 0 or more, got ", tensor.strides[axis]);
    }
    int64_t bytes = 0;
    isTooLarge = !spanBytes(tensor, bytes);
    if (isTooLarge)
      reject(MIXIR_ERROR_TOO_LARGE, "its size in bytes does not fit 63 bits");
    if (isOutput && tensor.read_only)
      reject(MIXIR_ERROR_READ_ONLY, "expected writable memory for an output, got read-only");
    if (elements == 0)
      return;
    if (!tensor.data)
      reject(MIXIR_ERROR_NULL_DATA, "expected data, got a null pointer");
    size_t scalar = spec.dtype == MIXIR_C64 ? 4 : mixir_dtype_size(spec.dtype);
    if (reinterpret_cast<uintptr_t>(tensor.data) % scalar != 0)
      reject(MIXIR_ERROR_ALIGNMENT, "expected data aligned to ", scalar, " bytes, got address ",
             tensor.data);
    if (reinterpret_cast<uintptr_t>(tensor.data) > UINTPTR_MAX - uintptr_t(bytes))
      reject(MIXIR_ERROR_TOO_LARGE, "it reaches past the end of the address space");
    if (isOutput && overlapsItself(tensor))
      rejectSharedElements();
  }

private:
  template <typename... Parts>
  [[noreturn]] void reject(int status, const Parts &...parts) const {
    fail(status, "tensor '", spec.name, "': ", parts...);
  }

  [[noreturn]] void rejectSharedElements() const {
    for (int axis = 0; axis < tensor.ndim; axis++)
      if (tensor.shape[axis] > 1 && tensor.strides[axis] == 0)
        reject(MIXIR_ERROR_STRIDE, "axis ", axis, " (", axisText(manifest, spec.axes[axis]),
               "): expected a stride above 0 for an output, got 0");
    std::string strides;
    for (int axis = 0; axis < tensor.ndim; axis++)
      strides += (axis ? ", " : "") + std::to_string(tensor.strides[axis]);
    reject(MIXIR_ERROR_STRIDE, "expected output elements that share no memory, got strides [",
           strides, "]");
  }

  static std::string dtypeText(int dtype) {
    return mixir_dtype_size(dtype) ? mixir_dtype_name(dtype) : "type " + std::to_string(dtype);
  }

  static std::string deviceText(int device) {
    return device == MIXIR_CPU    ? "the cpu"
           : device == MIXIR_CUDA ? "cuda"
                                  : "device " + std::to_string(device);
  }

  const Manifest &manifest;
  const TensorSpec &spec;
  const mixir_tensor &tensor;
};

void checkCount(const Manifest &manifest, const mixir_tensor *tensors, int numTensors) {
  if (numTensors != manifest.numOperands)
    fail(MIXIR_ERROR_TENSOR_COUNT, "program '", manifest.name, "': expected ",
         manifest.numOperands, " tensors, got ", numTensors);
  if (numTensors && !tensors)
    fail(MIXIR_ERROR_INVALID_ARGUMENT, "expected an array of tensors, got a null pointer");
}

void checkOverlap(const Manifest &manifest, const std::vector<int> &aliases,
                  const mixir_tensor *tensors, const BatchBinding &batch) {
  auto haveSamePlaces = [&](int a, int b) {
    return !batch.isActive() || batch.places[a] == batch.places[b];
  };
  for (int output = manifest.numOperands - 1; output >= 0; output--) {
    if (manifest.tensors[output].role != MIXIR_ROLE_OUT)
      return; // outputs come last
    for (int other = 0; other < output; other++) {
      if (!mayOverlap(tensors[output], tensors[other]))
        continue;
      if (aliases[output] == other && isSameView(tensors[output], tensors[other]) &&
          haveSamePlaces(output, other))
        continue;
      fail(MIXIR_ERROR_OVERLAP, "tensor '", manifest.tensors[output].name,
           "': expected an output that shares no memory, got an overlap with '",
           manifest.tensors[other].name, "'");
    }
  }
}

/// Strides per dimension from strides per axis; in a merged axis the last dimension is fastest.
/// The stride of a dimension of size 0 or 1 means nothing and is made 1.
void spreadStrides(const TensorSpec &spec, const int64_t *axisStrides, const int64_t *sizes,
                   int64_t *strides) {
  for (size_t axis = 0; axis < spec.axes.size(); axis++) {
    auto stride = static_cast<uint64_t>(axisStrides[axis]); // empty views may have any stride
    const AxisSpec &dims = spec.axes[axis];
    for (size_t i = dims.size(); i-- > 0;) {
      int64_t size = sizes[dims[i]];
      strides[dims[i]] = size > 1 ? static_cast<int64_t>(stride) : 1;
      stride *= static_cast<uint64_t>(size);
    }
  }
}

bool isEmpty(const TensorSpec &spec, const int64_t *sizes) {
  for (const AxisSpec &axis : spec.axes)
    for (int dim : axis)
      if (sizes[dim] == 0)
        return true;
  return false;
}

/// A view has the strides of its tensor, and begins at its coordinates.
void bindView(const TensorSpec &view, int index, Binding &binding) {
  const int64_t *from = binding.stridesOf(view.viewOf);
  int64_t *strides = binding.stridesOf(index);
  std::copy(from, from + binding.numDims, strides);
  int64_t offset = 0;
  for (const CoordinateSpec &coordinate : view.at) {
    offset += coordinate.at * from[coordinate.dim];
    strides[coordinate.dim] = 0;
  }
  for (const RenameSpec &name : view.as) {
    strides[name.to] = from[name.from];
    strides[name.from] = 0;
  }
  char *data = binding.data[view.viewOf];
  size_t bytes = mixir_dtype_size(view.dtype);
  binding.data[index] = !data || isEmpty(view, binding.sizes.data()) ? data : data + offset * static_cast<int64_t>(bytes);
}

/// Checks the tables of routes and trees that the caller gives.
void checkTables(const Manifest &manifest, const Binding &binding) {
  std::vector<int> checked;
  for (const TensorSpec &tensor : manifest.tensors) {
    int table = tensor.walk ? tensor.walk->table : -1;
    if (table < 0 || manifest.device != MIXIR_CPU || !binding.data[table] ||
        std::find(checked.begin(), checked.end(), table) != checked.end())
      continue;
    checkRouteTable(manifest, *tensor.walk, binding);
    checked.push_back(table);
  }
  for (int i = 0; i < manifest.numOperands; i++)
    if (manifest.tensors[i].parents >= 0 && manifest.device == MIXIR_CPU && binding.data[i] &&
        !binding.batch.isActive()) // packed tables have entries of their own
      checkParents(manifest, i, binding);
}

/// Bytes of one temporary. bindTensors has checked that they do not overflow.
size_t bytesOf(const Manifest &manifest, const Binding &binding, size_t index) {
  const TensorSpec &spec = manifest.tensors[index];
  size_t bytes = mixir_dtype_size(spec.dtype);
  for (const AxisSpec &axis : spec.axes)
    for (int dim : axis)
      bytes *= static_cast<size_t>(binding.storedExtent(index, dim));
  return alignUp(bytes);
}

/// Dense strides of a temporary per axis.
void denseStrides(const Manifest &manifest, const Binding &binding, size_t index,
                  int64_t *axisStrides) {
  const TensorSpec &spec = manifest.tensors[index];
  int64_t stride = 1;
  for (size_t axis = spec.axes.size(); axis-- > 0;) {
    axisStrides[axis] = stride;
    for (int dim : spec.axes[axis])
      if (__builtin_mul_overflow(stride, std::max<int64_t>(binding.storedExtent(index, dim), 1),
                                 &stride) ||
          stride > INT64_MAX / 16)
        fail(MIXIR_ERROR_TOO_LARGE, "temporary '", spec.name, "': its size does not fit 63 bits");
  }
}

/// Sizes of all dimensions.
void solveSizes(const Manifest &manifest, const std::vector<char> &needed,
                const mixir_tensor *tensors, int numTensors, Binding &binding) {
  BatchBinding &batch = binding.batch;
  binding.numDims = manifest.dims.size();
  binding.sizes.resize(binding.numDims);
  DimSolver solver(manifest, batch.isActive() ? batch.logical.data() : tensors,
                   binding.sizes.data());
  solver.solve(numTensors, nullptr);
  solver.requireKnown(needed);
  if (!batch.isPacked())
    return;
  if (batch.total < 0)
    batch.total = batch.longest = binding.sizes[batch.along];
  if (binding.sizes[batch.along] != batch.total)
    fail(MIXIR_ERROR_SHAPE, "dimension ", manifest.dims[batch.along].name, ": expected ",
         batch.total, ", the last of the offsets, got ", binding.sizes[batch.along]);
  binding.sizes[batch.along] = batch.longest;
}

/// The strides of the batch in a tensor: the entries of packed sequences are told apart by their
/// tokens, and rows that are indexed are those of the caller, however few entries there are.
void placeEntries(const TensorSpec &spec, const int64_t *axisStrides, Binding &binding,
                  size_t index) {
  const BatchBinding &batch = binding.batch;
  int64_t *strides = binding.stridesOf(static_cast<int>(index));
  for (size_t axis = 0; axis < spec.axes.size(); axis++) {
    const AxisSpec &dims = spec.axes[axis];
    int64_t stride = axisStrides[axis];
    for (size_t i = 1; i < dims.size(); i++)
      stride *= binding.sizes[dims[i]];
    if (dims[0] == batch.dim)
      strides[dims[0]] = batch.places[index] == EntryPlace::Token ? 0 : stride;
    else if (dims[0] == batch.along)
      strides[dims[0]] = stride;
  }
}

} // namespace

std::vector<char> mixir::runtime::neededDims(const Manifest &manifest) {
  std::vector<char> needed(manifest.dims.size(), 0);
  for (const TensorSpec &tensor : manifest.tensors)
    for (const AxisSpec &axis : tensor.axes)
      for (int dim : axis)
        needed[dim] = 1;
  for (const KernelSpec &kernel : manifest.kernels) {
    for (const LoopSpec &loop : kernel.loops)
      needed[loop.dim] = 1;
    for (const ScalarSpec &scalar : kernel.scalars)
      needed[scalar.dim] = 1;
    for (const CarrySpec &carry : kernel.carries)
      for (int dim : carry.dims)
        needed[dim] = 1;
    for (const PastSpec &past : kernel.pasts)
      for (int dim : past.dims)
        needed[dim] = 1;
    for (const ParamSpec &param : kernel.params)
      if (param.dim >= 0)
        needed[param.dim] = 1;
  }
  return needed;
}

void mixir::runtime::bindTensors(const Manifest &manifest, const std::vector<char> &needed,
                                 const std::vector<int> &aliases, const mixir_tensor *tensors,
                                 int numTensors, const mixir_batch *batch, Binding &binding) {
  checkCount(manifest, tensors, numTensors);
  for (int i = 0; i < numTensors; i++)
    TensorChecker(manifest, manifest.tensors[i], tensors[i]).checkForm();
  binding.batch.dim = binding.batch.along = -1;
  if (batch)
    bindBatch(manifest, needed, *batch, tensors, binding.batch);
  solveSizes(manifest, needed, tensors, numTensors, binding);
  for (int i = 0; i < numTensors; i++)
    TensorChecker(manifest, manifest.tensors[i], tensors[i]).checkMemory();
  checkOverlap(manifest, aliases, tensors, binding.batch);

  alignas(128) static char noElements[128]; // what kernels of the cpu see for empty tensors
  bool hasEmptyDim =
      std::find(binding.sizes.begin(), binding.sizes.end(), 0) != binding.sizes.end();
  binding.data.resize(manifest.tensors.size());
  binding.strides.assign(manifest.tensors.size() * binding.numDims, 0);
  for (size_t i = 0; i < manifest.tensors.size(); i++) {
    const TensorSpec &spec = manifest.tensors[i];
    if (spec.viewOf >= 0) {
      bindView(spec, static_cast<int>(i), binding);
      continue;
    }
    int64_t dense[MIXIR_MAX_RANK];
    const int64_t *axisStrides = dense;
    if (spec.isTemp) {
      denseStrides(manifest, binding, i, dense);
      binding.data[i] = nullptr;
    } else {
      axisStrides = tensors[i].strides;
      binding.data[i] = static_cast<char *>(tensors[i].data);
    }
    int64_t *strides = binding.stridesOf(static_cast<int>(i));
    spreadStrides(spec, axisStrides, binding.sizes.data(), strides);
    if (hasEmptyDim && isEmpty(spec, binding.sizes.data())) {
      // A kernel may read where nothing is, as long as it does not use what it finds.
      std::fill(strides, strides + binding.numDims, 0);
      if (manifest.device == MIXIR_CPU)
        binding.data[i] = noElements;
    } else if (binding.batch.isActive() && binding.batch.places[i] != EntryPlace::Number) {
      placeEntries(spec, axisStrides, binding, i);
    }
  }
  checkTables(manifest, binding);
}

size_t mixir::runtime::tempBytes(const Manifest &manifest, const Binding &binding) {
  size_t total = 0;
  for (size_t i = manifest.numOperands; i < manifest.tensors.size() && manifest.tensors[i].isTemp;
       i++)
    if (__builtin_add_overflow(total, bytesOf(manifest, binding, i), &total) ||
        total > SIZE_MAX / 2)
      fail(MIXIR_ERROR_TOO_LARGE, "the temporaries do not fit 63 bits");
  return total;
}

void mixir::runtime::placeTemps(const Manifest &manifest, char *memory, Binding &binding) {
  for (size_t i = manifest.numOperands; i < manifest.tensors.size() && manifest.tensors[i].isTemp;
       i++) {
    size_t bytes = bytesOf(manifest, binding, i);
    if (bytes == 0 && manifest.device == MIXIR_CPU)
      continue;
    binding.data[i] = memory;
    memory += bytes;
  }
  for (size_t i = manifest.numOperands; i < manifest.tensors.size(); i++)
    if (int of = manifest.tensors[i].viewOf; of >= 0 && manifest.tensors[of].isTemp)
      bindView(manifest.tensors[i], static_cast<int>(i), binding);
}

void mixir::runtime::inferOutputs(const Manifest &manifest, mixir_tensor *tensors, int numTensors,
                                  const int64_t *dimSizes) {
  checkCount(manifest, tensors, numTensors);
  int numInputs = 0;
  while (numInputs < numTensors && manifest.tensors[numInputs].role != MIXIR_ROLE_OUT)
    numInputs++;
  for (int i = 0; i < numInputs; i++)
    TensorChecker(manifest, manifest.tensors[i], tensors[i]).checkForm();
  std::vector<int64_t> sizes(manifest.dims.size());
  DimSolver solver(manifest, tensors, sizes.data());
  solver.solve(numInputs, dimSizes);
  for (int i = numInputs; i < numTensors; i++) {
    const TensorSpec &spec = manifest.tensors[i];
    std::vector<char> needed(manifest.dims.size(), 0);
    int64_t shape[MIXIR_MAX_RANK] = {};
    for (size_t axis = 0; axis < spec.axes.size(); axis++)
      for (int dim : spec.axes[axis])
        needed[dim] = 1;
    solver.requireKnown(needed);
    for (size_t axis = 0; axis < spec.axes.size(); axis++) {
      shape[axis] = 1;
      for (int dim : spec.axes[axis])
        if (__builtin_mul_overflow(shape[axis], sizes[dim], &shape[axis]))
          fail(MIXIR_ERROR_TOO_LARGE, "tensor '", spec.name, "': its size does not fit 63 bits");
    }
    void *data = tensors[i].data;
    tensors[i] = mixir_tensor_dense(data, static_cast<mixir_dtype>(spec.dtype),
                                    static_cast<int32_t>(spec.axes.size()), shape);
    tensors[i].device = manifest.device;
  }
}
