// causal_conv for sm_90, written by Mixir.
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

struct mixir_causal_conv_map0_params {
  long long size_D;
  long long size_L;
  long long size_B;
  const long long *offsets;
  const long long *rows;
  const float *w_;
  long long w_D_;
  long long w_W_;
  const float *x_;
  long long x_B_;
  long long x_L_;
  long long x_D_;
  const float *x0_;
  long long x0_B_;
  long long x0_D_;
  long long x0_S_;
  const float *b_;
  long long b_D_;
  float *y_;
  long long y_B_;
  long long y_L_;
  long long y_D_;
  long long entry_x_;
  long long entry_x0_;
  long long entry_y_;
};

extern "C" __global__ void __launch_bounds__(128)
mixir_causal_conv_map0(mixir_causal_conv_map0_params p) {
  const int size_D = (int)p.size_D;
  const int size_B = (int)p.size_B;
  const int lane = threadIdx.x;
  int task = blockIdx.x;
  const int first = task % ((size_D + 127) / 128) * 128;
  const bool live = first + lane < size_D;
  const int i_D = live ? first + lane : size_D - 1;
  task /= ((size_D + 127) / 128);
  const mixir_entry entry = mixir_entry_of_block(p.rows, p.offsets, size_B, (int)p.size_L, 1, task);
  const int size_L = entry.length;
  const int i_L = task;
  if (i_L >= size_L)
    return;
  const int i_B = entry.number;
  p.x_ += entry.first * p.entry_x_;
  p.x0_ += entry.row * p.entry_x0_;
  p.y_ += entry.first * p.entry_y_;
  if (entry.row < 0) {
    if (p.offsets || p.entry_y_ == 0) {
      if (live)
        p.y_[i_B * p.y_B_ + i_L * p.y_L_ + i_D * p.y_D_] = 0.0f;
    }
    return;
  }
  // y
  const int x1 = 0;
  const float x2 = p.w_[i_D * p.w_D_ + x1 * p.w_W_];
  const float x3 = i_L >= 3 ? p.x_[i_B * p.x_B_ + (i_L - 3) * p.x_L_ + i_D * p.x_D_] : 0.0f;
  const int x4 = i_L + -3 + 3;
  const float x5 = 0 <= x4 && x4 < 3 ? p.x0_[i_B * p.x0_B_ + i_D * p.x0_D_ + x4 * p.x0_S_] : 0.0f;
  const int x6 = 1;
  const float x7 = p.w_[i_D * p.w_D_ + x6 * p.w_W_];
  const float x8 = i_L >= 2 ? p.x_[i_B * p.x_B_ + (i_L - 2) * p.x_L_ + i_D * p.x_D_] : 0.0f;
  const int x9 = i_L + -2 + 3;
  const float x10 = 0 <= x9 && x9 < 3 ? p.x0_[i_B * p.x0_B_ + i_D * p.x0_D_ + x9 * p.x0_S_] : 0.0f;
  const int x11 = 2;
  const float x12 = p.w_[i_D * p.w_D_ + x11 * p.w_W_];
  const float x13 = i_L >= 1 ? p.x_[i_B * p.x_B_ + (i_L - 1) * p.x_L_ + i_D * p.x_D_] : 0.0f;
  const int x14 = i_L + -1 + 3;
  const float x15 = 0 <= x14 && x14 < 3 ? p.x0_[i_B * p.x0_B_ + i_D * p.x0_D_ + x14 * p.x0_S_] : 0.0f;
  const int x16 = 3;
  const float x17 = p.w_[i_D * p.w_D_ + x16 * p.w_W_];
  const float x18 = p.x_[i_B * p.x_B_ + i_L * p.x_L_ + i_D * p.x_D_];
  const float x19 = p.b_[i_D * p.b_D_];
  const float value0 = x2 * (x3 + x5) + x7 * (x8 + x10) + x12 * (x13 + x15) + x17 * x18 + x19;
  if (live)
    p.y_[i_B * p.y_B_ + i_L * p.y_L_ + i_D * p.y_D_] = value0;
}

struct mixir_causal_conv_map1_params {
  long long size_D;
  long long size_B;
  long long size_L;
  const float *x_;
  long long x_B_;
  long long x_L_;
  long long x_D_;
  const float *x0_;
  long long x0_B_;
  long long x0_D_;
  long long x0_S_;
  float *x_last_;
  long long x_last_B_;
  long long x_last_D_;
  long long x_last_S_;
  const long long *offsets;
  const long long *rows;
  long long entry_x_;
  long long entry_x0_;
  long long entry_x_last_;
};

extern "C" __global__ void __launch_bounds__(128)
mixir_causal_conv_map1(mixir_causal_conv_map1_params p) {
  const int size_D = (int)p.size_D;
  const int size_B = (int)p.size_B;
  const int lane = threadIdx.x;
  int task = blockIdx.x;
  const int first = task % ((size_D + 127) / 128) * 128;
  const bool live = first + lane < size_D;
  const int i_D = live ? first + lane : size_D - 1;
  task /= ((size_D + 127) / 128);
  const int i_S = task % 3;
  task /= 3;
  const int i_B = task;
  const mixir_entry entry = mixir_entry_at(p.rows, p.offsets, i_B, (int)p.size_L);
  const int size_L = entry.length;
  p.x_ += entry.first * p.entry_x_;
  p.x0_ += entry.row * p.entry_x0_;
  p.x_last_ += entry.row * p.entry_x_last_;
  if (entry.row < 0) {
    if (p.entry_x_last_ == 0) {
      if (live)
        p.x_last_[i_B * p.x_last_B_ + i_D * p.x_last_D_ + i_S * p.x_last_S_] = 0.0f;
    }
    return;
  }
  // x_last
  const int x1 = size_L - 3 + i_S;
  const float x2 = 0 <= x1 && x1 < size_L ? p.x_[i_B * p.x_B_ + x1 * p.x_L_ + i_D * p.x_D_] : 0.0f;
  const int x3 = x1 + 3;
  const float x4 = 0 <= x3 && x3 < 3 ? p.x0_[i_B * p.x0_B_ + i_D * p.x0_D_ + x3 * p.x0_S_] : 0.0f;
  const float value0 = x2 + x4;
  if (live)
    p.x_last_[i_B * p.x_last_B_ + i_D * p.x_last_D_ + i_S * p.x_last_S_] = value0;
}
