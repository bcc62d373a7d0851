// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: kernel.convolve causal along "L" taps "J" direct 96 %{{.*}}, %{{.*}} into %{{.*}} : {{.*}}<[L, D], f32>, {{.*}}<[J, D], f32>, {{.*}}<[L, D], f32>
// CHECK: kernel.convolve same along "L" taps "J" direct 0
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"J">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"w", param, f32, [["J"], ["D"]]>,
              #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %w = kernel.operand "w" : !kernel.buf<[J, D], f32>
    %y = kernel.operand "y" : !kernel.buf<[L, D], f32>
    kernel.convolve causal along "L" taps "J" direct 96 %x, %w into %y
        : !kernel.buf<[L, D], f32>, !kernel.buf<[J, D], f32>, !kernel.buf<[L, D], f32>
  }
  kernel.func @m loops [#kernel.loop<"D", 8, parallel, lanes = 8>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %w = kernel.operand "w" : !kernel.buf<[J, D], f32>
    %y = kernel.operand "y" : !kernel.buf<[L, D], f32>
    kernel.convolve same along "L" taps "J" direct 0 %x, %w into %y
        : !kernel.buf<[L, D], f32>, !kernel.buf<[J, D], f32>, !kernel.buf<[L, D], f32>
  }
}
