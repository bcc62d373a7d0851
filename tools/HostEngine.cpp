// HostEngine.cpp - see HostEngine.h.
#include "tools/HostEngine.h"

#include "tools/Convert.h"
#include "tools/FastRun.h"
#include "tools/Specialise.h"

namespace mixir::tools {

static runtime::CacheOptions noCache() {
  runtime::CacheOptions options;
  options.mode = runtime::CacheMode::Off;
  return options;
}

HostEngine::HostEngine(const std::string &file, MixerChoice choice, ProgramArguments arguments)
    : session(file), choice(std::move(choice)), arguments(std::move(arguments)), cache(noCache()) {
  choose = compileOptions(this->arguments).choose;
  this->choice.mixer = session.defaultMixer(this->choice.mixer);
  session.analyse(this->choice);
}

HostEngine::Loaded &HostEngine::load(const Extents &extents, const std::set<std::string> &omitted) {
  std::string key;
  for (const auto &[name, extent] : extents)
    key += name + "=" + std::to_string(extent) + " ";
  for (const std::string &name : omitted)
    key += "-" + name + " ";
  std::unique_ptr<Loaded> &entry = loaded[key];
  if (!entry) {
    auto program = session.analyse({choice.mixer, extents, omitted});
    codegen::CompileOptions options = compileOptions(arguments);
    options.choose = choose;
    SharedProgram shared = compileShared(session, *program, options, cache);
    auto fresh = std::make_unique<Loaded>();
    fresh->program = std::make_unique<Program>(loadShared(fresh->context, shared.path));
    entry = std::move(fresh);
  }
  return *entry;
}

interpreter::Arrays HostEngine::run(const interpreter::Arrays &inputs, int threads) {
  std::vector<NpArray> arrays;
  Shapes shapes;
  for (const auto &[name, array] : inputs) {
    arrays.push_back(fromInterpreter(name, array));
    shapes[name] = array.shape;
  }
  auto declared = session.analyse(choice);
  std::set<std::string> omitted = checkArrays(declared->signature, arrays);
  auto program = session.analyse({choice.mixer, choice.extents, omitted});
  Extents extents = bindExtents(program->signature, shapes, choice.extents);
  Loaded &host = load(extentsToFix(*program, extents, choice.extents), omitted);
  RunRequest request;
  request.threads = threads;
  RunResult result = runProgram(host.context, *host.program, std::move(arrays), request);
  return toInterpreter(result.outputs);
}

} // namespace mixir::tools
