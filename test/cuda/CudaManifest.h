// The manifest of a CUDA program, as far as running its kernels needs it. Read here once more, and
// not with the runtime's reader, so that a mistake in either shows.
#pragma once

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mixir::cuda_test {

/// Extents by dimension name.
using Sizes = std::map<std::string, int64_t>;

struct Dim {
  std::string name, expr;
  std::optional<int64_t> value;
};

/// An operand, or a temporary (role "temp").
struct Tensor {
  std::string name, dtype, role = "temp";
  std::vector<std::vector<std::string>> axes;
};

/// The entries of an operand or temporary at some coordinates, and other names for its dimensions.
struct TensorView {
  std::string name, of;
  Sizes at;
  std::map<std::string, std::string> as;

  /// What the tensor calls dimension `dim` of the view.
  std::string ownDim(const std::string &dim) const;
};

struct Loop {
  std::string dim, kind;
  int64_t block = 1;
};

/// One word of a kernel's parameters.
struct Param {
  std::string kind, ref, dim, access, part;
};

/// When a kernel runs instead of the one before it.
struct Instead {
  int64_t blocks = 0, least = 0;
  std::string along;
};

struct Kernel {
  std::string name;
  std::optional<Instead> instead;
  std::vector<Loop> loops;
  int64_t threads = 0, sharedBytes = 0;
  std::vector<Param> params;
};

struct CudaManifest {
  std::string name;
  std::vector<Dim> dims;
  std::vector<Tensor> tensors; ///< operands, then temporaries
  std::vector<TensorView> views;
  std::vector<Kernel> kernels;

  const Tensor *findTensor(llvm::StringRef name) const;
  const TensorView *findView(llvm::StringRef name) const;
};

llvm::Expected<CudaManifest> parseCudaManifest(llvm::StringRef json);

/// The extents of all dimensions, from the shapes of tensors and what is known already.
llvm::Expected<Sizes> solveSizes(const CudaManifest &manifest,
                                 const std::map<std::string, std::vector<int64_t>> &shapes,
                                 Sizes known);
/// The extents of a tensor's axes.
std::vector<int64_t> shapeOf(const Tensor &tensor, const Sizes &sizes);
/// Blocks in the grid of a kernel.
int64_t gridOf(const Kernel &kernel, const Sizes &sizes);

} // namespace mixir::cuda_test
