// NpzTest.cpp - .npz files, and running a program on arrays by name.
#include "RunProgram.h"
#include "TestProgram.h"

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

using namespace mixir::tools;
using namespace mixir::test;
namespace fs = std::filesystem;

namespace {

template <typename T>
NpArray array(const char *name, NpType type, std::vector<int64_t> shape, std::vector<T> values) {
  NpArray result{name, type, std::move(shape), Bytes(values.size() * sizeof(T))};
  if (!values.empty())
    std::memcpy(result.data.data(), values.data(), result.data.size());
  return result;
}

template <typename T>
std::vector<T> valuesOf(const NpArray &array) {
  std::vector<T> values(array.data.size() / sizeof(T));
  std::memcpy(values.data(), array.data.data(), array.data.size());
  return values;
}

Bytes npy(const std::string &dictionary, const Bytes &data,
                      int version = 1) {
  std::string bytes("\x93NUMPY", 6);
  bytes += static_cast<char>(version);
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); i++)
    bytes += static_cast<char>(dictionary.size() >> (8 * i));
  bytes += dictionary;
  Bytes result(bytes.begin(), bytes.end());
  result.insert(result.end(), data.begin(), data.end());
  return result;
}

class NpzTest : public testing::Test {
protected:
  NpzTest() {
    std::string name = testing::TempDir() + "mixir-npz-XXXXXX";
    dir = mkdtemp(name.data());
    path = dir + "/a.npz";
  }
  ~NpzTest() override { fs::remove_all(dir); }

  std::string readError() {
    try {
      readNpz(path);
    } catch (const NpzError &error) {
      return error.what();
    }
    return "";
  }

  std::string dir, path;
};

TEST_F(NpzTest, readsWhatItWrote) {
  std::vector<NpArray> arrays = {
      array<float>("x", NpType::F32, {2, 3}, {1, 2, 3, 4, 5, 6}),
      array<double>("d", NpType::F64, {2}, {1e300, -0.0}),
      array<int32_t>("n", NpType::I32, {}, {42}),
      array<int64_t>("wide", NpType::I64, {1}, {int64_t(1) << 40}),
      array<float>("c", NpType::C64, {1, 1}, {1, -1}),
      array<double>("cc", NpType::C128, {1}, {1, -1}),
      array<uint16_t>("h", NpType::F16, {3}, {0x3c00, 0, 0x8000}),
      array<uint16_t>("b", NpType::BF16, {3}, {0x3f80, 0, 0x8000}),
      array<float>("empty", NpType::F32, {0, 7}, {}),
  };
  writeNpz(path, arrays);
  std::vector<NpArray> read = readNpz(path);
  ASSERT_EQ(read.size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); i++) {
    EXPECT_EQ(read[i].name, arrays[i].name);
    EXPECT_EQ(read[i].type, arrays[i].type) << arrays[i].name;
    EXPECT_EQ(read[i].shape, arrays[i].shape) << arrays[i].name;
    EXPECT_EQ(read[i].data, arrays[i].data) << arrays[i].name;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(dir), {}), 1) << "temporary files are left";
}

