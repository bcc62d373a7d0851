// HalideStubs.h - what the launcher needs to know of the functions that kernels call.
#ifndef MIXIR_RUNTIME_HALIDESTUBS_H
#define MIXIR_RUNTIME_HALIDESTUBS_H

#include <string>

namespace mixir::runtime {

/// The last message that a kernel gave on this thread; empties it.
std::string takeKernelError();

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_HALIDESTUBS_H
