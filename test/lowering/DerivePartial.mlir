// RUN: mixir-opt %s --mixir-lower-find-recurrence --mixir-lower-derive-partial --split-input-file --verify-diagnostics | FileCheck %s

// the second result: the product of the decays; the operand that only the read needs is gone
// CHECK-LABEL: func.func @decays_partial
// CHECK-SAME: "h_E", out, f32, {{.*}}"h_M", out, f32
// CHECK: %[[S:.*]]:2 = mixer.scan "L" states ["h", "h_M"]
// CHECK: ^bb0(%[[H:[a-z0-9]+]]: !mixer.nd<[D], f32>, %[[M:[a-z0-9]+]]: !mixer.nd<[D], f32>
// CHECK-DAG: mixer.binary mul %{{.*}}, %[[H]]
// CHECK-DAG: mixer.binary mul %{{.*}}, %[[M]]
// CHECK: return %[[S]]#0, %[[S]]#1
func.func @decays(%a: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"a", in, f32, [["L"], ["D"]]>},
                  %x: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"], ["D"]]>},
                  %q: !mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"q", in, f32, [["L"], ["D"]]>})
    -> (!mixer.nd<[L, D], f32> {mixer.operand = #mixer.operand<"y", out, f32, [["L"], ["D"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">, #mixer.dim<"D">]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>)
      ins(%a, %x, %q : !mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>, !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %at: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>, %qt: !mixer.nd<[D], f32>):
    %d = mixer.binary mul %at, %h : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %n = mixer.binary add %d, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    %r = mixer.binary mul %qt, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n, %r : !mixer.nd<[D], f32>, !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>, !mixer.nd<[D], f32>
  return %y : !mixer.nd<[L, D], f32>
}

// -----

func.func @backwards(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    -> (!mixer.nd<[], f32> {mixer.operand = #mixer.operand<"y", out, f32, []>})
    attributes {mixer.dims = [#mixer.dim<"L">]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected scans that walk forward to derive a partial, got one from the end}}
  %hT = mixer.scan "L" reverse states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%h: !mixer.nd<[], f32>, %xt: !mixer.nd<[], f32>):
    %n = mixer.binary add %h, %xt : !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
    mixer.yield %n : !mixer.nd<[], f32>
  } : !mixer.nd<[], f32>
  return %hT : !mixer.nd<[], f32>
}

// -----

func.func @not_affine(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    -> (!mixer.nd<[], f32> {mixer.operand = #mixer.operand<"y", out, f32, []>})
    attributes {mixer.dims = [#mixer.dim<"L">]} {
  %zero = mixer.constant 0.0 : !mixer.nd<[], f32>
  // expected-error @+1 {{expected affine states to derive a partial, got 'h'}}
  %hT = mixer.scan "L" states ["h"] init(%zero : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L], f32>) {
  ^bb0(%h: !mixer.nd<[], f32>, %xt: !mixer.nd<[], f32>):
    %t = mixer.unary tanh %h : !mixer.nd<[], f32> -> !mixer.nd<[], f32>
    %n = mixer.binary add %t, %xt : !mixer.nd<[], f32>, !mixer.nd<[], f32> -> !mixer.nd<[], f32>
    mixer.yield %n : !mixer.nd<[], f32>
  } : !mixer.nd<[], f32>
  return %hT : !mixer.nd<[], f32>
}

// -----

// expected-error @+1 {{expected a mixer with states to derive its partial, got none}}
func.func @no_states(%x: !mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"x", in, f32, [["L"]]>})
    -> (!mixer.nd<[L], f32> {mixer.operand = #mixer.operand<"y", out, f32, [["L"]]>})
    attributes {mixer.dims = [#mixer.dim<"L">]} {
  return %x : !mixer.nd<[L], f32>
}
