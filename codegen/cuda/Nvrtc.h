// NVIDIA's run-time compiler for CUDA C++, loaded when it is first needed: Mixir
// builds and runs where there is none, and then says where it has looked. No
// CUDA header is used; no GPU and no driver is needed to compile.
#pragma once

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mixir::codegen {

/// What the environment says about where NVRTC is; the caller reads it. Empty:
/// it says nothing.
struct NvrtcPlaces {
  std::string library;    // $MIXIR_NVRTC: this file and no other
  std::string toolkit;    // $CUDA_HOME
  std::string virtualEnv; // $VIRTUAL_ENV, for the Python package of NVRTC
};

/// The NVRTC that was found.
struct NvrtcInfo {
  std::string path;
  int major = 0, minor = 0;
  std::vector<int> archs; // compute capabilities, 90 for sm_90
};

/// What one compilation gives.
struct CudaImage {
  std::string cubin, ptx;
  std::string log; // warnings
};

/// Finds NVRTC: $MIXIR_NVRTC, the loader's path, toolkit folders, Python packages.
/// The error names every place that was looked at.
llvm::Expected<NvrtcInfo> nvrtcInfo(const NvrtcPlaces &places = {});

/// Compiles CUDA C++ for an architecture ("sm_90", "sm_90a"); `name` stands for
/// the file in messages. Errors: no NVRTC, an architecture that it does not know,
/// or its messages about the source.
llvm::Expected<CudaImage> compileCuda(llvm::StringRef source, llvm::StringRef name, llvm::StringRef arch,
                                      const NvrtcPlaces &places = {});
/// Machine code only.
llvm::Expected<std::string> compileCubin(llvm::StringRef source, llvm::StringRef name, llvm::StringRef arch,
                                         const NvrtcPlaces &places = {});
/// PTX only, which is faster than machine code.
llvm::Expected<std::string> compilePtx(llvm::StringRef source, llvm::StringRef name, llvm::StringRef arch,
                                       const NvrtcPlaces &places = {});

} // namespace mixir::codegen
