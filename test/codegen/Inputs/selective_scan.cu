// selective_scan for sm_90, written by Mixir.
#ifndef MIXIR_HOST_EXECUTOR
#define MIXIR_SHARED(type, name, count) __shared__ type name[count]

__device__ __forceinline__ float mixir_exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
__device__ __forceinline__ float mixir_load_f16(unsigned short bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}
__device__ __forceinline__ unsigned short mixir_store_f16(float x) {
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
__device__ __forceinline__ float mixir_load_bf16(unsigned short bits) { return __int_as_float((int)bits << 16); }
__device__ __forceinline__ unsigned short mixir_store_bf16(float x) {
  unsigned short bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}
// 16 and 8 bytes in one instruction; the address is a multiple of as many.
__device__ __forceinline__ void mixir_fetch16(const void *from, unsigned *to) {
  asm("ld.global.nc.v4.u32 {%0, %1, %2, %3}, [%4];" : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3]) : "l"(from));
}
__device__ __forceinline__ void mixir_fetch8(const void *from, unsigned *to) {
  asm("ld.global.nc.v2.u32 {%0, %1}, [%2];" : "=r"(to[0]), "=r"(to[1]) : "l"(from));
}
// A NaN on either side stays.
__device__ __forceinline__ float mixir_min(float a, float b) { return a < b || a != a ? a : b; }
__device__ __forceinline__ float mixir_max(float a, float b) { return a > b || a != a ? a : b; }
#endif

// log(1 + 2^x) without overflow.
__device__ __forceinline__ float mixir_log1p_exp2(float x) {
  return mixir_max(x, 0.0f) * 0.693147181f + log1pf(mixir_exp2(-fabsf(x)));
}

// Four numbers of a row, at once where they lie side by side; beyond the `valid` ones the last of them.
struct mixir_four {
  float at[4];
};
__device__ __forceinline__ bool mixir_adjoin(const void *from, long long stride, int valid, int bytes) {
  return stride == 1 && valid >= 4 && ((unsigned long long)from & (bytes - 1)) == 0;
}
__device__ __forceinline__ mixir_four mixir_load4(const float *from, long long stride, int valid) {
  mixir_four x;
  unsigned bits[4];
  bool adjoin = mixir_adjoin(from, stride, valid, 16);
  if (adjoin)
    mixir_fetch16(from, bits);
#pragma unroll
  for (int j = 0; j < 4; ++j)
    x.at[j] = adjoin ? __int_as_float((int)bits[j]) : from[min(j, valid - 1) * stride];
  return x;
}
__device__ __forceinline__ mixir_four mixir_load4_f16(const unsigned short *from, long long stride, int valid) {
  mixir_four x;
  unsigned bits[2];
  bool adjoin = mixir_adjoin(from, stride, valid, 8);
  if (adjoin)
    mixir_fetch8(from, bits);
#pragma unroll
  for (int j = 0; j < 4; ++j)
    x.at[j] = mixir_load_f16(adjoin ? (unsigned short)(bits[j / 2] >> j % 2 * 16) : from[min(j, valid - 1) * stride]);
  return x;
}
__device__ __forceinline__ mixir_four mixir_load4_bf16(const unsigned short *from, long long stride, int valid) {
  mixir_four x;
  unsigned bits[2];
  bool adjoin = mixir_adjoin(from, stride, valid, 8);
  if (adjoin)
    mixir_fetch8(from, bits);
#pragma unroll
  for (int j = 0; j < 4; ++j)
    x.at[j] = mixir_load_bf16(adjoin ? (unsigned short)(bits[j / 2] >> j % 2 * 16) : from[min(j, valid - 1) * stride]);
  return x;
}

struct mixir_selective_scan_scan0_params {
  long long size_D;
  long long size_B;
  const float *A_;
  long long A_D_;
  long long A_N_;
  const float *h0_;
  long long h0_B_;
  long long h0_D_;
  long long h0_N_;
  long long size_L;
  long long delta_B_;
  long long delta_L_;
  long long delta_D_;
  const float *delta_;
  long long u_B_;
  long long u_L_;
  long long u_D_;
  const float *u_;
  long long Bt_B_;
  long long Bt_L_;
  long long Bt_N_;
  const float *Bt_;
  long long Ct_B_;
  long long Ct_L_;
  long long Ct_N_;
  const float *Ct_;
  const float *bias_;
  long long bias_D_;
  const float *skip_;
  long long skip_D_;
  const float *z_;
  long long z_B_;
  long long z_L_;
  long long z_D_;
  float *y_;
  long long y_B_;
  long long y_L_;
  long long y_D_;
  float *h_last_;
  long long h_last_B_;
  long long h_last_D_;
  long long h_last_N_;
};

