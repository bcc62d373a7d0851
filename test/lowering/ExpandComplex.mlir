// RUN: mixir-opt %s --split-input-file --verify-diagnostics --mixir-lower-expand-complex | FileCheck %s
// RUN: mixir-opt %s --split-input-file --verify-diagnostics --mixir-lower-expand-complex --mixir-lower-fold-pointwise --cse | mixir-opt --split-input-file | FileCheck %s --check-prefix=AGAIN

// AGAIN-LABEL: func.func @a_product_is_four_products

// CHECK-LABEL: func.func @a_product_is_four_products
// CHECK-SAME: %[[A:[a-z0-9]+]]: !mixer.nd<[D], complex<f32>>, %[[B:[a-z0-9]+]]: !mixer.nd<[N], complex<f32>>
// CHECK-DAG: %[[AR:.*]] = mixer.unary re %[[A]]
// CHECK-DAG: %[[AI:.*]] = mixer.unary im %[[A]]
// CHECK-DAG: %[[BR:.*]] = mixer.unary re %[[B]]
// CHECK-DAG: %[[BI:.*]] = mixer.unary im %[[B]]
// CHECK-DAG: %[[RR:.*]] = mixer.binary mul %[[AR]], %[[BR]]
// CHECK-DAG: %[[II:.*]] = mixer.binary mul %[[AI]], %[[BI]]
// CHECK-DAG: %[[RE:.*]] = mixer.binary sub %[[RR]], %[[II]]
// CHECK-DAG: %[[RI:.*]] = mixer.binary mul %[[AR]], %[[BI]]
// CHECK-DAG: %[[IR:.*]] = mixer.binary mul %[[AI]], %[[BR]]
// CHECK-DAG: %[[IM:.*]] = mixer.binary add %[[RI]], %[[IR]]
// CHECK: %[[C:.*]] = mixer.complex %[[RE]], %[[IM]]
// CHECK-NEXT: return %[[C]]
func.func @a_product_is_four_products(%a: !mixer.nd<[D], complex<f32>>, %b: !mixer.nd<[N], complex<f32>>) -> !mixer.nd<[D, N], complex<f32>> {
  %0 = mixer.binary mul %a, %b : !mixer.nd<[D], complex<f32>>, !mixer.nd<[N], complex<f32>> -> !mixer.nd<[D, N], complex<f32>>
  return %0 : !mixer.nd<[D, N], complex<f32>>
}

// CHECK-LABEL: func.func @a_real_factor_scales_both_parts
// CHECK-SAME: %[[A:[a-z0-9]+]]: !mixer.nd<[D], complex<f32>>, %[[X:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK-COUNT-2: mixer.binary mul %{{.*}}, %[[X]]
// CHECK-NOT: mixer.binary
func.func @a_real_factor_scales_both_parts(%a: !mixer.nd<[D], complex<f32>>, %x: !mixer.nd<[D], f32>) -> !mixer.nd<[D], complex<f32>> {
  %c = mixer.cast %x : !mixer.nd<[D], f32> -> !mixer.nd<[D], complex<f32>>
  %0 = mixer.binary mul %a, %c : !mixer.nd<[D], complex<f32>>, !mixer.nd<[D], complex<f32>> -> !mixer.nd<[D], complex<f32>>
  return %0 : !mixer.nd<[D], complex<f32>>
}

// CHECK-LABEL: func.func @an_exponential_is_a_size_and_an_angle
// CHECK-DAG: %[[E:.*]] = mixer.unary exp
// CHECK-DAG: %[[C:.*]] = mixer.unary cos
// CHECK-DAG: %[[S:.*]] = mixer.unary sin
// CHECK-DAG: %[[RE:.*]] = mixer.binary mul %[[E]], %[[C]]
// CHECK-DAG: %[[IM:.*]] = mixer.binary mul %[[E]], %[[S]]
// CHECK: mixer.complex %[[RE]], %[[IM]]
func.func @an_exponential_is_a_size_and_an_angle(%a: !mixer.nd<[D], complex<f32>>) -> !mixer.nd<[D], complex<f32>> {
  %0 = mixer.unary exp %a : !mixer.nd<[D], complex<f32>> -> !mixer.nd<[D], complex<f32>>
  return %0 : !mixer.nd<[D], complex<f32>>
}

