// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K9
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected #kernel.carry and #kernel.acc attributes}}
    %y = kernel.recur "scan" time "L" carries ["h"] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K10
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected one result for each of 0 kept accumulators, got 1}}
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = false>] {
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K11
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected nothing but phases}}
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      %i = kernel.index "L" : i32
    } : !kernel.buf<[L, D], f32>
  }
}

// -----

// K27
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    // expected-error @+1 {{expected a tensor of the program as the past of 'y', got 'nowhere'}}
    kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = false, past = "nowhere">] {
    }
  }
}
