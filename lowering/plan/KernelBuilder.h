// Builds one `kernel.func` from a kernel's plan: values of the mixer become
// scalar code at a site, or stages that sites load from.
#pragma once

#include "lowering/plan/AffineSteps.h"
#include "lowering/plan/Partition.h"
#include "lowering/plan/Scalars.h"

#include "llvm/ADT/StringSet.h"

namespace mixir::lowering {

/// What sizes the target asks for.
struct Sizes {
  int64_t vectorWidth = 8, cacheBytes = 32 * 1024, secondCacheBytes = 512 * 1024;
  /// On a GPU: most threads of a block, bytes of shared memory that it may take, and the most that it may ask for
  /// where a step needs them. 0 threads: a CPU.
  int64_t threads = 0, sharedBytes = 0, mostSharedBytes = 0;
  /// Where time lies across threads: how many at most, and how many coordinates of the lane dimension a
  /// block takes then.
  int64_t timeThreads = 64, timeLanes = 4;
  /// Numbers of states that a thread holds; of more, neighbouring threads hold shares.
  int64_t stateNumbers = 32;
};

/// A place where scalar code is being built.
struct Site {
  enum Kind { Phase, StepStage, TileStage } kind;
  mlir::Operation *op;          // the phase or stage
  mlir::OpBuilder builder;      // at the end of its body
  llvm::SmallVector<llvm::StringRef> domain; // local dimensions of the body's points
  /// A stencil in progress: offsets and coordinates that replace the current ones.
  llvm::StringMap<int64_t> shift;
  llvm::StringMap<mlir::Value> at;
  llvm::DenseMap<mlir::Value, mlir::Value> done;
  mlir::Value own = {}; // what a stage is made for, and so computes in place
  bool isMoved = false; // a renamed or shifted value is in progress
};

/// The bits of `value` as another 32-bit type: states and accumulators are f32
/// storage, and an integer state keeps its bits there.
mlir::Value asKind(mlir::Value value, mlir::Type type, mlir::OpBuilder &builder);

class KernelBuilder {
public:
  KernelBuilder(Facts &facts, Partition &partition, KernelPlan &plan, kernel::ProgramOp program,
                llvm::StringRef name, const Sizes &sizes);
  /// The same kernel with time across threads, which runs instead of the one before it where that has few
  /// blocks. `steps` are those of all states.
  KernelBuilder(Facts &facts, Partition &partition, KernelPlan &plan, kernel::ProgramOp program,
                llvm::StringRef name, const Sizes &sizes, std::vector<AffineStep> steps);
  /// Fails, having said why, where the target has no room for a step.
  mlir::LogicalResult build();
  /// Numbers of states of a lane, all of them or those of states with dimension `of`.
  int64_t stateNumbers(llvm::StringRef of = {});

private:
  // Loops and operands (KernelBuilder.cpp).
  mlir::LogicalResult buildLoops();
  void buildLoopsAlongTime();
  void chooseSpread();
  bool canSpread();
  int64_t laneBlock();
  int64_t laneGroups();
  mlir::Value operand(llvm::StringRef ref, llvm::StringRef part);
  void buildResult(unsigned number);
  void buildOutput(mlir::Value value, mixer::OperandAttr tensor, llvm::StringRef part);
  void buildTempOutputs();
  void buildConvolution();
  bool isLocal(llvm::StringRef dim);
  DimList localDims(mlir::ArrayRef<llvm::StringRef> dims);

