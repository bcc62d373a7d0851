// selective_scan for sm_90, written by Mixir.
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
  const long long *offsets;
  const long long *rows;
  long long entry_h0_;
  long long entry_delta_;
  long long entry_u_;
  long long entry_Bt_;
  long long entry_Ct_;
  long long entry_z_;
  long long entry_y_;
  long long entry_h_last_;
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
  const int lane = threadIdx.x;
  int task = blockIdx.x;
  const int first = task % ((size_D + 127) / 128) * 128;
  const bool live = first + lane < size_D;
  const int i_D = live ? first + lane : size_D - 1;
  task /= ((size_D + 127) / 128);
  const int i_B = task;
  const mixir_entry entry = mixir_entry_at(p.rows, p.offsets, i_B, (int)p.size_L);
  const int size_L = entry.length;
  p.h0_ += entry.row * p.entry_h0_;
  p.delta_ += entry.first * p.entry_delta_;
  p.u_ += entry.first * p.entry_u_;
  p.Bt_ += entry.first * p.entry_Bt_;
  p.Ct_ += entry.first * p.entry_Ct_;
  p.z_ += entry.first * p.entry_z_;
  p.y_ += entry.first * p.entry_y_;
  p.h_last_ += entry.row * p.entry_h_last_;
  if (entry.row < 0) {
    if (p.offsets || p.entry_y_ == 0) {
      #pragma unroll 1
      for (int i_L = 0; i_L < size_L; ++i_L) {
        if (live)
          p.y_[i_B * p.y_B_ + i_L * p.y_L_ + i_D * p.y_D_] = 0.0f;
      }
    }
    if (p.entry_h_last_ == 0) {
      #pragma unroll 1
      for (int i_N = 0; i_N < 16; ++i_N) {
        if (live)
          p.h_last_[i_B * p.h_last_B_ + i_D * p.h_last_D_ + i_N * p.h_last_N_] = 0.0f;
      }
    }
    return;
  }
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

struct mixir_selective_scan_scan0_time_params {
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
  const long long *offsets;
  const long long *rows;
  long long entry_h0_;
  long long entry_delta_;
  long long entry_u_;
  long long entry_Bt_;
  long long entry_Ct_;
  long long entry_z_;
  long long entry_y_;
  long long entry_h_last_;
};

