// RUN: mixir-opt %s --mixir-lower-hoist-visits | FileCheck %s

// What is visited is what lies in memory; what has no axis is not visited.
// CHECK-LABEL: func.func @pointwise
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[H, W, D], f32>, %[[A:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK: %[[V:.*]] = mixer.visit "T" <{{.*}}> %[[X]] : <[H, W, D], f32> -> <[D, T], f32>
// CHECK: %[[M:.*]] = mixer.binary mul %[[V]], %[[A]] : <[D, T], f32>, <[D], f32> -> <[D, T], f32>
// CHECK: %[[E:.*]] = mixer.unary exp %[[M]] : <[D, T], f32> -> <[D, T], f32>
// CHECK: return %[[E]]
func.func @pointwise(%x: !mixer.nd<[H, W, D], f32>, %a: !mixer.nd<[D], f32>) -> !mixer.nd<[D, T], f32> {
  %m = mixer.binary mul %x, %a : !mixer.nd<[H, W, D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[H, W, D], f32>
  %e = mixer.unary exp %m : !mixer.nd<[H, W, D], f32> -> !mixer.nd<[H, W, D], f32>
  %v = mixer.visit "T" <["H", "W"], [<[<"W">, <"H">]>]> %e : !mixer.nd<[H, W, D], f32> -> !mixer.nd<[D, T], f32>
  return %v : !mixer.nd<[D, T], f32>
}

// A sum is computed where it is written.
// CHECK-LABEL: func.func @sum
// CHECK: %[[S:.*]] = mixer.reduce
// CHECK: mixer.visit "T" <{{.*}}> %[[S]]
func.func @sum(%x: !mixer.nd<[H, W, D], f32>) -> !mixer.nd<[T], f32> {
  %s = mixer.reduce sum ["D"] %x : !mixer.nd<[H, W, D], f32> -> !mixer.nd<[H, W], f32>
  %v = mixer.visit "T" <["H", "W"], [<[<"W">, <"H">]>]> %s : !mixer.nd<[H, W], f32> -> !mixer.nd<[T], f32>
  return %v : !mixer.nd<[T], f32>
}

// Where a step may have no place, what is not zero of zeros is made zero there.
// CHECK-LABEL: func.func @ghosts
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[H, W], f32>
// CHECK-DAG: %[[V:.*]] = mixer.visit "T" <{{.*}}> %[[X]] : <[H, W], f32> -> <[T], f32>
// CHECK-DAG: %[[E:.*]] = mixer.unary exp %[[V]] : <[T], f32> -> <[T], f32>
// CHECK-DAG: %[[S:.*]] = mixer.visit "T" <{{.*}}> %{{.*}} : <[H], i32> -> <[T], i32>
// CHECK-DAG: %[[P:.*]] = mixer.compare gt %[[S]], %{{.*}} : <[T], i32>, <[], i32> -> <[T], i1>
// CHECK: %[[R:.*]] = mixer.select %[[P]], %[[E]], %{{.*}}
// CHECK: return %[[R]]
func.func @ghosts(%x: !mixer.nd<[H, W], f32>) -> !mixer.nd<[T], f32> {
  %e = mixer.unary exp %x : !mixer.nd<[H, W], f32> -> !mixer.nd<[H, W], f32>
  %v = mixer.visit "T" <["H", "W"], [<[<"H", div = 2>, <"W">, <"H", mod = 2>]>]> %e : !mixer.nd<[H, W], f32> -> !mixer.nd<[T], f32>
  return %v : !mixer.nd<[T], f32>
}

// Of zeros the square is zero.
// CHECK-LABEL: func.func @zero
// CHECK-NOT: mixer.select
// CHECK: return
func.func @zero(%x: !mixer.nd<[H, W], f32>) -> !mixer.nd<[T], f32> {
  %e = mixer.binary mul %x, %x : !mixer.nd<[H, W], f32>, !mixer.nd<[H, W], f32> -> !mixer.nd<[H, W], f32>
  %v = mixer.visit "T" <["H", "W"], [<[<"H", div = 2>, <"W">, <"H", mod = 2>]>]> %e : !mixer.nd<[H, W], f32> -> !mixer.nd<[T], f32>
  return %v : !mixer.nd<[T], f32>
}
