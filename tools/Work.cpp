// Work.cpp - see Work.h.
#include "tools/Work.h"

#include "dialect/interpreter/Interpreter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

#include <cmath>
#include <fstream>
#include <set>
#include <tuple>

namespace mixir::tools {

namespace {

/// Cost of an operation: multiplications and additions, and exponentials.
struct Cost {
  double flops, exps;
};

/// A division takes the time of some ten additions on the CPUs of today.
constexpr double kDivision = 10;

const llvm::StringMap<Cost> &costs() {
  static const llvm::StringMap<Cost> table = {
      {"arith.addf", {1, 0}},          {"arith.subf", {1, 0}},
      {"arith.mulf", {1, 0}},          {"arith.negf", {1, 0}},
      {"arith.divf", {kDivision, 0}},  {"arith.maximumf", {1, 0}},
      {"arith.minimumf", {1, 0}},      {"arith.maxnumf", {1, 0}},
      {"arith.minnumf", {1, 0}},       {"arith.cmpf", {1, 0}},
      {"arith.select", {1, 0}},        {"math.absf", {1, 0}},
      {"math.floor", {1, 0}},          {"math.fma", {2, 0}},
      {"math.sqrt", {kDivision, 0}},   {"math.rsqrt", {kDivision, 0}},
      {"math.exp", {1, 1}},            {"math.exp2", {0, 1}},
      {"math.log", {0, 1}},            {"math.log2", {0, 1}},
      {"math.log1p", {0, 1}},          {"math.sin", {0, 1}},
      {"math.cos", {0, 1}},            {"math.tanh", {kDivision, 1}},
      {"math.erf", {16, 1}},
      {"math.powf", {1, 2}},           {"kernel.accumulate", {1, 0}},
  };
  return table;
}

using DimSetVector = llvm::SmallSetVector<llvm::StringRef, 8>;

void insertAll(DimSetVector &dims, mlir::ArrayAttr list) {
  if (list)
    for (auto dim : list.getAsRange<mlir::StringAttr>())
      dims.insert(dim.getValue());
}

/// Dimensions of which a block holds one coordinate: every nest of the kernel runs once for each.
void insertFixed(DimSetVector &dims, kernel::FuncOp func) {
  for (auto loop : func.getLoops().getAsRange<kernel::LoopAttr>())
    if (loop.getBlock() == 1)
      dims.insert(loop.getDim().getValue());
}

/// The dimensions, of those of a nest, that values in it vary over.
class Variation {
public:
  explicit Variation(const DimSetVector &dims) : dims(dims) {}

  DimSetVector of(mlir::Value value) {
    auto known = found.find(value);
    if (known != found.end())
      return known->second;
    DimSetVector result = directly(value);
    if (mlir::Operation *op = value.getDefiningOp())
      for (mlir::Value operand : op->getOperands())
        if (!mlir::isa<kernel::BufType>(operand.getType()))
          result.insert_range(of(operand));
    result.remove_if([&](llvm::StringRef dim) { return !dims.contains(dim); });
    return found[value] = result;
  }

private:
  DimSetVector directly(mlir::Value value) {
    DimSetVector result;
    mlir::Operation *op = value.getDefiningOp();
    if (auto index = mlir::dyn_cast_or_null<kernel::IndexOp>(op)) {
      result.insert(index.getDim());
    } else if (auto load = mlir::dyn_cast_or_null<kernel::LoadOp>(op)) {
      for (mlir::StringAttr dim : load.getBuffer().getType().getDims())
        result.insert(dim.getValue());
      auto stage = load.getBuffer().getDefiningOp<kernel::StageOp>();
      if (stage && stage.getPlacement() == kernel::Placement::Step)
        result.insert(stage->getParentOfType<kernel::FuncOp>().getSerialLoop().getDim().getValue());
      for (llvm::StringRef dim : kernel::strings(load.getCoordDims()))
        result.remove(dim); // it varies as the coordinate does
    } else if (!op || mlir::isa<kernel::StateOp, kernel::AccOp>(op)) {
      result = dims;
    }
    return result;
  }

