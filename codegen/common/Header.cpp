// The C header of an ahead-of-time compiled program: generated text, for
// people to read and compilers to include.
#include "codegen/Compiler.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace mixir::codegen {

namespace {

/// A stored shape as people write it: `[B, L, (G R)]`.
std::string axesText(mixer::OperandAttr operand) {
  std::string text = "[";
  llvm::raw_string_ostream out(text);
  llvm::interleaveComma(operand.getAxes().getAsRange<ArrayAttr>(), out, [&](ArrayAttr axis) {
    auto dims = kernel::strings(axis);
    out << (dims.size() > 1 ? "(" : "");
    llvm::interleave(dims, out, " ");
    out << (dims.size() > 1 ? ")" : "");
  });
  return text + "]";
}

std::string dtypeText(Type type) {
  if (isa<ComplexType>(type))
    return "c64";
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

} // namespace

std::string cHeader(kernel::ProgramOp program) {
  std::string text;
  llvm::raw_string_ostream out(text);
  StringRef name = program.getSymName();
  std::string guard = ("MIXIR_PROGRAM_" + name + "_H").str();
  out << "/* " << name << ": made by the mixir compiler; do not edit. Link with libmixir_runtime. */\n"
      << "#ifndef " << guard << "\n#define " << guard << "\n\n#include <mixir/mixir.h>\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
      << "/** The compiled program; hand it to mixir_program_open. */\n"
      << "extern const mixir_kernel_table mixir_program_" << name << ";\n\n"
      << "/** Its operands: the order of the tensors of a call. */\n"
      << "enum mixir_" << name << "_operand {\n";
  for (auto o : program.getOperands().getAsRange<mixer::OperandAttr>())
    out << "  MIXIR_" << name << "_" << o.getName().getValue() << ", /**< " << mixer::stringifyRole(o.getRole()) << " "
        << dtypeText(o.getDtype()) << axesText(o) << " */\n";
  out << "  MIXIR_" << name << "_num_operands\n};\n\n"
      << "#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
  return text;
}

} // namespace mixir::codegen
