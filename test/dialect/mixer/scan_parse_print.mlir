// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.scan "L" reverse states ["h"] init(%{{.*}} : {{.*}}<[], f32>) ins(%{{.*}} : {{.*}}<[L, D], f32>) {
// CHECK: mixer.yield
// CHECK: } : {{.*}}<[L, D], f32>, {{.*}}<[D], f32>
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" reverse states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary add %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// CHECK-LABEL: @no_states
// CHECK: mixer.scan "L" states [] init() ins(%{{.*}} : {{.*}}<[L], f32>) {
func.func @no_states(%x: !mixer.nd<[L], f32>) {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%xt: !mixer.nd<[], f32>):
    mixer.yield %xt : !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>
  return
}
