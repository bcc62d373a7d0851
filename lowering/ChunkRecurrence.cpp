// Recurrences in chunks: what the steps of a chunk do to each other becomes products of matrices over
// pairs of steps, and the state is carried from chunk to chunk.
//
// With E_i the product of the decays before step i of a chunk, P_ij that of the steps between j and i,
// and S the state before the chunk, the state before step i is E_i S + sum_{j<i} P_ij sum_w key_wj
// value_wj. The products are made step by step, without logarithms, so that decays may be zero or
// negative. What a step feeds back (z_m) solves a unit lower triangular
// system over the chunk, whose inverse does not depend on the state.
//
// Source: linear-time chunk forms of fla-org/flash-linear-attention and of state space duality
// (arXiv:2405.21060).
#include "lowering/Build.h"
#include "lowering/ChunkForm.h"
#include "lowering/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mixir::mixer;

namespace mixir::lowering {
#define GEN_PASS_DEF_CHUNKRECURRENCEPASS
#include "lowering/Passes.h.inc"

namespace {

/// Values of the walk as they are in chunks: over dimensions (chunk, step) in place of the walked one.
class ChunkView {
public:
  ChunkView(ChunkForm &form, Build &build, StringAttr chunk, StringAttr step)
      : form(form), build(build), walked(form.recurrence.getDimAttr()), chunk(chunk), step(step) {}

  /// `value`, of the form's step or from outside.
  Value operator()(Value value) {
    if (Value known = done.lookup(value))
      return known;
    return done[value] = view(value);
  }

  /// The number of the step in the walk.
  Value number() {
    if (!position) {
      int64_t size = 0;
      for (DimAttr d : header())
        if (d.getName() == step)
          size = d.getExtent();
      position = build.add(build.mul(index(chunk), build.number(double(size), i32())), index(step));
    }
    return position;
  }

  /// `value` where the step is one of the walk, `otherwise` behind the end, up to which the last chunk is filled.
  Value masked(Value value, double otherwise) {
    if (otherwise == 0 && value.getDefiningOp<SplitOp>())
      return value;
    if (!inside)
      inside = build.compare(CompareKind::Lt, number(), build.extent(walked, i32()));
    return build.select(inside, value, build.numberLike(otherwise, value));
  }

  Value index(StringAttr dim) {
    auto type = NdType::get(dim.getContext(), ArrayRef<StringAttr>(dim), i32());
    return IndexOp::create(build.builder, build.loc, type, dim);
  }

private:
  Type i32() { return build.builder.getI32Type(); }
  SmallVector<DimAttr> header() { return getDims(form.recurrence); }

  /// `type`, of a value of a step or of a whole sequence, in chunks.
  NdType chunked(NdType type) {
    if (type.hasDim(walked))
      type = type.dropDim(walked);
    return addDim(addDim(type, chunk, header()), step, header());
  }

  Value view(Value value) {
    bool isStep = value.getParentBlock() == form.step;
    if (auto arg = dyn_cast<BlockArgument>(value); arg && isStep)
      return (*this)(form.recurrence.getIns()[arg.getArgNumber()]);
    if (!isStep && !typeOf(value).hasDim(walked))
      return value;
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<IndexOp>(op)) {
      if (!form.recurrence.getReverse())
        return number();
      return build.sub(build.sub(build.extent(walked, i32()), build.number(1, i32())), number());
    }
    if (!isStep && !(op && keepsPlaces(op)))
      return SplitOp::create(build.builder, build.loc, chunked(typeOf(value)), walked, chunk, step,
                             form.recurrence.getReverse(), value);
    IRMapping map;
    bool changes = false;
    for (Value operand : op->getOperands()) {
      Value there = (*this)(operand);
      changes |= typeOf(there).hasDim(chunk);
      map.map(operand, there);
    }
    Value result = build.builder.clone(*op, map)->getResult(0);
    if (changes)
      result.setType(chunked(typeOf(value)));
    return result;
  }

  /// Whether `op` reads its operands at the place along the walk where its result is.
  bool keepsPlaces(Operation *op) {
    if (auto reduce = dyn_cast<ReduceOp>(op))
      return !llvm::is_contained(reduce.getDims(), walked);
    return isPointwise(op);
  }

  ChunkForm &form;
  Build &build;
  StringAttr walked, chunk, step;
  Value position, inside;
  DenseMap<Value, Value> done;
};

/// A scan under construction: values from outside are seen by their slices.
class ScanBuilder {
public:
  ScanBuilder(Build &outside, StringAttr dim, ArrayRef<DimAttr> header)
      : outside(outside), dim(dim), block(new Block()), builder(outside.builder.getContext()),
        build(builder, outside.loc, header) {
    builder.setInsertionPointToEnd(block);
  }

