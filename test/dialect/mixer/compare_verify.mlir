// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C9
func.func @f(%x: !mixer.nd<[B], complex<f32>>) {
  // expected-error @+1 {{expected real values to compare, got 'complex<f32>'}}
  %0 = mixer.compare lt %x, %x : !mixer.nd<[B], complex<f32>>, !mixer.nd<[B], complex<f32>> -> !mixer.nd<[B], i1>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[B], f32>) {
  // expected-error @+1 {{expected a result of element type 'i1', got 'f32'}}
  %0 = mixer.compare lt %x, %x : !mixer.nd<[B], f32>, !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  return
}
