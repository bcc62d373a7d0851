// Every pass keeps the meaning of every mixer: the interpreter evaluates each
// mixer of the library, of Inputs and of test/codegen before and after each pass, in float64.
#include "dialect/interpreter/Interpreter.h"
#include "frontend/Frontend.h"
#include "frontend/ImportToMixer.h"
#include "lowering/Passes.h"
#include "lowering/Registration.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <set>

using namespace mixir;
using interpreter::Array;
using interpreter::Arrays;

namespace {

/// One mixer of a file, with its optional operands or without.
struct MixerCase {
  std::string file, mixer;
  bool omitsOptional;
};

void PrintTo(const MixerCase &c, std::ostream *os) { *os << c.file << " " << c.mixer; }

std::vector<std::string> mixFiles() {
  std::vector<std::string> files;
  for (const char *folder : {MIXIR_LOWERING_INPUTS, MIXIR_CODEGEN_INPUTS, MIXIR_MIXERS}) {
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error))
      if (llvm::StringRef(it->path()).ends_with(".mix"))
        files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::set<std::string> optionalOperands(const frontend::ast::Mixer &mixer) {
  std::set<std::string> names;
  for (const auto &decl : mixer.operands)
    for (const auto &name : decl.names)
      if (decl.defaultKind != frontend::ast::DefaultKind::Required)
        names.insert(name.text);
  return names;
}

std::vector<MixerCase> allCases() {
  std::vector<MixerCase> cases;
  for (const std::string &path : mixFiles()) {
    frontend::SourceManager sources;
    frontend::Diagnostics diags(sources);
    for (const auto &mixer : frontend::parse(sources, path, diags).mixers) {
      cases.push_back({path, mixer.name.text, false});
      if (!optionalOperands(mixer).empty())
        cases.push_back({path, mixer.name.text, true});
    }
  }
  return cases;
}

std::string caseName(const ::testing::TestParamInfo<MixerCase> &info) {
  return info.param.mixer + (info.param.omitsOptional ? "_required_only" : "_all_operands");
}

class PassesPreserveMeaning : public ::testing::TestWithParam<MixerCase> {
protected:
  void SetUp() override {
    mlir::DialectRegistry registry;
    lowering::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    module = import();
    ASSERT_FALSE(HasFailure());
    if (!module)
      GTEST_SKIP() << "no program without the optional operands";
    makeInputs();
    before = evaluate(*module, false);
  }

  mlir::OwningOpRef<mlir::ModuleOp> import() {
    frontend::SourceManager sources;
    frontend::Diagnostics diags(sources);
    frontend::ast::File file = frontend::parse(sources, GetParam().file, diags);
    frontend::Options options;
    options.mixer = GetParam().mixer;
    for (const auto &mixer : file.mixers)
      if (mixer.name.text == options.mixer && GetParam().omitsOptional)
        options.omitted = optionalOperands(mixer);
    auto program = frontend::analyse(sources, file, options, diags);
    if (!program && GetParam().omitsOptional)
      return {}; // a mixer that needs one of them
    std::string text;
    llvm::raw_string_ostream os(text);
    diags.print(os);
    EXPECT_TRUE(program) << text;
    return program ? frontend::importToMixer(*program, sources, &context)
                   : mlir::OwningOpRef<mlir::ModuleOp>();
  }

  static mlir::func::FuncOp mixerOf(mlir::ModuleOp module) {
    for (auto func : module.getOps<mlir::func::FuncOp>())
      if (mixer::isMixer(func))
        return func;
    return {};
  }

