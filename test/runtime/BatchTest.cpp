// BatchTest.cpp - packed sequences, indexed rows and skipped entries, against calls with each entry
// alone; and every mistake in the description of a batch.
#include "ScanProgram.h"
#include "mixir/mixir.hpp"

#include <climits>
#include <cstring>
#include <map>
#include <random>

using namespace mixir::test;

namespace {

using Sizes = std::map<std::string, int64_t>;

// ---- Tensors of any layout -----------------------------------------------------------------

/// Elements with strides that leave gaps and turn axes round, or dense.
struct Stored {
  std::vector<int64_t> shape, strides;
  std::vector<float> data;

  Stored() = default;
  Stored(std::vector<int64_t> extents, bool isTurned, float fill) : shape(std::move(extents)) {
    strides.resize(shape.size());
    int64_t stride = isTurned ? 2 : 1;
    for (size_t i = 0; i < shape.size(); i++) {
      size_t axis = isTurned ? i : shape.size() - 1 - i;
      strides[axis] = stride;
      stride *= shape[axis] + (isTurned ? 1 : 0);
    }
    data.assign(static_cast<size_t>(std::max<int64_t>(stride, 1)), fill);
  }
  float &at(const std::vector<int64_t> &index) {
    int64_t offset = 0;
    for (size_t i = 0; i < index.size(); i++)
      offset += index[i] * strides[i];
    return data[static_cast<size_t>(offset)];
  }
  mixir_tensor tensor() {
    mixir_tensor view = mixir_tensor_dense(data.data(), MIXIR_F32,
                                           static_cast<int32_t>(shape.size()), shape.data());
    for (size_t i = 0; i < strides.size(); i++)
      view.strides[i] = strides[i];
    return view;
  }
};

/// Calls body(index) for each index of a box.
template <typename Body>
void forEachIndex(const std::vector<int64_t> &shape, const Body &body) {
  std::vector<int64_t> index(shape.size(), 0);
  for (int64_t extent : shape)
    if (extent == 0)
      return;
  for (;;) {
    body(index);
    size_t axis = shape.size();
    while (axis > 0 && ++index[axis - 1] == shape[axis - 1])
      index[--axis] = 0;
    if (axis == 0)
      return;
  }
}

// ---- A batch against its entries, each alone -------------------------------------------------

struct BatchCase {
  std::vector<int64_t> lengths; ///< packed along L
  Sizes sizes;                  ///< of the other dimensions
  std::vector<std::string> indexed;
  std::vector<int64_t> rows;
  int64_t poolRows = 0;
  std::string inPlace = {}; ///< input and output that share memory: "h0 h_last"
  bool isTurned = false, isPacked = true;
};

class Comparison {
public:
  Comparison(TestProgram &program, const BatchCase &batch) : program(program), batch(batch) {
    count = static_cast<int64_t>(batch.lengths.size());
    offsets.push_back(0);
    for (int64_t length : batch.lengths)
      offsets.push_back(offsets.back() + length);
    for (const std::string &name : batch.indexed)
      indexedNames.push_back(name.c_str());
  }

  void run(const std::vector<int> &threads = {1, 2, 5}) {
    for (int number : threads)
      runWith(number);
  }

private:
  struct Operand {
    std::string name;
    std::vector<std::string> axes;
    bool isOutput, isPacked, isIndexed;
    Stored whole;
    std::vector<Stored> alone;
  };

  std::vector<int64_t> shapeOf(const Operand &operand, int64_t entry) const {
    std::vector<int64_t> shape;
    for (const std::string &axis : operand.axes) {
      bool isWhole = entry < 0;
      if (axis == "B")
        shape.push_back(!isWhole || operand.isPacked ? 1
                        : operand.isIndexed          ? batch.poolRows
                                                     : count);
      else if (axis == "L")
        shape.push_back(isWhole && batch.isPacked ? offsets.back()
                                                  : batch.lengths[std::max<int64_t>(entry, 0)]);
      else if (axis == "G R")
        shape.push_back(batch.sizes.at("G") * batch.sizes.at("R"));
      else if (axis == "L R")
        shape.push_back(batch.sizes.at("R") *
                        (isWhole && batch.isPacked ? offsets.back()
                                                   : batch.lengths[std::max<int64_t>(entry, 0)]));
      else
        shape.push_back(batch.sizes.at(axis));
    }
    return shape;
  }

  /// Where an element of an entry alone is in the whole.
  std::vector<int64_t> placeOf(const Operand &operand, int64_t entry,
                               std::vector<int64_t> index) const {
    for (size_t i = 0; i < index.size(); i++)
      if (operand.axes[i] == "B")
        index[i] = operand.isPacked ? 0 : operand.isIndexed ? rowOf(entry) : entry;
      else if (operand.axes[i] == "L" && operand.isPacked)
        index[i] += offsets[static_cast<size_t>(entry)];
      else if (operand.axes[i] == "L R" && operand.isPacked)
        index[i] += offsets[static_cast<size_t>(entry)] * batch.sizes.at("R");
    return index;
  }

  int64_t rowOf(int64_t entry) const {
    return batch.rows.empty() ? entry : batch.rows[static_cast<size_t>(entry)];
  }
  bool isSkipped(int64_t entry) const { return rowOf(entry) < 0; }

  void makeOperands() {
    operands.clear();
    std::mt19937 random(7);
    for (int32_t i = 0; i < mixir_program_operand_count(program.program); i++) {
      Operand operand;
      operand.name = mixir_program_operand_name(program.program, i);
      for (int32_t a = 0; a < mixir_program_operand_rank(program.program, i); a++)
        operand.axes.push_back(mixir_program_operand_axis(program.program, i, a));
      auto has = [&](const char *axis) {
        return std::find(operand.axes.begin(), operand.axes.end(), axis) != operand.axes.end();
      };
      operand.isOutput = mixir_program_operand_role(program.program, i) == MIXIR_ROLE_OUT;
      operand.isPacked = batch.isPacked && has("B") && (has("L") || has("L R"));
      operand.isIndexed = std::find(batch.indexed.begin(), batch.indexed.end(), operand.name) !=
                          batch.indexed.end();
      operand.whole = Stored(shapeOf(operand, -1), batch.isTurned, kUntouched);
      if (!operand.isOutput)
        forEachIndex(operand.whole.shape, [&](const std::vector<int64_t> &index) {
          operand.whole.at(index) = static_cast<float>(random() % 7) - 3;
        });
      for (int64_t entry = 0; entry < count; entry++) {
        operand.alone.emplace_back(shapeOf(operand, entry), false, kUntouched);
        if (!operand.isOutput && !isSkipped(entry))
          forEachIndex(operand.alone.back().shape, [&](const std::vector<int64_t> &index) {
            operand.alone.back().at(index) = operand.whole.at(placeOf(operand, entry, index));
          });
      }
      operands.push_back(std::move(operand));
    }
  }

