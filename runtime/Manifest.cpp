// Manifest.cpp - reads the JSON text of a program's manifest; see Manifest.h.
#include "Manifest.h"

#include "Failure.h"
#include "ManifestCheck.h"

#include <algorithm>
#include <utility>
#include <nlohmann/json.hpp>

using namespace mixir::runtime;
using Json = nlohmann::json;

namespace {

[[noreturn]] void malformed(const std::string &where, const std::string &what) {
  fail(MIXIR_ERROR_BAD_MANIFEST, "malformed manifest: ", where, ": ", what);
}

/// A JSON value together with the path to it, for messages.
class Node {
public:
  Node(const Json &json, std::string path) : json(json), path(std::move(path)) {}

  bool has(const char *key) const { return json.is_object() && json.contains(key); }
  bool isNull() const { return json.is_null(); }
  bool isObject() const { return json.is_object(); }

  Node at(const char *key) const {
    if (!json.is_object())
      malformed(path, "expected an object");
    auto found = json.find(key);
    if (found == json.end())
      malformed(path, std::string("expected a member '") + key + "'");
    return Node(*found, path + "." + key);
  }

  std::vector<Node> items() const {
    if (!json.is_array())
      malformed(path, "expected an array");
    std::vector<Node> nodes;
    for (size_t i = 0; i < json.size(); i++)
      nodes.emplace_back(json[i], path + "[" + std::to_string(i) + "]");
    return nodes;
  }

  std::vector<std::pair<std::string, Node>> members() const {
    if (!json.is_object())
      malformed(path, "expected an object");
    std::vector<std::pair<std::string, Node>> nodes;
    for (const auto &member : json.items())
      nodes.emplace_back(member.key(), Node(member.value(), path + "." + member.key()));
    return nodes;
  }

  std::string text() const {
    if (!json.is_string())
      malformed(path, "expected a string");
    return json.get<std::string>();
  }

  std::string text(const char *key, const char *fallback) const {
    return has(key) ? at(key).text() : fallback;
  }

  int64_t integer(int64_t least, int64_t most = INT32_MAX) const {
    if (!json.is_number_integer())
      malformed(path, "expected an integer");
    if (json.is_number_unsigned() && json.get<uint64_t>() > uint64_t(INT64_MAX))
      malformed(path, "the number is too large");
    int64_t value = json.get<int64_t>();
    if (value < least || value > most)
      malformed(path, "expected a number from " + std::to_string(least) + " to " +
                          std::to_string(most) + ", got " + std::to_string(value));
    return value;
  }

  bool flag(const char *key) const {
    if (!has(key))
      return false;
    Node node = at(key);
    if (!node.json.is_boolean())
      malformed(node.path, "expected true or false");
    return node.json.get<bool>();
  }

  [[noreturn]] void reject(const std::string &what) const { malformed(path, what); }

private:
  const Json &json;
  std::string path;
};

struct Choice {
  const char *text;
  int value;
};

template <size_t N>
int choose(const Node &node, const Choice (&choices)[N]) {
  std::string text = node.text();
  std::string known;
  for (const Choice &choice : choices) {
    if (text == choice.text)
      return choice.value;
    known += std::string(known.empty() ? "'" : ", '") + choice.text + "'";
  }
  node.reject("expected one of " + known + ", got '" + text + "'");
}

// Limits of a kernel on a GPU: threads of a block, bytes of shared memory on any architecture, and words
// of the argument block (4 KiB).
constexpr int64_t kMaxThreads = 1024;
constexpr int64_t kMaxSharedBytes = 227 * 1024;
constexpr size_t kMaxParams = 512;

constexpr Choice kDtypes[] = {{"f32", MIXIR_F32},
                              {"f16", MIXIR_F16},
                              {"bf16", MIXIR_BF16},
                              {"c64", MIXIR_C64},
                              {"i32", MIXIR_I32}};
constexpr Choice kRoles[] = {
    {"in", MIXIR_ROLE_IN}, {"param", MIXIR_ROLE_PARAM}, {"out", MIXIR_ROLE_OUT}};
constexpr Choice kLoopKinds[] = {{"parallel", 1}, {"serial", 0}};
constexpr Choice kScalarKinds[] = {{"size", ScalarSpec::Size},
                                   {"start", ScalarSpec::Start},
                                   {"extent", ScalarSpec::Extent}};
constexpr Choice kTargetKinds[] = {{"cuda", MIXIR_CUDA}};
constexpr Choice kParamKinds[] = {{"data", ParamSpec::Data},       {"stride", ParamSpec::Stride},
                                  {"size", ParamSpec::Size},       {"rows", ParamSpec::Rows},
                                  {"offsets", ParamSpec::Offsets}, {"entry", ParamSpec::Entry}};
constexpr Choice kAccesses[] = {{"read", 0}, {"write", 1}};
constexpr Choice kParts[] = {{"", static_cast<int>(Part::Whole)},
                             {"re", static_cast<int>(Part::Real)},
                             {"im", static_cast<int>(Part::Imaginary)}};

class Reader {
public:
  explicit Reader(const Json &json) : root(json, "manifest") {}

