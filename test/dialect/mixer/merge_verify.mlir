// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C30
func.func @f(%x: !mixer.nd<[C, Q], f32>) {
  // expected-error @+1 {{expected the whole over 'L' and not over its pieces, got [Q, L]}}
  %0 = mixer.merge "C" "Q" into "L" %x : !mixer.nd<[C, Q], f32> -> !mixer.nd<[Q, L], f32>
  return
}

// -----

// C31
func.func @f(%x: !mixer.nd<[C, Q], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["C"], ["Q"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"C">, #mixer.dim<"Q">]} {
  // expected-error @+1 {{expected pieces of a fixed size, got 'Q'}}
  %0 = mixer.merge "C" "Q" into "L" %x : !mixer.nd<[C, Q], f32> -> !mixer.nd<[L], f32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[C], f32>) {
  // expected-error @+1 {{expected pieces over [C, Q], got [C]}}
  %0 = mixer.merge "C" "Q" into "L" %x : !mixer.nd<[C], f32> -> !mixer.nd<[L], f32>
  return
}
