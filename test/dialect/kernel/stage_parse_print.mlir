// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: kernel.stage "s" over ["L", "D"] at tile vector "D" {
// CHECK: } : {{.*}}<[L, D], f32>
// CHECK: kernel.stage "o" over ["L", "D"] at step combine sum reducing ["N"] into %{{.*}} : {{.*}}<[L, D], f32> {
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %s = kernel.stage "s" over ["L", "D"] at tile vector "D" {
      %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
      %e = math.exp %v : f32
      kernel.yield %e : f32
    } : !kernel.buf<[L, D], f32>
    %y = kernel.operand "y" : !kernel.buf<[L, D], f32>
    kernel.stage "o" over ["L", "D"] at step combine sum reducing ["N"] into %y : !kernel.buf<[L, D], f32> {
      %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
      kernel.yield %v : f32
    }
  }
}
