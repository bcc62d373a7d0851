// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K19
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"J">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"w", param, f32, [["J"], ["D"]]>,
              #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %w = kernel.operand "w" : !kernel.buf<[J, D], f32>
    %y = kernel.operand "y" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected an input and a result over 'J'}}
    kernel.convolve causal along "J" taps "J" direct 96 %x, %w into %y
        : !kernel.buf<[L, D], f32>, !kernel.buf<[J, D], f32>, !kernel.buf<[L, D], f32>
  }
}

// -----

// K20
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"J">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"w", param, f32, [["J"], ["D"]]>,
              #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %w = kernel.operand "w" : !kernel.buf<[J, D], f32>
    %y = kernel.operand "y" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected taps over 'L' and not over 'L'}}
    kernel.convolve causal along "L" taps "L" direct 96 %x, %w into %y
        : !kernel.buf<[L, D], f32>, !kernel.buf<[J, D], f32>, !kernel.buf<[L, D], f32>
  }
}

// -----

// K21
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"J">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"w", param, f32, [["J"], ["D"]]>,
              #mixer.operand<"y", out, bf16, [["L"], ["D"]]>]
    temps [] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %w = kernel.operand "w" : !kernel.buf<[J, D], f32>
    %y = kernel.operand "y" : !kernel.buf<[L, D], bf16>
    // expected-error @+1 {{expected buffers of f32, got '!kernel.buf<[L, D], bf16>'}}
    kernel.convolve causal along "L" taps "J" direct 96 %x, %w into %y
        : !kernel.buf<[L, D], f32>, !kernel.buf<[J, D], f32>, !kernel.buf<[L, D], bf16>
  }
}
