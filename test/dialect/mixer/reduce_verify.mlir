// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C11
func.func @f(%x: !mixer.nd<[D], f32>) {
  // expected-error @+1 {{expected a dimension of the operand, got 'N'}}
  %0 = mixer.reduce sum ["N"] %x : !mixer.nd<[D], f32> -> !mixer.nd<[], f32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[D, N], f32>) {
  // expected-error @+1 {{expected a result over [D], got [D, N]}}
  %0 = mixer.reduce sum ["N"] %x : !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[D, N], f32>) {
  // expected-error @+1 {{expected a result of element type 'f32', got 'i32'}}
  %0 = mixer.reduce sum ["N"] %x : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], i32>
  return
}