TEST_F(NpzTest, writesEqualFilesForEqualArrays) {
  std::vector<NpArray> arrays = {array<float>("x", NpType::F32, {1}, {1})};
  writeNpz(path, arrays);
  writeNpz(dir + "/b.npz", arrays);
  auto bytes = [](const std::string &name) {
    std::ifstream file(name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  EXPECT_EQ(bytes(path), bytes(dir + "/b.npz"));
}

TEST_F(NpzTest, readsNothingButWholeFiles) {
  EXPECT_EQ(readError(), "cannot read '" + path + "': No such file or directory");
  writeNpz(path, {array<float>("x", NpType::F32, {64}, std::vector<float>(64, 1)),
                  array<float>("y", NpType::F32, {64}, std::vector<float>(64, 2))});
  std::ifstream file(path, std::ios::binary);
  std::string whole(std::istreambuf_iterator<char>(file), {});
  for (size_t size = 0; size < whole.size(); size += 7) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    EXPECT_NE(readError(), "") << size;
  }
  int silent = 0;
  for (size_t at = 0; at < whole.size(); at += 3) { // one bit wrong: never a crash
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    std::ofstream(path, std::ios::binary) << damaged;
    silent += readError().empty();
  }
  EXPECT_LT(silent, static_cast<int>(whole.size()) / 3 / 2) << "data is covered by its checksum";
  std::ofstream(path, std::ios::binary) << "this is not a zip file at all";
  EXPECT_NE(readError(), "");
}

TEST_F(NpzTest, limitsTheSize) {
  writeNpz(path, {array<float>("x", NpType::F32, {64}, std::vector<float>(64, 1))});
  EXPECT_THROW(readNpz(path, 100), NpzError);
  EXPECT_NO_THROW(readNpz(path, 1000));
}

TEST_F(NpzTest, rejectsDuplicatesAndForeignMembers) {
  NpArray x = array<float>("x", NpType::F32, {1}, {1});
  writeNpz(path, {x, x});
  EXPECT_EQ(readError(), "'" + path + "' has array 'x' twice");
}

TEST_F(NpzTest, cannotWriteIntoNothing) {
  EXPECT_THROW(writeNpz(dir + "/no/such/folder.npz", {}), NpzError);
  writeNpz(path, {});
  EXPECT_TRUE(readNpz(path).empty());
}

// ---- .npy ---------------------------------------------------------------------------------------

TEST(Npy, readsBothFormatsAndBothOrders) {
  Bytes data = {1, 2, 3, 4, 5, 6};
  for (int version : {1, 2, 3}) {
    NpArray c = parseNpy("x", npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2, 3), }\n",
                                  data, version));
    EXPECT_EQ(c.type, NpType::I32) << "booleans are integers";
    EXPECT_EQ(c.shape, (std::vector<int64_t>{2, 3}));
  }
  Bytes words(24);
  for (int i = 0; i < 6; i++)
    words[static_cast<size_t>(4 * i)] = static_cast<char>(i);
  NpArray f =
      parseNpy("x", npy("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3)}", words));
  EXPECT_EQ(valuesOf<int32_t>(f), (std::vector<int32_t>{0, 2, 4, 1, 3, 5}));
  NpArray swapped = parseNpy(
      "x", npy("{\"shape\":(1,),\"descr\":\">i4\",\"fortran_order\":False}", {0, 0, 1, 2}));
  EXPECT_EQ(valuesOf<int32_t>(swapped)[0], 258);
}

TEST(Npy, rejectsWhatIsMalformed) {
  auto error = [](const std::string &dictionary, size_t bytes) -> std::string {
    try {
      parseNpy("x", npy(dictionary, Bytes(bytes)));
    } catch (const NpzError &failure) {
      return failure.what();
    }
    return "";
  };
  EXPECT_EQ(error("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 11),
            "array 'x': expected 12 bytes of data, got 11");
  EXPECT_EQ(error("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0),
            "array 'x': its size is too large");
  EXPECT_EQ(error("{'descr': '<U5', 'fortran_order': False, 'shape': (3,)}", 0),
            "array 'x': expected element type f2, f4, f8, i4, i8, c8, c16, b1, u2 or V2, got "
            "'<U5'");
  EXPECT_EQ(error("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3,)}", 0),
            "array 'x': malformed header, or a structured type, which is not supported");
  for (const char *bad : {"", "{", "{'descr': '<f4'", "{'descr' '<f4'}", "{'shape': (1,)}",
                          "{'descr': '<f4', 'shape': (-1,)}", "{'descr': '<f4', 'shape': 3}",
                          "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}",
                          "{'descr': '<f4', 'shape': (99999999999999999999,)}"})
    EXPECT_NE(error(bad, 4), "") << bad;
  EXPECT_THROW(parseNpy("x", {}), NpzError);
  EXPECT_THROW(parseNpy("x", Bytes(100, 'a')), NpzError);
}

// ---- Running by name ----------------------------------------------------------------------------

int addKernel(void **pointers) {
  Args args(pointers);
  View<float> x = args.buffer();
  View<int32_t> n = args.buffer<int32_t>();
  View<float> y = args.buffer();
  for (int i = 0; i < x.extent(0); i++)
    y(i) = x(i) + static_cast<float>(n(0));
  return 0;
}

class RunByName : public testing::Test {
protected:
  RunByName()
      : test(R"("dims":[{"name":"D"},{"name":"O","value":1}],"operands":[
        {"name":"x","role":"in","dtype":"f32","axes":[["D"]]},
        {"name":"n","role":"param","dtype":"i32","axes":[["O"]]},
        {"name":"b","role":"param","dtype":"bf16","axes":[["D"]]},
        {"name":"y","role":"out","dtype":"f32","axes":[["D"]]}],
        "kernels":[{"name":"k","loops":[],"scalars":[],"args":[
        {"ref":"x","access":"read","dims":["D"]},{"ref":"n","access":"read","dims":["O"]},
        {"ref":"y","access":"write","dims":["D"]}]}])",
             {addKernel}),
        program(context, test.table) {
    arrays = {array<float>("x", NpType::F32, {3}, {1, 2, 3}),
              array<int32_t>("n", NpType::I32, {1}, {10}),
              array<uint16_t>("b", NpType::BF16, {3}, {0, 0, 0})};
  }

  std::string error() {
    try {
      runProgram(context, program, arrays, {});
    } catch (const std::exception &failure) {
      return failure.what();
    }
    return "";
  }

  TestProgram test;
  mixir::Context context;
  mixir::Program program;
  std::vector<NpArray> arrays;
};