extern "C" __global__ void __launch_bounds__(128)
mixir_selective_scan_scan0(mixir_selective_scan_scan0_params p) {
  MIXIR_SHARED(float, sum_kept_, 2048);
  MIXIR_SHARED(float, delta_rows_, 2048);
  MIXIR_SHARED(float, u_rows_, 2048);
  MIXIR_SHARED(float, Bt_rows_, 256);
  MIXIR_SHARED(float, Ct_rows_, 256);
  const int size_D = (int)p.size_D;
  const int size_B = (int)p.size_B;
  const int size_L = (int)p.size_L;
  const int lane = threadIdx.x;
  int task = blockIdx.x;
  const int first = task % ((size_D + 127) / 128) * 128;
  const bool live = first + lane < size_D;
  const int i_D = live ? first + lane : size_D - 1;
  task /= ((size_D + 127) / 128);
  const int i_B = task;
  float v1_[16];
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    const float x0 = p.A_[i_D * p.A_D_ + i_N * p.A_N_];
    v1_[i_N] = x0 * 1.44269502f;
  }
  // states
  float h_[16];
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    h_[i_N] = p.h0_[i_B * p.h0_B_ + i_D * p.h0_D_ + i_N * p.h0_N_];
  }
  const int tiles = (size_L + 15) / 16;
  for (int tile = 0; tile < tiles; ++tile) {
    const int first_L = tile * 16;
    const int steps = min(16, size_L - first_L);
    __syncthreads();
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 128; k += 512) {
      const int lane = k % 128;
      const int i_D = min(first + lane, size_D - 1);
      const int t = k / 128;
      const int i_L = first_L + t;
      const mixir_four x1 = mixir_load4(p.delta_ + i_B * p.delta_B_ + i_L * p.delta_L_ + i_D * p.delta_D_, p.delta_D_, max(1, size_D - first - lane));
      delta_rows_[k] = x1.at[0];
      delta_rows_[k + 1] = x1.at[1];
      delta_rows_[k + 2] = x1.at[2];
      delta_rows_[k + 3] = x1.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 128; k += 512) {
      const int lane = k % 128;
      const int i_D = min(first + lane, size_D - 1);
      const int t = k / 128;
      const int i_L = first_L + t;
      const mixir_four x2 = mixir_load4(p.u_ + i_B * p.u_B_ + i_L * p.u_L_ + i_D * p.u_D_, p.u_D_, max(1, size_D - first - lane));
      u_rows_[k] = x2.at[0];
      u_rows_[k + 1] = x2.at[1];
      u_rows_[k + 2] = x2.at[2];
      u_rows_[k + 3] = x2.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int i_N = k % 16;
      const int t = k / 16;
      const int i_L = first_L + t;
      const mixir_four x3 = mixir_load4(p.Bt_ + i_B * p.Bt_B_ + i_L * p.Bt_L_ + i_N * p.Bt_N_, p.Bt_N_, 4);
      Bt_rows_[k] = x3.at[0];
      Bt_rows_[k + 1] = x3.at[1];
      Bt_rows_[k + 2] = x3.at[2];
      Bt_rows_[k + 3] = x3.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int i_N = k % 16;
      const int t = k / 16;
      const int i_L = first_L + t;
      const mixir_four x4 = mixir_load4(p.Ct_ + i_B * p.Ct_B_ + i_L * p.Ct_L_ + i_N * p.Ct_N_, p.Ct_N_, 4);
      Ct_rows_[k] = x4.at[0];
      Ct_rows_[k + 1] = x4.at[1];
      Ct_rows_[k + 2] = x4.at[2];
      Ct_rows_[k + 3] = x4.at[3];
    }
    __syncthreads();
    #pragma unroll 1
    for (int s = 0; s < steps; ++s) {
      const int t = s;
      const int i_L = first_L + t;
      float v_;
      const float x5 = delta_rows_[t * 128 + lane];
      const float x6 = p.bias_[i_D * p.bias_D_];
      const float x7 = x5 + x6;
      v_ = x7 > 20.0f ? x7 : mixir_log1p_exp2(mixir_min(x7, 20.0f) * 1.44269502f);
      float v2_;
      const float x8 = u_rows_[t * 128 + lane];
      v2_ = v_ * x8;
      float sum_ = 0.0f;
      #pragma unroll
      for (int i_N = 0; i_N < 16; ++i_N) {
        const float x9 = v1_[i_N];
        const float x10 = h_[i_N];
        const float x11 = Bt_rows_[t * 16 + i_N];
        const float x12 = mixir_exp2(v_ * x9) * x10 + v2_ * x11;
        const float x13 = Ct_rows_[t * 16 + i_N];
        const float x14 = x13 * x12;
        h_[i_N] = x12;
        sum_ = sum_ + x14;
      }
      sum_kept_[t * 128 + lane] = sum_;
    }
    // y
    #pragma unroll 2
    for (int t = 0; t < steps; ++t) {
      const int i_L = first_L + t;
      const float x16 = sum_kept_[t * 128 + lane];
      const float x17 = p.skip_[i_D * p.skip_D_];
      const float x18 = p.u_[i_B * p.u_B_ + i_L * p.u_L_ + i_D * p.u_D_];
      const float x19 = p.z_[i_B * p.z_B_ + i_L * p.z_L_ + i_D * p.z_D_];
      const float value15 = (x16 + x17 * x18) * x19 * (1.0f / (1.0f + mixir_exp2(x19 * -1.44269502f)));
      if (live)
        p.y_[i_B * p.y_B_ + i_L * p.y_L_ + i_D * p.y_D_] = value15;
    }
  }
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    if (live)
      p.h_last_[i_B * p.h_last_B_ + i_D * p.h_last_D_ + i_N * p.h_last_N_] = h_[i_N];
  }
}
