// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.tail along "L" into "S" %{{.*}} : {{.*}}<[L, D], f32> -> {{.*}}<[D, S], f32>
// CHECK: mixer.tail along "L" into "S" %{{.*}} init %{{.*}} : {{.*}}<[L, D], f32>, {{.*}}<[D, S], f32> -> {{.*}}<[D, S], f32>
func.func @f(%x: !mixer.nd<[L, D], f32>, %h: !mixer.nd<[D, S], f32>) {
  %0 = mixer.tail along "L" into "S" %x : !mixer.nd<[L, D], f32> -> !mixer.nd<[D, S], f32>
  %1 = mixer.tail along "L" into "S" %x init %h : !mixer.nd<[L, D], f32>, !mixer.nd<[D, S], f32> -> !mixer.nd<[D, S], f32>
  return
}