  Manifest read() {
    if (int64_t schema = root.at("schema").integer(0); schema != 1)
      root.at("schema").reject("expected 1, got " + std::to_string(schema));
    manifest.name = root.at("name").text();
    manifest.compiler = root.text("compiler", "");
    if (root.has("target"))
      readTarget(root.at("target"));
    manifest.math = root.text("math", "");
    for (const Node &node : root.at("dims").items())
      readDim(node);
    for (const Node &node : root.at("operands").items())
      readTensor(node, false);
    manifest.numOperands = static_cast<int>(manifest.tensors.size());
    if (root.has("temps"))
      for (const Node &node : root.at("temps").items())
        readTensor(node, true);
    if (root.has("views"))
      for (const Node &node : root.at("views").items())
        readView(node);
    if (manifest.device == MIXIR_CUDA && root.has("batch"))
      readBatch(root.at("batch"));
    for (const Node &node : root.at("kernels").items())
      manifest.kernels.push_back(readKernel(node));
    return std::move(manifest);
  }

private:
  int findDim(std::string_view name) const {
    for (size_t i = 0; i < manifest.dims.size(); i++)
      if (manifest.dims[i].name == name)
        return static_cast<int>(i);
    return -1;
  }

  int dimOf(const Node &node, const std::string &name) const {
    int dim = findDim(name);
    if (dim < 0)
      node.reject("unknown dimension '" + name + "'");
    return dim;
  }

  std::vector<int> dimList(const Node &node) const {
    std::vector<int> dims;
    for (const Node &item : node.items()) {
      int dim = dimOf(item, item.text());
      if (std::find(dims.begin(), dims.end(), dim) != dims.end())
        item.reject("repeated dimension '" + item.text() + "'");
      dims.push_back(dim);
    }
    if (dims.size() > static_cast<size_t>(kMaxArgDims))
      node.reject("expected at most " + std::to_string(kMaxArgDims) + " dimensions");
    return dims;
  }

  /// Text for a program of the CPU, an object for one of a GPU.
  void readTarget(const Node &node) {
    if (!node.isObject()) {
      manifest.target = node.text();
      return;
    }
    manifest.target = node.at("kind").text();
    manifest.device = choose(node.at("kind"), kTargetKinds);
    manifest.arch = node.at("arch").text();
  }

  void readDim(const Node &node) {
    DimSpec dim;
    dim.name = node.at("name").text();
    if (dim.name.empty() || findDim(dim.name) >= 0)
      node.at("name").reject("empty or repeated name '" + dim.name + "'");
    if (node.has("value"))
      dim.fixed = node.at("value").integer(0);
    if (node.has("expr")) {
      dim.exprText = node.at("expr").text();
      try {
        dim.expr = DimExpr::parse(dim.exprText, [&](std::string_view n) { return findDim(n); });
      } catch (const std::string &reason) {
        node.at("expr").reject(reason);
      }
    }
    manifest.dims.push_back(std::move(dim));
  }

  int findTensor(const std::string &name) const {
    for (size_t i = 0; i < manifest.tensors.size(); i++)
      if (manifest.tensors[i].name == name)
        return static_cast<int>(i);
    return -1;
  }

  void readTensor(const Node &node, bool isTemp) {
    TensorSpec tensor;
    tensor.name = node.at("name").text();
    tensor.isTemp = isTemp;
    if (tensor.name.empty() || findTensor(tensor.name) >= 0)
      node.at("name").reject("empty or repeated name '" + tensor.name + "'");
    tensor.dtype = choose(node.at("dtype"), kDtypes);
    if (!isTemp)
      tensor.role = choose(node.at("role"), kRoles);
    for (const Node &axis : node.at("axes").items()) {
      tensor.axes.push_back(dimList(axis));
      if (tensor.axes.back().empty())
        axis.reject("expected at least one dimension");
    }
    if (tensor.axes.size() > MIXIR_MAX_RANK)
      node.at("axes").reject("expected at most 8 axes");
    if (node.has("parents")) {
      tensor.parents = dimOf(node.at("parents"), node.at("parents").text());
      if (tensor.dtype != MIXIR_I32 || !tensor.hasDim(tensor.parents))
        node.at("parents").reject("expected a dimension of an i32 tensor");
    }
    manifest.tensors.push_back(std::move(tensor));
  }