// CHECK-LABEL: func.func @a_quotient_divides_by_the_squared_size
// CHECK: %[[N:.*]] = mixer.binary add
// CHECK: mixer.binary div %{{.*}}, %[[N]]
// CHECK: mixer.binary div %{{.*}}, %[[N]]
func.func @a_quotient_divides_by_the_squared_size(%a: !mixer.nd<[D], complex<f32>>, %b: !mixer.nd<[D], complex<f32>>) -> !mixer.nd<[D], complex<f32>> {
  %0 = mixer.binary div %a, %b : !mixer.nd<[D], complex<f32>>, !mixer.nd<[D], complex<f32>> -> !mixer.nd<[D], complex<f32>>
  return %0 : !mixer.nd<[D], complex<f32>>
}

// CHECK-LABEL: func.func @an_absolute_value_is_a_root
// CHECK: %[[S:.*]] = mixer.binary add
// CHECK: mixer.unary sqrt %[[S]]
// CHECK-NOT: mixer.unary abs
func.func @an_absolute_value_is_a_root(%a: !mixer.nd<[D], complex<f32>>) -> !mixer.nd<[D], f32> {
  %0 = mixer.unary abs %a : !mixer.nd<[D], complex<f32>> -> !mixer.nd<[D], f32>
  return %0 : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_part_over_fewer_dimensions_is_repeated
// CHECK-SAME: %{{[a-z0-9]+}}: !mixer.nd<[D], f32>, %[[Y:[a-z0-9]+]]: !mixer.nd<[N], f32>
// CHECK: mixer.index "D"
// CHECK: %[[W:.*]] = mixer.select %{{.*}}, %[[Y]], %[[Y]]
// CHECK: return %[[W]]
func.func @a_part_over_fewer_dimensions_is_repeated(%x: !mixer.nd<[D], f32>, %y: !mixer.nd<[N], f32>) -> !mixer.nd<[D, N], f32> {
  %0 = mixer.complex %x, %y : !mixer.nd<[D], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[D, N], complex<f32>>
  %1 = mixer.unary im %0 : !mixer.nd<[D, N], complex<f32>> -> !mixer.nd<[D, N], f32>
  return %1 : !mixer.nd<[D, N], f32>
}

// CHECK-LABEL: func.func @a_stencil_works_on_each_part
// CHECK-COUNT-2: mixer.conv causal along "L" taps "W"
// CHECK-NOT: mixer.conv
func.func @a_stencil_works_on_each_part(%x: !mixer.nd<[L, D], complex<f32>>, %w: !mixer.nd<[D, W], f32>) -> !mixer.nd<[L, D], complex<f32>> {
  %0 = mixer.conv causal along "L" taps "W" %x, %w : !mixer.nd<[L, D], complex<f32>>, !mixer.nd<[D, W], f32> -> !mixer.nd<[L, D], complex<f32>>
  return %0 : !mixer.nd<[L, D], complex<f32>>
}

// CHECK-LABEL: func.func @a_complex_state_is_two_states
// CHECK: mixer.scan "L" states ["h.re", "h.im"]
// CHECK: ^bb0(%[[R:.*]]: !mixer.nd<[N], f32>, %[[I:.*]]: !mixer.nd<[N], f32>, %[[X:.*]]: !mixer.nd<[N], f32>):
// CHECK: %[[S:.*]] = mixer.binary add %{{.*}}, %[[X]]
// CHECK: mixer.yield %[[S]], %{{.*}}, %[[S]] : !mixer.nd<[N], f32>, !mixer.nd<[N], f32>, !mixer.nd<[N], f32>
// CHECK: } : !mixer.nd<[L, N], f32>, !mixer.nd<[N], f32>, !mixer.nd<[N], f32>
// CHECK: mixer.complex
func.func @a_complex_state_is_two_states(%x: !mixer.nd<[L, N], f32>, %a: !mixer.nd<[N], complex<f32>>) -> (!mixer.nd<[L, N], f32>, !mixer.nd<[N], complex<f32>>) {
  %zero = mixer.constant 0.0 : !mixer.nd<[], complex<f32>>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], complex<f32>>) ins(%x : !mixer.nd<[L, N], f32>) {
  ^bb0(%h: !mixer.nd<[N], complex<f32>>, %xt: !mixer.nd<[N], f32>):
    %c = mixer.cast %xt : !mixer.nd<[N], f32> -> !mixer.nd<[N], complex<f32>>
    %m = mixer.binary mul %a, %h : !mixer.nd<[N], complex<f32>>, !mixer.nd<[N], complex<f32>> -> !mixer.nd<[N], complex<f32>>
    %n = mixer.binary add %m, %c : !mixer.nd<[N], complex<f32>>, !mixer.nd<[N], complex<f32>> -> !mixer.nd<[N], complex<f32>>
    %r = mixer.unary re %n : !mixer.nd<[N], complex<f32>> -> !mixer.nd<[N], f32>
    mixer.yield %n, %r : !mixer.nd<[N], complex<f32>>, !mixer.nd<[N], f32>
  } : !mixer.nd<[L, N], f32>, !mixer.nd<[N], complex<f32>>
  return %y, %hT : !mixer.nd<[L, N], f32>, !mixer.nd<[N], complex<f32>>
}

