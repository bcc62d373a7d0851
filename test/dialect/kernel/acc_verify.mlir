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
        // expected-error @+1 {{expected a declared accumulator, got 'other'}}
        %a = kernel.acc "other" : f32
      }
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
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      kernel.phase over [] {
        // expected-error @+1 {{expected a dimension of the accumulator, got 'L'}}
        %a = kernel.acc "y" shift {L = 1 : i64} : f32
      }
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K26
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">] operands [] temps [] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    kernel.recur "scan" time "L" carries [] accs [#kernel.acc<"y", store, ["D"], kept = false>] {
      kernel.phase over [] {
        %i = arith.constant 3 : i32
        // expected-error @+1 {{expected an accumulator that is kept, or has a past, at another step, got 'y'}}
        %a = kernel.acc "y" time %i : f32
      }
    }
  }
}

// -----

// K13
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">] operands [] temps [] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %y = kernel.recur "scan" time "L" carries [] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      kernel.phase over [] {
        %i = arith.constant 3 : i32
        // expected-error @+1 {{expected a dimension of the accumulator, got 'L'}}
        %a = kernel.acc "y" time %i at ["L"](%i) : f32
      }
    } : !kernel.buf<[L, D], f32>
  }
}