TEST_F(RunByName, givesOutputsAsDeclared) {
  std::swap(arrays[0], arrays[2]);
  RunResult result = runProgram(context, program, arrays, {});
  ASSERT_EQ(result.outputs.size(), 1u);
  EXPECT_EQ(result.outputs[0].name, "y");
  EXPECT_EQ(valuesOf<float>(result.outputs[0]), (std::vector<float>{11, 12, 13}));
  EXPECT_TRUE(result.notes.empty());
}

TEST_F(RunByName, roundsDoubleWidthWithANote) {
  arrays[0] = array<double>("x", NpType::F64, {3}, {1, 2, 1e-3});
  arrays[1] = array<int64_t>("n", NpType::I64, {1}, {10});
  arrays[2] = array<double>("b", NpType::F64, {3}, {1, 2, 3});
  RunResult result = runProgram(context, program, arrays, {});
  EXPECT_EQ(valuesOf<float>(result.outputs[0])[2], 10.0f + 1e-3f);
  EXPECT_EQ(result.notes, (std::vector<std::string>{"array 'x': f64 is rounded to f32",
                                                    "array 'b': f64 is rounded to bf16"}));
}

TEST_F(RunByName, roundsToSixteenBitsOnce) {
  std::vector<mixir_tensor> tensors;
  std::vector<NpArray> outputs;
  std::vector<std::string> notes;
  // Just above a tie: rounding through f32 first would lose the excess.
  arrays[2] = array<double>("b", NpType::F64, {3}, {1 + 1.0 / 256 + 1e-12, 1e40, -1e-45});
  bindArrays(context, program, arrays, {}, tensors, outputs, notes);
  EXPECT_EQ(valuesOf<uint16_t>(arrays[2]), (std::vector<uint16_t>{0x3f81, 0x7f80, 0x8000}));
}

TEST_F(RunByName, namesMistakes) {
  auto good = arrays;
  arrays.pop_back();
  EXPECT_EQ(error(), "array 'b' is missing: program 'test' takes b: bf16[D]");
  arrays = good;
  arrays.push_back(array<float>("z", NpType::F32, {1}, {1}));
  EXPECT_EQ(error(), "array 'z' is no operand of program 'test'");
  arrays.back().name = "y";
  EXPECT_EQ(error(), "array 'y' is an output of program 'test', expected inputs only");
  arrays = good;
  arrays[0] = array<int32_t>("x", NpType::I32, {3}, {1, 2, 3});
  EXPECT_EQ(error(), "array 'x': expected f32, got i32");
  arrays[0] = array<float>("x", NpType::F32, {1, 3}, {1, 2, 3});
  EXPECT_EQ(error(), "tensor 'x': expected 1 axes [D], got 2");
  arrays = good;
  arrays[1] = array<int64_t>("n", NpType::I64, {1}, {int64_t(1) << 31});
  EXPECT_EQ(error(), "array 'n': 2147483648 does not fit i32");
  arrays = good;
  arrays[2] = array<uint16_t>("b", NpType::BF16, {2}, {0, 0});
  EXPECT_EQ(error(), "tensor 'b' axis 0 (D): expected 3, as in 'x', got 2");
}

