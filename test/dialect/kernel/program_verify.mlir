// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K1
// expected-error @+1 {{expected 'dims' to hold #mixer.dim attributes}}
kernel.program @p dims ["L"] operands [] temps [] {
}

// -----

// K1
// expected-error @+1 {{expected 'operands' and 'temps' to hold #mixer.operand attributes}}
kernel.program @p dims [] operands ["x"] temps [] {
}

// -----

// K1
// expected-error @+1 {{expected 'views' to hold #kernel.view attributes}}
kernel.program @p dims [] operands [] temps [] views ["x"] {
}

// -----

// K17
// expected-error @+1 {{expected a view of an operand or temporary, got one of 'x'}}
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"R", 2>] operands [] temps []
    views [#kernel.view<<"x_R1", in, f32, [["L"]]>, of = "x", at = {R = 1 : i64}>] {
}

// -----

// K24
// expected-error @+1 {{expected a batch of dimensions of the program, got 'T'}}
kernel.program @p dims [#mixer.dim<"B">, #mixer.dim<"L">] operands [] temps [] batch <"B", along = "T"> {
}
