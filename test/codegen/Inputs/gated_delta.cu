// gated_delta for sm_90, written by Mixir.
#ifndef MIXIR_HOST_EXECUTOR
#define MIXIR_SHARED(type, name, count) __shared__ type name[count]
// A part of the memory that the launch asks for, where it is more than a kernel can declare.
extern __shared__ float mixir_shared[];
#define MIXIR_SHARED_PART(type, name, count, from) type *const name = mixir_shared + from

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

// Long functions, once for all places that call them: loops over states are unrolled, and a copy for each state
// would take NVRTC seconds.
static __device__ __noinline__ float mixir_sin(float x) { return sinf(x); }
static __device__ __noinline__ float mixir_cos(float x) { return cosf(x); }
static __device__ __noinline__ float mixir_tanh(float x) { return tanhf(x); }
static __device__ __noinline__ float mixir_erf(float x) { return erff(x); }
static __device__ __noinline__ float mixir_pow(float x, float y) { return powf(x, y); }

// log(1 + 2^x) without overflow.
__device__ __forceinline__ float mixir_log1p_exp2(float x) {
  return mixir_max(x, 0.0f) * 0.693147181f + log1pf(mixir_exp2(-fabsf(x)));
}

// Runs of steps x -> a x + b, where time lies across threads: a run and then a step; a run and then those of the
// threads of the warp before it; those before it only; a state after a run.
__device__ __forceinline__ void mixir_then(float &a, float &b, float step_a, float step_b) {
  b = step_a * b + step_b;
  a = step_a * a;
}
// After a run a zero is what the run has written, also where the product of its decays has no number.
__device__ __forceinline__ float mixir_after(float a, float x, float b) { return x == 0.0f ? b : a * x + b; }
struct mixir_run {
  float a, b;
};
// One copy of it for all states: NVRTC takes half the time.
__device__ __noinline__ mixir_run mixir_scanned(float a, float b, int thread) {
#pragma unroll
  for (int d = 1; d < 32; d *= 2) {
    float before_a = __shfl_up_sync(0xffffffffu, a, d), before_b = __shfl_up_sync(0xffffffffu, b, d);
    if (thread >= d) {
      b = mixir_after(a, before_b, b);
      a = a * before_a;
    }
  }
  return mixir_run{a, b};
}
__device__ __forceinline__ void mixir_scan(float &a, float &b, int thread) {
  mixir_run run = mixir_scanned(a, b, thread);
  a = run.a;
  b = run.b;
}
__device__ __forceinline__ void mixir_before(float &a, float &b, int thread) {
  float before_a = __shfl_up_sync(0xffffffffu, a, 1), before_b = __shfl_up_sync(0xffffffffu, b, 1);
  a = thread ? before_a : 1.0f;
  b = thread ? before_b : 0.0f;
}
__device__ __forceinline__ void mixir_apply(float a, float b, float &x) { x = mixir_after(a, x, b); }
// The same of complex numbers: real parts, then imaginary ones.
__device__ __forceinline__ void mixir_then2(float &ar, float &br, float &ai, float &bi, float step_ar, float step_br,
                                            float step_ai, float step_bi) {
  float a = step_ar * ar - step_ai * ai, b = step_ar * br - step_ai * bi + step_br;
  ai = step_ar * ai + step_ai * ar;
  bi = step_ar * bi + step_ai * br + step_bi;
  ar = a;
  br = b;
}
struct mixir_run2 {
  float ar, br, ai, bi;
};
__device__ __noinline__ mixir_run2 mixir_scanned2(float ar, float br, float ai, float bi, int thread) {
#pragma unroll
  for (int d = 1; d < 32; d *= 2) {
    float before_ar = __shfl_up_sync(0xffffffffu, ar, d), before_br = __shfl_up_sync(0xffffffffu, br, d);
    float before_ai = __shfl_up_sync(0xffffffffu, ai, d), before_bi = __shfl_up_sync(0xffffffffu, bi, d);
    if (thread >= d) {
      bool isZero = before_br == 0.0f && before_bi == 0.0f;
      mixir_then2(before_ar, before_br, before_ai, before_bi, ar, br, ai, bi);
      before_br = isZero ? br : before_br;
      before_bi = isZero ? bi : before_bi;
      ar = before_ar;
      br = before_br;
      ai = before_ai;
      bi = before_bi;
    }
  }
  return mixir_run2{ar, br, ai, bi};
}
__device__ __forceinline__ void mixir_scan2(float &ar, float &br, float &ai, float &bi, int thread) {
  mixir_run2 run = mixir_scanned2(ar, br, ai, bi, thread);
  ar = run.ar;
  br = run.br;
  ai = run.ai;
  bi = run.bi;
}
__device__ __forceinline__ void mixir_before2(float &ar, float &br, float &ai, float &bi, int thread) {
  mixir_before(ar, br, thread);
  mixir_before(ai, bi, thread);
  ai = thread ? ai : 0.0f;
}
__device__ __forceinline__ void mixir_apply2(float ar, float br, float ai, float bi, float &xr, float &xi) {
  bool isZero = xr == 0.0f && xi == 0.0f;
  float x = ar * xr - ai * xi + br;
  xi = isZero ? bi : ar * xi + ai * xr + bi;
  xr = isZero ? br : x;
}
// An entry of the batch: its number, row and length, and where what has its steps begins. A batch whose
// entries lie one after the other has neither rows nor offsets.
struct mixir_entry {
  int number, length;
  long long row, first;
};
__device__ __forceinline__ mixir_entry mixir_entry_at(const long long *rows, const long long *offsets, int number,
                                                      int length) {
  mixir_entry entry;
  entry.number = number;
  entry.row = rows ? rows[number] : number;
  entry.first = offsets ? offsets[number] : entry.row;
  entry.length = offsets ? (int)(offsets[number + 1] - entry.first) : length;
  return entry;
}
// The entry that has block `task` of the steps; `task` is then the number of the block in it. Of packed
// entries each has as many blocks as it needs, or one more.
__device__ __forceinline__ mixir_entry mixir_entry_of_block(const long long *rows, const long long *offsets, int count,
                                                            int length, int block, int &task) {
  int blocks = (length + block - 1) / block, number = 0;
  if (!offsets) {
    number = task / blocks;
    task %= blocks;
  } else {
    for (int end = count; end - number > 1;) {
      int middle = number + (end - number) / 2;
      if (offsets[middle] / block + middle <= task)
        number = middle;
      else
        end = middle;
    }
    task -= (int)(offsets[number] / block) + number;
  }
  return mixir_entry_at(rows, offsets, number, length);
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
  const long long *offsets;
  const long long *rows;
  long long entry_S0_;
  long long entry_g_;
  long long entry_k_;
  long long entry_beta_;
  long long entry_v_;
  long long entry_q_;
  long long entry_o_;
  long long entry_S_last_;
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
  const int lane = threadIdx.x;
  int task = blockIdx.x;
  const int first = task % ((size_V + 127) / 128) * 128;
  const bool live = first + lane < size_V;
  const int i_V = live ? first + lane : size_V - 1;
  task /= ((size_V + 127) / 128);
  const int i_H = task % size_H;
  task /= size_H;
  const int i_B = task;
  const mixir_entry entry = mixir_entry_at(p.rows, p.offsets, i_B, (int)p.size_T);
  const int size_T = entry.length;
  p.S0_ += entry.row * p.entry_S0_;
  p.g_ += entry.first * p.entry_g_;
  p.k_ += entry.first * p.entry_k_;
  p.beta_ += entry.first * p.entry_beta_;
  p.v_ += entry.first * p.entry_v_;
  p.q_ += entry.first * p.entry_q_;
  p.o_ += entry.first * p.entry_o_;
  p.S_last_ += entry.row * p.entry_S_last_;
  if (entry.row < 0) {
    if (p.offsets || p.entry_o_ == 0) {
      #pragma unroll 1
      for (int i_T = 0; i_T < size_T; ++i_T) {
        if (live)
          p.o_[i_B * p.o_B_ + i_T * p.o_T_ + i_H * p.o_H_ + i_V * p.o_V_] = 0.0f;
      }
    }
    if (p.entry_S_last_ == 0) {
      #pragma unroll 1
      for (int i_K = 0; i_K < 16; ++i_K) {
        if (live)
          p.S_last_[i_B * p.S_last_B_ + i_H * p.S_last_H_ + i_K * p.S_last_K_ + i_V * p.S_last_V_] = 0.0f;
      }
    }
    return;
  }
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