  void readView(const Node &node) {
    int of = findTensor(node.at("of").text());
    if (of < 0 || manifest.tensors[of].viewOf >= 0)
      node.at("of").reject("expected an operand or temporary, got '" + node.at("of").text() +
                           "'");
    TensorSpec view = manifest.tensors[of];
    view.viewOf = of;
    view.isTemp = false; // only the tensor itself has memory of its own
    view.name = node.at("name").text();
    if (view.name.empty() || findTensor(view.name) >= 0)
      node.at("name").reject("empty or repeated name '" + view.name + "'");
    for (const auto &[name, coordinate] : node.at("at").members()) {
      int dim = dimOf(coordinate, name);
      view.at.push_back({dim, coordinate.integer(0)});
      if (!view.hasDim(dim) || view.at.back().at >= manifest.dims[dim].fixed)
        coordinate.reject("expected a coordinate of a fixed dimension of '" +
                          manifest.tensors[of].name + "'");
      for (AxisSpec &axis : view.axes)
        axis.erase(std::remove(axis.begin(), axis.end(), dim), axis.end());
    }
    view.axes.erase(std::remove_if(view.axes.begin(), view.axes.end(),
                                   [](const AxisSpec &axis) { return axis.empty(); }),
                    view.axes.end());
    if (node.has("as"))
      for (const auto &[name, other] : node.at("as").members())
        rename(view, dimOf(other, name), dimOf(other, other.text()), other);
    if (node.has("walk"))
      readWalk(view, node.at("walk"));
    manifest.tensors.push_back(std::move(view));
  }

  void readWalk(TensorSpec &view, const Node &node) {
    WalkSpec walk;
    walk.dim = dimOf(node.at("dim"), node.at("dim").text());
    walk.axes = dimList(node.at("axes"));
    walk.adds = node.flag("adds");
    if (walk.axes.empty() || walk.axes.size() > 8)
      node.at("axes").reject("expected from 1 to 8 axes");
    if (node.has("table")) {
      walk.table = findTensor(node.at("table").text());
      if (walk.table < 0 || manifest.tensors[walk.table].dtype != MIXIR_I32 ||
          !manifest.tensors[walk.table].hasDim(walk.dim) || manifest.tensors[walk.table].walk)
        node.at("table").reject("expected a tensor of i32 over the steps, got '" + node.at("table").text() + "'");
    } else {
      for (const Node &leg : node.at("legs").items())
        walk.legs.push_back(readLeg(walk, leg));
      if (walk.legs.empty())
        node.at("legs").reject("expected at least one leg");
    }
    if (view.hasDim(walk.dim))
      node.at("dim").reject("expected steps that '" + view.name + "' does not have");
    walkAxes(view, walk, node);
    view.walk = std::move(walk);
  }

  /// The steps stand where the first of the axes did.
  void walkAxes(TensorSpec &view, const WalkSpec &walk, const Node &node) {
    bool isPlaced = false;
    for (AxisSpec &axis : view.axes) {
      AxisSpec rest;
      for (int dim : axis) {
        if (std::find(walk.axes.begin(), walk.axes.end(), dim) == walk.axes.end())
          rest.push_back(dim);
        else if (!std::exchange(isPlaced, true))
          rest.push_back(walk.dim);
      }
      axis = std::move(rest);
    }
    if (!isPlaced)
      node.at("axes").reject("expected an axis of '" + view.name + "'");
    view.axes.erase(std::remove_if(view.axes.begin(), view.axes.end(), [](const AxisSpec &axis) { return axis.empty(); }),
                    view.axes.end());
  }

