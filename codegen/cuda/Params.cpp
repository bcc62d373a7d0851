// See Params.h.
#include "codegen/cuda/Params.h"

#include <algorithm>

using namespace mlir;

namespace mixir::codegen {

std::string identifier(StringRef name) {
  static const llvm::StringSet<> words = {
      "alignas", "alignof", "asm",   "auto",   "bool",   "break",  "case",    "catch",   "char",    "class",    "const",
      "default", "delete",  "do",    "double", "else",   "enum",   "export",  "extern",  "false",   "float",    "for",
      "friend",  "goto",    "if",    "inline", "int",    "long",   "mutable", "new",     "nullptr", "operator", "private",
      "public",  "return",  "short", "signed", "sizeof", "static", "struct",  "switch",  "template", "this",    "throw",
      "true",    "try",     "typedef", "typename", "union", "unsigned", "using", "virtual", "void", "volatile", "while"};
  std::string text = name.str();
  std::replace(text.begin(), text.end(), '.', '_');
  return words.contains(text) ? text + "_" : text;
}

Params::Params(kernel::FuncOp func) : program(func->getParentOfType<kernel::ProgramOp>()) {
  func.walk([&](kernel::StageOp stage) {
    if (stage.getInto())
      written.insert(stage.getInto().getDefiningOp<kernel::OperandOp>().getRef());
  });
  func.walk([&](kernel::RecurOp recur) {
    for (auto carry : recur.getCarries().getAsRange<kernel::CarryAttr>())
      if (!carry.getFinal().empty())
        written.insert(carry.getFinal().getValue());
  });
}

mixer::OperandAttr Params::operand(StringRef ref) const {
  return kernel::ProgramOp(program).getTensor(ref);
}

SmallVector<StringRef> Params::dimsOf(StringRef ref) const {
  SmallVector<StringRef> dims;
  for (auto axis : operand(ref).getAxes().getAsRange<ArrayAttr>())
    for (auto d : axis.getAsRange<StringAttr>())
      dims.push_back(d.getValue());
  return dims;
}

Type Params::elementType(StringRef ref) const {
  Type type = operand(ref).getDtype();
  return isa<ComplexType>(type) ? cast<ComplexType>(type).getElementType() : type;
}

std::string Params::add(CudaParam param) {
  std::string key = std::to_string(param.kind) + "/" + param.ref + "/" + param.part + "/" + param.dim;
  auto [it, isNew] = known.try_emplace(key, param.name);
  if (isNew)
    list.push_back(std::move(param));
  return it->second;
}

std::string Params::data(StringRef ref, StringRef part) {
  Type type = elementType(ref);
  std::string element = type.isF32() ? "float" : type.isInteger(32) ? "int" : "unsigned short";
  bool isWritten = written.contains(ref);
  std::string name = part.empty() ? identifier(ref) : (ref + "_" + part).str();
  return "p." + add({CudaParam::Data, ref.str(), part.str(), "", isWritten, identifier(name),
                     (isWritten ? "" : "const ") + element + " *"});
}

std::string Params::stride(StringRef ref, StringRef part, StringRef dim) {
  std::string name = identifier((ref + (part.empty() ? "" : "_" + part) + "_" + dim).str());
  return "p." + add({CudaParam::Stride, ref.str(), part.str(), dim.str(), false, name, "long long "});
}

std::string Params::size(StringRef dim) {
  return "p." + add({CudaParam::Size, "", "", dim.str(), false, ("size_" + dim).str(), "long long "});
}

} // namespace mixir::codegen
