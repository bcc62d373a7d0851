// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C12
func.func @f(%x: !mixer.nd<[D], f32>, %w: !mixer.nd<[D, W], f32>) {
  // expected-error @+1 {{expected an input over 'L', got [D]}}
  %0 = mixer.conv causal along "L" taps "W" %x, %w : !mixer.nd<[D], f32>, !mixer.nd<[D, W], f32> -> !mixer.nd<[D], f32>
  return
}

// -----

// C13
func.func @f(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[D], f32>) {
  // expected-error @+1 {{expected taps 'W' to be a dimension of the weights only}}
  %0 = mixer.conv causal along "L" taps "W" %x, %w : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[L, D], f32>
  return
}

// -----

// C14
func.func @f(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[D, W], f32>, %h: !mixer.nd<[D, S], f32>) {
  // expected-error @+1 {{expected earlier samples over a history dimension of a causal stencil}}
  %0 = mixer.conv same along "L" taps "W" %x, %w init %h history "S" : !mixer.nd<[L, D], f32>, !mixer.nd<[D, W], f32>, !mixer.nd<[D, S], f32> -> !mixer.nd<[L, D], f32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[D, W], f32>) {
  // expected-error @+1 {{expected a result over [L, D], got [L]}}
  %0 = mixer.conv causal along "L" taps "W" %x, %w : !mixer.nd<[L, D], f32>, !mixer.nd<[D, W], f32> -> !mixer.nd<[L], f32>
  return
}
