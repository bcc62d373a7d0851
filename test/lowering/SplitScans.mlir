// RUN: mixir-opt %s --mixir-lower-split-scans | FileCheck %s
// RUN: mixir-opt %s --mixir-lower-split-scans --remarks-filter=normalise 2>&1 >%t | FileCheck %s --check-prefix=REMARK

// REMARK: [Passed] split | Category:normalise:SplitScans | Function=independent_states_get_a_scan_each | Remark="scan split into 2: 'a' and 'b' are independent"
// CHECK-LABEL: func.func @independent_states_get_a_scan_each
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[L, D], f32>, %[[Z:[a-z0-9]+]]: !mixer.nd<[L, N], f32>
// CHECK: %[[A:.*]]:2 = mixer.scan "L" states ["a"] init(%{{.*}}) ins(%[[X]] : !mixer.nd<[L, D], f32>)
// CHECK: %[[B:.*]] = mixer.scan "L" states ["b"] init(%{{.*}}) ins(%[[Z]] : !mixer.nd<[L, N], f32>)
// CHECK: return %[[A]]#0, %[[B]]
func.func @independent_states_get_a_scan_each(%x: !mixer.nd<[L, D], f32>, %z: !mixer.nd<[L, N], f32>) -> (!mixer.nd<[L, D], f32>, !mixer.nd<[N], f32>) {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %aT, %bT = mixer.scan "L" states ["a", "b"] init(%zero, %zero : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x, %z : !mixer.nd<[L, D], f32>, !mixer.nd<[L, N], f32>) {
  ^bb0(%a: !mixer.nd<[D], f32>, %b: !mixer.nd<[N], f32>, %xt: !mixer.nd<[D], f32>, %zt: !mixer.nd<[N], f32>):
    %n = mixer.binary add %a, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %m = mixer.binary add %b, %zt : !mixer.nd<[N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[N], f32>
    mixer.yield %n, %m, %n : !mixer.nd<[D], f32>, !mixer.nd<[N], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>, !mixer.nd<[N], f32>
  return %y, %bT : !mixer.nd<[L, D], f32>, !mixer.nd<[N], f32>
}

// CHECK-LABEL: func.func @states_that_read_each_other_stay
// CHECK: mixer.scan "L" states ["a", "b"]
// CHECK-NOT: mixer.scan
func.func @states_that_read_each_other_stay(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %aT, %bT = mixer.scan "L" states ["a", "b"] init(%zero, %zero : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%a: !mixer.nd<[D], f32>, %b: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary add %a, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %m = mixer.binary add %b, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %m : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  return %bT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_value_of_several_states_is_computed_after_the_scans
// CHECK-SAME: %[[K:[a-z0-9]+]]: !mixer.nd<[L, K], f32>, %[[V:[a-z0-9]+]]: !mixer.nd<[L, V], f32>
// CHECK: %[[S:.*]]:2 = mixer.scan "L" states ["S"]
// CHECK: %[[R:.*]] = mixer.reduce sum ["K"]
// CHECK-NEXT: mixer.yield %{{.*}}, %[[R]]
// CHECK: %[[Z:.*]]:2 = mixer.scan "L" states ["z"]
// CHECK: %[[D:.*]] = mixer.reduce sum ["K"]
// CHECK-NEXT: mixer.yield %{{.*}}, %[[D]]
// CHECK: %[[Q:.*]] = mixer.binary div %[[S]]#0, %[[Z]]#0
// CHECK: %[[G:.*]] = mixer.unary exp %[[V]]
// CHECK: %[[Y:.*]] = mixer.binary mul %[[Q]], %[[G]]
// CHECK: return %[[Y]]
func.func @a_value_of_several_states_is_computed_after_the_scans(%k: !mixer.nd<[L, K], f32>, %v: !mixer.nd<[L, V], f32>) -> !mixer.nd<[L, V], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %y, %sT, %zT = mixer.scan "L" states ["S", "z"] init(%one, %one : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%k, %v : !mixer.nd<[L, K], f32>, !mixer.nd<[L, V], f32>) {
  ^bb0(%s: !mixer.nd<[K, V], f32>, %z: !mixer.nd<[K], f32>, %kt: !mixer.nd<[K], f32>, %vt: !mixer.nd<[V], f32>):
    %w = mixer.binary mul %kt, %vt : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %n = mixer.binary add %s, %w : !mixer.nd<[K, V], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    %m = mixer.binary add %z, %kt : !mixer.nd<[K], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K], f32>
    %p = mixer.binary mul %n, %kt : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K, V], f32>
    %r = mixer.reduce sum ["K"] %p : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    %e = mixer.binary mul %m, %kt : !mixer.nd<[K], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K], f32>
    %d = mixer.reduce sum ["K"] %e : !mixer.nd<[K], f32> -> !mixer.nd<[], f32>
    %q = mixer.binary div %r, %d : !mixer.nd<[V], f32>, !mixer.nd<[], f32> -> !mixer.nd<[V], f32>
    %g = mixer.unary exp %vt : !mixer.nd<[V], f32> -> !mixer.nd<[V], f32>
    %o = mixer.binary mul %q, %g : !mixer.nd<[V], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[V], f32>
    mixer.yield %n, %m, %o : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32>, !mixer.nd<[V], f32>
  } : !mixer.nd<[L, V], f32>, !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32>
  return %y : !mixer.nd<[L, V], f32>
}