  /// A new state of `type` that starts at `init`; all states come before the first slice.
  Value addState(const Twine &name, NdType type, Value init) {
    names.push_back(builder.getStringAttr(name));
    inits.push_back(init);
    return block->addArgument(type, outside.loc);
  }
  /// The step's slice of `value`, or itself if it does not change.
  Value at(Value value) {
    if (!typeOf(value).hasDim(dim))
      return value;
    Value &slice = slices[value];
    if (!slice) {
      ins.push_back(value);
      slice = block->addArgument(typeOf(value).dropDim(dim), outside.loc);
    }
    return slice;
  }
  void setNext(Value value) { nexts.push_back(value); }
  void addResult(Value value) { results.push_back(value); }

  /// The types and values of the terminator.
  SmallVector<Type> finish(ArrayRef<DimAttr> header) {
    SmallVector<Type> types;
    SmallVector<Value> yields;
    for (auto [i, next] : llvm::enumerate(nexts))
      yields.push_back(build.spelled(next, typeOf(block->getArgument(i))));
    for (Value v : results) {
      yields.push_back(v);
      types.push_back(addDim(typeOf(v), dim, header));
    }
    for (unsigned i = 0; i < nexts.size(); ++i)
      types.push_back(block->getArgument(i).getType());
    YieldOp::create(builder, outside.loc, yields);
    return types;
  }

  Operation *asScan(ArrayRef<DimAttr> header) {
    SmallVector<Type> types = finish(header);
    auto scan = ScanOp::create(outside.builder, outside.loc, types, dim, UnitAttr(), RoutesAttr(),
                               builder.getArrayAttr(names), inits, ins);
    scan.getBody().push_back(block);
    return scan;
  }

  Build &outside;
  StringAttr dim;
  Block *block;
  OpBuilder builder;
  Build build; // inside
  SmallVector<Attribute> names;
  SmallVector<Value> inits, ins, nexts, results;
  DenseMap<Value, Value> slices;
};

/// Rewrites one recurrence.
class Chunker {
public:
  Chunker(ChunkForm &form, int64_t size)
      : form(form), recurrence(form.recurrence), func(recurrence->getParentOfType<func::FuncOp>()), size(size),
        builder(recurrence) {
    StringRef walked = recurrence.getDim();
    std::string rounded = ("(" + walked + " + " + Twine(size - 1) + ") / " + Twine(size)).str();
    if (form.numFed) // each goes behind the walked one, so the last comes first
      row = addDimension(walked + "_row", size, "");
    other = addDimension(walked + "_other", size, "");
    step = addDimension(walked + "_step", size, "");
    chunk = addDimension(walked + "_chunk", -1, rounded);
    header = getDims(func);
    element = elementOf(recurrence.getBody().front().getArgument(0));
  }

  void run() {
    Build outside(builder, recurrence.getLoc(), header);
    build = &outside;
    ChunkView stepView(form, outside, chunk, step), otherView(form, outside, chunk, other);
    atStep = &stepView;
    atOther = &otherView;
    collect();
    makeDecays();
    makeScores();
    makeInverse();
    carry();
  }

private:
  /// A dimension of the mixer, next to the walked one.
  StringAttr addDimension(const Twine &wanted, int64_t extent, StringRef expr) {
    MLIRContext *context = func.getContext();
    SmallVector<DimAttr> dims = getDims(func);
    auto made = [&](const std::string &name) {
      auto text = expr.empty() ? StringAttr() : StringAttr::get(context, expr);
      for (DimAttr d : dims) // a fixed walked dimension has a fixed number of chunks
        if (d.getName() == recurrence.getDim() && d.isFixed() && text)
          return DimAttr::get(context, StringAttr::get(context, name), (d.getExtent() + size - 1) / size, text);
      return DimAttr::get(context, StringAttr::get(context, name), extent, text);
    };
    std::string name = wanted.str();
    auto find = [&] { return llvm::find_if(dims, [&](DimAttr d) { return d.getName() == name; }); };
    while (find() != dims.end() && *find() != made(name))
      name += "_";
    if (find() == dims.end()) {
      auto *at = llvm::find_if(dims, [&](DimAttr d) { return d.getName() == recurrence.getDim(); });
      dims.insert(at == dims.end() ? at : at + 1, made(name));
      func->setAttr(kDimsAttr, builder.getArrayAttr(SmallVector<Attribute>(dims.begin(), dims.end())));
    }
    return StringAttr::get(context, name);
  }

