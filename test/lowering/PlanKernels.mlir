// RUN: not mixir-opt %s --split-input-file --mixir-phase-planned 2> %t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=ERROR < %t.err

// A recurrence takes its neighbours with it: one kernel, states carried, the write's
// time-dependent factor computed once a step, the parameter scaled once a tile.
// CHECK-LABEL: kernel.program @fuses_the_neighbours
// CHECK: kernel.func @scan0 loops [#kernel.loop<"B", 1, parallel>, #kernel.loop<"D", 256, parallel, lanes = 32>, #kernel.loop<"L", {{[0-9]+}}, serial>]
// CHECK: kernel.stage {{.*}} over ["D", "N"] at{{ +}}tile
// CHECK: kernel.recur
// CHECK: kernel.phase over ["N"]
// CHECK: kernel.set_state "h"
// CHECK: kernel.accumulate
// CHECK: kernel.stage "out" {{.*}} into
// CHECK-NOT: kernel.func
func.func @fuses_the_neighbours(
    %u: !mixer.nd<[B, L, D], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["B"],["L"],["D"]]>},
    %b: !mixer.nd<[B, L, N], f32> {mixer.operand = #mixer.operand<"b", in, f32, [["B"],["L"],["N"]]>},
    %a: !mixer.nd<[D, N], f32> {mixer.operand = #mixer.operand<"a", param, f32, [["D"],["N"]]>})
    -> (!mixer.nd<[B, L, D], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["B"],["L"],["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"L">, #mixer.dim<"D">, #mixer.dim<"N", 16>]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>)
      ins(%u, %b : !mixer.nd<[B, L, D], f32>, !mixer.nd<[B, L, N], f32>) {
  ^bb0(%h: !mixer.nd<[B, D, N], f32>, %x: !mixer.nd<[B, D], f32>, %bt: !mixer.nd<[B, N], f32>):
    %xa = mixer.binary mul %x, %a : !mixer.nd<[B, D], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[B, D, N], f32>
    %e = mixer.unary exp %xa : !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D, N], f32>
    %eh = mixer.binary mul %e, %h : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D, N], f32>
    %w = mixer.binary mul %x, %bt : !mixer.nd<[B, D], f32>, !mixer.nd<[B, N], f32> -> !mixer.nd<[B, D, N], f32>
    %n = mixer.binary add %eh, %w : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D, N], f32>
    %r = mixer.reduce sum ["N"] %n : !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D], f32>
    mixer.yield %n, %r : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D], f32>
  } : !mixer.nd<[B, L, D], f32>, !mixer.nd<[B, D, N], f32>
  %o = mixer.binary mul %y, %u : !mixer.nd<[B, L, D], f32>, !mixer.nd<[B, L, D], f32> -> !mixer.nd<[B, L, D], f32>
  return %o : !mixer.nd<[B, L, D], f32>
}

// -----

// A reduction over a dimension that is cut into blocks is a kernel of its own, read through memory.
// CHECK-LABEL: kernel.program @cuts_at_a_reduction_over_blocks
// CHECK-SAME: temps [#mixer.operand<"t0"
// CHECK: kernel.func @map0
// CHECK: combine{{ +}}sum reducing ["D"]
// CHECK: kernel.func @map1
// CHECK: kernel.operand "t0"
func.func @cuts_at_a_reduction_over_blocks(
    %u: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["L"],["D"]]>})
    -> (!mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["L"],["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"D">]} {
  %s = mixer.reduce sum ["D"] %u : !mixer.nd<[L, D], f32> -> !mixer.nd<[L], f32>
  %o = mixer.binary mul %u, %s : !mixer.nd<[L, D], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[L, D], f32>
  return %o : !mixer.nd<[L, D], f32>
}

// -----

// What a step loops over must be known.
// ERROR: error: expected dimension 'N', which a step loops over, to be fixed at compile time
func.func @needs_fixed_inner_dimensions(
    %u: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["L"], ["D"]]>},
    %b: !mixer.nd<[L, N], f32> {mixer.operand = #mixer.operand<"b", in, f32, [["L"], ["N"]]>})
    -> (!mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"out", out, f32, [["L"], ["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"D">, #mixer.dim<"N">]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %last = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>)
      ins(%b, %u : !mixer.nd<[L, N], f32>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D, N], f32>, %bt: !mixer.nd<[N], f32>, %ut: !mixer.nd<[D], f32>):
    %bu = mixer.binary mul %bt, %ut : !mixer.nd<[N], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D, N], f32>
    %n = mixer.binary add %h, %bu : !mixer.nd<[D, N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %r = mixer.reduce sum ["N"] %n : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %r : !mixer.nd<[D, N], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D, N], f32>
  return %y : !mixer.nd<[L, D], f32>
}
