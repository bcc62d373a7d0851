// RunProgram.h - runs a compiled program on arrays bound by name, as the tools do.
#ifndef MIXIR_TOOLS_RUNPROGRAM_H
#define MIXIR_TOOLS_RUNPROGRAM_H

#include "Npz.h"
#include "mixir/mixir.hpp"

#include <map>

namespace mixir::tools {

/// A mistake of the user: wrong arrays for this program. The text names the array.
class RunError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

struct RunRequest {
  int threads = 0;                    ///< 0: as many as are useful
  std::map<std::string, int64_t> dims; ///< sizes of dimensions that no input tells
};

struct RunResult {
  std::vector<NpArray> outputs;   ///< named as declared, in order
  std::vector<std::string> notes; ///< conversions that lost precision
};

/// Binds `arrays` (each input and parameter once), runs, and answers the outputs. Where an array
/// has the double width of the operand's type it is rounded, with a note; 16-bit floats accept f32
/// and f64. For a program for a GPU they are copied there and back. Throws RunError, and
/// mixir::Error from the runtime.
RunResult runProgram(const Context &context, const Program &program, std::vector<NpArray> arrays,
                     const RunRequest &request);

/// Binding for callers that run in another way: `tensors` in operand order with room for all
/// operands, inputs viewing `arrays` (converted in place), outputs allocated in `outputs`. All lie
/// on the CPU; a program for a GPU takes their copies (DeviceArrays.h).
void bindArrays(const Context &context, const Program &program, std::vector<NpArray> &arrays,
                const RunRequest &request, std::vector<mixir_tensor> &tensors,
                std::vector<NpArray> &outputs, std::vector<std::string> &notes);

/// What the program takes and gives, as text of several lines.
std::string describeProgram(const Program &program);

} // namespace mixir::tools

#endif // MIXIR_TOOLS_RUNPROGRAM_H
