// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C11
func.func @f(%x: !mixer.nd<[L, R], f32>) {
  // expected-error @+1 {{expected parts without dimension 'R', got [L, R]}}
  %0 = mixer.stack "R" %x : !mixer.nd<[L, R], f32> -> !mixer.nd<[L, R], f32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected a result over [L, R], got [L]}}
  %0 = mixer.stack "R" %x : !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
  return
}

// -----

// C25
func.func @m(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"R", 2>]} {
  // expected-error @+1 {{expected as many parts as 'R' has entries, got 1}}
  %0 = mixer.stack "R" %x : !mixer.nd<[L], f32> -> !mixer.nd<[L, R], f32>
  return
}
