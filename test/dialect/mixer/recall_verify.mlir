// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C34
func.func @outside_a_scan(%x: !mixer.nd<[D], f32>, %i: !mixer.nd<[], i32>) {
  // expected-error @+1 {{expected a state of a scan around it}}
  %0 = mixer.recall %x after %i : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
  return
}

// -----

// C34
func.func @an_input_of_the_scan(%x: !mixer.nd<[L, D], f32>, %i: !mixer.nd<[], i32>) {
  %y = mixer.scan "L" states [] init() ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%xt: !mixer.nd<[D], f32>):
    // expected-error @+1 {{expected a state of a scan around it}}
    %n = mixer.recall %xt after %i : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[L, D], f32>
  return
}

// -----

// C34
func.func @a_new_value(%x: !mixer.nd<[L, D], f32>, %i: !mixer.nd<[], i32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%x : !mixer.nd<[L, D], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %xt: !mixer.nd<[D], f32>):
    %s = mixer.binary add %h, %xt : !mixer.nd<[D], f32>, !mixer.nd<[D], f32> -> !mixer.nd<[D], f32>
    // expected-error @+1 {{expected a state of a scan around it}}
    %n = mixer.recall %s after %i : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return
}

// -----

// C2
func.func @a_step_that_is_no_whole_number(%i: !mixer.nd<[L], f32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%i : !mixer.nd<[L], f32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %it: !mixer.nd<[], f32>):
    // expected-error @+1 {{expected a step of element type 'i32', got 'f32'}}
    %n = mixer.recall %h after %it : !mixer.nd<[D], f32>, !mixer.nd<[], f32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return
}

// -----

// C2
func.func @a_result_of_another_element(%i: !mixer.nd<[L], i32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %y, %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%i : !mixer.nd<[L], i32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %it: !mixer.nd<[], i32>):
    // expected-error @+1 {{expected a result of element type 'f32', got 'i32'}}
    %n = mixer.recall %h after %it : !mixer.nd<[D], f32>, !mixer.nd<[], i32> -> !mixer.nd<[D], i32>
    mixer.yield %h, %n : !mixer.nd<[D], f32>, !mixer.nd<[D], i32>
  } : !mixer.nd<[L, D], i32>, !mixer.nd<[D], f32>
  return
}

// -----

// C1
func.func @without_the_dimensions_of_the_step(%i: !mixer.nd<[L, B], i32>) {
  %z = mixer.constant 0.0 : !mixer.nd<[], f32>
  %hT = mixer.scan "L" states ["h"] init(%z : !mixer.nd<[], f32>) ins(%i : !mixer.nd<[L, B], i32>) {
  ^bb0(%h: !mixer.nd<[D], f32>, %it: !mixer.nd<[B], i32>):
    // expected-error @+1 {{expected result dimensions [D, B], got [D]}}
    %n = mixer.recall %h after %it : !mixer.nd<[D], f32>, !mixer.nd<[B], i32> -> !mixer.nd<[D], f32>
    mixer.yield %n : !mixer.nd<[D], f32>
  } : !mixer.nd<[D], f32>
  return
}
