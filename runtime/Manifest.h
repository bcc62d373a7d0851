// Manifest.h - the description of a compiled program, as data.
//
// Read from the JSON text of the kernel table once, when a program is opened, and checked for
// consistency there, so that nothing on the path of a call has to look at names or doubt indices.
// The schema is manifest.schema.json.
#ifndef MIXIR_RUNTIME_MANIFEST_H
#define MIXIR_RUNTIME_MANIFEST_H

#include "DimExpr.h"
#include "mixir/mixir.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mixir::runtime {

/// Most dimensions that one kernel argument may have.
constexpr int kMaxArgDims = 12;

/// A named dimension: fixed, derived from others, or told by the tensors.
struct DimSpec {
  std::string name;
  int64_t fixed = kUnknownSize;
  DimExpr expr;
  std::string exprText;
};

/// One stored axis: one dimension, or several merged ones with the slowest first.
using AxisSpec = std::vector<int>;

/// One coordinate of a dimension.
struct CoordinateSpec {
  int dim;
  int64_t at;
};

/// Another name for a dimension of a tensor.
struct RenameSpec {
  int from, to;
};

/// A digit of the step counter of a route: the coordinate along `axis`, divided by `div` and, unless `mod` is 0, modulo
/// `mod`.
struct DigitSpec {
  int axis = -1;
  int64_t div = 1, mod = 0;
  int64_t at = -1; ///< a value that it keeps; -1: none
  bool isReversed = false;
  bool isSnake = false; ///< turns round at every odd step of the next slower digit
  int skew = -1;        ///< axis whose coordinate moves this one on, round its end; -1: none
  bool isSkewBack = false;
};

/// Digits from slow to fast.
struct LegSpec {
  std::vector<DigitSpec> digits;
  bool isReversed = false; ///< walked from the last step
};

/// A route: legs one after the other, or a table of places.
struct WalkSpec {
  int dim = -1;          ///< the steps, which a view has in place of the axes
  std::vector<int> axes; ///< number the places, the last one fastest
  std::vector<LegSpec> legs;
  int table = -1;     ///< tensor of places, i32; -1: none
  bool adds = false;  ///< what is written is added to what is there

  /// Whether every place is visited once.
  bool isBijection() const;
  /// Whether the steps and their places are the same.
  bool isSameAs(const WalkSpec &other) const;
};

/// An operand, a temporary, or a view of one of them.
struct TensorSpec {
  std::string name;
  int role = MIXIR_ROLE_IN;
  int dtype = MIXIR_F32;
  std::vector<AxisSpec> axes;
  bool isTemp = false;
  int viewOf = -1;                ///< the tensor that a view shows part of
  std::vector<CoordinateSpec> at; ///< which part: dimensions that the view does not have
  std::vector<RenameSpec> as;     ///< dimensions that the view calls otherwise
  std::optional<WalkSpec> walk;   ///< the route along which the view goes
  int parents = -1; ///< dimension of a tree whose steps the entries number, each one before its own

  /// True when some axis has `dim`.
  bool hasDim(int dim) const;
};

/// A loop of a kernel: `size(dim)` cut into blocks; blocks of lanes may be smaller than `block`.
struct LoopSpec {
  int dim;
  int64_t block;
  bool isParallel;
  int64_t lanes; ///< 0, or whole groups of so many coordinates are worked on
  bool isReversed;
};

/// An int32 that a kernel takes.
struct ScalarSpec {
  enum Kind { Size, Start, Extent } kind;
  int dim;
};

/// Which half of a complex element an argument views.
enum class Part : uint8_t { Whole, Real, Imaginary };

/// A buffer that a kernel takes. `tensor` counts operands first, then temporaries, then views.
struct ArgSpec {
  int tensor;
  bool isWritten;
  Part part = Part::Whole;
  std::vector<int> dims; ///< fastest first
  std::vector<int64_t> haloLow, haloHigh; ///< per entry of dims
};

/// Where a carried value starts or ends; tensor -1: nowhere.
struct CarryEndSpec {
  int tensor = -1;
  Part part = Part::Whole;
};

/// A state that the tiles of the serial loop hand on: rows of lanes in the work space of a task.
struct CarrySpec {
  std::string name;
  int64_t row = 0;       ///< the first of its rows
  std::vector<int> dims; ///< fastest first, the lanes among them
  CarryEndSpec init, final;
};

/// What every step of the serial loop made, kept for later ones.
struct PastSpec {
  std::string name;
  std::vector<int> dims; ///< fastest first; the last one is the serial dimension
};

/// One 8-byte word of the argument block of a kernel on a GPU. Of a batch: its rows and offsets, and
/// per tensor the stride that counts its entry.
struct ParamSpec {
  enum Kind { Data, Stride, Size, Rows, Offsets, Entry } kind = Size;
  int tensor = -1;        ///< of data, strides and entries
  int dim = -1;           ///< of strides and sizes
  Part part = Part::Whole; ///< of data
  bool isWritten = false;  ///< of data
};

/// When a kernel runs instead of the one before it, on a GPU.
struct InsteadSpec {
  int64_t blocks = 0; ///< that has fewer blocks than so many for each multiprocessor; 0: never
  int dim = -1;       ///< and this dimension has
  int64_t least = 0;  ///< at least so many coordinates
};

/// Bytes of shared memory that a kernel for a GPU can declare itself.
constexpr int64_t kMaxDeclaredShared = 48 * 1024;

/// One kernel of the program: with scalars and args on the CPU, with params on a GPU.
struct KernelSpec {
  std::string name;
  std::vector<LoopSpec> loops;
  std::vector<ScalarSpec> scalars;
  std::vector<ArgSpec> args;
  std::vector<CarrySpec> carries;
  std::vector<PastSpec> pasts;
  int64_t workRows = 0; ///< rows of lanes in the work space of a task, with the states; 0: it has none
  bool joins = false; ///< its tasks follow those of the kernel before it
  std::vector<ParamSpec> params;
  int64_t threads = 0;     ///< of a block, on a GPU
  int64_t sharedBytes = 0; ///< of a block, on a GPU
  InsteadSpec instead;

  /// Index of the loop over `dim`, -1 when the kernel sees all of it.
  int loopOf(int dim) const;
  /// Bytes of shared memory that a launch has to ask for: all of it where a kernel cannot declare so much.
  int64_t askedShared() const { return sharedBytes > kMaxDeclaredShared ? sharedBytes : 0; }
};

/// The whole program.
struct Manifest {
  std::string name, compiler, target, math;
  int device = MIXIR_CPU; ///< where tensors lie and kernels run
  std::string arch;       ///< of a GPU, for example "sm_90"
  std::vector<DimSpec> dims;
  std::vector<TensorSpec> tensors; ///< operands, then temporaries, then views
  int numOperands = 0;
  std::vector<KernelSpec> kernels;
  int batchDim = -1;   ///< on a GPU: the dimension that a batch may be of; -1: none
  int batchAlong = -1; ///< on a GPU: the dimension that its entries may be packed along; -1: none
};

/// Reads and checks a manifest. Throws a Failure (BAD_MANIFEST) that says where it is wrong.
Manifest parseManifest(const char *text);

/// Axes as text, for example "[B, L, (G R)]".
std::string axesText(const Manifest &manifest, const TensorSpec &tensor);
/// One axis as text, for example "L" or "G R".
std::string axisText(const Manifest &manifest, const AxisSpec &axis);

} // namespace mixir::runtime

#endif // MIXIR_RUNTIME_MANIFEST_H
