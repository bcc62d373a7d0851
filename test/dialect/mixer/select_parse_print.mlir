// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.select %{{.*}}, %{{.*}}, %{{.*}} : {{.*}}<[B], i1>, {{.*}}<[L], f32>, {{.*}}<[], f32> -> {{.*}}<[B, L], f32>
func.func @f(%c: !mixer.nd<[B], i1>, %x: !mixer.nd<[L], f32>, %y: !mixer.nd<[], f32>) {
  %0 = mixer.select %c, %x, %y : !mixer.nd<[B], i1>, !mixer.nd<[L], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B, L], f32>
  return
}
