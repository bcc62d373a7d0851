// RUN: mixir-opt %s --mixir-lower-hoist-moves | FileCheck %s

// A copy of an input under another name is made of the whole sequence, and sliced.
// CHECK-LABEL: func.func @an_input_is_renamed_before_the_scan
// CHECK-SAME: %[[K:[a-z0-9]+]]: !mixer.nd<[L, K], f32>
// CHECK: %[[J:.*]] = mixer.rename "K" to "J" %[[K]] : <[L, K], f32> -> <[{{L, J|J, L}}], f32>
// CHECK: mixer.scan "L" states ["S"] init(%{{.*}}) ins(%[[K]], %[[J]] : {{.*}}) {
// CHECK: ^bb0(%[[S:.*]]: !mixer.nd<[K, J], f32>, %[[KT:.*]]: !mixer.nd<[K], f32>, %[[JT:.*]]: !mixer.nd<[J], f32>):
// CHECK-NEXT: mixer.binary mul %[[KT]], %[[JT]]
// CHECK-NOT: mixer.rename
// CHECK: return
func.func @an_input_is_renamed_before_the_scan(%k: !mixer.nd<[L, K], f32>) -> !mixer.nd<[K, J], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %sT = mixer.scan "L" states ["S"] init(%zero : !mixer.nd<[], f32>) ins(%k : !mixer.nd<[L, K], f32>) {
  ^bb0(%s: !mixer.nd<[K, J], f32>, %kt: !mixer.nd<[K], f32>):
    %j = mixer.rename "K" to "J" %kt : !mixer.nd<[K], f32> -> !mixer.nd<[J], f32>
    %w = mixer.binary mul %kt, %j : !mixer.nd<[K], f32>, !mixer.nd<[J], f32> -> !mixer.nd<[K, J], f32>
    %n = mixer.binary add %s, %w : !mixer.nd<[K, J], f32>, !mixer.nd<[K, J], f32> -> !mixer.nd<[K, J], f32>
    mixer.yield %n : !mixer.nd<[K, J], f32>
  } : !mixer.nd<[K, J], f32>
  return %sT : !mixer.nd<[K, J], f32>
}

// What is the same at every step is no input of the scan; a state is read where it is.
// CHECK-LABEL: func.func @a_state_stays
// CHECK: %[[W:.*]] = mixer.shift "N" by 1 %{{.*}} : <[N], f32>
// CHECK: mixer.scan "L" states ["h"]
// CHECK: %[[H:.*]] = mixer.shift "N" by 1 %{{.*}} : <[N], f32>
// CHECK-NEXT: mixer.binary mul %[[H]], %[[W]]
func.func @a_state_stays(%x: !mixer.nd<[L], f32>, %w: !mixer.nd<[N], f32>) -> !mixer.nd<[N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%h: !mixer.nd<[N], f32>, %xt: !mixer.nd<[], f32>):
    %v = mixer.shift "N" by 1 %w : !mixer.nd<[N], f32>
    %s = mixer.shift "N" by 1 %h : !mixer.nd<[N], f32>
    %m = mixer.binary mul %s, %v : !mixer.nd<[N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[N], f32>
    %n = mixer.binary add %m, %xt : !mixer.nd<[N], f32>, !mixer.nd<[], f32> -> !mixer.nd<[N], f32>
    mixer.yield %n : !mixer.nd<[N], f32>
  } : !mixer.nd<[N], f32>
  return %hT : !mixer.nd<[N], f32>
}

// What is gathered goes by a name of its own, through other gathers and their indices too.
// CHECK-LABEL: func.func @a_gather
// CHECK-SAME: mixer.dims = [#mixer.dim<"L">, #mixer.dim<"N", 4>, #mixer.dim<"L_at" = "L">, #mixer.dim<"N_at", 4>]
// CHECK-DAG: %[[OVER:.*]] = mixer.rename "L" to "L_at" %{{.*}} : <[L, N], f32> -> <[{{N, L_at|L_at, N}}], f32>
// CHECK: %[[TOO:.*]] = mixer.rename "N" to "N_at" %{{.*}} : <[{{N, L_at|L_at, N}}], f32> ->
// CHECK: %[[ONE:.*]] = mixer.gather "L_at" %[[TOO]] at
// CHECK: mixer.gather "N_at" %[[ONE]] at
func.func @a_gather(%x: !mixer.nd<[L, N], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"], ["N"]]>},
                    %i: !mixer.nd<[L], i32> {mixer.operand = #mixer.operand<"i", in, i32, [["L"]]>},
                    %j: !mixer.nd<[N], i32> {mixer.operand = #mixer.operand<"j", in, i32, [["N"]]>})
    -> (!mixer.nd<[L, N], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["L"], ["N"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"N", 4>]} {
  %0 = mixer.gather "L" %x at %i : !mixer.nd<[L, N], f32>, !mixer.nd<[L], i32> -> !mixer.nd<[L, N], f32>
  %1 = mixer.gather "N" %0 at %j : !mixer.nd<[L, N], f32>, !mixer.nd<[N], i32> -> !mixer.nd<[L, N], f32>
  return %1 : !mixer.nd<[L, N], f32>
}
