// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C1
func.func @f(%x: !mixer.nd<[B], f32>, %y: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected result dimensions [B, L], got [B]}}
  %0 = mixer.binary add %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B], f32>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[B], f32>, %y: !mixer.nd<[B], i32>) {
  // expected-error @+1 {{expected a right operand of element type 'f32', got 'i32'}}
  %0 = mixer.binary add %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[B], i32> -> !mixer.nd<[B], f32>
  return
}

// -----

// C9
func.func @f(%x: !mixer.nd<[B], i32>) {
  // expected-error @+1 {{expected an element type that 'div' is defined on, got 'i32'}}
  %0 = mixer.binary div %x, %x : !mixer.nd<[B], i32>, !mixer.nd<[B], i32> -> !mixer.nd<[B], i32>
  return
}

// -----

// C9
func.func @f(%x: !mixer.nd<[B], f32>) {
  // expected-error @+1 {{expected an element type that 'mod' is defined on, got 'f32'}}
  %0 = mixer.binary mod %x, %x : !mixer.nd<[B], f32>, !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  return
}
