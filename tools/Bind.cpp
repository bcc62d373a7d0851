// Bind.cpp - see Bind.h.
#include "tools/Bind.h"

#include "dialect/interpreter/Interpreter.h"
#include "tools/ToolErrors.h"

#include <algorithm>
#include <cstring>

namespace mixir::tools {

using frontend::DimInfo;
using frontend::OperandInfo;
using frontend::Optionality;
using frontend::Signature;
using frontend::StoredType;

namespace {

/// Numbers of one operand that the tools will handle; 2^40.
constexpr double kMostElements = 0x1p40;

/// The array types that an operand takes: its own first, the others are rounded.
const std::vector<NpType> &acceptedTypes(StoredType type) {
  static const std::map<StoredType, std::vector<NpType>> table = {
      {StoredType::F32, {NpType::F32, NpType::F64}},
      {StoredType::F16, {NpType::F16, NpType::F32, NpType::F64}},
      {StoredType::BF16, {NpType::BF16, NpType::RawBits16, NpType::F32, NpType::F64}},
      {StoredType::C64, {NpType::C64, NpType::C128}},
      {StoredType::I32, {NpType::I32, NpType::I64}},
  };
  return table.at(type);
}

std::string axisText(const Signature &signature, const std::vector<unsigned> &axis) {
  std::string text;
  for (unsigned dim : axis)
    text += (text.empty() ? "" : " ") + signature.dims[dim].name;
  return axis.size() == 1 ? text : "(" + text + ")";
}

void checkArray(const Signature &signature, const OperandInfo &operand, const NpArray &array) {
  if (array.shape.size() != operand.axes.size())
    throw UserError(ToolCode::wrong_rank,
                    "array '" + array.name + "': expected " +
                        std::to_string(operand.axes.size()) + " axes " +
                        axesText(signature, operand) + ", got " +
                        std::to_string(array.shape.size()));
  const std::vector<NpType> &accepted = acceptedTypes(operand.dtype);
  if (std::find(accepted.begin(), accepted.end(), array.type) == accepted.end())
    throw UserError(ToolCode::wrong_dtype, "array '" + array.name + "': expected " +
                                               spelling(operand.dtype).str() + ", got " +
                                               nameOf(array.type));
}

/// Solves the extents step by step; every known one remembers who told it.
class Binder {
public:
  Binder(const Signature &signature, const Shapes &shapes) : signature(signature), shapes(shapes) {}

  Extents run(const Extents &set) {
    for (const auto &[name, extent] : set)
      tell(dimNamed(name), extent, "--set");
    solveAxes();
    for (const DimInfo &dim : signature.dims)
      if (dim.extent && dim.expr.empty() && !known.count(dim.name))
        tell(dim, *dim.extent, "the declaration");
    solveAxes();
    for (const DimInfo &dim : signature.dims)
      derive(dim);
    solveAxes();
    for (const OperandInfo &operand : signature.operands)
      checkProducts(operand);
    for (const DimInfo &dim : signature.dims)
      if (!known.count(dim.name) && dim.isUsed) {
        const DimInfo *open = dim.isSettable() ? &dim : firstOpen();
        throw UserError(ToolCode::unknown_extent, "dimension '" + open->name +
                                                      "': expected an extent, got none; use --set " +
                                                      open->name + "=SIZE");
      }
    return known;
  }

private:
  const DimInfo &dimNamed(const std::string &name) {
    std::vector<std::string> names;
    for (const DimInfo &dim : signature.dims) {
      if (dim.name == name)
        return dim;
      names.push_back(dim.name);
    }
    throw UserError(ToolCode::unknown_extent, "--set: expected a dimension of mixer '" +
                                                  signature.name + "', got '" + name + "'" +
                                                  suggestion(name, names));
  }

  void tell(const DimInfo &dim, int64_t extent, const std::string &teller) {
    auto [old, isNew] = known.try_emplace(dim.name, extent);
    if (isNew)
      tellers[dim.name] = teller;
    else if (old->second != extent)
      throw UserError(ToolCode::wrong_shape,
                      teller + ": expected " + dim.name + " = " + std::to_string(old->second) +
                          " as " + tellers[dim.name] + " says, got " + std::to_string(extent));
  }

