// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K6
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected the body to end in kernel.yield}}
    %s = kernel.stage "s" over ["L", "D"] at tile {
      %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K7
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected either a result or an operand to write into}}
    kernel.stage "s" over ["L", "D"] at tile {
      %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
      kernel.yield %v : f32
    }
  }
}

// -----

// K8
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected a result over the stage's domain}}
    %s = kernel.stage "s" over ["L", "D"] at tile {
      %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
      kernel.yield %v : f32
    } : !kernel.buf<[L], f32>
  }
}
