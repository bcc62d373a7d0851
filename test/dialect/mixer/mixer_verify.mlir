// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C7
// expected-error @+1 {{expected 'mixer.dims' to be an array of #mixer.dim on a function}}
func.func @m() attributes {mixer.dims = ["B"]} { return }

// -----

// C8
// expected-error @+1 {{expected 'mixer.operand' on argument 0 of a mixer}}
func.func @m(%x: !mixer.nd<[B], f32>) attributes {mixer.dims = [#mixer.dim<"B">]} { return }

// -----

// C8
// expected-error @+1 {{expected 'mixer.operand' on result 0 of a mixer}}
func.func @m(%x: !mixer.nd<[B], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["B"]]>}) -> !mixer.nd<[B], f32>
    attributes {mixer.dims = [#mixer.dim<"B">]} {
  return %x : !mixer.nd<[B], f32>
}

// -----

// C35
// expected-error @+1 {{expected parents to be i32 along their steps 'L', got operand 'p' of 'f32'}}
func.func @m(%p: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"p", in, f32, [["L"]], parents = "L">})
    attributes {mixer.dims = [#mixer.dim<"L">]} {
  return
}

// -----

// C35
// expected-error @+1 {{expected parents to be i32 along their steps 'L', got operand 'p' of 'i32'}}
func.func @m(%p: !mixer.nd<[B], i32> {mixer.operand = #mixer.operand<"p", in, i32, [["B"]], parents = "L">})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"L">]} {
  return
}