  void solveAxes() {
    for (size_t before = known.size() + 1; before != known.size();) {
      before = known.size();
      for (const OperandInfo &operand : signature.operands)
        if (auto shape = shapes.find(operand.name); shape != shapes.end())
          for (size_t axis = 0; axis < operand.axes.size(); axis++)
            solveAxis(operand, axis, shape->second[axis]);
    }
  }

  void solveAxis(const OperandInfo &operand, size_t axis, int64_t extent) {
    int64_t product = 1;
    const DimInfo *unknown = nullptr;
    for (unsigned dim : operand.axes[axis]) {
      auto found = known.find(signature.dims[dim].name);
      if (found != known.end())
        product *= found->second;
      else if (unknown)
        return;
      else
        unknown = &signature.dims[dim];
    }
    std::string who = describe(operand, axis);
    if (operand.axes[axis].size() == 1)
      return tell(signature.dims[operand.axes[axis][0]], extent, who);
    if (!unknown)
      return;
    if (product == 0 || extent % product)
      throw UserError(ToolCode::wrong_shape, who + ": expected a multiple of " +
                                                 std::to_string(product) + ", got " +
                                                 std::to_string(extent));
    tell(*unknown, extent / product, who);
  }

  /// The first dimension that nothing tells the extent of, or null.
  const DimInfo *firstOpen() const {
    for (const DimInfo &dim : signature.dims)
      if (dim.isSettable() && !known.count(dim.name))
        return &dim;
    return nullptr;
  }

  void derive(const DimInfo &dim) {
    if (dim.expr.empty())
      return;
    llvm::Expected<int64_t> extent = interpreter::evaluateDimExpr(dim.expr, known);
    if (!extent && firstOpen())
      return llvm::consumeError(extent.takeError()); // reported where the dimension is used
    if (!extent)
      throw UserError(ToolCode::unknown_extent, llvm::toString(extent.takeError()));
    tell(dim, *extent, "'" + dim.name + " = " + dim.expr + "'");
  }

  /// Merged axes whose parts are all known.
  void checkProducts(const OperandInfo &operand) {
    auto shape = shapes.find(operand.name);
    if (shape == shapes.end())
      return;
    for (size_t axis = 0; axis < operand.axes.size(); axis++) {
      int64_t product = 1;
      for (unsigned dim : operand.axes[axis]) {
        auto found = known.find(signature.dims[dim].name);
        if (found == known.end())
          return;
        product *= found->second;
      }
      if (product != shape->second[axis])
        throw UserError(ToolCode::wrong_shape,
                        describe(operand, axis) + ": expected " + std::to_string(product) +
                            ", got " + std::to_string(shape->second[axis]));
    }
  }

  std::string describe(const OperandInfo &operand, size_t axis) {
    return "array '" + operand.name + "', axis " + std::to_string(axis) + " " +
           axisText(signature, operand.axes[axis]);
  }

