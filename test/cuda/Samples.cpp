// See Samples.h.
#include "test/cuda/Samples.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mixir::cuda_test;
namespace json = llvm::json;
using llvm::StringRef;

static std::vector<std::string> split(StringRef text, StringRef separator) {
  llvm::SmallVector<StringRef> parts;
  text.split(parts, separator, -1, false);
  std::vector<std::string> result;
  for (StringRef part : parts)
    result.push_back(part.trim().str());
  return result;
}

/// Texts are copied: JSON values only refer to a StringRef.
static json::Object paramOf(StringRef word) {
  if (word.consume_front("#"))
    return json::Object{{"kind", "size"}, {"dim", word.str()}};
  if (word.contains('.')) {
    auto [ref, dim] = word.split('.');
    return json::Object{{"kind", "stride"}, {"ref", ref.str()}, {"dim", dim.str()}};
  }
  auto [ref, part] = word.split(':');
  return json::Object{
      {"kind", "data"}, {"ref", ref.str()}, {"access", "read"}, {"part", part.str()}};
}

std::string Sample::manifest() const {
  json::Array dims, operands, loopList, words;
  std::vector<std::string> seen;
  for (const SampleTensor &tensor : tensors) {
    json::Array axes;
    for (const std::string &axis : split(tensor.axes, ",")) {
      json::Array merged;
      for (const std::string &dim : split(axis, " ")) {
        merged.push_back(dim);
        if (!llvm::is_contained(seen, dim)) {
          seen.push_back(dim);
          dims.push_back(json::Object{{"name", dim}});
        }
      }
      axes.push_back(std::move(merged));
    }
    operands.push_back(json::Object{{"name", tensor.name},
                                    {"role", tensor.role},
                                    {"dtype", tensor.dtype},
                                    {"axes", std::move(axes)}});
  }
  for (auto &[dim, block] : loops)
    loopList.push_back(json::Object{{"dim", dim}, {"block", block}, {"kind", "parallel"}});
  for (const std::string &word : split(params, " "))
    words.push_back(paramOf(word));
  json::Object only{{"name", kernel},
                    {"loops", std::move(loopList)},
                    {"threads", threads},
                    {"shared_bytes", sharedBytes},
                    {"params", std::move(words)}};
  json::Object all{{"schema", 1},
                   {"name", kernel},
                   {"target", json::Object{{"kind", "cuda"}, {"arch", "sm_90"}}},
                   {"dims", std::move(dims)},
                   {"operands", std::move(operands)},
                   {"temps", json::Array()},
                   {"kernels", json::Array{std::move(only)}}};
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(all));
  return text;
}

std::string mixir::cuda_test::withPrelude(const std::string &source) {
  return R"(
#ifndef MIXIR_HOST_EXECUTOR
#define MIXIR_SHARED(type, name, count) __shared__ type name[count]
__device__ __forceinline__ float mixir_load_f16(unsigned short bits) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
  return value;
}
__device__ __forceinline__ unsigned short mixir_store_f16(float value) {
  unsigned short bits;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
__device__ __forceinline__ float mixir_load_bf16(unsigned short bits) {
  return __uint_as_float((unsigned)bits << 16);
}
__device__ __forceinline__ unsigned short mixir_store_bf16(float value) {
  unsigned short bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
  return bits;
}
#endif
)" + source;
}

Sample mixir::cuda_test::addVectors() {
  return {"add_vectors",
          R"(struct add_params {
  const float *x; long long x_N; const float *y; long long y_N; float *z; long long z_N;
  long long size_N;
};
extern "C" __global__ void __launch_bounds__(64) add_vectors(add_params p) {
  long long n = (long long)blockIdx.x * blockDim.x + threadIdx.x;
  if (n < p.size_N)
    p.z[n * p.z_N] = p.x[n * p.x_N] + p.y[n * p.y_N];
}
)",
          {{"x", "in", "f32", "N"}, {"y", "in", "f32", "N"}, {"z", "out", "f32", "N"}},
          {{"N", 64}},
          64,
          0,
          "x x.N y y.N z z.N #N"};
}

Sample mixir::cuda_test::transposeTile() {
  return {"transpose_tile",
          R"(struct transpose_params {
  const float *x; long long x_R, x_C; float *y; long long y_C, y_R; long long size_R, size_C;
};
extern "C" __global__ void __launch_bounds__(256) transpose_tile(transpose_params p) {
  MIXIR_SHARED(float, tile, 272);
  long long tiles = (p.size_C + 15) / 16;
  long long r0 = blockIdx.x / tiles * 16, c0 = blockIdx.x % tiles * 16;
  int i = threadIdx.x / 16, j = threadIdx.x % 16;
  if (r0 + i < p.size_R && c0 + j < p.size_C)
    tile[i * 17 + j] = p.x[(r0 + i) * p.x_R + (c0 + j) * p.x_C];
  __syncthreads();
  if (r0 + j < p.size_R && c0 + i < p.size_C)
    p.y[(c0 + i) * p.y_C + (r0 + j) * p.y_R] = tile[j * 17 + i];
}
)",
          {{"x", "in", "f32", "R, C"}, {"y", "out", "f32", "C, R"}},
          {{"R", 16}, {"C", 16}},
          256,
          272 * 4,
          "x x.R x.C y y.C y.R #R #C"};
}

