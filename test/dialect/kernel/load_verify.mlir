// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K12
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %s = kernel.stage "s" over ["L", "D"] at tile {
      %i = kernel.index "L" : i32
      // expected-error @+1 {{expected one coordinate for each of 2 dimensions, got 1}}
      %v = kernel.load %x at ["L", "D"](%i) : !kernel.buf<[L, D], f32> -> f32
      %e = arith.constant 0.0 : f32
      kernel.yield %e : f32
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K13
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %s = kernel.stage "s" over ["L", "D"] at tile {
      %i = kernel.index "L" : i32
      // expected-error @+1 {{expected a dimension of the buffer, got 'N'}}
      %v = kernel.load %x at ["N"](%i) : !kernel.buf<[L, D], f32> -> f32
      %e = arith.constant 0.0 : f32
      kernel.yield %e : f32
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K14
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %s = kernel.stage "s" over ["L", "D"] at tile {
      %i = kernel.index "L" : i32
      // expected-error @+1 {{expected f32 from a buffer of 'f32', got 'i32'}}
      %v = kernel.load %x : !kernel.buf<[L, D], f32> -> i32
      %e = arith.constant 0.0 : f32
      kernel.yield %e : f32
    } : !kernel.buf<[L, D], f32>
  }
}
