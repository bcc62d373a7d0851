// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.gather "N" %{{.*}} at %{{.*}} : <[D, N], f32>, <[L], i32> -> <[D, L], f32>
// CHECK: mixer.gather "N" %{{.*}} at %{{.*}} : <[D, N], f32>, <[N], i32> -> <[D, N], f32>
// CHECK: mixer.gather "N" %{{.*}} at %{{.*}} : <[D, N], f32>, <[], i32> -> <[D], f32>
func.func @f(%x: !mixer.nd<[D, N], f32>, %i: !mixer.nd<[L], i32>, %n: !mixer.nd<[N], i32>, %c: !mixer.nd<[], i32>) {
  %0 = mixer.gather "N" %x at %i : !mixer.nd<[D, N], f32>, !mixer.nd<[L], i32> -> !mixer.nd<[D, L], f32>
  %1 = mixer.gather "N" %x at %n : !mixer.nd<[D, N], f32>, !mixer.nd<[N], i32> -> !mixer.nd<[D, N], f32>
  %2 = mixer.gather "N" %x at %c : !mixer.nd<[D, N], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
  return
}
