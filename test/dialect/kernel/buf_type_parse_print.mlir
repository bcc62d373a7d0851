// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK: !kernel.buf<[L, D], f32>
// CHECK: !kernel.buf<[], bf16>
func.func private @f(!kernel.buf<[L, D], f32>, !kernel.buf<[], bf16>)
