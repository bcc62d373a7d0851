// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: kernel.load %{{.*}} shift {L = -1 : i64} : {{.*}}<[L, D], f32> -> f32
// CHECK: kernel.load %{{.*}} at ["L"](%{{.*}}) : {{.*}}<[L, D], f32> -> f32
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %s = kernel.stage "s" over ["L", "D"] at tile {
      %a = kernel.load %x shift {L = -1 : i64} : !kernel.buf<[L, D], f32> -> f32
      %i = kernel.index "L" : i32
      %b = kernel.load %x at ["L"](%i) : !kernel.buf<[L, D], f32> -> f32
      %c = arith.addf %a, %b : f32
      kernel.yield %c : f32
    } : !kernel.buf<[L, D], f32>
  }
}