extern "C" __global__ void __launch_bounds__(128)
mixir_selective_scan_scan0_time(mixir_selective_scan_scan0_time_params p) {
  MIXIR_SHARED(float, v1_, 64);
  MIXIR_SHARED(float, sum_kept_, 800);
  MIXIR_SHARED(float, delta_rows_, 800);
  MIXIR_SHARED(float, u_rows_, 800);
  MIXIR_SHARED(float, Bt_rows_, 2720);
  MIXIR_SHARED(float, Ct_rows_, 2720);
  const int size_D = (int)p.size_D;
  const int size_B = (int)p.size_B;
  const int lane = threadIdx.x / 32;
  const int run = threadIdx.x % 32;
  int task = blockIdx.x;
  const int first = task % ((size_D + 3) / 4) * 4;
  const bool live = first + lane < size_D;
  const int i_D = live ? first + lane : size_D - 1;
  task /= ((size_D + 3) / 4);
  const int i_B = task;
  const mixir_entry entry = mixir_entry_at(p.rows, p.offsets, i_B, (int)p.size_L);
  const int size_L = entry.length;
  p.h0_ += entry.row * p.entry_h0_;
  p.delta_ += entry.first * p.entry_delta_;
  p.u_ += entry.first * p.entry_u_;
  p.Bt_ += entry.first * p.entry_Bt_;
  p.Ct_ += entry.first * p.entry_Ct_;
  p.z_ += entry.first * p.entry_z_;
  p.y_ += entry.first * p.entry_y_;
  p.h_last_ += entry.row * p.entry_h_last_;
  if (entry.row < 0) {
    if (p.offsets || p.entry_y_ == 0) {
      #pragma unroll 1
      for (int i_L = 0; i_L < size_L; ++i_L) {
        if (live && run == 0)
          p.y_[i_B * p.y_B_ + i_L * p.y_L_ + i_D * p.y_D_] = 0.0f;
      }
    }
    if (p.entry_h_last_ == 0) {
      #pragma unroll 1
      for (int i_N = 0; i_N < 16; ++i_N) {
        if (live && run == 0)
          p.h_last_[i_B * p.h_last_B_ + i_D * p.h_last_D_ + i_N * p.h_last_N_] = 0.0f;
      }
    }
    return;
  }
  #pragma unroll 1
  for (int k = threadIdx.x; k < 64; k += 128) {
    const int lane = k % 4;
    const int i_D = min(first + lane, size_D - 1);
    const int i_N = k / 4;
    const float x0 = p.A_[i_D * p.A_D_ + i_N * p.A_N_];
    v1_[k] = x0 * 1.44269502f;
  }
  // states
  float h_[16];
  float h_tile_[16];
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    h_tile_[i_N] = p.h0_[i_B * p.h0_B_ + i_D * p.h0_D_ + i_N * p.h0_N_];
  }
  const int tiles = (size_L + 159) / 160;
  for (int tile = 0; tile < tiles; ++tile) {
    const int first_L = tile * 160;
    const int steps = min(160, size_L - first_L);
    __syncthreads();
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 4; k += 512) {
      const int lane = k % 4;
      const int i_D = min(first + lane, size_D - 1);
      const int t = k / 4;
      const int i_L = first_L + t;
      const int to = t * 5 + k % 4;
      const mixir_four x1 = mixir_load4(p.delta_ + i_B * p.delta_B_ + i_L * p.delta_L_ + i_D * p.delta_D_, p.delta_D_, max(1, size_D - first - lane));
      delta_rows_[to] = x1.at[0];
      delta_rows_[to + 1] = x1.at[1];
      delta_rows_[to + 2] = x1.at[2];
      delta_rows_[to + 3] = x1.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 4; k += 512) {
      const int lane = k % 4;
      const int i_D = min(first + lane, size_D - 1);
      const int t = k / 4;
      const int i_L = first_L + t;
      const int to = t * 5 + k % 4;
      const mixir_four x2 = mixir_load4(p.u_ + i_B * p.u_B_ + i_L * p.u_L_ + i_D * p.u_D_, p.u_D_, max(1, size_D - first - lane));
      u_rows_[to] = x2.at[0];
      u_rows_[to + 1] = x2.at[1];
      u_rows_[to + 2] = x2.at[2];
      u_rows_[to + 3] = x2.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int lane = 0;
      const int i_N = k % 16;
      const int t = k / 16;
      const int i_L = first_L + t;
      const int to = t * 17 + k % 16;
      const mixir_four x3 = mixir_load4(p.Bt_ + i_B * p.Bt_B_ + i_L * p.Bt_L_ + i_N * p.Bt_N_, p.Bt_N_, 4);
      Bt_rows_[to] = x3.at[0];
      Bt_rows_[to + 1] = x3.at[1];
      Bt_rows_[to + 2] = x3.at[2];
      Bt_rows_[to + 3] = x3.at[3];
    }
    #pragma unroll 1
    for (int k = threadIdx.x * 4; k < steps * 16; k += 512) {
      const int lane = 0;
      const int i_N = k % 16;
      const int t = k / 16;
      const int i_L = first_L + t;
      const int to = t * 17 + k % 16;
      const mixir_four x4 = mixir_load4(p.Ct_ + i_B * p.Ct_B_ + i_L * p.Ct_L_ + i_N * p.Ct_N_, p.Ct_N_, 4);
      Ct_rows_[to] = x4.at[0];
      Ct_rows_[to + 1] = x4.at[1];
      Ct_rows_[to + 2] = x4.at[2];
      Ct_rows_[to + 3] = x4.at[3];
    }
    __syncthreads();
    const int run_start = run * 5;
    const int run_steps = max(0, min(5, steps - run_start));
    float h_decay_[16];
    #pragma unroll
    for (int i_N = 0; i_N < 16; ++i_N) {
      h_decay_[i_N] = 1.0f;
    }
    float h_write_[16];
    #pragma unroll
    for (int i_N = 0; i_N < 16; ++i_N) {
      h_write_[i_N] = 0.0f;
    }
    #pragma unroll 1
    for (int s = 0; s < run_steps; ++s) {
      const int t = (run_start + s);
      const int i_L = first_L + t;
      float v_;
      const float x5 = delta_rows_[t * 5 + lane];
      const float x6 = p.bias_[i_D * p.bias_D_];
      const float x7 = x5 + x6;
      v_ = x7 > 20.0f ? x7 : mixir_log1p_exp2(mixir_min(x7, 20.0f) * 1.44269502f);
      float v2_;
      const float x8 = u_rows_[t * 5 + lane];
      v2_ = v_ * x8;
      #pragma unroll
      for (int i_N = 0; i_N < 16; ++i_N) {
        const float x9 = Bt_rows_[t * 17 + i_N];
        const float x10 = v2_ * x9;
        const float x11 = v1_[i_N * 4 + lane];
        const float x12 = mixir_exp2(v_ * x11);
        mixir_then(h_decay_[i_N], h_write_[i_N], x12, x10);
      }
    }
    // states before the runs: h
    #pragma unroll
    for (int i_N = 0; i_N < 16; ++i_N) {
      mixir_scan(h_decay_[i_N], h_write_[i_N], run % 32);
    }
    #pragma unroll
    for (int i_N = 0; i_N < 16; ++i_N) {
      h_[i_N] = h_tile_[i_N];
      mixir_apply(__shfl_sync(0xffffffffu, h_decay_[i_N], 31), __shfl_sync(0xffffffffu, h_write_[i_N], 31), h_tile_[i_N]);
      mixir_before(h_decay_[i_N], h_write_[i_N], run % 32);
      mixir_apply(h_decay_[i_N], h_write_[i_N], h_[i_N]);
    }
    #pragma unroll 1
    for (int s = 0; s < run_steps; ++s) {
      const int t = (run_start + s);
      const int i_L = first_L + t;
      float v3_;
      const float x13 = delta_rows_[t * 5 + lane];
      const float x14 = p.bias_[i_D * p.bias_D_];
      const float x15 = x13 + x14;
      v3_ = x15 > 20.0f ? x15 : mixir_log1p_exp2(mixir_min(x15, 20.0f) * 1.44269502f);
      float v4_;
      const float x16 = u_rows_[t * 5 + lane];
      v4_ = v3_ * x16;
      float sum_ = 0.0f;
      #pragma unroll
      for (int i_N = 0; i_N < 16; ++i_N) {
        const float x17 = v1_[i_N * 4 + lane];
        const float x18 = h_[i_N];
        const float x19 = Bt_rows_[t * 17 + i_N];
        const float x20 = mixir_exp2(v3_ * x17) * x18 + v4_ * x19;
        const float x21 = Ct_rows_[t * 17 + i_N];
        const float x22 = x21 * x20;
        h_[i_N] = x20;
        sum_ = sum_ + x22;
      }
      sum_kept_[t * 5 + lane] = sum_;
    }
    __syncthreads();
    // y
    #pragma unroll 1
    for (int k = threadIdx.x; k < steps * 4; k += 128) {
      const int lane = k % 4;
      const int i_D = min(first + lane, size_D - 1);
      const int t = k / 4;
      const int i_L = first_L + t;
      const bool live = first + lane < size_D;
      const float x24 = sum_kept_[t * 5 + lane];
      const float x25 = p.skip_[i_D * p.skip_D_];
      const float x26 = p.u_[i_B * p.u_B_ + i_L * p.u_L_ + i_D * p.u_D_];
      const float x27 = p.z_[i_B * p.z_B_ + i_L * p.z_L_ + i_D * p.z_D_];
      const float value23 = (x24 + x25 * x26) * x27 * (1.0f / (1.0f + mixir_exp2(x27 * -1.44269502f)));
      if (live)
        p.y_[i_B * p.y_B_ + i_L * p.y_L_ + i_D * p.y_D_] = value23;
    }
  }
  #pragma unroll
  for (int i_N = 0; i_N < 16; ++i_N) {
    if (live && run == 0)
      p.h_last_[i_B * p.h_last_B_ + i_D * p.h_last_D_ + i_N * p.h_last_N_] = h_tile_[i_N];
  }
}
