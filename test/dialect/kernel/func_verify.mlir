// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// K2
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  // expected-error @+1 {{expected 'loops' to hold #kernel.loop attributes with blocks of at least 1}}
  kernel.func @k loops [#kernel.loop<"L", 0, parallel>] {
  }
}

// -----

// K3
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  // expected-error @+1 {{expected at most one serial, one lane and one spread loop, got 2, 0 and 0}}
  kernel.func @k loops [#kernel.loop<"L", 4, serial>, #kernel.loop<"D", 4, serial>] {
  }
}

// -----

// K16
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">]
    operands [#mixer.operand<"x", in, f32, [["L"], ["D"]]>, #mixer.operand<"y", out, f32, [["L"], ["D"]]>]
    temps [#mixer.operand<"t0", out, f32, [["L"]]>] {
  // expected-error @+1 {{expected blocks of whole groups of lanes, got a block of 12 and 8 lanes}}
  kernel.func @k loops [#kernel.loop<"D", 12, parallel, lanes = 8>] {
  }
}

// -----

// K18
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">] operands [] temps [] {
  kernel.func @a loops [#kernel.loop<"L", 8, parallel>] {
  }
  // expected-error @+1 {{expected to join a kernel before it that has the same parallel loops}}
  kernel.func @b loops [#kernel.loop<"D", 8, parallel>] joins {
  }
}

// -----

// K22
kernel.program @p dims [#mixer.dim<"L">, #mixer.dim<"D">] operands [] temps [] {
  kernel.func @a loops [#kernel.loop<"L", 8, parallel>] {
  }
  kernel.func @b loops [#kernel.loop<"D", 8, parallel>] instead #kernel.instead<blocks = 1, along = "L", least = 64> {
  }
  // expected-error @+1 {{expected to run instead of a kernel before it that runs instead of none}}
  kernel.func @c loops [#kernel.loop<"D", 8, parallel>] instead #kernel.instead<blocks = 1, along = "L", least = 64> {
  }
}

// -----

// K25
kernel.program @p dims [#mixer.dim<"B">, #mixer.dim<"D">] operands [] temps [] batch <"B"> {
  kernel.func @a loops [#kernel.loop<"B", 1, parallel>] {
  }
  // expected-error @+1 {{expected one entry of the batch a block, got a parallel loop in blocks of 32}}
  kernel.func @b loops [#kernel.loop<"B", 32, parallel, lanes = 32>] {
  }
}
