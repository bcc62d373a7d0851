// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>]
// CHECK: kernel.func @r loops [#kernel.loop<"L", 1, serial_reverse>]
// CHECK: kernel.func @s loops [#kernel.loop<"D", 128, spread, lanes = 8>, #kernel.loop<"L", 320, serial, lanes = 64>]
// CHECK-SAME: instead <blocks = 1, along = "L", least = 64>
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  kernel.func @k loops [#kernel.loop<"D", 8, parallel, lanes = 8>, #kernel.loop<"L", 64, serial>] {
  }
  kernel.func @r loops [#kernel.loop<"L", 1, serial_reverse>] {
  }
  kernel.func @s loops [#kernel.loop<"D", 128, spread, lanes = 8>, #kernel.loop<"L", 320, serial, lanes = 64>]
      instead <blocks = 1, along = "L", least = 64> {
  }
}
