// KernelPlan.cpp - see KernelPlan.h.
#include "KernelPlan.h"

#include "Failure.h"

#include <algorithm>

using namespace mixir::runtime;

namespace {

KernelType kernelType(int dtype) {
  switch (dtype) {
  case MIXIR_F16:
    return {kTypeFloat, 16, 1};
  case MIXIR_BF16:
    return {kTypeUInt, 16, 1};
  case MIXIR_I32:
    return {kTypeInt, 32, 1};
  default:
    return {kTypeFloat, 32, 1}; // f32, and the parts of c64
  }
}

std::vector<int> absentLoops(const KernelSpec &kernel, const TensorSpec &tensor) {
  std::vector<int> absent;
  for (size_t i = 0; i < kernel.loops.size(); i++)
    if (kernel.loops[i].isParallel && !tensor.hasDim(kernel.loops[i].dim))
      absent.push_back(static_cast<int>(i));
  return absent;
}

/// Index in `dims` of the dimension of loop `loop`, -1 when there is none.
int indexOfLoop(const std::vector<int> &loopOfDim, int loop) {
  auto found = std::find(loopOfDim.begin(), loopOfDim.end(), loop);
  return loop < 0 || found == loopOfDim.end() ? -1 : static_cast<int>(found - loopOfDim.begin());
}

std::vector<int> loopsOf(const KernelSpec &kernel, const std::vector<int> &dims) {
  std::vector<int> loops;
  for (int dim : dims)
    loops.push_back(kernel.loopOf(dim));
  return loops;
}

ArgPlan planArg(const Manifest &manifest, const KernelSpec &kernel, const KernelPlan &plan,
                const ArgSpec &spec) {
  const TensorSpec &tensor = manifest.tensors[spec.tensor];
  ArgPlan arg;
  arg.tensor = spec.tensor;
  arg.isWritten = spec.isWritten;
  arg.part = spec.part;
  arg.dtype = tensor.dtype;
  arg.type = kernelType(tensor.dtype);
  arg.elementBytes = arg.type.bits / 8;
  arg.dims = spec.dims;
  arg.haloLow = spec.haloLow;
  arg.haloHigh = spec.haloHigh;
  arg.loopOfDim = loopsOf(kernel, spec.dims);
  arg.laneIndex = indexOfLoop(arg.loopOfDim, plan.laneLoop);
  arg.serialIndex = indexOfLoop(arg.loopOfDim, plan.serialLoop);
  if (plan.serialLoop >= 0)
    arg.movesWithSerial = tensor.hasDim(plan.loops[plan.serialLoop].dim);
  if (spec.isWritten)
    arg.absentLoops = absentLoops(kernel, tensor);
  return arg;
}

CarryPlan planCarry(const Manifest &manifest, const KernelSpec &kernel, const KernelPlan &plan,
                    const CarrySpec &spec) {
  CarryPlan carry;
  carry.row = spec.row;
  carry.dims = spec.dims;
  carry.loopOfDim = loopsOf(kernel, spec.dims);
  carry.laneIndex = indexOfLoop(carry.loopOfDim, plan.laneLoop);
  carry.init = spec.init;
  carry.final = spec.final;
  if (spec.init.tensor >= 0)
    carry.initDtype = manifest.tensors[spec.init.tensor].dtype;
  if (spec.final.tensor >= 0) {
    carry.finalDtype = manifest.tensors[spec.final.tensor].dtype;
    carry.absentLoops = absentLoops(kernel, manifest.tensors[spec.final.tensor]);
  }
  return carry;
}

KernelPlan planKernel(const Manifest &manifest, const KernelSpec &kernel) {
  KernelPlan plan;
  plan.name = kernel.name;
  plan.joins = kernel.joins;
  plan.loops = kernel.loops;
  if (kernel.loops.size() > static_cast<size_t>(kMaxLoops))
    fail(MIXIR_ERROR_BAD_MANIFEST, "malformed manifest: kernel '", kernel.name, "' has ",
         kernel.loops.size(), " loops, expected at most ", kMaxLoops);
  for (size_t i = 0; i < kernel.loops.size(); i++) {
    const LoopSpec &loop = kernel.loops[i];
    int index = static_cast<int>(i);
    if (loop.isParallel)
      plan.parallelLoops.push_back(index);
    else
      plan.serialLoop = index;
    if (loop.lanes > 0)
      plan.laneLoop = index;
  }
  plan.scalars = kernel.scalars;
  for (const ScalarSpec &scalar : kernel.scalars)
    plan.scalarLoop.push_back(kernel.loopOf(scalar.dim));
  for (const ArgSpec &arg : kernel.args) {
    plan.args.push_back(planArg(manifest, kernel, plan, arg));
    plan.numBufferDims += static_cast<int>(arg.dims.size());
  }
  for (const CarrySpec &carry : kernel.carries)
    plan.carries.push_back(planCarry(manifest, kernel, plan, carry));
  for (const PastSpec &past : kernel.pasts) {
    plan.pasts.push_back({past.dims, loopsOf(kernel, past.dims)});
    plan.numBufferDims += 2 * static_cast<int>(past.dims.size());
  }
  plan.workRows = kernel.workRows;
  if (plan.laneLoop >= 0)
    plan.hasGroups = plan.loops[plan.laneLoop].block > plan.loops[plan.laneLoop].lanes;
  if (plan.workRows > 0)
    plan.numBufferDims += plan.hasGroups ? 3 : 2;
  plan.numBuffers = static_cast<int>(plan.args.size() + (plan.workRows > 0 ? 1 : 0) + 2 * plan.pasts.size());
  return plan;
}

/// True when a carry of `kernel` begins or ends in `tensor`.
bool isCarried(const KernelSpec &kernel, int tensor) {
  return std::any_of(kernel.carries.begin(), kernel.carries.end(), [&](const CarrySpec &carry) {
    return carry.init.tensor == tensor || carry.final.tensor == tensor;
  });
}

/// How often a tensor is an argument, or one end of a carry. Kernels on a GPU also take the ends of
/// their own carries as params.
struct Uses {
  int args = 0, inits = 0, finals = 0;
};

Uses countUses(const Manifest &manifest, int tensor) {
  Uses uses;
  for (const TensorSpec &view : manifest.tensors)
    uses.args += view.viewOf == tensor; // what its kernels do is not followed
  for (const KernelSpec &kernel : manifest.kernels) {
    if (kernel.instead.blocks)
      continue; // it uses what the kernel before it does, and one of them runs
    for (const ArgSpec &arg : kernel.args)
      uses.args += arg.tensor == tensor;
    for (const ParamSpec &param : kernel.params)
      uses.args += param.tensor == tensor && !isCarried(kernel, tensor);
    for (const CarrySpec &carry : kernel.carries) {
      uses.inits += carry.init.tensor == tensor;
      uses.finals += carry.final.tensor == tensor;
    }
  }
  return uses;
}

/// The input whose elements each task reads before it alone overwrites them with `output`.
int findAlias(const Manifest &manifest, int output) {
  for (const KernelSpec &kernel : manifest.kernels)
    for (const CarrySpec &carry : kernel.carries) {
      int input = carry.init.tensor;
      if (carry.final.tensor != output || input < 0 || input >= manifest.numOperands)
        continue;
      const TensorSpec &from = manifest.tensors[input], &to = manifest.tensors[output];
      int paired = 0;
      for (const CarrySpec &other : kernel.carries)
        paired += other.init.tensor == input && other.final.tensor == output &&
                  other.init.part == other.final.part;
      Uses inputUses = countUses(manifest, input), outputUses = countUses(manifest, output);
      bool isSafe = from.role == MIXIR_ROLE_IN && from.axes == to.axes &&
                    from.dtype == to.dtype && absentLoops(kernel, to).empty() &&
                    inputUses.args == 0 && inputUses.finals == 0 && outputUses.args == 0 &&
                    outputUses.inits == 0 && inputUses.inits == paired &&
                    outputUses.finals == paired;
      if (isSafe)
        return input;
    }
  return -1;
}

} // namespace

std::vector<KernelPlan> mixir::runtime::planKernels(const Manifest &manifest) {
  std::vector<KernelPlan> plans;
  for (const KernelSpec &kernel : manifest.kernels)
    plans.push_back(planKernel(manifest, kernel));
  return plans;
}

std::vector<int> mixir::runtime::findAliases(const Manifest &manifest) {
  std::vector<int> aliases(manifest.numOperands, -1);
  for (int i = 0; i < manifest.numOperands; i++)
    if (manifest.tensors[i].role == MIXIR_ROLE_OUT)
      aliases[i] = findAlias(manifest, i);
  return aliases;
}
