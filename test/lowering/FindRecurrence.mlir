// RUN: mixir-opt %s --mixir-lower-find-recurrence | FileCheck %s
// RUN: mixir-opt %s --mixir-lower-find-recurrence --remarks-filter=normalise 2>&1 >%t | FileCheck %s --check-prefix=REMARK

// REMARK: [Analysis] form | Category:normalise:FindRecurrence | Function=an_elementwise_gate_is_full | {{.*}}Remark="state 'h' is affine: full decay that varies from step to step, a write"
// CHECK-LABEL: func.func @an_elementwise_gate_is_full
// CHECK: mixer.recurrence "L" states ["h"]
// CHECK-SAME: forms [#mixer.form<"h", decay = full, varying = true, reads = old, contract = [], write = true>]
// CHECK: terms {
// CHECK-NEXT: ^bb0(%[[A:.*]]: !mixer.nd<[B, D], f32>, %[[X:.*]]: !mixer.nd<[B, D], f32>):
// CHECK-NEXT: mixer.yield %[[A]], %[[X]]
// CHECK-NOT: mixer.scan
func.func @an_elementwise_gate_is_full(%a: !mixer.nd<[B, L, D], f32>, %x: !mixer.nd<[B, L, D], f32>) -> !mixer.nd<[B, D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%a, %x : !mixer.nd<[B, L, D], f32>, !mixer.nd<[B, L, D], f32>) {
  ^bb0(%h: !mixer.nd<[B, D], f32>, %at: !mixer.nd<[B, D], f32>, %xt: !mixer.nd<[B, D], f32>):
    %m = mixer.binary mul %at, %h : !mixer.nd<[B, D], f32>, !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D], f32>
    %n = mixer.binary add %m, %xt : !mixer.nd<[B, D], f32>, !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D], f32>
    mixer.yield %n : !mixer.nd<[B, D], f32>
  } : !mixer.nd<[B, D], f32>
  return %hT : !mixer.nd<[B, D], f32>
}