// CHECK-LABEL: func.func @a_recurrence_keeps_its_forms_and_drops_its_terms
// CHECK: mixer.recurrence "L" states ["h.re", "h.im"]
// CHECK-SAME: forms [#mixer.form<"h.re", decay = identity{{.*}}>, #mixer.form<"h.im", decay = identity{{.*}}>] algorithm "time_serial"
// CHECK: terms {
// CHECK-NEXT: ^bb0(%{{.*}}: !mixer.nd<[N], f32>, %{{.*}}: !mixer.nd<[N], f32>):
// CHECK-NEXT: mixer.yield
// CHECK-NEXT: }
func.func @a_recurrence_keeps_its_forms_and_drops_its_terms(%x: !mixer.nd<[L, N], complex<f32>>) -> !mixer.nd<[N], complex<f32>> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], complex<f32>>
  %hT = mixer.recurrence "L" states ["h"] init(%zero : !mixer.nd<[], complex<f32>>) ins(%x : !mixer.nd<[L, N], complex<f32>>)
      forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] algorithm "time_serial" {
  ^bb0(%h: !mixer.nd<[N], complex<f32>>, %xt: !mixer.nd<[N], complex<f32>>):
    %n = mixer.binary add %h, %xt : !mixer.nd<[N], complex<f32>>, !mixer.nd<[N], complex<f32>> -> !mixer.nd<[N], complex<f32>>
    mixer.yield %n : !mixer.nd<[N], complex<f32>>
  } terms {
  ^bb0(%xt: !mixer.nd<[N], complex<f32>>):
    mixer.yield %xt : !mixer.nd<[N], complex<f32>>
  } : !mixer.nd<[N], complex<f32>>
  return %hT : !mixer.nd<[N], complex<f32>>
}

// -----

func.func @needs_an_algorithm(%x: !mixer.nd<[L, N], f32>) -> !mixer.nd<[N], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error@+1 {{expected an algorithm to be chosen}}
  %hT = mixer.recurrence "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, N], f32>)
      forms [#mixer.form<"h", decay = identity, varying = false, reads = old, contract = [], write = true>] {
  ^bb0(%h: !mixer.nd<[N], f32>, %xt: !mixer.nd<[N], f32>):
    %n = mixer.binary add %h, %xt : !mixer.nd<[N], f32>, !mixer.nd<[N], f32> -> !mixer.nd<[N], f32>
    mixer.yield %n : !mixer.nd<[N], f32>
  } terms {
  ^bb0(%xt: !mixer.nd<[N], f32>):
    mixer.yield %xt : !mixer.nd<[N], f32>
  } : !mixer.nd<[N], f32>
  return %hT : !mixer.nd<[N], f32>
}
