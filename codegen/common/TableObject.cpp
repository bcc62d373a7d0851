// Builds the table as LLVM constants and lets LLVM write the object, so that
// no C compiler is needed on the user's machine.
#include "codegen/common/TableObject.h"

#include "codegen/common/Program.h"

#include "mixir/mixir.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using llvm::SmallVector; // MLIR's headers name it too

namespace mixir::codegen {

namespace {

Constant *privateText(Module &module, StringRef text, StringRef name) {
  Constant *data = ConstantDataArray::getString(module.getContext(), text);
  return new GlobalVariable(module, data->getType(), true, GlobalValue::PrivateLinkage, data, name);
}

/// The function behind an entry: of the kernels' object, or one that calls the runtime.
Function *entryFunction(Module &module, const Entry &entry) {
  LLVMContext &c = module.getContext();
  auto *number = Type::getInt32Ty(c);
  SmallVector<Type *> types = {PointerType::getUnqual(c)};
  auto *type = FunctionType::get(number, types, false);
  if (entry.callee.empty()) // Halide's entry that takes its arguments as one array
    return cast<Function>(module.getOrInsertFunction(entry.symbol + "_argv", type).getCallee());
  auto *function = Function::Create(type, GlobalValue::PrivateLinkage, entry.symbol, module);
  SmallVector<Value *> arguments = {function->getArg(0)};
  for (int32_t constant : entry.constants) {
    types.push_back(number);
    arguments.push_back(ConstantInt::get(number, static_cast<uint64_t>(constant)));
  }
  FunctionCallee callee = module.getOrInsertFunction(entry.callee, FunctionType::get(number, types, false));
  IRBuilder<> body(BasicBlock::Create(c, "entry", function));
  body.CreateRet(body.CreateCall(callee, arguments));
  return function;
}

/// The constants in the order of mixir_kernel_table's fields.
void defineTable(Module &module, StringRef name, StringRef manifest, uint64_t features,
                 const std::vector<Entry> &entries) {
  LLVMContext &c = module.getContext();
  auto *pointer = PointerType::getUnqual(c);
  SmallVector<Constant *> functions;
  for (const Entry &e : entries)
    functions.push_back(entryFunction(module, e));
  Constant *list = ConstantArray::get(ArrayType::get(pointer, functions.size()), functions);
  auto *listGlobal = new GlobalVariable(module, list->getType(), true, GlobalValue::PrivateLinkage, list, "entries");
  auto number = [&](unsigned bits, uint64_t v) { return ConstantInt::get(Type::getIntNTy(c, bits), v); };
  Constant *fields[] = {number(32, MIXIR_TABLE_MAGIC), number(16, MIXIR_ABI_MAJOR), number(16, MIXIR_ABI_MINOR),
                        number(64, features), privateText(module, name, "name"),
                        privateText(module, manifest, "manifest"), listGlobal, number(32, entries.size()), number(32, 0)};
  Constant *table = ConstantStruct::getAnon(fields);
  new GlobalVariable(module, table->getType(), true, GlobalValue::ExternalLinkage, table, "mixir_program_" + name);
}

} // namespace

Expected<std::string> tableObject(StringRef name, StringRef manifest, uint64_t features,
                                  const std::vector<Entry> &entries) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMContext context;
  Module module(name, context);
  Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return createStringError("cannot write the program's table: " + error);
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(triple, "x86-64", "", {}, Reloc::PIC_));
  module.setTargetTriple(triple);
  module.setDataLayout(machine->createDataLayout());
  defineTable(module, name, manifest, features, entries);
  SmallVector<char, 0> bytes;
  raw_svector_ostream out(bytes);
  legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, out, nullptr, CodeGenFileType::ObjectFile))
    return createStringError("cannot write the program's table: no object writer for x86-64");
  passes.run(module);
  return std::string(bytes.begin(), bytes.end());
}

} // namespace mixir::codegen