  /// Small extents, all different, so that no two dimensions can be mistaken for each other.
  void makeInputs() {
    auto func = mixerOf(*module);
    interpreter::DimBindings extents;
    int64_t next = 2;
    for (mixer::DimAttr dim : mixer::getDims(func)) {
      std::string name = dim.getName().str();
      if (dim.isFixed())
        extents[name] = dim.getExtent();
      else if (dim.getExpr())
        extents[name] = llvm::cantFail(interpreter::evaluateDimExpr(dim.getExpr().getValue(), extents));
      else
        extents[name] = next++;
    }
    std::mt19937 random(7);
    for (unsigned i = 0; i < func.getNumArguments(); ++i) {
      mixer::OperandAttr operand = mixer::getArgOperand(func, i);
      std::vector<int64_t> shape;
      for (auto axis : operand.getAxes().getAsRange<mlir::ArrayAttr>()) {
        shape.push_back(1);
        for (auto dim : axis.getAsRange<mlir::StringAttr>())
          shape.back() *= extents[dim.str()];
      }
      bool complex = mlir::isa<mlir::ComplexType>(operand.getDtype()), integer = operand.getDtype().isInteger(32);
      Array array(shape, complex ? Array::C128 : integer ? Array::I32 : Array::F64);
      for (double &x : array.data)
        x = integer ? double(random() % 3) : std::uniform_real_distribution<double>(-1, 1)(random);
      inputs[operand.getName().str()] = array;
    }
    dims = extents;
  }

  Arrays evaluate(mlir::ModuleOp module, bool useTerms) {
    interpreter::Options options;
    options.useTerms = useTerms;
    options.dims = dims;
    auto results = interpreter::interpret(mixerOf(module), inputs, options);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return {};
    }
    return *results;
  }

  void expectSame(const Arrays &after, const std::string &when) {
    ASSERT_EQ(before.size(), after.size()) << when;
    for (const auto &[name, expected] : before) {
      const Array &got = after.at(name);
      ASSERT_EQ(expected.data.size(), got.data.size()) << when << ": " << name;
      double largest = 1, worst = 0;
      for (double x : expected.data)
        if (std::isfinite(x))
          largest = std::max(largest, std::fabs(x));
      for (size_t i = 0; i < expected.data.size(); ++i) {
        double x = expected.data[i], y = got.data[i];
        if (std::isnan(x) && std::isnan(y))
          continue;
        compared += std::isfinite(x);
        double error = x == y ? 0 : std::fabs(x - y);
        worst = std::isnan(error) ? INFINITY : std::max(worst, error);
      }
      EXPECT_LE(worst, 1e-12 * largest) << when << ": " << name;
    }
  }

  using AddPass = std::function<void(mlir::OpPassManager &)>;

  /// Runs one pass and compares; `when` names it.
  void runAndCompare(mlir::ModuleOp on, const std::string &when, const AddPass &add, bool useTerms = false) {
    mlir::PassManager manager(&context);
    add(manager);
    ASSERT_TRUE(mlir::succeeded(manager.run(on))) << when;
    expectSame(evaluate(on, false), when);
    if (useTerms)
      expectSame(evaluate(on, true), when + " by terms");
  }

  /// What the other passes take for granted: no calls, one route a scan.
  void inlineAndUnroll() {
    runAndCompare(*module, "inliner", [](mlir::OpPassManager &manager) {
      manager.addPass(mlir::createInlinerPass());
      manager.addPass(mlir::createSymbolDCEPass());
    });
    runAndCompare(*module, "ExpandRoutes", onFunctions([] { return lowering::createExpandRoutesPass(); }));
  }

  template <typename MakePass>
  static AddPass onFunctions(MakePass make) {
    return [make](mlir::OpPassManager &manager) { manager.addNestedPass<mlir::func::FuncOp>(make()); };
  }

  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  interpreter::DimBindings dims;
  Arrays inputs, before;
  size_t compared = 0; // finite numbers
};

struct NamedPass {
  const char *name;
  std::unique_ptr<mlir::Pass> (*make)();
  bool leavesTerms = false;
};

std::unique_ptr<mlir::Pass> chooseChunks() {
  lowering::ChooseAlgorithmPassOptions options;
  options.algorithm = "chunked";
  return lowering::createChooseAlgorithmPass(options);
}

