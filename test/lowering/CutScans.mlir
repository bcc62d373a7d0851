// RUN: mixir-opt %s --mixir-lower-cut-scans | FileCheck %s
// RUN: mixir-opt %s --mixir-lower-cut-scans --remarks-filter=normalise 2>&1 >%t | FileCheck %s --check-prefix=REMARK

// REMARK: [Passed] cut | Category:normalise:CutScans | Function=a_projection_is_made_before_the_walk | Remark="sums over 'D' before the walk over 'L', which needs no step of them"
// CHECK-LABEL: func.func @a_projection_is_made_before_the_walk
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[L, D], f32>, %[[W:[a-z0-9]+]]: !mixer.nd<[N, D], f32>
// CHECK: %[[P:.*]] = mixer.binary mul %[[W]], %[[X]]
// CHECK: %[[B:.*]] = mixer.reduce sum ["D"] %[[P]] : {{.*}} -> <[N, L], f32>
// CHECK: mixer.scan "L" states ["h"] init(%{{.*}}) ins(%[[X]], %[[B]] :
// CHECK: ^bb0(%[[H:.*]]: !mixer.nd<[D, N], f32>, %[[XT:.*]]: !mixer.nd<[D], f32>, %[[BT:.*]]: !mixer.nd<[N], f32>)
// CHECK-NEXT: mixer.binary mul %[[BT]], %[[XT]]
// CHECK-NOT: mixer.reduce
// CHECK: return
func.func @a_projection_is_made_before_the_walk(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[N, D], f32>) -> !mixer.nd<[D, N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D, N], f32>, %xt: !mixer.nd<[D], f32>):
    %p = mixer.binary mul %w, %xt : !mixer.nd<[N, D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[N, D], f32>
    %b = mixer.reduce sum ["D"] %p : !mixer.nd<[N, D], f32> -> !mixer.nd<[N], f32>
    %u = mixer.binary mul %b, %xt : !mixer.nd<[N], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D, N], f32>
    %n = mixer.binary add %h, %u : !mixer.nd<[D, N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    mixer.yield %n : !mixer.nd<[D, N], f32>
  } : !mixer.nd<[D, N], f32>
  return %hT : !mixer.nd<[D, N], f32>
}

// REMARK: [Passed] cut | Category:normalise:CutScans | Function=delays_are_walked_first | Remark="sums over 'D' before the walk over 'L', which needs no step of them"
// CHECK-LABEL: func.func @delays_are_walked_first
// CHECK: %[[FIRST:.*]]:2 = mixer.scan "L" states ["prev"]
// CHECK-NOT: mixer.reduce
// CHECK: mixer.yield
// CHECK: mixer.reduce sum ["D"]
// CHECK: mixer.scan "L" states ["h"]
// CHECK-NOT: mixer.reduce
// CHECK: return
func.func @delays_are_walked_first(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[N, D], f32>) -> !mixer.nd<[D, N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %pT, %hT = mixer.scan "L" states ["prev", "h"] init(%zero, %zero : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%prev: !mixer.nd<[D], f32>, %h: !mixer.nd<[D, N], f32>, %xt: !mixer.nd<[D], f32>):
    %s = mixer.binary add %prev, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %p = mixer.binary mul %w, %s : !mixer.nd<[N, D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[N, D], f32>
    %b = mixer.reduce sum ["D"] %p : !mixer.nd<[N, D], f32> -> !mixer.nd<[N], f32>
    %n = mixer.binary mul %h, %b : !mixer.nd<[D, N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[D, N], f32>
    %m = mixer.binary add %n, %xt : !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D, N], f32>
    mixer.yield %xt, %m : !mixer.nd<[D], f32>, !mixer.nd<[D, N], f32>
  } : !mixer.nd<[D], f32>, !mixer.nd<[D, N], f32>
  return %hT : !mixer.nd<[D, N], f32>
}

