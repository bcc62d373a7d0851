// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C4
func.func @f() {
  // expected-error @+1 {{expected a constant over [], got [B]}}
  %0 = mixer.constant 1.0 : !mixer.nd<[B], f32>
  return
}
