// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.prev %{{.*}} by 2 : {{.*}}<[D], f32>
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.prev %xt by 2 : !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}
