// RUN: mixir-opt %s --split-input-file --verify-diagnostics

// C32
func.func @no_axis(%x: !mixer.nd<[D], f32>) -> !mixer.nd<[D, T], f32> {
  // expected-error @+1 {{'mixer.visit' op expected one side over 'T', the steps, and one over axes of the route, got [D, T] and [D]}}
  %a = mixer.visit "T" <["H"], [<[<"H">]>]> %x : !mixer.nd<[D], f32> -> !mixer.nd<[D, T], f32>
  return %a : !mixer.nd<[D, T], f32>
}

// -----

// C32
func.func @no_table(%x: !mixer.nd<[H], f32>) -> !mixer.nd<[T], f32> {
  // expected-error @+1 {{'mixer.visit' op expected a table of i32 over 'T' for a route without legs, and for no other}}
  %a = mixer.visit "T" <["H"]> %x : !mixer.nd<[H], f32> -> !mixer.nd<[T], f32>
  return %a : !mixer.nd<[T], f32>
}

// -----

// C33
func.func @gap(%x: !mixer.nd<[H], f32>) -> !mixer.nd<[T], f32> {
  // expected-error @+1 {{'mixer.visit' op expected digits that make up a coordinate of 'H', got div 2, mod 0}}
  %a = mixer.visit "T" <["H"], [<[<"H", div = 2>]>]> %x : !mixer.nd<[H], f32> -> !mixer.nd<[T], f32>
  return %a : !mixer.nd<[T], f32>
}

// -----

// C33
func.func @incomplete(%x: !mixer.nd<[H], f32>) -> !mixer.nd<[T], f32> {
  // expected-error @+1 {{'mixer.visit' op expected digits for all of axis 'H', got none beyond 2}}
  %a = mixer.visit "T" <["H"], [<[<"H", mod = 2>]>]> %x : !mixer.nd<[H], f32> -> !mixer.nd<[T], f32>
  return %a : !mixer.nd<[T], f32>
}

// -----

func.func @wrong_result(%x: !mixer.nd<[H, D], f32>) -> !mixer.nd<[T], f32> {
  // expected-error @+1 {{'mixer.visit' op expected a result}}
  %a = mixer.visit "T" <["H"], [<[<"H">]>]> %x : !mixer.nd<[H, D], f32> -> !mixer.nd<[T], f32>
  return %a : !mixer.nd<[T], f32>
}
