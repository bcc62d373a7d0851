// gated_delta for sm_90, written by Mixir.
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

struct mixir_gated_delta_scan0_params {
  long long size_V;
  long long size_H;
  long long size_B;
  const float *S0_;
  long long S0_B_;
  long long S0_H_;
  long long S0_K_;
  long long S0_V_;
  long long size_T;
  const float *g_;
  long long g_B_;
  long long g_T_;
  long long g_H_;
  long long k_B_;
  long long k_T_;
  long long k_H_;
  long long k_K_;
  const float *k_;
  const float *beta_;
  long long beta_B_;
  long long beta_T_;
  long long beta_H_;
  long long v_B_;
  long long v_T_;
  long long v_H_;
  long long v_V_;
  const float *v_;
  long long q_B_;
  long long q_T_;
  long long q_H_;
  long long q_K_;
  const float *q_;
  float *o_;
  long long o_B_;
  long long o_T_;
  long long o_H_;
  long long o_V_;
  float *S_last_;
  long long S_last_B_;
  long long S_last_H_;
  long long S_last_K_;
  long long S_last_V_;
};

extern "C" __global__ void __launch_bounds__(128)
mixir_gated_delta_scan0(mixir_gated_delta_scan0_params p) {
  MIXIR_SHARED(float, sum1_kept_, 4096);
  MIXIR_SHARED(float, v_, 32);
  MIXIR_SHARED(float, k_rows_, 512);
  MIXIR_SHARED(float, beta_rows_, 32);
  MIXIR_SHARED(float, v_rows_, 4096);
  MIXIR_SHARED(float, q_rows_, 512);
  const int size_V = (int)p.size_V;
  const int size_H = (int)p.size_H;
  const int size_B = (int)p.size_B;
  const int size_T = (int)p.size_T;
  const int lane = threadIdx.x;
  int task = blockIdx.x;
  const int first = task % ((size_V + 127) / 128) * 128;
  const bool live = first + lane < size_V;
  const int i_V = live ? first + lane : size_V - 1;
  task /= ((size_V + 127) / 128);
  const int i_H = task % size_H;
  task /= size_H;
  const int i_B = task;
  // states
  float S_[16];
  #pragma unroll
  for (int i_K = 0; i_K < 16; ++i_K) {
    S_[i_K] = p.S0_[i_B * p.S0_B_ + i_H * p.S0_H_ + i_K * p.S0_K_ + i_V * p.S0_V_];
  }
  const int tiles = (size_T + 31) / 32;
  for (int tile = 0; tile < tiles; ++tile) {
    const int first_T = tile * 32;
    const int steps = min(32, size_T - first_T);
    __syncthreads();
    #pragma unroll 1
    for (int k = threadIdx.x; k < steps; k += 128) {
      const int t = k;
      const int i_T = first_T + t;
      const float x0 = p.g_[i_B * p.g_B_ + i_T * p.g_T_ + i_H * p.g_H_];
      v_[k] = mixir_exp2(x0 * 1.44269502f);
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int i_K = k % 16;
      const int t = k / 16;
      const int i_T = first_T + t;
      const mixir_four x1 = mixir_load4(p.k_ + i_B * p.k_B_ + i_T * p.k_T_ + i_H * p.k_H_ + i_K * p.k_K_, p.k_K_, 4);
      k_rows_[k] = x1.at[0];
      k_rows_[k + 1] = x1.at[1];
      k_rows_[k + 2] = x1.at[2];
      k_rows_[k + 3] = x1.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x; k < steps; k += 128) {
      const int t = k;
      const int i_T = first_T + t;
      const float x2 = p.beta_[i_B * p.beta_B_ + i_T * p.beta_T_ + i_H * p.beta_H_];
      beta_rows_[k] = x2;
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 128; k += 512) {
      const int lane = k % 128;
      const int i_V = min(first + lane, size_V - 1);
      const int t = k / 128;
      const int i_T = first_T + t;
      const mixir_four x3 = mixir_load4(p.v_ + i_B * p.v_B_ + i_T * p.v_T_ + i_H * p.v_H_ + i_V * p.v_V_, p.v_V_, max(1, size_V - first - lane));
      v_rows_[k] = x3.at[0];
      v_rows_[k + 1] = x3.at[1];
      v_rows_[k + 2] = x3.at[2];
      v_rows_[k + 3] = x3.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int i_K = k % 16;
      const int t = k / 16;
      const int i_T = first_T + t;
      const mixir_four x4 = mixir_load4(p.q_ + i_B * p.q_B_ + i_T * p.q_T_ + i_H * p.q_H_ + i_K * p.q_K_, p.q_K_, 4);
      q_rows_[k] = x4.at[0];
      q_rows_[k + 1] = x4.at[1];
      q_rows_[k + 2] = x4.at[2];
      q_rows_[k + 3] = x4.at[3];
    }
    __syncthreads();
    #pragma unroll 1
    for (int s = 0; s < steps; ++s) {
      const int t = s;
      const int i_T = first_T + t;
      float sum_ = 0.0f;
      #pragma unroll
      for (int i_K = 0; i_K < 16; ++i_K) {
        const float x5 = v_[t];
        const float x6 = S_[i_K];
        const float x7 = k_rows_[t * 16 + i_K];
        const float x8 = x5 * x6 * x7;
        sum_ = sum_ + x8;
      }
      float sum1_ = 0.0f;
      #pragma unroll
      for (int i_K = 0; i_K < 16; ++i_K) {
        const float x9 = v_[t];
        const float x10 = S_[i_K];
        const float x11 = k_rows_[t * 16 + i_K];
        const float x12 = beta_rows_[t];
        const float x13 = v_rows_[t * 128 + lane];
        const float x14 = x9 * x10 + x11 * x12 * (x13 - sum_);
        const float x15 = q_rows_[t * 16 + i_K];
        const float x16 = x14 * x15;
        S_[i_K] = x14;
        sum1_ = sum1_ + x16;
      }
      sum1_kept_[t * 128 + lane] = sum1_;
    }
    // o
    #pragma unroll 2
    for (int t = 0; t < steps; ++t) {
      const int i_T = first_T + t;
      const float x18 = sum1_kept_[t * 128 + lane];
      const float value17 = x18 * 0.25f;
      if (live)
        p.o_[i_B * p.o_B_ + i_T * p.o_T_ + i_H * p.o_H_ + i_V * p.o_V_] = value17;
    }
  }
  #pragma unroll
  for (int i_K = 0; i_K < 16; ++i_K) {
    if (live)
      p.S_last_[i_B * p.S_last_B_ + i_H * p.S_last_H_ + i_K * p.S_last_K_ + i_V * p.S_last_V_] = S_[i_K];
  }
}
