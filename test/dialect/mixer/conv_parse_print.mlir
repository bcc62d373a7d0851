// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.conv causal along "L" taps "W" %{{.*}}, %{{.*}} : {{.*}}<[L, D], f32>, {{.*}}<[D, W], f32> -> {{.*}}<[L, D], f32>
// CHECK: mixer.conv same along "L" taps "W"
// CHECK: mixer.conv anticausal along "L" taps "W"
// CHECK: mixer.conv causal along "L" taps "W" %{{.*}}, %{{.*}} init %{{.*}} history "S" : {{.*}}<[L, D], f32>, {{.*}}<[D, W], f32>, {{.*}}<[D, S], f32> -> {{.*}}<[L, D], f32>
func.func @f(%x: !mixer.nd<[L, D], f32>, %w: !mixer.nd<[D, W], f32>, %h: !mixer.nd<[D, S], f32>) {
  %0 = mixer.conv causal along "L" taps "W" %x, %w : !mixer.nd<[L, D], f32>, !mixer.nd<[D, W], f32> -> !mixer.nd<[L, D], f32>
  %1 = mixer.conv same along "L" taps "W" %x, %w : !mixer.nd<[L, D], f32>, !mixer.nd<[D, W], f32> -> !mixer.nd<[L, D], f32>
  %3 = mixer.conv anticausal along "L" taps "W" %x, %w : !mixer.nd<[L, D], f32>, !mixer.nd<[D, W], f32> -> !mixer.nd<[L, D], f32>
  %2 = mixer.conv causal along "L" taps "W" %x, %w init %h history "S" : !mixer.nd<[L, D], f32>, !mixer.nd<[D, W], f32>, !mixer.nd<[D, S], f32> -> !mixer.nd<[L, D], f32>
  return
}