  LegSpec readLeg(const WalkSpec &walk, const Node &node) {
    LegSpec leg;
    leg.isReversed = node.flag("reversed");
    auto axisOf = [&](const Node &name) {
      int axis = dimOf(name, name.text());
      if (std::find(walk.axes.begin(), walk.axes.end(), axis) == walk.axes.end())
        name.reject("expected an axis of the route, got '" + name.text() + "'");
      return axis;
    };
    for (const Node &item : node.at("digits").items()) {
      DigitSpec digit;
      digit.axis = axisOf(item.at("axis"));
      digit.div = item.has("div") ? item.at("div").integer(1) : 1;
      digit.mod = item.has("mod") ? item.at("mod").integer(1) : 0;
      digit.at = item.has("at") ? item.at("at").integer(0) : -1;
      digit.isReversed = item.flag("reversed");
      digit.isSnake = item.flag("snake");
      digit.isSkewBack = item.has("skew_back");
      if (item.has("skew") || digit.isSkewBack)
        digit.skew = axisOf(item.at(digit.isSkewBack ? "skew_back" : "skew"));
      leg.digits.push_back(digit);
    }
    if (leg.digits.empty())
      node.at("digits").reject("expected at least one digit");
    return leg;
  }

  void rename(TensorSpec &view, int from, int to, const Node &node) {
    if (!view.hasDim(from) || view.hasDim(to))
      node.reject("expected another name for a dimension of '" + view.name + "'");
    view.as.push_back({from, to});
    for (AxisSpec &axis : view.axes)
      std::replace(axis.begin(), axis.end(), from, to);
  }

  void readBatch(const Node &node) {
    manifest.batchDim = dimOf(node.at("dim"), node.at("dim").text());
    if (node.has("along"))
      manifest.batchAlong = dimOf(node.at("along"), node.at("along").text());
    if (manifest.batchAlong == manifest.batchDim)
      node.at("along").reject("expected another dimension than 'dim'");
  }

  KernelSpec readKernel(const Node &node) {
    KernelSpec kernel;
    kernel.name = node.at("name").text();
    for (const Node &loop : node.at("loops").items())
      kernel.loops.push_back({dimOf(loop, loop.at("dim").text()), loop.at("block").integer(1),
                              choose(loop.at("kind"), kLoopKinds) == 1,
                              loop.has("lanes") ? loop.at("lanes").integer(1) : 0,
                              loop.flag("reverse")});
    if (node.has("carries"))
      for (const Node &carry : node.at("carries").items())
        kernel.carries.push_back(readCarry(carry));
    if (manifest.device == MIXIR_CUDA)
      readCudaMembers(node, kernel);
    else
      readCpuMembers(node, kernel);
    return kernel;
  }

  void readCpuMembers(const Node &node, KernelSpec &kernel) {
    for (const Node &scalar : node.at("scalars").items())
      kernel.scalars.push_back(
          {static_cast<ScalarSpec::Kind>(choose(scalar.at("kind"), kScalarKinds)),
           dimOf(scalar, scalar.at("dim").text())});
    for (const Node &arg : node.at("args").items())
      kernel.args.push_back(readArg(arg));
    kernel.joins = node.flag("joins");
    if (node.has("work_rows"))
      kernel.workRows = node.at("work_rows").integer(0);
    if (node.has("pasts"))
      for (const Node &past : node.at("pasts").items())
        kernel.pasts.push_back({past.at("name").text(), dimList(past.at("dims"))});
  }

  void readCudaMembers(const Node &node, KernelSpec &kernel) {
    kernel.threads = node.at("threads").integer(1, kMaxThreads);
    kernel.sharedBytes = node.has("shared_bytes")
                             ? node.at("shared_bytes").integer(0, kMaxSharedBytes)
                             : 0;
    if (node.has("instead")) {
      Node instead = node.at("instead");
      kernel.instead = {instead.at("blocks").integer(1),
                        dimOf(instead, instead.at("along").text()),
                        instead.at("least").integer(0)};
    }
    for (const Node &param : node.at("params").items())
      kernel.params.push_back(readParam(param));
    if (kernel.params.size() > kMaxParams)
      node.at("params").reject("expected at most " + std::to_string(kMaxParams) + " words");
  }

  ParamSpec readParam(const Node &node) {
    ParamSpec param;
    param.kind = static_cast<ParamSpec::Kind>(choose(node.at("kind"), kParamKinds));
    if (param.kind == ParamSpec::Data || param.kind == ParamSpec::Stride ||
        param.kind == ParamSpec::Entry)
      param.tensor = tensorOf(node);
    if (param.kind == ParamSpec::Stride || param.kind == ParamSpec::Size)
      param.dim = dimOf(node, node.at("dim").text());
    if (param.kind == ParamSpec::Data) {
      param.part = partOf(node);
      param.isWritten = choose(node.at("access"), kAccesses) == 1;
    }
    return param;
  }

