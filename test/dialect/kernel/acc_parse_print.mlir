// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: kernel.acc "y"
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      kernel.phase over [] {
        %h = kernel.state "h" : f32
        %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
        %n = arith.addf %h, %v : f32
        kernel.set_state "h", %n : f32
        kernel.accumulate "y", %n : f32
        %a = kernel.acc "y" : f32
      }
    } : !kernel.buf<[L, D], f32>
  }
}

// What it was at another step: kept by a kernel of a CPU, in a temporary by one of a GPU.
// CHECK-LABEL: kernel.program @earlier
// CHECK: accs [#kernel.acc<"h1", store, ["D"], kept = true>, #kernel.acc<"g1", store, ["D"], kept = false, past = "past0">]
// CHECK: %[[I:.*]] = arith.constant 3 : i32
// CHECK-NEXT: kernel.acc "h1" time %[[I]] : f32
// CHECK-NEXT: kernel.acc "h1" time %[[I]] shift {D = -1 : i64} : f32
// CHECK-NEXT: kernel.acc "g1" time %[[I]] at ["D"](%[[I]]) : f32
kernel.program @earlier dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"past0", out, f32, [["L"], ["D"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %h = kernel.recur "scan" time "L" carries [] accs [#kernel.acc<"h1", store, ["D"], kept = true>, #kernel.acc<"g1", store, ["D"], kept = false, past = "past0">] {
      kernel.phase over [] {
        %i = arith.constant 3 : i32
        %a = kernel.acc "h1" time %i : f32
        %b = kernel.acc "h1" time %i shift {D = -1 : i64} : f32
        %c = kernel.acc "g1" time %i at ["D"](%i) : f32
        %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
        kernel.accumulate "h1", %v : f32
        kernel.accumulate "g1", %v : f32
      }
    } : !kernel.buf<[L, D], f32>
  }
}
