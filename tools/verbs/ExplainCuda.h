// What `mixir explain` says of a program for a GPU.
#ifndef MIXIR_TOOLS_VERBS_EXPLAINCUDA_H
#define MIXIR_TOOLS_VERBS_EXPLAINCUDA_H

#include "codegen/cuda/Targets.h"
#include "tools/Work.h"

namespace mixir::tools {

/// Work of the nests of a kernel, a line each.
void printNests(const std::vector<NestWork> &nests, llvm::StringRef kernel);

/// How each kernel lies on the GPU: blocks, threads, memory, occupancy. `extents` may be null.
void printCudaKernels(kernel::ProgramOp program, const codegen::GpuTarget &target,
                      const Extents *extents);
/// The least time of a call, by bytes and by exponentials.
void printCudaFloor(const WorkTotal &work, const codegen::GpuTarget &target);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_VERBS_EXPLAINCUDA_H
