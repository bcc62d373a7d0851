// One planned kernel as CUDA C++. A dull translation: what is shared, what each thread keeps and how
// blocks are cut is read off the `kernel` dialect.
#pragma once

#include "codegen/cuda/EmitCuda.h"
#include "codegen/cuda/Expression.h"
#include "codegen/cuda/Params.h"

#include "llvm/ADT/DenseSet.h"

namespace mixir::codegen {

/// A kernel's text and what its launch needs.
struct CudaKernel {
  CudaLaunch launch;
  std::string text;
  std::vector<CudaParam> params;
  kernel::FuncOp func;
};

/// The value before anything was combined into it.
const char *neutralOf(kernel::Combine combine);
/// What is held after `value` was combined into it.
std::string combinedWith(kernel::Combine combine, const std::string &held, const Cpp &value);

/// Prints a kernel. Coordinates of the whole dimensions are variables `i_<dim>`; `t` counts the steps
/// of a tile. A thread is number `lane` of those along the lane dimension, where time lies across threads
/// number `run` of those, and number `part` of neighbours that share a spread dimension. Values of the
/// program end in an underscore, nothing else does.
class KernelPrinter {
public:
  KernelPrinter(kernel::FuncOp func, std::string symbol);
  CudaKernel print();

private:
  /// Where a buffer of the tile lies.
  struct Buffer {
    std::string name, of;                    // and of what in the plan
    llvm::SmallVector<llvm::StringRef> dims; // slowest first
    bool shared = false, perThread = false;  // shared by threads; or shared memory with a column for each thread
  };

  /// Of a loop: as NVRTC likes, not at all, or as a whole so that arrays stay in registers.
  enum class Unroll { Free, Never, Whole };

  // Text (KernelPrinter.cpp).
  void line(const std::string &text);
  void open(const std::string &text);
  void close();
  std::string unique(llvm::StringRef name);

  // Dimensions.
  int64_t fixed(llvm::StringRef dim) const;
  std::string size(llvm::StringRef dim);
  bool isInner(llvm::StringRef dim) const;
  bool isSpread(llvm::StringRef dim) const { return parts > 1 && dim == spread; }
  int64_t ownExtent(llvm::StringRef dim) const { return isSpread(dim) ? fixed(dim) / parts : fixed(dim); }
  int64_t rows(llvm::ArrayRef<llvm::StringRef> dims) const;
  int64_t ownRows(llvm::ArrayRef<llvm::StringRef> dims) const;
  int64_t fixedPoints(llvm::ArrayRef<llvm::StringRef> dims) const;
  int64_t width(const Buffer &buffer) const;
  int64_t pitch(const Buffer &buffer) const;
  std::string offset(const Buffer &buffer, const llvm::StringMap<std::string> &at);
  llvm::SmallVector<llvm::StringRef> innerOf(llvm::ArrayRef<llvm::StringRef> dims) const;
  void forEachPoint(llvm::ArrayRef<llvm::StringRef> dims, Unroll unroll, llvm::function_ref<void()> body,
                    llvm::ArrayRef<llvm::StringRef> rolled = {});
  bool isMuch(mlir::Block &body, llvm::ArrayRef<llvm::StringRef> dims) const;
  llvm::SmallVector<llvm::StringRef> rolledIn(kernel::PhaseOp phase);

  // Storage.
  ExpressionPrinter expressions();
  ExpressionPrinter expressionsIn(mlir::Block &body, llvm::ArrayRef<llvm::StringRef> dims);
  Cpp load(kernel::LoadOp op, ExpressionPrinter &printer);
  Cpp recalled(kernel::AccOp op, ExpressionPrinter &printer);
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
  void cooperative(const Buffer &points, int64_t atOnce, llvm::function_ref<void()> body);
  kernel::OperandOp copiedRows(kernel::StageOp stage, llvm::StringRef fastest, int64_t extent);
  void ownStage(kernel::StageOp stage);
  void outputStage(kernel::StageOp stage);
  void stageBody(kernel::StageOp stage, const std::string &target);
  bool isLong(kernel::StageOp stage);
  std::string callOf(kernel::StageOp stage, const std::string &name);
  void declareArray(const std::string &name, int64_t numbers);
  void combineParts(kernel::Combine combine, const std::string &value);
  bool readsOwn(kernel::StageOp stage, llvm::function_ref<bool(llvm::StringRef)> isSuch);
  void sync();
  void syncBefore(mlir::Operation *reader);

  // The walk (Recurrence.cpp).
  void recurrence(kernel::RecurOp op);
  void declareShared(const Buffer &buffer, int64_t floats);
  void declareKept(kernel::RecurOp op);
  void loadStates(kernel::RecurOp op);
  void storeStates(kernel::RecurOp op);
  void tileStages(kernel::RecurOp op);
  void forEachStep(llvm::ArrayRef<kernel::PhaseOp> phases, llvm::function_ref<void()> body);
  void step(kernel::RecurOp op, llvm::ArrayRef<kernel::PhaseOp> phases);
  void compose(llvm::ArrayRef<kernel::PhaseOp> phases);
  void scanRuns(kernel::AffineOp op, kernel::PhaseOp phase);
  void phase(kernel::RecurOp op, kernel::PhaseOp phase);
  void keep(kernel::RecurOp op);
  void afterWalk(kernel::RecurOp op);
  bool varies(kernel::StageOp stage) const;

  kernel::FuncOp func;
  kernel::ProgramOp program;
  std::string symbol, lane, time, spread;
  std::string batch, along; // the dimension of entries of a batch that it takes one by one, and that of their lengths
  /// Threads along the lane dimension, along time, and along the spread one; their product; steps of a tile.
  int64_t lanes = 32, runs = 1, parts = 1, threads = 32, block = 0;
  bool reverse = false;
  bool isSharing = true; // every thread is at its own coordinates here, not at points that a block shares out
  Params params;
  std::string text, functions, indent = "  ";
  unsigned names = 0;
  llvm::StringSet<> used;
  llvm::DenseMap<mlir::Value, Buffer> buffers;
  llvm::DenseSet<mlir::Value> fresh; // filled, and other threads have not been told
  std::vector<SharedArray> shared;
  llvm::StringMap<Buffer> states, accs;
  llvm::StringMap<Buffer> starts;            // states at the start of a tile, where time lies across threads
  llvm::StringMap<std::string> decays, writes; // what the run of a thread makes of a state, by state
  llvm::StringMap<std::string> point; // coordinate in the whole dimension, by dimension
  ExpressionPrinter::Storage storage;
};

} // namespace mixir::codegen
