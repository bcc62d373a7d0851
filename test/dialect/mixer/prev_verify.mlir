// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C15
func.func @f(%x: !mixer.nd<[L, D], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    // expected-error @+1 {{expected at least 1 step, got 0}}
    %n = mixer.prev %xt by 0 : !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return
}

// -----

// C16
func.func @f(%x: !mixer.nd<[D], f32>) {
  // expected-error @+1 {{expected to be in a scan}}
  %0 = mixer.prev %x by 1 : !mixer.nd<[D], f32>
  return
}