// CHECK-LABEL: func.func @states_of_one_shape_that_meet_stay
// CHECK: mixer.scan "L" states ["a", "b"]
// CHECK-NOT: mixer.scan
func.func @states_of_one_shape_that_meet_stay(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %y, %aT, %bT = mixer.scan "L" states ["a", "b"] init(%one, %one : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%a: !mixer.nd<[D], f32>, %b: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary add %a, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %m = mixer.binary mul %b, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %o = mixer.binary sub %n, %m : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %m, %o : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// A whole state would go through memory at every step.
// CHECK-LABEL: func.func @states_that_meet_before_a_sum_stay
// CHECK: mixer.scan "L" states ["a", "b"]
// CHECK-NOT: mixer.scan
func.func @states_that_meet_before_a_sum_stay(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %y, %aT, %bT = mixer.scan "L" states ["a", "b"] init(%one, %one : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%a: !mixer.nd<[D, N], f32>, %b: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary add %a, %xt : !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D, N], f32>
    %m = mixer.binary mul %b, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %p = mixer.binary mul %n, %m : !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D, N], f32>
    %o = mixer.reduce sum ["N"] %p : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %m, %o : !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// REMARK: [Missed] split | Category:normalise:SplitScans | Function=a_delay_of_several_states_stays | Remark="scan of 'a', 'b' not split: prev mixes independent states"
// CHECK-LABEL: func.func @a_delay_of_several_states_stays
// CHECK: mixer.scan "L" states ["a", "b"]
// CHECK-NOT: mixer.scan
func.func @a_delay_of_several_states_stays(%x: !mixer.nd<[L, D], f32>, %z: !mixer.nd<[L, N], f32>) -> !mixer.nd<[L], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %aT, %bT = mixer.scan "L" states ["a", "b"] init(%zero, %zero : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x, %z : !mixer.nd<[L, D], f32>, !mixer.nd<[L, N], f32>) {
  ^bb0(%a: !mixer.nd<[D], f32>, %b: !mixer.nd<[N], f32>, %xt: !mixer.nd<[D], f32>, %zt: !mixer.nd<[N], f32>):
    %n = mixer.binary add %a, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %m = mixer.binary add %b, %zt : !mixer.nd<[N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[N], f32>
    %p = mixer.reduce sum ["D"] %n : !mixer.nd<[D], f32> -> !mixer.nd<[], f32>
    %q = mixer.reduce sum ["N"] %m : !mixer.nd<[N], f32> -> !mixer.nd<[], f32>
    %o = mixer.binary mul %p, %q : !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
    %e = mixer.prev %o by 1 : !mixer.nd<[], f32>
    mixer.yield %n, %m, %e : !mixer.nd<[D], f32>, !mixer.nd<[N], f32>, !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>, !mixer.nd<[D], f32>, !mixer.nd<[N], f32>
  return %y : !mixer.nd<[L], f32>
}

// CHECK-LABEL: func.func @a_scan_without_states_works_on_whole_sequences
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[L, D], f32>, %[[W:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK-NOT: mixer.scan
// CHECK: %[[Y:.*]] = mixer.binary mul %[[X]], %[[W]] : {{.*}} -> <[L, D], f32>
// CHECK: return %[[Y]], %[[X]]
func.func @a_scan_without_states_works_on_whole_sequences(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[D], f32>) -> (!mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>) {
  %y, %same = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    %n = mixer.binary mul %xt, %w : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>
  return %y, %same : !mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>
}
