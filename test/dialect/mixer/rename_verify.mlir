// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C11
func.func @f(%x: !mixer.nd<[B], f32>) {
  // expected-error @+1 {{expected a dimension of the operand, got 'L'}}
  %0 = mixer.rename "L" to "J" %x : !mixer.nd<[B], f32> -> !mixer.nd<[B, J], f32>
  return
}

// -----

// C27
func.func @f(%x: !mixer.nd<[L, J], f32>) {
  // expected-error @+1 {{expected an operand without 'J', got [L, J]}}
  %0 = mixer.rename "L" to "J" %x : !mixer.nd<[L, J], f32> -> !mixer.nd<[J], f32>
  return
}

// -----

// C28
func.func @f(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"J" = "L">, #mixer.dim<"K", 4>]} {
  %0 = mixer.rename "L" to "J" %x : !mixer.nd<[L], f32> -> !mixer.nd<[J], f32>
  // expected-error @+1 {{expected two dimensions of one extent, got 'L' and 'K'}}
  %1 = mixer.rename "L" to "K" %x : !mixer.nd<[L], f32> -> !mixer.nd<[K], f32>
  return
}

// -----

// C29
func.func @f(%x: !mixer.nd<[L], f32>, %w: !mixer.nd<[K], f32>) {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%xt: !mixer.nd<[], f32>):
    // expected-error @+1 {{expected a dimension other than the walked 'L'}}
    %0 = mixer.rename "K" to "L" %w : !mixer.nd<[K], f32> -> !mixer.nd<[L], f32>
    mixer.yield %xt : !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected a result of element type 'f32', got 'i32'}}
  %0 = mixer.rename "L" to "J" %x : !mixer.nd<[L], f32> -> !mixer.nd<[J], i32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected a result over [J], got [L]}}
  %0 = mixer.rename "L" to "J" %x : !mixer.nd<[L], f32> -> !mixer.nd<[L], f32>
  return
}