Sample mixir::cuda_test::scanRows() {
  return {"scan_rows",
          R"(struct scan_params {
  const float *x; long long x_R, x_N; float *y; long long y_R, y_N; long long size_R, size_N;
};
extern "C" __global__ void __launch_bounds__(64) scan_rows(scan_params p) {
  long long row = blockIdx.x * 2 + threadIdx.x / 32;
  int lane = threadIdx.x % 32;
  float before = 0.0f;
  for (long long n0 = 0; n0 < p.size_N; n0 += 32) {
    bool is_inside = row < p.size_R && n0 + lane < p.size_N;
    float sum = is_inside ? p.x[row * p.x_R + (n0 + lane) * p.x_N] : 0.0f;
    for (int step = 1; step < 32; step *= 2) {
      float left = __shfl_up_sync(0xffffffffu, sum, step);
      sum += lane >= step ? left : 0.0f;
    }
    if (is_inside)
      p.y[row * p.y_R + (n0 + lane) * p.y_N] = before + sum;
    before += __shfl_sync(0xffffffffu, sum, 31);
  }
}
)",
          {{"x", "in", "f32", "R, N"}, {"y", "out", "f32", "R, N"}},
          {{"R", 2}},
          64,
          0,
          "x x.R x.N y y.R y.N #R #N"};
}

Sample mixir::cuda_test::convertHalves() {
  return {"convert_halves",
          R"(struct halves_params {
  const unsigned short *h, *b; const float *f;
  float *from_h, *from_b; unsigned short *to_h, *to_b;
  long long size_N;
};
extern "C" __global__ void __launch_bounds__(128) convert_halves(halves_params p) {
  long long n = blockIdx.x * blockDim.x + threadIdx.x;
  if (n >= p.size_N)
    return;
  p.from_h[n] = mixir_load_f16(p.h[n]);
  p.from_b[n] = mixir_load_bf16(p.b[n]);
  p.to_h[n] = mixir_store_f16(p.f[n]);
  p.to_b[n] = mixir_store_bf16(p.f[n]);
}
)",
          {{"h", "in", "f16", "N"},
           {"b", "in", "bf16", "N"},
           {"f", "in", "f32", "N"},
           {"from_h", "out", "f32", "N"},
           {"from_b", "out", "f32", "N"},
           {"to_h", "out", "f16", "N"},
           {"to_b", "out", "bf16", "N"}},
          {{"N", 128}},
          128,
          0,
          "h b f from_h from_b to_h to_b #N"};
}

Sample mixir::cuda_test::splitParts() {
  return {"split_parts",
          R"(struct parts_params {
  const float *z_re, *z_im; long long z_B, z_G, z_R; float *y; long long y_B, y_G, y_R;
  long long size_G, size_R;
};
extern "C" __global__ void __launch_bounds__(32) split_parts(parts_params p) {
  long long b = blockIdx.x, r = threadIdx.x;
  for (long long g = 0; g < p.size_G; g++)
    if (r < p.size_R) {
      long long at = b * p.z_B + g * p.z_G + r * p.z_R;
      p.y[b * p.y_B + g * p.y_G + r * p.y_R] = p.z_re[at] * 10.0f + p.z_im[at];
    }
}
)",
          {{"z", "in", "c64", "B, G R"}, {"y", "out", "f32", "R, B, G"}},
          {{"B", 1}},
          32,
          0,
          "z:re z:im z.B z.G z.R y y.B y.G y.R #G #R"};
}

Sample mixir::cuda_test::withBody(const std::string &body) {
  return {"sample",
          "struct sample_params { float *x, *y; long long size_N; };\n"
          "extern \"C\" __global__ void __launch_bounds__(64) sample(sample_params p) {\n"
          "  MIXIR_SHARED(float, tile, 64);\n"
          "  int t = threadIdx.x;\n" +
              body + "}\n",
          {{"x", "in", "f32", "N"}, {"y", "out", "f32", "N"}},
          {{"N", 64}},
          64,
          64 * 4,
          "x y #N"};
}

const std::vector<Sample> &mixir::cuda_test::goodSamples() {
  static const std::vector<Sample> samples = {addVectors(), transposeTile(), scanRows(),
                                              convertHalves(), splitParts()};
  return samples;
}