// CHECK-LABEL: func.func @a_decay_of_channel_and_state_is_full
// CHECK: #mixer.form<"h", decay = full, varying = true, reads = old, contract = [], write = true>
// CHECK: terms {
// CHECK-NEXT: ^bb0(%[[DT:.*]]: !mixer.nd<[D], f32>, %[[B:.*]]: !mixer.nd<[N], f32>, %{{.*}}: !mixer.nd<[N], f32>):
// CHECK-NEXT: %[[E:.*]] = mixer.binary mul %[[DT]], %
// CHECK-NEXT: %[[A:.*]] = mixer.unary exp %[[E]]
// CHECK-NEXT: %[[W:.*]] = mixer.binary mul %[[DT]], %[[B]]
// CHECK-NEXT: mixer.yield %[[A]], %[[W]]
func.func @a_decay_of_channel_and_state_is_full(%dt: !mixer.nd<[L, D], f32>, %b: !mixer.nd<[L, N], f32>, %c: !mixer.nd<[L, N], f32>, %a: !mixer.nd<[D, N], f32>) -> !mixer.nd<[L, D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%dt, %b, %c : !mixer.nd<[L, D], f32>, !mixer.nd<[L, N], f32>, !mixer.nd<[L, N], f32>) {
  ^bb0(%h: !mixer.nd<[D, N], f32>, %dtt: !mixer.nd<[D], f32>, %bt: !mixer.nd<[N], f32>, %ct: !mixer.nd<[N], f32>):
    %e = mixer.binary mul %dtt, %a : !mixer.nd<[D], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %x = mixer.unary exp %e : !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %m = mixer.binary mul %x, %h : !mixer.nd<[D, N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %w = mixer.binary mul %dtt, %bt : !mixer.nd<[D], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[D, N], f32>
    %n = mixer.binary add %m, %w : !mixer.nd<[D, N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %p = mixer.binary mul %ct, %n : !mixer.nd<[N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %r = mixer.reduce sum ["N"] %p : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %r : !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D, N], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @an_accumulator_is_identity
// CHECK: #mixer.form<"S", decay = identity, varying = false, reads = old, contract = [], write = true>
func.func @an_accumulator_is_identity(%k: !mixer.nd<[L, K], f32>, %v: !mixer.nd<[L, V], f32>) -> !mixer.nd<[K, V], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["S"] init(%zero : !mixer.nd<[], f32>) ins(%k, %v : !mixer.nd<[L, K], f32>, !mixer.nd<[L, V], f32>) {
  ^bb0(%s: !mixer.nd<[K, V], f32>, %kt: !mixer.nd<[K], f32>, %vt: !mixer.nd<[V], f32>):
    %w = mixer.binary mul %kt, %vt : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %n = mixer.binary add %s, %w : !mixer.nd<[K, V], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    mixer.yield %n : !mixer.nd<[K, V], f32>
  } : !mixer.nd<[K, V], f32>
  return %hT : !mixer.nd<[K, V], f32>
}

// CHECK-LABEL: func.func @a_decay_over_the_contracted_dimension_is_vector
// CHECK: #mixer.form<"S", decay = vector, varying = true
func.func @a_decay_over_the_contracted_dimension_is_vector(%g: !mixer.nd<[L, H, K], f32>, %k: !mixer.nd<[L, H, K], f32>, %v: !mixer.nd<[L, H, V], f32>) -> !mixer.nd<[L, H, V], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["S"] init(%zero : !mixer.nd<[], f32>) ins(%g, %k, %v : !mixer.nd<[L, H, K], f32>, !mixer.nd<[L, H, K], f32>, !mixer.nd<[L, H, V], f32>) {
  ^bb0(%s: !mixer.nd<[H, K, V], f32>, %gt: !mixer.nd<[H, K], f32>, %kt: !mixer.nd<[H, K], f32>, %vt: !mixer.nd<[H, V], f32>):
    %m = mixer.binary mul %gt, %s : !mixer.nd<[H, K], f32>, !mixer.nd<[H, K, V], f32> -> !mixer.nd<[H, K, V], f32>
    %w = mixer.binary mul %kt, %vt : !mixer.nd<[H, K], f32>, !mixer.nd<[H, V], f32> -> !mixer.nd<[H, K, V], f32>
    %n = mixer.binary add %m, %w : !mixer.nd<[H, K, V], f32>, !mixer.nd<[H, K, V], f32> -> !mixer.nd<[H, K, V], f32>
    %p = mixer.binary mul %kt, %n : !mixer.nd<[H, K], f32>, !mixer.nd<[H, K, V], f32> -> !mixer.nd<[H, K, V], f32>
    %r = mixer.reduce sum ["K"] %p : !mixer.nd<[H, K, V], f32> -> !mixer.nd<[H, V], f32>
    mixer.yield %n, %r : !mixer.nd<[H, K, V], f32>, !mixer.nd<[H, V], f32>
  } : !mixer.nd<[L, H, V], f32>, !mixer.nd<[H, K, V], f32>
  return %y : !mixer.nd<[L, H, V], f32>
}

// The heads share B: what enters the state does not all vary over H.
// CHECK-LABEL: func.func @a_decay_per_head_is_scalar
// CHECK: #mixer.form<"S", decay = scalar, varying = true
func.func @a_decay_per_head_is_scalar(%g: !mixer.nd<[L, H], f32>, %b: !mixer.nd<[L, N], f32>, %x: !mixer.nd<[L, H, P], f32>) -> !mixer.nd<[L, H, P], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["S"] init(%zero : !mixer.nd<[], f32>) ins(%g, %b, %x : !mixer.nd<[L, H], f32>, !mixer.nd<[L, N], f32>, !mixer.nd<[L, H, P], f32>) {
  ^bb0(%s: !mixer.nd<[H, P, N], f32>, %gt: !mixer.nd<[H], f32>, %bt: !mixer.nd<[N], f32>, %xt: !mixer.nd<[H, P], f32>):
    %m = mixer.binary mul %gt, %s : !mixer.nd<[H], f32>, !mixer.nd<[H, P, N], f32> -> !mixer.nd<[H, P, N], f32>
    %w = mixer.binary mul %bt, %xt : !mixer.nd<[N], f32>, !mixer.nd<[H, P], f32> -> !mixer.nd<[H, P, N], f32>
    %n = mixer.binary add %m, %w : !mixer.nd<[H, P, N], f32>, !mixer.nd<[H, P, N], f32> -> !mixer.nd<[H, P, N], f32>
    %r = mixer.reduce sum ["N"] %n : !mixer.nd<[H, P, N], f32> -> !mixer.nd<[H, P], f32>
    mixer.yield %n, %r : !mixer.nd<[H, P, N], f32>, !mixer.nd<[H, P], f32>
  } : !mixer.nd<[L, H, P], f32>, !mixer.nd<[H, P, N], f32>
  return %y : !mixer.nd<[L, H, P], f32>
}

