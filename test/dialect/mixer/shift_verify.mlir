// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C11
func.func @f(%x: !mixer.nd<[B], f32>) {
  // expected-error @+1 {{expected a dimension of the operand, got 'N'}}
  %0 = mixer.shift "N" by 1 %x : !mixer.nd<[B], f32>
  return
}

// -----

// C29
func.func @f(%x: !mixer.nd<[L], f32>, %w: !mixer.nd<[L], f32>) {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%xt: !mixer.nd<[], f32>):
    // expected-error @+1 {{expected a dimension other than the walked 'L'}}
    %0 = mixer.shift "L" by 1 %w : !mixer.nd<[L], f32>
    mixer.yield %xt : !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>
  return
}
