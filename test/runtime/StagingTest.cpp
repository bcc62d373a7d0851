// StagingTest.cpp - conversions of 16-bit floats and copies of strided boxes.
#include "KernelPlan.h"
#include "Staging.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

using namespace mixir::runtime;

namespace {

TEST(Halves, everyValueSurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000; bits++) {
    auto half = static_cast<uint16_t>(bits);
    float value = halfToFloat(half);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(value))));
      continue;
    }
    ASSERT_EQ(floatToHalf(value), half) << value;
  }
}

TEST(Halves, roundToNearestEven) {
  EXPECT_EQ(floatToHalf(1.0f), 0x3c00);
  EXPECT_EQ(floatToHalf(1.0f + 1.0f / 2048), 0x3c00); // tie, even below
  EXPECT_EQ(floatToHalf(1.0f + 3.0f / 2048), 0x3c02); // tie, even above
  EXPECT_EQ(floatToHalf(65519.0f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(-1e-10f), 0x8000);
  EXPECT_EQ(floatToHalf(5.9604645e-8f), 1);
  EXPECT_EQ(halfToFloat(0x0001), 5.9604645e-8f);
}

TEST(Bfloats, roundToNearestEven) {
  EXPECT_EQ(floatToBfloat(1.0f), 0x3f80);
  EXPECT_EQ(floatToBfloat(1.00390625f), 0x3f80);
  EXPECT_EQ(floatToBfloat(1.01171875f), 0x3f82);
  EXPECT_EQ(floatToBfloat(INFINITY), 0x7f80);
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(NAN))));
  float tricky;
  uint32_t bits = 0x7f800001; // a NaN whose upper half alone is infinity
  std::memcpy(&tricky, &bits, 4);
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(tricky))));
}

TEST(Copies, matchAPlainLoopForRandomStrides) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; round++) {
    int numDims = static_cast<int>(random() % 4);
    CopyDim dims[kMaxArgDims];
    int64_t extents[4], toStrides[4], fromStrides[4];
    int toOrder[4] = {0, 1, 2, 3}, fromOrder[4] = {0, 1, 2, 3};
    std::shuffle(toOrder, toOrder + numDims, random);
    std::shuffle(fromOrder, fromOrder + numDims, random);
    size_t elementBytes = round % 3 ? 4 : 2;
    for (int i = 0; i < numDims; i++)
      extents[i] = 1 + static_cast<int64_t>(random() % 20);
    auto spread = [&](const int *order, int64_t *strides, int64_t gap) {
      auto stride = static_cast<int64_t>(elementBytes);
      for (int i = 0; i < numDims; i++) {
        strides[order[i]] = stride;
        stride *= extents[order[i]] + gap;
      }
      return stride;
    };
    std::vector<char> to(static_cast<size_t>(spread(toOrder, toStrides, random() % 2)), 1);
    std::vector<char> from(static_cast<size_t>(spread(fromOrder, fromStrides, random() % 2)));
    for (char &byte : from)
      byte = static_cast<char>(random());
    std::vector<char> wanted = to;
    for (int i = 0; i < numDims; i++)
      dims[i] = {extents[i], toStrides[i], fromStrides[i]};
    int64_t total = 1;
    for (int i = 0; i < numDims; i++)
      total *= extents[i];
    for (int64_t n = 0; n < total; n++) {
      int64_t rest = n, toAt = 0, fromAt = 0;
      for (int i = 0; i < numDims; i++) {
        toAt += rest % extents[i] * toStrides[i];
        fromAt += rest % extents[i] * fromStrides[i];
        rest /= extents[i];
      }
      std::memcpy(&wanted[static_cast<size_t>(toAt)], &from[static_cast<size_t>(fromAt)],
                  elementBytes);
    }
    copyBox(to.data(), from.data(), dims, numDims, elementBytes);
    ASSERT_EQ(to, wanted) << "round " << round;
  }
}

} // namespace