// REMARK: Function=an_update_after_the_decay_reads_the_decayed_state | {{.*}}"state 'S' is affine: scalar decay that varies from step to step, 1 low-rank term of the decayed state, a write"
// CHECK-LABEL: func.func @an_update_after_the_decay_reads_the_decayed_state
// CHECK: #mixer.form<"S", decay = scalar, varying = true, reads = decayed, contract = {{\[\[}}"K"]], write = true>
// CHECK: terms {
// CHECK-NEXT: ^bb0(%[[G:.*]]: !mixer.nd<[H], f32>, %[[K:.*]]: !mixer.nd<[H, K], f32>, %[[V:.*]]: !mixer.nd<[H, V], f32>):
// CHECK-DAG: %[[B:.*]] = mixer.unary neg %[[K]]
// CHECK-DAG: %[[W:.*]] = mixer.binary mul %[[V]], %[[K]]
// CHECK: mixer.yield %[[G]], %[[K]], %[[B]], %[[W]]
func.func @an_update_after_the_decay_reads_the_decayed_state(%g: !mixer.nd<[L, H], f32>, %k: !mixer.nd<[L, H, K], f32>, %v: !mixer.nd<[L, H, V], f32>) -> !mixer.nd<[H, K, V], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["S"] init(%zero : !mixer.nd<[], f32>) ins(%g, %k, %v : !mixer.nd<[L, H], f32>, !mixer.nd<[L, H, K], f32>, !mixer.nd<[L, H, V], f32>) {
  ^bb0(%s: !mixer.nd<[H, K, V], f32>, %gt: !mixer.nd<[H], f32>, %kt: !mixer.nd<[H, K], f32>, %vt: !mixer.nd<[H, V], f32>):
    %m = mixer.binary mul %gt, %s : !mixer.nd<[H], f32>, !mixer.nd<[H, K, V], f32> -> !mixer.nd<[H, K, V], f32>
    %p = mixer.binary mul %m, %kt : !mixer.nd<[H, K, V], f32>, !mixer.nd<[H, K], f32> -> !mixer.nd<[H, K, V], f32>
    %r = mixer.reduce sum ["K"] %p : !mixer.nd<[H, K, V], f32> -> !mixer.nd<[H, V], f32>
    %d = mixer.binary sub %vt, %r : !mixer.nd<[H, V], f32>, !mixer.nd<[H, V], f32> -> !mixer.nd<[H, V], f32>
    %w = mixer.binary mul %kt, %d : !mixer.nd<[H, K], f32>, !mixer.nd<[H, V], f32> -> !mixer.nd<[H, K, V], f32>
    %n = mixer.binary add %m, %w : !mixer.nd<[H, K, V], f32>, !mixer.nd<[H, K, V], f32> -> !mixer.nd<[H, K, V], f32>
    mixer.yield %n : !mixer.nd<[H, K, V], f32>
  } : !mixer.nd<[H, K, V], f32>
  return %hT : !mixer.nd<[H, K, V], f32>
}