// REMARK: [Passed] cut | Category:normalise:CutScans | Function=channels_are_read_after_the_walk | Remark="sums over 'P' after the walk over 'L', which needs no step of them"
// CHECK-LABEL: func.func @channels_are_read_after_the_walk
// CHECK-SAME: %[[U:[a-z0-9]+]]: !mixer.nd<[L, P], f32> {{.*}}, %[[C:[a-z0-9]+]]: !mixer.nd<[D, P], f32>
// CHECK: %[[H:.*]]:2 = mixer.scan "L" states ["h"] init(%{{.*}}) ins(%[[U]] :
// CHECK-NOT: mixer.reduce
// CHECK: mixer.yield
// CHECK: %[[P:.*]] = mixer.binary mul %[[C]], %[[H]]#0
// CHECK: mixer.reduce sum ["P"] %[[P]]
func.func @channels_are_read_after_the_walk(%u: !mixer.nd<[L, P], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["L"], ["P"]]>},
                                            %c: !mixer.nd<[D, P], f32> {mixer.operand = #mixer.operand<"c", in, f32, [["D"], ["P"]]>}) -> !mixer.nd<[L, D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%u : !mixer.nd<[L, P], f32>) {
  ^bb0(%h: !mixer.nd<[P], f32>, %ut: !mixer.nd<[P], f32>):
    %n = mixer.binary add %h, %ut : !mixer.nd<[P], f32>, !mixer.nd<[P], f32> -> !mixer.nd<[P], f32>
    %p = mixer.binary mul %c, %n : !mixer.nd<[D, P], f32>, !mixer.nd<[P], f32> -> !mixer.nd<[D, P], f32>
    %r = mixer.reduce sum ["P"] %p : !mixer.nd<[D, P], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %r : !mixer.nd<[P], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[P], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// Lanes lie along D: the sequence of states is never kept for the sake of a read.
// CHECK-LABEL: func.func @a_read_beside_a_dense_dimension_stays
// CHECK: mixer.scan "L" states ["h"]
// CHECK: mixer.reduce sum ["N"]
// CHECK: mixer.yield
// CHECK-NOT: mixer.reduce
// CHECK: return
func.func @a_read_beside_a_dense_dimension_stays(%x: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"], ["D"]]>},
                                                 %b: !mixer.nd<[L, N], f32> {mixer.operand = #mixer.operand<"b", in, f32, [["L"], ["N"]]>}) -> !mixer.nd<[L, D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x, %b : !mixer.nd<[L, D], f32>, !mixer.nd<[L, N], f32>) {
  ^bb0(%h: !mixer.nd<[D, N], f32>, %xt: !mixer.nd<[D], f32>, %bt: !mixer.nd<[N], f32>):
    %u = mixer.binary mul %xt, %bt : !mixer.nd<[D], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[D, N], f32>
    %n = mixer.binary add %h, %u : !mixer.nd<[D, N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %p = mixer.binary mul %n, %bt : !mixer.nd<[D, N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[D, N], f32>
    %r = mixer.reduce sum ["N"] %p : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %r : !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D, N], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @what_the_state_itself_sums_up_stays
// CHECK: mixer.scan "L" states ["h"]
// CHECK: mixer.reduce sum ["D"]
// CHECK: mixer.yield
func.func @what_the_state_itself_sums_up_stays(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[N, D], f32>) -> !mixer.nd<[D, N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D, N], f32>, %xt: !mixer.nd<[D], f32>):
    %p = mixer.binary mul %w, %h : !mixer.nd<[N, D], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %b = mixer.reduce sum ["D"] %p : !mixer.nd<[D, N], f32> -> !mixer.nd<[N], f32>
    %u = mixer.binary mul %b, %xt : !mixer.nd<[N], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D, N], f32>
    mixer.yield %u : !mixer.nd<[D, N], f32>
  } : !mixer.nd<[D, N], f32>
  return %hT : !mixer.nd<[D, N], f32>
}