  Value one() { return build->number(1, element); }
  Value index(StringAttr dim) { return atStep->index(dim); }
  NdType typeOver(ArrayRef<Value> values, ArrayRef<StringAttr> extra, ArrayRef<StringAttr> without) {
    auto type = NdType::get(func.getContext(), ArrayRef<StringAttr>(), element);
    for (Value v : values)
      for (StringAttr d : typeOf(v).getDims())
        type = addDim(type, d, header);
    for (StringAttr d : extra)
      type = addDim(type, d, header);
    for (StringAttr d : without)
      if (type.hasDim(d))
        type = type.dropDim(d);
    return type;
  }
  Value renamed(Build &b, Value value, StringAttr from, StringAttr to) {
    if (!typeOf(value).hasDim(from))
      return value;
    NdType type = addDim(typeOf(value).dropDim(from), to, header);
    return RenameOp::create(b.builder, b.loc, type, from, to, value);
  }
  Value sumOf(Build &b, StringAttr dim, Value product) { return b.reduce(ReduceKind::Sum, {dim}, product); }
  static void addTo(Build &b, Value &sum, Value value) { sum = sum ? b.add(sum, value) : value; }

  /// What enters the state at the steps of a chunk, and what is read there. Behind the end of the
  /// sequence nothing enters, and what was there stays.
  void collect() {
    if (form.decay)
      decay = atStep->masked((*atStep)(form.decay), 1);
    auto valueAt = [](ChunkView &view, Value value, Build &build, Type element) {
      return view(value ? value : build.number(1, element));
    };
    for (auto [i, read] : llvm::enumerate(form.reads)) {
      Value query = valueAt(*atStep, read.query, *build, element);
      queries.push_back(i < form.numFed ? atStep->masked(query, 0) : query);
    }
    for (const ChunkWrite &write : form.writes) {
      keys.push_back(atOther->masked(valueAt(*atOther, write.key, *build, element), 0));
      values.push_back(atOther->masked(valueAt(*atOther, write.value, *build, element), 0));
    }
    for (Value key : form.fedKeys)
      fedKeys.push_back(atOther->masked(valueAt(*atOther, key, *build, element), 0));
  }

  /// The products of decays, for one row of the chunk after the other:
  ///   before[i] = E_i,   total = that of the whole chunk,   after[j] = that of the steps behind j,
  ///   between[i, j] = P_ij, or, where the decay varies over contracted dimensions, the scores.
  void makeDecays() {
    if (!decay)
      return;
    bool isVector = form.decayIsVector();
    ScanBuilder scan(*build, step, header);
    Value zero = build->number(0, element);
    Value passed = scan.addState(step.getValue() + "_before", typeOver({decay}, {}, {step}), one());
    Value pairs = scan.addState(step.getValue() + "_between", typeOver({decay}, {other}, {step}), zero);
    Value d = scan.at(decay);
    Build &in = scan.build;
    scan.setNext(in.mul(d, passed));
    scan.setNext(in.select(now(scan, other), in.number(1, element), in.mul(d, pairs)));
    scan.addResult(passed);
    if (!isVector)
      scan.addResult(pairs);
    else
      for (Value query : queries)
        for (Value key : allKeys())
          scan.addResult(in.reduce(ReduceKind::Sum, form.contract, wide(in, in.mul(in.mul(scan.at(query), key), pairs))));
    Operation *op = scan.asScan(header);
    before = op->getResult(0);
    if (!isVector)
      between = op->getResult(1);
    else
      for (unsigned i = 0; i < queries.size() * allKeys().size(); ++i)
        vectorScores.push_back(op->getResult(1 + i));
    total = op->getResult(op->getNumResults() - 2);
    after = op->getResult(op->getNumResults() - 1);
  }

  /// Inside a scan of the steps of a chunk: whether the step along `dim` is this one.
  Value now(ScanBuilder &scan, StringAttr dim) {
    Value here = scan.at(index(step));
    return scan.build.compare(CompareKind::Eq, index(dim), here);
  }

  SmallVector<Value> allKeys() {
    SmallVector<Value> all(keys);
    all.append(fedKeys);
    return all;
  }

  /// `value` over all contracted dimensions.
  Value wide(Build &b, Value value) { return b.broadcast(value, withContract(value)); }
  SmallVector<StringAttr> withContract(Value value) {
    NdType type = typeOf(value);
    for (StringAttr d : form.contract)
      type = addDim(type, d, header);
    return SmallVector<StringAttr>(type.getDims());
  }