  const DimSetVector &dims;
  llvm::DenseMap<mlir::Value, DimSetVector> found;
};

/// The work of a nest over `dims`: what varies over fewer of them is done once for each of those.
void addNest(kernel::FuncOp func, const std::string &name, const DimSetVector &dims, mlir::Operation *nest,
             std::vector<NestWork> &nests) {
  DimSetVector fixed;
  insertFixed(fixed, func);
  size_t first = nests.size();
  auto add = [&](const DimSetVector &over, Cost cost) {
    NestWork work{func.getSymName().str(), name, {}, cost.flops, cost.exps};
    for (llvm::StringRef dim : dims)
      if (over.contains(dim) || fixed.contains(dim))
        work.dims.push_back(dim.str());
    for (size_t i = first; i < nests.size(); ++i)
      if (nests[i].dims == work.dims) {
        nests[i].flops += cost.flops;
        nests[i].exps += cost.exps;
        return;
      }
    nests.push_back(std::move(work));
  };
  add(dims, {0, 0}); // first, whatever there is of it
  Variation variation(dims);
  nest->walk([&](mlir::Operation *op) {
    auto cost = costs().find(op->getName().getStringRef());
    if (cost != costs().end())
      add(op->getNumResults() ? variation.of(op->getResult(0)) : dims, cost->second);
  });
}

void addStage(kernel::FuncOp func, kernel::StageOp stage, llvm::StringRef time, std::vector<NestWork> &nests) {
  DimSetVector dims;
  insertFixed(dims, func);
  if (stage.getPlacement() == kernel::Placement::Step && !time.empty())
    dims.insert(time);
  insertAll(dims, stage.getOver());
  if (auto reducing = stage->getAttrOfType<mlir::ArrayAttr>("reducing"))
    insertAll(dims, reducing);
  addNest(func, "stage " + stage.getName().str(), dims, stage, nests);
}

void addPhases(kernel::FuncOp func, kernel::RecurOp recur, std::vector<NestWork> &nests) {
  unsigned number = 0;
  for (auto phase : recur.getBody().front().getOps<kernel::PhaseOp>()) {
    DimSetVector dims;
    insertFixed(dims, func);
    dims.insert(recur.getTime());
    if (!func.getLaneDim().empty())
      dims.insert(func.getLaneDim());
    insertAll(dims, phase.getOver());
    addNest(func, "phase " + std::to_string(number++) + " of a step", dims, phase, nests);
  }
}

double bytesOf(mlir::Type type) {
  if (auto complex = mlir::dyn_cast<mlir::ComplexType>(type))
    return 2 * bytesOf(complex.getElementType());
  return type.getIntOrFloatBitWidth() / 8.0;
}

/// Bytes of an operand, temporary or view.
double sizeOf(mixer::OperandAttr tensor, const Extents &extents) {
  double elements = 1;
  for (auto axis : tensor.getAxes().getAsRange<mlir::ArrayAttr>())
    for (auto dim : axis.getAsRange<mlir::StringAttr>())
      elements *= static_cast<double>(extents.at(dim.getValue().str()));
  return elements * bytesOf(tensor.getDtype());
}

/// What a kernel reads or writes of a tensor.
struct Access {
  std::string tensor; ///< with the entry that it is of; a route is only an order of the same numbers
  bool isWritten;
  double bytes;

  bool operator<(const Access &other) const {
    return std::tie(tensor, isWritten) < std::tie(other.tensor, other.isWritten);
  }
};

/// Each operand as often as the kernel reads and writes it.
class AccessCollector {
public:
  AccessCollector(kernel::ProgramOp program, const Extents &extents) : program(program), extents(extents) {}

  std::vector<Access> of(kernel::FuncOp func) {
    accesses.clear();
    for (auto operand : func.getBody().front().getOps<kernel::OperandOp>()) {
      mlir::Value value = operand.getResult();
      bool isWritten = llvm::any_of(value.getUsers(), [&](mlir::Operation *user) {
        auto stage = mlir::dyn_cast<kernel::StageOp>(user);
        auto convolve = mlir::dyn_cast<kernel::ConvolveOp>(user);
        return (stage && stage.getInto() == value) || (convolve && convolve.getInto() == value);
      });
      bool isRead = llvm::any_of(value.getUsers(), [&](mlir::Operation *user) {
        auto convolve = mlir::dyn_cast<kernel::ConvolveOp>(user);
        return mlir::isa<kernel::LoadOp>(user) || (convolve && convolve.getInto() != value);
      });
      if (isRead)
        add(operand.getRef(), operand.getPart(), false);
      if (isWritten)
        add(operand.getRef(), operand.getPart(), true);
    }
    func.walk([&](kernel::RecurOp recur) {
      for (auto carry : recur.getCarries().getAsRange<kernel::CarryAttr>()) {
        if (!carry.getInit().empty())
          add(carry.getInit(), carry.getInitPart(), false);
        if (!carry.getFinal().empty())
          add(carry.getFinal(), carry.getFinalPart(), true);
      }
    });
    return accesses;
  }

private:
  void add(llvm::StringRef tensor, llvm::StringRef part, bool isWritten) {
    std::string name = tensor.str();
    for (auto view : program.getViews().getAsRange<kernel::ViewAttr>())
      if (view.getTensor().getName().getValue() == tensor) {
        name = view.getOf().str();
        llvm::raw_string_ostream(name) << view.getAt();
      }
    double bytes = sizeOf(program.getTensor(tensor), extents) / (part.empty() ? 1 : 2);
    accesses.push_back({name + part.str(), isWritten, bytes});
  }

