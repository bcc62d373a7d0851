// The programs of a GPU suite: emitted for every architecture, compiled where there is NVRTC.
#pragma once

#include "codegen/cuda/Targets.h"
#include "dialect/kernel/KernelDialect.h"
#include "tools/Session.h"
#include "tools/Work.h"

#include <map>
#include <string>
#include <vector>

namespace mixir::gpu_suite {

/// What a program and its inputs are to the suite.
struct Emitted {
  std::string program; ///< the name of its folder
  tools::WorkTotal work;
};

/// A folder with a folder for each program: ARCH.cu, ARCH.json, and ARCH.cubin and ARCH.ptx.
class Programs {
public:
  /// Makes the folder. Without `compile` only sources and manifests are written.
  Programs(std::string folder, std::vector<const codegen::GpuTarget *> targets, bool compile);

  /// Adds a mixer, specialised for `extents`; programs that are there already are used again.
  /// Throws what the tools throw.
  Emitted add(tools::Session &session, const tools::MixerChoice &choice,
              const tools::Extents &extents);

  /// "13.0", or empty where nothing was compiled.
  std::string nvrtcVersion() const { return nvrtc; }
  size_t size() const { return known.size(); }

private:
  void write(const std::string &name, const codegen::GpuTarget &target, const std::string &source,
             const std::string &manifest);

  std::string folder, nvrtc;
  std::vector<const codegen::GpuTarget *> targets;
  std::vector<int> archs;                   ///< that NVRTC knows
  std::map<std::string, std::string> known; ///< name by source and manifest
};

/// Writes a file; throws UserError.
void writeFile(const std::string &path, const std::string &content);

} // namespace mixir::gpu_suite
