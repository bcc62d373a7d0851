// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.shift "N" by 1 %{{.*}} : <[B, N], f32>
// CHECK: mixer.shift "N" by -2 %{{.*}} : <[B, N], f32>
func.func @f(%x: !mixer.nd<[B, N], f32>) {
  %0 = mixer.shift "N" by 1 %x : !mixer.nd<[B, N], f32>
  %1 = mixer.shift "N" by -2 %x : !mixer.nd<[B, N], f32>
  return
}
