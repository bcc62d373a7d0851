// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
// CHECK-SAME: operands [#mixer.operand<"x", in, f32
// CHECK-SAME: temps [#mixer.operand<"t0", out, f32
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
}

// CHECK-LABEL: kernel.program @views
// CHECK-SAME: views [#kernel.view<<"x_R1", in, f32, {{.*}}>, of = "x", at = {R = 1 : i64}>, #kernel.view<<"x_J", in, f32, {{.*}}>, of = "x", at = {}, as = {L = "J"}>]
kernel.program @views dims [#mixer.dim<"L">, #mixer.dim<"J" = "L">, #mixer.dim<"R", 2>]
    operands [#mixer.operand<"x", in, f32, [["L"], ["R"]]>] temps []
    views [#kernel.view<<"x_R1", in, f32, [["L"]]>, of = "x", at = {R = 1 : i64}>,
           #kernel.view<<"x_J", in, f32, [["J"], ["R"]]>, of = "x", at = {}, as = {L = "J"}>] {
}

// CHECK-LABEL: kernel.program @rows
// CHECK-SAME: temps [] batch <"B">
kernel.program @rows dims [#mixer.dim<"B">] operands [] temps [] batch <"B"> {
}

// CHECK-LABEL: kernel.program @packed
// CHECK-SAME: temps [] batch <"B", along = "L">
kernel.program @packed dims [#mixer.dim<"B">, #mixer.dim<"L">] operands [] temps [] batch <"B", along = "L"> {
}