  void runWith(int threads) {
    SCOPED_TRACE(std::to_string(threads) + " threads");
    makeOperands();
    for (int64_t entry = 0; entry < count; entry++) {
      std::vector<mixir_tensor> tensors;
      for (Operand &operand : operands)
        tensors.push_back(operand.alone[static_cast<size_t>(entry)].tensor());
      if (isSkipped(entry))
        continue;
      ASSERT_EQ(program.run(tensors), MIXIR_OK) << program.error();
    }
    std::vector<Stored> before;
    std::vector<mixir_tensor> tensors;
    for (Operand &operand : operands) {
      tensors.push_back(operand.whole.tensor());
      size_t space = batch.inPlace.find(' ');
      if (space != std::string::npos && operand.name == batch.inPlace.substr(space + 1))
        for (size_t i = 0; i < operands.size(); i++)
          if (operands[i].name == batch.inPlace.substr(0, space)) {
            operand.whole = operands[i].whole; // what the output held before
            tensors.back() = tensors[i] = operand.whole.tensor();
          }
    }
    for (Operand &operand : operands)
      before.push_back(operand.whole);
    mixir_batch given = {};
    given.size = sizeof(given);
    given.dim = "B";
    given.count = count;
    given.along = batch.isPacked ? "L" : nullptr;
    given.offsets = batch.isPacked ? offsets.data() : nullptr;
    given.rows = batch.rows.empty() ? nullptr : batch.rows.data();
    given.indexed = indexedNames.data();
    given.num_indexed = static_cast<int32_t>(indexedNames.size());
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.num_threads = threads;
    options.batch = &given;
    ASSERT_EQ(mixir_program_run(program.context, program.program, tensors.data(),
                                static_cast<int32_t>(tensors.size()), &options),
              MIXIR_OK)
        << program.error();
    for (size_t i = 0; i < operands.size(); i++)
      if (operands[i].isOutput)
        compare(operands[i], before[i]);
    EXPECT_EQ(brokenPromises, 0);
  }

  /// Every element is that of its entry alone; all memory besides is as it was.
  void compare(Operand &operand, Stored expected) {
    for (int64_t entry = 0; entry < count; entry++) {
      if (isSkipped(entry) && operand.isIndexed)
        continue;
      Stored &alone = operand.alone[static_cast<size_t>(entry)];
      forEachIndex(alone.shape, [&](const std::vector<int64_t> &index) {
        expected.at(placeOf(operand, entry, index)) = isSkipped(entry) ? 0 : alone.at(index);
      });
    }
    EXPECT_EQ(operand.whole.data, expected.data) << operand.name;
  }

