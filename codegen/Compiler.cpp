// Drives the back end: emit every kernel, compile one object, add the table.
#include "codegen/Compiler.h"

#include "codegen/common/Convolve.h"
#include "codegen/common/Link.h"
#include "codegen/common/Manifest.h"
#include "codegen/common/TableObject.h"
#include "codegen/cuda/EmitCuda.h"
#include "codegen/halide/EmitKernel.h"
#include "codegen/halide/VectorMath.h"

#include "mixir/mixir.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Process.h"

namespace mixir::codegen {

namespace {

/// One line for each instruction set: name, Halide target, lanes, cache, features.
struct IsaRow {
  llvm::StringLiteral name, halide;
  int64_t vectorWidth, cacheBytes;
  uint64_t features;
};

const IsaRow kIsas[] = {
    {"avx2", "x86-64-linux-avx-avx2-f16c-fma-sse41", 8, 32 * 1024,
     MIXIR_FEATURE_AVX2 | MIXIR_FEATURE_FMA | MIXIR_FEATURE_F16C},
    {"avx512", "x86-64-linux-avx-avx2-f16c-fma-sse41-avx512-avx512_skylake", 16, 48 * 1024,
     MIXIR_FEATURE_AVX2 | MIXIR_FEATURE_FMA | MIXIR_FEATURE_F16C | MIXIR_FEATURE_AVX512}};

const IsaRow &row(HostIsa isa) { return kIsas[static_cast<int>(isa)]; }

Halide::Target halideTarget(HostIsa isa) {
  // The runtime makes every check before it calls, and has no Halide runtime.
  return Halide::Target(row(isa).halide.str() + "-no_runtime-no_asserts-no_bounds_query");
}

struct Emitted {
  Halide::Module module;
  std::vector<Entry> entries;
};

Emitted emitAll(kernel::ProgramOp program, const CompileOptions &options) {
  Halide::Target target = halideTarget(options.isa);
  std::vector<Halide::Module> modules;
  std::vector<Entry> entries;
  for (auto func : program.getBody().front().getOps<kernel::FuncOp>()) {
    std::string symbol = ("mixir_" + program.getSymName() + "_" + func.getSymName()).str();
    if (kernel::ConvolveOp convolution = convolutionOf(func)) {
      entries.push_back(convolveEntry(convolution, symbol));
      continue;
    }
    EmittedKernel k = emitKernel(func, symbol, target, options.math);
    modules.push_back(k.module);
    entries.push_back(std::move(k.entry));
  }
  Emitted emitted{Halide::link_modules(program.getSymName().str(), modules), std::move(entries)};
  addVectorMath(emitted.module);
  return emitted;
}

/// What Halide writes for one kind of output, through a temporary file.
llvm::Expected<std::string> output(const Halide::Module &module, Halide::OutputFileType type, llvm::StringRef suffix) {
  llvm::SmallString<128> path;
  int fd;
  if (std::error_code ec = llvm::sys::fs::createTemporaryFile("mixir", suffix, fd, path))
    return llvm::createStringError("cannot make a temporary file: " + ec.message());
  llvm::sys::Process::SafelyCloseFileDescriptor(fd);
  auto cleanup = llvm::make_scope_exit([&] { llvm::sys::fs::remove(path); });
  module.compile({{type, path.str().str()}});
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError("cannot read the compiled object: " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

template <typename F>
auto catchHalide(F body) -> decltype(body()) {
  try {
    return body();
  } catch (const Halide::Error &e) {
    return llvm::createStringError(std::string("the Halide back end refused the plan: ") + e.what());
  }
}

} // namespace

HostIsa detectHostIsa() {
  return mixir_cpu_features() & MIXIR_FEATURE_AVX512 ? HostIsa::Avx512 : HostIsa::Avx2;
}

llvm::StringRef isaName(HostIsa isa) { return row(isa).name; }

std::optional<HostIsa> parseIsa(llvm::StringRef name) {
  for (HostIsa isa : {HostIsa::Avx2, HostIsa::Avx512})
    if (isaName(isa) == name)
      return isa;
  return std::nullopt;
}

lowering::PlanOptions planOptions(const CompileOptions &options) {
  if (options.gpu)
    return planOptions(*options.gpu);
  lowering::PlanOptions plan;
  plan.vectorWidth = row(options.isa).vectorWidth;
  plan.cacheBytes = row(options.isa).cacheBytes;
  return plan;
}

llvm::Expected<std::string> emitText(kernel::ProgramOp program, const CompileOptions &options) {
  if (options.gpu)
    return emitCuda(program, *options.gpu).source;
  return catchHalide([&]() -> llvm::Expected<std::string> {
    Emitted emitted = emitAll(program, options);
    auto text = output(emitted.module, Halide::OutputFileType::stmt, "stmt");
    for (const Entry &e : emitted.entries)
      if (text && !e.callee.empty())
        *text += e.symbol + ": " + e.callee + " of the runtime\n";
    return text;
  });
}

llvm::Expected<CompiledProgram> compileProgram(kernel::ProgramOp program, const CompileOptions &options) {
  return catchHalide([&]() -> llvm::Expected<CompiledProgram> {
    Emitted emitted = emitAll(program, options);
    auto code = output(emitted.module, Halide::OutputFileType::object, "o");
    if (!code)
      return code.takeError();
    CompiledProgram compiled{program.getSymName().str(), {},
                             manifestText(program, ("x86-64 " + isaName(options.isa)).str(),
                                          options.math == MathMode::Fast, hostKernels(emitted.entries))};
    auto table = tableObject(compiled.name, compiled.manifest, row(options.isa).features, emitted.entries);
    if (!table)
      return table.takeError();
    auto object = link({*code, *table}, LinkMode::Relocatable);
    if (!object)
      return object.takeError();
    compiled.object = std::move(*object);
    return compiled;
  });
}

llvm::Expected<std::string> linkShared(const CompiledProgram &program) {
  return link({program.object}, LinkMode::Shared);
}

} // namespace mixir::codegen
