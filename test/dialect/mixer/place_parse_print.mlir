// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: func.func @place
func.func @place(%y: !mixer.nd<[D, T], f32>, %o: !mixer.nd<[B, T], i32>) -> !mixer.nd<[B, H, W, D], f32> {
  // CHECK: mixer.place "T" <["H", "W"], [<[<"H">, <"W">]>, <[<"W">, <"H">]>]> %{{.*}} : <[D, T], f32> -> <[H, W, D], f32>
  %a = mixer.place "T" <["H", "W"], [<[<"H">, <"W">]>, <[<"W">, <"H">]>]> %y : !mixer.nd<[D, T], f32> -> !mixer.nd<[H, W, D], f32>
  // CHECK: mixer.place "T" <["H", "W"]> %{{.*}} table %{{.*}} : <[D, T], f32>, !mixer.nd<[B, T], i32> -> <[B, H, W, D], f32>
  %c = mixer.place "T" <["H", "W"]> %y table %o : !mixer.nd<[D, T], f32>, !mixer.nd<[B, T], i32> -> !mixer.nd<[B, H, W, D], f32>
  return %c : !mixer.nd<[B, H, W, D], f32>
}