  static constexpr float kUntouched = -99;
  TestProgram &program;
  const BatchCase &batch;
  int64_t count;
  std::vector<int64_t> offsets;
  std::vector<const char *> indexedNames;
  std::vector<Operand> operands;
};

void compare(const std::string &manifest, std::vector<mixir_entry_fn> kernels, BatchCase batch) {
  TestProgram program(manifest, std::move(kernels));
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  for (bool isTurned : {false, true}) {
    SCOPED_TRACE(isTurned ? "turned round" : "dense");
    batch.isTurned = isTurned;
    Comparison(program, batch).run();
  }
}

/// Lengths around a tile of four, the longest one neither first nor last.
const std::vector<int64_t> kLengths = {3, 0, 1, 4, 5, 23, 0, 8, 5, 5, 2, 9};

// ---- Packed --------------------------------------------------------------------------------

TEST(Packed, scans) {
  for (bool isReversed : {false, true})
    for (int lanes : {1, 8, 64})
      for (int64_t channels : {1, 8, 13})
        compare(scanManifest(lanes, 4, isReversed, "f32", lanes == 8 ? 2 : 1),
                {isReversed ? reverseScanKernel : scanKernel}, {kLengths, {{"D", channels}}, {}, {}});
}

TEST(Packed, halosEndWithTheSequence) {
  for (const char *kind : {"serial", "parallel"})
    for (int tile : {1, 4, 64})
      for (auto [low, high] : {std::pair(3, 0), std::pair(1, 2), std::pair(5, 5)})
        compare(haloManifest(kind, tile, low, high), {haloKernel}, {kLengths, {{"D", 13}}, {}, {}});
}

/// Lengths at random, many of them alike.
TEST(Packed, manySequences) {
  std::mt19937 random(3);
  for (int round = 0; round < 10; round++) {
    BatchCase batch = {{}, {{"D", 1 + random() % 20}}, {}, {}};
    for (size_t i = random() % 40; i > 0; i--)
      batch.lengths.push_back(random() % 3 ? random() % 10 : random() % 100);
    compare(scanManifest(8, 4, round % 2), {round % 2 ? reverseScanKernel : scanKernel}, batch);
    compare(haloManifest("parallel", 4, 2, 1), {haloKernel}, batch);
  }
}

TEST(Packed, noSequencesAndNoTokens) {
  compare(scanManifest(8, 4, false), {scanKernel}, {{}, {{"D", 5}}, {}, {}});
  compare(scanManifest(8, 4, false), {scanKernel}, {{0, 0}, {{"D", 5}}, {}, {}});
  compare(scanManifest(8, 4, false), {scanKernel}, {{3, 4}, {{"D", 0}}, {}, {}});
}

TEST(Packed, oneTokenEach) {
  compare(scanManifest(8, 4, false), {scanKernel}, {{1, 1, 1}, {{"D", 13}}, {}, {}});
}

/// t0 = 2 x
int doubleKernel(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer(), y = args.buffer();
  for (int t = 0; t < x.extent(1); t++)
    for (int d = 0; d < x.extent(0); d++)
      y(d, t) = 2 * x(d, t);
  return 0;
}

/// t1 = t0 + x, tile by tile in the tasks of the kernel before
int addKernel(void **pointers) {
  Args args(pointers);
  View<float> a = args.buffer(), b = args.buffer(), y = args.buffer();
  for (int t = 0; t < y.extent(1); t++)
    for (int d = 0; d < y.extent(0); d++)
      y(d, t) = a(d, t) + b(d, t);
  return 0;
}

/// m = sum t1 / L over all of L, seen at once
int meanKernel(void **pointers) {
  Args args(pointers);
  int size = args.scalar(), whole = args.scalar();
  View<float> x = args.buffer(), y = args.buffer();
  promise(size == x.extent(1) && whole == size);
  for (int d = 0; d < y.extent(0); d++) {
    float sum = 0;
    for (int t = 0; t < size; t++)
      sum += x(d, t);
    y(d) = size ? sum / static_cast<float>(size) : 0;
  }
  return 0;
}

/// y = t1 + m + the number of the step
int spreadKernel(void **pointers) {
  Args args(pointers);
  int start = args.scalar();
  View<float> x = args.buffer(), m = args.buffer(), y = args.buffer();
  for (int t = 0; t < y.extent(1); t++)
    for (int d = 0; d < y.extent(0); d++)
      y(d, t) = x(d, t) + m(d) + static_cast<float>(start + t);
  return 0;
}

std::string loops(const char *along) {
  return std::string(R"("loops":[{"dim":"B","block":1,"kind":"parallel"},)") + along +
         R"({"dim":"D","block":8,"kind":"parallel","lanes":8}],)";
}

/// Temporaries with and without L, kernels that share tasks, all of L at once, the length as a
/// number.
std::string chainManifest() {
  std::string tiles = loops(R"({"dim":"L","block":4,"kind":"parallel"},)");
  return R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"}],"operands":[
    {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
    {"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["D"]]},
    {"name":"m","role":"out","dtype":"f32","axes":[["B"],["D"]]}],"temps":[
    {"name":"t0","dtype":"f32","axes":[["B"],["L"],["D"]]},
    {"name":"t1","dtype":"f32","axes":[["B"],["D"],["L"]]},
    {"name":"t2","dtype":"f32","axes":[["B"],["D"]]}],"kernels":[
    {"name":"k0",)" + tiles + R"("scalars":[],"args":[{"ref":"x","access":"read","dims":["D","L"]},
     {"ref":"t0","access":"write","dims":["D","L"]}]},
    {"name":"k1","joins":true,)" + tiles + R"("scalars":[],"args":[
     {"ref":"t0","access":"read","dims":["D","L"]},{"ref":"x","access":"read","dims":["D","L"]},
     {"ref":"t1","access":"write","dims":["D","L"]}]},
    {"name":"k2",)" + loops("") + R"("scalars":[{"kind":"size","dim":"L"},{"kind":"extent","dim":"L"}],
     "args":[{"ref":"t1","access":"read","dims":["D","L"]},{"ref":"t2","access":"write","dims":["D"]}]},
    {"name":"k3",)" + loops("") + R"("scalars":[{"kind":"size","dim":"L"},{"kind":"extent","dim":"L"}],
     "args":[{"ref":"t1","access":"read","dims":["D","L"]},{"ref":"m","access":"write","dims":["D"]}]},
    {"name":"k4",)" + tiles + R"("scalars":[{"kind":"start","dim":"L"}],"args":[
     {"ref":"t1","access":"read","dims":["D","L"]},{"ref":"t2","access":"read","dims":["D"]},
     {"ref":"y","access":"write","dims":["D","L"]}]}])";
}

TEST(Packed, temporariesAndWholeSequences) {
  for (int64_t channels : {8, 13})
    compare(chainManifest(), {doubleKernel, addKernel, meanKernel, meanKernel, spreadKernel},
            {kLengths, {{"D", channels}}, {}, {}});
  // What an empty sequence left in scratch is not what the one at the same place needs.
  compare(chainManifest(), {doubleKernel, addKernel, meanKernel, meanKernel, spreadKernel},
          {{0, 5, 0, 3}, {{"D", 5}}, {}, {}});
}

TEST(Packed, skippedSequences) {
  BatchCase batch = {kLengths, {{"D", 13}}, {}, {0, 0, -1, 0, -1, 0, -1, 0, 0, -1, -1, 0}};
  compare(chainManifest(), {doubleKernel, addKernel, meanKernel, meanKernel, spreadKernel}, batch);
  compare(scanManifest(8, 4, false), {scanKernel}, batch);
  batch.rows.assign(kLengths.size(), -1);
  compare(scanManifest(8, 4, false), {scanKernel}, batch);
}

/// y = 3 x + start, time in lanes
int lanesKernel(void **pointers) {
  Args args(pointers);
  int start = args.scalar();
  View<float> x = args.buffer(), y = args.buffer();
  promise(x.extent(0) % 8 == 0 && x.stride(0) == 1 && y.stride(0) == 1);
  for (int d = 0; d < x.extent(1); d++)
    for (int t = 0; t < x.extent(0); t++)
      y(t, d) = 3 * x(t, d) + static_cast<float>(start + t);
  return 0;
}

TEST(Packed, timeInLanes) {
  for (const char *axes : {R"([["B"],["D"],["L"]])", R"([["L"],["B"],["D"]])"}) {
    std::string manifest =
        std::string(R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"}],"operands":[
      {"name":"x","role":"in","dtype":"f32","axes":)") + axes + R"(},
      {"name":"y","role":"out","dtype":"f32","axes":)" + axes + R"(}],
      "kernels":[{"name":"k","loops":[{"dim":"D","block":2,"kind":"parallel"},
      {"dim":"B","block":1,"kind":"parallel"},
      {"dim":"L","block":16,"kind":"parallel","lanes":8}],"scalars":[{"kind":"start","dim":"L"}],
      "args":[{"ref":"x","access":"read","dims":["L","D"]},
      {"ref":"y","access":"write","dims":["L","D"]}]}])";
    compare(manifest, {lanesKernel}, {{3, 0, 8, 16, 17, 5, 40, 24, 1, 32}, {{"D", 5}}, {}, {}});
    compare(manifest, {lanesKernel}, {{24}, {{"D", 1}}, {}, {}});
  }
}

