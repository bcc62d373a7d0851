// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: func.func @visit
func.func @visit(%x: !mixer.nd<[H, W, D], f32>, %o: !mixer.nd<[B, T], i32>) -> !mixer.nd<[B, D, T], f32> {
  // CHECK: mixer.visit "T" <["H", "W"], [<[<"H", reversed = true>, <"W", snake = true>]>]> %{{.*}} : <[H, W, D], f32> -> <[D, T], f32>
  %a = mixer.visit "T" <["H", "W"], [<[<"H", reversed = true>, <"W", snake = true>]>]> %x : !mixer.nd<[H, W, D], f32> -> !mixer.nd<[D, T], f32>
  // CHECK: mixer.visit "T" <["H", "W"], [<[<"H", div = 2>, <"H", mod = 2, at = 1>, <"W", skew = "H", back = true>], reversed = true>]>
  %b = mixer.visit "T" <["H", "W"], [<[<"H", div = 2>, <"H", mod = 2, at = 1>, <"W", skew = "H", back = true>], reversed = true>]> %x : !mixer.nd<[H, W, D], f32> -> !mixer.nd<[D, T], f32>
  // CHECK: mixer.visit "T" <["H", "W"]> %{{.*}} table %{{.*}} : <[H, W, D], f32>, !mixer.nd<[B, T], i32> -> <[B, D, T], f32>
  %c = mixer.visit "T" <["H", "W"]> %x table %o : !mixer.nd<[H, W, D], f32>, !mixer.nd<[B, T], i32> -> !mixer.nd<[B, D, T], f32>
  return %c : !mixer.nd<[B, D, T], f32>
}
