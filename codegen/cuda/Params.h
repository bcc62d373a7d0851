// The parameters of a kernel: what its struct holds and its manifest lists.
#pragma once

#include "dialect/kernel/KernelDialect.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <string>
#include <vector>

namespace mixir::codegen {

/// One word of a kernel's parameters: a pointer, a stride in elements or an extent; and of a batch the
/// rows of its entries, the offsets of packed ones, and the stride of a tensor that either counts.
struct CudaParam {
  enum Kind { Data, Stride, Size, Rows, Offsets, Entry } kind;
  std::string ref, part, dim;
  bool written = false;
  std::string name; // of the member
  std::string type; // "const float *", "long long"
};

/// Collects the parameters that a kernel asks for, and names them.
class Params {
public:
  explicit Params(kernel::FuncOp func);

  /// The member that points to an operand.
  std::string data(llvm::StringRef ref, llvm::StringRef part);
  std::string stride(llvm::StringRef ref, llvm::StringRef part, llvm::StringRef dim);
  std::string size(llvm::StringRef dim);
  std::string rows();
  std::string offsets();
  /// From one entry of the batch to the next in an operand that is not placed by number.
  std::string entry(llvm::StringRef ref);

  /// The declared operand or temporary `ref`.
  mixer::OperandAttr operand(llvm::StringRef ref) const;
  /// Its dimensions, slowest first.
  llvm::SmallVector<llvm::StringRef> dimsOf(llvm::StringRef ref) const;
  /// Its stored element type; that of a part for a complex one.
  mlir::Type elementType(llvm::StringRef ref) const;

  std::vector<CudaParam> list;

private:
  std::string add(CudaParam param);

  kernel::ProgramOp program;
  llvm::StringSet<> written;
  llvm::StringMap<std::string> known; // members, by what they stand for
  llvm::StringSet<> used;
};

/// A name of the program as an identifier of C++. It ends in an underscore, which no word of C++ or CUDA, no macro
/// and no name that the printer gives itself does; where it begins with one, it gets a letter before it.
std::string identifier(llvm::StringRef name);

/// `name`, an identifier, or with a number where `used` has it; adds it there.
std::string uniqueIn(llvm::StringSet<> &used, llvm::StringRef name);

} // namespace mixir::codegen
