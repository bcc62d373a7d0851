// RUN: mixir-opt %s --mixir-lower-fold-pointwise | FileCheck %s

// CHECK-LABEL: func.func @evaluates_constants
// CHECK-NEXT: %[[C:.*]] = mixer.constant 5.000000e+00
// CHECK-NEXT: return %[[C]]
func.func @evaluates_constants() -> !mixer.nd<[], f32> {
  %a = mixer.constant 2.0 : !mixer.nd<[], f32>
  %b = mixer.constant 3.0 : !mixer.nd<[], i32>
  %c = mixer.cast %b : !mixer.nd<[], i32> -> !mixer.nd<[], f32>
  %d = mixer.binary add %a, %c : !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
  return %d : !mixer.nd<[], f32>
}

// CHECK-LABEL: func.func @drops_identities
// CHECK-SAME: %[[X:.*]]: !mixer.nd<[D], f32>
// CHECK-NEXT: return %[[X]]
func.func @drops_identities(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %a = mixer.binary add %zero, %x : !mixer.nd<[], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  %b = mixer.binary mul %a, %one : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  %c = mixer.binary div %b, %one : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  %d = mixer.binary sub %c, %zero : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  return %d : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @keeps_a_product_with_zero
// CHECK: mixer.binary mul
func.func @keeps_a_product_with_zero(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %a = mixer.binary mul %x, %zero : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  return %a : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @keeps_a_difference_with_itself
// CHECK: mixer.binary sub
func.func @keeps_a_difference_with_itself(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %a = mixer.binary sub %x, %x : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %a : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @turns_a_square_into_a_product
// CHECK-SAME: %[[X:.*]]: !mixer.nd<[D], f32>
// CHECK-NEXT: mixer.binary mul %[[X]], %[[X]]
// CHECK-NOT: pow
func.func @turns_a_square_into_a_product(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %two = mixer.constant 2.0 : !mixer.nd<[], f32>
  %a = mixer.binary pow %x, %two : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  return %a : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @turns_half_powers_into_roots
// CHECK: mixer.unary sqrt
// CHECK: mixer.unary rsqrt
// CHECK-NOT: pow
func.func @turns_half_powers_into_roots(%x: !mixer.nd<[D], f32>) -> (!mixer.nd<[D], f32>, !mixer.nd<[D], f32>) {
  %half = mixer.constant 0.5 : !mixer.nd<[], f32>
  %minus = mixer.constant -0.5 : !mixer.nd<[], f32>
  %a = mixer.binary pow %x, %half : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  %b = mixer.binary pow %x, %minus : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  return %a, %b : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @turns_the_power_minus_one_into_a_quotient
// CHECK: %[[ONE:.*]] = mixer.constant 1.0
// CHECK: mixer.binary div %[[ONE]], %
func.func @turns_the_power_minus_one_into_a_quotient(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %minus = mixer.constant -1.0 : !mixer.nd<[], f32>
  %a = mixer.binary pow %x, %minus : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  return %a : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @takes_the_chosen_side_of_a_constant_condition
// CHECK-SAME: %[[X:.*]]: !mixer.nd<[D], f32>, %
// CHECK-NEXT: return %[[X]]
func.func @takes_the_chosen_side_of_a_constant_condition(%x: !mixer.nd<[D], f32>, %y: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %two = mixer.constant 2.0 : !mixer.nd<[], f32>
  %c = mixer.compare lt %one, %two : !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], i1>
  %a = mixer.select %c, %x, %y : !mixer.nd<[], i1>, !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %a : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @keeps_a_select_that_repeats_its_value
// CHECK: mixer.select
func.func @keeps_a_select_that_repeats_its_value(%x: !mixer.nd<[], f32>, %c: !mixer.nd<[D], i1>) -> !mixer.nd<[D], f32> {
  %a = mixer.select %c, %x, %x : !mixer.nd<[D], i1>, !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
  return %a : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @drops_a_double_sign
// CHECK-SAME: %[[X:.*]]: !mixer.nd<[D], f32>
// CHECK-NEXT: return %[[X]]
func.func @drops_a_double_sign(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[D], f32> {
  %a = mixer.unary neg %x : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  %b = mixer.unary neg %a : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
  return %b : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @fixed_extents_are_numbers
// CHECK: mixer.constant 1.600000e+01 : <[], i32>
// CHECK: mixer.dim_size "D"
// CHECK-NOT: mixer.dim_size "N"
func.func @fixed_extents_are_numbers(%x: !mixer.nd<[], i32> {mixer.operand = #mixer.operand<"x", in, i32, []>})
    -> (!mixer.nd<[], i32> {mixer.operand = #mixer.operand<"a", out, i32, []>},
        !mixer.nd<[], i32> {mixer.operand = #mixer.operand<"b", out, i32, []>})
    attributes {mixer.dims = [#mixer.dim<"D">, #mixer.dim<"N", 16>]} {
  %n = mixer.dim_size "N" : !mixer.nd<[], i32>
  %d = mixer.dim_size "D" : !mixer.nd<[], i32>
  return %n, %d : !mixer.nd<[], i32>, !mixer.nd<[], i32>
}

// CHECK-LABEL: func.func @a_mean_over_a_fixed_dimension_is_a_scaled_sum
// CHECK-SAME: %[[X:[a-z0-9]+]]: !mixer.nd<[D, N], f32>
// CHECK: %[[S:.*]] = mixer.reduce sum ["N"] %[[X]]
// CHECK: %[[C:.*]] = mixer.constant 6.250000e-02
// CHECK: mixer.binary mul %[[S]], %[[C]]
func.func @a_mean_over_a_fixed_dimension_is_a_scaled_sum(%x: !mixer.nd<[D, N], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["D"], ["N"]]>})
    -> (!mixer.nd<[D], f32> {mixer.operand = #mixer.operand<"y", out, f32, [["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"D">, #mixer.dim<"N", 16>]} {
  %0 = mixer.reduce mean ["N"] %x : !mixer.nd<[D, N], f32> -> !mixer.nd<[D], f32>
  return %0 : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_mean_over_a_run_time_dimension_is_a_quotient
// CHECK: %[[N:.*]] = mixer.dim_size "D"
// CHECK: %[[F:.*]] = mixer.cast %[[N]]
// CHECK: %[[S:.*]] = mixer.reduce sum ["D"]
// CHECK: mixer.binary div %[[S]], %[[F]]
func.func @a_mean_over_a_run_time_dimension_is_a_quotient(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[], f32> {
  %0 = mixer.reduce mean ["D"] %x : !mixer.nd<[D], f32> -> !mixer.nd<[], f32>
  return %0 : !mixer.nd<[], f32>
}

// CHECK-LABEL: func.func @folds_inside_a_scan
// CHECK: ^bb0(%[[H:.*]]: !mixer.nd<[D], f32>, %[[X:.*]]: !mixer.nd<[D], f32>):
// CHECK-NEXT: %[[N:.*]] = mixer.binary add %[[H]], %[[X]]
// CHECK-NEXT: mixer.yield %[[N]], %[[N]]
func.func @folds_inside_a_scan(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L, D], f32> {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %a = mixer.binary mul %one, %xt : !mixer.nd<[], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %h, %a : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// CHECK-LABEL: func.func @the_coordinate_has_no_other_name
// CHECK-NEXT: %[[J:.*]] = mixer.index "J" : <[J], i32>
// CHECK-NEXT: return %[[J]]
func.func @the_coordinate_has_no_other_name() -> !mixer.nd<[J], i32> {
  %i = mixer.index "L" : !mixer.nd<[L], i32>
  %j = mixer.rename "L" to "J" %i : !mixer.nd<[L], i32> -> !mixer.nd<[J], i32>
  return %j : !mixer.nd<[J], i32>
}

// CHECK-LABEL: func.func @keeps_the_sides_of_mod
// CHECK-SAME: %[[X:.*]]: !mixer.nd<[D], i32>
// CHECK: %[[SEVEN:.*]] = mixer.constant 7.000000e+00
// CHECK: mixer.binary mod %[[SEVEN]], %[[X]]
// CHECK: %[[TWO:.*]] = mixer.constant 2.000000e+00
// CHECK: mixer.binary add %{{.*}}, %[[TWO]]
func.func @keeps_the_sides_of_mod(%x: !mixer.nd<[D], i32>) -> !mixer.nd<[D], i32> {
  %seven = mixer.constant 7.0 : !mixer.nd<[], i32>
  %three = mixer.constant 3.0 : !mixer.nd<[], i32>
  %minus = mixer.unary neg %seven : !mixer.nd<[], i32> -> !mixer.nd<[], i32>
  %a = mixer.binary mod %seven, %x : !mixer.nd<[], i32>, !mixer.nd<[D], i32> -> !mixer.nd<[D], i32>
  %b = mixer.binary mod %minus, %three : !mixer.nd<[], i32>, !mixer.nd<[], i32> -> !mixer.nd<[], i32>
  %c = mixer.binary add %a, %b : !mixer.nd<[D], i32>, !mixer.nd<[], i32> -> !mixer.nd<[D], i32>
  return %c : !mixer.nd<[D], i32>
}
