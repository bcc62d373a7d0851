// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @a_step_for_all
// CHECK: ^bb0(%[[H:.*]]: {{.*}}, %[[I:.*]]: !mixer.nd<[], i32>
// CHECK-NEXT: mixer.recall %[[H]] after %[[I]] : <[D], f32>, <[], i32> -> <[D], f32>
func.func @a_step_for_all(%i: !mixer.nd<[L], i32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%i : !mixer.nd<[L], i32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %it: !mixer.nd<[], i32>):
    %n = mixer.recall %h after %it : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return
}

// CHECK-LABEL: @a_step_for_each_coordinate
// CHECK: mixer.recall %{{.*}} after %{{.*}} : <[D], complex<f32>>, <[B], i32> -> <[B, D], complex<f32>>
func.func @a_step_for_each_coordinate(%i: !mixer.nd<[B, L], i32>, %z: !mixer.nd<[], complex<f32>>) {
  %y, %hT = mixer.scan "L" reverse states ["h"] init(%z : !mixer.nd<[], complex<f32>>) ins(%i : !mixer.nd<[B, L], i32>) {
  ^bb0(%h: !mixer.nd<[D], complex<f32>>, %it: !mixer.nd<[B], i32>):
    %n = mixer.recall %h after %it : !mixer.nd<[D], complex<f32>>, !mixer.nd<[B], i32> -> !mixer.nd<[B, D], complex<f32>>
    mixer.yield %h, %n : !mixer.nd<[D], complex<f32>>, !mixer.nd<[B, D], complex<f32>>
  } : !mixer.nd<[B, L, D], complex<f32>>, !mixer.nd<[D], complex<f32>>
  return
}

// CHECK-LABEL: @of_a_recurrence
// CHECK: mixer.recurrence
// CHECK: mixer.recall %{{.*}} after %{{.*}} : <[D], f32>, <[], i32> -> <[D], f32>
func.func @of_a_recurrence(%i: !mixer.nd<[L], i32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.recurrence "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%i : !mixer.nd<[L], i32>)
      forms [#mixer.form<"h", decay = non_affine, varying = true, reads = old, contract = [], write = false, why = "it is read after earlier steps than the last">] {
  ^bb0(%h: !mixer.nd<[D], f32>, %it: !mixer.nd<[], i32>):
    %n = mixer.recall %h after %it : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } terms {
  ^bb0(%it: !mixer.nd<[], i32>):
    mixer.yield
  } : !mixer.nd<[D], f32>
  return
}
