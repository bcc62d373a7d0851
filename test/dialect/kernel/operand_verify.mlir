// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K4
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    // expected-error @+1 {{expected part 're' or 'im', got 'abs'}}
    %x = kernel.operand "x" part "abs" : !kernel.buf<[L, D], f32>
  }
}

// -----

// K5
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    // expected-error @+1 {{expected an operand, temporary or view of the program, got 'q'}}
    %x = kernel.operand "q" : !kernel.buf<[L, D], f32>
  }
}
