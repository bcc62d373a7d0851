// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.index "L" : {{.*}}<[L], i32>
func.func @f() {
  %0 = mixer.index "L" : !mixer.nd<[L], i32>
  return
}