// CHECK-LABEL: func.func @an_update_beside_the_decay_reads_the_old_state
// CHECK: #mixer.form<"S", decay = {{.*}}, varying = true, reads = old, contract = {{\[\[}}"K"]], write = false>
// CHECK: terms {
// CHECK-NEXT: ^bb0(%[[G:.*]]: !mixer.nd<[K], f32>, %[[A:.*]]: !mixer.nd<[K], f32>, %[[B:.*]]: !mixer.nd<[K], f32>):
// CHECK-NEXT: mixer.yield %[[G]], %[[A]], %[[B]]
func.func @an_update_beside_the_decay_reads_the_old_state(%g: !mixer.nd<[L, K], f32>, %a: !mixer.nd<[L, K], f32>, %b: !mixer.nd<[L, K], f32>) -> !mixer.nd<[K, V], f32> {
  %zero = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["S"] init(%zero : !mixer.nd<[], f32>) ins(%g, %a, %b : !mixer.nd<[L, K], f32>, !mixer.nd<[L, K], f32>, !mixer.nd<[L, K], f32>) {
  ^bb0(%s: !mixer.nd<[K, V], f32>, %gt: !mixer.nd<[K], f32>, %at: !mixer.nd<[K], f32>, %bt: !mixer.nd<[K], f32>):
    %m = mixer.binary mul %gt, %s : !mixer.nd<[K], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    %p = mixer.binary mul %s, %at : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K, V], f32>
    %r = mixer.reduce sum ["K"] %p : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    %w = mixer.binary mul %bt, %r : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %n = mixer.binary add %m, %w : !mixer.nd<[K, V], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    mixer.yield %n : !mixer.nd<[K, V], f32>
  } : !mixer.nd<[K, V], f32>
  return %hT : !mixer.nd<[K, V], f32>
}

// CHECK-LABEL: func.func @two_updates_are_two_terms
// CHECK: #mixer.form<"S", decay = identity, varying = false, reads = old, contract = {{\[\[}}"K"], ["K"]], write = false>
func.func @two_updates_are_two_terms(%k: !mixer.nd<[L, K], f32>, %j: !mixer.nd<[L, K], f32>) -> !mixer.nd<[K, V], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["S"] init(%one : !mixer.nd<[], f32>) ins(%k, %j : !mixer.nd<[L, K], f32>, !mixer.nd<[L, K], f32>) {
  ^bb0(%s: !mixer.nd<[K, V], f32>, %kt: !mixer.nd<[K], f32>, %jt: !mixer.nd<[K], f32>):
    %p = mixer.binary mul %s, %kt : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K, V], f32>
    %r = mixer.reduce sum ["K"] %p : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    %w = mixer.binary mul %kt, %r : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %m = mixer.binary sub %s, %w : !mixer.nd<[K, V], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    %p2 = mixer.binary mul %m, %jt : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K, V], f32>
    %r2 = mixer.reduce sum ["K"] %p2 : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    %w2 = mixer.binary mul %jt, %r2 : !mixer.nd<[K], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %n = mixer.binary sub %m, %w2 : !mixer.nd<[K, V], f32>, !mixer.nd<[K, V], f32> -> !mixer.nd<[K, V], f32>
    mixer.yield %n : !mixer.nd<[K, V], f32>
  } : !mixer.nd<[K, V], f32>
  return %hT : !mixer.nd<[K, V], f32>
}

// CHECK-LABEL: func.func @a_choice_by_the_input_is_a_choice_of_coefficients
// CHECK: #mixer.form<"h", decay = full, varying = true, reads = old, contract = [], write = true>
// CHECK: terms {
// CHECK-NEXT: ^bb0(%[[C:.*]]: !mixer.nd<[D], i1>, %[[X:.*]]: !mixer.nd<[D], f32>):
// CHECK: %[[A:.*]] = mixer.select %[[C]], %{{.*}}, %{{.*}}
// CHECK: mixer.yield %[[A]], %[[X]]
func.func @a_choice_by_the_input_is_a_choice_of_coefficients(%c: !mixer.nd<[L, D], i1>, %x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%c, %x : !mixer.nd<[L, D], i1>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %ct: !mixer.nd<[D], i1>, %xt: !mixer.nd<[D], f32>):
    %m = mixer.select %ct, %zero, %h : !mixer.nd<[D], i1>, !mixer.nd<[], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %m, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_decay_that_never_changes_does_not_vary
