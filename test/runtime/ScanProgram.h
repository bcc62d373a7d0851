// ScanProgram.h - programs that several tests run: a first-order recurrence and a stencil.
#ifndef MIXIR_TEST_RUNTIME_SCANPROGRAM_H
#define MIXIR_TEST_RUNTIME_SCANPROGRAM_H

#include "TestProgram.h"

namespace mixir::test {

inline std::string number(int64_t value) { return std::to_string(value); }

// ---- A first-order recurrence with carries, lanes and a serial loop ------------------------

/// A word of the work space: groups of lanes are its third dimension, if a block has several.
inline float &inWork(const View<float> &work, int lane, int row) {
  int lanes = work.extent(0);
  return work.rank() == 3 ? work(lane % lanes, row, lane / lanes) : work(lane, row);
}

/// h = h / 2 + x, y = h, with h in the second row of the work space
inline int scanSteps(void **pointers, bool isReversed) {
  Args args(pointers);
  int start = args.scalar(), extent = args.scalar(), size = args.scalar();
  View<float> x = args.buffer(), y = args.buffer(), work = args.buffer();
  int channels = x.extent(0), groups = work.rank() == 3 ? work.extent(2) : 1;
  promise(x.stride(0) == 1 && y.stride(0) == 1 && work.extent(1) == 2);
  promise(channels == work.extent(0) * groups);
  promise(x.extent(1) == extent && start + extent <= size);
  for (int d = 0; d < channels; d++) {
    float &h = inWork(work, d, 1);
    inWork(work, d, 0) = -1;
    for (int i = 0; i < extent; i++) {
      int t = isReversed ? extent - 1 - i : i;
      h = h / 2 + x(d, t);
      y(d, t) = h;
    }
  }
  return 0;
}

inline int scanKernel(void **pointers) { return scanSteps(pointers, false); }
inline int reverseScanKernel(void **pointers) { return scanSteps(pointers, true); }

inline std::string scanManifest(int lanes, int tile, bool isReversed, const char *stateType = "f32",
                         int groups = 1) {
  return std::string(R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"}],"operands":[)") +
         R"({"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},)" +
         R"({"name":"h0","role":"in","dtype":")" + stateType + R"(","axes":[["B"],["D"]]},)" +
         R"({"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["D"]]},)" +
         R"({"name":"h_last","role":"out","dtype":")" + stateType + R"(","axes":[["B"],["D"]]}],)" +
         R"("kernels":[{"name":"scan0","loops":[{"dim":"B","block":1,"kind":"parallel"},)" +
         R"({"dim":"D","block":)" + number(groups * lanes) + R"(,"kind":"parallel","lanes":)" +
         number(lanes) + "}," +
         R"({"dim":"L","block":)" + number(tile) + R"(,"kind":"serial","reverse":)" +
         (isReversed ? "true" : "false") + R"(}],"scalars":[{"kind":"start","dim":"L"},)" +
         R"({"kind":"extent","dim":"L"},{"kind":"size","dim":"L"}],"args":[)" +
         R"({"ref":"y","access":"write","dims":["D","L"]},)" + // entries take what they read first
         R"({"ref":"x","access":"read","dims":["D","L"]}],)" +
         R"("work_rows":2,"carries":[{"name":"h","row":1,"dims":["D"],"init":{"ref":"h0","part":""},)" +
         R"("final":{"ref":"h_last","part":""}}]}])";
}

/// y[t] = sum_j (j + 1) x[t - low + j], reads outside 0 .. L-1 are 0
inline int haloKernel(void **pointers) {
  Args args(pointers);
  int start = args.scalar(), extent = args.scalar(), size = args.scalar();
  int low = args.scalar(), width = args.scalar();
  View<float> x = args.buffer(), y = args.buffer();
  promise(x.min(1) == -std::min(low, start));
  promise(x.end(1) == std::min(size - start, extent + width - 1 - low));
  for (int d = 0; d < y.extent(0); d++)
    for (int t = 0; t < extent; t++) {
      float sum = 0;
      for (int j = 0; j < width; j++) {
        int at = t - low + j;
        if (start + at >= 0 && start + at < size)
          sum += static_cast<float>(j + 1) * x(d, at);
      }
      y(d, t) = sum;
    }
  return 0;
}

inline std::string haloManifest(const char *kind, int tile, int low, int high) {
  return R"("dims":[{"name":"B"},{"name":"L"},{"name":"D"},{"name":"A","value":)" + number(low) +
      R"(},{"name":"W","value":)" + number(low + high + 1) + R"(}],"operands":[)" +
      R"({"name":"x","role":"in","dtype":"f32","axes":[["B"],["L"],["D"]]},)" +
      R"({"name":"y","role":"out","dtype":"f32","axes":[["B"],["L"],["D"]]}],)" +
      R"("kernels":[{"name":"conv0","loops":[{"dim":"B","block":1,"kind":"parallel"},)" +
      R"({"dim":"D","block":8,"kind":"parallel","lanes":8},{"dim":"L","block":)" +
      number(tile) + R"(,"kind":")" + kind + R"("}],"scalars":[{"kind":"start","dim":"L"},)" +
      R"({"kind":"extent","dim":"L"},{"kind":"size","dim":"L"},{"kind":"size","dim":"A"},)" +
      R"({"kind":"size","dim":"W"}],"args":[{"ref":"x","access":"read","dims":["D","L"],)" +
      R"("halo":{"L":[)" + number(low) + "," + number(high) +
      R"(]}},{"ref":"y","access":"write","dims":["D","L"]}]}])";
}

} // namespace mixir::test

#endif // MIXIR_TEST_RUNTIME_SCANPROGRAM_H
