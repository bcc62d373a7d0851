#include "test/ways/Mixer.h"

#include "dialect/mixer/MixerDialect.h"
#include "tools/Compile.h"
#include "tools/Generate.h"
#include "tools/RunProgram.h"

#include "gtest/gtest.h"

#include <regex>
#include <set>

namespace mixir::ways {

using namespace tools;
using frontend::OperandInfo;
using frontend::StoredType;
using frontend::typed::Expr;
using frontend::typed::ExprKind;

namespace {

/// Steps of a chunk: few, so that sequences have several and end in one.
constexpr int64_t kChunk = 8;

lowering::ChooseOptions chooseChunks() {
  lowering::ChooseOptions options;
  options.algorithm = "chunked";
  options.chunk = kChunk;
  return options;
}

} // namespace

Mixer::Mixer(const std::string &file, const std::string &name, uint64_t seed)
    : file(file), name(name), random(static_cast<unsigned>(seed)), session(file), seed(seed) {
  program = session.analyse({name, {}, {}});
  signature = program->signature;
  batchDim = 0;
  std::vector<unsigned> walked = usesOf(*program).walked.members();
  alongDim = walked.empty() ? 1 : walked[0];
  reason = whyNotPacked(walked.size());
  if (reason.empty())
    findStates();
  if (reason.empty())
    compile();
}

// ---- Operands ------------------------------------------------------------------------------

/// The axis of an operand that begins with `dim`, -1 if it has none.
int Mixer::axisOf(const OperandInfo &info, unsigned dim) {
  for (size_t axis = 0; axis < info.axes.size(); axis++)
    if (info.axes[axis][0] == dim)
      return static_cast<int>(axis);
  return -1;
}

int64_t Mixer::perStep(const OperandInfo &info) const {
  int64_t product = 1;
  for (unsigned dim : info.axes[alongAxis(info)])
    product *= dim == alongDim ? 1 : sizes.at(signature.dims[dim].name);
  return product;
}

NpArray Mixer::stepsOf(const NpArray &array, const OperandInfo &info, int64_t begin, int64_t end) const {
  return part(array, alongAxis(info), begin * perStep(info), end * perStep(info));
}

bool Mixer::isState(const std::string &operand) const {
  for (const StateNames &state : states)
    if (state.first == operand || state.last == operand)
      return true;
  return false;
}

Arrays Mixer::steps(const Arrays &in, int64_t begin, int64_t end) const {
  Arrays out;
  for (const OperandInfo &info : signature.operands) {
    NpArray array = in.at(info.name);
    if (alongAxis(info) >= 0)
      array = stepsOf(array, info, begin, end);
    if (info.name == position)
      advance(array, begin);
    out[info.name] = std::move(array);
  }
  return out;
}

Arrays Mixer::steps(const Arrays &in, int64_t entry, int64_t begin, int64_t end) const {
  Arrays out = steps(in, begin, end);
  for (const OperandInfo &info : signature.operands)
    if (int axis = batchAxis(info); axis >= 0)
      out[info.name] = part(out[info.name], axis, entry, entry + 1);
  return out;
}

void Mixer::advance(NpArray &array, int64_t by) {
  for (size_t i = 0; i < array.data.size(); i += 4) {
    int32_t value;
    std::memcpy(&value, array.data.data() + i, 4);
    value += static_cast<int32_t>(by);
    std::memcpy(array.data.data() + i, &value, 4);
  }
}

// ---- Calls ---------------------------------------------------------------------------------

Arrays Mixer::call(Program &program, const Arrays &in, int threads) {
  std::vector<NpArray> arrays;
  for (const auto &[name, array] : in)
    arrays.push_back(array);
  RunRequest request;
  request.threads = threads;
  Arrays out;
  for (NpArray &array : runProgram(context, program, std::move(arrays), request).outputs)
    out[array.name] = std::move(array);
  expectNoProblem();
  return out;
}

void Mixer::expectNoProblem() { EXPECT_EQ(takeProblem(), ""); }

// ---- What can be cut -----------------------------------------------------------------------

std::string Mixer::whyNotPacked(size_t walked) const {
  if (walked > 1)
    return "it walks along several dimensions";
  for (const frontend::typed::Scan &scan : program->scans)
    if (!scan.isPlain())
      return "a route goes over the places of the sequence";
  for (const frontend::DimInfo &dim : signature.dims)
    if (dim.name == along() && !dim.expr.empty())
      return "its length is " + dim.expr;
  for (const frontend::DimInfo &dim : signature.dims)
    if (std::regex_search(dim.expr, std::regex("\\b" + along() + "\\b")))
      return "'" + dim.name + "' is made of the length of the sequence";
  for (const std::vector<OperandInfo> *list : {&signature.operands, &signature.results})
    for (const OperandInfo &info : *list) {
      if (info.dimSet().contains(alongDim) && batchAxis(info) < 0)
        return "'" + info.name + "' has " + along() + " without " + batch();
      if (info.dtype == StoredType::F16 || info.dtype == StoredType::BF16)
        return "'" + info.name + "' has 16 bits"; // states would be rounded at every cut
    }
  bool hasAny = false;
  for (const OperandInfo &info : signature.operands)
    hasAny |= alongAxis(info) >= 0;
  return hasAny ? "" : "nothing in it is a sequence";
}

const OperandInfo *Mixer::find(const std::vector<OperandInfo> &list, const std::string &name) const {
  for (const OperandInfo &info : list)
    if (info.name == name)
      return &info;
  return nullptr;
}

void Mixer::findStates() {
  for (const OperandInfo &info : signature.operands) {
    if (info.name.back() != '0' || batchAxis(info) < 0 || alongAxis(info) >= 0)
      continue;
    std::string last = info.name.substr(0, info.name.size() - 1) + "_last";
    const OperandInfo *result = find(signature.results, last);
    if (result)
      states.push_back({info.name, last});
    else if (info.dtype == StoredType::I32 && info.axes.size() == 1)
      position = info.name;
    else
      whyNotCut = "'" + info.name + "' has no last value";
  }
  for (const OperandInfo &info : signature.results)
    if (alongAxis(info) < 0 && !isState(info.name))
      whyNotCut = "'" + info.name + "' is of the whole sequence";
  for (const frontend::typed::State &state : program->states)
    if (!state.init)
      whyNotCut = "state '" + state.name + "' has no initial value";
  for (const frontend::typed::Scan &scan : program->scans)
    if (scan.routes || !scan.isPlain() || scan.walks[0].legs[0].digits[0].isReversed)
      whyNotCut = "it walks from the end";
  findUses(program->body);
  for (const Expr *result : program->results)
    findUses(result);
}

/// What a piece cannot know, in expressions that are used (branches not taken are not).
void Mixer::findUses(const std::vector<frontend::typed::Stmt> &body) {
  for (const frontend::typed::Stmt &stmt : body) {
    if (stmt.kind == frontend::typed::StmtKind::Scan)
      findUses(stmt.scan->body);
    if (stmt.expr)
      findUses(stmt.expr);
    else if (stmt.value)
      findUses(stmt.value->expr);
  }
}
void Mixer::findUses(const Expr *expr) {
  if (!expr)
    return;
  if (expr->kind == ExprKind::Prev)
    whyNotCut = "it looks back with prev";
  if (expr->kind == ExprKind::Conv && expr->args.size() < 3)
    whyNotCut = "its stencil has no history";
  if (expr->kind == ExprKind::Tail && expr->args.size() < 2)
    whyNotCut = "it keeps a tail without a history";
  if (expr->kind == ExprKind::Reduce && expr->dims.contains(alongDim))
    whyNotCut = "it reduces over the sequence";
  if (expr->kind == ExprKind::Index && expr->dim == alongDim && position.empty())
    whyNotCut = "it counts its steps";
  if (expr->kind == ExprKind::DimSize && expr->dim == alongDim)
    whyNotCut = "it knows the length of the sequence";
  for (const Expr *arg : expr->args)
    findUses(arg);
  if (expr->function) {
    for (const frontend::typed::Value *value : expr->function->values)
      findUses(value->expr);
    findUses(expr->function->result);
  }
}

// ---- Compiling -----------------------------------------------------------------------------

void Mixer::compile() {
  Extents set;
  for (unsigned i = 0; i < signature.dims.size(); i++) {
    const frontend::DimInfo &dim = signature.dims[i];
    bool hasSmallDefault = dim.extent && *dim.extent <= 16;
    if (i != batchDim && i != alongDim && dim.isSettable() && !hasSmallDefault)
      set[dim.name] = 1 + static_cast<int64_t>(random() % 9);
  }
  program = session.analyse({name, set, {}});
  extents = set;
  Extents some = set;
  some[batch()] = some[along()] = 1; // open in any case
  sizes = some = bindExtents(program->signature, {}, some);
  Extents toFix = extentsToFix(*program, some, set);
  toFix.erase(batch());
  toFix.erase(along());
  fixed = session.analyse({name, toFix, {}});
  compiled = ways::compile(context, session, *fixed);
}

Program *Mixer::chunked() {
  if (std::exchange(hasLookedForChunks, true))
    return inChunks.get();
  codegen::CompileOptions options;
  options.choose = chooseChunks();
  auto module = lower(session, *fixed, lowering::Phase::Chosen, options);
  std::string forms;
  llvm::raw_string_ostream os(forms);
  module->walk([&](mixer::RecurrenceOp op) {
    if (op.getAlgorithm() == "chunked")
      os << op.getForms() << ';';
  });
  static auto &seen = *new std::set<std::tuple<std::string, std::string, uint64_t>>;
  if (!forms.empty() && seen.insert({file, forms, seed}).second)
    inChunks = ways::compile(context, session, *fixed, chooseChunks());
  return inChunks.get();
}

Mixer &mixerOf(const std::string &file, const std::string &name, uint64_t seed) {
  static auto &all = *new std::map<std::pair<std::string, uint64_t>, std::unique_ptr<Mixer>>;
  std::unique_ptr<Mixer> &entry = all[{name, seed}];
  if (!entry)
    entry = std::make_unique<Mixer>(file, name, seed);
  return *entry;
}

} // namespace mixir::ways
