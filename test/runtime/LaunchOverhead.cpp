// LaunchOverhead.cpp - prints what a one-token call costs in the launcher, kernels doing nothing.
//
//   mixir_launch_overhead [calls]
#include "mixir/mixir.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

int nothing(void **) { return 0; }

std::string manifest(bool lanesOutside, bool hasCarry) {
  std::string text =
      R"({"schema":1,"name":"step","dims":[{"name":"B"},{"name":"L"},{"name":"D"},{"name":"N"}],
      "operands":[{"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"dt","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"z","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"b","role":"in","dtype":"f32","axes":[["B"],["L"],["N"]]},
      {"name":"c","role":"in","dtype":"f32","axes":[["B"],["L"],["N"]]},
      {"name":"h0","role":"in","dtype":"f32","axes":[["B"],[STATE]]},
      {"name":"a","role":"param","dtype":"f32","axes":[[STATE]]},
      {"name":"d","role":"param","dtype":"f32","axes":[["D"]]},
      {"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["D"]]},
      {"name":"h","role":"out","dtype":"f32","axes":[["B"],[STATE]]}],
      "kernels":[{"name":"scan0","loops":[{"dim":"B","block":1,"kind":"parallel"},
      {"dim":"D","block":64,"kind":"parallel","lanes":64},
      {"dim":"L","block":128,"kind":"serial"}],
      "scalars":[{"kind":"start","dim":"L"},{"kind":"extent","dim":"L"}],"args":[
      {"ref":"x","access":"read","dims":["D","L"]},{"ref":"dt","access":"read","dims":["D","L"]},
      {"ref":"z","access":"read","dims":["D","L"]},{"ref":"b","access":"read","dims":["N","L"]},
      {"ref":"c","access":"read","dims":["N","L"]},{"ref":"a","access":"read","dims":["D","N"]},
      {"ref":"d","access":"read","dims":["D"]},{"ref":"y","access":"write","dims":["D","L"]}]
      CARRY}]})";
  auto replace = [&](const std::string &from, const std::string &to) {
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(at, from.size(), to);
  };
  replace("STATE", lanesOutside ? R"("D"],["N")" : R"("N"],["D")");
  replace("CARRY", hasCarry ? R"(,"work_rows":16,"carries":[{"name":"h","row":0,"dims":["D","N"],
      "init":{"ref":"h0","part":""},"final":{"ref":"h","part":""}}])"
                            : "");
  return text;
}

double microseconds(bool lanesOutside, bool hasCarry, int threads, int calls) {
  const int64_t D = 1536, N = 16;
  std::string text = manifest(lanesOutside, hasCarry);
  mixir_entry_fn entries[] = {nothing};
  mixir_kernel_table table = {MIXIR_TABLE_MAGIC, 1, 0, 0, "step", text.c_str(), entries, 1, 0};
  mixir_context *context = mixir_context_create();
  mixir_program *program = nullptr;
  if (mixir_program_open(context, &table, MIXIR_ABI_VERSION, &program)) {
    std::fprintf(stderr, "%s\n", mixir_context_last_error(context));
    std::exit(1);
  }
  std::vector<float> rows(6 * D), state(D * N), next(D * N), a(D * N);
  int64_t perStep[] = {1, 1, D}, perRow[] = {1, 1, N};
  int64_t states[] = {1, lanesOutside ? D : N, lanesOutside ? N : D};
  auto dense = [](float *data, int rank, const int64_t *shape) {
    return mixir_tensor_dense(data, MIXIR_F32, rank, shape);
  };
  mixir_tensor tensors[] = {dense(&rows[0], 3, perStep),     dense(&rows[D], 3, perStep),
                            dense(&rows[2 * D], 3, perStep), dense(&rows[3 * D], 3, perRow),
                            dense(&rows[3 * D], 3, perRow),  dense(state.data(), 3, states),
                            dense(a.data(), 2, states + 1),  dense(&rows[4 * D], 1, perStep + 2),
                            dense(&rows[5 * D], 3, perStep), dense(next.data(), 3, states)};
  mixir_run_options options = MIXIR_RUN_OPTIONS_INIT;
  options.num_threads = threads;
  double best = 1e9;
  for (int round = 0; round < 20; round++) {
    auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; i++)
      if (mixir_program_run(context, program, tensors, 10, &options))
        std::exit(1);
    std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
    best = std::min(best, time.count() / calls);
  }
  mixir_program_close(program);
  mixir_context_destroy(context);
  return best;
}

} // namespace

int main(int argc, char **argv) {
  int calls = argc > 1 ? std::atoi(argv[1]) : 2000;
  std::printf("one token, D=1536 N=16, 24 tasks, kernels that do nothing\n");
  for (bool hasCarry : {false, true})
    for (bool lanesOutside : {false, true})
      for (int threads : {1, 2})
        std::printf("%-14s state %s  %d thread(s)  %6.2f us per call\n",
                    hasCarry ? "with carries," : "no carries,", lanesOutside ? "[D, N]" : "[N, D]",
                    threads, microseconds(lanesOutside, hasCarry, threads, calls));
  return 0;
}
