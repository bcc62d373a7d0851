// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.split "L" into "C" "Q" %{{.*}} : <[B, L], f32> -> <[B, C, Q], f32>
// CHECK: mixer.split "L" into "C" "Q" reverse %{{.*}} : <[B, L], f32> -> <[B, C, Q], f32>
func.func @f(%x: !mixer.nd<[B, L], f32>) {
  %0 = mixer.split "L" into "C" "Q" %x : !mixer.nd<[B, L], f32> -> !mixer.nd<[B, C, Q], f32>
  %1 = mixer.split "L" into "C" "Q" reverse %x : !mixer.nd<[B, L], f32> -> !mixer.nd<[B, C, Q], f32>
  return
}
