// The frame around the kernels: what they share, and the manifest.
#include "codegen/cuda/EmitCuda.h"

#include "codegen/common/Manifest.h"
#include "codegen/cuda/KernelPrinter.h"

using namespace mlir;
namespace json = llvm::json;

namespace mixir::codegen {

namespace {

/// Helpers of the kernels. Instructions that C++ has no name for are written in PTX, because headers
/// would have to be found and cost more time than the kernels.
const char kPrelude[] = R"(#ifndef MIXIR_HOST_EXECUTOR
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
)";

json::Object paramObject(const CudaParam &param) {
  switch (param.kind) {
  case CudaParam::Data:
    return json::Object{{"kind", "data"}, {"ref", param.ref}, {"access", param.written ? "write" : "read"}, {"part", param.part}};
  case CudaParam::Stride:
    return json::Object{{"kind", "stride"}, {"ref", param.ref}, {"dim", param.dim}};
  case CudaParam::Size:
    return json::Object{{"kind", "size"}, {"dim", param.dim}};
  case CudaParam::Rows:
    return json::Object{{"kind", "rows"}};
  case CudaParam::Offsets:
    return json::Object{{"kind", "offsets"}};
  case CudaParam::Entry:
    return json::Object{{"kind", "entry"}, {"ref", param.ref}};
  }
  return {};
}

json::Object kernelObject(const CudaKernel &kernel) {
  json::Array loops, params;
  kernel::RecurOp recur;
  for (auto r : kernel::FuncOp(kernel.func).getBody().front().getOps<kernel::RecurOp>())
    recur = r;
  for (auto l : kernel::FuncOp(kernel.func).getLoops().getAsRange<kernel::LoopAttr>())
    if (l.getKind() == kernel::LoopKind::Parallel)
      loops.push_back(loopObject(l));
  for (const CudaParam &p : kernel.params)
    params.push_back(paramObject(p));
  json::Object o{{"name", kernel.launch.symbol},
                 {"loops", std::move(loops)},
                 {"threads", kernel.launch.threads},
                 {"shared_bytes", kernel.launch.sharedBytes()},
                 {"params", std::move(params)},
                 {"carries", carryObjects(recur)}};
  if (auto instead = kernel::FuncOp(kernel.func).getInsteadAttr())
    o["instead"] = json::Object{{"blocks", instead.getBlocks()},
                                {"along", instead.getAlong().getValue()},
                                {"least", instead.getLeast()}};
  return o;
}

} // namespace

int64_t CudaLaunch::sharedBytes() const {
  int64_t bytes = 0;
  for (const SharedArray &array : shared)
    bytes += array.bytes;
  return bytes;
}

bool CudaLaunch::asksForShared() const { return sharedBytes() > kDeclaredShared; }

CudaProgram emitCuda(kernel::ProgramOp program, const GpuTarget &target) {
  CudaProgram result;
  result.name = program.getSymName().str();
  result.source = "// " + result.name + " for " + target.arch.str() + ", written by Mixir.\n" + kPrelude;
  json::Array kernels;
  for (auto func : program.getBody().front().getOps<kernel::FuncOp>()) {
    std::string symbol = ("mixir_" + program.getSymName() + "_" + func.getSymName()).str();
    CudaKernel kernel = KernelPrinter(func, symbol).print();
    result.source += "\n" + kernel.text;
    kernels.push_back(kernelObject(kernel));
    result.launches.push_back(kernel.launch);
  }
  result.manifest = manifestText(program, json::Object{{"kind", "cuda"}, {"arch", target.arch}}, false, std::move(kernels));
  return result;
}

} // namespace mixir::codegen
