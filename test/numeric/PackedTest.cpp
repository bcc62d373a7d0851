// The calls that a serving program makes, on compiled kernels of every mixer: a whole sequence, cut
// into pieces that hand their states on, step by step in place, packed with other sequences, and
// piece by piece with states in rows of a pool. All must give the same.
//
//   MIXIR_PACKED_SEED=7 MIXIR_PACKED_SHAPES=3 mixir-packed-test --gtest_filter='*ssd*'
//
// The same on kernels for a GPU: mixir-packed-cuda-test.
#include "test/numeric/PackedBackend.h"
#include "tools/Convert.h"
#include "tools/Generate.h"
#include "tools/RunProgram.h"
#include "tools/Specialise.h"
#include "tools/ToolErrors.h"
#include "tools/Verify.h"

#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sys/mman.h>
#include <unistd.h>

using namespace mixir;
using namespace mixir::tools;
using frontend::DimSet;
using frontend::OperandInfo;
using frontend::OperandRole;
using frontend::StoredType;
using frontend::typed::Expr;
using frontend::typed::ExprKind;

namespace {

/// Of the largest number of a result.
constexpr double kTolerance = 1e-5;

uint64_t numberFromEnv(const char *name, uint64_t fallback) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

uint64_t firstSeed() {
  static const uint64_t seed = numberFromEnv("MIXIR_PACKED_SEED", std::random_device()());
  return seed;
}

// ---- Arrays --------------------------------------------------------------------------------

using Arrays = std::map<std::string, NpArray>;

/// Bytes before and within one coordinate of an axis: [outer][extent][inner].
struct Cut {
  int64_t outer = 1, extent, inner;
  Cut(const NpArray &array, size_t axis)
      : extent(array.shape[axis]), inner(static_cast<int64_t>(sizeOf(array.type))) {
    for (size_t i = 0; i < array.shape.size(); i++)
      (i < axis ? outer : i > axis ? inner : extent) *= i == axis ? 1 : array.shape[i];
  }
};

NpArray resized(const NpArray &array, size_t axis, int64_t extent) {
  NpArray out = array;
  out.shape[axis] = extent;
  Cut cut(array, axis);
  out.data.assign(static_cast<size_t>(cut.outer * extent * cut.inner), 0);
  return out;
}

/// Copies `count` coordinates of an axis from one array into another.
void copyPart(NpArray &to, int64_t toBegin, const NpArray &from, int64_t fromBegin, size_t axis,
              int64_t count) {
  Cut target(to, axis), source(from, axis);
  for (int64_t i = 0; i < source.outer; i++)
    std::memcpy(to.data.data() + (i * target.extent + toBegin) * target.inner,
                from.data.data() + (i * source.extent + fromBegin) * source.inner,
                static_cast<size_t>(count * source.inner));
}

NpArray part(const NpArray &array, size_t axis, int64_t begin, int64_t end) {
  NpArray out = resized(array, axis, end - begin);
  copyPart(out, 0, array, begin, axis, end - begin);
  return out;
}

void append(NpArray &to, const NpArray &more, size_t axis) {
  NpArray out = resized(to, axis, to.shape[axis] + more.shape[axis]);
  copyPart(out, 0, to, 0, axis, to.shape[axis]);
  copyPart(out, to.shape[axis], more, 0, axis, more.shape[axis]);
  to = std::move(out);
}

void expectNear(const NpArray &got, const NpArray &expected, double largest,
                const std::string &what) {
  ASSERT_EQ(got.shape, expected.shape) << what;
  interpreter::Array a = toInterpreter(got), b = toInterpreter(expected);
  double worst = 0;
  for (size_t i = 0; i < a.data.size(); i++) {
    double distance = std::fabs(a.data[i] - b.data[i]);
    worst = a.data[i] == b.data[i] ? worst : std::isnan(distance) ? INFINITY : std::max(worst, distance);
  }
  EXPECT_LE(worst, kTolerance * largest) << what << ": " << got.name;
}

/// Memory that ends where the page after it cannot be touched.
class Guarded {
public:
  explicit Guarded(const NpArray &array) : array(array) {
    size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), bytes = array.data.size();
    mapped = (bytes + page - 1) / page * page + page;
    block = static_cast<char *>(
        mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(block + mapped - page, page, PROT_NONE);
    data = block + mapped - page - bytes;
    std::memcpy(data, array.data.data(), bytes);
  }
  ~Guarded() { munmap(block, mapped); }
  Guarded(const Guarded &) = delete;
  Guarded &operator=(const Guarded &) = delete;

