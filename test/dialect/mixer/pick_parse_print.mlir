// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.pick "R" at 1 %{{.*}} : {{.*}}<[L, R], f32> -> {{.*}}<[L], f32>
func.func @f(%x: !mixer.nd<[L, R], f32>) {
  %0 = mixer.pick "R" at 1 %x : !mixer.nd<[L, R], f32> -> !mixer.nd<[L], f32>
  return
}
