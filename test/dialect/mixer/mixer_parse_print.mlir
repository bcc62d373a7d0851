// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @m
// CHECK-SAME: #mixer.operand<"x", in, f32, {{\[\["B"\], \["G", "R"\]\]}}>
// CHECK-SAME: #mixer.operand<"out", out, bf16, {{\[\["G", "R"\], \["B"\]\]}}>
// CHECK-SAME: mixer.dims = [#mixer.dim<"B">, #mixer.dim<"G", 4>, #mixer.dim<"R">, #mixer.dim<"S" = "R - 1">]
func.func @m(%x: !mixer.nd<[B, G, R], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["B"], ["G", "R"]]>})
    -> (!mixer.nd<[B, G, R], f32> {mixer.operand = #mixer.operand<"out", out, bf16, [["G", "R"], ["B"]]>})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"G", 4>, #mixer.dim<"R">, #mixer.dim<"S" = "R - 1">]} {
  return %x : !mixer.nd<[B, G, R], f32>
}

// CHECK-LABEL: @tree
// CHECK-SAME: #mixer.operand<"p", in, i32, {{\[\["B"\], \["L"\]\]}}, parents = "L">
func.func @tree(%p: !mixer.nd<[B, L], i32> {mixer.operand = #mixer.operand<"p", in, i32, [["B"], ["L"]], parents = "L">})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"L">]} {
  return
}
