// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.stack "R" %{{.*}}, %{{.*}} : {{.*}}<[L], f32>, {{.*}}<[L], f32> -> {{.*}}<[L, R], f32>
func.func @f(%x: !mixer.nd<[L], f32>, %y: !mixer.nd<[L], f32>) {
  %0 = mixer.stack "R" %x, %y : !mixer.nd<[L], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[L, R], f32>
  return
}
