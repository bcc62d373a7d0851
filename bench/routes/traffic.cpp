// Calls the program `cross` of routes.mix a number of times on arrays that no cache holds, for a simulator of caches.
// Prints the bytes of its operands.
//
// Usage: traffic H W D N CALLS
#include <mixir/mixir.hpp>

#include "cross.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char **argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: traffic H W D N CALLS\n");
    return 2;
  }
  constexpr int64_t K = 4;
  int64_t H = std::atoll(argv[1]), W = std::atoll(argv[2]), D = std::atoll(argv[3]), N = std::atoll(argv[4]);
  mixir::Context context;
  mixir::Program program(context, mixir_program_cross);
  std::vector<std::vector<int64_t>> shapes = {{1, H, W, D},    {1, K, H, W, D}, {1, K, H, W, N},
                                              {1, K, H, W, N}, {K, D, N},       {1, H, W, D}};
  std::vector<std::vector<float>> data;
  std::vector<mixir_tensor> tensors;
  size_t bytes = 0;
  for (const std::vector<int64_t> &shape : shapes) {
    size_t count = 1;
    for (int64_t extent : shape)
      count *= static_cast<size_t>(extent);
    bytes += count * sizeof(float);
    data.emplace_back(count, -0.25f);
  }
  for (size_t i = 0; i < shapes.size(); i++)
    tensors.push_back(mixir_tensor_dense(data[i].data(), MIXIR_F32, static_cast<int32_t>(shapes[i].size()), shapes[i].data()));
  std::vector<char> other(size_t(96) << 20, 1); // takes the place of the operands in the last cache
  for (int i = 0; i < std::atoi(argv[5]); i++)
    program.run(context, tensors, 1);
  std::printf("%zu\n", bytes + static_cast<size_t>(other[bytes % other.size()]) - 1);
  return 0;
}
