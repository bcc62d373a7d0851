// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.reduce sum ["N", "B"] %
// CHECK: mixer.reduce mean ["N", "B"] %
// CHECK: mixer.reduce max ["N", "B"] %
// CHECK: mixer.reduce min ["N", "B"] %
func.func @f(%x: !mixer.nd<[B, D, N], f32>) {
  %0 = mixer.reduce sum ["N", "B"] %x : !mixer.nd<[B, D, N], f32> -> !mixer.nd<[D], f32>
  %1 = mixer.reduce mean ["N", "B"] %x : !mixer.nd<[B, D, N], f32> -> !mixer.nd<[D], f32>
  %2 = mixer.reduce max ["N", "B"] %x : !mixer.nd<[B, D, N], f32> -> !mixer.nd<[D], f32>
  %3 = mixer.reduce min ["N", "B"] %x : !mixer.nd<[B, D, N], f32> -> !mixer.nd<[D], f32>
  return
}
