// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.merge "C" "Q" into "L" %{{.*}} : <[B, C, Q], f32> -> <[B, L], f32>
// CHECK: mixer.merge "C" "Q" into "L" reverse %{{.*}} : <[B, C, Q], f32> -> <[B, L], f32>
func.func @f(%x: !mixer.nd<[B, C, Q], f32>) {
  %0 = mixer.merge "C" "Q" into "L" %x : !mixer.nd<[B, C, Q], f32> -> !mixer.nd<[B, L], f32>
  %1 = mixer.merge "C" "Q" into "L" reverse %x : !mixer.nd<[B, C, Q], f32> -> !mixer.nd<[B, L], f32>
  return
}
