// The log of remarks gets every kind, with the place and the arguments.
#include "lowering/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <gtest/gtest.h>

using namespace mixir::lowering;

namespace {

class RemarksTest : public ::testing::Test {
protected:
  RemarksTest() : builder(&context) {
    context.loadDialect<mlir::func::FuncDialect>();
    auto place = mlir::FileLineColLoc::get(&context, "m.mix", 4, 7);
    func = mlir::func::FuncOp::create(place, "m", builder.getFunctionType({}, {}));
  }

  mlir::MLIRContext context;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::func::FuncOp> func;
};

TEST_F(RemarksTest, EveryKindIsCollected) {
  auto log = collectRemarks(context);
  ASSERT_TRUE(log);
  remarkAnalysis(*func, stage::kNormalise, "A", "fact") << "seen";
  remarkPassed(*func, stage::kChoose, "B", "done") << "done";
  remarkMissed(*func, stage::kPlan, "C", "not done") << "not done";
  ASSERT_EQ(log->remarks.size(), 3u);
  EXPECT_EQ(log->remarks[0].kind, mlir::remark::RemarkKind::RemarkAnalysis);
  EXPECT_EQ(log->remarks[1].kind, mlir::remark::RemarkKind::RemarkPassed);
  EXPECT_EQ(log->remarks[2].kind, mlir::remark::RemarkKind::RemarkMissed);
  EXPECT_EQ(remarkKindName(log->remarks[2].kind), "missed");
}

TEST_F(RemarksTest, ARemarkKeepsItsPlaceAndArguments) {
  auto log = collectRemarks(context);
  remarkPassed(*func, stage::kPlan, "PlanKernels", "block")
      << "block of " << "64 chosen" << RemarkArg("Block", 64) << RemarkArg("Dim", "D");
  ASSERT_EQ(log->remarks.size(), 1u);
  const CollectedRemark &remark = log->remarks[0];
  EXPECT_EQ(remark.category, "plan");
  EXPECT_EQ(remark.pass, "PlanKernels");
  EXPECT_EQ(remark.name, "block");
  EXPECT_EQ(remark.function, "m");
  EXPECT_EQ(remark.message, "block of 64 chosen");
  EXPECT_EQ(remark.file, "m.mix");
  EXPECT_EQ(remark.line, 4u);
  EXPECT_EQ(remark.column, 7u);
  ASSERT_EQ(remark.args.size(), 2u);
  EXPECT_EQ(remark.args[0], std::make_pair(std::string("Block"), std::string("64")));
  EXPECT_EQ(remark.args[1], std::make_pair(std::string("Dim"), std::string("D")));
}

TEST_F(RemarksTest, WithoutALogNothingHappens) {
  remarkPassed(*func, stage::kPlan, "PlanKernels", "block") << "block";
  EXPECT_EQ(context.getRemarkEngine(), nullptr);
}

} // namespace
