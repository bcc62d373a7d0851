// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: kernel.affine ["h"] decay(%{{.*}}) write(%{{.*}})
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
    %x = kernel.operand "x" : !kernel.buf<[L, D], f32>
    %y = kernel.recur "scan" time "L" carries [#kernel.carry<"h", ["D"], init = "" part "", final = "" part "">] accs [#kernel.acc<"y", store, ["D"], kept = true>] {
      kernel.phase over [] {
        %one = arith.constant 1.0 : f32
        %v = kernel.load %x : !kernel.buf<[L, D], f32> -> f32
        kernel.affine ["h"] decay(%one) write(%v)
      }
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
