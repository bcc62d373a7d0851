// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C12
func.func @f(%x: !mixer.nd<[D], f32>) {
  // expected-error @+1 {{expected an input over 'L' and not over 'S', got [D]}}
  %0 = mixer.tail along "L" into "S" %x : !mixer.nd<[D], f32> -> !mixer.nd<[D, S], f32>
  return
}

// -----

// C4
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  // expected-error @+1 {{expected a result over [D, S], got [D]}}
  %0 = mixer.tail along "L" into "S" %x : !mixer.nd<[L, D], f32> -> !mixer.nd<[D], f32>
  return
}
