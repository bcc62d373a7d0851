// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C11
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected a dimension of the operand, got 'R'}}
  %0 = mixer.pick "R" at 1 %x : !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[L, R], f32>) {
  // expected-error @+1 {{expected a result over [L], got [L, R]}}
  %0 = mixer.pick "R" at 1 %x : !mixer.nd<[L, R], f32> -> !mixer.nd<[L, R], f32>
  return
}

// -----

// C25
func.func @m(%x: !mixer.nd<[L, R], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"], ["R"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"R", 2>]} {
  // expected-error @+1 {{expected a coordinate below the fixed extent of 'R', got 2}}
  %0 = mixer.pick "R" at 2 %x : !mixer.nd<[L, R], f32> -> !mixer.nd<[L], f32>
  return
}
