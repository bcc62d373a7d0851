// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.constant 1.500000e+00 : {{.*}}<[], f32>
// CHECK: mixer.constant 1.000000e+00 im -2.000000e+00 : {{.*}}<[], complex<f32>>
// CHECK: mixer.constant 3.000000e+00 : {{.*}}<[], i32>
func.func @f() {
  %0 = mixer.constant 1.5 : !mixer.nd<[], f32>
  %1 = mixer.constant 1.0 im -2.0 : !mixer.nd<[], complex<f32>>
  %2 = mixer.constant 3.0 : !mixer.nd<[], i32>
  return
}
