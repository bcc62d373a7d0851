// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C11
func.func @f(%x: !mixer.nd<[B], f32>, %i: !mixer.nd<[L], i32>) {
  // expected-error @+1 {{expected a dimension of the operand, got 'N'}}
  %0 = mixer.gather "N" %x at %i : !mixer.nd<[B], f32>, !mixer.nd<[L], i32> -> !mixer.nd<[B, L], f32>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[N], f32>, %i: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected an index of element type 'i32', got 'f32'}}
  %0 = mixer.gather "N" %x at %i : !mixer.nd<[N], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[N], f32>, %i: !mixer.nd<[L], i32>) {
  // expected-error @+1 {{expected a result of element type 'f32', got 'i32'}}
  %0 = mixer.gather "N" %x at %i : !mixer.nd<[N], f32>, !mixer.nd<[L], i32> -> !mixer.nd<[L], i32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[B, N], f32>, %i: !mixer.nd<[L], i32>) {
  // expected-error @+1 {{expected a result over [B, L], got [L]}}
  %0 = mixer.gather "N" %x at %i : !mixer.nd<[B, N], f32>, !mixer.nd<[L], i32> -> !mixer.nd<[L], f32>
  return
}

// -----

// C29
func.func @f(%x: !mixer.nd<[L], f32>, %i: !mixer.nd<[], i32>) {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%xt: !mixer.nd<[], f32>):
    // expected-error @+1 {{expected a dimension other than the walked 'L'}}
    %0 = mixer.gather "L" %x at %i : !mixer.nd<[L], f32>, !mixer.nd<[], i32> -> !mixer.nd<[], f32>
    mixer.yield %xt : !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>
  return
}
