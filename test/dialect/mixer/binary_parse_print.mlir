// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.binary add %
// CHECK: mixer.binary sub %
// CHECK: mixer.binary mul %
// CHECK: mixer.binary div %
// CHECK: mixer.binary pow %
// CHECK: mixer.binary min %
// CHECK: mixer.binary max %
// CHECK: mixer.binary mod %
// CHECK: mixer.binary and %
// CHECK: mixer.binary or %
func.func @f(%x: !mixer.nd<[B], f32>, %y: !mixer.nd<[L], f32>, %b: !mixer.nd<[B], i1>, %i: !mixer.nd<[B], i32>) {
  %0 = mixer.binary add %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B, L], f32>
  %1 = mixer.binary sub %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B, L], f32>
  %2 = mixer.binary mul %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B, L], f32>
  %3 = mixer.binary div %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B, L], f32>
  %4 = mixer.binary pow %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B, L], f32>
  %5 = mixer.binary min %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B, L], f32>
  %6 = mixer.binary max %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[L], f32> -> !mixer.nd<[B, L], f32>
  %7 = mixer.binary mod %i, %i : !mixer.nd<[B], i32>, !mixer.nd<[B], i32> -> !mixer.nd<[B], i32>
  %a = mixer.binary and %b, %b : !mixer.nd<[B], i1>, !mixer.nd<[B], i1> -> !mixer.nd<[B], i1>
  %o = mixer.binary or %b, %b : !mixer.nd<[B], i1>, !mixer.nd<[B], i1> -> !mixer.nd<[B], i1>
  return
}