  // Scalar code at a site (Sites.cpp).
  mlir::Value emit(mlir::Value value, Site &site);
  mlir::Value compute(mlir::Value value, Site &site);
  /// Where a value over some dimensions is read: what replaces the current coordinates.
  struct Place {
    mlir::DictionaryAttr shift;
    llvm::SmallVector<llvm::StringRef> dims;
    llvm::SmallVector<mlir::Value> coordinates;
  };
  Place placeOf(llvm::ArrayRef<llvm::StringRef> dims, Site &site);
  mlir::Value load(mlir::Value buffer, Site &site, mlir::Type type);
  std::optional<Stored> memoryOf(mlir::Value value);
  mlir::Value loadStored(mlir::Value value, const Stored &stored, Site &site);
  mlir::Value emitConv(mixer::ConvOp conv, Site &site);
  mlir::Value emitTap(mixer::ConvOp conv, Site &site);
  mlir::Value emitTail(mixer::TailOp tail, Site &site);
  mlir::Value emitMove(mlir::Operation *move, Site &site);
  mlir::Value emitSplit(mixer::SplitOp split, Site &site);
  mlir::Value emitMerge(mixer::MergeOp merge, Site &site);
  mlir::Value emitPick(mixer::PickOp pick, Site &site);
  mlir::Value emitStack(mixer::StackOp stack, Site &site);
  mlir::Value emitRecall(mixer::RecallOp recall, Site &site);
  mlir::Value emitIndex(llvm::StringRef dim, Site &site);
  mlir::Value lastOf(llvm::StringRef dim, Site &site, mlir::Location loc);
  mlir::Value guardRange(mlir::Value value, llvm::StringRef dim, Site &site);
  bool isReadElsewhere(mlir::Value value, Site &site);
  bool shouldHoist(mlir::Value value, Site &site);
  bool isPacked(mlir::Value value, Site &site);
  bool hasRoomFor(const DimList &dims);
  bool isOneRow(mlir::Value value);
  bool onGpu() const { return sizes.threads > 0; }
  bool isAlongTime() const { return !steps.empty(); }
  mlir::Value rowsOf(mlir::Value value, const Stored &stored, Site &site, mlir::Type type);
  mlir::Value stageFor(mlir::Value value, Site &site);
  /// What a stage combines over dimensions that its values lack; none for a value that is no sum.
  struct Gather {
    kernel::CombineAttr combine;
    mlir::ArrayAttr dims;
  };
  Gather gatherOf(mlir::Value value);
  /// What is combined for `value`, at this site.
  mlir::Value emitGathered(mlir::Value value, Site &site);
  /// Of a buffer of `type`, or of what goes `into` an operand.
  Site openStage(llvm::StringRef name, DimList over, llvm::StringRef vector, kernel::Placement placement,
                 mlir::Operation *before, mlir::Type type, mlir::Value into, const Gather &gather, bool shared = false);
  llvm::StringRef vectorDim(const DimList &over, mlir::Value sum = {});
  std::string nameFor(mlir::Value value);

  // The step of a recurrence (Phases.cpp).
  struct Sink {
    enum Kind { SetState, Accumulate } kind;
    mlir::Value value;
    std::string name;
    kernel::Combine combine = kernel::Combine::Store;
    DimList over, dims; // the loop it needs, and the dimensions of what it fills
    unsigned level = 0;
    int state = -1;
    bool kept = false;
    mlir::Operation *move = nullptr; // what reads `value` at other coordinates
    mlir::StringAttr past;           // temporary that keeps it for later steps
  };
  static llvm::SmallVector<mlir::Value> valuesOf(const Sink &sink);
  void collectSinks();
  void neededAccumulators(mlir::Value value, bool kept);
  Sink &accumulatorFor(mlir::Value value, bool kept);
  void orderPhases();
  void buildRecur();
  void buildAffinePhases();
  Site phaseSite(const DimList &over);
  void buildCarries(llvm::SmallVector<mlir::Attribute> &carries);
  std::pair<std::string, std::string> initOf(unsigned state);
  std::pair<std::string, std::string> finalOf(unsigned state);
  /// Floats that a group of lanes of a tile keeps, and those that it keeps for every step.
  struct TileFloats {
    int64_t fixed = 0, perStep = 1;
  };
  TileFloats tileFloats();
  int64_t timeBlock();

  Facts &facts;
  Partition &partition;
  KernelPlan &plan;
  kernel::ProgramOp program;
  Sizes sizes;
  kernel::FuncOp func;
  mlir::OpBuilder builder;
  std::string time;

  llvm::StringMap<mlir::Value> operands, rowStages;
  llvm::DenseMap<std::pair<mlir::Value, int>, mlir::Value> stages; // by value and placement
  llvm::StringSet<> usedNames;
  std::vector<Sink> sinks;
  std::vector<std::vector<unsigned>> phases; // numbers of sinks, phase by phase
  llvm::MapVector<mlir::Value, unsigned> accumulators; // value -> sink
  std::map<unsigned, std::string> recalled; // state -> accumulator of what it is after each step
  llvm::DenseMap<mlir::Value, mlir::Value> kept;      // value -> result of the recur op
  kernel::RecurOp recur;
  std::vector<AffineStep> steps; // where time lies across threads
  std::string spread;            // a dimension of which neighbouring threads hold shares
  int64_t parts = 1;             // how many of them
  std::string unfixed; // a dimension that a GPU's block keeps values over, though its extent is not known
};

} // namespace mixir::lowering
