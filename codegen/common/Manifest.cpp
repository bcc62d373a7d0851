// Writes the manifest with LLVM's JSON library.
#include "codegen/common/Manifest.h"

#include "llvm/Support/JSON.h"

using namespace mlir;
namespace json = llvm::json;

namespace mixir::codegen {

namespace {

std::string dtypeName(Type type) {
  if (isa<ComplexType>(type))
    return "c64";
  if (type.isInteger(32))
    return "i32";
  return type.isF16() ? "f16" : type.isBF16() ? "bf16" : "f32";
}

json::Array stringArray(ArrayAttr attr) {
  json::Array out;
  for (StringRef s : kernel::strings(attr))
    out.push_back(s);
  return out;
}

json::Object tensor(mixer::OperandAttr operand, bool isTemp) {
  json::Array axes;
  for (auto axis : operand.getAxes().getAsRange<ArrayAttr>())
    axes.push_back(stringArray(axis));
  json::Object o{{"name", operand.getName().getValue()}, {"dtype", dtypeName(operand.getDtype())}, {"axes", std::move(axes)}};
  if (operand.getParents())
    o["parents"] = operand.getParents().getValue();
  if (!isTemp)
    o["role"] = mixer::stringifyRole(operand.getRole());
  return o;
}

json::Array tensors(ArrayAttr list, bool areTemps) {
  json::Array out;
  for (auto o : list.getAsRange<mixer::OperandAttr>())
    out.push_back(tensor(o, areTemps));
  return out;
}

json::Object walk(kernel::WalkAttr attr) {
  json::Array legs;
  for (mixer::LegAttr leg : attr.getRoute().getLegs()) {
    json::Array digits;
    for (mixer::DigitAttr digit : leg.getDigits()) {
      json::Object o{{"axis", digit.getAxis().getValue()}};
      if (digit.getDiv() > 1)
        o["div"] = digit.getDiv();
      if (digit.getMod())
        o["mod"] = digit.getMod();
      if (digit.isFixed())
        o["at"] = digit.getAt();
      if (digit.getReversed())
        o["reversed"] = true;
      if (digit.getSnake())
        o["snake"] = true;
      if (digit.getSkew())
        o[digit.getBack() ? "skew_back" : "skew"] = digit.getSkew().getValue();
      digits.push_back(std::move(o));
    }
    json::Object o{{"digits", std::move(digits)}};
    if (leg.getReversed())
      o["reversed"] = true;
    legs.push_back(std::move(o));
  }
  json::Object o{{"dim", attr.getDim().getValue()}, {"axes", stringArray(attr.getRoute().getAxes())}};
  if (attr.getTable())
    o["table"] = attr.getTable().getValue();
  else
    o["legs"] = std::move(legs);
  if (attr.getAdds())
    o["adds"] = true;
  return o;
}

json::Array views(ArrayAttr list) {
  json::Array out;
  for (auto view : list.getAsRange<kernel::ViewAttr>()) {
    json::Object at;
    for (NamedAttribute coordinate : view.getAt())
      at[coordinate.getName().getValue()] = cast<IntegerAttr>(coordinate.getValue()).getInt();
    json::Object as;
    if (view.getAs())
      for (NamedAttribute name : view.getAs())
        as[name.getName().getValue()] = cast<StringAttr>(name.getValue()).getValue();
    json::Object o{{"name", view.getTensor().getName().getValue()},
                   {"of", view.getOf().getValue()},
                   {"at", std::move(at)}};
    if (!as.empty())
      o["as"] = std::move(as);
    if (view.getWalk())
      o["walk"] = walk(view.getWalk());
    out.push_back(std::move(o));
  }
  return out;
}

json::Array dims(ArrayAttr list) {
  json::Array out;
  for (auto d : list.getAsRange<mixer::DimAttr>()) {
    json::Object o{{"name", d.getName().getValue()}};
    if (d.isFixed())
      o["value"] = d.getExtent();
    else if (d.getExpr())
      o["expr"] = d.getExpr().getValue();
    out.push_back(std::move(o));
  }
  return out;
}

json::Object arg(const EntryArg &a) {
  json::Object halo;
  for (auto &[dim, reach] : a.halo)
    halo[dim] = json::Array{reach.first, reach.second};
  json::Object o{{"ref", a.ref}, {"access", a.write ? "write" : "read"}, {"dims", json::Array(a.dims)}, {"part", a.part}};
  if (!a.halo.empty())
    o["halo"] = std::move(halo);
  return o;
}

json::Value carryEnd(StringAttr ref, StringAttr part) {
  if (ref.empty())
    return nullptr;
  return json::Object{{"ref", ref.getValue()}, {"part", part.getValue()}};
}

json::Object carry(kernel::CarryAttr attr) {
  json::Array dims; // fastest first
  auto slowestFirst = kernel::strings(attr.getDims());
  for (StringRef d : llvm::reverse(slowestFirst))
    dims.push_back(d);
  return json::Object{{"name", attr.getName().getValue()},
          {"dims", std::move(dims)},
          {"init", carryEnd(attr.getInit(), attr.getInitPart())},
          {"final", carryEnd(attr.getFinal(), attr.getFinalPart())}};
}

/// What steps recall: all steps of an accumulator are kept.
json::Object past(kernel::AccAttr attr, kernel::RecurOp recur) {
  StringRef lane = recur->getParentOfType<kernel::FuncOp>().getLaneDim();
  json::Array dims; // fastest first
  if (!lane.empty())
    dims.push_back(lane);
  auto slowestFirst = kernel::strings(attr.getDims());
  for (StringRef d : llvm::reverse(slowestFirst))
    if (d != lane)
      dims.push_back(d);
  dims.push_back(recur.getTime());
  return json::Object{{"name", attr.getName().getValue()}, {"dims", std::move(dims)}};
}

} // namespace

json::Object loopObject(kernel::LoopAttr attr) {
  bool parallel = attr.getKind() == kernel::LoopKind::Parallel;
  json::Object o{{"dim", attr.getDim().getValue()}, {"block", attr.getBlock()}, {"kind", parallel ? "parallel" : "serial"}};
  if (attr.getLanes())
    o["lanes"] = attr.getLanes();
  if (!parallel)
    o["reverse"] = attr.getKind() == kernel::LoopKind::SerialReverse;
  return o;
}

json::Array carryObjects(kernel::RecurOp recur) {
  json::Array carries;
  if (!recur)
    return carries;
  for (auto c : recur.getCarries().getAsRange<kernel::CarryAttr>())
    carries.push_back(carry(c));
  return carries;
}

namespace {

void addRecurrence(const Entry &entry, json::Object &o) {
  kernel::RecurOp recur = entry.recur;
  o["work_rows"] = entry.workRows;
  json::Array carries = carryObjects(recur), pasts;
  for (auto [object, row] : llvm::zip_equal(carries, entry.stateRows))
    (*object.getAsObject())["row"] = row;
  o["carries"] = std::move(carries);
  for (auto a : recur.getAccs().getAsRange<kernel::AccAttr>())
    if (recur.isRecalled(a.getName().getValue()) && !a.getPast())
      pasts.push_back(past(a, recur));
  if (!pasts.empty())
    o["pasts"] = std::move(pasts);
}

json::Object kernelObject(const Entry &entry) {
  json::Array loops, scalars, args;
  kernel::FuncOp func = entry.func;
  for (auto l : func.getLoops().getAsRange<kernel::LoopAttr>())
    loops.push_back(loopObject(l));
  for (const EntryScalar &s : entry.scalars)
    scalars.push_back(json::Object{{"kind", s.kind}, {"dim", s.dim}});
  for (const EntryArg &a : entry.args)
    args.push_back(arg(a));
  json::Object o{{"name", func.getSymName()}, {"loops", std::move(loops)}, {"scalars", std::move(scalars)},
                 {"args", std::move(args)}};
  if (entry.recur)
    addRecurrence(entry, o);
  if (func.getJoins())
    o["joins"] = true;
  return o;
}

} // namespace

std::string manifestText(kernel::ProgramOp program, json::Value target, bool fastMath, json::Array kernels) {
  json::Object manifest{{"schema", 1},
                        {"name", program.getSymName()},
                        {"compiler", ("mixir " + buildId()).str()},
                        {"target", std::move(target)},
                        {"math", fastMath ? "fast" : "default"},
                        {"dims", dims(program.getDims())},
                        {"operands", tensors(program.getOperands(), false)},
                        {"temps", tensors(program.getTemps(), true)},
                        {"views", views(program.getViews())},
                        {"kernels", std::move(kernels)}};
  if (kernel::BatchAttr batch = program.getBatchAttr()) {
    json::Object o{{"dim", batch.getDim().getValue()}};
    if (batch.getAlong())
      o["along"] = batch.getAlong().getValue();
    manifest["batch"] = std::move(o);
  }
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(manifest));
  return text;
}

json::Array hostKernels(const std::vector<Entry> &entries) {
  json::Array kernels;
  for (const Entry &e : entries)
    kernels.push_back(kernelObject(e));
  return kernels;
}

} // namespace mixir::codegen
