// RUN: mixir-opt %s --mixir-lower-merge-places | FileCheck %s

// The second route adds to what the first one has brought, at its own steps.
// CHECK-LABEL: func.func @two_routes
// CHECK-SAME: %[[Y:[a-z0-9]+]]: !mixer.nd<[T, D], f32>, %[[Z:[a-z0-9]+]]: !mixer.nd<[T, D], f32>
// CHECK: %[[P:.*]] = mixer.place "T" <{{.*}}[<[<"H">, <"W">]>]> %[[Y]]
// CHECK: %[[V:.*]] = mixer.visit "T" <{{.*}}[<[<"W">, <"H">]>]> %[[P]]
// CHECK: %[[S:.*]] = mixer.binary add %[[V]], %[[Z]] : <[D, T], f32>, <[T, D], f32> -> <[T, D], f32>
// CHECK: %[[Q:.*]] = mixer.place "T" <{{.*}}[<[<"W">, <"H">]>]> %[[S]]
// CHECK: return %[[Q]]
func.func @two_routes(%y: !mixer.nd<[T, D], f32>, %z: !mixer.nd<[T, D], f32>) -> !mixer.nd<[H, W, D], f32> {
  %p = mixer.place "T" <["H", "W"], [<[<"H">, <"W">]>]> %y : !mixer.nd<[T, D], f32> -> !mixer.nd<[H, W, D], f32>
  %q = mixer.place "T" <["H", "W"], [<[<"W">, <"H">]>]> %z : !mixer.nd<[T, D], f32> -> !mixer.nd<[H, W, D], f32>
  %s = mixer.binary add %p, %q : !mixer.nd<[H, W, D], f32>, !mixer.nd<[H, W, D], f32> -> !mixer.nd<[H, W, D], f32>
  return %s : !mixer.nd<[H, W, D], f32>
}

// Places that a route leaves out get something too.
// CHECK-LABEL: func.func @some_places
// CHECK: mixer.place
// CHECK: %[[S:.*]] = mixer.binary add
// CHECK: return %[[S]]
func.func @some_places(%y: !mixer.nd<[T, D], f32>, %x: !mixer.nd<[H, W, D], f32>) -> !mixer.nd<[H, W, D], f32> {
  %p = mixer.place "T" <["H", "W"], [<[<"H", div = 2>, <"H", mod = 2, at = 0>, <"W">]>]> %y : !mixer.nd<[T, D], f32> -> !mixer.nd<[H, W, D], f32>
  %s = mixer.binary add %p, %x : !mixer.nd<[H, W, D], f32>, !mixer.nd<[H, W, D], f32> -> !mixer.nd<[H, W, D], f32>
  return %s : !mixer.nd<[H, W, D], f32>
}
