// Fourier.cpp - see Fourier.h. The passes split by the lowest digit of the frequency first
// (decimation in frequency), so frequencies end up in the order of their reversed digits; what
// multiplies spectra does not mind, and nothing is ever put in order.
#include "Fourier.h"

#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

using namespace mixir::runtime;

namespace {

const double kTurn = 2 * std::acos(-1.0);

/// The tables with the memory behind them.
struct Plan {
  explicit Plan(int64_t size) {
    std::vector<int32_t> radices = radicesOf(size);
    factors.reserve(radices.size());
    int64_t block = size;
    for (int32_t radix : radices) {
      factors.push_back(factorsOf(radix, block));
      stages.push_back({radix, block, factors.back().data()});
      block /= radix;
    }
    std::vector<int32_t> place(static_cast<size_t>(size));
    for (int64_t k = 0; k < size; k++)
      place[static_cast<size_t>(k)] = placeOf(k, size);
    for (int64_t k = 1; k <= size - k; k++) {
      double angle = -kTurn * static_cast<double>(k) / static_cast<double>(2 * size);
      pairs.push_back({place[static_cast<size_t>(k)], place[static_cast<size_t>(size - k)],
                       static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
    }
    tables = {size, static_cast<int32_t>(stages.size()), static_cast<int64_t>(pairs.size()),
              stages.data(), pairs.data()};
  }

  static std::vector<int32_t> radicesOf(int64_t size) {
    std::vector<int32_t> radices;
    for (int32_t radix : {3, 4, 2})
      for (; size % radix == 0; size /= radix)
        radices.push_back(radix);
    return radices;
  }

  static std::vector<float> factorsOf(int32_t radix, int64_t block) {
    std::vector<float> out;
    for (int64_t j = 0; j < block / radix; j++)
      for (int32_t q = 1; q < radix; q++) {
        double angle = -kTurn * static_cast<double>(j * q) / static_cast<double>(block);
        out.push_back(static_cast<float>(std::cos(angle)));
        out.push_back(static_cast<float>(std::sin(angle)));
      }
    return out;
  }

  int32_t placeOf(int64_t k, int64_t size) const {
    int64_t place = 0;
    for (const FourierStage &stage : stages) {
      size /= stage.radix;
      place += k % stage.radix * size;
      k /= stage.radix;
    }
    return static_cast<int32_t>(place);
  }

  std::vector<std::vector<float>> factors;
  std::vector<FourierStage> stages;
  std::vector<FourierPair> pairs;
  FourierTables tables;
};

} // namespace

int64_t mixir::runtime::fourierLength(int64_t length) {
  int64_t best = 2;
  while (best < length)
    best *= 2;
  for (int64_t three = 3; three < best; three *= 3) {
    int64_t candidate = 2 * three;
    while (candidate < length)
      candidate *= 2;
    if (candidate < best)
      best = candidate;
  }
  return best;
}

const FourierTables *mixir::runtime::fourierTables(int64_t length) noexcept {
  static std::mutex mutex;
  static auto *plans = new std::map<int64_t, std::unique_ptr<Plan>>; // calls may outlive statics
  try {
    std::lock_guard<std::mutex> lock(mutex);
    std::unique_ptr<Plan> &plan = (*plans)[length];
    if (!plan)
      plan = std::make_unique<Plan>(length / 2);
    return &plan->tables;
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}
