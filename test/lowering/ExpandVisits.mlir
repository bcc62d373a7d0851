// RUN: mixir-opt %s --mixir-lower-expand-visits | FileCheck %s

// The place of step t in columns: row t mod H, column t div H.
// CHECK-LABEL: func.func @columns
// CHECK: %[[T:.*]] = mixer.index "T"
// CHECK-DAG: %[[H:.*]] = mixer.binary mod %{{.*}}, %{{.*}}
// CHECK-DAG: %[[W:.*]] = mixer.binary quot
// CHECK: mixer.gather "{{[HW]}}"
// CHECK: mixer.gather "{{[HW]}}"
// CHECK-NOT: mixer.visit
func.func @columns(%x: !mixer.nd<[H, W, D], f32>) -> !mixer.nd<[T, D], f32> {
  %v = mixer.visit "T" <["H", "W"], [<[<"W">, <"H">]>]> %x : !mixer.nd<[H, W, D], f32> -> !mixer.nd<[T, D], f32>
  return %v : !mixer.nd<[T, D], f32>
}

// A place finds its step from its coordinates, and in a table by looking at all steps.
// CHECK-LABEL: func.func @places
// CHECK: mixer.gather "T"
// CHECK: mixer.reduce max ["T"]
// CHECK: mixer.gather "T"
// CHECK-NOT: mixer.place
func.func @places(%y: !mixer.nd<[T, D], f32>, %o: !mixer.nd<[T], i32>) -> !mixer.nd<[H, W, D], f32> {
  %p = mixer.place "T" <["H", "W"], [<[<"W">, <"H">]>]> %y : !mixer.nd<[T, D], f32> -> !mixer.nd<[H, W, D], f32>
  %q = mixer.place "T" <["H", "W"]> %y table %o : !mixer.nd<[T, D], f32>, !mixer.nd<[T], i32> -> !mixer.nd<[H, W, D], f32>
  %s = mixer.binary mul %p, %q : !mixer.nd<[H, W, D], f32>, !mixer.nd<[H, W, D], f32> -> !mixer.nd<[H, W, D], f32>
  return %s : !mixer.nd<[H, W, D], f32>
}
