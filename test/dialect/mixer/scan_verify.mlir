// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C17
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected one initial value and one last value for each of 1 states, got 0 initial values and 2 results}}
  %y, %hT = mixer.scan "L" states ["h"] init() ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C18
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected per-step inputs over 'L', got []}}
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%z : !mixer.nd<[], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C19
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected 2 block arguments, got 1}}
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>):
    mixer.yield %h, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C19
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected the step's slice to be '!mixer.nd<[D], f32>', got '!mixer.nd<[], f32>'}}
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[], f32>):
    mixer.yield %h, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C20
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected the body to yield 2 values}}
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h : !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C21
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected new state "h" of type '!mixer.nd<[D], f32>', got '!mixer.nd<[], f32>'}}
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %z, %h : !mixer.nd<[], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C21
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected last state "h" of type '!mixer.nd<[D], f32>', got '!mixer.nd<[L], f32>'}}
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[L], f32>
  return
}

// -----

// C22
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected result 0 to be '!mixer.nd<[D], f32>' over 'L' too, got '!mixer.nd<[D], f32>'}}
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    mixer.yield %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C26
func.func @m(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"R", 2>]} {
  // expected-error @+1 {{expected one direction for each entry of 'R', got 1}}
  %y = mixer.scan "L" routes <"R", reversed = [true]> states [] init() ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%xt: !mixer.nd<[R], f32>):
    mixer.yield %xt : !mixer.nd<[R], f32>
  } : !mixer.nd<[L, R], f32>
  return
}

// -----

// C19
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected the step's slice to be}}
  %y = mixer.scan "L" routes <"R", reversed = [false, true]> states [] init() ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%xt: !mixer.nd<[], f32>):
    mixer.yield %xt : !mixer.nd<[], f32>
  } : !mixer.nd<[L, R], f32>
  return
}
