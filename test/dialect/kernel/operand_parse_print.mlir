// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: kernel.operand "x" : {{.*}}<[L, D], f32>
// CHECK: kernel.operand "t0" part "im" : {{.*}}<[L], f32>
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %t = kernel.operand "t0" part "im" : !kernel.buf<[L], f32>
  }
}
