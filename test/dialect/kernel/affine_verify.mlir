// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K15
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      kernel.phase over [] {
        %n = arith.constant 0.0 : f32
        // expected-error @+1 {{expected a declared state, got 'other'}}
        kernel.affine ["other"] decay(%n) write(%n)
      }
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K23
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      kernel.phase over [] {
        %n = arith.constant 0.0 : f32
        // expected-error @+1 {{expected one or two states with a decay and a write each, got 1 with 2 and 1}}
        kernel.affine ["h"] decay(%n, %n) write(%n)
      }
    } : !kernel.buf<[L, D], f32>
  }
}