  mixir_tensor tensor() const {
    mixir_dtype dtype = array.type == NpType::C64   ? MIXIR_C64
                        : array.type == NpType::I32 ? MIXIR_I32
                                                    : MIXIR_F32;
    mixir_tensor view = mixir_tensor_dense(data, dtype, static_cast<int32_t>(array.shape.size()),
                                           array.shape.data());
    view.device = packed_test::deviceOfTensors();
    return view;
  }
  NpArray contents() const {
    NpArray out = array;
    std::memcpy(out.data.data(), data, out.data.size());
    return out;
  }

private:
  NpArray array;
  char *block, *data;
  size_t mapped;
};

// ---- One mixer, compiled -------------------------------------------------------------------

/// A state that calls hand on: an operand that ends in 0 and the result of its last value.
struct StateNames {
  std::string first, last;
};

class Mixer {
public:
  Mixer(const std::string &file, const std::string &name, uint64_t seed)
      : random(static_cast<unsigned>(seed)), session(file), seed(seed) {
    program = session.analyse({name, {}, {}});
    signature = program->signature;
    batchDim = 0;
    std::vector<unsigned> walked = usesOf(*program).walked.members();
    alongDim = walked.empty() ? 1 : walked[0];
    reason = whyNotPacked(walked.size());
    if (reason.empty())
      findStates();
    if (reason.empty())
      compile(name);
  }

  const std::string &batch() const { return signature.dims[batchDim].name; }
  const std::string &along() const { return signature.dims[alongDim].name; }

  /// The axis of an operand that begins with `dim`, -1 if it has none.
  static int axisOf(const OperandInfo &info, unsigned dim) {
    for (size_t axis = 0; axis < info.axes.size(); axis++)
      if (info.axes[axis][0] == dim)
        return static_cast<int>(axis);
    return -1;
  }
  /// Coordinates that an operand has on its walked axis for each step: more than one where the axis
  /// is merged with others.
  int64_t perStep(const OperandInfo &info) const {
    int64_t product = 1;
    for (unsigned dim : info.axes[alongAxis(info)])
      product *= dim == alongDim ? 1 : sizes.at(signature.dims[dim].name);
    return product;
  }
  /// Some steps of an operand.
  NpArray stepsOf(const NpArray &array, const OperandInfo &info, int64_t begin, int64_t end) const {
    return part(array, alongAxis(info), begin * perStep(info), end * perStep(info));
  }
  int batchAxis(const OperandInfo &info) const { return axisOf(info, batchDim); }
  int alongAxis(const OperandInfo &info) const { return axisOf(info, alongDim); }
  bool isState(const std::string &operand) const {
    for (const StateNames &state : states)
      if (state.first == operand || state.last == operand)
        return true;
    return false;
  }

  /// Results of an ordinary call.
  Arrays call(const Arrays &in, int threads = 1) {
    std::vector<NpArray> arrays;
    for (const auto &[name, array] : in)
      arrays.push_back(array);
    RunRequest request;
    request.threads = threads;
    Arrays out;
    for (NpArray &array : runProgram(context, *compiled, std::move(arrays), request).outputs)
      out[array.name] = std::move(array);
    expectNoProblem();
    return out;
  }
  static void expectNoProblem() { EXPECT_EQ(packed_test::takeProblem(), ""); }

