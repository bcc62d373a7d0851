// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C30
func.func @f(%x: !mixer.nd<[B], f32>) {
  // expected-error @+1 {{expected the whole over 'L' and not over its pieces, got [B]}}
  %0 = mixer.split "L" into "C" "Q" %x : !mixer.nd<[B], f32> -> !mixer.nd<[B, C, Q], f32>
  return
}

// -----

// C31
func.func @f(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"C">, #mixer.dim<"Q">]} {
  // expected-error @+1 {{expected pieces of a fixed size, got 'Q'}}
  %0 = mixer.split "L" into "C" "Q" %x : !mixer.nd<[L], f32> -> !mixer.nd<[C, Q], f32>
  return
}

// -----

// C29
func.func @f(%x: !mixer.nd<[L], f32>, %w: !mixer.nd<[K], f32>) {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%xt: !mixer.nd<[], f32>):
    // expected-error @+1 {{expected a dimension other than the walked 'L'}}
    %0 = mixer.split "K" into "L" "Q" %w : !mixer.nd<[K], f32> -> !mixer.nd<[L, Q], f32>
    mixer.yield %xt : !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>
  return
}

// -----

// C2
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected a result of element type 'f32', got 'i32'}}
  %0 = mixer.split "L" into "C" "Q" %x : !mixer.nd<[L], f32> -> !mixer.nd<[C, Q], i32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[L], f32>) {
  // expected-error @+1 {{expected pieces over [C, Q], got [C]}}
  %0 = mixer.split "L" into "C" "Q" %x : !mixer.nd<[L], f32> -> !mixer.nd<[C], f32>
  return
}
