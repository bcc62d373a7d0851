// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
// CHECK-SAME: operands [#mixer.operand<"x", in, f32
// CHECK-SAME: temps [#mixer.operand<"t0", out, f32
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
}