  /// scores[read][key]: what a read of step i takes of what entered at step j < i.
  void makeScores() {
    SmallVector<Value> all = allKeys();
    scores.resize(queries.size());
    for (unsigned q = 0; q < queries.size(); ++q)
      for (unsigned k = 0; k < all.size(); ++k) {
        if (form.decayIsVector()) {
          scores[q].push_back(vectorScores[q * all.size() + k]);
          continue;
        }
        Value score = build->reduce(ReduceKind::Sum, form.contract, wide(*build, build->mul(queries[q], all[k])));
        if (between)
          score = build->mul(score, between);
        else
          score = build->select(build->compare(CompareKind::Lt, index(other), index(step)), score, build->number(0, element));
        scores[q].push_back(score);
      }
  }

  Value fedScore(unsigned read, unsigned fed) { return scores[read][keys.size() + fed]; }

  /// (I - A)^-1 for A the scores of what is fed back, a row a step: row_i = e_i + A_i (rows before).
  void makeInverse() {
    unsigned n = form.numFed;
    if (!n)
      return;
    ScanBuilder scan(*build, step, header);
    SmallVector<SmallVector<Value>> a(n), rows(n), states(n);
    SmallVector<Value> every;
    for (unsigned m = 0; m < n; ++m)
      for (unsigned k = 0; k < n; ++k) {
        a[m].push_back(renamed(*build, fedScore(m, k), other, row));
        every.push_back(a[m].back());
      }
    NdType type = typeOver(every, {row, other}, {step});
    for (unsigned m = 0; m < n; ++m)
      for (unsigned k = 0; k < n; ++k)
        states[m].push_back(scan.addState(step.getValue() + "_inverse" + Twine(m * n + k), type, build->number(0, element)));
    Build &in = scan.build;
    Value isRow = now(scan, row);
    for (unsigned m = 0; m < n; ++m)
      for (unsigned k = 0; k < n; ++k) {
        Value sum = m == k ? in.select(now(scan, other), in.number(1, element), in.number(0, element)) : Value();
        for (unsigned between = 0; between < n; ++between)
          addTo(in, sum, sumOf(in, row, in.mul(scan.at(a[m][between]), states[between][k])));
        rows[m].push_back(sum);
        scan.setNext(in.select(isRow, sum, states[m][k]));
      }
    for (auto &list : rows)
      for (Value sum : list)
        scan.addResult(sum);
    Operation *op = scan.asScan(header);
    inverse.resize(n);
    for (unsigned m = 0; m < n; ++m)
      for (unsigned k = 0; k < n; ++k)
        inverse[m].push_back(op->getResult(m * n + k));
  }

  /// What reads and the state take of the chunk's own writes; null: there are none.
  Value ownPart(unsigned read) {
    Value sum;
    for (unsigned w = 0; w < keys.size(); ++w)
      addTo(*build, sum, sumOf(*build, other, build->mul(scores[read][w], values[w])));
    return sum;
  }
  Value keptKey(Value key) { return after ? build->mul(key, after) : key; }

  /// The walk over the chunks.
  void carry() {
    ScanBuilder scan(*build, chunk, header);
    auto stateType = typeOf(recurrence.getBody().front().getArgument(0));
    Value state = scan.addState(cast<StringAttr>(recurrence.getStates()[0]).getValue(), stateType, recurrence.getInits()[0]);
    Build &in = scan.build;
    auto readChunk = [&](unsigned read) { // without what is fed back
      Value query = before ? build->mul(queries[read], before) : queries[read];
      Value sum = in.reduce(ReduceKind::Sum, form.contract, wide(in, in.mul(scan.at(query), state)));
      if (Value own = ownPart(read))
        sum = in.add(sum, scan.at(own));
      return sum;
    };
    SmallVector<Value> answers, fed; // of reads, and what is fed back at other steps
    for (unsigned m = 0; m < form.numFed; ++m)
      answers.push_back(renamed(in, readChunk(m), step, other));
    for (unsigned m = 0; m < form.numFed; ++m) {
      Value z;
      for (unsigned k = 0; k < form.numFed; ++k)
        addTo(in, z, sumOf(in, other, in.mul(scan.at(inverse[m][k]), answers[k])));
      fed.push_back(z);
    }
    answers = fed;
    for (Value &z : fed)
      z = renamed(in, z, step, other);
    for (unsigned read = form.numFed; read < queries.size(); ++read) {
      Value sum = readChunk(read);
      for (unsigned m = 0; m < form.numFed; ++m)
        sum = in.add(sum, sumOf(in, other, in.mul(scan.at(fedScore(read, m)), fed[m])));
      answers.push_back(sum);
    }
    Value next = total ? in.mul(scan.at(total), state) : state;
    Value own;
    for (unsigned w = 0; w < keys.size(); ++w)
      addTo(*build, own, sumOf(*build, other, build->mul(keptKey(keys[w]), values[w])));
    if (own)
      next = in.add(next, scan.at(own));
    for (unsigned m = 0; m < form.numFed; ++m)
      next = in.add(next, sumOf(in, other, in.mul(scan.at(keptKey(fedKeys[m])), fed[m])));
    scan.setNext(next);
    for (const ChunkOutput &output : form.outputs) {
      Value sum;
      for (auto [scale, read] : output.reads)
        addTo(in, sum, scale ? in.mul(scan.at((*atStep)(scale)), answers[read]) : answers[read]);
      if (sum)
        scan.addResult(sum);
    }
    replace(scan);
  }

