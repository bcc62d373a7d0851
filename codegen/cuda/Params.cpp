// See Params.h.
#include "codegen/cuda/Params.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace mixir::codegen {

std::string identifier(StringRef name) {
  std::string text = name.starts_with("_") ? "u" : "";
  for (char c : name)
    text += llvm::isAlnum(c) ? c : '_';
  return text + "_";
}

std::string uniqueIn(llvm::StringSet<> &used, StringRef name) {
  std::string base = name.str(), candidate = base;
  for (int i = 1; !used.insert(candidate).second; ++i)
    candidate = base + std::to_string(i) + "_";
  return candidate;
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
    for (auto acc : recur.getAccs().getAsRange<kernel::AccAttr>())
      if (acc.getPast())
        written.insert(acc.getPast().getValue());
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
  auto [it, isNew] = known.try_emplace(key);
  if (isNew) {
    param.name = it->second = uniqueIn(used, param.name);
    list.push_back(std::move(param));
  }
  return it->second;
}

std::string Params::data(StringRef ref, StringRef part) {
  Type type = elementType(ref);
  std::string element = type.isF32() ? "float" : type.isInteger(32) ? "int" : "unsigned short";
  bool isWritten = written.contains(ref);
  std::string name = part.empty() ? ref.str() : (ref + "_" + part).str();
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

std::string Params::rows() {
  return "p." + add({CudaParam::Rows, "", "", "", false, "rows", "const long long *"});
}

std::string Params::offsets() {
  return "p." + add({CudaParam::Offsets, "", "", "", false, "offsets", "const long long *"});
}

std::string Params::entry(StringRef ref) {
  return "p." + add({CudaParam::Entry, ref.str(), "", "", false, "entry_" + identifier(ref), "long long "});
}

} // namespace mixir::codegen