/// The batch as a dimension of the buffers, and merged axes beside it.
int mergedKernel(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer(), s = args.buffer(), y = args.buffer();
  promise(x.rank() == 4 && x.extent(3) == 1 && x.min(3) == 0);
  for (int r = 0; r < x.extent(0); r++)
    for (int g = 0; g < x.extent(1); g++)
      for (int t = 0; t < x.extent(2); t++)
        y(r, g, t, 0) = x(r, g, t, 0) + 10 * s(g, 0);
  return 0;
}

const char kMergedManifest[] =
    R"("dims":[{"name":"B"},{"name":"L"},{"name":"G"},{"name":"R"}],"operands":[
    {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["G","R"]]},
    {"name":"s","role":"in","dtype":"f32","axes":[["G"],["B"]]},
    {"name":"y","role":"out","dtype":"f32","axes":[["L"],["G","R"],["B"]]}],
    "kernels":[{"name":"k","loops":[{"dim":"B","block":1,"kind":"parallel"},
    {"dim":"L","block":3,"kind":"serial"}],"scalars":[],"args":[
    {"ref":"x","access":"read","dims":["R","G","L","B"]},
    {"ref":"s","access":"read","dims":["G","B"]},
    {"ref":"y","access":"write","dims":["R","G","L","B"]}]}])";

TEST(Packed, theBatchAsADimensionOfBuffers) {
  Sizes sizes = {{"G", 2}, {"R", 3}};
  compare(kMergedManifest, {mergedKernel}, {kLengths, sizes, {}, {}});
  compare(kMergedManifest, {mergedKernel},
          {{4, 2, 5}, {{"G", 2}, {"R", 3}}, {"s"}, {7, -1, 7}, 9});
}

/// Several tokens a step: the packed dimension is the slow one of a merged axis.
int severalKernel(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer(), y = args.buffer(), s = args.buffer();
  for (int t = 0; t < s.extent(0); t++) {
    s(t) = 0;
    for (int r = 0; r < x.extent(0); r++)
      s(t) += y(r, t) = 2 * x(r, t);
  }
  return 0;
}

std::string severalManifest(int perStep) {
  return R"("dims":[{"name":"B"},{"name":"L"},{"name":"R","value":)" + number(perStep) +
         R"(}],"operands":[
    {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L","R"]]},
    {"name":"y","role":"out","dtype":"f32","axes":[["L","R"],["B"]]},
    {"name":"s","role":"out","dtype":"f32","axes":[["B"],["L"]]}],
    "temps":[{"name":"t","dtype":"f32","axes":[["B"],["L","R"]]}],
    "kernels":[{"name":"k","loops":[{"dim":"B","block":1,"kind":"parallel"},
    {"dim":"L","block":4,"kind":"parallel"}],"scalars":[],"args":[
    {"ref":"x","access":"read","dims":["R","L"]},{"ref":"t","access":"write","dims":["R","L"]},
    {"ref":"s","access":"write","dims":["L"]}]},
    {"name":"k2","loops":[{"dim":"B","block":1,"kind":"parallel"},
    {"dim":"L","block":3,"kind":"serial"}],"scalars":[],"args":[
    {"ref":"t","access":"read","dims":["R","L"]},{"ref":"y","access":"write","dims":["R","L"]},
    {"ref":"s","access":"write","dims":["L"]}]}])";
}

TEST(Packed, severalTokensAStep) {
  compare(severalManifest(3), {severalKernel, severalKernel}, {kLengths, {{"R", 3}}, {}, {}});
  compare(severalManifest(2), {severalKernel, severalKernel}, {{1, 1, 1}, {{"R", 2}}, {}, {}});
  compare(severalManifest(2), {severalKernel, severalKernel},
          {{4, 2, 5}, {{"R", 2}}, {}, {0, -1, 0}});
}

/// h = h / 2 + x + g for several entries and channels, entries in blocks or in lanes.
int entriesKernel(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer(), g = args.buffer(), y = args.buffer(), work = args.buffer();
  int entries = x.extent(2), lanes = work.extent(0);
  promise(x.extent(1) == y.extent(1) && entries % lanes == 0);
  for (int b = 0; b < entries; b++)
    for (int d = 0; d < x.extent(0); d++) {
      float &h = lanes > 1 ? inWork(work, b, d) : work(0, d * entries + b);
      for (int t = 0; t < x.extent(1); t++) {
        h = h / 2 + x(d, t, b) + g(d, b);
        y(d, t, b) = h;
      }
    }
  return 0;
}

TEST(Packed, entriesInBlocksAndLanes) {
  for (const char *loops : {R"({"dim":"B","block":4,"kind":"parallel"})",
                            R"({"dim":"B","block":16,"kind":"parallel","lanes":8})",
                            R"({"dim":"D","block":2,"kind":"parallel"},
                            {"dim":"B","block":4,"kind":"parallel","lanes":4})"}) {
    std::string manifest =
        std::string(R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"}],"operands":[
        {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
        {"name":"g","role":"in","dtype":"f32","axes":[["D"],["B"]]},
        {"name":"h0","role":"in","dtype":"f32","axes":[["B"],["D"]]},
        {"name":"y","role":"out","dtype":"f32","axes":[["B"],["D"],["L"]]},
        {"name":"h_last","role":"out","dtype":"f32","axes":[["B"],["D"]]}],"kernels":[
        {"name":"k","loops":[)") + loops + R"(,{"dim":"L","block":4,"kind":"serial"}],"scalars":[],
        "args":[{"ref":"x","access":"read","dims":["D","L","B"]},
        {"ref":"g","access":"read","dims":["D","B"]},
        {"ref":"y","access":"write","dims":["D","L","B"]}],"work_rows":20,"carries":[{"name":"h","row":0,"dims":["B","D"],
        "init":{"ref":"h0","part":""},"final":{"ref":"h_last","part":""}}]}])";
    BatchCase batch = {kLengths, {{"D", 5}}, {}, {}};
    compare(manifest, {entriesKernel}, batch);
    batch.indexed = {"h0", "h_last"};
    batch.rows = {3, 2, -1, 15, -1, 0, -1, 7, 9, -1, -1, 1};
    batch.poolRows = 16;
    batch.inPlace = "h0 h_last";
    compare(manifest, {entriesKernel}, batch);
    batch.isPacked = false;
    batch.lengths.assign(kLengths.size(), 6);
    compare(manifest, {entriesKernel}, batch);
  }
}

