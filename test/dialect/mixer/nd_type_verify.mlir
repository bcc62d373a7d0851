// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C5
// expected-error @+1 {{expected element type f32, complex<f32>, i32 or i1, got 'f64'}}
func.func private @f(!mixer.nd<[B], f64>)

// -----

// C6
// expected-error @+1 {{expected distinct dimensions, got 'B' twice}}
func.func private @f(!mixer.nd<[B, L, B], f32>)
