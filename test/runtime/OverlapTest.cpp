// OverlapTest.cpp - whether views share memory, against a list of all addresses.
#include "Overlap.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace mixir::runtime;

namespace {

TEST(Overlaps, neverMissASharedByte) {
  std::mt19937 random(11);
  std::vector<float> memory(4096);
  auto randomView = [&] {
    int64_t shape[] = {1 + int64_t(random() % 4), 1 + int64_t(random() % 5)};
    mixir_tensor view = mixir_tensor_dense(&memory[random() % 64], MIXIR_F32, 2, shape);
    view.strides[0] = static_cast<int64_t>(random() % 24);
    view.strides[1] = static_cast<int64_t>(random() % 6);
    return view;
  };
  auto addresses = [](const mixir_tensor &view) {
    std::vector<const float *> all;
    for (int64_t i = 0; i < view.shape[0]; i++)
      for (int64_t j = 0; j < view.shape[1]; j++)
        all.push_back(static_cast<float *>(view.data) + i * view.strides[0] + j * view.strides[1]);
    std::sort(all.begin(), all.end());
    return all;
  };
  int disjointFound = 0;
  for (int round = 0; round < 20000; round++) {
    mixir_tensor a = randomView(), b = randomView();
    auto ofA = addresses(a), ofB = addresses(b);
    bool shares = false;
    for (const float *address : ofA)
      shares |= std::binary_search(ofB.begin(), ofB.end(), address);
    ASSERT_TRUE(!shares || mayOverlap(a, b));
    disjointFound += !mayOverlap(a, b);
    bool repeats = std::adjacent_find(ofA.begin(), ofA.end()) != ofA.end();
    ASSERT_TRUE(!repeats || overlapsItself(a));
  }
  EXPECT_GT(disjointFound, 1000);
}

} // namespace
