// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C10
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected a cast from i32 to f32 or from f32 to complex<f32>, got 'f32' to 'i32'}}
  %0 = mixer.cast %x : !mixer.nd<[L], f32> -> !mixer.nd<[L], i32>
  return
}

// -----

// C1
func.func @f(%x: !mixer.nd<[L], i32>) {
  // expected-error @+1 {{expected result dimensions [L], got [B]}}
  %0 = mixer.cast %x : !mixer.nd<[L], i32> -> !mixer.nd<[B], f32>
  return
}
