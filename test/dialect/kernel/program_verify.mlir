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