  void replace(ScanBuilder &scan) {
    SmallVector<Type> types = scan.finish(header);
    auto formAttr = FormAttr::get(func.getContext(), cast<FormAttr>(recurrence.getForms()[0]).getState(),
                                  TransitionClass::Coupled, true, ReadKind::Old, builder.getArrayAttr({}), ArrayAttr(), false,
                                  builder.getStringAttr("its steps are chunks"));
    auto walk = RecurrenceOp::create(builder, recurrence.getLoc(), types, chunk, UnitAttr(), builder.getArrayAttr(scan.names),
                                     scan.inits, scan.ins, builder.getArrayAttr({formAttr}), builder.getStringAttr(kChunked));
    walk.getBody().push_back(scan.block);
    Block &terms = walk.getTerms().emplaceBlock();
    for (Value in : scan.ins)
      terms.addArgument(typeOf(in).dropDim(chunk), in.getLoc());
    OpBuilder inTerms(func.getContext());
    inTerms.setInsertionPointToEnd(&terms);
    YieldOp::create(inTerms, recurrence.getLoc(), ValueRange());
    DenseMap<Value, Value> whole;
    unsigned next = 0;
    for (const ChunkOutput &output : form.outputs) {
      Value result = recurrence.getResult(output.result), sum;
      if (!output.reads.empty()) {
        Value inChunks = walk.getResult(next++);
        NdType type = addDim(typeOf(inChunks).dropDim(chunk).dropDim(step), recurrence.getDimAttr(), header);
        sum = MergeOp::create(builder, recurrence.getLoc(), type, chunk, step, recurrence.getDimAttr(), recurrence.getReverse(),
                              inChunks);
      }
      if (output.rest)
        addTo(*build, sum, overSequence(recurrence, *form.step, output.rest, builder, whole));
      if (!sum)
        sum = build->number(0, element);
      result.replaceAllUsesWith(build->spelled(sum, typeOf(result)));
    }
    unsigned last = recurrence.getNumStepValues();
    recurrence.getResult(last).replaceAllUsesWith(walk.getResult(next));
    recurrence.erase();
  }

  ChunkForm &form;
  RecurrenceOp recurrence;
  func::FuncOp func;
  int64_t size;
  OpBuilder builder;
  Build *build = nullptr;
  ChunkView *atStep = nullptr, *atOther = nullptr;
  SmallVector<DimAttr> header;
  StringAttr chunk, step, other, row;
  Type element;
  Value decay, before, between, total, after;
  SmallVector<Value> queries, keys, values, fedKeys, vectorScores;
  SmallVector<SmallVector<Value>> scores, inverse;
};

struct ChunkRecurrencePass : impl::ChunkRecurrencePassBase<ChunkRecurrencePass> {
  using ChunkRecurrencePassBase::ChunkRecurrencePassBase;

  void runOnOperation() override {
    SmallVector<RecurrenceOp> found;
    getOperation().walk([&](RecurrenceOp op) {
      if (op.getAlgorithm() == kChunked && cast<FormAttr>(op.getForms()[0]).isAffine())
        found.push_back(op);
    });
    for (RecurrenceOp op : found) {
      ChunkForm form(op);
      if (!form.why.empty()) {
        op.emitError("expected a recurrence with a chunked form, got one without: ") << form.why;
        return signalPassFailure();
      }
      Chunker(form, chunk ? int64_t(chunk) : form.decayIsVector() ? kVectorChunk : kChunk).run();
    }
    if (!found.empty())
      eraseDeadOps(getOperation().getBody().front());
  }

private:
  /// Steps of a chunk: pairs of steps cost as much as the state where there are as many of them as
  /// the state has rows; pairs for every contracted coordinate cost more.
  static constexpr int64_t kChunk = 64, kVectorChunk = 16;
};

} // namespace
} // namespace mixir::lowering
