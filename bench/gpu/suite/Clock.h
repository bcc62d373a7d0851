// Times of work on the GPU: streams, events and graphs, by the driver that the runtime has loaded.
#pragma once

#include "bench/gpu/suite/Device.h"

#include <functional>

namespace mixir::gpu_suite {

/// What the floors are computed from.
struct DeviceRates {
  double copyBytesPerUs = 0; ///< bytes read and written by a copy of 1 GiB, over its time
  double clockMhz = 0;
  int multiprocessors = 0;
  size_t l2Bytes = 0;
};

/// A stream of its own, and how long work in it takes.
class Clock {
public:
  Clock();
  ~Clock();
  Clock(const Clock &) = delete;

  void *stream() const { return ownStream; }
  /// Microseconds that the GPU needs for what `work` puts into the stream.
  double time(const std::function<void()> &work);
  /// Captures what `work` launches as a graph and times that, `samples` times. Empty: the driver
  /// has no graphs; it throws where something in `work` cannot be captured.
  std::vector<double> timeGraph(const std::function<void()> &work, int samples);
  /// Copies inside the memory of the GPU, in the stream.
  void copy(void *to, const void *from, size_t bytes);

private:
  void *ownStream = nullptr, *begin = nullptr, *end = nullptr;
};

DeviceRates measureRates(const Context &context, Clock &clock);

double median(std::vector<double> values);

} // namespace mixir::gpu_suite
