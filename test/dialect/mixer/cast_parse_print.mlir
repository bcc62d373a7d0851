// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.cast %{{.*}} : {{.*}}<[L], i32> -> {{.*}}<[L], f32>
// CHECK: mixer.cast %{{.*}} : {{.*}}<[L], f32> -> {{.*}}<[L], complex<f32>>
func.func @f(%x: !mixer.nd<[L], i32>) {
  %0 = mixer.cast %x : !mixer.nd<[L], i32> -> !mixer.nd<[L], f32>
  %1 = mixer.cast %0 : !mixer.nd<[L], f32> -> !mixer.nd<[L], complex<f32>>
  return
}
