// RUN: mixir-opt %s --mixir-lower-find-recurrence --mixir-lower-choose-algorithm=algorithm=convolution --mixir-lower-convolve-constant 2>/dev/null | FileCheck %s
// RUN: mixir-opt %s --mixir-lower-find-recurrence --mixir-lower-choose-algorithm=algorithm=convolution --mixir-lower-convolve-constant --remarks-filter=choose 2>&1 | FileCheck %s --check-prefix=REMARK

// REMARK-DAG: [Passed] convolve {{.*}}Function=diagonal | Remark="recurrence over 'L' is 1 convolution with its answer to an impulse"
// REMARK-DAG: [Missed] last_state {{.*}}Function=gated_read | Remark="the last states are asked for: the steps are taken for them as well"
// REMARK-DAG: [Missed] algorithm {{.*}}Function=varying {{.*}}Remark="state 'h': convolution is not possible: a factor of its states changes from step to step"
// REMARK-DAG: [Missed] algorithm {{.*}}Function=mixes_channels {{.*}}Remark="state 'h': convolution is not possible: its states mix 'D', which its inputs have"

// the answer has no batch; its steps go from the last tap back
// CHECK-LABEL: func.func @diagonal
// CHECK-SAME: #mixer.dim<"L">, #mixer.dim<"L_taps" = "L">
// CHECK: %[[K:.*]]:2 = mixer.scan "L_taps" reverse
// CHECK: ^bb0(%[[H:[a-z0-9]+]]: !mixer.nd<[D, N], f32>, %{{.*}}: !mixer.nd<[], f32>):
// CHECK: mixer.binary mul %{{.*}}, %[[H]]
// CHECK: } : !mixer.nd<[L_taps, D], f32>, !mixer.nd<[D, N], f32>
// CHECK: mixer.conv causal along "L" taps "L_taps" %{{.*}}, %[[K]]#0 : <[B, L, D], f32>, <[L_taps, D], f32> -> <[B, L, D], f32>
// CHECK-NOT: mixer.recurrence
// CHECK: return
func.func @diagonal(
    %a: !mixer.nd<[D, N], f32> {mixer.operand = #mixer.operand<"a", in, f32, [["D"], ["N"]]>},
    %b: !mixer.nd<[D, N], f32> {mixer.operand = #mixer.operand<"b", in, f32, [["D"], ["N"]]>},
    %c: !mixer.nd<[D, N], f32> {mixer.operand = #mixer.operand<"c", in, f32, [["D"], ["N"]]>},
    %u: !mixer.nd<[B, L, D], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["B"], ["L"], ["D"]]>})
    -> (!mixer.nd<[B, L, D], f32> {mixer.operand = #mixer.operand<"o0", out, f32, [["B"], ["L"], ["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"B">, #mixer.dim<"L">, #mixer.dim<"D">, #mixer.dim<"N", 4>]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%u : !mixer.nd<[B, L, D], f32>) {
  ^bb0(%h: !mixer.nd<[B, D, N], f32>, %ut: !mixer.nd<[B, D], f32>):
    %d = mixer.binary mul %a, %h : !mixer.nd<[D, N], f32>, !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D, N], f32>
    %w = mixer.binary mul %b, %ut : !mixer.nd<[D, N], f32>, !mixer.nd<[B, D], f32> -> !mixer.nd<[B, D, N], f32>
    %n = mixer.binary add %d, %w : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D, N], f32>
    %p = mixer.binary mul %c, %n : !mixer.nd<[D, N], f32>, !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D, N], f32>
    %r = mixer.reduce sum ["N"] %p : !mixer.nd<[B, D, N], f32> -> !mixer.nd<[B, D], f32>
    mixer.yield %n, %r : !mixer.nd<[B, D, N], f32>, !mixer.nd<[B, D], f32>
  } : !mixer.nd<[B, L, D], f32>, !mixer.nd<[B, D, N], f32>
  return %y : !mixer.nd<[B, L, D], f32>
}

// what changes with the step is outside; the last state keeps its recurrence
// CHECK-LABEL: func.func @gated_read
// CHECK: mixer.scan "L_taps" reverse
// CHECK: %[[Y:.*]] = mixer.conv causal
// CHECK: %[[G:.*]] = mixer.binary mul %{{.*}}, %[[Y]] : <[L, D], f32>
// CHECK: %[[T:.*]] = mixer.recurrence "L" states ["h"]
// CHECK: return %[[G]], %[[T]]
func.func @gated_read(
    %a: !mixer.nd<[D], f32> {mixer.operand = #mixer.operand<"a", in, f32, [["D"]]>},
    %z: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"z", in, f32, [["L"], ["D"]]>},
    %u: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["L"], ["D"]]>})
    -> (!mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"o0", out, f32, [["L"], ["D"]]>}, !mixer.nd<[D], f32> {mixer.operand = #mixer.operand<"o1", out, f32, [["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"D">]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>)
      ins(%z, %u : !mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %zt: !mixer.nd<[D], f32>, %ut: !mixer.nd<[D], f32>):
    %d = mixer.binary mul %a, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %d, %ut : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %r = mixer.binary mul %zt, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %r : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y, %hT : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @varying
// CHECK: mixer.recurrence "L"
func.func @varying(
    %a: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"a", in, f32, [["L"], ["D"]]>},
    %u: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["L"], ["D"]]>})
    -> (!mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"o0", out, f32, [["L"], ["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"D">]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>)
      ins(%a, %u : !mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %at: !mixer.nd<[D], f32>, %ut: !mixer.nd<[D], f32>):
    %d = mixer.binary mul %at, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %d, %ut : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @mixes_channels
// CHECK: mixer.recurrence "L"
func.func @mixes_channels(
    %c: !mixer.nd<[D], f32> {mixer.operand = #mixer.operand<"c", in, f32, [["D"]]>},
    %u: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"u", in, f32, [["L"], ["D"]]>})
    -> (!mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"o0", out, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"D">]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%u : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %ut: !mixer.nd<[D], f32>):
    %n = mixer.binary add %h, %ut : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %p = mixer.binary mul %c, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %r = mixer.reduce sum ["D"] %p : !mixer.nd<[D], f32> -> !mixer.nd<[], f32>
    mixer.yield %n, %r : !mixer.nd<[D], f32>, !mixer.nd<[], f32>
  } : !mixer.nd<[L], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L], f32>
}
