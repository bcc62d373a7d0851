// The bitcode is made at build time, once for each instruction set.
#include "codegen/halide/VectorMath.h"

namespace mixir::codegen {

namespace {
const uint8_t kAvx2[] = {
#include "codegen/vector_math_avx2.inc"
};
const uint8_t kAvx512[] = {
#include "codegen/vector_math_avx512.inc"
};
} // namespace

void addVectorMath(Halide::Module &module) {
  Halide::Target target = module.target();
  std::vector<uint8_t> code = target.has_feature(Halide::Target::AVX512_Skylake)
                                  ? std::vector<uint8_t>(std::begin(kAvx512), std::end(kAvx512))
                                  : std::vector<uint8_t>(std::begin(kAvx2), std::end(kAvx2));
  module.append(Halide::ExternalCode::bitcode_wrapper(target, code, "mixir_vector_math"));
}

} // namespace mixir::codegen
