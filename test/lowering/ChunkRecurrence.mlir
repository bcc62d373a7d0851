// RUN: mixir-opt %s --mixir-lower-chunk-recurrence=chunk=4 | FileCheck %s

// What a step takes of the earlier ones of its chunk is a product with scores; the state goes from chunk
// to chunk.
// CHECK-LABEL: func.func @reads_a_growing_state
// CHECK-SAME: #mixer.dim<"L_chunk" = "(L + 3) / 4">
// CHECK: %[[Q:.*]] = mixer.split "L" into "L_chunk" "L_step" %arg0
// CHECK: %[[K:.*]] = mixer.split "L" into "L_chunk" "L_other" %arg1
// CHECK: %[[V:.*]] = mixer.split "L" into "L_chunk" "L_other" %arg2
// CHECK: %[[QK:.*]] = mixer.binary mul %[[Q]], %[[K]]
// CHECK: %[[SUM:.*]] = mixer.reduce sum ["K"] %[[QK]]
// CHECK: %[[BEFORE:.*]] = mixer.compare lt
// CHECK: %[[SCORE:.*]] = mixer.select %[[BEFORE]], %[[SUM]]
// CHECK: %[[OWN:.*]] = mixer.binary mul %[[SCORE]], %[[V]]
// CHECK: mixer.reduce sum ["L_other"] %[[OWN]]
// CHECK: %[[KV:.*]] = mixer.binary mul %[[K]], %[[V]]
// CHECK: mixer.reduce sum ["L_other"] %[[KV]]
// CHECK: %[[WALK:.*]]:2 = mixer.recurrence "L_chunk" states ["S"]
// CHECK-SAME: algorithm "chunked"
// CHECK: mixer.merge "L_chunk" "L_step" into "L" %[[WALK]]#0
func.func @reads_a_growing_state(%q: !mixer.nd<[L, K], f32> {mixer.operand = #mixer.operand<"q", in, f32, [["L"], ["K"]]>},
                                 %k: !mixer.nd<[L, K], f32> {mixer.operand = #mixer.operand<"k", in, f32, [["L"], ["K"]]>},
                                 %v: !mixer.nd<[L, V], f32> {mixer.operand = #mixer.operand<"v", in, f32, [["L"], ["V"]]>})
    -> (!mixer.nd<[L, V], f32> {mixer.operand = #mixer.operand<"o", out, f32, [["L"], ["V"]]>},
        !mixer.nd<[K, V], f32> {mixer.operand = #mixer.operand<"S_last", out, f32, [["K"], ["V"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"K", 8>, #mixer.dim<"V", 8>]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %o, %last = mixer.recurrence "L" states ["S"] init(%zero : !mixer.nd<[], f32>)
      ins(%q, %k, %v : !mixer.nd<[L, K], f32>, !mixer.nd<[L, K], f32>, !mixer.nd<[L, V], f32>)
      forms [#mixer.form<"S", decay = identity, varying = false, reads = old, contract = [], write = true>] algorithm "chunked" {
  ^bb0(%S: !mixer.nd<[K, V], f32>, %qt: !mixer.nd<[K], f32>, %kt: !mixer.nd<[K], f32>, %vt: !mixer.nd<[V], f32>):
    %kv = mixer.binary mul %kt, %vt : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %n = mixer.binary add %S, %kv : !mixer.nd<[K, V], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    %p = mixer.binary mul %qt, %n : !mixer.nd<[K], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    %r = mixer.reduce sum ["K"] %p : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    mixer.yield %n, %r : !mixer.nd<[K, V], f32>, !mixer.nd<[V], f32>
  } terms {
  ^bb0(%qt: !mixer.nd<[K], f32>, %kt: !mixer.nd<[K], f32>, %vt: !mixer.nd<[V], f32>):
    %kv = mixer.binary mul %kt, %vt : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    mixer.yield %kv : !mixer.nd<[K, V], f32>
  } : !mixer.nd<[L, V], f32>, !mixer.nd<[K, V], f32>
  return %o, %last : !mixer.nd<[L, V], f32>, !mixer.nd<[K, V], f32>
}
