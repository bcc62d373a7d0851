// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C23
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected one form for each of 1 states, got 0}}
  %y, %hT = mixer.recurrence "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>)
      forms [] {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    mixer.yield 
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C24
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected 1 canonical terms over 1 inputs}}
  %y, %hT = mixer.recurrence "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>)
      forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    mixer.yield %xt, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C18
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected per-step inputs over 'L', got []}}
  %y, %hT = mixer.recurrence "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%z : !mixer.nd<[], f32>)
      forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    mixer.yield %xt : !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}
