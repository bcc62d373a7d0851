// RUN: mixir-opt %s | mixir-opt | FileCheck %s

// CHECK-LABEL: @f
// CHECK: mixer.complex %{{.*}}, %{{.*}} : {{.*}}<[N], f32>, {{.*}}<[], f32> -> {{.*}}<[N], complex<f32>>
func.func @f(%x: !mixer.nd<[N], f32>, %y: !mixer.nd<[], f32>) {
  %0 = mixer.complex %x, %y : !mixer.nd<[N], f32>, !mixer.nd<[], f32> -> !mixer.nd<[N], complex<f32>>
  return
}
