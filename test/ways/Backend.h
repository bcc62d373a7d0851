// What the ways are run on: this machine, or a GPU played by the host
// executor. One file of each kind defines these functions.
#pragma once

#include "lowering/Pipelines.h"
#include "tools/Session.h"

#include "mixir/mixir.hpp"

#include <memory>

namespace mixir::ways {

/// Where the tensors of a call lie. Also the memory of the played GPU can be touched as any other.
mixir_device deviceOfTensors();
/// Compiles a program, its recurrences by `choose`; dimensions that are open stay open. Throws what the tools throw.
std::unique_ptr<Program> compile(const Context &context, tools::Session &session,
                                 frontend::Program &program, const lowering::ChooseOptions &choose = {});
/// What was wrong inside the kernels since it was asked the last time; empty: nothing.
std::string takeProblem();
/// Steps of the longest sequences.
int64_t mostSteps();

} // namespace mixir::ways
