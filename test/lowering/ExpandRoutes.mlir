// RUN: mixir-opt %s --mixir-lower-expand-routes | FileCheck %s

// CHECK-LABEL: func.func @one_scan_for_each_route
// CHECK-DAG: %[[P0:.*]] = mixer.pick "R" at 0 %[[DT:.*]] : <[L, R], f32> -> <[L], f32>
// CHECK-DAG: %[[P1:.*]] = mixer.pick "R" at 1 %[[DT]]
// CHECK: %[[F:.*]]:2 = mixer.scan "L" states ["h"] init(%{{.*}} : !mixer.nd<[], f32>) ins(%[[X:.*]], %[[P0]] :
// CHECK: ^bb0(%[[H:.*]]: !mixer.nd<[], f32>, %{{.*}}: !mixer.nd<[], f32>, %{{.*}}: !mixer.nd<[], f32>):
// CHECK: %[[G:.*]]:2 = mixer.scan "L" reverse states ["h"] init(%{{.*}}) ins(%[[X]], %[[P1]] :
// CHECK: %[[SUM:.*]] = mixer.binary add %[[F]]#0, %[[G]]#0
// CHECK: %[[LAST:.*]] = mixer.stack "R" %[[F]]#1, %[[G]]#1
// CHECK: return %[[SUM]], %[[LAST]]
func.func @one_scan_for_each_route(%x: !mixer.nd<[L], f32>, %dt: !mixer.nd<[L, R], f32>)
    -> (!mixer.nd<[L], f32>, !mixer.nd<[R], f32>) {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" routes <"R", reversed = [false, true]> states ["h"] init(%zero : !mixer.nd<[], f32>)
      ins(%x, %dt : !mixer.nd<[L], f32>, !mixer.nd<[L, R], f32>) {
  ^bb0(%h: !mixer.nd<[R], f32>, %xt: !mixer.nd<[R], f32>, %d: !mixer.nd<[R], f32>):
    %a = mixer.binary mul %h, %d : !mixer.nd<[R], f32>, !mixer.nd<[R], f32> -> !mixer.nd<[R], f32>
    %n = mixer.binary add %a, %xt : !mixer.nd<[R], f32>, !mixer.nd<[R], f32> -> !mixer.nd<[R], f32>
    mixer.yield %n, %n : !mixer.nd<[R], f32>, !mixer.nd<[R], f32>
  } : !mixer.nd<[L, R], f32>, !mixer.nd<[R], f32>
  %s = mixer.reduce sum ["R"] %y : !mixer.nd<[L, R], f32> -> !mixer.nd<[L], f32>
  return %s, %hT : !mixer.nd<[L], f32>, !mixer.nd<[R], f32>
}

// CHECK-LABEL: func.func @a_mean_over_more_than_the_routes
// CHECK: %[[A:.*]] = mixer.reduce mean ["D"]
// CHECK: %[[B:.*]] = mixer.reduce mean ["D"]
// CHECK: %[[S:.*]] = mixer.binary add %[[A]], %[[B]]
// CHECK: %[[TWO:.*]] = mixer.constant 2.0
// CHECK: mixer.binary div %[[S]], %[[TWO]]
func.func @a_mean_over_more_than_the_routes(%x: !mixer.nd<[L, D], f32>) -> !mixer.nd<[L], f32> {
  %y = mixer.scan "L" routes <"R", reversed = [false, true]> states [] init() ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%xt: !mixer.nd<[D, R], f32>):
    %p = mixer.prev %xt by 1 : !mixer.nd<[D, R], f32>
    mixer.yield %p : !mixer.nd<[D, R], f32>
  } : !mixer.nd<[L, D, R], f32>
  %s = mixer.reduce mean ["D", "R"] %y : !mixer.nd<[L, D, R], f32> -> !mixer.nd<[L], f32>
  return %s : !mixer.nd<[L], f32>
}

// CHECK-LABEL: func.func @the_number_of_a_route
// CHECK: %[[ZERO:.*]] = mixer.constant 0.000000e+00 : <[], i32>
// CHECK: %[[ONE:.*]] = mixer.constant 1.000000e+00 : <[], i32>
// CHECK: mixer.scan "L" states
// CHECK: mixer.binary add %{{.*}}, %[[ZERO]]
// CHECK: mixer.scan "L" reverse states
// CHECK: mixer.binary add %{{.*}}, %[[ONE]]
func.func @the_number_of_a_route(%x: !mixer.nd<[L], i32>) -> !mixer.nd<[L, R], i32> {
  %i = mixer.index "R" : !mixer.nd<[R], i32>
  %y = mixer.scan "L" routes <"R", reversed = [false, true]> states [] init() ins(%x : !mixer.nd<[L], i32>) {
  ^bb0(%xt: !mixer.nd<[R], i32>):
    %p = mixer.binary add %xt, %i : !mixer.nd<[R], i32>, !mixer.nd<[R], i32> -> !mixer.nd<[R], i32>
    mixer.yield %p : !mixer.nd<[R], i32>
  } : !mixer.nd<[L, R], i32>
  return %y : !mixer.nd<[L, R], i32>
}

// CHECK-LABEL: func.func @leaves_a_scan_of_one_route
// CHECK: mixer.scan "L" states []
func.func @leaves_a_scan_of_one_route(%x: !mixer.nd<[L, R], f32>) -> !mixer.nd<[L, R], f32> {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L, R], f32>) {
  ^bb0(%xt: !mixer.nd<[R], f32>):
    mixer.yield %xt : !mixer.nd<[R], f32>
  } : !mixer.nd<[L, R], f32>
  return %y : !mixer.nd<[L, R], f32>
}
