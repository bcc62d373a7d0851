// CpuFeatures.h - which instruction sets this CPU and operating system offer, and their names.
#ifndef MIXIR_RUNTIME_CPUFEATURES_H
#define MIXIR_RUNTIME_CPUFEATURES_H

#include <cstdint>
#include <string>

namespace mixir::runtime {

/// MIXIR_FEATURE bits of this machine.
uint64_t cpuFeatures();

/// The set bits by name, separated by ", "; bits without a name as "bit N".
std::string featureNames(uint64_t features);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_CPUFEATURES_H
