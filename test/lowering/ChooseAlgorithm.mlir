// RUN: mixir-opt %s --mixir-lower-choose-algorithm --remarks-filter=choose 2>&1 | FileCheck %s

// CHECK: [Passed] algorithm | Category:choose:ChooseAlgorithm | Function=takes_the_steps_in_order | Algorithm=time_serial, Class=identity, Remark="state 'h': time_serial chosen: identity decay, channels in lanes", State=h
// CHECK: [Missed] algorithm | Category:choose:ChooseAlgorithm | Function=says_why_nothing_else_is_possible | Algorithm=time_serial, Class=non_affine, Remark="state 'h': only time_serial is possible: max of the state"

// CHECK-LABEL: func.func @takes_the_steps_in_order
// CHECK: algorithm "time_serial"
func.func @takes_the_steps_in_order(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.recurrence "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>)
      forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary add %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    mixer.yield %xt : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @says_why_nothing_else_is_possible
// CHECK: algorithm "time_serial"
func.func @says_why_nothing_else_is_possible(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.recurrence "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>)
      forms [#mixer.form<"h", decay = non_affine, varying = false, reads = old, contract = [], write = false, why = "max of the state">] {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary max %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    mixer.yield
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}