std::unique_ptr<mlir::Pass> chunksOf(int64_t steps) {
  lowering::ChunkRecurrencePassOptions options;
  options.chunk = steps;
  return lowering::createChunkRecurrencePass(options);
}

// The order of the pipelines; the planner is tested by running what it plans.
const NamedPass kPasses[] = {
    {"ExpandRoutes", [] { return lowering::createExpandRoutesPass(); }},
    {"FoldPointwise", [] { return lowering::createFoldPointwisePass(); }},
    {"ExpandPrev", [] { return lowering::createExpandPrevPass(); }},
    {"HoistMoves", [] { return lowering::createHoistMovesPass(); }},
    {"CSE", [] { return mlir::createCSEPass(); }},
    {"CutScans", [] { return lowering::createCutScansPass(); }},
    {"SplitScans", [] { return lowering::createSplitScansPass(); }},
    {"FindRecurrence", [] { return lowering::createFindRecurrencePass(); }, true},
    {"ChooseAlgorithm", [] { return chooseChunks(); }, true},
    {"ChunkRecurrence", [] { return chunksOf(3); }, true},
    {"FoldPointwise after chunks", [] { return lowering::createFoldPointwisePass(); }, true},
    {"CSE after chunks", [] { return mlir::createCSEPass(); }, true},
    {"SplitScans after chunks", [] { return lowering::createSplitScansPass(); }, true},
    {"FindRecurrence after chunks", [] { return lowering::createFindRecurrencePass(); }, true},
    {"ChooseAlgorithm after chunks", [] { return lowering::createChooseAlgorithmPass(); }, true},
    {"ExpandComplex", [] { return lowering::createExpandComplexPass(); }},
    {"ReassociateProducts", [] { return lowering::createReassociateProductsPass(); }},
    {"ScaleExponents", [] { return lowering::createScaleExponentsPass(); }},
    {"FoldPointwise again", [] { return lowering::createFoldPointwisePass(); }},
    {"CSE again", [] { return mlir::createCSEPass(); }},
};

TEST_P(PassesPreserveMeaning, AfterEachPassOfThePipeline) {
  inlineAndUnroll();
  for (const NamedPass &pass : kPasses)
    if (!HasFatalFailure())
      runAndCompare(*module, pass.name, onFunctions(pass.make), pass.leavesTerms);
  EXPECT_GT(compared, 0u) << "nothing but NaN";
}

TEST_P(PassesPreserveMeaning, AfterEachPassAlone) {
  inlineAndUnroll();
  for (const NamedPass &pass : kPasses) {
    mlir::OwningOpRef<mlir::ModuleOp> copy(mlir::cast<mlir::ModuleOp>((*module)->clone()));
    if (!HasFatalFailure())
      runAndCompare(*copy, std::string(pass.name) + " alone", onFunctions(pass.make));
  }
  EXPECT_GT(compared, 0u) << "nothing but NaN";
}

TEST_P(PassesPreserveMeaning, NoComplexValueIsLeft) {
  mlir::PassManager manager(&context);
  manager.addPass(mlir::createInlinerPass());
  manager.addPass(mlir::createSymbolDCEPass());
  manager.addNestedPass<mlir::func::FuncOp>(lowering::createExpandRoutesPass());
  for (const NamedPass &pass : kPasses)
    manager.addNestedPass<mlir::func::FuncOp>(pass.make());
  ASSERT_TRUE(mlir::succeeded(manager.run(*module)));
  mixerOf(*module).walk([](mlir::Operation *op) {
    for (mlir::Value value : op->getResults())
      if (auto type = mlir::dyn_cast<mixer::NdType>(value.getType()))
        EXPECT_TRUE(!type.isComplex() || mlir::isa<mixer::ComplexOp>(op)) << op->getName().getStringRef().str();
  });
}

INSTANTIATE_TEST_SUITE_P(Mixers, PassesPreserveMeaning, ::testing::ValuesIn(allCases()), caseName);

} // namespace
