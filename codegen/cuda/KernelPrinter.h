// One planned kernel as CUDA C++. A dull translation: what is shared, what each thread keeps and how
// blocks are cut is read off the `kernel` dialect.
#pragma once

#include "codegen/cuda/Expression.h"
#include "codegen/cuda/Params.h"

namespace mixir::codegen {

/// A kernel's text and what its launch needs.
struct CudaKernel {
  std::string symbol, text;
  std::vector<CudaParam> params;
  int64_t threads = 0, sharedBytes = 0;
  kernel::FuncOp func;
};

/// The value before anything was combined into it.
const char *neutralOf(kernel::Combine combine);
/// What is held after `value` was combined into it.
std::string combinedWith(kernel::Combine combine, const std::string &held, const Cpp &value);

/// Prints a kernel. Coordinates of the whole dimensions are variables `i_<dim>`; `t` counts the steps
/// of a tile, `lane` the threads of a block. Values of the program end in an underscore, nothing else does.
class KernelPrinter {
public:
  KernelPrinter(kernel::FuncOp func, std::string symbol);
  CudaKernel print();

private:
  /// Where a buffer of the tile lies.
  struct Buffer {
    std::string name;
    llvm::SmallVector<llvm::StringRef> dims; // slowest first
    bool shared = false, perThread = false;  // shared by threads; or shared memory with a column for each thread
  };

  // Text (KernelPrinter.cpp).
  void line(const std::string &text);
  void open(const std::string &text);
  void close();
  std::string unique(llvm::StringRef name);

  // Dimensions.
  int64_t fixed(llvm::StringRef dim) const;
  std::string size(llvm::StringRef dim);
  bool isInner(llvm::StringRef dim) const;
  int64_t rows(llvm::ArrayRef<llvm::StringRef> dims) const;
  std::string offset(const Buffer &buffer, const llvm::StringMap<std::string> &at);
  llvm::SmallVector<llvm::StringRef> innerOf(llvm::ArrayRef<llvm::StringRef> dims) const;
  void forEachPoint(llvm::ArrayRef<llvm::StringRef> dims, bool unroll, llvm::function_ref<void()> body);

  // Storage.
  ExpressionPrinter expressions();
  Cpp load(kernel::LoadOp op, ExpressionPrinter &printer);
  /// Coordinates, and the condition that they lie in their dimensions (empty: always).
  struct Place {
    llvm::StringMap<std::string> at;
    std::string inside;
    /// `e`, or zero outside.
    Cpp guard(Cpp e, mlir::Type type) const;
  };
  Place place(std::optional<mlir::DictionaryAttr> shift, mlir::ArrayAttr dims, mlir::ValueRange coordinates,
              ExpressionPrinter &printer);
  Cpp element(llvm::StringRef ref, llvm::StringRef part, const llvm::StringMap<std::string> &at);
  std::string subscript(llvm::StringRef ref, llvm::StringRef part, const llvm::StringMap<std::string> &at);
  void store(llvm::StringRef ref, llvm::StringRef part, const std::string &value);
  std::string stored(const std::string &value, mlir::Type type) const;
  std::string writeGuard(llvm::StringRef ref) const;

  // Blocks and stages (Constructs.cpp).
  void decodeBlock();
  void placeEntry();
  void clearSkipped();
  void sharedStage(kernel::StageOp stage);
  kernel::OperandOp copiedRows(kernel::StageOp stage, llvm::StringRef fastest, int64_t extent);
  void ownStage(kernel::StageOp stage);
  void outputStage(kernel::StageOp stage);
  void stageBody(kernel::StageOp stage, const std::string &target);

  // The walk (Recurrence.cpp).
  void recurrence(kernel::RecurOp op);
  void declareShared(const std::string &name, int64_t floats);
  void loadStates(kernel::RecurOp op);
  void storeStates(kernel::RecurOp op);
  void step(kernel::RecurOp op);
  void phase(kernel::RecurOp op, kernel::PhaseOp phase);
  void keep(kernel::RecurOp op);
  void afterWalk(kernel::RecurOp op);
  bool varies(kernel::StageOp stage) const;

  kernel::FuncOp func;
  kernel::ProgramOp program;
  std::string symbol, lane, time;
  std::string batch, along; // the dimension of entries of a batch that it takes one by one, and that of their lengths
  int64_t threads = 32, sharedBytes = 0, block = 0;
  bool reverse = false;
  Params params;
  std::string text, sharedText, indent = "  ";
  unsigned names = 0;
  llvm::StringSet<> used;
  llvm::DenseMap<mlir::Value, Buffer> buffers;
  llvm::StringMap<Buffer> states, accs;
  llvm::StringMap<std::string> point; // coordinate in the whole dimension, by dimension
  ExpressionPrinter::Storage storage;
};

} // namespace mixir::codegen
