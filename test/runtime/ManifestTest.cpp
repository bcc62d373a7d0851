// ManifestTest.cpp - malformed manifests are errors that name the place.
#include "TestProgram.h"

using namespace mixir::test;

namespace {

int noKernel(void **) { return 0; }

struct BadManifest {
  const char *members, *text;
};

class Malformed : public testing::TestWithParam<BadManifest> {};

TEST_P(Malformed, isAnErrorWithAPlace) {
  TestProgram program(GetParam().members, {noKernel});
  EXPECT_EQ(program.openStatus, MIXIR_ERROR_BAD_MANIFEST);
  EXPECT_EQ(program.error(), std::string("malformed manifest: ") + GetParam().text);
}

#define DIMS R"("dims":[{"name":"B"},{"name":"L"}],)"
#define X R"({"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"]]})"
#define Y R"({"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"]]})"
#define OPERAND(text) DIMS R"("operands":[)" text R"(],"kernels":[])"
#define KERNEL(loops, args) DIMS R"("operands":[)" X "," Y R"(],"kernels":[{"name":"k","loops":[)" \
  loops R"(],"scalars":[],"args":[)" args "]}]"
#define LOOP_B R"({"dim":"B","block":1,"kind":"parallel"})"
#define LANES_B R"({"dim":"B","block":4,"kind":"parallel","lanes":4})"
#define RECUR(loop, members) DIMS R"("operands":[)" X "," Y R"(],"kernels":[{"name":"k","loops":[)" loop \
  R"(,{"dim":"L","block":4,"kind":"serial"}],"scalars":[],"args":[],)" members "}]"
#define CARRY(row, dims) R"("work_rows":3,"carries":[{"name":"h","row":)" row R"(,"dims":)" dims "}]"
#define PAST(dims) R"("pasts":[{"name":"h","dims":)" dims "}]"

INSTANTIATE_TEST_SUITE_P(
    manifests, Malformed,
    testing::Values(
        BadManifest{"\"operands\":[],\"kernels\":[]", "manifest: expected a member 'dims'"},
        BadManifest{"\"dims\":{},\"operands\":[],\"kernels\":[]",
                    "manifest.dims: expected an array"},
        BadManifest{R"("dims":[{"name":"B"},{"name":"B"}],"operands":[],"kernels":[])",
                    "manifest.dims[1].name: empty or repeated name 'B'"},
        BadManifest{R"("dims":[{"name":"B","value":-1}],"operands":[],"kernels":[])",
                    "manifest.dims[0].value: expected a number from 0 to 2147483647, got -1"},
        BadManifest{R"("dims":[{"name":"B","value":1.5}],"operands":[],"kernels":[])",
                    "manifest.dims[0].value: expected an integer"},
        BadManifest{R"("dims":[{"name":"P","expr":"W-1"}],"operands":[],"kernels":[])",
                    "manifest.dims[0].expr: unknown dimension 'W'"},
        BadManifest{R"("dims":[{"name":"P","expr":"3-"}],"operands":[],"kernels":[])",
                    "manifest.dims[0].expr: expected a number, a dimension or '(' in '3-'"},
        BadManifest{OPERAND(R"({"name":"x","role":"in","dtype":"f33","axes":[]})"),
                    "manifest.operands[0].dtype: expected one of 'f32', 'f16', 'bf16', 'c64', "
                    "'i32', got 'f33'"},
        BadManifest{OPERAND(R"({"name":"x","role":"in","dtype":"f32","axes":[["Q"]]})"),
                    "manifest.operands[0].axes[0][0]: unknown dimension 'Q'"},
        BadManifest{OPERAND(R"({"name":"x","role":"in","dtype":"f32","axes":[["B"],["B"]]})"),
                    "tensor 'x' has dimension B twice"},
        BadManifest{DIMS R"("operands":[)" Y "," X R"(],"kernels":[])",
                    "operand 'x' comes after an output"},
        BadManifest{DIMS R"("operands":[)" Y R"(],"views":[{"name":"v","of":"z","at":{}}],"kernels":[])",
                    "manifest.views[0].of: expected an operand or temporary, got 'z'"},
        BadManifest{DIMS R"("operands":[)" Y R"(],"views":[{"name":"v","of":"y","at":{},)"
                         R"("as":{"B":"L"}}],"kernels":[])",
                    "manifest.views[0].as.B: expected another name for a dimension of 'v'"},
        BadManifest{KERNEL(LOOP_B, R"({"ref":"z","access":"read","dims":["L"]})"),
                    "manifest.kernels[0].args[0].ref: unknown tensor 'z'"},
        BadManifest{KERNEL(LOOP_B, R"({"ref":"x","access":"write","dims":["L"]})"),
                    "kernel 'k' writes 'x', which is no output"},
        BadManifest{KERNEL(LOOP_B, R"({"ref":"x","access":"read","dims":[]})"),
                    "kernel 'k': dimension L of 'x' is neither in 'dims' nor fixed by a loop of "
                    "block 1"},
        BadManifest{KERNEL(LOOP_B, R"({"ref":"x","access":"read","dims":["L"],"part":"re"})"),
                    "kernel 'k': 'part' must be given for 'x' exactly when it is c64"},
        BadManifest{KERNEL(LOOP_B "," LOOP_B, ""), "kernel 'k' has two loops over B"},
        BadManifest{KERNEL(R"({"dim":"B","block":0,"kind":"parallel"})", ""),
                    "manifest.kernels[0].loops[0].block: expected a number from 1 to 2147483647, "
                    "got 0"},
        BadManifest{KERNEL(R"({"dim":"B","block":4,"kind":"serial","lanes":4})", ""),
                    "kernel 'k': the lanes loop is not parallel"},
        BadManifest{KERNEL(R"({"dim":"B","block":6,"kind":"parallel","lanes":4})", ""),
                    "kernel 'k': a block of 6 is not whole groups of 4 lanes"},
        BadManifest{
            KERNEL(R"({"dim":"B","block":4,"kind":"serial"},{"dim":"L","block":4,"kind":"serial"})",
                   ""),
            "kernel 'k' has 2 serial loops, expected at most 1"},
        BadManifest{RECUR(LOOP_B, CARRY("0", R"(["B","L"])")), "kernel 'k': carry 'h' has the serial dimension"},
        BadManifest{RECUR(LOOP_B, CARRY("3", R"(["B"])")), "kernel 'k': carry 'h' begins in row 3 of 3"},
        BadManifest{RECUR(LOOP_B, R"("carries":[{"name":"h","dims":["B"]}])"),
                    "manifest.kernels[0].carries[0]: expected a member 'row'"},
        BadManifest{RECUR(LANES_B, CARRY("0", "[]")), "kernel 'k': carry 'h' has no lanes"},
        BadManifest{RECUR(LOOP_B, PAST(R"(["L","B"])")),
                    "kernel 'k': the last dimension of past 'h' is not the serial one"},
        BadManifest{RECUR(LOOP_B, PAST("[]")), "kernel 'k': the last dimension of past 'h' is not the serial one"},
        BadManifest{OPERAND(R"({"name":"x","role":"in","dtype":"f32","axes":[["L"]],"parents":"L"})"),
                    "manifest.operands[0].parents: expected a dimension of an i32 tensor"},
        BadManifest{OPERAND(R"({"name":"x","role":"in","dtype":"i32","axes":[["B"]],"parents":"L"})"),
                    "manifest.operands[0].parents: expected a dimension of an i32 tensor"},
        BadManifest{OPERAND(R"({"name":"x","role":"in","dtype":"i32","axes":[["B"]],"parents":"T"})"),
                    "manifest.operands[0].parents: unknown dimension 'T'"}));

TEST(Manifest, takesAPast) {
  TestProgram program(RECUR(LOOP_B, PAST(R"(["B","L"])")), {noKernel});
  EXPECT_EQ(program.openStatus, MIXIR_OK) << program.error();
}

} // namespace
