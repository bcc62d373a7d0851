// See CudaEngine.h.
#include "test/cuda/CudaEngine.h"

#include "codegen/cuda/EmitCuda.h"
#include "tools/Compile.h"
#include "tools/Convert.h"
#include "tools/Specialise.h"

namespace mixir::cuda_test {

CudaEngine::CudaEngine(const std::string &file, tools::MixerChoice choice) : session(file), choice(std::move(choice)) {
  this->choice.mixer = session.defaultMixer(this->choice.mixer);
  session.analyse(this->choice);
}

llvm::Expected<interpreter::Arrays> CudaEngine::run(const interpreter::Arrays &inputs, const RunOptions &options) {
  std::vector<tools::NpArray> arrays;
  tools::Shapes shapes;
  for (const auto &[name, array] : inputs) {
    arrays.push_back(tools::fromInterpreter(name, array));
    shapes[name] = array.shape;
  }
  auto declared = session.analyse(choice);
  std::set<std::string> omitted = tools::checkArrays(declared->signature, arrays);
  auto program = session.analyse({choice.mixer, choice.extents, omitted});
  tools::Extents extents = tools::bindExtents(program->signature, shapes, choice.extents);
  tools::Extents fixed = tools::extentsToFix(*program, extents, choice.extents);
  auto special = session.analyse({choice.mixer, fixed, omitted});

  codegen::CompileOptions compile;
  compile.gpu = codegen::findGpuTarget("cuda-sm90");
  compile.choose = choose;
  auto module = tools::lower(session, *special, lowering::Phase::Planned, compile);
  hasOther = false;
  for (auto func : tools::plannedProgram(*module).getBody().front().getOps<kernel::FuncOp>())
    hasOther |= func.getInstead().has_value();
  codegen::CudaProgram emitted = codegen::emitCuda(tools::plannedProgram(*module), *compile.gpu);
  std::unique_ptr<HostExecutor> &executor = compiled[emitted.source + emitted.manifest];
  if (!executor) {
    auto fresh = HostExecutor::compile(emitted.source, emitted.manifest);
    if (!fresh)
      return fresh.takeError();
    executor = std::move(*fresh);
  }
  // The manifest lists what the interpreter's arrays are called.
  return executor->run(inputs, Sizes(extents.begin(), extents.end()), options);
}

} // namespace mixir::cuda_test