/// What kernels find where nothing is can be read, however far they go.
int emptyKernel(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer(), y = args.buffer();
  const auto *buffer = static_cast<KernelBuffer *>(pointers[0]);
  promise(x.extent(1) == 0);
  for (int d = 0; d < y.extent(0); d++)
    y(d) = 0 * reinterpret_cast<float *>(buffer->host)[int64_t(d) * x.stride(0)];
  return 0;
}

TEST(Packed, emptyTensorsCanBeRead) {
  const char *manifest =
      R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"}],"operands":[
      {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"y","role":"out","dtype":"f32","axes":[["B"],["D"]]}],
      "kernels":[{"name":"k","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],
      "args":[{"ref":"x","access":"read","dims":["D","L"]},
      {"ref":"y","access":"write","dims":["D"]}]}])";
  TestProgram program(manifest, {emptyKernel});
  ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
  Array<float> y({2, 100000}, 5);
  int64_t shape[] = {2, 0, 100000};
  for (void *data : {static_cast<void *>(nullptr), reinterpret_cast<void *>(uintptr_t(64))}) {
    ASSERT_EQ(program.run({mixir_tensor_dense(data, MIXIR_F32, 3, shape), y.tensor()}), MIXIR_OK)
        << program.error();
    EXPECT_EQ(std::count(y.data.begin(), y.data.end(), 0), 200000);
  }
}

// ---- Indexed -------------------------------------------------------------------------------

/// Distinct rows with gaps, out of order; some entries are skipped.
std::vector<int64_t> someRows(size_t count, int64_t pool, unsigned seed, bool hasSkipped) {
  std::vector<int64_t> rows(static_cast<size_t>(pool));
  for (size_t i = 0; i < rows.size(); i++)
    rows[i] = static_cast<int64_t>(i);
  std::mt19937 random(seed);
  std::shuffle(rows.begin(), rows.end(), random);
  rows.resize(count);
  for (int64_t &row : rows)
    if (hasSkipped && random() % 3 == 0)
      row = -1 - static_cast<int64_t>(random() % 5);
  return rows;
}

TEST(Indexed, rowsOfStates) {
  for (bool isPacked : {false, true})
    for (bool hasSkipped : {false, true})
      for (const char *inPlace : {"", "h0 h_last"}) {
        BatchCase batch = {kLengths, {{"D", 13}}, {"h0", "h_last"}, {}};
        if (!isPacked)
          batch.lengths.assign(7, 5);
        batch.isPacked = isPacked;
        batch.poolRows = 20;
        batch.rows = someRows(batch.lengths.size(), 20, 5, hasSkipped);
        batch.inPlace = inPlace;
        compare(scanManifest(8, 4, false), {scanKernel}, batch);
      }
}

TEST(Indexed, oneStepOfOneEntry) {
  for (const char *inPlace : {"", "h0 h_last"}) {
    BatchCase batch = {{1}, {{"D", 13}}, {"h_last", "h0"}, {4}, 6, inPlace};
    batch.isPacked = false;
    compare(scanManifest(8, 4, false), {scanKernel}, batch);
    batch.rows = {0};
    batch.poolRows = 1;
    compare(scanManifest(8, 4, false), {scanKernel}, batch);
  }
}

TEST(Indexed, entriesThatShareAnInput) {
  BatchCase batch = {{2, 2, 2, 2}, {{"D", 5}}, {"h0"}, {3, 1, 3, 3}, 4};
  for (bool isPacked : {false, true}) {
    batch.isPacked = isPacked;
    compare(scanManifest(8, 4, false), {scanKernel}, batch);
  }
}

/// Without rows the first entries of a longer operand are meant.
TEST(Indexed, aPoolThatIsLongerThanTheBatch) {
  BatchCase batch = {{2, 2, 2}, {{"D", 5}}, {"h0", "h_last"}, {}, 8};
  batch.isPacked = false;
  compare(scanManifest(8, 4, false), {scanKernel}, batch);
}

/// Skipped rows of every type are zero: of 16 bits, of complex numbers.
TEST(Indexed, skippedOutputsOfOtherTypes) {
  for (auto [type, dtype, width] :
       {std::tuple("bf16", MIXIR_BF16, 1), std::tuple("f16", MIXIR_F16, 1),
        std::tuple("c64", MIXIR_C64, 4), std::tuple("i32", MIXIR_I32, 2)}) {
    TestProgram program(std::string(R"("dims":[{"name":"B"},{"name":"D"}],"operands":[
      {"name":"y","role":"out","dtype":")") + type + R"(","axes":[["D"],["B"]]}],"kernels":[])", {});
    ASSERT_EQ(program.openStatus, MIXIR_OK) << program.error();
    std::vector<uint16_t> memory(static_cast<size_t>(3 * 4 * width), 0x1234);
    int64_t shape[] = {3, 4}, rows[] = {0, -1, 0, -1};
    mixir_tensor y = mixir_tensor_dense(memory.data(), dtype, 2, shape);
    mixir_batch batch = {sizeof(batch), "B", 4, nullptr, nullptr, rows, nullptr, 0, MIXIR_CPU};
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.batch = &batch;
    ASSERT_EQ(mixir_program_run(program.context, program.program, &y, 1, &options), MIXIR_OK)
        << program.error();
    for (size_t i = 0; i < memory.size(); i++)
      EXPECT_EQ(memory[i], i / static_cast<size_t>(width) % 2 ? 0 : 0x1234) << type << " " << i;
  }
}

