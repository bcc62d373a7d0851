// RUN: mixir-opt %s --mixir-lower-find-recurrence --mixir-lower-choose-algorithm=algorithm=convolution --mixir-lower-convolve-constant --remarks-filter=choose --split-input-file 2>&1 | FileCheck %s

// CHECK: [Passed] convolve {{.*}}Remark="recurrence over 'L' is 1 convolution with its answer to an impulse"

// the answer has no batch; the steps are taken once, from the last tap back
// CHECK-LABEL: func.func @diagonal
// CHECK-SAME: #mixer.dim<"L">, #mixer.dim<"L_taps" = "L">
// CHECK: %[[K:.*]]:2 = mixer.scan "L_taps" reverse states ["h"]
// CHECK: ^bb0(%[[H:[a-z0-9]+]]: !mixer.nd<[D, N], f32>, %{{.*}}: !mixer.nd<[], f32>):
// CHECK: mixer.binary mul %{{.*}}, %[[H]]
// CHECK: } : !mixer.nd<[L_taps, D], f32>, !mixer.nd<[D, N], f32>
// CHECK: mixer.conv causal along "L" taps "L_taps" %{{.*}}, %[[K]]#0 : !mixer.nd<[B, L, D], f32>, !mixer.nd<[L_taps, D], f32> -> !mixer.nd<[B, L, D], f32>
// CHECK-NOT: mixer.recurrence
// CHECK: return
func.func @diagonal(%a: !mixer.nd<[D, N], f32>, %b: !mixer.nd<[D, N], f32>, %c: !mixer.nd<[D, N], f32>,
                    %u: !mixer.nd<[B, L, D], f32>) -> !mixer.nd<[B, L, D], f32>
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

// -----

// what changes with the step is outside; the last state keeps its recurrence
// CHECK: [Missed] last_state {{.*}}Remark="the last states are asked for: the steps are taken for them as well"
// CHECK-LABEL: func.func @gated_read
// CHECK: mixer.scan "L_taps" reverse
// CHECK: %[[Y:.*]] = mixer.conv causal
// CHECK: %[[G:.*]] = mixer.binary mul %{{.*}}, %[[Y]] : !mixer.nd<[L, D], f32>
// CHECK: %[[T:.*]] = mixer.recurrence "L" states ["h"]
// CHECK: return %[[G]], %[[T]]
func.func @gated_read(%a: !mixer.nd<[D], f32>, %z: !mixer.nd<[L, D], f32>, %u: !mixer.nd<[L, D], f32>)
    -> (!mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>)
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

// -----

// CHECK: [Missed] algorithm {{.*}}Remark="state 'h': convolution is not possible: a factor of its states changes from step to step"
// CHECK-LABEL: func.func @varying
// CHECK: mixer.recurrence "L"
func.func @varying(%a: !mixer.nd<[L, D], f32>, %u: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32>
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

// -----

// CHECK: [Missed] algorithm {{.*}}Remark="state 'h': convolution is not possible: its states mix 'D', which its inputs have"
// CHECK-LABEL: func.func @mixes_channels
// CHECK: mixer.recurrence "L"
func.func @mixes_channels(%c: !mixer.nd<[D], f32>, %u: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L], f32>
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