  /// The operands of some steps of an entry, with a state.
  Arrays steps(const Arrays &in, int64_t entry, int64_t begin, int64_t end) const {
    Arrays out;
    for (const OperandInfo &info : signature.operands) {
      NpArray array = in.at(info.name);
      if (int axis = batchAxis(info); axis >= 0)
        array = part(array, axis, entry, entry + 1);
      if (alongAxis(info) >= 0)
        array = stepsOf(array, info, begin, end);
      if (info.name == position)
        advance(array, begin);
      out[info.name] = std::move(array);
    }
    return out;
  }
  static void advance(NpArray &array, int64_t by) {
    for (size_t i = 0; i < array.data.size(); i += 4) {
      int32_t value;
      std::memcpy(&value, array.data.data() + i, 4);
      value += static_cast<int32_t>(by);
      std::memcpy(array.data.data() + i, &value, 4);
    }
  }

  std::mt19937 random;
  Session session;
  uint64_t seed;
  frontend::Signature signature;
  std::unique_ptr<frontend::Program> program;
  unsigned batchDim, alongDim;
  std::vector<StateNames> states;
  std::string position;   ///< operand with the number of the first step
  std::string reason;     ///< why it cannot be packed; empty: it can
  std::string whyNotCut;  ///< why it cannot be cut into pieces; empty: it can
  Extents extents, sizes; ///< that were set, and of all dimensions but the batch and the walked one
  Context context;
  std::unique_ptr<Program> compiled;

private:
  std::string whyNotPacked(size_t walked) const {
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

  const OperandInfo *find(const std::vector<OperandInfo> &list, const std::string &name) const {
    for (const OperandInfo &info : list)
      if (info.name == name)
        return &info;
    return nullptr;
  }

  void findStates() {
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
  void findUses(const std::vector<frontend::typed::Stmt> &body) {
    for (const frontend::typed::Stmt &stmt : body) {
      if (stmt.kind == frontend::typed::StmtKind::Scan)
        findUses(stmt.scan->body);
      if (stmt.expr)
        findUses(stmt.expr);
      else if (stmt.value)
        findUses(stmt.value->expr);
    }
  }
  void findUses(const Expr *expr) {
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

  void compile(const std::string &name) {
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
    auto fixed = session.analyse({name, toFix, {}});
    compiled = packed_test::compile(context, session, *fixed);
  }
};

/// Programs that were compiled once are used by all tests. They are kept to the end of the process, where
/// the driver made for tests may be gone before they would be closed.
Mixer &mixerOf(const std::string &file, const std::string &name, uint64_t seed) {
  static auto &all = *new std::map<std::pair<std::string, uint64_t>, std::unique_ptr<Mixer>>;
  std::unique_ptr<Mixer> &entry = all[{name, seed}];
  if (!entry)
    entry = std::make_unique<Mixer>(file, name, seed);
  return *entry;
}

// ---- The calls -----------------------------------------------------------------------------

/// Some sequences, what they give alone, and how large the numbers are.
class Sequences {
public:
  Sequences(Mixer &mixer, int64_t count, int64_t longest) : mixer(mixer), longest(longest) {
    Extents all = mixer.extents;
    all[mixer.batch()] = count;
    all[mixer.along()] = longest;
    ReferenceCase made = makeReference(mixer.session, *mixer.program, bound(all), mixer.random());
    for (NpArray &array : made.inputs)
      in[array.name] = std::move(array);
    whole = mixer.call(in, 2);
    for (const auto &[name, array] : whole) {
      double most = 0;
      for (double number : toInterpreter(array).data)
        most = std::max(most, std::fabs(number));
      largest[name] = most;
    }
  }

  /// What the first steps of an entry give alone; checked against the whole.
  const Arrays &alone(int64_t entry, int64_t length) {
    Arrays &out = calls[{entry, length}];
    if (!out.empty())
      return out;
    out = mixer.call(mixer.steps(in, entry, 0, length));
    for (const OperandInfo &info : mixer.signature.results)
      if (mixer.whyNotCut.empty() || length == longest) {
        NpArray expected = part(whole.at(info.name), mixer.batchAxis(info), entry, entry + 1);
        if (mixer.alongAxis(info) >= 0)
          expected = mixer.stepsOf(expected, info, 0, length);
        else if (length != longest)
          continue;
        check(info.name, out.at(info.name), expected, "alone and with others");
      }
    return out;
  }

  void check(const std::string &name, const NpArray &got, const NpArray &expected,
             const std::string &what) const {
    expectNear(got, expected, largest.at(name), what);
  }

  Mixer &mixer;
  int64_t longest;
  Arrays in, whole;
  std::map<std::string, double> largest;

private:
  Extents bound(const Extents &set) const {
    return bindExtents(mixer.program->signature, {}, set);
  }
  std::map<std::pair<int64_t, int64_t>, Arrays> calls;
};

/// Operands and results of one call in guarded memory; states may be shared.
class Call {
public:
  explicit Call(Mixer &mixer) : mixer(mixer) {}

  void give(const NpArray &array) { memory[array.name] = std::make_shared<Guarded>(array); }
  /// The result `last` is written where the operand `first` is.
  void share(const StateNames &state) { memory[state.last] = memory.at(state.first); }

  int run(const mixir_batch *batch, int threads = 1) {
    std::vector<mixir_tensor> tensors;
    for (int32_t i = 0; i < mixer.compiled->operandCount(); i++)
      tensors.push_back(memory.at(mixir_program_operand_name(mixer.compiled->get(), i))->tensor());
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.num_threads = threads;
    options.batch = batch;
    int status = mixir_program_run(mixer.context.get(), mixer.compiled->get(), tensors.data(),
                                   static_cast<int32_t>(tensors.size()), &options);
    Mixer::expectNoProblem();
    return status;
  }
  NpArray result(const std::string &name) const {
    NpArray array = memory.at(name)->contents();
    array.name = name;
    return array;
  }
  std::string error() const { return mixir_context_last_error(mixer.context.get()); }

private:
  Mixer &mixer;
  std::map<std::string, std::shared_ptr<Guarded>> memory;
};

/// Steps of some entries, packed. `length` 0: an entry has none this time.
struct Piece {
  int64_t entry, begin, length;
};

/// An operand of packed pieces: tokens one after the other, else an entry each.
NpArray packed(const Mixer &mixer, const OperandInfo &info, const Arrays &in,
               const std::vector<Piece> &pieces) {
  int axis = mixer.batchAxis(info), along = mixer.alongAxis(info);
  const NpArray &array = in.at(info.name);
  if (axis < 0)
    return array;
  NpArray out = resized(array, axis, 0);
  if (along >= 0)
    out = resized(resized(array, axis, 1), along, 0);
  for (const Piece &piece : pieces) {
    NpArray one = part(array, axis, piece.entry, piece.entry + 1);
    if (along >= 0)
      one = mixer.stepsOf(one, info, piece.begin, piece.begin + piece.length);
    if (info.name == mixer.position)
      Mixer::advance(one, piece.begin);
    append(out, one, along >= 0 ? along : axis);
  }
  return out;
}

std::vector<int64_t> offsetsOf(const std::vector<Piece> &pieces) {
  std::vector<int64_t> offsets = {0};
  for (const Piece &piece : pieces)
    offsets.push_back(offsets.back() + piece.length);
  return offsets;
}

mixir_batch packedBatch(const Mixer &mixer, const std::vector<int64_t> &offsets) {
  mixir_batch batch = {};
  batch.size = sizeof(batch);
  batch.dim = mixer.batch().c_str();
  batch.count = static_cast<int64_t>(offsets.size()) - 1;
  batch.along = mixer.along().c_str();
  batch.offsets = offsets.data();
  return batch;
}

/// A result with room for the pieces, full of numbers that nobody wants.
NpArray roomFor(const Mixer &mixer, const OperandInfo &info, const Arrays &whole, int64_t count,
                int64_t tokens) {
  NpArray out = whole.at(info.name);
  out.name = info.name;
  int along = mixer.alongAxis(info);
  out = resized(out, mixer.batchAxis(info), along >= 0 ? 1 : count);
  if (along >= 0)
    out = resized(out, along, tokens * mixer.perStep(info));
  std::fill(out.data.begin(), out.data.end(), 0x5a);
  return out;
}

void checkPacked(Sequences &sequences, const std::vector<Piece> &pieces, int threads) {
  Mixer &mixer = sequences.mixer;
  std::vector<int64_t> offsets = offsetsOf(pieces);
  mixir_batch batch = packedBatch(mixer, offsets);
  Call call(mixer);
  for (const OperandInfo &info : mixer.signature.operands)
    call.give(packed(mixer, info, sequences.in, pieces));
  for (const OperandInfo &info : mixer.signature.results)
    call.give(roomFor(mixer, info, sequences.whole, batch.count, offsets.back()));
  int status = call.run(&batch, threads);
  if (status == MIXIR_ERROR_UNSUPPORTED)
    GTEST_SKIP() << call.error();
  ASSERT_EQ(status, MIXIR_OK) << call.error();
  for (const OperandInfo &info : mixer.signature.results) {
    NpArray result = call.result(info.name);
    int along = mixer.alongAxis(info);
    for (size_t i = 0; i < pieces.size(); i++) {
      NpArray one = along >= 0 ? mixer.stepsOf(result, info, offsets[i], offsets[i + 1])
                               : part(result, mixer.batchAxis(info), i, i + 1);
      sequences.check(info.name, one,
                      sequences.alone(pieces[i].entry, pieces[i].length).at(info.name),
                      "packed, sequence " + std::to_string(i) + " of length " +
                          std::to_string(pieces[i].length));
    }
  }
}

/// An entry in pieces of the given lengths, a call each. `isInPlace`: a state has one memory.
void checkPieces(Sequences &sequences, int64_t entry, const std::vector<int64_t> &lengths,
                 bool isInPlace) {
  Mixer &mixer = sequences.mixer;
  Arrays results, states;
  int64_t begin = 0;
  for (int64_t length : lengths) {
    Arrays in = mixer.steps(sequences.in, entry, begin, begin + length);
    for (const StateNames &state : mixer.states)
      if (states.count(state.first))
        in[state.first] = states[state.first];
    Call call(mixer);
    for (const auto &[name, array] : in)
      call.give(array);
    for (const OperandInfo &info : mixer.signature.results)
      call.give(roomFor(mixer, info, sequences.whole, 1, length));
    if (isInPlace)
      for (const StateNames &state : mixer.states)
        call.share(state);
    int status = call.run(nullptr);
    if (isInPlace && status == MIXIR_ERROR_OVERLAP)
      return checkPieces(sequences, entry, lengths, false); // a state that is no plain carry
    ASSERT_EQ(status, MIXIR_OK) << call.error();
    for (const OperandInfo &info : mixer.signature.results)
      if (int along = mixer.alongAxis(info); along < 0)
        results[info.name] = call.result(info.name);
      else if (results.count(info.name))
        append(results[info.name], call.result(info.name), along);
      else
        results[info.name] = call.result(info.name);
    for (const StateNames &state : mixer.states) {
      states[state.first] = results[state.last];
      states[state.first].name = state.first;
    }
    begin += length;
  }
  for (const OperandInfo &info : mixer.signature.results)
    sequences.check(info.name, results.at(info.name), sequences.alone(entry, begin).at(info.name),
                    isInPlace ? "in steps" : "in pieces");
}

/// All sequences piece by piece: each call packs the next pieces of some of them, whose states are
/// rows of a pool.
void checkPool(Sequences &sequences, const std::vector<int64_t> &lengths, bool isInPlace) {
  Mixer &mixer = sequences.mixer;
  auto count = static_cast<int64_t>(lengths.size()), rows = count + 3;
  std::vector<int64_t> rowOf, done(lengths.size(), 0);
  for (int64_t i = 0; i < rows; i++)
    rowOf.push_back(i);
  std::shuffle(rowOf.begin(), rowOf.end(), mixer.random);
  Arrays pools, results;
  std::vector<const char *> indexed;
  for (const StateNames &state : mixer.states) {
    for (const OperandInfo &info : mixer.signature.operands)
      if (info.name == state.first) {
        pools[state.first] = resized(sequences.in.at(state.first), mixer.batchAxis(info), rows);
        for (int64_t i = 0; i < count; i++)
          copyPart(pools[state.first], rowOf[i], sequences.in.at(state.first), i,
                   mixer.batchAxis(info), 1);
      }
    indexed.push_back(state.first.c_str());
    indexed.push_back(state.last.c_str());
  }
  std::map<std::pair<std::string, int64_t>, NpArray> parts;
  for (bool isFirst = true; isFirst || done != lengths; isFirst = false) {
    std::vector<Piece> pieces;
    std::vector<int64_t> entryRows;
    for (int64_t i = 0; i < count; i++) {
      if (mixer.random() % 3 == 0)
        continue;
      int64_t left = lengths[i] - done[i];
      int64_t length = std::min<int64_t>(left, mixer.random() % 4 ? mixer.random() % 6 : left);
      bool isSkipped = mixer.random() % 5 == 0;
      pieces.push_back({i, done[i], length});
      entryRows.push_back(isSkipped ? -1 : rowOf[i]);
    }
    std::vector<int64_t> offsets = offsetsOf(pieces);
    mixir_batch batch = packedBatch(mixer, offsets);
    entryRows.push_back(0); // one that is not looked at
    batch.rows = entryRows.data();
    batch.indexed = indexed.data();
    batch.num_indexed = static_cast<int32_t>(indexed.size());
    Call call(mixer);
    for (const OperandInfo &info : mixer.signature.operands)
      call.give(pools.count(info.name) ? pools[info.name]
                                       : packed(mixer, info, sequences.in, pieces));
    for (const OperandInfo &info : mixer.signature.results)
      call.give(roomFor(mixer, info, sequences.whole, rows, offsets.back()));
    for (const StateNames &state : mixer.states)
      if (isInPlace) {
        call.share(state);
      } else {
        NpArray last = pools[state.first];
        last.name = state.last;
        call.give(last);
      }
    int status = call.run(&batch, 1 + static_cast<int>(mixer.random() % 2));
    if (isInPlace && status == MIXIR_ERROR_OVERLAP)
      return checkPool(sequences, lengths, false);
    if (status == MIXIR_ERROR_UNSUPPORTED)
      GTEST_SKIP() << "in a pool: " << call.error();
    ASSERT_EQ(status, MIXIR_OK) << call.error();
    for (const StateNames &state : mixer.states) {
      pools[state.first] = call.result(state.last);
      pools[state.first].name = state.first;
    }
    for (const OperandInfo &info : mixer.signature.results)
      if (int along = mixer.alongAxis(info); along >= 0)
        for (size_t i = 0; i < pieces.size(); i++) {
          NpArray one = mixer.stepsOf(call.result(info.name), info, offsets[i], offsets[i + 1]);
          if (entryRows[i] < 0) {
            for (char byte : one.data)
              ASSERT_EQ(byte, 0) << "of a sequence that is skipped";
            continue;
          }
          auto [found, isNew] = parts.try_emplace({info.name, pieces[i].entry}, one);
          if (!isNew)
            append(found->second, one, along);
        }
    for (size_t i = 0; i < pieces.size(); i++)
      if (entryRows[i] >= 0)
        done[pieces[i].entry] += pieces[i].length;
  }
  for (int64_t i = 0; i < count; i++)
    for (const OperandInfo &info : mixer.signature.results) {
      NpArray got;
      if (mixer.alongAxis(info) < 0) {
        const NpArray &pool = pools.at(info.name.substr(0, info.name.size() - 5) + "0");
        got = part(pool, mixer.batchAxis(info), rowOf[i], rowOf[i] + 1);
      } else if (auto found = parts.find({info.name, i}); found != parts.end()) {
        got = found->second;
      } else {
        continue; // of no length, and never looked at
      }
      got.name = info.name;
      sequences.check(info.name, got, sequences.alone(i, lengths[i]).at(info.name),
                      "with states in a pool");
    }
}

// ---- The tests -----------------------------------------------------------------------------

struct Named {
  std::string file, mixer;
};
std::ostream &operator<<(std::ostream &os, const Named &named) { return os << named.mixer; }

std::vector<Named> allMixers() {
  std::vector<Named> all;
  for (const auto &entry : std::filesystem::directory_iterator(MIXIR_MIXERS_DIR)) {
    std::ifstream file(entry.path());
    static const std::regex header("^mixer ([A-Za-z_0-9]+)\\(.*");
    std::smatch match;
    for (std::string line; std::getline(file, line);)
      if (std::regex_match(line, match, header))
        all.push_back({entry.path().string(), match[1]});
  }
  std::sort(all.begin(), all.end(), [](auto &a, auto &b) { return a.mixer < b.mixer; });
  return all;
}

class Packed : public testing::TestWithParam<Named> {
protected:
  /// Calls body(sequences) for some shapes.
  template <typename Body>
  void forShapes(const Body &body, bool needsStates) {
    for (uint64_t i = 0; i < numberFromEnv("MIXIR_PACKED_SHAPES", 1); i++) {
      uint64_t seed = firstSeed() + i;
      SCOPED_TRACE("MIXIR_PACKED_SEED=" + std::to_string(seed));
      try {
        Mixer &mixer = mixerOf(GetParam().file, GetParam().mixer, seed);
        std::string reason = mixer.reason;
        if (reason.empty() && needsStates)
          reason = mixer.whyNotCut;
        if (!reason.empty())
          GTEST_SKIP() << reason;
        auto count = 3 + static_cast<int64_t>(mixer.random() % 3);
        Sequences sequences(mixer, count, 20 + static_cast<int64_t>(mixer.random() % (packed_test::mostSteps() - 20)));
        body(sequences);
      } catch (const std::exception &error) {
        FAIL() << error.what();
      }
    }
  }
};

TEST_P(Packed, AsIfAlone) {
  forShapes(
      [](Sequences &sequences) {
        Mixer &mixer = sequences.mixer;
        const int64_t longest = sequences.longest;
        for (int threads : {1, 2}) {
          std::vector<Piece> pieces = {{0, 0, 1}, {1, 0, longest}, {2, 0, 16}, {0, 0, 17}};
          for (int i = 0; i < 6; i++)
            pieces.push_back({static_cast<int64_t>(mixer.random() % 3), 0,
                              static_cast<int64_t>(mixer.random() % (longest + 1))});
          std::shuffle(pieces.begin(), pieces.end(), mixer.random);
          checkPacked(sequences, pieces, threads);
        }
      },
      false);
}

/// What a sequence without steps gives: its states. Where there are none it gives nothing.
TEST_P(Packed, EmptySequences) {
  forShapes(
      [](Sequences &sequences) {
        checkPacked(sequences, {{0, 0, 0}, {1, 0, 5}, {2, 0, 0}, {0, 0, 0}}, 1);
        checkPacked(sequences, {{1, 0, 0}, {0, 0, 0}}, 2);
        for (const StateNames &state : sequences.mixer.states)
          if (sequences.mixer.whyNotCut.empty())
            sequences.check(state.last, sequences.alone(0, 0).at(state.last),
                            part(sequences.in.at(state.first), 0, 0, 1), "of length 0");
      },
      false);
}

TEST_P(Packed, GoesOn) {
  forShapes(
      [](Sequences &sequences) {
        Mixer &mixer = sequences.mixer;
        int64_t longest = sequences.longest;
        std::vector<int64_t> cuts;
        for (int64_t left = longest; left > 0; left -= cuts.back())
          cuts.push_back(std::min<int64_t>(left, mixer.random() % 24));
        checkPieces(sequences, 0, cuts, false);
        checkPieces(sequences, 1, std::vector<int64_t>(static_cast<size_t>(longest), 1), true);
        checkPool(sequences, {longest, 7, 0}, true);
      },
      true);
}

INSTANTIATE_TEST_SUITE_P(All, Packed, testing::ValuesIn(allMixers()),
                         [](const auto &info) { return info.param.mixer; });

} // namespace

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  std::printf("MIXIR_PACKED_SEED=%llu\n", static_cast<unsigned long long>(firstSeed()));
  return RUN_ALL_TESTS();
}
