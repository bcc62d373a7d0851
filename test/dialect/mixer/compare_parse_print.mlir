// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.compare lt %
// CHECK: mixer.compare le %
// CHECK: mixer.compare gt %
// CHECK: mixer.compare ge %
// CHECK: mixer.compare eq %
// CHECK: mixer.compare ne %
func.func @f(%x: !mixer.nd<[B], f32>, %y: !mixer.nd<[], f32>) {
  %0 = mixer.compare lt %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], i1>
  %1 = mixer.compare le %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], i1>
  %2 = mixer.compare gt %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], i1>
  %3 = mixer.compare ge %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], i1>
  %4 = mixer.compare eq %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], i1>
  %5 = mixer.compare ne %x, %y : !mixer.nd<[B], f32>, !mixer.nd<[], f32> -> !mixer.nd<[B], i1>
  return
}
