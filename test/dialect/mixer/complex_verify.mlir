// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C2
func.func @f(%x: !mixer.nd<[N], f32>, %y: !mixer.nd<[N], i32>) {
  // expected-error @+1 {{expected an imaginary part of element type 'f32', got 'i32'}}
  %0 = mixer.complex %x, %y : !mixer.nd<[N], f32>, !mixer.nd<[N], i32> -> !mixer.nd<[N], complex<f32>>
  return
}
