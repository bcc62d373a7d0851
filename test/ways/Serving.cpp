#include "test/ways/Serving.h"

#include "gtest/gtest.h"

#include <algorithm>

namespace mixir::ways {

using frontend::OperandInfo;

namespace {

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

} // namespace

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

} // namespace mixir::ways
