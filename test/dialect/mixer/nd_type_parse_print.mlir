// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @types
// CHECK-SAME: !mixer.nd<[B, L], f32>
// CHECK-SAME: !mixer.nd<[], i32>
// CHECK-SAME: !mixer.nd<[N], complex<f32>>
// CHECK-SAME: !mixer.nd<[N], i1>
func.func private @types(!mixer.nd<[B, L], f32>, !mixer.nd<[], i32>, !mixer.nd<[N], complex<f32>>, !mixer.nd<[N], i1>)
