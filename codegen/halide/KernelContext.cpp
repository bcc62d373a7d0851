// Extents, parameters, loads and element types for the Halide translation.
#include "codegen/halide/KernelContext.h"

using namespace mlir;
using Halide::Expr;

namespace mixir::codegen {

Halide::Type storageType(mlir::Type type) {
  if (type.isF16())
    return Halide::Float(16);
  if (type.isBF16())
    return Halide::UInt(16);
  if (type.isInteger(32))
    return Halide::Int(32);
  return Halide::Float(32);
}

Expr fromStorage(Expr stored, mlir::Type type) {
  if (type.isBF16())
    return Halide::reinterpret<float>(Halide::cast<uint32_t>(stored) << 16);
  return type.isF16() ? Halide::cast<float>(stored) : stored;
}

Expr toStorage(Expr value, mlir::Type type) {
  if (type.isF16())
    return Halide::cast(Halide::Float(16), value);
  if (!type.isBF16())
    return value;
  Expr bits = Halide::reinterpret<uint32_t>(value);
  auto constant = [](uint32_t c) { return Halide::cast<uint32_t>(Expr(c)); };
  Expr rounded = (bits + constant(0x7fff) + ((bits >> 16) & constant(1))) >> 16;
  Expr isNan = (bits & constant(0x7fffffff)) > constant(0x7f800000);
  return Halide::cast<uint16_t>(Halide::select(isNan, constant(0x7fc0), rounded));
}

Halide::Var varOf(StringRef dim) { return Halide::Var(dim.str()); }

KernelContext::KernelContext(kernel::FuncOp func, MathMode math)
    : func(func), program(func->getParentOfType<kernel::ProgramOp>()), math(math) {}

Expr KernelContext::scalar(StringRef kind, StringRef dim) {
  std::string name = (kind + "_" + dim).str();
  auto it = params.find(name);
  if (it == params.end()) {
    it = params.try_emplace(name, Halide::Param<int32_t>(name)).first;
    scalars.push_back({kind.str(), dim.str()});
    scalarArguments.push_back(it->second);
  }
  return it->second;
}

int64_t KernelContext::fixedExtent(StringRef dim) {
  kernel::LoopAttr loop = func.getLoop(dim);
  if (loop && isRouted(dim))
    return -1; // the launcher cuts it into stretches
  if (loop && loop.getLanes())
    return isGrouped() ? -1 : loop.getLanes();
  if (loop && loop.getBlock() == 1)
    return 1;
  for (auto d : program.getDims().getAsRange<mixer::DimAttr>())
    if (d.getName().getValue() == dim)
      return loop && d.getExtent() > loop.getBlock() ? -1 : d.getExtent();
  return -1;
}

/// Whether `dim` holds the steps of a route.
bool KernelContext::isRouted(StringRef dim) {
  return llvm::any_of(program.getViews().getAsRange<kernel::ViewAttr>(), [&](kernel::ViewAttr view) {
    return view.getWalk() && view.getWalk().getDim().getValue() == dim;
  });
}

Expr KernelContext::groups() {
  int32_t n = static_cast<int32_t>(lanes());
  return isGrouped() ? (scalar("extent", laneDim()) + (n - 1)) / n : Expr(1);
}

void KernelContext::setLane(Scope &s, Expr lane, Expr group) {
  if (laneDim().empty())
    return;
  s.point[kLane] = lane;
  s.point[laneDim()] = lane;
  if (!isGrouped())
    return;
  s.point[kGroup] = group;
  s.point[laneDim()] = group * static_cast<int32_t>(lanes()) + lane;
}

void KernelContext::setLaneCoordinate(Scope &s, Expr coordinate) {
  if (laneDim().empty())
    return;
  int32_t n = static_cast<int32_t>(lanes());
  s.point[kLane] = isGrouped() ? coordinate % n : coordinate;
  s.point[kGroup] = coordinate / n;
  s.point[laneDim()] = coordinate;
}

bool KernelContext::isLocal(StringRef dim) {
  kernel::LoopAttr loop = func.getLoop(dim);
  return !loop || loop.getBlock() > 1;
}

Expr KernelContext::size(StringRef dim) {
  for (auto d : program.getDims().getAsRange<mixer::DimAttr>())
    if (d.getName().getValue() == dim && d.isFixed())
      return static_cast<int32_t>(d.getExtent());
  return scalar("size", dim);
}

Expr KernelContext::extent(StringRef dim) {
  int64_t fixed = fixedExtent(dim);
  if (fixed >= 0)
    return static_cast<int32_t>(fixed);
  if (dim == laneDim())
    return groups() * static_cast<int32_t>(lanes());
  return func.getLoop(dim) ? scalar("extent", dim) : size(dim);
}

Expr KernelContext::start(StringRef dim) {
  return func.getLoop(dim) ? scalar("start", dim) : Expr(0);
}

mixer::OperandAttr KernelContext::operand(StringRef ref) { return program.getTensor(ref); }

std::vector<std::string> KernelContext::storedDims(StringRef ref) {
  std::vector<std::string> dims;
  for (auto axis : operand(ref).getAxes().getAsRange<ArrayAttr>())
    for (auto d : axis.getAsRange<StringAttr>())
      if (isLocal(d.getValue()))
        dims.insert(dims.begin(), d.getValue().str());
  return dims;
}

mlir::Type KernelContext::storedType(StringRef ref) {
  mlir::Type t = operand(ref).getDtype();
  return isa<ComplexType>(t) ? cast<ComplexType>(t).getElementType() : t;
}

void KernelContext::addInput(kernel::OperandOp op) {
  EntryArg arg{op.getRef().str(), op.getPart().str(), false, storedDims(op.getRef()), {}};
  // Lanes are dense: where they are not in memory, the launcher packs the operand. It does so once a
  // task, so not for what changes from step to step.
  auto lane = llvm::find(arg.dims, laneDim());
  kernel::LoopAttr serial = func.getSerialLoop();
  if (lane != arg.dims.end() && !(serial && llvm::is_contained(arg.dims, serial.getDim().getValue())))
    std::rotate(arg.dims.begin(), lane, lane + 1);
  mlir::Type type = storedType(op.getRef());
  std::string name = arg.ref + (arg.part.empty() ? "" : "_" + arg.part);
  Halide::ImageParam image(storageType(type), static_cast<int>(arg.dims.size()), name);
  if (!arg.dims.empty() && arg.dims[0] != laneDim())
    image.dim(0).set_stride(Expr());
  readers[op.getResult()] = [image, type, dims = arg.dims](const llvm::StringMap<Expr> &at) {
    std::vector<Expr> coordinates;
    for (const std::string &d : dims)
      coordinates.push_back(at.lookup(d));
    return fromStorage(image(coordinates), type);
  };
  reads.push_back(std::move(arg));
  readParams.push_back(image);
}

Scope KernelContext::scope() {
  Scope s;
  s.math = math;
  s.load = [this](kernel::LoadOp op, Scope &scope) { return load(op, scope); };
  s.size = [this](StringRef dim) { return size(dim); };
  s.index = [this](StringRef dim, Scope &scope) {
    Expr local = scope.point.lookup(dim);
    return (local.defined() ? local : Expr(0)) + start(dim);
  };
  return s;
}

KernelContext::Place KernelContext::place(std::optional<DictionaryAttr> shift, ArrayAttr dims, ValueRange coordinates,
                                          Scope &scope) {
  Place place{scope.point, Expr()};
  auto require = [&](Expr condition) {
    place.inside = place.inside.defined() ? place.inside && condition : condition;
  };
  if (shift)
    for (NamedAttribute entry : *shift) {
      StringRef dim = entry.getName().getValue();
      int64_t by = cast<IntegerAttr>(entry.getValue()).getInt();
      Expr local = place.at.lookup(dim) + static_cast<int32_t>(by);
      if (by < 0)
        require(local + start(dim) >= 0);
      else if (by > 0)
        require(local + start(dim) < size(dim));
      // Clamped to what the tile's buffer holds, so that the untaken side is safe to read.
      place.at[dim] = by < 0 ? Halide::max(local, -start(dim)) : Halide::min(local, size(dim) - start(dim) - 1);
    }
  for (auto [dim, value] : llvm::zip(dims.getAsRange<StringAttr>(), coordinates)) {
    Expr c = emitScalar(value, scope);
    if (!kernel::isInside(value, dim.getValue())) {
      require(c >= 0 && c < size(dim.getValue()));
      c = Halide::clamp(c, 0, size(dim.getValue()) - 1);
    }
    place.at[dim.getValue()] = c;
  }
  return place;
}

Expr KernelContext::Place::guard(Expr value) const {
  return inside.defined() ? Halide::select(inside, value, Halide::cast(value.type(), 0)) : value;
}

Expr KernelContext::load(kernel::LoadOp op, Scope &scope) {
  Place at = place(op.getShift(), op.getCoordDims(), op.getCoords(), scope);
  return at.guard(readers.lookup(op.getBuffer())(at.at));
}

} // namespace mixir::codegen
