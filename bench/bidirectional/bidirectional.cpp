// Measures a bidirectional program against what it replaces: the forward program twice, the second
// time on inputs copied in reverse order, its output turned back and added.
//
// Usage: bidirectional THREADS SECONDS
#include <mixir/mixir.hpp>

#include "quasiseparable.h"
#include "quasiseparable_both.h"
#include "selective.h"
#include "selective_both.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

namespace {

/// A dense tensor [1, L, ...]: `row` floats a step, or without L.
struct Operand {
  const char *name;
  std::vector<int64_t> shape;
  bool hasTime;
  float low, high;
  std::vector<float> data, turned;

  int64_t size() const {
    int64_t n = 1;
    for (int64_t extent : shape)
      n *= extent;
    return n;
  }
  mixir_tensor view(std::vector<float> &of) const {
    return mixir_tensor_dense(of.data(), MIXIR_F32, static_cast<int32_t>(shape.size()),
                              shape.data());
  }
};

void turn(const std::vector<float> &from, std::vector<float> &to, int64_t length) {
  size_t row = from.size() / static_cast<size_t>(length);
  for (int64_t t = 0; t < length; t++)
    std::memcpy(&to[static_cast<size_t>(length - 1 - t) * row],
                &from[static_cast<size_t>(t) * row], row * sizeof(float));
}

struct Case {
  const char *name;
  const mixir_kernel_table *forward, *both;
  int64_t length;
  std::vector<Operand> inputs;
  Operand output;
};

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Smallest seconds of each function; they take turns for `seconds` each.
std::vector<double> smallest(const std::vector<std::function<void()>> &functions, double seconds) {
  std::vector<double> best(functions.size(), 1e30), spent(functions.size(), 0);
  for (auto &function : functions)
    function();
  while (*std::min_element(spent.begin(), spent.end()) < seconds)
    for (size_t i = 0; i < functions.size(); i++) {
      double begin = now();
      functions[i]();
      double took = now() - begin;
      best[i] = std::min(best[i], took);
      spent[i] += took;
    }
  return best;
}

void measure(Case &c, int threads, double seconds) {
  mixir::Context context;
  mixir::Program forward(context, *c.forward), both(context, *c.both);
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.num_threads = threads;
  unsigned seed = 1;
  for (Operand &input : c.inputs) {
    input.data.resize(static_cast<size_t>(input.size()));
    for (float &value : input.data) {
      seed = seed * 1664525u + 1013904223u;
      value = input.low + (input.high - input.low) * static_cast<float>(seed >> 8) / 16777216.0f;
    }
    input.turned = input.data;
  }
  std::vector<float> fused(static_cast<size_t>(c.output.size())), first = fused, second = fused;
  auto run = [&](const mixir::Program &program, bool isTurned, std::vector<float> &out) {
    std::vector<mixir_tensor> tensors;
    for (Operand &input : c.inputs)
      tensors.push_back(input.view(isTurned ? input.turned : input.data));
    tensors.push_back(c.output.view(out));
    context.check(mixir_program_run(context.get(), program.get(), tensors.data(),
                                    static_cast<int32_t>(tensors.size()), &options));
  };
  auto runForward = [&] { run(forward, false, first); };
  auto runBoth = [&] { run(both, false, fused); };
  auto runApart = [&] {
    run(forward, false, first);
    for (Operand &input : c.inputs)
      if (input.hasTime)
        turn(input.data, input.turned, c.length);
    run(forward, true, second);
    size_t row = first.size() / static_cast<size_t>(c.length);
    for (int64_t t = 0; t < c.length; t++) {
      float *to = &first[static_cast<size_t>(t) * row];
      const float *from = &second[static_cast<size_t>(c.length - 1 - t) * row];
      for (size_t i = 0; i < row; i++)
        to[i] += from[i];
    }
  };
  std::vector<double> best = smallest({runForward, runBoth, runApart}, seconds);
  runApart();
  float largest = 0, error = 0;
  for (size_t i = 0; i < first.size(); i++) {
    largest = std::max(largest, std::fabs(first[i]));
    error = std::max(error, std::fabs(first[i] - fused[i]));
  }
  std::printf("| %s L=%lld | %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.0e |\n", c.name,
              static_cast<long long>(c.length), threads, best[0] * 1e3, best[1] * 1e3,
              best[2] * 1e3, best[1] / (2 * best[0]), best[2] / best[1], error / largest);
}

} // namespace

int main(int argc, char **argv) {
  int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  double seconds = argc > 2 ? std::atof(argv[2]) : 1;
  std::printf("| case | threads | one direction, ms | both, ms | apart, ms | both / 2 directions | "
              "apart / both | difference |\n|---|---|---|---|---|---|---|---|\n");
  try {
    for (int64_t L : {197, 2048}) {
      int64_t D = 1536, N = 16;
      Case c{"selective D=1536 N=16",
             &mixir_program_selective,
             &mixir_program_selective_both,
             L,
             {{"u", {1, L, D}, true, -1, 1, {}, {}},
              {"dt", {1, L, D}, true, 0.01f, 0.1f, {}, {}},
              {"Bt", {1, L, N}, true, -1, 1, {}, {}},
              {"Ct", {1, L, N}, true, -1, 1, {}, {}},
              {"A", {D, N}, false, -1, -0.1f, {}, {}}},
             {"out", {1, L, D}, true, 0, 0, {}, {}}};
      measure(c, threads, seconds);
    }
    for (int64_t L : {128, 1024}) {
      int64_t H = 24, P = 64, N = 64;
      Case c{"quasiseparable H=24 P=64 N=64",
             &mixir_program_quasiseparable,
             &mixir_program_quasiseparable_both,
             L,
             {{"x", {1, L, H, P}, true, -1, 1, {}, {}},
              {"dt", {1, L, H}, true, 0.01f, 0.1f, {}, {}},
              {"Bt", {1, L, N}, true, -1, 1, {}, {}},
              {"Ct", {1, L, N}, true, -1, 1, {}, {}},
              {"A", {H}, false, -1, -0.1f, {}, {}}},
             {"out", {1, L, H, P}, true, 0, 0, {}, {}}};
      measure(c, threads, seconds);
    }
  } catch (const mixir::Error &error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  return 0;
}
