// RUN: mixir-opt %s --mixir-lower-expand-prev | FileCheck %s

// CHECK-LABEL: func.func @one_step_is_one_state
// CHECK: %[[Z:.*]] = mixer.constant 0.000000e+00
// CHECK: mixer.scan "L" states ["h", "prev0"] init(%{{.*}}, %[[Z]]
// CHECK: ^bb0(%[[H:.*]]: !mixer.nd<[D], f32>, %[[P:.*]]: !mixer.nd<[D], f32>, %[[X:.*]]: !mixer.nd<[D], f32>):
// CHECK: %[[N:.*]] = mixer.binary add %[[H]], %[[P]]
// CHECK: mixer.yield %[[N]], %[[X]], %[[N]]
// CHECK-NOT: mixer.prev
func.func @one_step_is_one_state(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %p = mixer.prev %xt by 1 : !mixer.nd<[D], f32>
    %n = mixer.binary add %h, %p : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @delays_of_one_value_share_their_states
// CHECK: mixer.scan "L" states ["prev0", "prev1"]
// CHECK: ^bb0(%[[P0:.*]]: !mixer.nd<[D], f32>, %[[P1:.*]]: !mixer.nd<[D], f32>, %[[X:.*]]: !mixer.nd<[D], f32>):
// CHECK: %[[S:.*]] = mixer.binary add %[[P0]], %[[P1]]
// CHECK: mixer.yield %[[X]], %[[P0]], %[[S]]
func.func @delays_of_one_value_share_their_states(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    %p = mixer.prev %xt by 1 : !mixer.nd<[D], f32>
    %q = mixer.prev %xt by 2 : !mixer.nd<[D], f32>
    %n = mixer.binary add %p, %q : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @a_delay_of_a_delay_is_one_delay
// CHECK: mixer.scan "L" states ["prev0", "prev1", "prev2"]
// CHECK: ^bb0(%[[P0:.*]]: !mixer.nd<[D], f32>, %[[P1:.*]]: !mixer.nd<[D], f32>, %[[P2:.*]]: !mixer.nd<[D], f32>, %[[X:.*]]: !mixer.nd<[D], f32>):
// CHECK-NEXT: mixer.yield %[[X]], %[[P0]], %[[P1]], %[[P2]]
func.func @a_delay_of_a_delay_is_one_delay(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    %p = mixer.prev %xt by 1 : !mixer.nd<[D], f32>
    %q = mixer.prev %p by 2 : !mixer.nd<[D], f32>
    mixer.yield %q : !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @names_do_not_collide
// CHECK: mixer.scan "L" states ["prev0", "prev1"]
func.func @names_do_not_collide(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["prev0"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %p = mixer.prev %xt by 1 : !mixer.nd<[D], f32>
    mixer.yield %p : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @leaves_a_scan_without_delays
// CHECK: mixer.scan "L" states ["h"]
func.func @leaves_a_scan_without_delays(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %xt : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}