  kernel::ProgramOp program;
  const Extents &extents;
  std::vector<Access> accesses;
};

/// How many tasks the parallel loops of a kernel make.
double tasksOf(kernel::FuncOp func, const Extents &extents) {
  double tasks = 1;
  for (kernel::LoopAttr loop : func.getParallelLoops())
    tasks *= std::ceil(static_cast<double>(extents.at(loop.getDim().getValue().str())) / static_cast<double>(loop.getBlock()));
  return tasks;
}

void addTraffic(kernel::ProgramOp program, const Extents &extents, double cacheBytes, WorkTotal &total) {
  AccessCollector collector(program, extents);
  std::set<Access> group; // of kernels whose tasks follow each other
  double ofGroup = 0, ofTask = 0;
  auto finish = [&] {
    double once = 0;
    for (const Access &access : group)
      once += access.bytes;
    total.traffic += ofGroup;
    total.memory += ofTask <= cacheBytes ? once : ofGroup;
    group.clear();
    ofGroup = ofTask = 0;
  };
  for (auto func : program.getBody().front().getOps<kernel::FuncOp>()) {
    if (func.getInstead())
      continue;
    if (!func.getJoins())
      finish();
    for (const Access &access : collector.of(func)) {
      ofGroup += access.bytes;
      bool isMade = !access.isWritten && group.count({access.tensor, true, 0}); // by a kernel before
      if (!isMade && group.insert(access).second)
        ofTask += access.bytes / tasksOf(func, extents);
    }
  }
  finish();
}

} // namespace

std::vector<NestWork> nestsOf(kernel::ProgramOp program) {
  std::vector<NestWork> nests;
  for (auto func : program.getBody().front().getOps<kernel::FuncOp>()) {
    llvm::StringRef time;
    func.walk([&](kernel::RecurOp recur) { time = recur.getTime(); });
    func.walk<mlir::WalkOrder::PreOrder>([&](mlir::Operation *op) {
      if (auto stage = mlir::dyn_cast<kernel::StageOp>(op))
        addStage(func, stage, time, nests);
      else if (auto recur = mlir::dyn_cast<kernel::RecurOp>(op))
        addPhases(func, recur, nests);
    });
  }
  return nests;
}

double lastCacheBytes() {
  for (const char *level : {"index3", "index2"}) {
    std::ifstream file(std::string("/sys/devices/system/cpu/cpu0/cache/") + level + "/size");
    double kilobytes = 0;
    if (file >> kilobytes && kilobytes > 0)
      return kilobytes * 1024;
  }
  return 1 << 20; // where the system does not say: less than most have
}

WorkTotal totalWork(kernel::ProgramOp program, const Extents &given, double cacheBytes) {
  Extents extents = completeExtents(program, given);
  WorkTotal total;
  std::set<std::string> others; // that run instead of a kernel which is counted
  for (auto func : program.getBody().front().getOps<kernel::FuncOp>())
    if (func.getInstead())
      others.insert(func.getSymName().str());
  for (const NestWork &nest : nestsOf(program)) {
    if (others.count(nest.kernel))
      continue;
    double points = 1;
    for (const std::string &dim : nest.dims)
      points *= static_cast<double>(extents.at(dim));
    total.flops += points * nest.flops;
    total.exps += points * nest.exps;
  }
  for (auto operand : program.getOperands().getAsRange<mixer::OperandAttr>())
    total.bytes += sizeOf(operand, extents);
  addTraffic(program, extents, cacheBytes, total);
  return total;
}

Extents completeExtents(kernel::ProgramOp program, Extents extents) {
  for (auto dim : program.getDims().getAsRange<mixer::DimAttr>()) {
    std::string name = dim.getName().str();
    if (dim.isFixed()) {
      extents[name] = dim.getExtent();
    } else if (dim.getExpr()) {
      auto value = interpreter::evaluateDimExpr(dim.getExpr().getValue(), extents);
      if (value)
        extents[name] = *value;
      else
        llvm::consumeError(value.takeError());
    }
  }
  return extents;
}

} // namespace mixir::tools