TEST(Indexed, statesOfOtherTypes) {
  TestProgram program(scanManifest(8, 4, false, "bf16"), {scanKernel});
  const int64_t D = 3, pool = 5, rows[] = {4, 1};
  auto x = Array<float>::numbered({2, 6, D});
  Array<uint16_t> state({pool, D}, 0x3f80), alone({2, D}, 0x3f80);
  Array<float> y({2, 6, D}), wanted = y;
  ASSERT_EQ(program.run({x.tensor(), alone.tensor(MIXIR_BF16), wanted.tensor(),
                         alone.tensor(MIXIR_BF16)}),
            MIXIR_OK);
  const char *indexed[] = {"h0", "h_last"};
  mixir_batch batch = {sizeof(batch), "B", 2, nullptr, nullptr, rows, indexed, 2, MIXIR_CPU};
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.batch = &batch;
  mixir_tensor tensors[] = {x.tensor(), state.tensor(MIXIR_BF16), y.tensor(),
                            state.tensor(MIXIR_BF16)};
  ASSERT_EQ(mixir_program_run(program.context, program.program, tensors, 4, &options), MIXIR_OK)
      << program.error();
  EXPECT_EQ(y.data, wanted.data);
  for (int64_t row = 0; row < pool; row++)
    for (int64_t d = 0; d < D; d++)
      EXPECT_EQ(state.at(row, d), row == 4   ? alone.at(0, d)
                                  : row == 1 ? alone.at(1, d)
                                             : 0x3f80);
}

// ---- The C++ wrapper -----------------------------------------------------------------------

TEST(BatchWrapper, packsAndIndexes) {
  TestProgram opened(scanManifest(8, 4, false), {scanKernel});
  mixir::Context context;
  mixir::Program program(context, opened.table);
  auto x = Array<float>::numbered({1, 9, 5});
  Array<float> y({1, 9, 5}), state({4, 5}, 1), first({1, 5}, 1), wanted({1, 3, 5});
  mixir::Batch batch = mixir::Batch("B", 2).packed("L", {0, 3, 9}).rows({2, 0}, {"h0", "h_last"});
  program.run(context, {x.tensor(), state.tensor(), y.tensor(), state.tensor()}, batch, 2);
  int64_t shape[] = {1, 3, 5};
  opened.run({mixir_tensor_dense(x.data.data(), MIXIR_F32, 3, shape), first.tensor(),
              wanted.tensor(), first.tensor()});
  EXPECT_TRUE(std::equal(wanted.data.begin(), wanted.data.end(), y.data.begin()));
  EXPECT_TRUE(std::equal(first.data.begin(), first.data.end(), state.data.begin() + 2 * 5));
  EXPECT_EQ(state.at(1, 0), 1);
  Array<float> again = y;
  std::fill(state.data.begin(), state.data.end(), 1.f);
  program.run(context,
              {{"y", again.tensor()},
               {"h_last", state.tensor()},
               {"h0", state.tensor()},
               {"x", x.tensor()}},
              batch);
  EXPECT_EQ(again.data, y.data);
  EXPECT_THROW(mixir::Batch("B", 2).packed("L", {0, 9}), mixir::Error);
  EXPECT_THROW(mixir::Batch("B", 2).rows({1}, {}), mixir::Error);
}

// ---- Mistakes --------------------------------------------------------------------------------

class BatchChecks : public testing::Test {
protected:
  BatchChecks()
      : program(scanManifest(8, 4, false), {scanKernel}), x({1, 9, 5}), y({1, 9, 5}), h0({3, 5}),
        last({3, 5}) {
    tensors = {x.tensor(), h0.tensor(), y.tensor(), last.tensor()};
  }

  int run(TestProgram &of) {
    mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
    options.batch = &batch;
    return mixir_program_run(of.context, of.program, tensors.data(),
                             static_cast<int32_t>(tensors.size()), &options);
  }

  void expect(int status, const std::string &text) {
    std::fill(y.data.begin(), y.data.end(), 7.f);
    EXPECT_EQ(run(program), status);
    EXPECT_EQ(program.error(), text);
    for (float value : y.data)
      ASSERT_EQ(value, 7) << "written in spite of the mistake";
  }

  /// Opens another program and expects that it cannot be run on the batch.
  void expectUnsupported(const std::string &manifest, const std::string &text) {
    TestProgram other(manifest, std::vector<mixir_entry_fn>(8, scanKernel));
    other.table.num_entries = 0;
    for (size_t at = 0; (at = manifest.find("\"loops\"", at)) != std::string::npos; at++)
      other.table.num_entries++;
    mixir_program_close(other.program);
    ASSERT_EQ(mixir_program_open(other.context, &other.table, MIXIR_ABI_VERSION, &other.program),
              MIXIR_OK)
        << other.error();
    EXPECT_EQ(run(other), MIXIR_ERROR_UNSUPPORTED);
    EXPECT_EQ(other.error(), text);
    EXPECT_EQ(kernelCalls, 0);
  }

  TestProgram program;
  Array<float> x, y, h0, last;
  std::vector<mixir_tensor> tensors;
  int64_t offsets[4] = {0, 4, 4, 9}, rows[3] = {2, 0, 1};
  const char *indexed[2] = {"h0", "h_last"};
  mixir_batch batch = {sizeof(batch), "B", 3, "L", offsets, nullptr, nullptr, 0, MIXIR_CPU};
};

TEST_F(BatchChecks, acceptsWhatIsRight) { EXPECT_EQ(run(program), MIXIR_OK) << program.error(); }

TEST_F(BatchChecks, sizes) {
  batch.size = 3;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected size " + std::to_string(sizeof(mixir_batch)) + ", got 3");
  // A caller of a later version knows more, one before the batch has none.
  batch.size = sizeof(batch) + 8;
  EXPECT_EQ(run(program), MIXIR_OK) << program.error();
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.size = offsetof(mixir_run_options, batch);
  options.batch = &batch;
  EXPECT_EQ(mixir_program_run(program.context, program.program, tensors.data(), 4, &options),
            MIXIR_ERROR_SHAPE);
  EXPECT_EQ(program.error(), "tensor 'h0' axis 0 (B): expected 1, as in 'x', got 3");
}

TEST_F(BatchChecks, placesOfRows) {
  batch.device = MIXIR_CUDA;
  expect(MIXIR_ERROR_DEVICE, "batch: expected offsets and rows in memory of the cpu, got cuda");
  batch.device = 7;
  expect(MIXIR_ERROR_DEVICE, "batch: expected offsets and rows in memory of the cpu, got device 7");
}

