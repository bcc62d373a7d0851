// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.recurrence "L" states ["h"] init(%{{.*}} : {{.*}}<[], f32>) ins(%{{.*}} : {{.*}}<[L, D], f32>)
// CHECK-SAME: forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] {
// CHECK: } terms {
// CHECK: mixer.yield %{{.*}} : {{.*}}<[D], f32>
// CHECK: mixer.recurrence
// CHECK-SAME: forms [#mixer.form<"h", decay = non_affine, varying = true, reads = decayed, contract = [], write = false, why = "squared">] algorithm "time_serial" {
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.recurrence "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>)
      forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    mixer.yield %xt : !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  %u, %v = mixer.recurrence "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>)
      forms [#mixer.form<"h", decay = non_affine, varying = true, reads = decayed, contract = [], write = false, why = "squared">] algorithm "time_serial" {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    mixer.yield 
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}
