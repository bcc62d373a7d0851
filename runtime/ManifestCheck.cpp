// ManifestCheck.cpp - what the launcher relies on, one small function per rule.
//
// A manifest comes from a file that may be damaged or made by another version, so everything that
// the launcher would otherwise have to check per call is checked here once.
#include "ManifestCheck.h"

#include "Failure.h"

#include <algorithm>

using namespace mixir::runtime;

namespace {

template <typename... Parts>
[[noreturn]] void malformed(const Parts &...parts) {
  fail(MIXIR_ERROR_BAD_MANIFEST, "malformed manifest: ", parts...);
}

/// Whether kernels may write a tensor: an output, a temporary, or a view of one.
bool isWritable(const Manifest &manifest, const TensorSpec &tensor) {
  const TensorSpec &root = tensor.viewOf >= 0 ? manifest.tensors[tensor.viewOf] : tensor;
  return root.isTemp || root.role == MIXIR_ROLE_OUT;
}

bool contains(const std::vector<int> &dims, int dim) {
  return std::find(dims.begin(), dims.end(), dim) != dims.end();
}

/// A dimension occurs on one axis of a tensor at most; only operands are ordered by role.
void checkTensor(const Manifest &manifest, size_t index) {
  const TensorSpec &tensor = manifest.tensors[index];
  std::vector<int> seen;
  for (const AxisSpec &axis : tensor.axes)
    for (int dim : axis) {
      if (contains(seen, dim))
        malformed("tensor '", tensor.name, "' has dimension ", manifest.dims[dim].name, " twice");
      seen.push_back(dim);
    }
  bool followsOutput = index > 0 && !tensor.isTemp && tensor.viewOf < 0 && tensor.role != MIXIR_ROLE_OUT &&
                       manifest.tensors[index - 1].role == MIXIR_ROLE_OUT;
  if (followsOutput)
    malformed("operand '", tensor.name, "' comes after an output");
}

void checkLoops(const Manifest &manifest, const KernelSpec &kernel) {
  int serial = 0, lanes = 0;
  for (size_t i = 0; i < kernel.loops.size(); i++) {
    const LoopSpec &loop = kernel.loops[i];
    serial += !loop.isParallel;
    lanes += loop.lanes > 0;
    if (loop.lanes > 0 && !loop.isParallel)
      malformed("kernel '", kernel.name, "': the lanes loop is not parallel");
    if (loop.lanes > 0 && loop.block % loop.lanes)
      malformed("kernel '", kernel.name, "': a block of ", loop.block, " is not whole groups of ",
                loop.lanes, " lanes");
    if (kernel.loopOf(loop.dim) != static_cast<int>(i))
      malformed("kernel '", kernel.name, "' has two loops over ", manifest.dims[loop.dim].name);
  }
  if (serial > 1)
    malformed("kernel '", kernel.name, "' has ", serial, " serial loops, expected at most 1");
  if (lanes > 1)
    malformed("kernel '", kernel.name, "' has ", lanes, " lane loops, expected at most 1");
}

/// Every dimension of a tensor is either seen by the kernel or fixed by a loop of block 1.
void checkCovered(const Manifest &manifest, const KernelSpec &kernel, const TensorSpec &tensor,
                  const std::vector<int> &dims) {
  for (const AxisSpec &axis : tensor.axes)
    for (int dim : axis) {
      int loop = kernel.loopOf(dim);
      bool isFolded = loop >= 0 && kernel.loops[loop].block == 1;
      if (!isFolded && !contains(dims, dim))
        malformed("kernel '", kernel.name, "': dimension ", manifest.dims[dim].name, " of '",
                  tensor.name, "' is neither in 'dims' nor fixed by a loop of block 1");
    }
}

void checkPart(const KernelSpec &kernel, const TensorSpec &tensor, Part part) {
  if ((tensor.dtype == MIXIR_C64) != (part != Part::Whole))
    malformed("kernel '", kernel.name, "': 'part' must be given for '", tensor.name,
              "' exactly when it is c64");
}

void checkArg(const Manifest &manifest, const KernelSpec &kernel, const ArgSpec &arg) {
  const TensorSpec &tensor = manifest.tensors[arg.tensor];
  checkPart(kernel, tensor, arg.part);
  checkCovered(manifest, kernel, tensor, arg.dims);
  if (arg.isWritten && !isWritable(manifest, tensor))
    malformed("kernel '", kernel.name, "' writes '", tensor.name, "', which is no output");
  for (size_t i = 0; i < arg.dims.size(); i++) {
    if (!tensor.hasDim(arg.dims[i]))
      malformed("kernel '", kernel.name, "': '", tensor.name, "' has no dimension ",
                manifest.dims[arg.dims[i]].name);
    if (arg.isWritten && (arg.haloLow[i] || arg.haloHigh[i]))
      malformed("kernel '", kernel.name, "': written '", tensor.name, "' has a halo");
  }
}

void checkParam(const Manifest &manifest, const KernelSpec &kernel, const ParamSpec &param) {
  if (param.tensor < 0)
    return;
  const TensorSpec &tensor = manifest.tensors[param.tensor];
  if (param.kind == ParamSpec::Data)
    checkPart(kernel, tensor, param.part);
  if (param.isWritten && !isWritable(manifest, tensor))
    malformed("kernel '", kernel.name, "' writes '", tensor.name, "', which is no output");
  if (param.kind == ParamSpec::Stride && !tensor.hasDim(param.dim))
    malformed("kernel '", kernel.name, "': '", tensor.name, "' has no dimension ",
              manifest.dims[param.dim].name);
}

/// Kernels that loop over the batch take one entry a block and ask where it lies; no other does.
void checkEntries(const Manifest &manifest, const KernelSpec &kernel) {
  int loop = manifest.batchDim < 0 ? -1 : kernel.loopOf(manifest.batchDim);
  bool asks[2] = {false, false};
  for (const ParamSpec &param : kernel.params) {
    asks[0] |= param.kind == ParamSpec::Rows;
    asks[1] |= param.kind == ParamSpec::Offsets;
    if (param.kind == ParamSpec::Entry &&
        (loop < 0 || !manifest.tensors[param.tensor].hasDim(manifest.batchDim)))
      malformed("kernel '", kernel.name, "': '", manifest.tensors[param.tensor].name,
                "' has no entries of the batch");
  }
  for (bool asksFor : asks)
    if (asksFor != (loop >= 0))
      malformed("kernel '", kernel.name, "': expected rows and offsets exactly where it loops over ",
                "the batch");
  if (loop >= 0 && (!kernel.loops[loop].isParallel || kernel.loops[loop].block != 1))
    malformed("kernel '", kernel.name, "': expected one entry of the batch a block");
}

void checkCarryEnd(const Manifest &manifest, const KernelSpec &kernel, const CarrySpec &carry,
                   const CarryEndSpec &end, bool isFinal) {
  if (end.tensor < 0)
    return;
  const TensorSpec &tensor = manifest.tensors[end.tensor];
  checkPart(kernel, tensor, end.part);
  checkCovered(manifest, kernel, tensor, carry.dims);
  if (tensor.dtype == MIXIR_I32)
    malformed("kernel '", kernel.name, "': carry '", carry.name, "' is bound to i32 '",
              tensor.name, "'");
  if (isFinal && !tensor.isTemp && tensor.role != MIXIR_ROLE_OUT)
    malformed("kernel '", kernel.name, "' writes '", tensor.name, "', which is no output");
  // All lanes of a state that does not vary over them hold the same.
  auto isLane = [&](int dim) {
    int loop = kernel.loopOf(dim);
    return loop >= 0 && kernel.loops[loop].lanes > 0;
  };
  for (int dim : carry.dims)
    if (isFinal && !tensor.hasDim(dim) && !isLane(dim))
      malformed("kernel '", kernel.name, "': '", tensor.name, "' has no dimension ",
                manifest.dims[dim].name);
}

void checkCarry(const Manifest &manifest, const KernelSpec &kernel, const CarrySpec &carry) {
  for (const LoopSpec &loop : kernel.loops) {
    if (!loop.isParallel && contains(carry.dims, loop.dim))
      malformed("kernel '", kernel.name, "': carry '", carry.name, "' has the serial dimension");
    if (manifest.device == MIXIR_CPU && loop.lanes > 0 && !contains(carry.dims, loop.dim))
      malformed("kernel '", kernel.name, "': carry '", carry.name, "' has no lanes");
  }
  if (manifest.device == MIXIR_CPU && carry.row >= kernel.workRows)
    malformed("kernel '", kernel.name, "': carry '", carry.name, "' begins in row ", carry.row,
              " of ", kernel.workRows);
  checkCarryEnd(manifest, kernel, carry, carry.init, false);
  checkCarryEnd(manifest, kernel, carry, carry.final, true);
}

void checkPast(const KernelSpec &kernel, const PastSpec &past) {
  int loop = past.dims.empty() ? -1 : kernel.loopOf(past.dims.back());
  if (loop < 0 || kernel.loops[loop].isParallel)
    malformed("kernel '", kernel.name, "': the last dimension of past '", past.name,
              "' is not the serial one");
}

/// The tasks of a kernel that joins are those of the kernel before it.
void checkJoins(const Manifest &manifest, size_t index) {
  const KernelSpec &kernel = manifest.kernels[index];
  if (!kernel.joins)
    return;
  auto parallel = [](const KernelSpec &of) {
    std::vector<LoopSpec> loops;
    std::copy_if(of.loops.begin(), of.loops.end(), std::back_inserter(loops),
                 [](const LoopSpec &loop) { return loop.isParallel; });
    return loops;
  };
  auto isSame = [](const LoopSpec &a, const LoopSpec &b) {
    return a.dim == b.dim && a.block == b.block && a.lanes == b.lanes;
  };
  std::vector<LoopSpec> mine = parallel(kernel), before;
  if (index > 0)
    before = parallel(manifest.kernels[index - 1]);
  if (index == 0 || !std::equal(mine.begin(), mine.end(), before.begin(), before.end(), isSame))
    malformed("kernel '", kernel.name, "' joins a kernel with other tasks");
}

/// A kernel that runs instead of another comes after it.
void checkInstead(const Manifest &manifest, size_t index) {
  const KernelSpec &kernel = manifest.kernels[index];
  if (kernel.instead.blocks && (index == 0 || manifest.kernels[index - 1].instead.blocks))
    malformed("kernel '", kernel.name,
              "' does not run instead of a kernel before it that runs instead of none");
}

} // namespace

void mixir::runtime::checkManifest(const Manifest &manifest) {
  for (size_t i = 0; i < manifest.tensors.size(); i++)
    checkTensor(manifest, i);
  for (const KernelSpec &kernel : manifest.kernels) {
    checkLoops(manifest, kernel);
    checkJoins(manifest, static_cast<size_t>(&kernel - manifest.kernels.data()));
    checkInstead(manifest, static_cast<size_t>(&kernel - manifest.kernels.data()));
    for (const ArgSpec &arg : kernel.args)
      checkArg(manifest, kernel, arg);
    for (const ParamSpec &param : kernel.params)
      checkParam(manifest, kernel, param);
    if (manifest.device == MIXIR_CUDA)
      checkEntries(manifest, kernel);
    for (const CarrySpec &carry : kernel.carries)
      checkCarry(manifest, kernel, carry);
    for (const PastSpec &past : kernel.pasts)
      checkPast(kernel, past);
  }
}