TEST_F(BatchChecks, dimensions) {
  batch.dim = nullptr;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected the name of a dimension, got a null pointer");
  batch.dim = "Q";
  expect(MIXIR_ERROR_NAME, "batch: program 'test' has no dimension 'Q'");
  batch.dim = "B";
  batch.along = "Q";
  expect(MIXIR_ERROR_NAME, "batch: program 'test' has no dimension 'Q'");
  batch.along = "B";
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected entries of B packed along another dimension, got B");
}

TEST_F(BatchChecks, counts) {
  batch.count = -1;
  expect(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected a count from 0 to 2147483647, got -1");
  batch.count = int64_t(1) << 31;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected a count from 0 to 2147483647, got 2147483648");
  batch.count = 2;
  offsets[2] = 9;
  expect(MIXIR_ERROR_SHAPE,
         "tensor 'h0' axis 0 (B): expected 2, the entries of the batch, got 3");
  batch = {sizeof(batch), "B", 2, nullptr, nullptr, nullptr, nullptr, 0, MIXIR_CPU};
  expect(MIXIR_ERROR_SHAPE, "tensor 'x' axis 0 (B): expected 2, the entries of the batch, got 1");
}

TEST_F(BatchChecks, aCountAloneIsAnOrdinaryCall) {
  batch = {sizeof(batch), "B", 1, nullptr, nullptr, nullptr, nullptr, 0, MIXIR_CPU};
  tensors[1].shape[0] = tensors[3].shape[0] = 1;
  EXPECT_EQ(run(program), MIXIR_OK) << program.error();
  batch.size = offsetof(mixir_batch, along); // the fields behind it count as zero
  batch.along = "L";
  EXPECT_EQ(run(program), MIXIR_OK) << program.error();
}

TEST_F(BatchChecks, offsetsThatAreNone) {
  batch.offsets = nullptr;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected offsets for sequences packed along L, got a null pointer");
  batch.offsets = offsets;
  batch.along = nullptr;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected no offsets without a dimension to pack along, got some");
}

TEST_F(BatchChecks, offsetsThatFall) {
  offsets[0] = 1;
  expect(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected offsets[0] to be 0, got 1");
  offsets[0] = 0;
  offsets[2] = 3;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected offsets[2] of at least 4, as offsets[1] is, got 3");
  offsets[2] = 5;
  offsets[3] = int64_t(1) << 40;
  expect(MIXIR_ERROR_EXTENT,
         "batch: expected offsets of at most 2147483647, got 1099511627776");
}

TEST_F(BatchChecks, extentsOfPackedTensors) {
  offsets[3] = 8;
  expect(MIXIR_ERROR_SHAPE, "tensor 'x' axis 1 (L): expected 8, the last of the offsets, got 9");
  offsets[3] = 9;
  tensors[0].shape[0] = 3;
  tensors[0].strides[0] = 0;
  expect(MIXIR_ERROR_SHAPE,
         "tensor 'x' axis 0 (B): expected 1, as the sequences are packed along L, got 3");
}

TEST_F(BatchChecks, otherDimensionsStillAgree) {
  tensors[3].shape[1] = 4;
  expect(MIXIR_ERROR_SHAPE, "tensor 'h_last' axis 1 (D): expected 5, as in 'x', got 4");
}

TEST_F(BatchChecks, namesOfIndexedOperands) {
  batch.rows = rows;
  batch.num_indexed = -2;
  expect(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected 0 names of indexed operands, got -2");
  batch.num_indexed = 2;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected 2 names of indexed operands, got a null pointer");
  batch.indexed = indexed;
  EXPECT_EQ(run(program), MIXIR_OK) << program.error();
  indexed[1] = nullptr;
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected a name of an indexed operand, got a null pointer");
  indexed[1] = "h1";
  expect(MIXIR_ERROR_NAME, "batch: program 'test' has no operand 'h1'");
  indexed[1] = "x";
  expect(MIXIR_ERROR_INVALID_ARGUMENT,
         "batch: expected indexed operands that have B and not L, got 'x' [B, L, D]");
  batch.dim = "D";
  indexed[1] = "h_last";
  batch.along = nullptr;
  batch.offsets = nullptr;
  EXPECT_EQ(run(program), MIXIR_ERROR_SHAPE);
}

TEST_F(BatchChecks, rowsThatAreNotThere) {
  batch.rows = rows;
  batch.indexed = indexed;
  batch.num_indexed = 2;
  rows[1] = 3;
  expect(MIXIR_ERROR_SHAPE,
         "tensor 'h0' axis 0 (B): expected more than 3 rows, as entry 1 is that row, got 3");
  rows[1] = 2;
  expect(MIXIR_ERROR_INVALID_ARGUMENT, "batch: expected a row for each entry, as an output is "
                                       "indexed, got row 2 for entries 0 and 1");
  rows[0] = rows[1] = -1; // of entries that are skipped there may be many
  EXPECT_EQ(run(program), MIXIR_OK) << program.error();
  batch.rows = nullptr;
  batch.count = 3;
  tensors[1].shape[0] = 2;
  expect(MIXIR_ERROR_SHAPE,
         "tensor 'h0' axis 0 (B): expected more than 2 rows, as entry 2 is that row, got 2");
}

TEST_F(BatchChecks, sharedMemoryOfStates) {
  batch.rows = rows;
  batch.indexed = indexed;
  batch.num_indexed = 1; // h_last is entry by entry, h0 by rows
  tensors[3] = tensors[1];
  expect(MIXIR_ERROR_OVERLAP, "tensor 'h_last': expected an output that shares no memory, got an "
                              "overlap with 'h0'");
  batch.num_indexed = 2;
  EXPECT_EQ(run(program), MIXIR_OK) << program.error();
}

std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(BatchChecks, loopsOfOtherKinds) {
  const char *each = R"({"dim":"B","block":1,"kind":"parallel"})";
  std::string manifest = scanManifest(8, 4, false);
  for (const char *name : {"y", "x"})
    manifest = replaced(manifest, std::string("{\"ref\":\"") + name + R"(","access":")" +
                                      (*name == 'y' ? "write" : "read") + R"(","dims":["D","L"]})",
                        std::string("{\"ref\":\"") + name + R"(","access":")" +
                            (*name == 'y' ? "write" : "read") + R"(","dims":["D","L","B"]})");
  manifest = replaced(manifest, R"("row":1,"dims":["D"])", R"("row":1,"dims":["D","B"])");
  expectUnsupported(replaced(manifest, std::string(each) + ",", ""),
                    "kernel 'scan0': expected a loop over B for a batch, got all entries of 'y' at "
                    "once");
  std::string serial = R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"}],"operands":[
      {"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"h0","role":"in","dtype":"f32","axes":[["B"],["D"]]},
      {"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"h_last","role":"out","dtype":"f32","axes":[["B"],["D"]]}],"kernels":[{"name":"scan0",
      "loops":[{"dim":"B","block":1,"kind":"serial"}],"scalars":[],"args":[
      {"ref":"x","access":"read","dims":["D","L"]},{"ref":"y","access":"write","dims":["D","L"]}]}])";
  std::string start = "kernel 'scan0': expected entries of B that do not depend on each other for a "
                      "batch, got ";
  expectUnsupported(serial, start + "a serial loop over them");
  std::string halo = replaced(manifest, R"({"ref":"x","access":"read","dims":["D","L","B"])",
                              R"({"ref":"x","access":"read","dims":["D","L","B"],"halo":{"B":[1,0]})");
  expectUnsupported(halo, start + "'x' with the entries beside");
}

