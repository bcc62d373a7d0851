// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C4
func.func @f() {
  // expected-error @+1 {{expected an index over [L], got [B]}}
  %0 = mixer.index "L" : !mixer.nd<[B], i32>
  return
}

// -----

// C3
func.func @m() attributes {mixer.dims = [#mixer.dim<"B">]} {
  // expected-error @+1 {{expected a dimension of the mixer, got 'L'}}
  %0 = mixer.index "L" : !mixer.nd<[L], i32>
  return
}
