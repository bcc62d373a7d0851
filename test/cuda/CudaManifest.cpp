// Reading by LLVM's JSON mapper, and what follows from the sizes of dimensions.
#include "test/cuda/CudaManifest.h"

#include "dialect/interpreter/Interpreter.h"

using namespace mixir::cuda_test;
namespace json = llvm::json;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

namespace mixir::cuda_test {

static bool fromJSON(const json::Value &value, Dim &dim, json::Path path) {
  json::ObjectMapper o(value, path);
  return o && o.map("name", dim.name) && o.mapOptional("value", dim.value) &&
         o.mapOptional("expr", dim.expr);
}

static bool fromJSON(const json::Value &value, Tensor &tensor, json::Path path) {
  json::ObjectMapper o(value, path);
  return o && o.map("name", tensor.name) && o.map("dtype", tensor.dtype) &&
         o.map("axes", tensor.axes) && o.mapOptional("role", tensor.role);
}

static bool fromJSON(const json::Value &value, TensorView &view, json::Path path) {
  json::ObjectMapper o(value, path);
  return o && o.map("name", view.name) && o.map("of", view.of) && o.map("at", view.at) &&
         o.mapOptional("as", view.as);
}

static bool fromJSON(const json::Value &value, Loop &loop, json::Path path) {
  json::ObjectMapper o(value, path);
  return o && o.map("dim", loop.dim) && o.map("kind", loop.kind) && o.map("block", loop.block);
}

static bool fromJSON(const json::Value &value, Param &param, json::Path path) {
  json::ObjectMapper o(value, path);
  return o && o.map("kind", param.kind) && o.mapOptional("ref", param.ref) &&
         o.mapOptional("dim", param.dim) && o.mapOptional("access", param.access) &&
         o.mapOptional("part", param.part);
}

static bool fromJSON(const json::Value &value, Instead &instead, json::Path path) {
  json::ObjectMapper o(value, path);
  return o && o.map("blocks", instead.blocks) && o.map("along", instead.along) && o.map("least", instead.least);
}

static bool fromJSON(const json::Value &value, Kernel &kernel, json::Path path) {
  json::ObjectMapper o(value, path);
  return o && o.map("name", kernel.name) && o.map("loops", kernel.loops) && o.mapOptional("instead", kernel.instead) &&
         o.map("threads", kernel.threads) && o.map("shared_bytes", kernel.sharedBytes) &&
         o.map("params", kernel.params);
}

static bool fromJSON(const json::Value &value, CudaManifest &manifest, json::Path path) {
  json::ObjectMapper o(value, path);
  std::vector<Tensor> temps;
  if (!o || !o.map("name", manifest.name) || !o.map("dims", manifest.dims) ||
      !o.map("operands", manifest.tensors) || !o.mapOptional("temps", temps) ||
      !o.mapOptional("views", manifest.views) || !o.map("kernels", manifest.kernels))
    return false;
  manifest.tensors.insert(manifest.tensors.end(), temps.begin(), temps.end());
  return true;
}

} // namespace mixir::cuda_test

const Tensor *CudaManifest::findTensor(llvm::StringRef name) const {
  for (const Tensor &tensor : tensors)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

const TensorView *CudaManifest::findView(llvm::StringRef name) const {
  for (const TensorView &view : views)
    if (view.name == name)
      return &view;
  return nullptr;
}

std::string TensorView::ownDim(const std::string &dim) const {
  for (auto &[own, other] : as)
    if (other == dim)
      return own;
  return dim;
}

Expected<CudaManifest> mixir::cuda_test::parseCudaManifest(llvm::StringRef text) {
  Expected<CudaManifest> manifest = json::parse<CudaManifest>(text, "manifest");
  if (!manifest)
    return manifest;
  for (const Kernel &kernel : manifest->kernels) {
    if (kernel.threads < 1 || kernel.threads > 1024)
      return createStringError("kernel '" + kernel.name + "': expected 1 to 1024 threads, got " +
                               llvm::Twine(kernel.threads));
    for (const Param &param : kernel.params)
      if (param.kind != "size" && param.kind != "rows" && param.kind != "offsets" &&
          !manifest->findTensor(param.ref) &&
          !manifest->findView(param.ref))
        return createStringError("kernel '" + kernel.name + "': parameter of unknown tensor '" +
                                 param.ref + "'");
  }
  return manifest;
}

namespace {

/// Takes what one axis tells; true when it told something new.
Expected<bool> learn(const Tensor &tensor, size_t axis, int64_t extent, Sizes &sizes) {
  const std::string *unknown = nullptr;
  int64_t product = 1;
  for (const std::string &dim : tensor.axes[axis]) {
    if (sizes.count(dim))
      product *= sizes[dim];
    else if (unknown)
      return false;
    else
      unknown = &dim;
  }
  if (unknown ? product == 0 || extent % product : product != extent)
    return createStringError("axis " + llvm::Twine(axis) + " of '" + tensor.name + "': expected " +
                             (unknown ? "a multiple of " : "") + llvm::Twine(product) + ", got " +
                             llvm::Twine(extent));
  if (unknown)
    sizes[*unknown] = extent / product;
  return unknown != nullptr;
}

/// Computes the derived dimensions that can be; true when there was one.
bool derive(const CudaManifest &manifest, Sizes &sizes) {
  bool isNew = false;
  for (const Dim &dim : manifest.dims) {
    if (dim.expr.empty() || sizes.count(dim.name))
      continue;
    Expected<int64_t> value = mixir::interpreter::evaluateDimExpr(dim.expr, sizes);
    if (value)
      sizes[dim.name] = *value, isNew = true;
    else
      llvm::consumeError(value.takeError()); // not known yet
  }
  return isNew;
}

} // namespace

Expected<Sizes>
mixir::cuda_test::solveSizes(const CudaManifest &manifest,
                             const std::map<std::string, std::vector<int64_t>> &shapes,
                             Sizes sizes) {
  for (const Dim &dim : manifest.dims)
    if (dim.value)
      sizes[dim.name] = *dim.value;
  for (bool isNew = true; isNew;) {
    isNew = derive(manifest, sizes);
    for (auto &[name, shape] : shapes) {
      const Tensor *tensor = manifest.findTensor(name);
      if (!tensor)
        return createStringError("no operand '" + name + "'");
      if (tensor->axes.size() != shape.size())
        return createStringError("'" + name + "': expected " + llvm::Twine(tensor->axes.size()) +
                                 " axes, got " + llvm::Twine(shape.size()));
      for (size_t axis = 0; axis < shape.size(); axis++) {
        Expected<bool> learned = learn(*tensor, axis, shape[axis], sizes);
        if (!learned)
          return learned.takeError();
        isNew |= *learned;
      }
    }
  }
  for (const Dim &dim : manifest.dims)
    if (!sizes.count(dim.name))
      return createStringError("nothing tells the size of dimension '" + dim.name + "'");
  return sizes;
}

std::vector<int64_t> mixir::cuda_test::shapeOf(const Tensor &tensor, const Sizes &sizes) {
  std::vector<int64_t> shape;
  for (const auto &axis : tensor.axes) {
    shape.push_back(1);
    for (const std::string &dim : axis)
      shape.back() *= sizes.at(dim);
  }
  return shape;
}

int64_t mixir::cuda_test::gridOf(const Kernel &kernel, const Sizes &sizes) {
  int64_t grid = 1;
  for (const Loop &loop : kernel.loops)
    if (loop.kind == "parallel")
      grid *= (sizes.at(loop.dim) + loop.block - 1) / loop.block;
  return grid;
}