/// A program with the operands of the tests and one more kernel, temporary or operand.
std::string extended(const std::string &temps, const std::string &kernels) {
  std::string manifest = scanManifest(8, 4, false);
  manifest = replaced(manifest, R"("kernels":[)",
                      R"("temps":[)" + temps + R"(],"kernels":[)" + kernels +
                          (kernels.empty() ? "" : ","));
  return manifest;
}

TEST_F(BatchChecks, tensorsOfOtherForms) {
  expectUnsupported(
      extended(R"({"name":"p","dtype":"f32","axes":[["L"],["D"]]})", ""),
      "tensor 'p': expected L, which is packed, together with B, got [L, D]");
  expectUnsupported(extended(R"({"name":"p","dtype":"f32","axes":[["D","L"],["B"]]})", ""),
                    "tensor 'p' axis 0 (D L): expected L first on its axis for a batch");
  expectUnsupported(extended(R"({"name":"p","dtype":"f32","axes":[["D","B"]]})", ""),
                    "tensor 'p' axis 0 (D B): expected B on an axis of its own for a batch");
  expectUnsupported(
      extended(R"({"name":"p","dtype":"f32","axes":[["D"]]})",
               R"({"name":"k","loops":[{"dim":"B","block":1,"kind":"parallel"}],"scalars":[],"args":[
               {"ref":"h0","access":"read","dims":["D"]},{"ref":"p","access":"write","dims":["D"]}]})"),
      "tensor 'p': expected B in everything computed from entries of a batch, got [D]");
}

TEST_F(BatchChecks, kernelsWithoutEntries) {
  std::string temp = R"({"name":"p","dtype":"f32","axes":[["D"]]})";
  std::string args = R"("args":[{"ref":"p","access":"write","dims":["D"]}]})";
  std::string what =
      "kernel 'k': expected a loop over B in what depends on L, which is packed, got none";
  expectUnsupported(
      extended(temp, R"({"name":"k","loops":[],"scalars":[{"kind":"size","dim":"L"}],)" + args), what);
  expectUnsupported(
      extended(temp, R"({"name":"k","loops":[{"dim":"L","block":4,"kind":"serial"}],"scalars":[],)" +
                         args),
      what);
}

/// What sees nothing of the batch is computed once, as ever.
int fillKernel(void **pointers) {
  Args args(pointers);
  View<float> p = args.buffer();
  for (int d = 0; d < p.extent(0); d++)
    p(d) = 1;
  return 0;
}

TEST_F(BatchChecks, kernelsThatSeeNothingOfTheBatch) {
  TestProgram other(extended(R"({"name":"p","dtype":"f32","axes":[["D"]]})",
                             R"({"name":"k","loops":[],"scalars":[],"args":[
                             {"ref":"p","access":"write","dims":["D"]}]})"),
                    {fillKernel, scanKernel});
  ASSERT_EQ(other.openStatus, MIXIR_OK) << other.error();
  EXPECT_EQ(run(other), MIXIR_OK) << other.error();
  EXPECT_EQ(kernelCalls, 1 + 1 + 2); // tiles of 4, 0 and 5 steps
}

TEST_F(BatchChecks, lengthsThatWereCompiledIn) {
  std::string manifest = scanManifest(8, 4, false);
  expectUnsupported(replaced(manifest, R"({"name":"L"})", R"({"name":"L","value":9})"),
                    "program 'test': expected dimension L to be open for packed sequences, got one "
                    "that was fixed when the program was compiled");
  expectUnsupported(replaced(manifest, R"({"name":"L"})", R"({"name":"M"},{"name":"L","expr":"3*M"})"),
                    "program 'test': expected dimension L to be open for packed sequences, got one "
                    "that is 3*M");
  manifest = replaced(manifest, R"({"name":"D"}])", R"({"name":"D"},{"name":"M","expr":"L-1"}])");
  TestProgram unused(manifest, {scanKernel});
  EXPECT_EQ(run(unused), MIXIR_OK) << unused.error();
  manifest = replaced(manifest, R"("scalars":[)", R"("scalars":[{"kind":"size","dim":"M"},)");
  expectUnsupported(manifest, "program 'test': expected no dimension that depends on L, which is "
                              "packed, got M = L-1");
}

TEST_F(BatchChecks, viewsOfOneEntry) {
  std::string manifest = scanManifest(8, 4, false);
  manifest = replaced(manifest, R"({"name":"B"})", R"({"name":"B","value":3})");
  manifest = replaced(manifest, R"("kernels":[)",
                      R"("views":[{"name":"x_B0","of":"x","at":{"B":0}}],"kernels":[)");
  expectUnsupported(manifest, "tensor 'x_B0': expected all of B for a batch, got a view of one "
                              "coordinate");
}

} // namespace