TEST_F(RunByName, describesTheProgram) {
  EXPECT_EQ(describeProgram(program), "program test\n"
                                      "  dim   D\n"
                                      "  dim   O = 1\n"
                                      "  in    x: f32[D]\n"
                                      "  param n: i32[O]\n"
                                      "  param b: bf16[D]\n"
                                      "  out   y: f32[D]\n");
}

// ---- The program mixir-run ----------------------------------------------------------------------

class MixirRun : public NpzTest {
protected:
  /// Exit status of mixir-run with `arguments`; its stderr is left in `errors`.
  int run(const std::string &arguments) {
    std::string command =
        std::string("'" MIXIR_RUN_PATH "'") + " " + arguments + " > " + dir + "/out 2> " + dir + "/err";
    int status = std::system(command.c_str());
    errors = read("/err");
    output = read("/out");
    return WEXITSTATUS(status);
  }
  std::string read(const char *name) const {
    std::ifstream file(dir + name);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  std::string errors, output;
  const std::string program = "'" MIXIR_TEST_PROGRAM_PATH "'"; // as a word of the shell
};

TEST_F(MixirRun, runsAProgramOnAFile) {
  std::vector<float> values = {1, 2, 3, 4, 5, 6};
  writeNpz(path, {array<float>("x", NpType::F32, {2, 3}, values)});
  ASSERT_EQ(run(program + " --in " + path + " --threads 2 --out " + dir + "/y.npz"), 0) << errors;
  EXPECT_EQ(errors, "");
  std::vector<NpArray> outputs = readNpz(dir + "/y.npz");
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].name, "y");
  EXPECT_EQ(outputs[0].shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(valuesOf<float>(outputs[0]), values);
}

TEST_F(MixirRun, notesRounding) {
  writeNpz(path, {array<double>("x", NpType::F64, {1, 1}, {1})});
  ASSERT_EQ(run(program + " --in " + path + " --out " + dir + "/y.npz"), 0);
  EXPECT_EQ(errors, "mixir-run: note: array 'x': f64 is rounded to f32\n");
}

TEST_F(MixirRun, tellsWhatAProgramTakes) {
  ASSERT_EQ(run(program + " --info"), 0) << errors;
  EXPECT_EQ(output, "program handmade\n  dim   B\n  dim   D\n  in    x: f32[B, D]\n"
                    "  out   y: f32[B, D]\n");
}

TEST_F(MixirRun, answersOneForWrongInput) {
  EXPECT_EQ(run(program + " --in " + path + " --out " + dir + "/y.npz"), 1);
  EXPECT_EQ(errors, "mixir-run: error: cannot read '" + path + "': No such file or directory\n");
  writeNpz(path, {array<float>("x", NpType::F32, {3}, {1, 2, 3})});
  EXPECT_EQ(run(program + " --in " + path + " --out " + dir + "/y.npz"), 1);
  EXPECT_EQ(errors, "mixir-run: error: tensor 'x': expected 2 axes [B, D], got 1 [MIXR0011]\n");
  EXPECT_FALSE(fs::exists(dir + "/y.npz"));
  EXPECT_EQ(run(program + " --out " + dir + "/y.npz"), 1);
  EXPECT_EQ(run(program + " --name nobody --info"), 1);
  EXPECT_EQ(run("/nonexistent.so --info"), 1);
}

TEST_F(MixirRun, answersTwoForWrongUsage) {
  for (const char *bad : {"", "--bogus", "p.so", "p.so --in", "p.so --threads x --info",
                          "p.so --set B --info", "p.so q.so --info"})
    EXPECT_EQ(run(bad), 2) << bad;
  EXPECT_NE(errors.find("usage: mixir-run"), std::string::npos);
}

} // namespace
