// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.unary neg %
// CHECK: mixer.unary exp %
// CHECK: mixer.unary log %
// CHECK: mixer.unary log1p %
// CHECK: mixer.unary sqrt %
// CHECK: mixer.unary rsqrt %
// CHECK: mixer.unary abs %
// CHECK: mixer.unary sin %
// CHECK: mixer.unary cos %
// CHECK: mixer.unary tanh %
// CHECK: mixer.unary sigmoid %
// CHECK: mixer.unary floor %
// CHECK: mixer.unary exp2 %
// CHECK: mixer.unary erf %
// CHECK: mixer.unary conj %
// CHECK: mixer.unary not %
// CHECK: mixer.unary re %
// CHECK: mixer.unary im %
func.func @f(%x: !mixer.nd<[B], f32>, %b: !mixer.nd<[B], i1>, %c: !mixer.nd<[B], complex<f32>>) {
  %0 = mixer.unary neg %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %1 = mixer.unary exp %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %2 = mixer.unary log %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %3 = mixer.unary log1p %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %4 = mixer.unary sqrt %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %5 = mixer.unary rsqrt %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %6 = mixer.unary abs %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %7 = mixer.unary sin %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %8 = mixer.unary cos %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %9 = mixer.unary tanh %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %10 = mixer.unary sigmoid %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %11 = mixer.unary floor %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %12 = mixer.unary exp2 %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %14 = mixer.unary erf %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %13 = mixer.unary conj %x : !mixer.nd<[B], f32> -> !mixer.nd<[B], f32>
  %n = mixer.unary not %b : !mixer.nd<[B], i1> -> !mixer.nd<[B], i1>
  %re = mixer.unary re %c : !mixer.nd<[B], complex<f32>> -> !mixer.nd<[B], f32>
  %im = mixer.unary im %c : !mixer.nd<[B], complex<f32>> -> !mixer.nd<[B], f32>
  return
}
