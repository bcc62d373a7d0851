// RUN: mixir-opt %s --mixir-lower-reassociate-products | FileCheck %s

// CHECK-LABEL: func.func @multiplies_factors_over_the_same_dimensions_first
// CHECK-SAME: %[[DT:[a-z0-9]+]]: !mixer.nd<[B, D], f32>, %[[BT:[a-z0-9]+]]: !mixer.nd<[B, N], f32>, %[[U:[a-z0-9]+]]: !mixer.nd<[B, D], f32>
// CHECK-NEXT: %[[P:.*]] = mixer.binary mul %[[DT]], %[[U]]
// CHECK-NEXT: %[[Q:.*]] = mixer.binary mul %[[P]], %[[BT]]
// CHECK-NEXT: return %[[Q]]
func.func @multiplies_factors_over_the_same_dimensions_first(%dt: !mixer.nd<[B, D], f32>, %b: !mixer.nd<[B, N], f32>, %u: !mixer.nd<[B, D], f32>) -> !mixer.nd<[B, D, N], f32> {
  %0 = mixer.binary mul %dt, %b : !mixer.nd<[B, D], f32>, !mixer.nd<[B, N], f32> -> !mixer.nd<[B, D, N], f32>
  %1 = mixer.binary mul %0, %u : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D, N], f32>
  return %1 : !mixer.nd<[B, D, N], f32>
}

// CHECK-LABEL: func.func @merges_small_sets_before_large_ones
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[H, K, V], f32>, %[[Y:[a-z0-9]+]]: !mixer.nd<[H, K], f32>, %[[Z:[a-z0-9]+]]: !mixer.nd<[H], f32>
// CHECK-NEXT: %[[P:.*]] = mixer.binary mul %[[Y]], %[[Z]] : <[H, K], f32>, <[H], f32> -> <[H, K], f32>
// CHECK-NEXT: mixer.binary mul %[[X]], %[[P]]
func.func @merges_small_sets_before_large_ones(%x: !mixer.nd<[H, K, V], f32>, %y: !mixer.nd<[H, K], f32>, %z: !mixer.nd<[H], f32>) -> !mixer.nd<[H, K, V], f32> {
  %0 = mixer.binary mul %x, %y : !mixer.nd<[H, K, V], f32>, !mixer.nd<[H, K], f32> -> !mixer.nd<[H, K, V], f32>
  %1 = mixer.binary mul %0, %z : !mixer.nd<[H, K, V], f32>, !mixer.nd<[H], f32> -> !mixer.nd<[H, K, V], f32>
  return %1 : !mixer.nd<[H, K, V], f32>
}

// CHECK-LABEL: func.func @keeps_a_product_that_others_use
// CHECK-SAME: %[[DT:[a-z0-9]+]]: !mixer.nd<[B, D], f32>, %[[BT:[a-z0-9]+]]: !mixer.nd<[B, N], f32>
// CHECK-NEXT: %[[P:.*]] = mixer.binary mul %[[DT]], %[[BT]]
// CHECK-NEXT: mixer.binary mul %[[P]], %[[DT]]
func.func @keeps_a_product_that_others_use(%dt: !mixer.nd<[B, D], f32>, %b: !mixer.nd<[B, N], f32>) -> (!mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D, N], f32>) {
  %0 = mixer.binary mul %dt, %b : !mixer.nd<[B, D], f32>, !mixer.nd<[B, N], f32> -> !mixer.nd<[B, D, N], f32>
  %1 = mixer.binary mul %0, %dt : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D, N], f32>
  return %0, %1 : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D, N], f32>
}

// CHECK-LABEL: func.func @keeps_what_is_grouped
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[D], f32>, %[[Y:[a-z0-9]+]]: !mixer.nd<[D], f32>, %[[Z:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK-NEXT: %[[P:.*]] = mixer.binary mul %[[X]], %[[Y]]
// CHECK-NEXT: mixer.binary mul %[[P]], %[[Z]]
func.func @keeps_what_is_grouped(%x: !mixer.nd<[D], f32>, %y: !mixer.nd<[D], f32>, %z: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %0 = mixer.binary mul %x, %y : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  %1 = mixer.binary mul %0, %z : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %1 : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @multiplies_into_the_state_last
// CHECK: ^bb0(%[[H:.*]]: !mixer.nd<[D], f32>, %[[X:.*]]: !mixer.nd<[D], f32>, %[[Z:.*]]: !mixer.nd<[D], f32>):
// CHECK-NEXT: %[[P:.*]] = mixer.binary mul %[[X]], %[[Z]]
// CHECK-NEXT: %[[N:.*]] = mixer.binary mul %[[H]], %[[P]]
func.func @multiplies_into_the_state_last(%x: !mixer.nd<[L, D], f32>, %z: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x, %z : !mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>, %zt: !mixer.nd<[D], f32>):
    %a = mixer.binary mul %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary mul %a, %zt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @multiplies_what_does_not_change_once
// CHECK-SAME: %{{[a-z0-9]+}}: !mixer.nd<[L, D], f32>, %[[A:[a-z0-9]+]]: !mixer.nd<[D], f32>, %[[C:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK: %[[P:.*]] = mixer.binary mul %[[A]], %[[C]]
// CHECK: mixer.scan
// CHECK: ^bb0(%[[H:.*]]: !mixer.nd<[D], f32>, %[[X:.*]]: !mixer.nd<[D], f32>):
// CHECK-NEXT: %[[W:.*]] = mixer.binary mul %[[P]], %[[X]]
func.func @multiplies_what_does_not_change_once(%x: !mixer.nd<[L, D], f32>, %a: !mixer.nd<[D], f32>, %c: !mixer.nd<[D], f32>) -> !mixer.nd<[L, D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %0 = mixer.binary mul %a, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %1 = mixer.binary mul %0, %c : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %h, %1 : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @takes_out_of_the_sum_what_is_the_same_along_it
// CHECK-SAME: %[[X:[^:]*]]: !mixer.nd<[D], f32>, %[[B:[^:]*]]: !mixer.nd<[N], f32>, %[[C:[^:]*]]: !mixer.nd<[N], f32>
// CHECK: %[[BC:.*]] = mixer.binary mul %[[B]], %[[C]]
// CHECK: %[[SUM:.*]] = mixer.reduce sum ["N"] %[[BC]]
// CHECK: mixer.binary mul %[[X]], %[[SUM]]
func.func @takes_out_of_the_sum_what_is_the_same_along_it(%x: !mixer.nd<[D], f32>, %b: !mixer.nd<[N], f32>, %c: !mixer.nd<[N], f32>) -> !mixer.nd<[D], f32> {
  %0 = mixer.binary mul %x, %b : !mixer.nd<[D], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[D, N], f32>
  %1 = mixer.binary mul %0, %c : !mixer.nd<[D, N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[D, N], f32>
  %2 = mixer.reduce sum ["N"] %1 : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], f32>
  return %2 : !mixer.nd<[D], f32>
}
