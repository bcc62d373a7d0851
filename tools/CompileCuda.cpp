// CompileCuda.cpp - see CompileCuda.h.
#include "tools/CompileCuda.h"

#include "codegen/cuda/EmitCuda.h"
#include "runtime/CacheKey.h"
#include "tools/ToolErrors.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

namespace mixir::tools {

using lowering::Phase;

namespace {

std::string versionText(const codegen::NvrtcInfo &nvrtc) {
  return std::to_string(nvrtc.major) + "." + std::to_string(nvrtc.minor);
}

codegen::NvrtcInfo findNvrtc() {
  auto info = codegen::nvrtcInfo(nvrtcPlaces());
  if (!info)
    throw UserError(ToolCode::no_nvrtc, llvm::toString(info.takeError()));
  return std::move(*info);
}

void compile(mlir::ModuleOp module, const CudaBuild &build, CudaBinary &binary) {
  codegen::CudaProgram cuda = codegen::emitCuda(plannedProgram(module), build.target);
  auto image = (build.isPtx ? codegen::compilePtx : codegen::compileCubin)(
      cuda.source, cuda.name + ".cu", build.arch, nvrtcPlaces());
  if (!image)
    throw InternalError(llvm::toString(image.takeError()), cuda.source);
  binary.entry.manifest = std::move(cuda.manifest);
  binary.entry.image = std::move(*image);
}

} // namespace

std::string Gpu::capabilityText() const {
  return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

std::string Gpu::driverText() const {
  return std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10);
}

Gpu findGpu(const Context &context) {
  Gpu gpu;
  char name[256] = "";
  context.check(
      mixir_cuda_device(context.get(), name, sizeof(name), &gpu.capability, &gpu.driver));
  gpu.name = name;
  return gpu;
}

std::unique_ptr<CudaBuild> chooseBuild(const Gpu &gpu, const codegen::NvrtcInfo &nvrtc) {
  std::string device = gpu.name + " of compute capability " + gpu.capabilityText();
  const codegen::GpuTarget *target = codegen::gpuTargetFor(gpu.capability);
  const codegen::GpuTarget &oldest = codegen::gpuTargets().front();
  if (!target)
    throw UserError(ToolCode::old_gpu,
                    "expected a GPU of " + oldest.arch.str() + " or later, got " + device);
  int newest = 0; // that is not newer than the GPU
  for (int arch : nvrtc.archs)
    if (arch <= gpu.capability)
      newest = std::max(newest, arch);
  if (newest < oldest.capability)
    throw UserError(ToolCode::no_nvrtc, "expected an NVRTC that compiles for " + device +
                                            ", got version " + versionText(nvrtc) + " in '" +
                                            nvrtc.path + "'");
  auto build = std::make_unique<CudaBuild>(CudaBuild{*target, "sm_" + std::to_string(newest),
                                                     newest != gpu.capability});
  build->target.arch = build->arch;
  return build;
}

CudaBinary compileForGpu(Session &session, const frontend::Program &program, const Context &context,
                         codegen::CompileOptions options, runtime::Cache &cache, bool isVerbose) {
  Gpu gpu = findGpu(context);
  codegen::NvrtcInfo nvrtc = findNvrtc();
  std::unique_ptr<CudaBuild> build = chooseBuild(gpu, nvrtc);
  const char *kind = build->isPtx ? "ptx" : "cubin";
  if (isVerbose)
    llvm::errs() << "mixir: gpu: " << gpu.name << ", planned for " << build->target.name << ", "
                 << kind << " for " << build->arch << " by NVRTC " << versionText(nvrtc) << "\n";
  options.gpu = &build->target;
  auto module = lower(session, program, Phase::Chosen, options);
  runtime::CacheKey key;
  key.add("compiler", std::string_view(codegen::buildId())).add("llvm", LLVM_VERSION_STRING);
  key.add("program", textOf(*module)).add("target", std::string_view(build->target.name));
  key.add("nvrtc", versionText(nvrtc)).add("arch", build->arch).add("image", kind);
  CudaBinary binary;
  binary.key = key.hex();
  if (auto path = cache.get(binary.key))
    if (auto entry = readGpuEntry(*path)) {
      binary.entry = std::move(*entry);
      binary.path = *path;
      binary.isHit = true;
      return binary;
    }
  lowerFurther(session, *module, Phase::Chosen, Phase::Planned, options);
  compile(*module, *build, binary);
  binary.path = cache.put(binary.key, binary.entry.text());
  return binary;
}

} // namespace mixir::tools