  int tensorOf(const Node &node) const {
    int tensor = findTensor(node.at("ref").text());
    if (tensor < 0)
      node.at("ref").reject("unknown tensor '" + node.at("ref").text() + "'");
    return tensor;
  }

  static Part partOf(const Node &node) {
    return node.has("part") ? static_cast<Part>(choose(node.at("part"), kParts)) : Part::Whole;
  }

  ArgSpec readArg(const Node &node) {
    ArgSpec arg;
    arg.tensor = tensorOf(node);
    arg.isWritten = choose(node.at("access"), kAccesses) == 1;
    arg.part = partOf(node);
    arg.dims = dimList(node.at("dims"));
    arg.haloLow.assign(arg.dims.size(), 0);
    arg.haloHigh.assign(arg.dims.size(), 0);
    if (!node.has("halo"))
      return arg;
    for (const auto &[name, halo] : node.at("halo").members()) {
      auto found = std::find(arg.dims.begin(), arg.dims.end(), dimOf(halo, name));
      if (found == arg.dims.end())
        halo.reject("expected a dimension of 'dims'");
      std::vector<Node> reach = halo.items();
      if (reach.size() != 2)
        halo.reject("expected two numbers");
      arg.haloLow[found - arg.dims.begin()] = reach[0].integer(0);
      arg.haloHigh[found - arg.dims.begin()] = reach[1].integer(0);
    }
    return arg;
  }

  CarryEndSpec readCarryEnd(const Node &node, const char *key) const {
    if (!node.has(key) || node.at(key).isNull())
      return {};
    return {tensorOf(node.at(key)), partOf(node.at(key))};
  }

  CarrySpec readCarry(const Node &node) {
    CarrySpec carry;
    carry.name = node.at("name").text();
    if (manifest.device == MIXIR_CPU)
      carry.row = node.at("row").integer(0);
    carry.dims = dimList(node.at("dims"));
    carry.init = readCarryEnd(node, "init");
    carry.final = readCarryEnd(node, "final");
    return carry;
  }

  Node root;
  Manifest manifest;
};

} // namespace

bool TensorSpec::hasDim(int dim) const {
  for (const AxisSpec &axis : axes)
    if (std::find(axis.begin(), axis.end(), dim) != axis.end())
      return true;
  return false;
}

int KernelSpec::loopOf(int dim) const {
  for (size_t i = 0; i < loops.size(); i++)
    if (loops[i].dim == dim)
      return static_cast<int>(i);
  return -1;
}

Manifest mixir::runtime::parseManifest(const char *text) {
  try {
    Manifest manifest = Reader(Json::parse(text)).read();
    checkManifest(manifest);
    return manifest;
  } catch (const Json::exception &error) {
    fail(MIXIR_ERROR_BAD_MANIFEST, "malformed manifest: ", error.what());
  }
}

std::string mixir::runtime::axisText(const Manifest &manifest, const AxisSpec &axis) {
  std::string text;
  for (int dim : axis)
    text += (text.empty() ? "" : " ") + manifest.dims[dim].name;
  return text;
}

bool WalkSpec::isBijection() const {
  auto isFixed = [](const DigitSpec &digit) { return digit.at >= 0; };
  return legs.size() == 1 && std::none_of(legs[0].digits.begin(), legs[0].digits.end(), isFixed);
}

bool WalkSpec::isSameAs(const WalkSpec &other) const {
  auto isSameDigit = [](const DigitSpec &a, const DigitSpec &b) {
    return a.axis == b.axis && a.div == b.div && a.mod == b.mod && a.at == b.at && a.isReversed == b.isReversed &&
           a.isSnake == b.isSnake && a.skew == b.skew && a.isSkewBack == b.isSkewBack;
  };
  auto isSameLeg = [&](const LegSpec &a, const LegSpec &b) {
    return a.isReversed == b.isReversed &&
           std::equal(a.digits.begin(), a.digits.end(), b.digits.begin(), b.digits.end(), isSameDigit);
  };
  return dim == other.dim && axes == other.axes && table == other.table &&
         std::equal(legs.begin(), legs.end(), other.legs.begin(), other.legs.end(), isSameLeg);
}

std::string mixir::runtime::axesText(const Manifest &manifest, const TensorSpec &tensor) {
  std::string text = "[";
  for (const AxisSpec &axis : tensor.axes) {
    std::string one = axisText(manifest, axis);
    text += (text.size() > 1 ? ", " : "") + (axis.size() > 1 ? "(" + one + ")" : one);
  }
  return text + "]";
}
