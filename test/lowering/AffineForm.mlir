// RUN: mixir-opt %s --mixir-lower-find-recurrence | FileCheck %s
//
// What is not affine is said in the words of the operation that stands in the way.

// CHECK-LABEL: func.func @exp_of_the_state
// CHECK: decay = non_affine, {{.*}} why = "exp of the state"
func.func @exp_of_the_state(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.unary exp %h : !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_division_by_the_state
// CHECK: decay = non_affine, {{.*}} why = "division by the state"
func.func @a_division_by_the_state(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %n = mixer.binary div %xt, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_choice_by_the_state
// CHECK: decay = non_affine, {{.*}} why = "a comparison of the state"
func.func @a_choice_by_the_state(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %c = mixer.compare lt %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], i1>
    %n = mixer.select %c, %h, %xt : !mixer.nd<[D], i1>, !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_maximum_over_the_state
// CHECK: decay = non_affine, {{.*}} why = "max of the state"
func.func @a_maximum_over_the_state(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[D], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %m = mixer.reduce max ["D"] %h : !mixer.nd<[D], f32> -> !mixer.nd<[], f32>
    %n = mixer.binary sub %h, %m : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return %hT : !mixer.nd<[D], f32>
}

// CHECK-LABEL: func.func @a_sum_that_binds_one_name_twice
// CHECK: decay = non_affine, {{.*}} why = "a sum of a product of sums of the state"
func.func @a_sum_that_binds_one_name_twice(%x: !mixer.nd<[L, K, V], f32>) -> !mixer.nd<[K, V], f32> {
  %one = mixer.constant 1.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%one : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, K, V], f32>) {
  ^bb0(%h: !mixer.nd<[K, V], f32>, %xt: !mixer.nd<[K, V], f32>):
    %r = mixer.reduce sum ["K"] %h : !mixer.nd<[K, V], f32> -> !mixer.nd<[V], f32>
    %p = mixer.binary mul %xt, %r : !mixer.nd<[K, V], f32>, !mixer.nd<[V], f32> -> !mixer.nd<[K, V], f32>
    %s = mixer.reduce sum ["V"] %p : !mixer.nd<[K, V], f32> -> !mixer.nd<[K], f32>
    %n = mixer.binary add %h, %s : !mixer.nd<[K, V], f32>, !mixer.nd<[K], f32> -> !mixer.nd<[K, V], f32>
    mixer.yield %n : !mixer.nd<[K, V], f32>
  } : !mixer.nd<[K, V], f32>
  return %hT : !mixer.nd<[K, V], f32>
}
