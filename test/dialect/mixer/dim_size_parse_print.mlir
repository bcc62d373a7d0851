// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.dim_size "L" : {{.*}}<[], i32>
func.func @f() {
  %0 = mixer.dim_size "L" : !mixer.nd<[], i32>
  return
}
