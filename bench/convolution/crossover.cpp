// Convolutions of the runtime, as the sum stands and by transforms: microseconds of one thread for a
// sequence of one channel, as many taps as steps, taps shared by 8 entries. For the number of taps up to
// which the sum is computed as it stands.
#include "HalideAbi.h"
#include "mixir/convolve.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <ctime>
#include <vector>

using namespace mixir::runtime;

namespace {

constexpr int kLanes = 8, kEntries = 8;

double now() { // of this thread: the machine may do something else as well
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) * 1e-3;
}

double measure(int length, int directUpTo) {
  std::vector<float> x(size_t(kLanes) * length * kEntries), taps(size_t(kLanes) * length), y(x.size());
  for (size_t i = 0; i < x.size(); i++)
    x[i] = static_cast<float>(i * 7919 % 1013) / 1013 - 0.5f;
  for (size_t i = 0; i < taps.size(); i++)
    taps[i] = static_cast<float>(i * 104729 % 997) / 997 - 0.5f;
  KernelDim rows[] = {{0, kLanes, 1, 0}, {0, length, kLanes, 0}, {0, kEntries, kLanes * length, 0}};
  auto buffer = [&](std::vector<float> &data, int dims) {
    return KernelBuffer{0, nullptr, reinterpret_cast<uint8_t *>(data.data()), 0, {kTypeFloat, 32, 1}, dims, rows, nullptr};
  };
  KernelBuffer in = buffer(x, 3), weight = buffer(taps, 2), out = buffer(y, 3);
  void *buffers[] = {&in, &weight, &out};
  double best = 1e30, begin = now();
  for (int i = 0; i < 3 || now() - begin < 1e5; i++) {
    double start = now();
    mixir_convolve(buffers, MIXIR_CONVOLVE_CAUSAL, 7, directUpTo);
    best = std::min(best, now() - start);
  }
  return best / kLanes / kEntries;
}

} // namespace

int main() {
  std::printf("| steps and taps | as the sum stands, us | by transforms, us |\n|---|---|---|\n");
  for (int length : {16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 16384, 65536}) {
    double transforms = measure(length, 0);
    if (length <= 4096)
      std::printf("| %d | %.2f | %.2f |\n", length, measure(length, INT_MAX), transforms);
    else
      std::printf("| %d | - | %.2f |\n", length, transforms);
  }
}
