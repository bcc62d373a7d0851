// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C9
func.func @f(%x: !mixer.nd<[B], complex<f32>>) {
  // expected-error @+1 {{expected an element type that 'tanh' is defined on, got 'complex<f32>'}}
  %0 = mixer.unary tanh %x : !mixer.nd<[B], complex<f32>> -> !mixer.nd<[B], complex<f32>>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[B], complex<f32>>) {
  // expected-error @+1 {{expected a result of element type 'f32', got 'complex<f32>'}}
  %0 = mixer.unary abs %x : !mixer.nd<[B], complex<f32>> -> !mixer.nd<[B], complex<f32>>
  return
}

// -----

// C1
func.func @f(%x: !mixer.nd<[B], f32>) {
  // expected-error @+1 {{expected result dimensions [B], got [B, L]}}
  %0 = mixer.unary exp %x : !mixer.nd<[B], f32> -> !mixer.nd<[B, L], f32>
  return
}
