// See Programs.h.
#include "bench/gpu/prepare/Programs.h"

#include "codegen/cuda/EmitCuda.h"
#include "tools/Compile.h"
#include "tools/Specialise.h"
#include "tools/ToolErrors.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace mixir;
using namespace mixir::gpu_suite;

void gpu_suite::writeFile(const std::string &path, const std::string &content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (!file.flush())
    throw std::runtime_error("cannot write '" + path + "'");
}

Programs::Programs(std::string where, std::vector<const codegen::GpuTarget *> which, bool compile)
    : folder(std::move(where)), targets(std::move(which)) {
  if (!compile)
    return;
  llvm::Expected<codegen::NvrtcInfo> info = codegen::nvrtcInfo(tools::nvrtcPlaces());
  if (!info) {
    std::fprintf(stderr, "only sources are written: %s\n",
                 llvm::toString(info.takeError()).c_str());
    return;
  }
  nvrtc = std::to_string(info->major) + "." + std::to_string(info->minor);
  archs = info->archs;
}

void Programs::write(const std::string &name, const codegen::GpuTarget &target,
                     const std::string &source, const std::string &manifest) {
  std::string base = folder + "/" + name + "/" + target.arch.str();
  writeFile(base + ".cu", source);
  writeFile(base + ".json", manifest);
  int arch = std::atoi(target.arch.str().c_str() + 3);
  if (std::find(archs.begin(), archs.end(), arch) == archs.end())
    return;
  llvm::Expected<codegen::CudaImage> image =
      codegen::compileCuda(source, name + ".cu", target.arch, tools::nvrtcPlaces());
  if (!image)
    throw std::runtime_error(llvm::toString(image.takeError()));
  writeFile(base + ".cubin", image->cubin);
  writeFile(base + ".ptx", image->ptx);
}

Emitted Programs::add(tools::Session &session, const tools::MixerChoice &choice,
                      const tools::Extents &extents) {
  auto open = session.analyse(choice);
  tools::Extents fixed = tools::extentsToFix(*open, extents, choice.extents);
  auto special = session.analyse({choice.mixer, fixed, choice.omitted});
  Emitted emitted;
  for (const codegen::GpuTarget *target : targets) {
    codegen::CompileOptions options;
    options.gpu = target;
    auto module = tools::lower(session, *special, lowering::Phase::Planned, options);
    kernel::ProgramOp planned = tools::plannedProgram(*module);
    codegen::CudaProgram program = codegen::emitCuda(planned, *target);
    if (target == targets.front()) {
      emitted.work = tools::totalWork(planned, tools::completeExtents(planned, extents));
      auto [it, isNew] = known.emplace(program.source + program.manifest, "");
      if (isNew)
        it->second = program.name + "-" + std::to_string(known.size());
      emitted.program = it->second;
      if (!isNew)
        return emitted;
    }
    write(emitted.program, *target, program.source, program.manifest);
  }
  return emitted;
}