// CHECK: #mixer.form<"h", decay = full, varying = false
func.func @a_decay_that_never_changes_does_not_vary(%a: !mixer.nd<[D], f32>, %x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %m = mixer.binary mul %a, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %m, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @an_overwritten_state_decays_by_zero
// CHECK: #mixer.form<"p", decay = scalar, varying = false, reads = old, contract = [], write = true>
// CHECK: terms {
// CHECK-NEXT: ^bb0(%[[X:.*]]: !mixer.nd<[D], f32>):
// CHECK-NEXT: %[[Z:.*]] = mixer.constant 0.000000e+00
// CHECK-NEXT: mixer.yield %[[Z]], %[[X]]
func.func @an_overwritten_state_decays_by_zero(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["p"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %xt : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// REMARK: [Missed] form | {{.*}}Function=a_maximum_is_not_affine | {{.*}}"state 'm' is not affine: max of the state"
// CHECK-LABEL: func.func @a_maximum_is_not_affine
// CHECK: #mixer.form<"m", decay = non_affine, varying = false, reads = old, contract = [], write = false, why = "max of the state">
// CHECK: terms {
// CHECK-NEXT: ^bb0
// CHECK-NEXT: mixer.yield
// CHECK-NEXT: }
func.func @a_maximum_is_not_affine(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["m"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary max %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// REMARK: Function=a_square_is_not_affine | {{.*}}"state 'h' is not affine: product of two values of the state"
// CHECK-LABEL: func.func @a_square_is_not_affine
// CHECK: why = "product of two values of the state"
func.func @a_square_is_not_affine(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %s = mixer.binary mul %h, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %s, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// REMARK: Function=a_state_that_reads_another_is_coupled | {{.*}}"state 'b' is coupled: depends on state 'a'"
// CHECK-LABEL: func.func @a_state_that_reads_another_is_coupled
// CHECK: forms [#mixer.form<"a", decay = identity, {{.*}}>, #mixer.form<"b", decay = coupled, {{.*}}, why = "depends on state 'a'">]
func.func @a_state_that_reads_another_is_coupled(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %aT, %bT = mixer.scan "L" states ["a", "b"] init(%zero, %zero : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%a: !mixer.nd<[D], f32>, %b: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary add %a, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %m = mixer.binary add %b, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %m : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  return %bT : !mixer.nd<[D], f32>
}

// REMARK: Function=a_renamed_state_is_a_dense_transition | {{.*}}Remark="state 'h' is affine: dense transition, 1 low-rank term of the old state, a write"
// CHECK-LABEL: func.func @a_renamed_state_is_a_dense_transition
// CHECK: #mixer.form<"h", decay = dense, varying = false, reads = old, contract = {{\[\[}}"M"]] at [{N = ["M", 0]}], write = true>
// CHECK: terms {
// CHECK: mixer.yield %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : !mixer.nd<[], f32>, !mixer.nd<[N, M], f32>, !mixer.nd<[], f32>, !mixer.nd<[], f32>
func.func @a_renamed_state_is_a_dense_transition(%x: !mixer.nd<[L], f32>, %a: !mixer.nd<[N, M], f32>) -> !mixer.nd<[N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%h: !mixer.nd<[N], f32>, %xt: !mixer.nd<[], f32>):
    %j = mixer.rename "N" to "M" %h : !mixer.nd<[N], f32> -> !mixer.nd<[M], f32>
    %p = mixer.binary mul %a, %j : !mixer.nd<[N, M], f32>, !mixer.nd<[M], f32> -> !mixer.nd<[N, M], f32>
    %r = mixer.reduce sum ["M"] %p : !mixer.nd<[N, M], f32> -> !mixer.nd<[N], f32>
    %n = mixer.binary add %r, %xt : !mixer.nd<[N], f32>, !mixer.nd<[], f32> -> !mixer.nd<[N], f32>
    mixer.yield %n : !mixer.nd<[N], f32>
  } : !mixer.nd<[N], f32>
  return %hT : !mixer.nd<[N], f32>
}

// The write is the same along N: what the shift brings in is zero all the same.
// CHECK-LABEL: func.func @a_shifted_state_is_a_shift
// CHECK: #mixer.form<"h", decay = shift, varying = false, reads = old, contract = {{\[\[}}]] at [{N = ["N", 1]}], write = true>
// CHECK: terms {
// CHECK: %[[I:.*]] = mixer.index "N"
// CHECK: %[[IN:.*]] = mixer.compare {{ *}}ge %[[I]]
// CHECK: %[[ONE:.*]] = mixer.select %[[IN]]
// CHECK: mixer.binary mul %{{.*}}, %[[ONE]]
func.func @a_shifted_state_is_a_shift(%x: !mixer.nd<[L], f32>) -> !mixer.nd<[N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%h: !mixer.nd<[N], f32>, %xt: !mixer.nd<[], f32>):
    %n = mixer.binary add %h, %xt : !mixer.nd<[N], f32>, !mixer.nd<[], f32> -> !mixer.nd<[N], f32>
    %s = mixer.shift "N" by 1 %n : !mixer.nd<[N], f32>
    mixer.yield %s : !mixer.nd<[N], f32>
  } : !mixer.nd<[N], f32>
  return %hT : !mixer.nd<[N], f32>
}

// What has left the state at one border does not come back from the other side.
// CHECK-LABEL: func.func @there_and_back_is_not_affine
// CHECK: decay = non_affine{{.*}}why = "the state is read at coordinates of a sum or moved to and fro"
func.func @there_and_back_is_not_affine(%x: !mixer.nd<[L], f32>) -> !mixer.nd<[N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%h: !mixer.nd<[N], f32>, %xt: !mixer.nd<[], f32>):
    %s = mixer.shift "N" by 1 %h : !mixer.nd<[N], f32>
    %b = mixer.shift "N" by -1 %s : !mixer.nd<[N], f32>
    %n = mixer.binary add %b, %xt : !mixer.nd<[N], f32>, !mixer.nd<[], f32> -> !mixer.nd<[N], f32>
    mixer.yield %n : !mixer.nd<[N], f32>
  } : !mixer.nd<[N], f32>
  return %hT : !mixer.nd<[N], f32>
}

// REMARK: [Missed] form | {{.*}}Function=a_recalled_state_is_not_affine | {{.*}}"state 'h' is not affine: it is read after earlier steps than the last"
// CHECK-LABEL: func.func @a_recalled_state_is_not_affine
// CHECK: #mixer.form<"h", decay = non_affine, varying = false, reads = old, contract = [], write = false, why = "it is read after earlier steps than the last">
// CHECK-NEXT: ^bb0(%[[H:[a-z0-9]+]]: {{.*}}, %[[P:[a-z0-9]+]]: !mixer.nd<[], i32>, %
// CHECK-NEXT: mixer.recall %[[H]] after %[[P]]
func.func @a_recalled_state_is_not_affine(%p: !mixer.nd<[L], i32>, %x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%p, %x : !mixer.nd<[L], i32>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %pt: !mixer.nd<[], i32>, %xt: !mixer.nd<[D], f32>):
    %r = mixer.recall %h after %pt : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %r, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// A state beside it, which nothing recalls, is what it was.
// REMARK: [Analysis] form | {{.*}}Function=a_state_beside_a_recalled_one | {{.*}}"state 'g' is affine: full decay that varies from step to step, a write"
// CHECK-LABEL: func.func @a_state_beside_a_recalled_one
// CHECK: #mixer.form<"h", decay = non_affine
// CHECK-SAME: #mixer.form<"g", decay = full
func.func @a_state_beside_a_recalled_one(%p: !mixer.nd<[L], i32>, %x: !mixer.nd<[L, D], f32>) -> (!mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>) {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT, %gT = mixer.scan "L" states ["h", "g"] init(%zero, %zero : !mixer.nd<[], f32>, !mixer.nd<[], f32>) ins(%p, %x : !mixer.nd<[L], i32>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %g: !mixer.nd<[D], f32>, %pt: !mixer.nd<[], i32>, %xt: !mixer.nd<[D], f32>):
    %r = mixer.recall %h after %pt : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %r, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %a = mixer.binary mul %xt, %g : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %m = mixer.binary add %a, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %m, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  return %y, %gT : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
}