  const Signature &signature;
  const Shapes &shapes;
  Extents known;
  std::map<std::string, std::string> tellers;
};

} // namespace

std::string axesText(const Signature &signature, const OperandInfo &operand) {
  std::string text;
  for (const std::vector<unsigned> &axis : operand.axes)
    text += (text.empty() ? "" : ", ") + axisText(signature, axis);
  return "[" + text + "]";
}

std::set<std::string> checkArrays(const Signature &signature, const std::vector<NpArray> &arrays) {
  std::map<std::string, const NpArray *> byName;
  for (const NpArray &array : arrays)
    byName[array.name] = &array;
  std::vector<std::string> names;
  std::set<std::string> omitted;
  for (const OperandInfo &operand : signature.operands) {
    names.push_back(operand.name);
    auto array = byName.find(operand.name);
    if (array != byName.end())
      checkArray(signature, operand, *array->second);
    else if (operand.optionality == Optionality::Required)
      throw UserError(ToolCode::missing_array, "array '" + operand.name +
                                                   "': expected " + spelling(operand.dtype).str() +
                                                   axesText(signature, operand) + ", got no such array");
    else
      omitted.insert(operand.name);
  }
  for (const NpArray &array : arrays)
    if (std::find(names.begin(), names.end(), array.name) == names.end())
      throw UserError(ToolCode::extra_array, "array '" + array.name + "': expected an operand of mixer '" +
                                                 signature.name + "' (" + joined(names) +
                                                 "), got another name" +
                                                 suggestion(array.name, names));
  return omitted;
}

Extents bindExtents(const Signature &signature, const Shapes &shapes, const Extents &set) {
  return Binder(signature, shapes).run(set);
}

std::vector<int64_t> shapeOf(const Signature &signature, const OperandInfo &operand,
                             const Extents &extents) {
  std::vector<int64_t> shape;
  double elements = 1;
  for (const std::vector<unsigned> &axis : operand.axes) {
    int64_t extent = 1;
    for (unsigned dim : axis) {
      elements *= static_cast<double>(extents.at(signature.dims[dim].name));
      if (elements > kMostElements)
        throw UserError(ToolCode::wrong_shape, "operand '" + operand.name +
                                                   "': expected at most 2^40 numbers, got more");
      extent *= extents.at(signature.dims[dim].name);
    }
    shape.push_back(extent);
  }
  return shape;
}

std::string extentsText(const Signature &signature, const Extents &extents) {
  std::string text;
  for (const DimInfo &dim : signature.dims)
    if (auto found = extents.find(dim.name); found != extents.end())
      text += (text.empty() ? "" : ", ") + dim.name + "=" + std::to_string(found->second);
  return text;
}

TableLayout::TableLayout(const frontend::Signature &signature, const frontend::OperandInfo &operand,
                         const std::vector<int64_t> &shape, const Extents &extents) {
  for (unsigned axis : operand.table->axes.members())
    places *= extents.at(signature.dims[axis].name);
  int64_t outer = 1;
  bool isInside = false; // the dimension of steps
  for (size_t i = 0; i < operand.axes.size(); i++) {
    bool isSteps = operand.axes[i] == std::vector<unsigned>{operand.table->along};
    (isSteps ? steps : isInside ? inner : outer) *= shape[i];
    isInside |= isSteps;
  }
  rows = outer * inner;
}

namespace {

/// Checks the entries of one row of a table.
void checkTable(const std::string &name, bool isTree, const TableLayout &layout, const std::vector<int32_t> &entries, int64_t row) {
  std::vector<int64_t> stepOf(static_cast<size_t>(isTree ? 0 : layout.places), -1);
  auto fail = [&](const std::string &message) { throw UserError(ToolCode::bad_arrays, "array '" + name + "': " + message); };
  for (int64_t step = 0; step < layout.steps; step++) {
    int32_t entry = entries[static_cast<size_t>(layout.entryAt(row, step))];
    std::string got = ", got " + std::to_string(entry) + " at step " + std::to_string(step);
    if (isTree && (entry < -1 || entry >= step))
      fail("expected the number of a step before its own, or -1 for none" + got);
    if (isTree || entry == -1)
      continue;
    if (entry < -1 || entry >= layout.places)
      fail("expected places from 0 to " + std::to_string(layout.places - 1) + ", or -1 for none" + got);
    int64_t &known = stepOf[static_cast<size_t>(entry)];
    if (known >= 0)
      fail("expected each place at most once" + got + " and " + std::to_string(known));
    known = step;
  }
}

} // namespace

void checkTables(const frontend::Signature &signature, const std::vector<NpArray> &arrays, const Extents &extents) {
  for (const frontend::OperandInfo &operand : signature.operands) {
    auto array = std::find_if(arrays.begin(), arrays.end(), [&](const NpArray &a) { return a.name == operand.name; });
    if (!operand.table || array == arrays.end() || array->type != NpType::I32)
      continue;
    std::vector<int32_t> entries(array->data.size() / 4);
    std::memcpy(entries.data(), array->data.data(), entries.size() * 4);
    TableLayout layout(signature, operand, array->shape, extents);
    for (int64_t row = 0; row < layout.rows; row++)
      checkTable(operand.name, operand.table->isTree(), layout, entries, row);
  }
}

} // namespace mixir::tools
