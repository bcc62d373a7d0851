// Text, dimensions and storage; the constructs are in Constructs.cpp.
#include "codegen/cuda/KernelPrinter.h"

using namespace mlir;

namespace mixir::codegen {

namespace {

/// The declarations of the arrays in shared memory.
std::string declarationsOf(const CudaLaunch &launch) {
  std::string text;
  int64_t from = 0;
  for (const SharedArray &array : launch.shared) {
    std::string count = std::to_string(array.bytes / 4);
    text += launch.asksForShared()
                ? "  MIXIR_SHARED_PART(float, " + array.name + ", " + count + ", " + std::to_string(from) + ");\n"
                : "  MIXIR_SHARED(float, " + array.name + ", " + count + ");\n";
    from += array.bytes / 4;
  }
  return text;
}

} // namespace

KernelPrinter::KernelPrinter(kernel::FuncOp func, std::string symbol)
    : func(func), program(func->getParentOfType<kernel::ProgramOp>()), symbol(std::move(symbol)), params(func) {
  lane = func.getLaneDim().str();
  if (func.getLaneLoop())
    lanes = func.getLaneLoop().getLanes();
  if (kernel::LoopAttr loop = func.getSpreadLoop()) {
    spread = loop.getDim().str();
    parts = loop.getLanes();
  }
  if (kernel::LoopAttr serial = func.getSerialLoop()) {
    time = serial.getDim().str();
    block = serial.getBlock();
    runs = std::max<int64_t>(1, serial.getLanes());
    reverse = serial.getKind() == kernel::LoopKind::SerialReverse;
  }
  if (kernel::BatchAttr b = program.getBatchAttr(); b && func.getLoop(b.getDim())) {
    batch = b.getDim().str();
    along = b.getAlong() ? b.getAlong().str() : "";
  }
  if (!func.getLaneLoop()) // one coordinate in whole warps
    lanes = std::max<int64_t>(1, lanes / (runs * parts));
  threads = lanes * runs * parts;
  for (auto d : program.getDims().getAsRange<mixer::DimAttr>())
    for (const char *prefix : {"i_", "size_", "first_"})
      used.insert(prefix + d.getName().str());
  storage.load = [this](kernel::LoadOp op, ExpressionPrinter &printer) { return load(op, printer); };
  auto own = [this](Buffer &buffer, auto op, ExpressionPrinter &printer) {
    Place at = place(op.getShift(), op.getCoordDims(), op.getCoords(), printer);
    return at.guard({buffer.name + offset(buffer, at.at)}, op.getType());
  };
  storage.state = [this, own](kernel::StateOp op, ExpressionPrinter &p) { return own(states[op.getName()], op, p); };
  storage.acc = [this, own](kernel::AccOp op, ExpressionPrinter &p) {
    return op.getTime() ? recalled(op, p) : own(accs[op.getName()], op, p);
  };
  storage.index = [this](StringRef dim) { return Cpp{point.lookup(dim)}; };
  storage.size = [this](StringRef dim) { return Cpp{size(dim)}; };
}

void KernelPrinter::line(const std::string &s) { text += indent + s + "\n"; }

void KernelPrinter::open(const std::string &s) {
  line(s.empty() ? "{" : s + " {");
  indent += "  ";
}

void KernelPrinter::close() {
  indent.resize(indent.size() - 2);
  line("}");
}

std::string KernelPrinter::unique(StringRef name) { return uniqueIn(used, identifier(name)); }

int64_t KernelPrinter::fixed(StringRef dim) const {
  for (auto d : kernel::ProgramOp(program).getDims().getAsRange<mixer::DimAttr>())
    if (d.getName().getValue() == dim && d.isFixed())
      return d.getExtent();
  return -1;
}

std::string KernelPrinter::size(StringRef dim) {
  int64_t n = fixed(dim);
  if (n >= 0)
    return std::to_string(n);
  params.size(dim);
  return "size_" + dim.str();
}

/// Whether a thread loops over the dimension, or over its share: it is in no other loop of the kernel.
bool KernelPrinter::isInner(StringRef dim) const {
  return dim == spread || !kernel::FuncOp(func).getLoop(dim);
}

int64_t KernelPrinter::rows(ArrayRef<StringRef> dims) const {
  int64_t n = 1;
  for (StringRef d : dims)
    if (isInner(d))
      n *= fixed(d);
  return n;
}

/// Those of a thread, which holds its share of a spread dimension.
int64_t KernelPrinter::ownRows(ArrayRef<StringRef> dims) const {
  int64_t n = 1;
  for (StringRef d : dims)
    if (isInner(d))
      n *= ownExtent(d);
  return n;
}

/// Points that a thread walks along those of the dimensions that are fixed.
int64_t KernelPrinter::fixedPoints(ArrayRef<StringRef> dims) const {
  int64_t n = 1;
  for (StringRef d : dims)
    n *= std::max<int64_t>(1, ownExtent(d));
  return n;
}

/// Floats of a step in a buffer in shared memory.
int64_t KernelPrinter::width(const Buffer &buffer) const {
  bool hasLane = buffer.perThread || llvm::is_contained(buffer.dims, StringRef(lane));
  return rows(buffer.dims) * (hasLane ? lanes : 1);
}

/// Floats from one step to the next.
int64_t KernelPrinter::pitch(const Buffer &buffer) const { return runs > 1 ? width(buffer) | 1 : width(buffer); }

/// Where the current point lies in a buffer, as a subscript; nothing for a single value.
std::string KernelPrinter::offset(const Buffer &buffer, const llvm::StringMap<std::string> &at) {
  bool isTile = buffer.shared || buffer.perThread;
  bool hasTime = isTile && llvm::is_contained(buffer.dims, StringRef(time));
  bool isPadded = hasTime && pitch(buffer) != width(buffer);
  std::string index;
  auto add = [&](const std::string &coordinate, int64_t extent) {
    bool nested = index.find(' ') != std::string::npos;
    index = index.empty() ? coordinate
                          : (nested ? "(" + index + ")" : index) + " * " + std::to_string(extent) + " + " + coordinate;
  };
  if (hasTime && !isPadded)
    add("t", block);
  for (StringRef d : buffer.dims)
    if (isInner(d) && (isTile ? fixed(d) : ownExtent(d)) != 1)
      isTile ? add(at.lookup(d), fixed(d)) : add(isSpread(d) ? "k_" + d.str() : at.lookup(d), ownExtent(d));
  if (buffer.perThread || (buffer.shared && llvm::is_contained(buffer.dims, StringRef(lane))))
    add("lane", lanes);
  if (isPadded)
    index = "t * " + std::to_string(pitch(buffer)) + (index.empty() ? "" : " + " + index);
  if (index.empty())
    return isTile ? "[0]" : "";
  return "[" + index + "]";
}

/// Those of the dimensions that a thread walks itself.
SmallVector<StringRef> KernelPrinter::innerOf(ArrayRef<StringRef> dims) const {
  SmallVector<StringRef> inner;
  llvm::copy_if(dims, std::back_inserter(inner), [&](StringRef d) { return isInner(d); });
  return inner;
}

/// Prints a loop over each of the dimensions and `body` inside, where they have coordinates. Unrolled as a whole,
/// arrays stay in registers; of more points than a thread has registers they would not, and NVRTC would take minutes.
/// Loops over `rolled` are never unrolled.
void KernelPrinter::forEachPoint(ArrayRef<StringRef> dims, Unroll unroll, llvm::function_ref<void()> body,
                                 ArrayRef<StringRef> rolled) {
  constexpr int64_t kMostUnrolled = 256;
  llvm::StringMap<std::string> outer = point;
  int64_t points = fixedPoints(dims);
  for (StringRef d : dims) {
    std::string i = "i_" + d.str(), k = isSpread(d) && isSharing ? "k_" + d.str() : i;
    bool isRolled = llvm::is_contained(rolled, d) || (unroll != Unroll::Free && points > kMostUnrolled);
    if (unroll != Unroll::Free || isRolled)
      line(unroll == Unroll::Whole && !isRolled ? "#pragma unroll" : "#pragma unroll 1");
    open("for (int " + k + " = 0; " + k + " < " + (k == i ? size(d) : std::to_string(ownExtent(d))) + "; ++" + k + ")");
    if (k != i)
      line("const int " + i + " = " + k + " * " + std::to_string(parts) + " + part;");
    point[d] = i;
  }
  body();
  for (size_t i = 0; i < dims.size(); ++i)
    close();
  point = outer;
}

/// Whether a copy of a body for every point is more than NVRTC takes in its stride.
bool KernelPrinter::isMuch(Block &body, ArrayRef<StringRef> dims) const {
  constexpr int64_t kMostOperations = 512;
  int64_t operations = llvm::count_if(body, [](Operation &op) { return !isa<arith::ConstantOp>(op); });
  return operations * fixedPoints(dims) > kMostOperations;
}

/// Of a phase that is much: the dimensions that no state has. Sums along the others are formed in a register all the same.
SmallVector<StringRef> KernelPrinter::rolledIn(kernel::PhaseOp phase) {
  auto over = kernel::strings(phase.getOver());
  SmallVector<StringRef> rolled;
  if (over.size() > 1 && isMuch(phase.getBody().front(), over))
    for (StringRef d : over)
      if (llvm::none_of(states, [&](auto &state) { return llvm::is_contained(state.second.dims, d); }))
        rolled.push_back(d);
  return rolled;
}

ExpressionPrinter KernelPrinter::expressions() {
  return ExpressionPrinter(storage, [this](const std::string &s) { line(s); }, names);
}

/// For a body that stands in a loop over `dims`: integers that are the same at all of its points stand before it.
ExpressionPrinter KernelPrinter::expressionsIn(Block &body, ArrayRef<StringRef> dims) {
  ExpressionPrinter printer = expressions();
  if (dims.empty())
    return printer;
  llvm::DenseSet<Operation *> changing;
  for (Operation &op : body) {
    auto index = dyn_cast<kernel::IndexOp>(op);
    bool isNumber = op.getNumResults() == 1 && op.getResult(0).getType().isInteger();
    bool isRead = isa<kernel::LoadOp, kernel::StateOp, kernel::AccOp>(op);
    if (!isNumber || isRead || (index && llvm::is_contained(dims, index.getDim())) ||
        llvm::any_of(op.getOperands(), [&](Value v) { return changing.contains(v.getDefiningOp()); }))
      changing.insert(&op);
  }
  for (Operation &op : body) {
    if (!isFree(&op) && !changing.contains(&op) && llvm::any_of(op.getUsers(), [&](Operation *user) { return changing.contains(user); }))
      printer.named(op.getResult(0));
  }
  return printer;
}

/// Where an element of an operand lies.
std::string KernelPrinter::subscript(StringRef ref, StringRef part, const llvm::StringMap<std::string> &at) {
  std::string index;
  for (StringRef d : params.dimsOf(ref)) {
    std::string c = at.lookup(d);
    bool atom = c.find(' ') == std::string::npos;
    index += (index.empty() ? "" : " + ") + (atom ? c : "(" + c + ")") + " * " + params.stride(ref, part, d);
  }
  return index.empty() ? "0" : index;
}

/// An element of an operand in memory, as the number that bodies compute with.
Cpp KernelPrinter::element(StringRef ref, StringRef part, const llvm::StringMap<std::string> &at) {
  std::string data = params.data(ref, part), e = data + "[" + subscript(ref, part, at) + "]";
  Type type = params.elementType(ref);
  if (type.isF16())
    return {"mixir_load_f16(" + e + ")"};
  if (type.isBF16())
    return {"mixir_load_bf16(" + e + ")"};
  return {e};
}

std::string KernelPrinter::stored(const std::string &value, Type type) const {
  if (type.isF16())
    return "mixir_store_f16(" + value + ")";
  return type.isBF16() ? "mixir_store_bf16(" + value + ")" : value;
}

KernelPrinter::Place KernelPrinter::place(std::optional<DictionaryAttr> shift, ArrayAttr dims, ValueRange coordinates,
                                          ExpressionPrinter &printer) {
  Place place{point, ""};
  auto require = [&](const std::string &condition) { place.inside += (place.inside.empty() ? "" : " && ") + condition; };
  if (shift)
    for (NamedAttribute entry : *shift) {
      StringRef dim = entry.getName().getValue();
      int64_t by = cast<IntegerAttr>(entry.getValue()).getInt();
      std::string here = point.lookup(dim);
      if (by == 0)
        continue;
      std::string there = here + (by < 0 ? " - " : " + ") + std::to_string(std::abs(by));
      require(by < 0 ? here + " >= " + std::to_string(-by) : there + " < " + size(dim));
      place.at[dim] = there;
    }
  for (auto [dim, value] : llvm::zip(dims.getAsRange<StringAttr>(), coordinates)) {
    std::string c = printer.named(value);
    if (!kernel::isInside(value, dim.getValue()))
      require("0 <= " + c + " && " + c + " < " + size(dim.getValue()));
    place.at[dim.getValue()] = c;
  }
  return place;
}

Cpp KernelPrinter::Place::guard(Cpp e, Type type) const {
  if (inside.empty())
    return e;
  return {inside + " ? " + e.text + " : " + (type.isF32() ? "0.0f" : "0"), Cpp::Choice};
}

Cpp KernelPrinter::load(kernel::LoadOp op, ExpressionPrinter &printer) {
  Place at = place(op.getShift(), op.getCoordDims(), op.getCoords(), printer);
  if (auto operand = op.getBuffer().getDefiningOp<kernel::OperandOp>())
    return at.guard(element(operand.getRef(), operand.getPart(), at.at), op.getType());
  const Buffer &buffer = buffers[op.getBuffer()];
  return at.guard({buffer.name + offset(buffer, at.at)}, op.getType());
}

/// What the accumulator was at an earlier step, which this thread has stored.
Cpp KernelPrinter::recalled(kernel::AccOp op, ExpressionPrinter &printer) {
  Place at = place(op.getShift(), op.getCoordDims(), op.getCoords(), printer);
  kernel::AccAttr acc = op->getParentOfType<kernel::RecurOp>().getAcc(op.getName());
  std::string step = printer.named(op.getTime()), now = point.lookup(time);
  std::string isWalked = reverse ? step + " > " + now + " && " + step + " < " + size(time) : "0 <= " + step + " && " + step + " < " + now;
  at.inside += (at.inside.empty() ? "" : " && ") + isWalked;
  at.at[time] = step;
  return at.guard(element(acc.getPast().getValue(), "", at.at), op.getType());
}

/// What holds in the one thread that writes an element: where the operand lacks a dimension of the
/// loops, the first of its blocks.
std::string KernelPrinter::writeGuard(StringRef ref) const {
  SmallVector<StringRef> dims = params.dimsOf(ref);
  std::string guard = lane.empty() || llvm::is_contained(dims, StringRef(lane)) ? "live" : "lane == 0";
  if (parts > 1 && isSharing && !llvm::is_contained(dims, StringRef(spread)))
    guard += " && part == 0";
  if (runs > 1 && isSharing)
    guard += " && run == 0";
  for (auto loop : kernel::FuncOp(func).getLoops().getAsRange<kernel::LoopAttr>()) {
    StringRef d = loop.getDim().getValue();
    if (loop.getKind() == kernel::LoopKind::Parallel && !llvm::is_contained(dims, d))
      guard += d == lane ? " && first == 0" : " && i_" + d.str() + " == 0";
  }
  return guard;
}

void KernelPrinter::store(StringRef ref, StringRef part, const std::string &value) {
  std::string data = params.data(ref, part);
  line("if (" + writeGuard(ref) + ")");
  line("  " + data + "[" + subscript(ref, part, point) + "] = " + stored(value, params.elementType(ref)) + ";");
}

CudaKernel KernelPrinter::print() {
  decodeBlock();
  std::string decoded = std::exchange(text, "");
  kernel::RecurOp recur;
  for (Operation &op : func.getBody().front())
    if (auto r = dyn_cast<kernel::RecurOp>(op))
      recur = r;
  if (recur) {
    recurrence(recur);
  } else {
    for (auto stage : func.getBody().front().getOps<kernel::StageOp>()) {
      syncBefore(stage);
      if (stage.getInto())
        outputStage(stage);
      else
        stage.getShared() ? sharedStage(stage) : ownStage(stage);
    }
  }
  // The body is known now, and with it the parameters and the extents it asks for.
  std::string body = std::exchange(text, "");
  if (!batch.empty())
    placeEntry();
  std::string fields, sizes;
  for (const CudaParam &param : params.list) {
    fields += "  " + param.type + param.name + ";\n";
    if (param.kind == CudaParam::Size && (along.empty() || param.dim != along)) // the entry has the other
      sizes += "  const int " + size(param.dim) + " = (int)p." + param.name + ";\n";
  }
  CudaLaunch launch{symbol, threads, shared};
  std::string head = functions + "struct " + symbol + "_params {\n" + fields + "};\n\n" +
                     "extern \"C\" __global__ void __launch_bounds__(" + std::to_string(threads) + ")\n" + symbol + "(" +
                     symbol + "_params p) {\n" + declarationsOf(launch) + sizes;
  return {launch, head + decoded + text + body + "}\n", params.list, func};
}

} // namespace mixir::codegen
