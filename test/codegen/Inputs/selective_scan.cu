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
  const float *A;
  long long A_D;
  long long A_N;
  const float *h0;
  long long h0_B;
  long long h0_D;
  long long h0_N;
  long long size_L;
  long long delta_B;
  long long delta_L;
  long long delta_D;
  const float *delta;
  long long u_B;
  long long u_L;
  long long u_D;
  const float *u;
  long long Bt_B;
  long long Bt_L;
  long long Bt_N;
  const float *Bt;
  long long Ct_B;
  long long Ct_L;
  long long Ct_N;
  const float *Ct;
  const float *bias;
  long long bias_D;
  const float *skip;
  long long skip_D;
  const float *z;
  long long z_B;
  long long z_L;
  long long z_D;
  float *y;
  long long y_B;
  long long y_L;
  long long y_D;
  float *h_last;
  long long h_last_B;
  long long h_last_D;
  long long h_last_N;
};

extern "C" __global__ void __launch_bounds__(128)
mixir_selective_scan_scan0(mixir_selective_scan_scan0_params p) {
  MIXIR_SHARED(float, sum_kept, 2048);
  MIXIR_SHARED(float, delta_rows, 2048);
  MIXIR_SHARED(float, u_rows, 2048);
  MIXIR_SHARED(float, Bt_rows, 256);
  MIXIR_SHARED(float, Ct_rows, 256);
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
  float v1[16];
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    const float x0 = p.A[i_D * p.A_D + i_N * p.A_N];
    v1[i_N] = x0 * 1.44269502f;
  }
  // states
  float h[16];
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    h[i_N] = p.h0[i_B * p.h0_B + i_D * p.h0_D + i_N * p.h0_N];
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
      const mixir_four x1 = mixir_load4(p.delta + i_B * p.delta_B + i_L * p.delta_L + i_D * p.delta_D, p.delta_D, max(1, size_D - first - lane));
      delta_rows[k] = x1.at[0];
      delta_rows[k + 1] = x1.at[1];
      delta_rows[k + 2] = x1.at[2];
      delta_rows[k + 3] = x1.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 128; k += 512) {
      const int lane = k % 128;
      const int i_D = min(first + lane, size_D - 1);
      const int t = k / 128;
      const int i_L = first_L + t;
      const mixir_four x2 = mixir_load4(p.u + i_B * p.u_B + i_L * p.u_L + i_D * p.u_D, p.u_D, max(1, size_D - first - lane));
      u_rows[k] = x2.at[0];
      u_rows[k + 1] = x2.at[1];
      u_rows[k + 2] = x2.at[2];
      u_rows[k + 3] = x2.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int i_N = k % 16;
      const int t = k / 16;
      const int i_L = first_L + t;
      const mixir_four x3 = mixir_load4(p.Bt + i_B * p.Bt_B + i_L * p.Bt_L + i_N * p.Bt_N, p.Bt_N, 4);
      Bt_rows[k] = x3.at[0];
      Bt_rows[k + 1] = x3.at[1];
      Bt_rows[k + 2] = x3.at[2];
      Bt_rows[k + 3] = x3.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int i_N = k % 16;
      const int t = k / 16;
      const int i_L = first_L + t;
      const mixir_four x4 = mixir_load4(p.Ct + i_B * p.Ct_B + i_L * p.Ct_L + i_N * p.Ct_N, p.Ct_N, 4);
      Ct_rows[k] = x4.at[0];
      Ct_rows[k + 1] = x4.at[1];
      Ct_rows[k + 2] = x4.at[2];
      Ct_rows[k + 3] = x4.at[3];
    }
    __syncthreads();
    #pragma unroll 1
    for (int s = 0; s < steps; ++s) {
      const int t = s;
      const int i_L = first_L + t;
      float v;
      const float x5 = delta_rows[t * 128 + lane];
      const float x6 = p.bias[i_D * p.bias_D];
      const float x7 = x5 + x6;
      v = x7 > 20.0f ? x7 : mixir_log1p_exp2(mixir_min(x7, 20.0f) * 1.44269502f);
      float v2;
      const float x8 = u_rows[t * 128 + lane];
      v2 = v * x8;
      float sum = 0.0f;
      #pragma unroll
      for (int i_N = 0; i_N < 16; ++i_N) {
        const float x9 = v1[i_N];
        const float x10 = h[i_N];
        const float x11 = Bt_rows[t * 16 + i_N];
        const float x12 = mixir_exp2(v * x9) * x10 + v2 * x11;
        const float x13 = Ct_rows[t * 16 + i_N];
        const float x14 = x13 * x12;
        h[i_N] = x12;
        sum = sum + x14;
      }
      sum_kept[t * 128 + lane] = sum;
    }
    // y
    #pragma unroll 2
    for (int t = 0; t < steps; ++t) {
      const int i_L = first_L + t;
      const float x16 = sum_kept[t * 128 + lane];
      const float x17 = p.skip[i_D * p.skip_D];
      const float x18 = p.u[i_B * p.u_B + i_L * p.u_L + i_D * p.u_D];
      const float x19 = p.z[i_B * p.z_B + i_L * p.z_L + i_D * p.z_D];
      const float value15 = (x16 + x17 * x18) * x19 * (1.0f / (1.0f + mixir_exp2(x19 * -1.44269502f)));
      if (live)
        p.y[i_B * p.y_B + i_L * p.y_L + i_D * p.y_D] = value15;
    }
  }
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    if (live)
      p.h_last[i_B * p.h_last_B + i_D * p.h_last_D + i_N * p.h_last_N] = h[i_N];
  }
}
