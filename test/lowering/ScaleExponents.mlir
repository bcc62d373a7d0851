// RUN: mixir-opt %s --mixir-lower-scale-exponents | FileCheck %s

// CHECK-LABEL: func.func @scales_a_plain_exponent
// CHECK-SAME: %[[G:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK: %[[C:.*]] = mixer.constant 1.442695
// CHECK: %[[E:.*]] = mixer.binary mul %[[G]], %[[C]]
// CHECK: mixer.unary exp2 %[[E]]
// CHECK-NOT: mixer.unary exp %
func.func @scales_a_plain_exponent(%g: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %0 = mixer.unary exp %g : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %0 : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @scales_the_factor_computed_once
// CHECK-SAME: %{{[a-z0-9]+}}: !mixer.nd<[L, D], f32>, %[[A:[a-z0-9]+]]: !mixer.nd<[D, N], f32>
// CHECK: %[[C:.*]] = mixer.constant 1.442695
// CHECK: %[[S:.*]] = mixer.binary mul %[[A]], %[[C]]
// CHECK: mixer.scan
// CHECK: ^bb0(%{{.*}}: !mixer.nd<[D, N], f32>, %[[DT:.*]]: !mixer.nd<[D], f32>):
// CHECK-NEXT: %[[E:.*]] = mixer.binary mul %[[DT]], %[[S]]
// CHECK-NEXT: mixer.unary exp2 %[[E]]
func.func @scales_the_factor_computed_once(%dt: !mixer.nd<[L, D], f32>, %a: !mixer.nd<[D, N], f32>) -> !mixer.nd<[D, N], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%dt : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D, N], f32>, %dtt: !mixer.nd<[D], f32>):
    %0 = mixer.binary mul %dtt, %a : !mixer.nd<[D], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %1 = mixer.unary exp %0 : !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    %2 = mixer.binary mul %1, %h : !mixer.nd<[D, N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    mixer.yield %2 : !mixer.nd<[D, N], f32>
  } : !mixer.nd<[D, N], f32>
  return %hT : !mixer.nd<[D, N], f32>
}

// CHECK-LABEL: func.func @scales_what_lacks_the_walked_dimension
// CHECK-SAME: %[[DT:[a-z0-9]+]]: !mixer.nd<[L], f32>, %[[A:[a-z0-9]+]]: !mixer.nd<[D, N], f32>
// CHECK: %[[S:.*]] = mixer.binary mul %[[A]], %{{.*}} : <[D, N], f32>, <[], f32>
// CHECK: %[[E:.*]] = mixer.binary mul %[[DT]], %[[S]]
// CHECK: mixer.unary exp2 %[[E]]
func.func @scales_what_lacks_the_walked_dimension(%dt: !mixer.nd<[L], f32>, %a: !mixer.nd<[D, N], f32>) -> !mixer.nd<[D, N], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %0 = mixer.binary mul %dt, %a : !mixer.nd<[L], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[L, D, N], f32>
  %1 = mixer.unary exp %0 : !mixer.nd<[L, D, N], f32> -> !mixer.nd<[L, D, N], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%1 : !mixer.nd<[L, D, N], f32>) {
  ^bb0(%h: !mixer.nd<[D, N], f32>, %at: !mixer.nd<[D, N], f32>):
    %2 = mixer.binary mul %at, %h : !mixer.nd<[D, N], f32>, !mixer.nd<[D, N], f32> -> !mixer.nd<[D, N], f32>
    mixer.yield %2 : !mixer.nd<[D, N], f32>
  } : !mixer.nd<[D, N], f32>
  return %hT : !mixer.nd<[D, N], f32>
}

// CHECK-LABEL: func.func @takes_a_sign_into_the_scale
// CHECK-SAME: %[[G:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK: %[[C:.*]] = mixer.constant -1.442695
// CHECK: %[[E:.*]] = mixer.binary mul %[[G]], %[[C]]
// CHECK: mixer.unary exp2 %[[E]]
// CHECK-NOT: mixer.unary neg
func.func @takes_a_sign_into_the_scale(%g: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %0 = mixer.unary neg %g : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  %1 = mixer.unary exp %0 : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %1 : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @takes_the_scale_into_a_constant
// CHECK-SAME: %[[G:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK-NEXT: %[[C:.*]] = mixer.constant 2.885390
// CHECK-NEXT: %[[E:.*]] = mixer.binary mul %[[G]], %[[C]]
// CHECK-NEXT: mixer.unary exp2 %[[E]]
func.func @takes_the_scale_into_a_constant(%g: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %two = mixer.constant 2.0 : !mixer.nd<[], f32>
  %0 = mixer.binary mul %g, %two : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  %1 = mixer.unary exp %0 : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %1 : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @scales_nested_exponentials
// CHECK: %[[I:.*]] = mixer.unary exp2
// CHECK: mixer.binary mul %[[I]]
// CHECK: mixer.unary exp2
// CHECK-NOT: mixer.unary exp %
func.func @scales_nested_exponentials(%g: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %0 = mixer.unary exp %g : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  %1 = mixer.unary exp %0 : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %1 : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @leaves_complex_exponentials
// CHECK: mixer.unary exp %
func.func @leaves_complex_exponentials(%g: !mixer.nd<[D], complex<f32>>) -> !mixer.nd<[D], complex<f32>> {
  %0 = mixer.unary exp %g : !mixer.nd<[D], complex<f32>> -> !mixer.nd<[D], complex<f32>>
  return %0 : !mixer.nd<[D], complex<f32>>
}
