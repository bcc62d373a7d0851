// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.rename "L" to "J" %{{.*}} : <[B, L], f32> -> <[B, J], f32>
func.func @f(%x: !mixer.nd<[B, L], f32>) {
  %0 = mixer.rename "L" to "J" %x : !mixer.nd<[B, L], f32> -> !mixer.nd<[B, J], f32>
  return
}
