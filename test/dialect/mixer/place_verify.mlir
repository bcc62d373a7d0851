// RUN: mixir-opt %s --split-input-file --verify-diagnostics

func.func @no_steps(%y: !mixer.nd<[D], f32>) -> !mixer.nd<[H, D], f32> {
  // expected-error @+1 {{'mixer.place' op expected one side over 'T', the steps, and one over axes of the route, got [D] and [H, D]}}
  %a = mixer.place "T" <["H"], [<[<"H">]>]> %y : !mixer.nd<[D], f32> -> !mixer.nd<[H, D], f32>
  return %a : !mixer.nd<[H, D], f32>
}

// -----

func.func @other_axis(%y: !mixer.nd<[T], f32>) -> !mixer.nd<[H], f32> {
  // expected-error @+1 {{'mixer.place' op expected digits of the axes of the route, got 'W'}}
  %a = mixer.place "T" <["H"], [<[<"H">, <"W">]>]> %y : !mixer.nd<[T], f32> -> !mixer.nd<[H], f32>
  return %a : !mixer.nd<[H], f32>
}

// -----

func.func @wrong_result(%y: !mixer.nd<[T, D], f32>) -> !mixer.nd<[H], f32> {
  // expected-error @+1 {{'mixer.place' op expected a result}}
  %a = mixer.place "T" <["H"], [<[<"H">]>]> %y : !mixer.nd<[T, D], f32> -> !mixer.nd<[H], f32>
  return %a : !mixer.nd<[H], f32>
}
