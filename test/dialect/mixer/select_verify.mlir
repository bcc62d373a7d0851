// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C2
func.func @f(%c: !mixer.nd<[], f32>, %x: !mixer.nd<[], f32>) {
  // expected-error @+1 {{expected a condition of element type 'i1', got 'f32'}}
  %0 = mixer.select %c, %x, %x : !mixer.nd<[], f32>, !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
  return
}

// -----

// C1
func.func @f(%c: !mixer.nd<[B], i1>, %x: !mixer.nd<[], f32>) {
  // expected-error @+1 {{expected result dimensions [B], got []}}
  %0 = mixer.select %c, %x, %x : !mixer.nd<[B], i1>, !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
  return
}
